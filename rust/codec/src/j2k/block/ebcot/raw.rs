//! Raw bits, for passes that bypass the arithmetic coder (T.800 D.6).

use super::mq::Symbols;
use super::states::Contexts;

/// A reader of single bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a> {
    /// Bits still to be given, left-aligned.
    held: u32,
    count: u32,
    /// The segment's complement.
    words: &'a [u32],
    next: usize,
}

impl<'a> Raw<'a> {
    pub(super) const fn new(words: &'a [u32]) -> Self {
        Self { held: 0, count: 0, words, next: 0 }
    }
}

impl Symbols for Raw<'_> {
    const RAW: bool = true;

    #[inline(always)]
    fn symbol(&mut self, _: &mut Contexts, _: u8) -> u64 {
        if self.count == 0 {
            self.held = !self.words.get(self.next).copied().unwrap_or(0);
            self.next += 1;
            self.count = 32;
        }
        self.count -= 1;
        u64::from(self.held >> self.count & 1)
    }
    fn flat(&mut self, c: &mut Contexts, d: u8) -> u64 {
        self.symbol(c, d)
    }
    fn held(&mut self, _: &mut u64) -> u64 {
        self.symbol(&mut [0; 256], 0)
    }
    fn used(&self) -> usize {
        self.next * 32 - self.count as usize
    }

    /// The last byte is filled with noughts and ones in turn, a nought first.
    fn ends_as_predicted(&self, bits: usize) -> bool {
        let Some(left) = bits.checked_sub(self.used()) else { return false };
        let mut rest = *self;
        left < 8 && (0..left).all(|at| rest.symbol(&mut [0; 256], 0) == at as u64 % 2)
    }
}
