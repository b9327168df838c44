//! Bits of an entropy-coded segment: after a byte FF the next one has a stuffed zero in its highest bit (T.87 A.1).

/// A reader that keeps at least [`READY`] bits at hand after [`BitReader::refill`]. Past the end it gives zeros and counts them.
#[derive(Clone, Copy, Debug)]
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    /// The next bytes, up to the next FF or the end.
    ahead: &'a [u8],
    /// Where that is.
    next_ff: usize,
    /// Bits at hand, the next one highest.
    pub(super) held: u64,
    count: u64,
    /// Zero bits that were put in for bytes that are not there.
    missing: u64,
}

/// Bits that are at hand after a refill.
pub(super) const READY: u32 = 48;

impl<'a> BitReader<'a> {
    pub(super) fn new(data: &'a [u8], at: usize) -> Self {
        let mut reader = Self { data, ahead: &[], next_ff: 0, held: 0, count: 0, missing: 0 };
        reader.look_ahead(at);
        reader
    }

    /// Puts at least [`READY`] bits at hand.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(bytes) = self.ahead.first_chunk() {
            // Bits past `count` may be set already, by the same bytes.
            self.held |= u64::from_be_bytes(*bytes) >> (self.count & 63);
            self.ahead = self.ahead.get(((self.count & 63) ^ 63) as usize >> 3..).unwrap_or_default();
            self.count |= 0b11_1000;
        } else if self.count < u64::from(READY) {
            // By value, so that the reader of the caller can stay in registers.
            *self = self.refilled_by_bytes();
        }
    }

    #[cold]
    #[inline(never)]
    fn refilled_by_bytes(mut self) -> Self {
        let mut at = self.offset();
        while self.count <= 48 {
            match (self.data.get(at), self.data.get(at + 1)) {
                (Some(0xFF), Some(&next)) if next < 0x80 => {
                    self.push(0x7F80 | u64::from(next), 15);
                    at += 2;
                }
                (Some(&byte), _) if byte != 0xFF => {
                    self.push(u64::from(byte), 8);
                    at += 1;
                }
                _ => {
                    self.missing = self.missing.saturating_add(8);
                    self.count += 8;
                }
            }
        }
        self.look_ahead(at);
        self
    }

    fn push(&mut self, value: u64, bits: u64) {
        self.held |= value << (64 - bits - self.count);
        self.count += bits;
    }

    fn look_ahead(&mut self, at: usize) {
        if self.next_ff < at || self.next_ff == 0 {
            self.next_ff = find_ff(self.data, at);
        }
        self.ahead = self.data.get(at..self.next_ff).unwrap_or_default();
    }

    /// Counts `bits` as taken; the caller has shifted them out.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) {
        self.count = self.count.wrapping_sub(u64::from(bits));
    }

    /// Takes `bits` (at most 63) that are at hand.
    #[inline(always)]
    pub(super) fn skip(&mut self, bits: u32) {
        self.held <<= bits;
        self.count = self.count.wrapping_sub(u64::from(bits));
    }

    /// Reads up to 32 bits.
    #[inline(always)]
    pub(super) fn read(&mut self, bits: u32) -> u32 {
        self.refill();
        let value = (self.held >> 1 >> (63 - bits)) as u32;
        self.skip(bits);
        value
    }

    /// True where bits were read that are not there.
    #[inline(always)]
    pub(super) const fn is_past_end(&self) -> bool {
        self.missing > self.count
    }

    /// The byte that is looked at next; a marker is never passed.
    pub(super) const fn offset(&self) -> usize {
        self.next_ff - self.ahead.len()
    }

    /// Where the next marker stands (its FF), and whether whole bytes lie before it unread.
    pub(super) fn marker(&self) -> (usize, bool) {
        let at = find_marker(self.data, self.offset());
        (at, at > self.offset() || self.count >= self.missing.saturating_add(8))
    }
}

/// The first FF at or after `from`, or the end.
fn find_ff(data: &[u8], from: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut at = from;
    while let Some(bytes) = data.get(at..).and_then(|rest| rest.first_chunk()) {
        let inverted = !u64::from_le_bytes(*bytes);
        let zeros = inverted.wrapping_sub(ONES) & !inverted & (ONES << 7);
        if zeros != 0 {
            return at + (zeros.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = data.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| byte == 0xFF).unwrap_or(rest.len())
}

/// The first marker at or after `from`, with the fill bytes before it: FF once or more, then a byte of 80 to FE; or the end.
pub(super) fn find_marker(data: &[u8], mut from: usize) -> usize {
    loop {
        let at = find_ff(data, from);
        let rest = data.get(at..).unwrap_or_default();
        from = at + rest.iter().take_while(|&&byte| byte == 0xFF).count();
        match data.get(from) {
            Some(0x80..) => return at,
            Some(_) => {}
            None => return data.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BitReader, find_marker};

    #[test]
    fn a_stuffed_bit_is_not_read() {
        let data = [0x12, 0xFF, 0x7F, 0xFF, 0x00, 0xAB, 0xFF, 0xD9];
        let mut reader = BitReader::new(&data, 0);
        assert_eq!(reader.read(8), 0x12);
        assert_eq!(reader.read(15), 0x7FFF);
        assert_eq!(reader.read(15), 0x7F80);
        assert_eq!(reader.marker(), (6, true));
        assert_eq!(reader.read(8), 0xAB);
        assert!(!reader.is_past_end());
        assert_eq!(reader.marker(), (6, false));
        reader.read(1);
        assert!(reader.is_past_end());
    }

    #[test]
    fn fast_and_slow_refills_read_the_same_bits() {
        let mut data: Vec<u8> =
            (0..4000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 & 0x7F).collect();
        for at in [5, 17, 19, 40, 100, 102, 104, 999, 2000, 3998] {
            data[at] = 0xFF;
            data[at + 1] &= 0x7F;
        }
        let mut bits = Vec::new();
        let mut after = false;
        for &byte in &data {
            for bit in (0..if after { 7 } else { 8 }).rev() {
                bits.push(byte >> bit & 1);
            }
            after = byte == 0xFF;
        }
        let mut reader = BitReader::new(&data, 0);
        let mut at = 0;
        for step in 0.. {
            let count = step * 7 % 23 + 1;
            if at + count > bits.len() {
                break;
            }
            let expected = bits[at..at + count].iter().fold(0, |value, &bit| value << 1 | u32::from(bit));
            assert_eq!(reader.read(count as u32), expected, "bit {at}");
            at += count;
        }
        assert!(!reader.is_past_end());
    }

    #[test]
    fn fill_bytes_belong_to_the_marker() {
        assert_eq!(find_marker(&[1, 0xFF, 0x00, 0xFF, 0xFF, 0xD9], 0), 3);
        assert_eq!(find_marker(&[1, 0xFF], 0), 2);
    }
}
