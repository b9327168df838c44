//! The MQ encoder (T.800 C.2).

use std::hint::select_unpredictable as select;

use super::states::{Contexts, POINT, next};

/// What passes write symbols to.
pub(super) trait Sink: Copy {
    /// Whether symbols are raw bits: signs stand as they are.
    const RAW: bool;

    /// One symbol, 0 or 1, whose sense is foreseeable.
    fn symbol(&mut self, contexts: &mut Contexts, context: u8, bit: u64, data: &mut Vec<u8>);

    /// One symbol, 0 or 1, free of branches.
    fn flat(&mut self, contexts: &mut Contexts, context: u8, bit: u64, data: &mut Vec<u8>);

    /// Ends the segment.
    fn finish(self, is_predictable: bool, data: &mut Vec<u8>);

    /// How many bytes, of those in `data` and those to come, decode all that has been written.
    fn enough(&self, data: &[u8]) -> usize;
}

const HALF: u32 = 0x8000;
const QUARTER: u32 = HALF / 2;
/// No byte has been made yet.
const NONE: u32 = u32::MAX;

/// The encoder's registers. The byte that a carry may still change is not written yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct MqEncoder {
    interval: u32,
    /// C, with the bits in front that `until` says are due.
    code: u64,
    /// CT: shifts until the next byte; none or fewer for a moment only.
    until: i32,
    /// B.
    held: u32,
}

impl MqEncoder {
    /// T.800 C.2.8.
    pub(super) const fn new() -> Self {
        Self { interval: HALF, code: 0, until: 12, held: NONE }
    }

    /// T.800 C.2.7: the byte that is due.
    #[inline(always)]
    fn byte_out(&mut self, data: &mut Vec<u8>) {
        let late = self.until.unsigned_abs();
        let mut code = self.code >> late;
        let behind = self.code & ((1 << late) - 1);
        if self.held != 0xFF && self.held != NONE {
            self.held += (code >> 27) as u32;
            code &= 0x7FF_FFFF;
        }
        if self.held != NONE {
            data.push(self.held as u8);
        }
        // Behind a byte of ones a bit is left for the carry.
        let bits = if self.held == 0xFF { 7 } else { 8 };
        let below = 27 - bits;
        self.held = (code >> below) as u32;
        self.code = (code & ((1 << below) - 1)) << late | behind;
        self.until += bits;
    }
}

impl Sink for MqEncoder {
    const RAW: bool = false;

    #[inline(always)]
    fn symbol(&mut self, contexts: &mut Contexts, context: u8, bit: u64, data: &mut Vec<u8>) {
        let state = contexts[usize::from(context)];
        let qe = (state >> POINT) as u32;
        let upper = self.interval - qe;
        if (state ^ bit) & 1 == 0 && upper >= HALF {
            self.interval = upper;
            self.code += u64::from(qe);
        } else {
            self.flat(contexts, context, bit, data);
        }
    }

    /// T.800 C.2.4 to C.2.6.
    #[inline(always)]
    fn flat(&mut self, contexts: &mut Contexts, context: u8, bit: u64, data: &mut Vec<u8>) {
        let state = contexts[usize::from(context)];
        let qe = (state >> POINT) as u32;
        let upper = self.interval - qe;
        let is_less = (state ^ bit) & 1 != 0;
        // Where the part of the less probable symbol is the greater one, they are exchanged.
        let is_lower = is_less ^ (upper < qe);
        let more = select(upper < HALF, next(state, 8), state);
        contexts[usize::from(context)] = select(is_less, next(state, 16), more);
        let shift =
            select(is_lower, (state >> 24 & 15) as u32, u32::from(upper < HALF) + u32::from(upper < QUARTER));
        self.interval = select(is_lower, qe, upper) << shift;
        self.code = (self.code + u64::from(select(is_lower, 0, qe))) << shift;
        self.until -= shift as i32;
        while self.until <= 0 {
            self.byte_out(data);
        }
    }

    fn finish(mut self, is_predictable: bool, data: &mut Vec<u8>) {
        if is_predictable {
            // T.800 D.4.2: as many bits as the interval has been shifted, and no more.
            let mut left = 12 - self.until;
            while left > 0 {
                self.code <<= self.until;
                self.until = 0;
                self.byte_out(data);
                left -= self.until;
            }
            if self.held != 0xFF {
                self.code <<= self.until;
                self.until = 0;
                self.byte_out(data);
            }
            return;
        }
        // T.800 C.2.9: as many ones as the interval has room for.
        let end = self.code + u64::from(self.interval);
        self.code |= 0xFFFF;
        if self.code >= end {
            self.code -= u64::from(HALF);
        }
        for _ in 0..2 {
            self.code <<= self.until;
            self.until = 0;
            self.byte_out(data);
        }
        if self.held != 0xFF && self.held != NONE {
            data.push(self.held as u8);
        }
    }

    /// All bits down to the lowest of the interval: the held byte and three more, or four where the next one has few bits to go, or one
    /// more where a byte of ones may stand among them.
    fn enough(&self, data: &[u8]) -> usize {
        data.len() + if self.until > 3 { 5 } else { 6 }
    }
}
