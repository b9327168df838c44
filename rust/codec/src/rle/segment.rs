//! One segment: bytes unpacked piece by piece, so that several planes can go on side by side.

use crate::{Error, ErrorKind, Result};

/// Bytes that one control byte gives at most.
pub(super) const LONGEST: usize = 128;

/// A segment and the place reached in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    data: &'a [u8],
    /// Where the next control byte is.
    pub(super) at: usize,
}

impl<'a> Segment<'a> {
    /// Begins at `at` of the codestream.
    pub(super) const fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at }
    }

    /// Unpacks whole control bytes until `out` has fewer than [`LONGEST`] bytes left. Returns how many bytes there are in `out`, which had
    /// `filled` of them.
    ///
    /// # Errors
    ///
    /// `Truncated` where the codestream ends first.
    pub(super) fn unpack(&mut self, out: &mut [u8], filled: usize) -> Result<usize> {
        let (mut at, mut to) = (self.at, filled);
        // Sixteen and thirty-two bytes are copied whether they are wanted or not, while there is room on both sides: what is too much is
        // overwritten by what follows.
        while let Some(room) = out.get_mut(to..).filter(|room| room.len() >= LONGEST) {
            let Some(next) = self.data.get(at..).and_then(<[u8]>::first_chunk::<17>) else { break };
            let [control, first @ ..] = next;
            let count = usize::from(*control);
            if count < 16 {
                room.first_chunk_mut::<16>().into_iter().for_each(|place| *place = *first);
                (at, to) = (at + count + 2, to + count + 1);
            } else if count < 128 {
                let Some(literal) = self.data.get(at + 1..at + count + 2) else { break };
                room.get_mut(..=count).into_iter().for_each(|place| place.copy_from_slice(literal));
                (at, to) = (at + count + 2, to + count + 1);
            } else if count > 128 {
                let run = 257 - count;
                let [byte, ..] = *first;
                room.first_chunk_mut::<32>().into_iter().for_each(|place| *place = [byte; 32]);
                if run > 32 {
                    room.get_mut(32..run).into_iter().for_each(|place| place.fill(byte));
                }
                (at, to) = (at + 2, to + run);
            } else {
                // PS3.5 G.3.2: -128 means nothing.
                at += 1;
            }
        }
        self.at = at;
        self.unpack_carefully(out, to, LONGEST)
    }

    /// Unpacks until `out` is full or has fewer than `spare` bytes left. What a control byte gives beyond the end is dropped: a run or a
    /// literal that crosses the end of the plane.
    ///
    /// # Errors
    ///
    /// `Truncated` where the codestream ends first.
    pub(super) fn unpack_carefully(&mut self, out: &mut [u8], filled: usize, spare: usize) -> Result<usize> {
        let mut to = filled;
        while let Some(room) = out.get_mut(to..).filter(|room| room.len() >= spare && !room.is_empty()) {
            let short = Error::new(ErrorKind::Truncated, "an RLE segment ends before its plane is full");
            let rest = self.data.get(self.at..).unwrap_or_default();
            let (&control, rest) = rest.split_first().ok_or(short.at(self.data.len()))?;
            let count = usize::from(control);
            let (used, given) = match count {
                0..128 => (count + 2, count + 1),
                128 => (1, 0),
                _ => (2, 257 - count),
            };
            let given = given.min(room.len());
            let place = room.get_mut(..given).unwrap_or_default();
            if count < 128 {
                place.copy_from_slice(rest.get(..given).ok_or(short.at(self.data.len()))?);
            } else if count > 128 {
                place.fill(*rest.first().ok_or(short.at(self.data.len()))?);
            }
            self.at = (self.at + used).min(self.data.len());
            to += given;
        }
        Ok(to)
    }
}
