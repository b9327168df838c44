//! Elements that are looked for even where they are out of their place: a scan that ends at the first larger tag would call them absent.
//!
//! PS3.5 7.1 has tags ascend, and most files keep to it; where everything that was asked for is found in its place, nothing here costs
//! anything. Where something is missing, the rest of the data set is run over by its headers.

use radiogram_core::{Path, Problem, ProblemKind, Result, Tag};

use super::{Walk, note};
use crate::Options;
use crate::header::{self, Encoding, Header, LONGEST, Letters, UNDEFINED};
use crate::input::Input;

/// Elements that are gone through behind the place where reading would end. Sequences of undefined length have to be entered for it.
const FAR: u32 = 1 << 16;

/// What was not found yet.
pub(super) struct Sought {
    open: Vec<Tag>,
    is_behind: bool,
    steps: u32,
}

impl Sought {
    pub(super) fn new(options: &Options) -> Self {
        let open = options.sought.as_deref().map(<[Tag]>::to_vec).unwrap_or_default();
        Self { open, is_behind: false, steps: 0 }
    }

    /// True once only what is out of its place is looked for.
    pub(super) fn is_behind(&self) -> bool {
        self.is_behind
    }
}

/// True where an element is what is looked for. Which block a private element is in differs from file to file (PS3.5 7.8.1).
fn is_it(sought: Tag, tag: Tag) -> bool {
    if sought == tag {
        return true;
    }
    let is_of_a_block = sought.is_private() && sought.element() < 0x0100 && tag.element() >= 0x1000;
    is_of_a_block && sought.group() == tag.group() && sought.element() == tag.element() & 0xFF
}

impl<I: Input> Walk<'_, I> {
    /// Takes note of an element of the root that was kept.
    pub(super) fn found(&mut self, tag: Tag) {
        if self.frames.len() == 1
            && !self.meta
            && let Some(at) = self.sought.open.iter().position(|sought| is_it(*sought, tag))
        {
            // Mostly the first of them: both ascend.
            self.sought.open.remove(at);
        }
    }

    /// True where reading ends at this element of the root, which lies behind all that is wanted in a data set that ascends.
    pub(super) fn ends_here(&mut self, header: &Header, encoding: Encoding, end: u64) -> Result<bool> {
        let is_pixels = header.tag >= Tag::FLOAT_PIXELS;
        let value_end = self.pos + u64::from(header.size) + u64::from(header.length);
        if value_end > end && self.options.sought.is_some() && self.is_cut(header, encoding)? {
            // Nobody reads the value, but what is known without it is told.
            self.report_tag(ProblemKind::Truncated, header.tag, self.pos, "that nothing is behind it")?;
            return Ok(true);
        }
        if self.sought.open.is_empty() || (self.options.stop_before_pixels && is_pixels) {
            return Ok(true);
        }
        self.sought.is_behind = true;
        if !is_pixels {
            return Ok(false);
        }
        if header.length != UNDEFINED {
            return Ok(value_end >= end || self.options.costly);
        }
        if self.options.costly || end < 8 {
            return Ok(true);
        }
        // PS3.5 A.4: where the fragments' delimiter is the last of the file, nothing is behind it.
        let mut last = [0; 8];
        let read = self.input.peek(end - 8, &mut last)?;
        let last = header::implicit(last.get(..read).unwrap_or_default(), false);
        Ok(last.is_some_and(|last| last.tag == Tag::SEQUENCE_END && last.length == 0))
    }

    /// True where a header that says more than there is means it: VRs where none or where some are expected are taken otherwise.
    fn is_cut(&mut self, header: &Header, encoding: Encoding) -> Result<bool> {
        if header.length == UNDEFINED {
            return Ok(false);
        }
        let window = self.input.window(self.pos, LONGEST)?;
        let has_letters = header::explicit(window, encoding.big_endian)
            .is_some_and(|header| matches!(header.letters, Letters::Known(_)));
        Ok(has_letters != encoding.implicit)
    }

    /// True once so many elements were gone through for nothing else that the walk ends here.
    pub(super) fn has_seen_enough(&mut self) -> Result<bool> {
        if !self.sought.is_behind {
            return Ok(false);
        }
        self.sought.steps += 1;
        self.done = self.sought.steps > FAR;
        if self.done {
            let (kind, offset) = (ProblemKind::UnseenRest, self.pos);
            let assumed = "that nothing of what is sought is there".into();
            note(&mut self.problems, Problem { kind, path: Path::default(), offset, assumed }, false)?;
        }
        Ok(self.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_element_is_that_of_any_block() {
        let sought = Tag(0x0029_0010);
        assert!(is_it(sought, Tag(0x0029_1010)) && is_it(sought, Tag(0x0029_E110)));
        assert!(!is_it(sought, Tag(0x0029_1011)) && !is_it(sought, Tag(0x0031_1010)));
        assert!(is_it(Tag(0x0008_0060), Tag(0x0008_0060)) && !is_it(Tag(0x0008_0060), Tag(0x0008_1060)));
    }
}
