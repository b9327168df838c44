//! Bits of an entropy-coded segment, most significant first, with the zero byte after each FF removed (T.81 F.2.2.5).
//!
//! The reader stops at the first marker and gives zeros from there on; how many of them were taken tells a whole segment from a cut one.

/// A reader of bits. It is small and `Copy`, so that inner loops hold it in registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, the first one topmost. Below the `count` valid ones lie zeros or the true bits that follow.
    held: u64,
    count: u32,
    /// Bits that were made up after the end.
    padding: u64,
}

/// How many bits `refill` promises.
pub(super) const REFILLED: u32 = 56;

impl<'a> Bits<'a> {
    /// A reader of `data` from the byte `at` on.
    pub(super) const fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, held: 0, count: 0, padding: 0 }
    }

    /// Bits that may be taken before the next refill.
    #[inline(always)]
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The 64 next bits; only `count` of them may be taken.
    #[inline(always)]
    pub(super) const fn peek(&self) -> u64 {
        self.held
    }

    /// Passes over `bits` bits, at most `count`.
    #[inline(always)]
    pub(super) const fn skip(&mut self, bits: u32) {
        self.held <<= bits & 63;
        self.count = self.count.wrapping_sub(bits);
    }

    /// Takes `bits` bits, 0 to 16, of those that are held.
    #[inline(always)]
    pub(super) const fn take(&mut self, bits: u32) -> u32 {
        // Two shifts, because a shift by 64 is none.
        let value = ((self.held >> 1) >> (63 - (bits & 31))) as u32;
        self.skip(bits);
        value
    }

    /// Takes a value of `size` bits and extends its sign (T.81 F.2.2.1, EXTEND).
    #[inline(always)]
    pub(super) const fn take_signed(&mut self, size: u32) -> i32 {
        let value = self.take(size) as i32;
        let limit = (1 << size) >> 1;
        if value < limit { value - (1 << size) + 1 } else { value }
    }

    /// Holds at least `REFILLED` bits afterwards.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let Some(bytes) = self.data.get(self.at..).and_then(|rest| rest.first_chunk::<8>()) else {
            *self = self.refilled_slowly();
            return;
        };
        let word = u64::from_be_bytes(*bytes);
        if has_ff(word) {
            *self = self.refilled_slowly();
            return;
        }
        self.held |= word >> (self.count & 63);
        self.at += ((63 - self.count) >> 3) as usize;
        self.count |= REFILLED;
    }

    /// One byte at a time, as far as a marker or the end. By value, so that inner loops may hold the reader in registers.
    #[cold]
    #[inline(never)]
    fn refilled_slowly(mut self) -> Self {
        while self.count <= REFILLED {
            let (byte, length) = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => (0xFF, 2),
                (Some(&byte), _) if byte != 0xFF => (byte, 1),
                _ => {
                    let missing = 64 - self.count;
                    self.padding += u64::from(missing);
                    self.count = 64;
                    break;
                }
            };
            self.held |= u64::from(byte) << (REFILLED - self.count);
            self.at += length;
            self.count += 8;
        }
        self
    }

    /// How many bits were taken that the segment does not have.
    pub(super) const fn overrun(&self) -> u64 {
        self.padding.saturating_sub(self.count as u64)
    }

    /// The byte at which the next marker is to be looked for: whole bytes that are still held are given back.
    pub(super) fn position(&self) -> usize {
        if self.padding > 0 {
            return self.at;
        }
        let mut at = self.at;
        for _ in 0..self.count / 8 {
            at = at.saturating_sub(1);
            if self.data.get(at) == Some(&0) && at > 0 && self.data.get(at - 1) == Some(&0xFF) {
                at -= 1;
            }
        }
        at
    }
}

/// True where one of the eight bytes is FF.
const fn has_ff(word: u64) -> bool {
    let inverse = !word;
    inverse.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 != 0
}

#[cfg(test)]
mod tests {
    use super::{Bits, has_ff};

    #[test]
    fn an_ff_is_found_in_any_byte() {
        for place in 0..8 {
            let mut bytes = [0x7F, 0x80, 0xFE, 0x00, 0x01, 0xFE, 0x80, 0x7F];
            assert!(!has_ff(u64::from_be_bytes(bytes)));
            bytes[place] = 0xFF;
            assert!(has_ff(u64::from_be_bytes(bytes)));
        }
    }

    #[test]
    fn stuffed_bytes_are_read_as_one_and_a_marker_ends_the_segment() {
        let data = [0x12, 0xFF, 0x00, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 0x01, 0xFF, 0xD9];
        let mut bits = Bits::new(&data, 0);
        let mut read = Vec::new();
        for _ in 0..10 {
            bits.refill();
            read.push(bits.take(8));
        }
        assert_eq!(read, [0x12, 0xFF, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 0x01]);
        assert_eq!((bits.overrun(), bits.position()), (0, 11));
        bits.refill();
        assert_eq!(bits.take(5), 0);
        assert_eq!(bits.overrun(), 5);
    }

    #[test]
    fn bytes_that_are_held_are_given_back() {
        let data = [0x12, 0xFF, 0x00, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 0x01, 0x02, 0x03, 0x04];
        let mut bits = Bits::new(&data, 0);
        bits.refill();
        assert_eq!(bits.take(4), 1);
        assert_eq!(bits.position(), 1);
        assert_eq!(bits.take(4), 2);
        assert_eq!(bits.position(), 1);
        assert_eq!(bits.take(8), 0xFF);
        assert_eq!(bits.position(), 3);
    }

    #[test]
    fn values_are_signed_as_the_standard_extends_them() {
        let data = [0b1_0_01_10_11, 0, 0, 0, 0, 0, 0, 0];
        let mut bits = Bits::new(&data, 0);
        bits.refill();
        assert_eq!(bits.take_signed(0), 0);
        assert_eq!([bits.take_signed(1), bits.take_signed(1)], [1, -1]);
        assert_eq!([bits.take_signed(2), bits.take_signed(2), bits.take_signed(2)], [-2, 2, 3]);
    }
}
