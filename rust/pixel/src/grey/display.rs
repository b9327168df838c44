//! Grey for the screen: modality, VOI, presentation, then 8 bits (PS3.4 N.2, PS3.3 C.11.4, C.11.6).
//!
//! A fraction of the display's range becomes `floor(255 * fraction + 0.5)`. Colour keeps its highest 8 bits.

use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Path, Result};

use crate::attributes::{Attributes, code};
use crate::grey::padding::Padding;
use crate::grey::rescale::Modality;
use crate::grey::window::Voi;
use crate::kernel::each_value;
use crate::layout::{Photometric, PixelLayout};
use crate::lut::Lut;
use crate::native;
use crate::tags;

/// What the output of the VOI stage goes through last.
#[derive(Clone, PartialEq, Debug)]
pub enum Presentation {
    /// Larger is brighter.
    Identity,
    /// Larger is darker.
    Inverse,
    /// A Presentation LUT.
    Table(Arc<Lut>),
}

impl Presentation {
    /// Presentation LUT Sequence or Shape; where there is neither, MONOCHROME1 says inverse (PS3.3 C.7.6.3.1.2).
    pub fn read(attributes: &dyn Attributes, photometric: &Photometric) -> Result<Self> {
        if let Some(item) = attributes.items(tags::PRESENTATION_LUTS).first() {
            return Ok(Self::Table(Arc::new(Lut::read(item.as_ref(), None)?)));
        }
        match code(attributes, tags::PRESENTATION_SHAPE).as_deref() {
            None if *photometric == Photometric::Monochrome1 => Ok(Self::Inverse),
            None | Some("IDENTITY") => Ok(Self::Identity),
            Some("INVERSE") => Ok(Self::Inverse),
            Some(_) => Err(Error::new(ErrorKind::Unsupported, "Presentation LUT Shape is not known")
                .in_path(&Path::of(tags::PRESENTATION_SHAPE))),
        }
    }

    fn at(&self, fraction: f64) -> f64 {
        match self {
            Self::Identity => fraction,
            Self::Inverse => 1.0 - fraction,
            Self::Table(lut) => {
                #[expect(clippy::cast_precision_loss, reason = "at most 2^16")]
                let last = lut.entries.len().saturating_sub(1) as f64;
                share(lut, (fraction * last).round())
            }
        }
    }
}

/// A LUT's output as a fraction of what its bits can say.
fn share(lut: &Lut, input: f64) -> f64 {
    (f64::from(lut.at(input)) / f64::from((1_u32 << lut.bits) - 1)).min(1.0)
}

/// The way from a stored sample to a grey of 8 bits.
#[derive(Clone, PartialEq, Debug)]
pub struct Grey {
    /// The modality's transformation.
    pub modality: Modality,
    /// The view.
    pub voi: Voi,
    /// The last stage.
    pub presentation: Presentation,
}

impl Grey {
    /// The grey of a stored sample in 8 bits; `span` holds the values at black and white where no view says so.
    pub fn level(&self, stored: f64, span: (f64, f64)) -> u8 {
        quantise(self.fraction(stored, span))
    }

    /// The same in 16 bits.
    pub fn fine_level(&self, stored: f64, span: (f64, f64)) -> u16 {
        quantise_finely(self.fraction(stored, span))
    }

    fn fraction(&self, stored: f64, (low, high): (f64, f64)) -> f64 {
        let value = self.modality.at(stored);
        let fraction = match &self.voi {
            Voi::Window(window) => window.fraction(value),
            Voi::Table(lut) => share(lut, value),
            Voi::Span if high > low => ((value - low) / (high - low)).clamp(0.0, 1.0),
            Voi::Span => 0.0,
        };
        self.presentation.at(fraction)
    }

    /// Black and white where they can be told without the pixels: a view says so, or samples of 8 bits mean themselves.
    pub fn fixed_span(&self, layout: &PixelLayout) -> Option<(f64, f64)> {
        let sample = layout.sample();
        if self.voi != Voi::Span {
            return Some((0.0, 1.0));
        }
        let is_plain = !sample.dtype.is_signed() && sample.dtype.size() == 1 && self.modality.is_identity();
        is_plain.then(|| (0.0, f64::from((1_u32 << sample.bits) - 1)))
    }

    /// The smallest and largest value of a frame, padding and infinities left out.
    pub fn span(
        &self,
        layout: &PixelLayout,
        stored: &[u8],
        frame: u64,
        padding: Option<Padding>,
    ) -> Result<(f64, f64)> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        native::for_each_run(layout, stored, frame, |run| {
            each_value(run, layout.dtype(), |sample| {
                if !sample.is_finite() || padding.is_some_and(|padding| padding.holds(sample)) {
                    return;
                }
                let value = self.modality.at(sample);
                low = low.min(value);
                high = high.max(value);
            });
            Ok(())
        })?;
        Ok((low, high))
    }
}

/// A fraction as 8 bits; no number is black.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a conversion that saturates is wanted"
)]
pub fn quantise(fraction: f64) -> u8 {
    (fraction * 255.0 + 0.5) as u8
}

/// A fraction as 16 bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a conversion that saturates is wanted"
)]
fn quantise_finely(fraction: f64) -> u16 {
    (fraction * 65535.0 + 0.5) as u16
}

/// A colour sample of `bits` bits as 8: the highest 8, or all of them stretched where there are fewer.
pub(crate) fn colour_byte(sample: u64, bits: u32) -> u8 {
    let byte = if bits >= 8 {
        sample >> (bits - 8)
    } else {
        (sample * 255 + ((1 << bits) - 1) / 2) / ((1 << bits) - 1)
    };
    u8::try_from(byte).unwrap_or(u8::MAX)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "results are exact")]
mod tests {
    use super::*;
    use crate::grey::window::{Function, Window};
    use crate::kernel::Linear;
    use crate::testing::Made;

    fn window(center: f64, width: f64) -> Voi {
        Voi::Window(Window::new(center, width, Function::Linear).unwrap())
    }

    #[test]
    fn each_stage_has_its_turn() {
        let grey = Grey {
            modality: Modality::Linear(Linear { slope: 2.0, intercept: -100.0 }),
            voi: window(128.0, 256.0),
            presentation: Presentation::Identity,
        };
        assert_eq!([0.0, 50.0, 114.0, 400.0].map(|x| grey.level(x, (0.0, 1.0))), [0, 0, 128, 255]);
        let inverse = Grey { presentation: Presentation::Inverse, ..grey };
        assert_eq!([0.0, 114.0, 400.0].map(|x| inverse.level(x, (0.0, 1.0))), [255, 127, 0]);
        assert_eq!(inverse.level(f64::NAN, (0.0, 1.0)), 0);
    }

    #[test]
    fn a_voi_table_is_scaled_by_its_bits() {
        let lut = Lut { first: 10, entries: vec![0, 2048, 4095, 60_000], bits: 12 };
        let grey = Grey {
            modality: Modality::Linear(Linear::IDENTITY),
            voi: Voi::Table(Arc::new(lut)),
            presentation: Presentation::Identity,
        };
        assert_eq!([0.0, 11.0, 12.0, 13.0, 99.0].map(|x| grey.level(x, (0.0, 1.0))), [0, 128, 255, 255, 255]);
    }

    #[test]
    fn the_shape_decides_and_monochrome1_where_there_is_none() {
        let shape = |made: &Made, photometric| Presentation::read(made, &photometric).unwrap();
        let none = Made::default();
        assert_eq!(shape(&none, Photometric::Monochrome1), Presentation::Inverse);
        assert_eq!(shape(&none, Photometric::Monochrome2), Presentation::Identity);
        let inverse = Made::default().text(tags::PRESENTATION_SHAPE, "INVERSE");
        assert_eq!(shape(&inverse, Photometric::Monochrome1), Presentation::Inverse);
        let odd = Made::default().text(tags::PRESENTATION_SHAPE, "LIN OD");
        assert_eq!(
            Presentation::read(&odd, &Photometric::Monochrome2).unwrap_err().kind(),
            ErrorKind::Unsupported
        );
        let table = Presentation::Table(Arc::new(Lut { first: 0, entries: vec![255, 0, 51], bits: 8 }));
        assert_eq!([0.0, 0.5, 1.0].map(|x| table.at(x)), [1.0, 0.0, 0.2]);
    }

    #[test]
    fn colour_keeps_its_highest_bits() {
        assert_eq!([colour_byte(0xFFFF, 16), colour_byte(0x1234, 16), colour_byte(200, 8)], [255, 0x12, 200]);
        assert_eq!([colour_byte(1, 1), colour_byte(3, 2), colour_byte(1, 2)], [255, 255, 85]);
    }

    #[test]
    fn a_span_leaves_padding_out() {
        let made = Made::grey(16, 16, 1).us(tags::PADDING_VALUE, &[-2000]);
        let layout = PixelLayout::from_attributes(&made).unwrap();
        let stored: Vec<u8> = [-2000_i16, 5, 9, 7].iter().flat_map(|x| x.to_le_bytes()).collect();
        let grey = Grey {
            modality: Modality::Linear(Linear { slope: -1.0, intercept: 0.0 }),
            voi: Voi::Span,
            presentation: Presentation::Identity,
        };
        assert_eq!(grey.fixed_span(&layout), None);
        let span = grey.span(&layout, &stored, 0, Padding::read(&made, &layout)).unwrap();
        assert_eq!(span, (-9.0, -5.0));
        assert_eq!([9.0, 7.0, 5.0].map(|x| grey.level(x, span)), [0, 128, 255]);
    }
}
