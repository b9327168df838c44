//! Which numbers a component is encoded in: by wavelet, and by how many bits they have.

use crate::j2k::block::Word;
use crate::j2k::colour::{Three, forward_ict, forward_rct};
use crate::j2k::quantisation::Coefficient;
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
    type Sample: Coefficient<Word = Self::Word>;
    type Kernel: Kernel<Sample = Self::Sample>;

    /// What makes words of coefficients.
    fn scale(scale: &Scale) -> <Self::Sample as Coefficient>::Scale;

    /// The bits of magnitudes without fractions.
    fn whole(bits: Self::Word, scale: &Scale) -> Self::Word;

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

    fn scale(scale: &Scale) -> u32 {
        31 - u32::from(scale.planes.min(31))
    }

    fn whole(bits: u32, _: &Scale) -> u32 {
        bits
    }

    fn colour(level: Level, rows: Three<'_, i32>) {
        forward_rct(level, rows);
    }
}

impl Path for Wide {
    type Word = u64;
    type Sample = i64;
    type Kernel = Reversible<i64>;

    fn scale(scale: &Scale) -> u32 {
        63 - u32::from(scale.planes.min(63))
    }

    fn whole(bits: u64, _: &Scale) -> u64 {
        bits
    }

    fn colour(level: Level, rows: Three<'_, i64>) {
        forward_rct(level, rows);
    }
}

impl Path for Single {
    type Word = u32;
    type Sample = f32;
    type Kernel = Irreversible<f32>;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "24 bits of a magnitude are enough for 20 of a sample"
    )]
    fn scale(scale: &Scale) -> f32 {
        (f64::from(31 - i32::from(scale.planes)).exp2() / scale.step) as f32
    }

    fn whole(bits: u32, scale: &Scale) -> u32 {
        bits >> (31 - u32::from(scale.planes.min(31)))
    }

    fn colour(level: Level, rows: Three<'_, f32>) {
        forward_ict(level, rows);
    }
}

impl Path for Double {
    type Word = u64;
    type Sample = f64;
    type Kernel = Irreversible<f64>;

    fn scale(scale: &Scale) -> f64 {
        f64::from(63 - i32::from(scale.planes)).exp2() / scale.step
    }

    fn whole(bits: u64, scale: &Scale) -> u64 {
        bits >> (63 - u32::from(scale.planes.min(63)))
    }

    fn colour(level: Level, rows: Three<'_, f64>) {
        forward_ict(level, rows);
    }
}
