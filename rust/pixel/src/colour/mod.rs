//! Luminance and chrominance to RGB (PS3.3 C.7.6.3.1.2).

pub mod palette;

use radiogram_core::{Error, ErrorKind, Result};

use crate::layout::{Photometric, PixelLayout};
use crate::sample::Dtype;

/// A transformation to RGB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Model {
    /// YBR_FULL and YBR_FULL_422: luminance and chrominance over the full range.
    Full,
    /// YBR_PARTIAL_422: luminance from 16 to 235, chrominance from 16 to 240, in 8 bits.
    Partial,
    /// YBR_ICT: as `Full`, chrominance signed.
    Irreversible,
    /// YBR_RCT: whole numbers, chrominance signed.
    Reversible,
}

impl Model {
    /// What turns a layout's samples into RGB; `None` where they are RGB.
    ///
    /// # Errors
    ///
    /// `UnsupportedError` for the retired interpretations, for signed YBR_FULL, and for YBR_ICT and YBR_RCT with unsigned
    /// samples: uncompressed, these have no defined form.
    pub fn of(layout: &PixelLayout) -> Result<Option<Self>> {
        let refused =
            |what: &str| Err(Error::new(ErrorKind::Unsupported, format!("no conversion of {what} to RGB")));
        if layout.dtype().is_float() {
            return refused("floating samples");
        }
        if layout.samples != 3 {
            return refused(if layout.samples == 4 { "four colours" } else { "one sample a pixel" });
        }
        match (&layout.photometric, layout.signed) {
            (Photometric::Rgb, _) => Ok(None),
            (Photometric::YbrFull | Photometric::YbrFull422, false) => Ok(Some(Self::Full)),
            (Photometric::YbrPartial422 | Photometric::YbrPartial420, false) => Ok(Some(Self::Partial)),
            (Photometric::YbrIct, true) => Ok(Some(Self::Irreversible)),
            (Photometric::YbrRct, true) => Ok(Some(Self::Reversible)),
            (Photometric::YbrFull | Photometric::YbrFull422, true) => refused("signed YBR_FULL"),
            (Photometric::YbrPartial422 | Photometric::YbrPartial420, true) => refused("signed YBR_PARTIAL"),
            (Photometric::YbrIct | Photometric::YbrRct, false) => refused("unsigned YBR_ICT or YBR_RCT"),
            (Photometric::Hsv, _) => refused("HSV (retired)"),
            (Photometric::Argb, _) => refused("ARGB (retired)"),
            (Photometric::Cmyk, _) => refused("CMYK (retired)"),
            (Photometric::Xyb, _) => refused("XYB"),
            (Photometric::Monochrome1 | Photometric::Monochrome2 | Photometric::PaletteColor, _) => {
                refused("a grey or palette image of three samples")
            }
            (Photometric::Unknown, _) => refused("an unknown photometric interpretation"),
        }
    }

    /// Replaces the pixels of a frame, three samples each in the host's order, by RGB.
    ///
    /// Results are rounded half up and kept within 0 and the largest value of `bits`.
    pub fn to_rgb(self, pixels: &mut [u8], dtype: Dtype, bits: u32) {
        if dtype == Dtype::U8 && bits == 8 && matches!(self, Self::Full | Self::Partial) {
            return Tables::of(self).apply(pixels);
        }
        macro_rules! run {
            ($type:ty, $size:literal) => {{
                let (samples, _) = pixels.as_chunks_mut::<$size>();
                for [y, b, r] in samples.as_chunks_mut::<3>().0 {
                    let ybr = [*y, *b, *r].map(|sample| <$type>::from_ne_bytes(sample) as f64);
                    let rgb = self.one(ybr, bits, dtype.is_signed());
                    [*y, *b, *r] = rgb.map(|value| (value as $type).to_ne_bytes());
                }
            }};
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_lossless,
            clippy::cast_sign_loss,
            reason = "the values are whole and within the type"
        )]
        match dtype {
            Dtype::U8 => run!(u8, 1),
            Dtype::I8 => run!(i8, 1),
            Dtype::U16 => run!(u16, 2),
            Dtype::I16 => run!(i16, 2),
            Dtype::U32 => run!(u32, 4),
            Dtype::I32 => run!(i32, 4),
            Dtype::U64 => run!(u64, 8),
            Dtype::I64 => run!(i64, 8),
            Dtype::F32 | Dtype::F64 => {}
        }
    }

    fn one(self, [y, b, r]: [f64; 3], bits: u32, signed: bool) -> [f64; 3] {
        let half = 2_f64.powi(i32::try_from(bits).unwrap_or(64) - 1);
        let (low, high) = if signed { (-half, half - 1.0) } else { (0.0, 2.0 * half - 1.0) };
        let rgb = match self {
            Self::Reversible => {
                let green = y - ((b + r) / 4.0).floor();
                [r + green, green, b + green]
            }
            Self::Irreversible => full(y, b, r),
            Self::Full => full(y, b - half, r - half),
            Self::Partial => {
                let scale = half / 128.0;
                partial(y - 16.0 * scale, b - half, r - half)
            }
        };
        rgb.map(|value| (value + 0.5).floor().clamp(low, high))
    }
}

/// The inverse of the matrix of YBR_FULL.
fn full(y: f64, b: f64, r: f64) -> [f64; 3] {
    [y + 1.402 * r, y - 0.114 * 1.772 / 0.587 * b - 0.299 * 1.402 / 0.587 * r, y + 1.772 * b]
}

/// The same for narrower ranges: 219 steps of luminance and 224 of chrominance.
fn partial(y: f64, b: f64, r: f64) -> [f64; 3] {
    let (y, chroma) = (y * (255.0 / 219.0), 255.0 / 224.0);
    full(y, b * chroma, r * chroma)
}

/// What each sample of 8 bits adds to red, green and blue, in units of 2^-20.
struct Tables {
    luma: [i32; 256],
    red: [i32; 256],
    green_of_blue: [i32; 256],
    green_of_red: [i32; 256],
    blue: [i32; 256],
}

const FRACTION: u32 = 20;

impl Tables {
    fn of(model: Model) -> Self {
        let is_partial = model == Model::Partial;
        let offset = if is_partial { 16.0 } else { 0.0 };
        let function = |y, b, r| if is_partial { partial(y, b, r) } else { full(y, b, r) };
        let table = |value: &dyn Fn(f64) -> f64| {
            let mut table = [0; 256];
            for (at, into) in (0_u32..).zip(&mut table) {
                #[expect(clippy::cast_possible_truncation, reason = "below 2^30")]
                let fixed = (value(at.into()) * f64::from(1 << FRACTION)).round() as i32;
                *into = fixed;
            }
            table
        };
        // A little more than one half: what is exactly between two numbers goes up although the tables are rounded.
        let half = 0.5 + 2_f64.powi(-19);
        Self {
            luma: table(&|y| function(y - offset, 0.0, 0.0)[0] + half),
            red: table(&|r| function(0.0, 0.0, r - 128.0)[0]),
            green_of_blue: table(&|b| function(0.0, b - 128.0, 0.0)[1]),
            green_of_red: table(&|r| function(0.0, 0.0, r - 128.0)[1]),
            blue: table(&|b| function(0.0, b - 128.0, 0.0)[2]),
        }
    }

    fn apply(&self, pixels: &mut [u8]) {
        let at = |table: &[i32; 256], sample: u8| table.get(usize::from(sample)).copied().unwrap_or_default();
        #[expect(clippy::cast_sign_loss, reason = "clamped to a byte")]
        let byte = |fixed: i32| (fixed >> FRACTION).clamp(0, 255) as u8;
        for pixel in pixels.as_chunks_mut::<3>().0 {
            let [y, b, r] = *pixel;
            let luma = at(&self.luma, y);
            *pixel = [
                byte(luma + at(&self.red, r)),
                byte(luma + at(&self.green_of_blue, b) + at(&self.green_of_red, r)),
                byte(luma + at(&self.blue, b)),
            ];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tags;
    use crate::testing::Made;

    /// The matrix in whole numbers, rounded half up.
    fn exact(model: Model, [y, b, r]: [i64; 3]) -> [u8; 3] {
        // Units of 1 / (587 * 219 * 224 * 1000), in which every coefficient is whole.
        const UNIT: i64 = 587 * 219 * 224 * 1000;
        let (luma, chroma) = match model {
            Model::Partial => ((y - 16) * 255 * (UNIT / 219), UNIT / 1000 / 224 * 255),
            _ => (y * UNIT, UNIT / 1000),
        };
        let (b, r) = (b - 128, r - 128);
        let red = luma + 1402 * chroma * r;
        let green = luma - (202_008 * b + 419_198 * r) * (chroma / 587);
        let blue = luma + 1772 * chroma * b;
        [red, green, blue]
            .map(|value| u8::try_from((value + UNIT / 2).div_euclid(UNIT).clamp(0, 255)).unwrap())
    }

    #[test]
    fn tables_are_exact_everywhere() {
        for model in [Model::Full, Model::Partial] {
            let tables = Tables::of(model);
            for blue in 0..=255 {
                for red in 0..=255 {
                    let samples = [0_u8, 1, 16, 77, 128, 200, 254, 255].map(|luma| [luma, blue, red]);
                    let mut pixels = samples.concat();
                    tables.apply(&mut pixels);
                    for (rgb, ybr) in pixels.as_chunks::<3>().0.iter().zip(samples) {
                        assert_eq!(*rgb, exact(model, ybr.map(i64::from)), "{model:?} {ybr:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_reversible_transformation_is_undone() {
        for (red, green, blue) in [(0, 0, 0), (255, 0, 3), (-100, 77, 12), (5, 6, 7)] {
            let ybr = [(red + 2 * green + blue) >> 2, blue - green, red - green];
            let mut pixels: Vec<u8> = ybr.iter().flat_map(|sample: &i32| sample.to_ne_bytes()).collect();
            Model::Reversible.to_rgb(&mut pixels, Dtype::I32, 32);
            let rgb: Vec<i32> =
                pixels.as_chunks::<4>().0.iter().map(|sample| i32::from_ne_bytes(*sample)).collect();
            assert_eq!(rgb, [red, green, blue]);
        }
    }

    #[test]
    fn deeper_samples_keep_their_range() {
        let mut pixels: Vec<u8> =
            [4095_u16, 2048, 2048].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        Model::Full.to_rgb(&mut pixels, Dtype::U16, 12);
        assert_eq!(pixels, [4095_u16; 3].map(u16::to_ne_bytes).concat());
    }

    #[test]
    fn what_has_no_conversion_says_so() {
        for name in ["HSV", "CMYK", "ARGB", "YBR_RCT", "YBR_ICT", "MONOCHROME2", "XYB", "GREY"] {
            let layout = PixelLayout::from_attributes(&Made::colour(name, 0)).unwrap();
            assert_eq!(Model::of(&layout).unwrap_err().kind(), ErrorKind::Unsupported);
        }
        let of = |name| Model::of(&PixelLayout::from_attributes(&Made::colour(name, 0)).unwrap()).unwrap();
        assert_eq!(of("RGB"), None);
        assert_eq!(of("YBR_PARTIAL_422"), Some(Model::Partial));
        let signed = Made::colour("YBR_RCT", 0).us(tags::REPRESENTATION, &[1]);
        assert_eq!(
            Model::of(&PixelLayout::from_attributes(&signed).unwrap()).unwrap(),
            Some(Model::Reversible)
        );
    }
}
