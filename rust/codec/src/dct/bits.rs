//! Bits of entropy-coded bytes from which the stuffed zeros were taken ([`crate::jpeg::unstuff`]), most significant first.
//!
//! Past the end there are zeros; how many of them were taken tells a whole segment from a cut one.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "values have at most 16 bits"
)]

/// A reader of bits. It does not hold the bytes it reads, and is small enough that inner loops keep it in registers.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Bits {
    /// The next byte that is not held.
    at: usize,
    /// The next bits, the first one topmost. Below the `count` valid ones lie zeros or the true bits that follow.
    held: u64,
    count: u32,
}

/// How many bits a refill promises.
const REFILLED: u32 = 56;

impl Bits {
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

    /// Holds at least 56 bits afterwards.
    #[inline(always)]
    pub(super) fn refill(&mut self, data: &[u8]) {
        let word = data
            .get(self.at..)
            .and_then(|rest| rest.first_chunk())
            .map_or(0, |bytes| u64::from_be_bytes(*bytes));
        self.held |= word >> (self.count & 63);
        self.at += ((63 - self.count) >> 3) as usize;
        self.count |= REFILLED;
    }

    /// Holds at least 32 bits afterwards.
    #[inline(always)]
    pub(super) fn hold(&mut self, data: &[u8]) {
        if self.count < 32 {
            self.refill(data);
        }
    }

    /// How many bits were taken.
    pub(super) const fn taken(&self) -> u64 {
        (self.at as u64 * 8).saturating_sub(self.count as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn bits_come_in_order_and_zeros_after_them() {
        let data = [0x12, 0xFF, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 0x01, 0, 0, 0, 0, 0, 0, 0, 0];
        let (mut bits, mut read) = (Bits::default(), Vec::new());
        for place in 0..10 {
            bits.refill(&data);
            read.push(bits.take(3) << 5 | bits.take(5));
            assert_eq!(bits.taken(), (place + 1) * 8);
        }
        assert_eq!(read, data[..10].iter().map(|&byte| u32::from(byte)).collect::<Vec<_>>());
        for _ in 0..10 {
            bits.hold(&data);
            assert_eq!(bits.take(16), 0);
        }
        assert_eq!(bits.taken(), 240);
    }

    #[test]
    fn values_are_signed_as_the_standard_extends_them() {
        let data = [0b1001_1011, 0, 0, 0, 0, 0, 0, 0];
        let mut bits = Bits::default();
        bits.refill(&data);
        assert_eq!(bits.take_signed(0), 0);
        assert_eq!([bits.take_signed(1), bits.take_signed(1)], [1, -1]);
        assert_eq!([bits.take_signed(2), bits.take_signed(2), bits.take_signed(2)], [-2, 2, 3]);
    }
}
