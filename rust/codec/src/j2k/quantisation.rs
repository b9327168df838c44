//! Words of code blocks as coefficients of bands, and back (T.800 Annex E).
//!
//! Compiled for plain and for wide instructions, a block at a time; both give the same bits.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions known to be there")
)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a magnitude has no top bit; as many of its bits as a float has are enough for the samples that the float is used for"
)]
#![expect(
    clippy::inline_always,
    reason = "a row is worked on by one function, compiled for each set of instructions"
)]

use crate::simd::Level;

use super::block::Word;
use super::colour::{Value, widened};
use super::wavelet::{Plane, PlaneMut};

/// A coefficient, and what stands for it in a block.
pub(crate) trait Coefficient: Value + Send + Sync + 'static {
    type Word: Word;
    /// What a word is shifted down or multiplied by.
    type Step: Copy;
    /// The reverse.
    type Scale: Copy;

    /// The coefficient of a word.
    fn of_word(word: Self::Word, step: Self::Step) -> Self;

    /// The word of a coefficient, and the bits of its magnitude that count.
    fn to_word(self, scale: Self::Scale) -> (Self::Word, Self::Word);
}

impl Coefficient for i32 {
    type Word = u32;
    type Step = u32;
    type Scale = u32;

    #[inline(always)]
    fn of_word(word: u32, down: u32) -> Self {
        let magnitude = ((word & !u32::SIGN) >> (down & 31)) as Self;
        let sign = word as Self >> 31;
        (magnitude ^ sign) - sign
    }

    #[inline(always)]
    fn to_word(self, up: u32) -> (u32, u32) {
        let magnitude = self.unsigned_abs();
        (magnitude << (up & 31) | self.cast_unsigned() & u32::SIGN, magnitude)
    }
}

impl Coefficient for i64 {
    type Word = u64;
    type Step = u32;
    type Scale = u32;

    #[inline(always)]
    fn of_word(word: u64, down: u32) -> Self {
        let magnitude = ((word & !u64::SIGN) >> (down & 63)) as Self;
        let sign = word as Self >> 63;
        (magnitude ^ sign) - sign
    }

    #[inline(always)]
    fn to_word(self, up: u32) -> (u64, u64) {
        let magnitude = self.unsigned_abs();
        (magnitude << (up & 63) | self.cast_unsigned() & u64::SIGN, magnitude)
    }
}

impl Coefficient for f32 {
    type Word = u32;
    type Step = Self;
    type Scale = Self;

    #[inline(always)]
    fn of_word(word: u32, step: Self) -> Self {
        let magnitude = (word & !u32::SIGN) as i32 as Self * step;
        Self::from_bits(magnitude.to_bits() | word & u32::SIGN)
    }

    #[inline(always)]
    fn to_word(self, scale: Self) -> (u32, u32) {
        // The largest number of 24 bits below 2^31.
        let magnitude = ((self.abs() * scale).min(2_147_483_520.0) as i32).cast_unsigned();
        (magnitude | self.to_bits() & u32::SIGN, magnitude)
    }
}

impl Coefficient for f64 {
    type Word = u64;
    type Step = Self;
    type Scale = Self;

    #[inline(always)]
    fn of_word(word: u64, step: Self) -> Self {
        let magnitude = (word & !u64::SIGN) as Self * step;
        Self::from_bits(magnitude.to_bits() | word & u64::SIGN)
    }

    #[inline(always)]
    fn to_word(self, scale: Self) -> (u64, u64) {
        let magnitude = ((self.abs() * scale) as u64).min(u64::MAX >> 1);
        (magnitude | self.to_bits() & u64::SIGN, magnitude)
    }
}

/// Puts `height` rows of `width` words into a band as coefficients.
pub(crate) fn dequantise<S: Coefficient>(
    level: Level,
    from: Plane<'_, S::Word>,
    step: S::Step,
    to: PlaneMut<'_, S>,
    size: (usize, usize),
) {
    widened!(level, <S: Coefficient> (
        from: Plane<'_, S::Word> = from, step: S::Step = step, to: PlaneMut<'_, S> = to, size: (usize, usize) = size
    ) {
        let (mut to, (width, height)) = (to, size);
        for row in 0..height {
            for (to, &word) in to.row_mut(row, width).iter_mut().zip(from.row(row, width)) {
                *to = S::of_word(word, step);
            }
        }
    });
}

/// Makes words of a part of a band, rows of `width` coefficients; adds the bits of all magnitudes to `all`.
pub(crate) fn quantise<S: Coefficient>(
    level: Level,
    from: Plane<'_, S>,
    scale: S::Scale,
    (words, width): (&mut [S::Word], usize),
    all: &mut S::Word,
) {
    widened!(level, <S: Coefficient> (
        from: Plane<'_, S> = from, scale: S::Scale = scale, words: &mut [S::Word] = words, width: usize = width,
        all: &mut S::Word = all
    ) {
        let mut bits = *all;
        for (row, words) in words.chunks_exact_mut(width.max(1)).enumerate() {
            for (word, &sample) in words.iter_mut().zip(from.row(row, width)) {
                let (made, magnitude) = sample.to_word(scale);
                *word = made;
                bits |= magnitude;
            }
        }
        *all = bits;
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::mutator::Random;

    fn same<S: Coefficient + PartialEq + std::fmt::Debug>(
        step: S::Step,
        scale: S::Scale,
        word: impl Fn(u64) -> S::Word,
    ) {
        let mut random = Random(36);
        for (width, height) in [(1, 1), (3, 2), (8, 8), (64, 64), (67, 5)] {
            let words: Vec<S::Word> = (0..width * height + 9)
                .map(|_| word((random.below(1 << 32) as u64) << 32 | random.below(1 << 32) as u64))
                .collect();
            let both = [Level::SCALAR, Level::best()].map(|level| {
                let mut made = vec![S::default(); width * height];
                let from = Plane { samples: &words[9..], stride: width };
                let to = PlaneMut { samples: made.as_mut_slice(), stride: width };
                dequantise(level, from, step, to, (width, height));
                let mut back = vec![S::Word::ZERO; width * height];
                let mut all = S::Word::ZERO;
                let plane = Plane { samples: made.as_slice(), stride: width };
                quantise(level, plane, scale, (&mut back, width), &mut all);
                (made, back, all.to_u64())
            });
            let [(plain, back, all), (wide, other, same)] = both;
            assert_eq!(plain, wide);
            assert!(back == other && all == same);
        }
    }

    #[test]
    fn plain_and_wide_code_give_the_same() {
        for planes in [1, 9, 17, 30] {
            let step = f64::from(3 - planes).exp2();
            same::<i32>(31 - planes as u32, 31 - planes as u32, |random| random as u32);
            same::<i64>(63 - planes as u32, 63 - planes as u32, |random| random);
            same::<f32>(step as f32, 1.0 / step as f32, |random| random as u32);
            same::<f64>(step, 1.0 / step, |random| random);
        }
    }
}
