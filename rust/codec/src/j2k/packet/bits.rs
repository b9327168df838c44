//! The bits of packet headers: behind a byte of all ones, the next one has seven (T.800 B.10.1).

use crate::{Error, ErrorKind, Result};

/// Reads bits, the high ones first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitReader<'a> {
    data: &'a [u8],
    /// Where the next byte is read.
    at: usize,
    /// The byte under way, and how many of its bits are left.
    byte: u8,
    left: u32,
}

const SHORT: Error = Error::new(ErrorKind::Truncated, "JPEG 2000: a packet header ends too early");

impl<'a> BitReader<'a> {
    /// From byte `at` on.
    pub(crate) const fn new(data: &'a [u8], at: usize) -> Self {
        Self { data, at, byte: 0, left: 0 }
    }

    #[inline]
    fn refill(&mut self) -> Result<()> {
        let Some(&byte) = self.data.get(self.at) else { return Err(SHORT.at(self.at)) };
        self.left = if self.byte == 0xFF { 7 } else { 8 };
        self.byte = byte;
        self.at += 1;
        Ok(())
    }

    /// The next bit.
    #[inline]
    pub(crate) fn bit(&mut self) -> Result<bool> {
        if self.left == 0 {
            self.refill()?;
        }
        self.left -= 1;
        Ok(self.byte >> self.left & 1 != 0)
    }

    /// The next `count` bits, at most 32.
    #[inline]
    pub(crate) fn bits(&mut self, mut count: u32) -> Result<u32> {
        let mut value = 0;
        while count > 0 {
            if self.left == 0 {
                self.refill()?;
            }
            let taken = count.min(self.left);
            self.left -= taken;
            count -= taken;
            value = value << taken | u32::from(self.byte >> self.left) & ((1 << taken) - 1);
        }
        Ok(value)
    }

    /// Passes over what is left of the last byte, and over the one that a byte of all ones asks for; gives the place behind.
    pub(crate) fn finish(self) -> usize {
        if self.byte == 0xFF { (self.at + 1).min(self.data.len()) } else { self.at }
    }
}

/// Writes bits, the high ones first.
#[derive(Debug)]
pub(crate) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    byte: u8,
    /// Bits that the byte under way still takes.
    left: u32,
}

impl<'a> BitWriter<'a> {
    /// Appends to `out`.
    pub(crate) const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, byte: 0, left: 8 }
    }

    /// Writes a bit.
    pub(crate) fn bit(&mut self, bit: bool) {
        self.left -= 1;
        self.byte |= u8::from(bit) << self.left;
        if self.left == 0 {
            self.out.push(self.byte);
            self.left = if self.byte == 0xFF { 7 } else { 8 };
            self.byte = 0;
        }
    }

    /// Writes the low `count` bits of `value`.
    pub(crate) fn bits(&mut self, value: u32, count: u32) {
        for index in (0..count).rev() {
            self.bit(value >> index & 1 != 0);
        }
    }

    /// Fills the last byte with zeros. A header never ends with a byte of all ones.
    pub(crate) fn finish(self) {
        if self.left < 8 {
            self.out.push(self.byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BitReader, BitWriter};
    use crate::fuzz::mutator::Random;

    #[test]
    fn bits_read_back() {
        let mut random = Random(15_444);
        for _ in 0..200 {
            let words: Vec<(u32, u32)> = (0..random.below(40))
                .map(|_| {
                    let count = u32::try_from(1 + random.below(32)).unwrap();
                    let ones = u32::MAX >> (32 - count);
                    (
                        if random.below(2) == 0 {
                            ones
                        } else {
                            u32::try_from(random.below(1 << 20)).unwrap() & ones
                        },
                        count,
                    )
                })
                .collect();
            let mut out = vec![7];
            let mut writer = BitWriter::new(&mut out);
            for &(value, count) in &words {
                writer.bits(value, count);
            }
            writer.finish();
            assert_ne!(out.last(), Some(&0xFF));
            let length = out.len();
            out.push(0x55);
            let mut reader = BitReader::new(&out, 1);
            for &(value, count) in &words {
                assert_eq!(reader.bits(count), Ok(value));
            }
            assert_eq!(reader.finish(), length);
        }
    }
}
