//! The type of a result: a function of the headers of the whole call, never of the pixels.

use radiogram_core::ErrorKind;

use crate::grey::rescale::smallest;
use crate::sample::{Dtype, Range};

use super::header::{PixelElement, SliceHeader};
use super::vectors::RT_DOSE;
use super::verdict::Refusal;

/// True where every whole number from `low` to `high` is one of this type.
pub(super) fn holds(dtype: Dtype, low: i128, high: i128) -> bool {
    dtype.range().is_none_or(|range| range.low <= low && high <= range.high)
}

/// What the values of the result mean.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Units {
    /// Samples as they are stored.
    Stored,
    /// After rescale or Modality LUT (PS3.3 C.11.1).
    #[default]
    Modality,
    /// After the Real World Value Mapping (PS3.3 C.7.6.16.2.11).
    RealWorld,
}

/// What one slice's values can be.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Values {
    /// Whole numbers from the first to the second.
    Whole(i128, i128),
    /// Numbers with a fraction: made of stored whole numbers of so many bits, and at most so far from 0.
    Fraction(u16, f64),
    /// Floating point samples of this many bits.
    Float(u16),
}

/// Chooses the type and says why.
pub(super) fn choose(
    slices: &[&SliceHeader],
    units: Units,
    asked: Option<Dtype>,
) -> Result<(Dtype, String), Refusal> {
    let (mut low, mut high) = (i128::MAX, i128::MIN);
    let (mut fraction, mut huge) = (false, false);
    let mut bits = 0;
    for slice in slices {
        match values(slice, units)? {
            Values::Whole(least, most) => {
                (low, high) = (low.min(least), high.max(most));
                bits = bits.max(slice.bits_stored.or(slice.bits_allocated).unwrap_or(0));
            }
            Values::Fraction(stored, most) => {
                (fraction, bits) = (true, bits.max(stored));
                huge |= most > f64::from(f32::MAX);
            }
            // A float of 32 bits holds 24 of them exactly, one of 64 bits needs its own kind.
            Values::Float(size) => (fraction, bits) = (true, bits.max(if size > 32 { 64 } else { 24 })),
        }
    }
    if let Some(asked) = asked {
        let fits = match asked {
            Dtype::F32 => !huge,
            Dtype::F64 => true,
            _ => !fraction && holds(asked, low, high),
        };
        if !fits {
            let why = if fraction { "they have fractions".to_owned() } else { format!("{low} to {high}") };
            let why = if huge { "they are too large".to_owned() } else { why };
            let message = format!("dtype {} cannot hold every possible value: {why}", asked.name());
            return Err(Refusal::new(ErrorKind::Argument, message));
        }
        return Ok((asked, "asked for".to_owned()));
    }
    let whole = (!fraction).then_some(Range { low, high });
    // Colour has no rescale: it keeps the type of its samples.
    let is_colour = slices.iter().all(|slice| slice.samples() > 1);
    let own = (units == Units::Stored || is_colour).then(|| {
        use Dtype::{I8, I16, I32, I64, U8, U16, U32, U64};
        [U8, I8, U16, I16, U32, I32, U64, I64].into_iter().find(|dtype| !fraction && holds(*dtype, low, high))
    });
    let dtype = own.flatten().unwrap_or_else(|| smallest(whole, bits.into(), huge));
    let reason = if !dtype.is_float() {
        format!("whole numbers from {low} to {high}")
    } else if huge {
        "the values are too large for float32".to_owned()
    } else if bits > 24 {
        "the stored samples have more than 24 bits".to_owned()
    } else if fraction {
        "the values have fractions".to_owned()
    } else {
        format!("whole numbers from {low} to {high} are too many for int32")
    };
    Ok((dtype, reason))
}

/// What the values of a slice can be.
fn values(slice: &SliceHeader, units: Units) -> Result<Values, Refusal> {
    let refuse = |what: &str| Refusal::new(ErrorKind::Pixel, what).about(vec![slice.index]);
    let (slope, intercept) = slice.rescale();
    let rescaled = units == Units::Modality && !slice.modality_lut;
    if rescaled && (!(slope.is_finite() && intercept.is_finite()) || slope == 0.0) {
        return Err(refuse("the rescale of an image is no pair of finite numbers, or its slope is 0"));
    }
    // PS3.3 C.8.8.3: Type 1C, there with every grid; without it samples are no dose.
    if rescaled && slice.slope.is_none() && slice.sop_class_uid.as_deref() == Some(RT_DOSE) {
        return Err(refuse("a dose grid has no Dose Grid Scaling; units=\"stored\" gives its samples"));
    }
    if units == Units::RealWorld {
        // Slopes and intercepts are doubles, and what no mapping covers is no number.
        return Ok(Values::Float(64));
    }
    match slice.pixels {
        PixelElement::Float => return Ok(Values::Float(32)),
        PixelElement::Double => return Ok(Values::Float(64)),
        PixelElement::Integer | PixelElement::Absent => {}
    }
    let allocated = slice.bits_allocated.ok_or_else(|| refuse("an image has no Bits Allocated"))?;
    let stored = slice.bits_stored.unwrap_or(allocated);
    // PS3.5 8.1.1: Bits Stored is never larger than Bits Allocated.
    if !(1..=64).contains(&allocated) || !(1..=allocated).contains(&stored) {
        return Err(refuse("Bits Allocated and Bits Stored of an image do not fit each other"));
    }
    let Range { low, high } = Range::of_bits(stored.into(), slice.signed);
    if units == Units::Stored {
        return Ok(Values::Whole(low, high));
    }
    if slice.modality_lut {
        // PS3.3 C.11.1.1.1: entries of 8 or 16 bits; the number of bits stands in the table, not in the
        // header.
        return Ok(Values::Whole(0, 0xFFFF));
    }
    // Beyond 2^53 not every whole number is an f64, and nothing below would be exact.
    let limit = 9_007_199_254_740_992.0;
    let whole = slope.fract() == 0.0 && intercept.fract() == 0.0;
    if !whole || slope.abs() > limit || intercept.abs() > limit {
        #[expect(clippy::cast_precision_loss, reason = "a bound, not a value")]
        let most = low.abs().max(high) as f64 * slope.abs() + intercept.abs();
        if !most.is_finite() {
            return Err(refuse("the rescale of an image leads beyond every number"));
        }
        return Ok(Values::Fraction(stored, most));
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53")]
    let (slope, intercept) = (slope as i128, intercept as i128);
    let ends = [low * slope + intercept, high * slope + intercept];
    Ok(Values::Whole(ends[0].min(ends[1]), ends[0].max(ends[1])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(bits: u16, signed: bool, slope: f64, intercept: f64) -> SliceHeader {
        SliceHeader {
            pixels: PixelElement::Integer,
            bits_allocated: Some(bits.next_multiple_of(8)),
            bits_stored: Some(bits),
            signed,
            slope: Some(slope),
            intercept: Some(intercept),
            ..SliceHeader::default()
        }
    }

    fn modality(slices: &[SliceHeader]) -> Dtype {
        choose(&slices.iter().collect::<Vec<_>>(), Units::Modality, None).unwrap().0
    }

    #[test]
    fn the_smallest_type_that_holds_every_possible_value() {
        assert_eq!(modality(&[slice(12, false, 1.0, -1024.0)]), Dtype::I16);
        assert_eq!(modality(&[slice(16, true, 1.0, 0.0)]), Dtype::I16);
        assert_eq!(modality(&[slice(16, false, 1.0, 0.0)]), Dtype::U16);
        assert_eq!(modality(&[slice(16, false, 1.0, -1024.0)]), Dtype::I32);
        assert_eq!(modality(&[slice(16, true, 1.0, -1024.0)]), Dtype::I32);
        assert_eq!(modality(&[slice(12, false, 0.5, 0.0)]), Dtype::F32);
        assert_eq!(modality(&[slice(32, false, 1.0, 0.0)]), Dtype::F64);
        assert_eq!(modality(&[slice(32, true, 1.0, 0.0)]), Dtype::I32);
        assert_eq!(modality(&[slice(32, true, 0.1, 0.0)]), Dtype::F64);
        assert_eq!(modality(&[slice(24, false, 1000.0, 0.0)]), Dtype::F32);
        assert_eq!(modality(&[slice(12, false, 1e50, 0.0)]), Dtype::F64);
    }

    #[test]
    fn the_choice_is_made_over_all_slices() {
        assert_eq!(modality(&[slice(16, true, 1.0, 0.0), slice(16, false, 1.0, 0.0)]), Dtype::I32);
        assert_eq!(modality(&[slice(12, false, 1.0, 0.0), slice(12, false, 1.25, 0.0)]), Dtype::F32);
        assert_eq!(modality(&[slice(12, false, -1.0, 0.0)]), Dtype::I16);
    }

    #[test]
    fn stored_units_keep_the_stored_type() {
        let stored = |slices: &[&SliceHeader]| choose(slices, Units::Stored, None).unwrap().0;
        assert_eq!(stored(&[&slice(8, false, 0.5, 0.0)]), Dtype::U8);
        assert_eq!(stored(&[&slice(16, true, 0.5, 0.0)]), Dtype::I16);
        assert_eq!(stored(&[&slice(16, true, 1.0, 0.0), &slice(16, false, 1.0, 0.0)]), Dtype::I32);
        assert_eq!(stored(&[&slice(64, false, 1.0, 0.0)]), Dtype::U64);
    }

    #[test]
    fn a_type_that_is_asked_for_must_hold_the_values() {
        let ct = slice(12, false, 1.0, -1024.0);
        assert_eq!(choose(&[&ct], Units::Modality, Some(Dtype::F32)).unwrap().0, Dtype::F32);
        assert_eq!(choose(&[&ct], Units::Modality, Some(Dtype::I32)).unwrap().0, Dtype::I32);
        let refusal = choose(&[&ct], Units::Modality, Some(Dtype::U8)).unwrap_err();
        assert_eq!(refusal.kind, ErrorKind::Argument);
        let huge = slice(12, false, 1e50, 0.0);
        assert!(choose(&[&huge], Units::Modality, Some(Dtype::F32)).is_err());
        let pet = slice(16, true, 0.37, 0.0);
        assert!(choose(&[&pet], Units::Modality, Some(Dtype::I16)).is_err());
    }

    #[test]
    fn a_rescale_or_depth_that_makes_no_sense_is_refused() {
        for (slope, intercept) in [
            (0.0, 0.0),
            (f64::NAN, 0.0),
            (1.0, f64::INFINITY),
            (1.0, f64::NAN),
            (f64::NEG_INFINITY, 0.0),
            (1e308, 0.0),
        ] {
            let bad = slice(12, false, slope, intercept);
            assert_eq!(choose(&[&bad], Units::Modality, None).unwrap_err().kind, ErrorKind::Pixel);
        }
        for (allocated, stored) in [(0, 0), (16, 17), (8, 0), (65, 65), (u16::MAX, 1)] {
            let bad = SliceHeader {
                bits_allocated: Some(allocated),
                bits_stored: Some(stored),
                ..slice(8, false, 1.0, 0.0)
            };
            assert_eq!(choose(&[&bad], Units::Modality, None).unwrap_err().kind, ErrorKind::Pixel);
        }
    }
}
