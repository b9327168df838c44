//! Bits into bytes, the first bit lowest (18181-1 B.2).

use crate::{Error, ErrorKind, Result};

/// Bits that are kept back until they are bytes.
#[derive(Clone, Default, Debug)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    held: u64,
    count: u32,
}

impl BitWriter {
    /// One without bits.
    pub(super) const NONE: Self = Self { bytes: Vec::new(), held: 0, count: 0 };

    /// Appends the `count` lowest bits of `value`, 56 at most; the others must be zero.
    #[inline(always)]
    pub(super) fn put(&mut self, count: u32, value: u64) {
        self.held |= value << self.count;
        self.count += count;
        let full = self.count / 8;
        let bytes = self.held.to_le_bytes();
        self.bytes.extend_from_slice(bytes.get(..full as usize).unwrap_or_default());
        self.held = self.held.checked_shr(full * 8).unwrap_or(0);
        self.count %= 8;
    }

    /// One bit.
    pub(super) fn flag(&mut self, is_set: bool) {
        self.put(1, is_set.into());
    }

    /// Zeros up to the next byte.
    pub(super) fn pad(&mut self) {
        self.put((8 - self.count) % 8, 0);
    }

    /// Appends all bits of another one.
    pub(super) fn append(&mut self, other: &Self) {
        let (words, rest) = other.bytes.as_chunks::<4>();
        for word in words {
            self.put(32, u32::from_le_bytes(*word).into());
        }
        for &byte in rest {
            self.put(8, byte.into());
        }
        self.put(other.count, other.held);
    }

    /// Whole bytes so far.
    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes, the last one filled with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.pad();
        self.bytes
    }

    /// Forgets everything but the memory.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        (self.held, self.count) = (0, 0);
    }

    /// The bits that are kept back, and where the next ones go, for [`Room`].
    pub(super) fn room(&mut self, spare: usize) -> Result<Room<'_>> {
        if self.bytes.try_reserve(spare).is_err() {
            return Err(Error::new(ErrorKind::Limit, "no memory for the codestream"));
        }
        let at = self.bytes.len();
        self.bytes.resize(at + spare, 0);
        Ok(Room { held: self.held, count: self.count, at, writer: self })
    }
}

/// Room at the end of a writer, in which whole words are stored.
pub(super) struct Room<'a> {
    writer: &'a mut BitWriter,
    held: u64,
    count: u32,
    at: usize,
}

impl Room<'_> {
    /// Appends bits, 57 at most.
    #[inline(always)]
    pub(super) fn put(&mut self, count: u32, value: u64) {
        self.held |= value << self.count;
        self.count += count;
        let place = self.writer.bytes.get_mut(self.at..).and_then(|rest| rest.first_chunk_mut::<8>());
        if let Some(place) = place {
            *place = self.held.to_le_bytes();
        }
        self.at += self.count as usize / 8;
        // At most 64 bits are held, and of a full word nothing is left.
        self.held = self.held.wrapping_shr(self.count & 0x38) & (u64::from(self.count < 64)).wrapping_neg();
        self.count &= 7;
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.writer.bytes.truncate(self.at);
        (self.writer.held, self.writer.count) = (self.held, self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_order() {
        let (mut one, mut other) = (BitWriter::default(), BitWriter::default());
        one.put(3, 0b101);
        one.put(9, 0x1FF);
        other.put(5, 0b10_001);
        other.put(56, 0x00FE_DCBA_9876_5432);
        one.append(&other);
        let mut room = one.room(32).unwrap();
        room.put(57, 0x0123_4567_89AB_CDEF);
        room.put(7, 0x55);
        drop(room);
        let bytes = one.finish();
        let mut wanted = u128::from(0b101_u8) | 0x1FF << 3 | 0b10_001 << 12;
        wanted |= 0x00FE_DCBA_9876_5432 << 17;
        wanted |= (0x0123_4567_89AB_CDEF & ((1 << 55) - 1)) << 73;
        assert_eq!(bytes[..16], wanted.to_le_bytes());
        assert_eq!(bytes.len(), (3 + 9 + 5 + 56 + 57 + 7_usize).div_ceil(8));
    }
}
