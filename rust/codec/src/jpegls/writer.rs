//! Bits into an entropy-coded segment: after a byte FF a zero is stuffed (T.87 A.1).

use crate::{Error, ErrorKind, Result};

const NO_MEMORY: Error = Error::new(ErrorKind::Limit, "JPEG-LS: not enough memory for the codestream");

/// A writer at the end of a codestream. [`BitWriter::reserve`] makes room; bits past it are lost.
#[derive(Debug)]
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// The bytes of `out` that are written.
    at: usize,
    /// Bits that are not written yet, the last one lowest; those above `count` mean nothing.
    held: u64,
    /// Less than 32 between calls.
    count: u32,
    is_after_ff: bool,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        let at = out.len();
        Self { out, at, held: 0, count: 0, is_after_ff: false }
    }

    /// Makes room for `bytes` more.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<()> {
        let end = self.at.checked_add(bytes).ok_or(NO_MEMORY)?;
        if end > self.out.len() {
            self.out.try_reserve(end - self.out.len()).map_err(|_| NO_MEMORY)?;
            self.out.resize(end, 0);
        }
        Ok(())
    }

    /// Writes the lowest `bits` (at most 32) of `value`, which has no other.
    #[inline(always)]
    pub(super) fn put(&mut self, value: u32, bits: u32) {
        self.held = self.held << bits | u64::from(value);
        self.count += bits;
        if self.count >= 32 {
            self.spill();
        }
    }

    #[inline(always)]
    fn spill(&mut self) {
        const ONES: u32 = 0x0101_0101;
        let word = (self.held >> (self.count - 32)) as u32;
        let zeros = (!word).wrapping_sub(ONES) & word & (ONES << 7);
        if zeros == 0
            && !self.is_after_ff
            && let Some(slot) = self.out.get_mut(self.at..).and_then(|rest| rest.first_chunk_mut())
        {
            *slot = word.to_be_bytes();
            self.at += 4;
            self.count -= 32;
        } else {
            (self.at, self.count, self.is_after_ff) =
                spill_by_bytes(self.out, self.at, self.held, self.count, self.is_after_ff);
        }
    }

    /// Fills the last byte with zeros (a byte FF is not the last), and ends the codestream there.
    pub(super) fn finish(mut self) {
        self.spill_all();
        if self.count > 0 || self.is_after_ff {
            let room = if self.is_after_ff { 7 } else { 8 };
            self.held <<= room - self.count;
            self.count = room;
            self.spill_all();
        }
        if self.is_after_ff {
            self.held = 0;
            self.count = 7;
            self.spill_all();
        }
        self.out.truncate(self.at);
    }

    fn spill_all(&mut self) {
        (self.at, self.count, self.is_after_ff) =
            spill_by_bytes(self.out, self.at, self.held, self.count, self.is_after_ff);
    }
}

/// Writes whole bytes while there are any; gives the place, the bits that are left, and whether the last byte was FF.
#[cold]
#[inline(never)]
fn spill_by_bytes(
    out: &mut [u8],
    mut at: usize,
    held: u64,
    mut count: u32,
    mut is_after_ff: bool,
) -> (usize, u32, bool) {
    loop {
        let bits = if is_after_ff { 7 } else { 8 };
        if count < bits {
            return (at, count, is_after_ff);
        }
        count -= bits;
        let byte = (held >> count) as u8 & if is_after_ff { 0x7F } else { 0xFF };
        is_after_ff = byte == 0xFF;
        if let Some(slot) = out.get_mut(at) {
            *slot = byte;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BitWriter;

    fn written(values: &[(u32, u32)]) -> Vec<u8> {
        let mut out = vec![9];
        let mut writer = BitWriter::new(&mut out);
        writer.reserve(100).unwrap();
        for &(value, bits) in values {
            writer.put(value, bits);
        }
        writer.finish();
        out
    }

    #[test]
    fn a_zero_is_stuffed_after_ff() {
        assert_eq!(written(&[]), [9]);
        assert_eq!(
            written(&[(0x12, 8), (0x34, 8), (0x56, 8), (0x78, 8), (1, 1)]),
            [9, 0x12, 0x34, 0x56, 0x78, 0x80]
        );
        assert_eq!(written(&[(0xFF, 8), (0x7F, 7), (0xFF, 8)]), [9, 0xFF, 0x7F, 0xFF, 0x00]);
        assert_eq!(written(&[(u32::MAX, 32), (1, 2)]), [9, 0xFF, 0x7F, 0xFF, 0x7F, 0xD0]);
        assert_eq!(written(&[(u32::MAX, 30)]), [9, 0xFF, 0x7F, 0xFF, 0x7F]);
    }
}
