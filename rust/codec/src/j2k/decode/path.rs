//! Which numbers a component is decoded in: by wavelet, and by how many bits they have.

use crate::j2k::block::{Orientation, Word};
use crate::j2k::colour::{Three, inverse_ict, inverse_rct};
use crate::j2k::markers::quantisation::Quantisation;
use crate::j2k::quantisation::Coefficient;
use crate::j2k::wavelet::{Irreversible, Kernel, Reversible};
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

/// How words of a band become coefficients.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Scale {
    /// Mb: planes of the band without those that a region's shift adds (T.800 E-2).
    pub(super) planes: u8,
    /// The step of 9/7 (T.800 E-3).
    step: f64,
    /// s: by how many planes the region of interest is shifted up.
    pub(super) shift: u8,
}

impl Scale {
    /// Of a band: `precision` is that of its component.
    pub(super) fn new(
        steps: &Quantisation,
        (levels, level, orientation): (u8, u8, Orientation),
        precision: u8,
        shift: u8,
    ) -> Result<Self> {
        let step = steps.step(levels, level, orientation).unwrap_or_default();
        // T.800 E-2; E-4 with the gains of table E.1.
        let planes = (steps.guard + step.exponent).saturating_sub(1);
        let gain = match orientation {
            Orientation::LL => 0,
            Orientation::HL | Orientation::LH => 1,
            Orientation::HH => 2,
        };
        let power = i32::from(precision) + gain - i32::from(step.exponent);
        let step = f64::from(power).exp2() * (1.0 + f64::from(step.mantissa) / 2048.0);
        if planes.checked_add(shift).is_none_or(|planes| planes > 62) {
            return Err(Error::new(ErrorKind::Unsupported, "JPEG 2000: coefficients of more than 62 bits"));
        }
        Ok(Self { planes, step, shift })
    }

    /// Planes that blocks are coded in.
    pub(super) const fn coded(&self) -> u8 {
        self.planes + self.shift
    }
}

/// Words, coefficients, and the wavelet that they belong to.
pub(super) trait Path: 'static {
    type Word: Word;
    type Sample: Coefficient<Word = Self::Word>;
    type Kernel: Kernel<Sample = Self::Sample>;

    /// What makes coefficients of words.
    fn step(scale: &Scale) -> <Self::Sample as Coefficient>::Step;

    /// Undoes the transform of colour that belongs to the wavelet (T.800 Annex G).
    fn undo_colour(level: Level, rows: Three<'_, Self::Sample>);
}

/// Undoes the shift of a region of interest: words of the region have a bit in the upper planes, the others are shifted (T.800 H.1).
pub(super) fn undo_shift<W: Word>(words: &mut [W], scale: &Scale) {
    if scale.shift == 0 {
        return;
    }
    let low = W::BITS - 1 - u32::from(scale.planes);
    for word in words {
        let magnitude = *word & !W::SIGN;
        if magnitude >> low == W::ZERO {
            *word = *word & W::SIGN | magnitude << u32::from(scale.shift) & !W::SIGN;
        }
    }
}

/// 5/3 up to about 26 bits.
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

    fn step(scale: &Scale) -> u32 {
        31 - u32::from(scale.planes.min(31))
    }

    fn undo_colour(level: Level, rows: Three<'_, i32>) {
        inverse_rct(level, rows);
    }
}

impl Path for Wide {
    type Word = u64;
    type Sample = i64;
    type Kernel = Reversible<i64>;

    fn step(scale: &Scale) -> u32 {
        63 - u32::from(scale.planes.min(63))
    }

    fn undo_colour(level: Level, rows: Three<'_, i64>) {
        inverse_rct(level, rows);
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
    fn step(scale: &Scale) -> f32 {
        (scale.step * (f64::from(scale.planes) - 31.0).exp2()) as f32
    }

    fn undo_colour(level: Level, rows: Three<'_, f32>) {
        inverse_ict(level, rows);
    }
}

impl Path for Double {
    type Word = u64;
    type Sample = f64;
    type Kernel = Irreversible<f64>;

    fn step(scale: &Scale) -> f64 {
        scale.step * (f64::from(scale.planes) - 63.0).exp2()
    }

    fn undo_colour(level: Level, rows: Three<'_, f64>) {
        inverse_ict(level, rows);
    }
}
