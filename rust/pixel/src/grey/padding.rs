//! Pixel padding: which samples are no image (PS3.3 C.7.5.1.1.2).

use radiogram_core::{Error, ErrorKind, Path, Result};

use crate::attributes::{Attributes, decimal, integer};
use crate::kernel::{self, each_value};
use crate::layout::{Kind, PixelLayout};
use crate::native;
use crate::sample::Range;
use crate::tags;

/// The stored samples that are padding.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Padding {
    /// Samples within a span.
    Span(Range),
    /// Cells with this pattern: a padding value that Bits Stored cannot hold, written over the whole cell.
    Cell(i128),
    /// Floating samples from the first to the second, both included.
    Floats(f64, f64),
}

impl Padding {
    /// The padding of a data set with one sample a pixel; `None` where there is none.
    pub fn read(attributes: &dyn Attributes, layout: &PixelLayout) -> Option<Self> {
        let (value, limit) = match layout.kind {
            Kind::Integer => return Self::read_whole(attributes, layout),
            Kind::Float => (tags::FLOAT_PADDING_VALUE, tags::FLOAT_PADDING_LIMIT),
            Kind::Double => (tags::DOUBLE_PADDING_VALUE, tags::DOUBLE_PADDING_LIMIT),
        };
        let value = decimal(attributes, value)?;
        let limit = decimal(attributes, limit).unwrap_or(value);
        Some(Self::Floats(value.min(limit), value.max(limit)))
    }

    fn read_whole(attributes: &dyn Attributes, layout: &PixelLayout) -> Option<Self> {
        let value = integer(attributes, tags::PADDING_VALUE)?;
        let sample = layout.sample();
        let range = Range::of_bits(sample.bits, sample.dtype.is_signed());
        let cell = sample.dtype.range()?;
        // The VR may say unsigned where the samples are signed, or the reverse: what counts is the pattern of 16 bits.
        let as_cell = |value: i64| {
            let value = i128::from(value);
            let turns = if value > cell.high { -0x1_0000 } else { 0x1_0000 };
            if cell.low <= value && value <= cell.high { value } else { value + turns }
        };
        let value = as_cell(value);
        if let Some(limit) = integer(attributes, tags::PADDING_LIMIT).map(as_cell) {
            return Some(Self::Span(Range { low: value.min(limit), high: value.max(limit) }));
        }
        if range.low <= value && value <= range.high {
            return Some(Self::Span(Range { low: value, high: value }));
        }
        Some(Self::Cell(value))
    }

    /// True for a sample that is padding; patterns of whole cells are told by [`Padding::mask_into`] only.
    pub fn holds(&self, sample: f64) -> bool {
        match *self {
            #[expect(clippy::cast_precision_loss, reason = "padding values have 16 bits")]
            Self::Span(range) => range.low as f64 <= sample && sample <= range.high as f64,
            Self::Floats(low, high) => low <= sample && sample <= high,
            Self::Cell(_) => false,
        }
    }

    /// Writes 1 for each pixel of a frame that is padding, else 0.
    pub fn mask_into(&self, layout: &PixelLayout, stored: &[u8], frame: u64, out: &mut [u8]) -> Result<()> {
        if layout.samples != 1 {
            let message = "padding is defined for one sample a pixel";
            return Err(Error::new(ErrorKind::Unsupported, message).in_path(&Path::of(tags::PADDING_VALUE)));
        }
        native::check_out(out, usize::try_from(layout.frame_pixels()).unwrap_or(usize::MAX))?;
        let mut layout = layout.clone();
        let mut padding = *self;
        if let Self::Cell(pattern) = *self {
            // Cells are compared whole.
            layout.bits_stored = layout.bits_allocated;
            layout.high_bit = layout.bits_allocated - 1;
            padding = Self::Span(Range { low: pattern, high: pattern });
        }
        let dtype = layout.dtype();
        let mut rest = out;
        native::for_each_run(&layout, stored, frame, |run| {
            let count = (run.len() / dtype.size()).min(rest.len());
            let (now, later) = std::mem::take(&mut rest).split_at_mut(count);
            rest = later;
            padding.mark(run, dtype, now);
            Ok(())
        })
    }

    fn mark(&self, run: &[u8], dtype: crate::sample::Dtype, out: &mut [u8]) {
        macro_rules! mark {
            ($type:ty, $size:literal, $range:expr) => {{
                let low = <$type>::try_from($range.low.max(<$type>::MIN.into())).unwrap_or(<$type>::MAX);
                let high = <$type>::try_from($range.high.min(<$type>::MAX.into())).unwrap_or(<$type>::MIN);
                kernel::each(run, out, |cell: [u8; $size]| {
                    let sample = <$type>::from_ne_bytes(cell);
                    [u8::from(low <= sample && sample <= high)]
                });
            }};
        }
        use crate::sample::Dtype;
        match (*self, dtype) {
            (Self::Span(range), Dtype::U16) => mark!(u16, 2, range),
            (Self::Span(range), Dtype::I16) => mark!(i16, 2, range),
            (Self::Span(range), Dtype::U8) => mark!(u8, 1, range),
            _ => {
                let mut pixels = out.iter_mut();
                each_value(run, dtype, |sample| {
                    if let Some(pixel) = pixels.next() {
                        *pixel = u8::from(self.holds(sample));
                    }
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Made;

    fn mask(header: &Made, stored: &[u8]) -> Vec<u8> {
        let layout = PixelLayout::from_attributes(header).unwrap();
        let mut out = vec![7; 4];
        Padding::read(header, &layout).unwrap().mask_into(&layout, stored, 0, &mut out).unwrap();
        out
    }

    fn cells(values: [i32; 4]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()[..2].to_vec()).collect()
    }

    #[test]
    fn one_value_or_a_span() {
        let header = Made::grey(16, 16, 1).us(tags::PADDING_VALUE, &[-2000]);
        assert_eq!(mask(&header, &cells([-2000, 0, -1999, -2000])), [1, 0, 0, 1]);
        let unsigned_vr = header.clone().us(tags::PADDING_VALUE, &[63_536]);
        assert_eq!(mask(&unsigned_vr, &cells([-2000, 0, -1999, -2000])), [1, 0, 0, 1]);
        let span = header.us(tags::PADDING_LIMIT, &[-1000]);
        assert_eq!(mask(&span, &cells([-2000, -1000, -1500, -999])), [1, 1, 1, 0]);
        let none = Made::grey(16, 16, 0);
        assert_eq!(Padding::read(&none, &PixelLayout::from_attributes(&none).unwrap()), None);
    }

    #[test]
    fn a_pattern_past_bits_stored_is_no_image_value() {
        let header = Made::grey(16, 12, 0).us(tags::PADDING_VALUE, &[0xF830]);
        assert_eq!(mask(&header, &cells([0xF830, 0x0830, 0, 0xF830])), [1, 0, 0, 1]);
    }

    #[test]
    fn floats_and_wide_cells() {
        let header = Made::grey(32, 32, 0).us(tags::PADDING_VALUE, &[5]);
        let stored: Vec<u8> = [5_u32, 4, 70_000, 5].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(mask(&header, &stored), [1, 0, 0, 1]);
        let header = Made::grey(32, 32, 0)
            .without(tags::PIXELS)
            .bytes(tags::FLOAT_PIXELS, radiogram_core::Vr::OF, &[])
            .ds(tags::FLOAT_PADDING_VALUE, &[-1.0])
            .ds(tags::FLOAT_PADDING_LIMIT, &[-3.0]);
        let stored: Vec<u8> =
            [-1.0_f32, -2.0, 0.0, f32::NAN].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(mask(&header, &stored), [1, 1, 0, 0]);
    }
}
