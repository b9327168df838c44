//! Which numbers a component is encoded in: by wavelet, and by how many bits they have.

use crate::j2k::block::Word;
use crate::j2k::colour::{Three, Value, forward_ict, forward_rct};
use crate::j2k::wavelet::{Irreversible, Kernel, Reversible};
use crate::simd::Level;

/// How coefficients of a band become words.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Scale {
    /// Mb: planes of the band (T.800 E-2).
    pub(super) planes: u8,
    /// The step of 9/7, 1 of 5/3.
    pub(super) step: f64,
    /// By how much a squared error of one step weighs in the image.
    pub(super) weight: f64,
}

/// Words, coefficients, and the wavelet that they belong to.
pub(super) trait Path: 'static {
    type Word: Word;
    type Sample: Value + Send + Sync + 'static;
    type Kernel: Kernel<Sample = Self::Sample>;

    /// Makes words of a row of coefficients; gives all bits that any magnitude has, without fractions.
    fn quantise(row: &[Self::Sample], scale: &Scale, words: &mut [Self::Word]) -> Self::Word;

    /// The transform of colour that belongs to the wavelet (T.800 Annex G).
    fn colour(level: Level, rows: Three<'_, Self::Sample>);
}

/// 5/3 up to about 25 bits.
pub(super) struct Narrow;
/// 5/3 beyond.
pub(super) struct Wide;
/// 9/7 up to about 20 bits.
pub(super) struct Single;
/// 9/7 beyond.
pub(super) struct Double;

impl Path for Narrow {
    type Word = u32;
    type Sample = i32;
    type Kernel = Reversible<i32>;

    #[inline]
    fn quantise(row: &[i32], scale: &Scale, words: &mut [u32]) -> u32 {
        let up = 31 - u32::from(scale.planes.min(31));
        let mut all = 0;
        for (word, &sample) in words.iter_mut().zip(row) {
            let magnitude = sample.unsigned_abs();
            all |= magnitude;
            *word = magnitude << up | sample.cast_unsigned() & u32::SIGN;
        }
        all
    }

    fn colour(level: Level, rows: Three<'_, i32>) {
        forward_rct(level, rows);
    }
}

impl Path for Wide {
    type Word = u64;
    type Sample = i64;
    type Kernel = Reversible<i64>;

    #[inline]
    fn quantise(row: &[i64], scale: &Scale, words: &mut [u64]) -> u64 {
        let up = 63 - u32::from(scale.planes.min(63));
        let mut all = 0;
        for (word, &sample) in words.iter_mut().zip(row) {
            let magnitude = sample.unsigned_abs();
            all |= magnitude;
            *word = magnitude << up | sample.cast_unsigned() & u64::SIGN;
        }
        all
    }

    fn colour(level: Level, rows: Three<'_, i64>) {
        forward_rct(level, rows);
    }
}

impl Path for Single {
    type Word = u32;
    type Sample = f32;
    type Kernel = Irreversible<f32>;

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is larger than all planes hold is the largest they hold"
    )]
    fn quantise(row: &[f32], scale: &Scale, words: &mut [u32]) -> u32 {
        let factor = (f64::from(31 - i32::from(scale.planes)).exp2() / scale.step) as f32;
        let mut all = 0;
        for (word, &sample) in words.iter_mut().zip(row) {
            // The largest number of 24 bits below 2^31.
            let magnitude = ((sample.abs() * factor).min(2_147_483_520.0) as i32).cast_unsigned();
            all |= magnitude;
            *word = magnitude | sample.to_bits() & u32::SIGN;
        }
        all >> (31 - u32::from(scale.planes.min(31)))
    }

    fn colour(level: Level, rows: Three<'_, f32>) {
        forward_ict(level, rows);
    }
}

impl Path for Double {
    type Word = u64;
    type Sample = f64;
    type Kernel = Irreversible<f64>;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "what is larger than all planes hold is the largest they hold"
    )]
    fn quantise(row: &[f64], scale: &Scale, words: &mut [u64]) -> u64 {
        let factor = f64::from(63 - i32::from(scale.planes)).exp2() / scale.step;
        let mut all = 0;
        for (word, &sample) in words.iter_mut().zip(row) {
            let magnitude = ((sample.abs() * factor) as u64).min(u64::MAX >> 1);
            all |= magnitude;
            *word = magnitude | sample.to_bits() & u64::SIGN;
        }
        all >> (63 - u32::from(scale.planes.min(63)))
    }

    fn colour(level: Level, rows: Three<'_, f64>) {
        forward_ict(level, rows);
    }
}
