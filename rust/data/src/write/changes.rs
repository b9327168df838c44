//! New values: the VR they get, and their bytes with header and padding.

use std::sync::Arc;

use radiogram_core::{Result, Tag, Vr};

use super::compose::{Composer, Opening};
use super::header;
use super::rows::is_sequence;
use super::scope::Scope;
use super::steps::Source;
use super::value::{encode, refuse, width};
use crate::draft::{Change, Draft, Value};
use crate::header as read;
use crate::store::Shared;

impl<'d> Composer<'d> {
    /// Writes an element that changed, up to where its items begin if it is a sequence.
    pub(super) fn change(
        &mut self,
        scope: Scope,
        source: Option<Source<'d>>,
        tag: Tag,
        change: &'d Change,
        row: Option<u32>,
    ) -> Result<Option<Opening<'d>>> {
        if tag.is_delimiter() || (tag.group() == 2) != self.meta {
            return Err(refuse(if tag.is_delimiter() {
                "a delimiter is no element"
            } else if self.meta {
                "an element that is not of group 0002 has no place in the file meta information (PS3.10 7.1)"
            } else {
                "an element of group 0002 has its place in the file meta information (PS3.10 7.1)"
            }));
        }
        match change {
            Change::Remove => Ok(None),
            Change::Items { row: from, items } => {
                self.items(scope, source, tag, from.or(row), items).map(Some)
            }
            Change::Set { vr: Vr::SQ, value: Value::Empty } => {
                self.new_sequence(scope, tag, None, false).map(Some)
            }
            Change::Set { vr: Vr::SQ, .. } => Err(refuse("a sequence has items, no other value")),
            Change::Set { vr, value } => self.set(scope, tag, *vr, value).map(|()| None),
        }
    }

    fn items(
        &mut self,
        scope: Scope,
        source: Option<Source<'d>>,
        tag: Tag,
        row: Option<u32>,
        items: &'d [Draft],
    ) -> Result<Opening<'d>> {
        let held = source.zip(row).filter(|(source, row)| {
            let node = source.document.entry(source.node.0);
            let inside = node.is_some_and(|node| (source.node.0 + 1..node.end).contains(row));
            inside && source.document.entry(*row).is_some_and(|entry| entry.tag == tag && is_sequence(entry))
        });
        match held {
            Some((source, row)) => self.sequence(scope, source, row, Some(items)),
            None => self.new_sequence(scope, tag, Some(items), false),
        }
    }

    fn set(&mut self, scope: Scope, tag: Tag, vr: Vr, value: &Value) -> Result<()> {
        let encoding = scope.encoding;
        let mut vr = self.resolved(tag, vr);
        let mut unit = width(vr);
        if tag == Tag::PIXELS {
            let fragments = fragments(value);
            let syntax = self.syntax.filter(|_| self.is_root());
            let encapsulated = self.syntax.is_none_or(|syntax| syntax.encapsulated);
            let empty = is_empty(value);
            match (syntax, fragments) {
                (Some(syntax), None) if syntax.encapsulated && !empty => {
                    return Err(refuse(
                        "native pixel data in a transfer syntax of encapsulated ones: encode them, or write in a native syntax (PS3.5 A.4)",
                    ));
                }
                (Some(syntax), Some(_)) if !syntax.encapsulated => {
                    return Err(refuse(
                        "encapsulated pixel data in a native transfer syntax: decode them, or write in the syntax that they are encoded in (PS3.5 A.4)",
                    ));
                }
                (_, Some((bytes, count))) if encapsulated => {
                    return self.encapsulated(scope, tag, bytes, count);
                }
                _ => (vr, unit) = self.pixel_form(vr, encoding.big_endian),
            }
        }
        let big_endian = encoding.big_endian
            || (tag == Tag::PIXELS && self.syntax.is_some_and(|syntax| syntax.big_endian_pixels));
        let swap = if big_endian { unit } else { 1 };
        if let Value::Bytes(bytes) = value {
            let length = (**bytes).as_ref().len() as u64;
            header::value(&mut self.out, encoding, tag, vr, length + length % 2)?;
            self.out.lend(bytes, 0, swap)?;
            return self.pad(vr, length);
        }
        let bytes: Shared = Arc::new(encode(vr, value, &scope.charset)?);
        let length = (*bytes).as_ref().len() as u64;
        header::value(&mut self.out, encoding, tag, vr, length + length % 2)?;
        self.out.lend(&bytes, 0, swap)?;
        self.pad(vr, length)
    }

    /// PS3.5 6.2: text is padded with a space, UI and bytes with NUL.
    fn pad(&mut self, vr: Vr, length: u64) -> Result<()> {
        if length % 2 == 1 { self.out.put(&[vr.pad()]) } else { Ok(()) }
    }

    /// Fragments have undefined length and a delimiter (PS3.5 A.4).
    fn encapsulated(&mut self, scope: Scope, tag: Tag, bytes: &Shared, count: usize) -> Result<()> {
        header::undefined(&mut self.out, scope.encoding, tag, Vr::OB)?;
        let whole = (**bytes).as_ref();
        match whole.get(..count).filter(|items| items.len() < whole.len()) {
            // A delimiter came with them.
            Some(items) => self.out.put(items)?,
            None => self.out.lend(bytes, 0, 1)?,
        }
        header::item(&mut self.out, Tag::SEQUENCE_END, 0, scope.encoding.big_endian)
    }

    /// What an ambiguous VR of the dictionary is here (PS3.5 annex A, PS3.3 C.7.6.3.1, C.11.1.1).
    fn resolved(&self, tag: Tag, vr: Vr) -> Vr {
        let signed = || match self.number_around(Tag::PIXEL_REPRESENTATION, false) {
            Some(1) => Vr::SS,
            _ => Vr::US,
        };
        let one_entry = || self.own_number(Tag::LUT_DESCRIPTOR) == Some(1);
        match vr {
            Vr::UsOrSs => signed(),
            Vr::UsOrOw if one_entry() => Vr::US,
            Vr::UsOrSsOrOw if one_entry() => signed(),
            Vr::ObOrOw if tag.group() & 0xFF00 == 0x7F00 || tag == Tag::PIXELS => {
                if self.own_number(Tag::BITS_ALLOCATED).is_some_and(|bits| bits <= 8) {
                    Vr::OB
                } else {
                    Vr::OW
                }
            }
            Vr::ObOrOw if matches!(tag.group() & 0xFF00, 0x6000 | 0x5000) => Vr::OW,
            Vr::ObOrOw if self.number_around(Tag::WAVEFORM_BITS, false) == Some(8) => Vr::OB,
            Vr::ObOrOw | Vr::UsOrOw | Vr::UsOrSsOrOw => Vr::OW,
            known => known,
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Empty => true,
        Value::Bytes(bytes) => (**bytes).as_ref().is_empty(),
        Value::Text(texts) => texts.is_empty(),
        Value::Integers(numbers) => numbers.is_empty(),
        Value::Floats(numbers) => numbers.is_empty(),
    }
}

/// The items of a value that is nothing but fragments (PS3.5 A.4): the bytes, and how many of them are items.
fn fragments(value: &Value) -> Option<(&Shared, usize)> {
    let Value::Bytes(shared) = value else { return None };
    let bytes = (**shared).as_ref();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        if rest.is_empty() {
            return (at > 0).then_some((shared, at));
        }
        let item = read::implicit(rest, false)?;
        match (item.tag, item.length) {
            (Tag::SEQUENCE_END, 0) if rest.len() == 8 && at > 0 => return Some((shared, at)),
            (Tag::ITEM, length) if length != read::UNDEFINED => {
                at = at.checked_add(8)?.checked_add(usize::try_from(length).ok()?)?;
            }
            _ => return None,
        }
    }
}
