//! Bits into an entropy-coded segment: after a byte FF a zero is stuffed (T.87 A.1).

use crate::{Error, ErrorKind, Result};

const NO_MEMORY: Error = Error::new(ErrorKind::Limit, "JPEG-LS: not enough memory for the codestream");

/// A writer at the end of a codestream. [`BitWriter::reserve`] makes room; bits past it are lost.
#[derive(Debug)]
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    pending: Pending,
}

/// Bits that are not written yet.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Pending {
    /// The bytes of the codestream that are written.
    at: usize,
    /// The last bit is the lowest; those above `count` mean nothing.
    held: u64,
    /// Less than 32 between calls.
    count: u32,
    is_after_ff: bool,
}

/// What takes the bits of a line. Its owner keeps it in registers, and gives what is left back to the writer ([`BitWriter::keep`]).
#[derive(Debug)]
pub(super) struct Sink<'o> {
    out: &'o mut [u8],
    pub(super) pending: Pending,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        let at = out.len();
        Self { out, pending: Pending { at, ..Pending::default() } }
    }

    /// Makes room for `bytes` more.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<()> {
        let end = self.pending.at.checked_add(bytes).ok_or(NO_MEMORY)?;
        if end > self.out.len() {
            self.out.try_reserve(end - self.out.len()).map_err(|_| NO_MEMORY)?;
            self.out.resize(end, 0);
        }
        Ok(())
    }

    /// What takes the next bits.
    #[inline(always)]
    pub(super) fn sink(&mut self) -> Sink<'_> {
        Sink { out: self.out, pending: self.pending }
    }

    /// Goes on where a sink ended.
    #[inline(always)]
    pub(super) fn keep(&mut self, pending: Pending) {
        self.pending = pending;
    }

    /// Fills the last byte with zeros (a byte FF is not the last), and ends the codestream there.
    pub(super) fn finish(mut self) {
        self.spill_all();
        let pending = &mut self.pending;
        if pending.count > 0 || pending.is_after_ff {
            let room = if pending.is_after_ff { 7 } else { 8 };
            pending.held <<= room - pending.count;
            pending.count = room;
            self.spill_all();
        }
        if self.pending.is_after_ff {
            (self.pending.held, self.pending.count) = (0, 7);
            self.spill_all();
        }
        self.out.truncate(self.pending.at);
    }

    fn spill_all(&mut self) {
        self.pending = spill_by_bytes(self.out, self.pending);
    }
}

impl Sink<'_> {
    /// Writes the lowest `bits` (at most 32) of `value`, which has no other.
    #[inline(always)]
    pub(super) fn put(&mut self, value: u32, bits: u32) {
        self.pending.held = self.pending.held << bits | u64::from(value);
        self.pending.count += bits;
        if self.pending.count >= 32 {
            self.spill();
        }
    }

    #[inline(always)]
    fn spill(&mut self) {
        const ONES: u32 = 0x0101_0101;
        let Pending { at, held, count, is_after_ff } = self.pending;
        let word = (held >> (count - 32)) as u32;
        let zeros = (!word).wrapping_sub(ONES) & word & (ONES << 7);
        if zeros == 0
            && !is_after_ff
            && let Some(slot) = self.out.get_mut(at..).and_then(|rest| rest.first_chunk_mut())
        {
            *slot = word.to_be_bytes();
            self.pending.at += 4;
            self.pending.count -= 32;
        } else {
            self.pending = spill_by_bytes(self.out, self.pending);
        }
    }
}

/// Writes whole bytes while there are any; gives what is left. By value, so that the caller's can stay in registers.
#[cold]
#[inline(never)]
fn spill_by_bytes(out: &mut [u8], mut pending: Pending) -> Pending {
    loop {
        let bits = if pending.is_after_ff { 7 } else { 8 };
        if pending.count < bits {
            return pending;
        }
        pending.count -= bits;
        let byte = (pending.held >> pending.count) as u8 & if pending.is_after_ff { 0x7F } else { 0xFF };
        pending.is_after_ff = byte == 0xFF;
        if let Some(slot) = out.get_mut(pending.at) {
            *slot = byte;
            pending.at += 1;
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
        let mut sink = writer.sink();
        for &(value, bits) in values {
            sink.put(value, bits);
        }
        let pending = sink.pending;
        writer.keep(pending);
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
