//! Raw bits, for passes that bypass the arithmetic coder (T.800 D.6).

use super::mq::Symbols;
use super::states::Contexts;

/// A reader of single bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'a> {
    /// A word, of which `count` bits are still to be given.
    word: u32,
    count: u32,
    /// The segment's complement.
    words: &'a [u32],
    next: usize,
}

impl<'a> Raw<'a> {
    pub(super) const fn new(words: &'a [u32]) -> Self {
        Self { word: 0, count: 0, words, next: 0 }
    }

    #[inline(always)]
    fn bit(&mut self) -> u64 {
        if self.count == 0 {
            self.word = !self.words.get(self.next).copied().unwrap_or(0);
            self.next += 1;
            self.count = 32;
        }
        self.count -= 1;
        u64::from(self.word >> self.count & 1)
    }
}

impl Symbols for Raw<'_> {
    const RAW: bool = true;

    #[inline(always)]
    fn symbol(&mut self, _: &mut Contexts, _: u8) -> u64 {
        self.bit()
    }

    #[inline(always)]
    fn flat(&mut self, _: &mut Contexts, _: u8) -> u64 {
        self.bit()
    }

    #[inline(always)]
    fn held(&mut self, _: &mut u64) -> u64 {
        self.bit()
    }

    fn used(&self) -> usize {
        self.next * 32 - self.count as usize
    }

    /// The last byte is filled with noughts and ones in turn, a nought first.
    fn ends_as_predicted(&self, bits: usize) -> bool {
        let Some(left) = bits.checked_sub(self.used()) else { return false };
        let mut rest = *self;
        left < 8 && (0..left).all(|at| rest.bit() == at as u64 % 2)
    }
}
