//! The first step of encoding a row of quads: what is significant, how long it is, and its bits. `survey_avx2` does eight columns at once.
#![expect(clippy::inline_always, reason = "steps of one loop, compiled for its instructions")]

use super::super::super::Word;
use super::super::line::LINE;

/// What a row of quads is.
pub(super) struct Survey {
    /// rho in bits 0 to 3, which samples have the largest exponent in bits 4 to 7, that exponent from bit 8 on; of quad `q` at `q + 1`.
    pub(super) quads: Box<[u32; LINE]>,
    /// 2 (mu - 1) + sign of the four samples of a quad, sixteen bits each.
    pub(super) samples: Box<[u64; LINE]>,
    /// Exponents of the lower samples, column `x` at `x + 1`.
    pub(super) lower: Box<[u32; 2 * LINE]>,
}

/// The largest exponent with which `samples` are whole.
pub(super) const NARROW: u32 = 16;

/// A word as a sample: twice its magnitude without what lies below the lowest plane, and its sign.
#[inline(always)]
pub(super) fn doubled<W: Word>(word: W, shift: u32) -> (u64, u64) {
    let word = word.to_u64();
    let sign = word >> (W::BITS - 1);
    ((word & !(sign << (W::BITS - 1))) >> shift << 1, sign)
}

impl Survey {
    pub(super) fn new() -> Self {
        Self { quads: Box::new([0; LINE]), samples: Box::new([0; LINE]), lower: Box::new([0; 2 * LINE]) }
    }

    /// Nothing above, nothing behind.
    pub(super) fn reset(&mut self, quads: usize) {
        let size = (quads + 16).min(LINE);
        self.quads.get_mut(..size).unwrap_or_default().fill(0);
        self.lower.get_mut(..2 * size).unwrap_or_default().fill(0);
    }

    /// Takes two rows of words, the second of which may be empty.
    pub(super) fn row<W: Word>(&mut self, top: &[W], bottom: &[W], shift: u32) {
        let quads = self.quads.get_mut(1..).unwrap_or_default().iter_mut().zip(self.samples.iter_mut());
        let lower = self.lower.get_mut(1..).unwrap_or_default().as_chunks_mut::<2>().0;
        for (q, ((quad, samples), lower)) in quads.zip(lower).take(top.len().div_ceil(2)).enumerate() {
            let at = |row: &[W], x: usize| row.get(x).copied().unwrap_or_default();
            let words = [at(top, 2 * q), at(bottom, 2 * q), at(top, 2 * q + 1), at(bottom, 2 * q + 1)];
            let mut exponents = [0; 4];
            (*quad, *samples) = (0, 0);
            for (n, (word, exponent)) in words.into_iter().zip(&mut exponents).enumerate() {
                let (doubled, sign) = doubled(word, shift);
                if doubled > 0 {
                    *exponent = u64::BITS - (doubled - 1).leading_zeros();
                    *quad |= 1 << n;
                    *samples |= ((doubled - 2 + sign) & 0xFFFF) << (16 * n);
                }
            }
            let largest = exponents.into_iter().fold(0, u32::max);
            for (n, _) in exponents.iter().enumerate().filter(|&(_, &exponent)| exponent == largest) {
                *quad |= 16 << n;
            }
            *quad |= largest << 8;
            *lower = [exponents[1], exponents[3]];
        }
    }
}
