//! Where the bits of a scan come from: unstuffed a block at a time into one buffer that is used again, and read 56 bits at a time.

use crate::jpeg::{Stop, unstuff};
use crate::{Error, ErrorKind, Result};

/// The most symbols that are decoded between two calls of [`Input::fill`].
pub(super) const SYMBOLS: usize = 4096;
/// A symbol has at most 16 bits of code and 15 of difference: 4 bytes. And a load takes 8.
const ROOM: usize = SYMBOLS * 4 + 16;
/// The most that is held at a time; a short codestream has no use for so much.
const BUFFER: usize = 3 * ROOM;

/// The bits that are loaded, the next in the highest place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bits {
    /// The next bit is the highest. Below the `left` bits that count there may be some of the bits that follow.
    pub(super) ahead: u64,
    left: u64,
    at: usize,
}

impl Bits {
    /// Sees to it that at least 56 bits are there; zeros after the window's end.
    #[inline(always)]
    pub(super) fn refill(&mut self, window: &[u8]) {
        let next = window.get(self.at..).and_then(<[u8]>::first_chunk);
        self.ahead |= next.map_or(0, |bytes| u64::from_be_bytes(*bytes)) >> self.left;
        self.at += ((63 - self.left) >> 3) as usize;
        self.left |= 0x38;
    }

    /// Passes over as many bits as the lowest six bits of `count` say, no more than are there.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: u64) {
        self.ahead <<= count & 63;
        self.left = self.left.wrapping_sub(count & 63);
    }
}

impl Bits {
    /// How many bits are loaded, at most 64.
    fn left(self) -> usize {
        usize::try_from(self.left).unwrap_or(0)
    }
}

/// A scan's entropy-coded data.
#[derive(Debug)]
pub(super) struct Input<'a> {
    data: &'a [u8],
    /// Where unstuffing goes on in `data`.
    next: usize,
    stop: Stop,
    buffer: Vec<u8>,
    /// How much of the buffer holds data.
    filled: usize,
    /// The reader's place in the buffer.
    pub(super) bits: Bits,
}

impl<'a> Input<'a> {
    /// Begins at `at` of `data`.
    pub(super) fn new(data: &'a [u8], at: usize) -> Result<Self> {
        let mut buffer = Vec::new();
        // One byte more than there can be, so that the end of all is found before that of the buffer.
        let size = (data.len().saturating_sub(at) + 1 + ROOM).min(BUFFER);
        if buffer.try_reserve_exact(size).is_err() {
            return Err(Error::new(ErrorKind::Limit, "no memory for a buffer"));
        }
        buffer.resize(size, 0);
        Ok(Self { data, next: at, stop: Stop::Full, buffer, filled: 0, bits: Bits::default() })
    }

    /// Sees to it that the window holds the next [`SYMBOLS`] symbols, as far as there are any.
    pub(super) fn fill(&mut self) {
        let read = self.bits.at.min(self.filled);
        if self.stop != Stop::Full || self.filled - read >= ROOM {
            return;
        }
        self.buffer.copy_within(read..self.filled, 0);
        (self.bits.at, self.filled) = (0, self.filled - read);
        let end = self.buffer.len() - ROOM;
        let place = self.buffer.get_mut(self.filled..end).unwrap_or_default();
        let (wrote, next, stop) = unstuff(self.data, self.next, place);
        (self.next, self.stop) = (next, stop);
        self.filled += wrote;
        if stop != Stop::Full {
            self.buffer.get_mut(self.filled..).unwrap_or_default().fill(0);
        }
    }

    /// The reader and its window.
    pub(super) fn parts(&mut self) -> (&mut Bits, &[u8]) {
        (&mut self.bits, &self.buffer)
    }

    /// About where the reader is in the codestream: not before it, by as many zeros as were taken out since the last fill.
    pub(super) fn place(&self) -> usize {
        self.next.saturating_sub(self.filled.saturating_sub(self.bits.at))
    }

    /// An error where more bits were read than there are.
    pub(super) fn check(&self) -> Result<()> {
        if 8 * self.bits.at > 8 * self.filled + self.bits.left() {
            return Err(
                Error::new(ErrorKind::Truncated, "the entropy-coded data end too early").at(self.next)
            );
        }
        Ok(())
    }

    /// Ends an interval: what is left of it is passed over. Returns the place of the marker after it, the marker, and whether more than
    /// the padding of the last byte was passed over.
    pub(super) fn end(&mut self) -> (usize, Stop, bool) {
        let mut passed = 8 * self.filled + self.bits.left() >= 8 * self.bits.at + 8;
        while self.stop == Stop::Full {
            let (wrote, next, stop) = unstuff(self.data, self.next, &mut self.buffer);
            (self.next, self.stop) = (next, stop);
            passed |= wrote > 0;
        }
        (self.next, self.stop, passed)
    }

    /// Goes on after the restart marker that [`Input::end`] found.
    pub(super) fn restart(&mut self) {
        self.next += 2;
        (self.filled, self.bits, self.stop) = (0, Bits::default(), Stop::Full);
    }
}
