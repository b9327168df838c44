//! Which numbers a component is decoded in: by wavelet, and by how many bits they have.

use crate::j2k::block::{Orientation, Word};
use crate::j2k::colour::{Three, Value, inverse_ict, inverse_rct};
use crate::j2k::markers::quantisation::Quantisation;
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
    type Sample: Value + Send + Sync + 'static;
    type Kernel: Kernel<Sample = Self::Sample>;

    /// Makes coefficients of a row of words.
    fn dequantise(words: &[Self::Word], scale: &Scale, row: &mut [Self::Sample]);

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

#[expect(clippy::cast_possible_wrap, reason = "a magnitude has no top bit")]
impl Path for Narrow {
    type Word = u32;
    type Sample = i32;
    type Kernel = Reversible<i32>;

    fn dequantise(words: &[u32], scale: &Scale, row: &mut [i32]) {
        let down = (31 - u32::from(scale.planes)).min(31);
        for (sample, &word) in row.iter_mut().zip(words) {
            let magnitude = ((word & !u32::SIGN) >> down) as i32;
            let sign = word as i32 >> 31;
            *sample = (magnitude ^ sign) - sign;
        }
    }

    fn undo_colour(level: Level, rows: Three<'_, i32>) {
        inverse_rct(level, rows);
    }
}

#[expect(clippy::cast_possible_wrap, reason = "a magnitude has no top bit")]
impl Path for Wide {
    type Word = u64;
    type Sample = i64;
    type Kernel = Reversible<i64>;

    fn dequantise(words: &[u64], scale: &Scale, row: &mut [i64]) {
        let down = (63 - u32::from(scale.planes)).min(63);
        for (sample, &word) in row.iter_mut().zip(words) {
            let magnitude = ((word & !u64::SIGN) >> down) as i64;
            let sign = word as i64 >> 63;
            *sample = (magnitude ^ sign) - sign;
        }
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
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "24 bits of a magnitude, which has no top bit, are enough for 20 of a sample"
    )]
    fn dequantise(words: &[u32], scale: &Scale, row: &mut [f32]) {
        let factor = (scale.step * (f64::from(scale.planes) - 31.0).exp2()) as f32;
        for (sample, &word) in row.iter_mut().zip(words) {
            let magnitude = (word & !u32::SIGN) as i32 as f32 * factor;
            *sample = f32::from_bits(magnitude.to_bits() | word & u32::SIGN);
        }
    }

    fn undo_colour(level: Level, rows: Three<'_, f32>) {
        inverse_ict(level, rows);
    }
}

impl Path for Double {
    type Word = u64;
    type Sample = f64;
    type Kernel = Irreversible<f64>;

    #[expect(clippy::cast_precision_loss, reason = "53 bits of a magnitude are enough for 38 of a sample")]
    fn dequantise(words: &[u64], scale: &Scale, row: &mut [f64]) {
        let factor = scale.step * (f64::from(scale.planes) - 63.0).exp2();
        for (sample, &word) in row.iter_mut().zip(words) {
            let magnitude = (word & !u64::SIGN) as f64 * factor;
            *sample = f64::from_bits(magnitude.to_bits() | word & u64::SIGN);
        }
    }

    fn undo_colour(level: Level, rows: Three<'_, f64>) {
        inverse_ict(level, rows);
    }
}
