//! The MQ decoder (T.800 C.3).
//!
//! Where the standard keeps the distance of the codeword from the bottom of the interval, this one keeps the distance from the top, `below`:
//! the more probable symbol, which has the upper part, then leaves it as it is. Symbols that can hardly be foreseen are decoded without a
//! branch, for a wrong guess costs more than the whole decision; those that can, with one.

use std::hint::select_unpredictable as select;

use super::states::{Contexts, POINT, QE, next};

/// What passes read symbols from.
pub(super) trait Symbols: Copy {
    /// Whether symbols are raw bits: signs stand as they are.
    const RAW: bool;

    /// One symbol, 0 or 1, whose sense is foreseeable.
    fn symbol(&mut self, contexts: &mut Contexts, context: u8) -> u64;

    /// One symbol, 0 or 1, free of branches.
    fn flat(&mut self, contexts: &mut Contexts, context: u8) -> u64;

    /// The same for a context whose state the caller holds.
    fn held(&mut self, state: &mut u64) -> u64;

    /// How many bits have been looked at: those of the interval, or those that were read.
    fn used(&self) -> usize;

    /// Whether a segment of so many bits ends where predictable termination (T.800 D.4.2) ends it.
    fn ends_as_predicted(&self, bits: usize) -> bool;
}

const HALF: u64 = 0x8000 << POINT;
const QUARTER: u64 = HALF / 2;

/// The decoder's registers. The interval and `below` are 16 bits wide, left-aligned, with the bits to come behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mq<'a> {
    interval: u64,
    below: u64,
    /// How many bits behind the 16 are there; fewer than none for a moment only.
    ahead: i32,
    /// The codeword's complement.
    words: &'a [u32],
    next: usize,
}

impl<'a> Mq<'a> {
    /// T.800 C.3.5.
    pub(super) fn new(words: &'a [u32]) -> Self {
        let first = words.first().copied().unwrap_or(0);
        // The interval is one half: nothing may be taken away.
        Self { interval: HALF, below: u64::from(first) << 31, ahead: 17, words, next: 1 }
    }
}

impl Symbols for Mq<'_> {
    const RAW: bool = false;

    #[inline(always)]
    fn symbol(&mut self, contexts: &mut Contexts, context: u8) -> u64 {
        let state = contexts[usize::from(context)];
        let upper = self.interval - (state & QE);
        if upper > self.below.max(HALF - 1) {
            self.interval = upper;
            return state & 1;
        }
        self.flat(contexts, context)
    }

    #[inline(always)]
    fn flat(&mut self, contexts: &mut Contexts, context: u8) -> u64 {
        let mut state = contexts[usize::from(context)];
        let symbol = self.held(&mut state);
        contexts[usize::from(context)] = state;
        symbol
    }

    /// T.800 C.3.2 and C.3.3.
    #[inline(always)]
    fn held(&mut self, held: &mut u64) -> u64 {
        let state = *held;
        let qe = state & QE;
        let upper = self.interval - qe;
        let is_lower = self.below >= upper;
        // Where the part of the less probable symbol is the greater one, they are exchanged.
        let is_less = is_lower ^ (upper < qe);
        let more = select(upper < HALF, next(state, 8), state);
        *held = select(is_less, next(state, 16), more);
        // The upper part is a quarter at least: it is shifted twice at most.
        let twice = u32::from(upper < HALF) + u32::from(upper < QUARTER);
        let shift = select(is_lower, (state >> 24 & 15) as u32, twice);
        self.interval = select(is_lower, qe, upper) << shift;
        self.below = (self.below - select(is_lower, upper, 0)) << shift;
        self.ahead -= shift as i32;
        if self.ahead < 0 {
            let word = self.words.get(self.next).copied().unwrap_or(0);
            self.next += 1;
            self.below |= u64::from(word) << (16 - self.ahead);
            self.ahead += 32;
        }
        (state & 1) ^ u64::from(is_less)
    }

    fn used(&self) -> usize {
        (self.next * 32).saturating_sub(self.ahead.max(0) as usize)
    }

    /// T.800 D.4.2: the encoder gives the bits down to those that the interval has left, and from one to eight of these, which are its lowest
    /// point's. The ones behind them stand for what it did not give: so the codeword is no further above that point than those ones are.
    fn ends_as_predicted(&self, bits: usize) -> bool {
        let missing = match self.used().checked_sub(bits) {
            Some(missing @ 8..=15) => missing,
            // A last byte of ones is not given.
            Some(missing @ 16..=23) => missing - 8,
            _ => return false,
        };
        self.below >= self.interval.saturating_sub(1 << (POINT as usize + missing))
    }
}
