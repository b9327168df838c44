//! Which VR an element has: what the bytes say, what the dictionary says, and which of them is believed.

use radiogram_core::dictionary::{self, private};
use radiogram_core::{ProblemKind, Result, Tag, Vr};

use super::{Creator, Walk};
use crate::Flags;
use crate::header::{Header, Letters};
use crate::input::Input;

impl<I: Input> Walk<'_, I> {
    /// The VR that a value is read by, and how that came.
    pub(super) fn vr(&mut self, header: &Header) -> Result<(Vr, Flags)> {
        let tag = header.tag;
        match header.letters {
            Letters::Known(vr) if vr != Vr::UN => {
                if !tag.is_private()
                    && let Some(expected) = dictionary::vr_of(tag)
                    && expected != vr
                    && !agrees(expected, vr)
                {
                    self.report_tag(ProblemKind::VrMismatch, tag, self.pos, "the VR in the data")?;
                }
                Ok((vr, Flags::default()))
            }
            // PS3.5 6.2.2 note 1: UN hides a VR that the writer did not know.
            Letters::Known(_) => {
                let vr = self.dictionary_vr(tag)?;
                Ok((vr, Flags::FOREIGN_VR.when(vr != Vr::UN)))
            }
            Letters::Unknown => {
                self.report_tag(ProblemKind::UnknownVr, tag, self.pos, "the dictionary's VR, or UN")?;
                Ok((self.dictionary_vr(tag)?, Flags::FOREIGN_VR))
            }
            Letters::Absent => Ok((self.dictionary_vr(tag)?, Flags::IMPLICIT)),
        }
    }

    /// The dictionary's VR, UN where it has none.
    fn dictionary_vr(&mut self, tag: Tag) -> Result<Vr> {
        if tag.is_group_length() {
            return Ok(Vr::UL);
        }
        if !tag.is_private() {
            let known = match &self.options.dictionary {
                Some(own) => own.vr_of(tag),
                None => dictionary::vr_of(tag),
            };
            return Ok(known.unwrap_or(Vr::UN));
        }
        if tag.is_private_creator() {
            return Ok(Vr::LO);
        }
        let block = Tag::new(tag.group(), tag.element() >> 8);
        let first = self.frames.last().map_or(0, |frame| frame.creators);
        let found = self.creators.get(first..).unwrap_or_default().iter().rev().find(|c| c.tag == block);
        let Some(&Creator { offset, length, .. }) = found else { return Ok(Vr::UN) };
        let window = self.input.window(offset, length as usize)?;
        let text = window.get(..length as usize).unwrap_or_default();
        let Ok(creator) = std::str::from_utf8(text) else { return Ok(Vr::UN) };
        let creator = creator.trim_matches([' ', '\0']);
        let known = match &self.options.dictionary {
            Some(own) => own.private.lookup(creator, tag),
            None => private::lookup(creator, tag),
        };
        Ok(known.and_then(|entry| entry.vr).unwrap_or(Vr::UN))
    }

    /// Remembers a private creator of the innermost data set (PS3.5 7.8.1).
    pub(super) fn remember_creator(&mut self, tag: Tag, offset: u64, length: u32) {
        if tag.is_private_creator() && length <= 1024 {
            self.creators.push(Creator { tag, offset, length });
        }
    }
}

/// True where a VR is one of those that the dictionary leaves open.
fn agrees(expected: Vr, found: Vr) -> bool {
    match expected {
        Vr::UsOrSs => matches!(found, Vr::US | Vr::SS),
        Vr::ObOrOw => matches!(found, Vr::OB | Vr::OW),
        Vr::UsOrOw => matches!(found, Vr::US | Vr::OW),
        Vr::UsOrSsOrOw => matches!(found, Vr::US | Vr::SS | Vr::OW),
        // PS3.5 A.4: Pixel Data may be OB or OW by its syntax; PS3.6 lists both.
        Vr::OB | Vr::OW => matches!(found, Vr::OB | Vr::OW),
        _ => false,
    }
}
