//! Offset tables that are believed: of a remote object each look at a fragment is a request, and the tables say where the frames are.

use radiogram_core::{Result, Tag, try_vec};

use super::Walk;
use super::frame::Frame;
use crate::frames::{EXTENDED_LENGTHS, EXTENDED_OFFSETS, Table};
use crate::header;
use crate::input::Input;

/// Number of Frames (PS3.3 C.7.6.6.1.1).
const NUMBER_OF_FRAMES: Tag = Tag(0x0028_0008);
/// Longer than any number of frames is written.
const LONG: usize = 64;

impl<I: Input> Walk<'_, I> {
    /// True where the fragments of the pixel data in `row`, of which the first item was just read, need not be gone through: a table
    /// names as many frames as there are, or there is one frame, which is all of them (PS3.5 A.4).
    pub(super) fn is_tabled(&mut self, row: u32) -> Result<bool> {
        let Some(entry) = self.rows.get(row as usize).copied() else { return Ok(false) };
        let Some(&Frame { discard, .. }) = self.frames.last() else { return Ok(false) };
        if !self.options.costly || self.frames.len() != 2 || entry.tag != Tag::PIXELS || discard {
            return Ok(false);
        }
        let Some(first) = self.rows.get(row as usize + 1).copied() else { return Ok(false) };
        let Some(frames) = self.number_of_frames()? else { return Ok(false) };
        let base = first.offset + u64::from(first.length);
        let room = self.input.size().saturating_sub(base);
        if first.length > 0 {
            let basic = self.exactly(first.offset, first.length, frames.checked_mul(4))?;
            return Ok(basic.is_some_and(|basic| Table::basic(&basic).names(frames, room)));
        }
        let offsets = self.of_root(EXTENDED_OFFSETS, frames.checked_mul(8))?;
        let lengths = self.of_root(EXTENDED_LENGTHS, frames.checked_mul(8))?;
        let extended = offsets.zip(lengths);
        let is_named = extended
            .is_some_and(|(offsets, lengths)| Table::extended(&offsets, &lengths).names(frames, room));
        Ok(is_named || (frames == 1 && room >= 8))
    }

    /// Number of Frames as the root says it; 1 where it says nothing, none where it says what is no number.
    fn number_of_frames(&mut self) -> Result<Option<u64>> {
        let Some((offset, length)) = self.place_in_root(NUMBER_OF_FRAMES) else { return Ok(Some(1)) };
        if length as usize > LONG {
            return Ok(None);
        }
        let text = self.exactly(offset, length, Some(u64::from(length)))?.unwrap_or_default();
        let text = std::str::from_utf8(&text).unwrap_or_default().trim_matches([' ', '\0']);
        Ok(if text.is_empty() { Some(1) } else { text.parse().ok().filter(|frames| *frames > 0) })
    }

    fn place_in_root(&self, tag: Tag) -> Option<(u64, u32)> {
        let mut at = self.frames.first()?.row as usize + 1;
        while let Some(entry) = self.rows.get(at) {
            if entry.tag == tag {
                return Some((entry.offset, entry.length));
            }
            at = (entry.end as usize).max(at + 1);
        }
        None
    }

    fn of_root(&mut self, tag: Tag, expected: Option<u64>) -> Result<Option<Vec<u8>>> {
        match self.place_in_root(tag) {
            Some((offset, length)) => self.exactly(offset, length, expected),
            None => Ok(None),
        }
    }

    /// The bytes of a value, if it has as many as expected.
    fn exactly(&mut self, offset: u64, length: u32, expected: Option<u64>) -> Result<Option<Vec<u8>>> {
        let has_room = offset.saturating_add(u64::from(length)) <= self.input.size();
        if expected != Some(u64::from(length)) || length == header::UNDEFINED || !has_room {
            return Ok(None);
        }
        let mut bytes: Vec<u8> = try_vec(length as usize)?;
        bytes.resize(length as usize, 0);
        let read = self.input.peek(offset, &mut bytes)?;
        Ok((read == bytes.len()).then_some(bytes))
    }
}
