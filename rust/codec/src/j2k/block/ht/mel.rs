//! The adaptive run lengths of T.814 7.3.3 (MEL): events that are mostly 0.
#![expect(clippy::inline_always, reason = "steps of one loop, compiled for its instructions")]

use super::tables::MEL_EXPONENTS;

/// Reads events.
pub(super) struct Mel<'a> {
    /// What is left of the clean-up segment's tail, without its last byte (T.814 7.1.3).
    rest: std::slice::Iter<'a, u8>,
    /// Bits read, the next one at the top.
    bits: u64,
    held: u32,
    /// The last byte was 0xFF: the next has seven bits.
    is_stuffed: bool,
    state: u8,
    /// Events that are 0, and whether a 1 follows them.
    zeros: u32,
    is_one: bool,
}

impl<'a> Mel<'a> {
    /// `tail` is the clean-up segment from where MagSgn ends on, without its last byte.
    pub(super) fn new(tail: &'a [u8]) -> Self {
        Self { rest: tail.iter(), bits: 0, held: 0, is_stuffed: false, state: 0, zeros: 0, is_one: false }
    }

    /// The next event.
    #[inline(always)]
    pub(super) fn event(&mut self) -> bool {
        if self.zeros == 0 && !self.is_one {
            self.run();
        }
        if self.zeros > 0 {
            self.zeros -= 1;
            return false;
        }
        self.is_one = false;
        true
    }

    /// Takes so many events at once if all of them are 0; else none.
    #[inline(always)]
    pub(super) fn are_zeros(&mut self, count: u32) -> bool {
        while self.zeros < count && !self.is_one {
            self.run();
        }
        let are_zeros = self.zeros >= count;
        if are_zeros {
            self.zeros -= count;
        }
        are_zeros
    }

    /// One run more, behind those that are held.
    #[inline(never)]
    fn run(&mut self) {
        if self.held < 6 {
            self.fill();
        }
        let exponent = MEL_EXPONENTS.get(usize::from(self.state)).map_or(0, |&exponent| u32::from(exponent));
        if self.bits >> 63 == 1 {
            self.zeros += 1 << exponent;
            self.state = (self.state + 1).min(12);
            self.skip(1);
        } else {
            // Below the 0 that was seen stand so many bits of the run.
            self.zeros += u32::try_from(self.bits >> 32 >> (31 - exponent)).unwrap_or(0);
            self.is_one = true;
            self.state = self.state.saturating_sub(1);
            self.skip(1 + exponent);
        }
    }

    fn skip(&mut self, count: u32) {
        self.bits <<= count;
        self.held = self.held.saturating_sub(count);
    }

    fn fill(&mut self) {
        while self.held <= 48 {
            // T.814 7.1.3: the last byte but one belongs to both streams, its lower half reads as ones; behind it all bits do.
            let byte = match self.rest.next() {
                Some(byte) if self.rest.len() == 0 => byte | 0xF,
                Some(&byte) => byte,
                None => 0xFF,
            };
            let count = 8 - u32::from(self.is_stuffed);
            let value = if self.is_stuffed { byte & 0x7F } else { byte };
            self.is_stuffed = byte == 0xFF;
            self.held += count;
            self.bits |= u64::from(value) << (64 - self.held);
        }
    }
}
