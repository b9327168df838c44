//! Elements of the root that nobody asked for: run over by letters and length alone, which is most of a scan's work.

use radiogram_core::{Result, Tag, Vr};

use super::Walk;
use super::frame::{Context, Frame};
use crate::Options;
use crate::header::{LONGEST, UNDEFINED};
use crate::input::Input;

impl<I: Input> Walk<'_, I> {
    /// Moves over plain elements of an explicit little endian root, up to the first that is asked for, says how others are to be read,
    /// or departs from the standard in any way: that one is left to the walk proper.
    pub(super) fn run_over_unasked(&mut self) -> Result<()> {
        let Some(&Frame { encoding, end, last, context, .. }) = self.frames.last() else { return Ok(()) };
        if encoding.implicit || encoding.big_endian || context != Context::Data {
            return Ok(());
        }
        let rest = usize::try_from(end - self.pos).unwrap_or(usize::MAX);
        let stop = self.next_stop(last);
        let window = self.input.window(self.pos, LONGEST)?;
        let (run, last) = run(window.get(..rest).unwrap_or(window), rest, last, stop);
        self.pos += run as u64;
        if let Some(frame) = self.frames.last_mut() {
            frame.last = last;
        }
        Ok(())
    }

    /// The first tag after `last` that must not be passed over.
    fn next_stop(&self, last: Tag) -> Tag {
        let only = self.options.only.as_deref().unwrap_or_default();
        // Behind the last that is wanted, the walk itself sees the end, unless it looks for what is out of its place.
        let mut stop = match only.get(only.partition_point(|tag| *tag <= last)) {
            Some(wanted) => *wanted,
            None if self.sought.is_behind() => Tag::FLOAT_PIXELS,
            None => only.last().map_or(Tag(0), |tag| Tag(tag.0.saturating_add(1))),
        };
        for &tag in Options::ALWAYS.iter().chain(&Frame::GOVERNING) {
            if tag > last && tag < stop {
                stop = tag;
            }
        }
        stop
    }
}

/// How many bytes of plain elements with tags above `last` and below `stop` lie at the front of `window`, and the last tag of them.
/// `rest`: how far a value may reach.
fn run(window: &[u8], rest: usize, mut last: Tag, stop: Tag) -> (usize, Tag) {
    let mut at = 0_usize;
    while let Some(head) = window.get(at..).and_then(|bytes| bytes.first_chunk::<8>()) {
        let &[a, b, c, d, first, second, low, high] = head;
        let tag = Tag(u32::from_le_bytes([c, d, a, b]));
        let is_next = last < tag && tag < stop && !tag.is_private_creator() && tag.group() >= LOWEST_GROUP;
        if !is_next {
            break;
        }
        let (size, length) = match form(first, second) {
            Form::Short => (8, u32::from(u16::from_le_bytes([low, high]))),
            Form::Long => {
                let long = window.get(at + 8..).and_then(|bytes| bytes.first_chunk::<4>());
                let Some(long) = long.filter(|_| (low, high) == (0, 0)) else { break };
                (12, u32::from_le_bytes(*long))
            }
            Form::None => break,
        };
        let after = at + size + length as usize;
        if length & 1 == 1 || length == UNDEFINED || after > rest {
            break;
        }
        (at, last) = (after, tag);
    }
    (at, last)
}

/// PS3.5 7.1: the groups below are those of commands and of the file meta information.
const LOWEST_GROUP: u16 = 0x0008;

/// The two forms of a header with a VR (PS3.5 7.1.2), by its letters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    None,
    Short,
    Long,
}

fn form(first: u8, second: u8) -> Form {
    let row = FORMS.get(usize::from(first.wrapping_sub(b'A')));
    row.and_then(|row| row.get(usize::from(second.wrapping_sub(b'A')))).copied().unwrap_or(Form::None)
}

const LETTERS: usize = 26;

static FORMS: [[Form; LETTERS]; LETTERS] = forms();

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "run by the compiler alone, below 26"
)]
const fn forms() -> [[Form; LETTERS]; LETTERS] {
    let mut forms = [[Form::None; LETTERS]; LETTERS];
    let mut at = 0;
    while at < LETTERS * LETTERS {
        let (first, second) = (at / LETTERS, at % LETTERS);
        forms[first][second] = match Vr::from_bytes([b'A' + first as u8, b'A' + second as u8]) {
            Some(vr) if vr.has_long_length() => Form::Long,
            Some(_) => Form::Short,
            None => Form::None,
        };
        at += 1;
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = b"\x08\0\x60\0CS\x02\0CT\x10\0\x20\0LO\x02\0X \x18\0\x10\0OB\0\0\x02\0\0\0ab\x28\0\x10\0US\x02\0\0\x02";

    fn over(bytes: &[u8], stop: u32) -> usize {
        run(bytes, bytes.len(), Tag(0), Tag(stop)).0
    }

    #[test]
    fn runs_up_to_what_is_asked_for() {
        assert_eq!(run(PLAIN, PLAIN.len(), Tag(0), Tag(0x0028_0010)), (34, Tag(0x0018_0010)));
        assert_eq!(over(PLAIN, 0x0010_0020), 10);
        assert_eq!(over(PLAIN, 0x0008_0060), 0);
        assert_eq!(over(PLAIN, u32::MAX), PLAIN.len());
    }

    #[test]
    fn stops_at_whatever_is_not_plain() {
        let with = |at: usize, new: &[u8]| {
            let mut bytes = PLAIN.to_vec();
            bytes[at..at + new.len()].copy_from_slice(new);
            over(&bytes, u32::MAX)
        };
        for (what, at, new) in [
            ("a VR that is none", 14, &b"ZZ"[..]),
            ("no VR", 14, b"\x02\0"),
            ("an odd length", 16, b"\x01"),
            ("a tag that does not ascend", 10, b"\x08\0\x60\0"),
            ("a group of commands", 10, b"\0\0\x20\0"),
            ("a private creator", 10, b"\x09\0\x10\0"),
            ("a length past the end", 16, b"\xF0\0"),
        ] {
            assert_eq!(with(at, new), 10, "{what}");
        }
        assert_eq!(with(26, b"\x01"), 20, "noise in reserved bytes");
        assert_eq!(with(28, b"\xFF\xFF\xFF\xFF"), 20, "an undefined length");
        for cut in 0..PLAIN.len() {
            assert!(over(&PLAIN[..cut], u32::MAX) <= cut);
        }
    }
}
