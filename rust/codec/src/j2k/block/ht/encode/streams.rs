//! The three streams of a clean-up segment, written: MagSgn and VLC first without stuffing, MEL byte by byte.
#![expect(clippy::inline_always, reason = "steps of one loop, compiled for its instructions")]

use super::super::flat::Stuffing;
use super::super::tables::MEL_EXPONENTS;

/// Bits, the first in the lowest place, without stuffing.
pub(super) struct Bits<const N: usize> {
    bytes: Box<[u8; N]>,
    end: End,
}

/// Where bits end: whole bytes, and what is not one yet.
#[derive(Clone, Copy, Default)]
pub(super) struct End {
    at: usize,
    pending: u64,
    held: u32,
}

/// Adds bits. It lives in a loop: so its parts stay in registers.
pub(super) struct Pen<'a, const N: usize> {
    bytes: &'a mut [u8; N],
    pub(super) end: End,
}

impl<const N: usize> Pen<'_, N> {
    /// Adds bits, at most 56, above which the word is zero. `N` has room for all that a block can have.
    #[inline(always)]
    pub(super) fn push(&mut self, word: u64, count: u32) {
        let End { at, pending, held } = &mut self.end;
        *pending |= word << *held;
        *held += count;
        if let Some(to) = self.bytes.get_mut(*at..).and_then(<[u8]>::first_chunk_mut) {
            *to = pending.to_le_bytes();
        }
        *at += (*held / 8) as usize;
        *pending >>= *held & 0x38;
        *held &= 7;
    }
}

impl<const N: usize> Bits<N> {
    pub(super) fn new() -> Self {
        Self { bytes: Box::new([0; N]), end: End::default() }
    }

    /// Nothing but these bits, less than a byte.
    pub(super) fn start(&mut self, pending: u64, held: u32) {
        self.end = End { at: 0, pending, held };
    }

    /// What writes on: where it ends is to be [put down](Self::put_down).
    #[inline(always)]
    pub(super) fn pen(&mut self) -> Pen<'_, N> {
        Pen { bytes: &mut self.bytes, end: self.end }
    }

    pub(super) fn put_down(&mut self, end: End) {
        self.end = end;
    }

    const fn count(&self) -> usize {
        8 * self.end.at + self.end.held as usize
    }

    /// Eight bytes from a bit on.
    #[inline]
    fn word(&self, bit: usize) -> u64 {
        let bytes = self.bytes.get(bit / 8..).and_then(<[u8]>::first_chunk::<9>);
        let [low @ .., high] = bytes.copied().unwrap_or_default();
        // In two steps: a shift by 64 is none.
        u64::from_le_bytes(low) >> (bit % 8) | u64::from(high) << 1 << (63 - bit % 8)
    }

    /// Hands on all whole bytes, stuffed, and gives what is left: the bits and how many they are. `before` is the byte that counts as the one
    /// before the first, and then is the last.
    pub(super) fn stuff(&self, stuffing: Stuffing, before: &mut u8, to: &mut Vec<u8>) -> (u8, u32) {
        let (mut bit, end) = (0, self.count());
        while bit + 64 <= end {
            let word = self.word(bit);
            let bytes = word.to_le_bytes();
            let marks = stuffing.mark(word, word << 8 | u64::from(*before));
            if marks == 0 {
                to.extend_from_slice(&bytes);
                *before = bytes[7];
                bit += 64;
                continue;
            }
            let whole = marks.trailing_zeros() as usize / 8;
            to.extend(bytes.iter().take(whole));
            *before = bytes.get(whole).map_or(0, |byte| byte & 0x7F);
            to.push(*before);
            bit += 8 * whole + 7;
        }
        loop {
            let left = u32::try_from(end - bit).unwrap_or(0);
            let [byte, ..] = (self.word(bit) & ((1 << left.min(63)) - 1)).to_le_bytes();
            let is_stuffed = stuffing.mark(byte.into(), (*before).into()) & 0x80 != 0;
            let count = 8 - u32::from(is_stuffed);
            if left < count {
                return (byte, left);
            }
            *before = if is_stuffed { byte & 0x7F } else { byte };
            to.push(*before);
            bit += count as usize;
        }
    }
}

/// Writes events (T.814 7.3.3).
pub(super) struct Mel {
    pub(super) bytes: Vec<u8>,
    bits: u8,
    /// Free bits of the byte.
    free: u32,
    run: u32,
    state: u8,
}

impl Mel {
    pub(super) const fn new() -> Self {
        Self { bytes: Vec::new(), bits: 0, free: 8, run: 0, state: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        (self.bits, self.free, self.run, self.state) = (0, 8, 0, 0);
    }

    fn exponent(&self) -> u32 {
        MEL_EXPONENTS.get(usize::from(self.state)).map_or(0, |&exponent| exponent.into())
    }

    pub(super) fn push(&mut self, is_one: bool) {
        let exponent = self.exponent();
        if is_one {
            self.bit(false);
            for place in (0..exponent).rev() {
                self.bit(self.run >> place & 1 == 1);
            }
            self.run = 0;
            self.state = self.state.saturating_sub(1);
        } else {
            self.run += 1;
            if self.run >> exponent == 1 {
                self.bit(true);
                self.run = 0;
                self.state = (self.state + 1).min(12);
            }
        }
    }

    /// So many events that are 0.
    pub(super) fn push_zeros(&mut self, mut count: u32) {
        while count > 0 {
            let whole = 1 << self.exponent();
            let taken = count.min(whole - self.run);
            count -= taken;
            self.run += taken;
            if self.run == whole {
                self.bit(true);
                self.run = 0;
                self.state = (self.state + 1).min(12);
            }
        }
    }

    fn bit(&mut self, bit: bool) {
        self.bits = self.bits << 1 | u8::from(bit);
        self.free -= 1;
        if self.free == 0 {
            self.bytes.push(self.bits);
            self.free = if self.bits == 0xFF { 7 } else { 8 };
            self.bits = 0;
        }
    }

    /// Ends the stream: the last byte as far as it goes, and which of its bits count. A bit that stuffing keeps zero counts.
    pub(super) fn finish(&mut self) -> (u8, u8) {
        if self.run > 0 {
            // More zeros than there are hurt nobody.
            self.bit(true);
        }
        (
            u8::try_from(u32::from(self.bits) << self.free & 0xFF).unwrap_or(0),
            u8::try_from(0xFF << self.free & 0xFF).unwrap_or(0),
        )
    }
}
