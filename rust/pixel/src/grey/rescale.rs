//! The modality transformation: a line or a table from stored samples to the modality's values (PS3.3 C.11.1), and
//! which type holds them.

use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag};

use crate::attributes::{Attributes, decimal};
use crate::groups::Groups;
use crate::kernel::Linear;
use crate::layout::{Finding, FindingKind};
use crate::lut::Lut;
use crate::sample::{Dtype, Range, Samples};
use crate::tags;

/// From a stored sample to the modality's value.
#[derive(Clone, PartialEq, Debug)]
pub enum Modality {
    /// Rescale Slope and Rescale Intercept; the identity where there are none.
    Linear(Linear),
    /// A Modality LUT.
    Table(Arc<Lut>),
}

impl Modality {
    /// The transformation of a frame: a Modality LUT, else the frame's groups, else the data set's slope and intercept.
    ///
    /// # Errors
    ///
    /// `PixelError` for a slope that is 0 or no number and for a damaged table.
    pub fn read(groups: &Groups, frame: usize, samples: &Samples, found: &mut Vec<Finding>) -> Result<Self> {
        if let Some(item) = groups.root().items(tags::MODALITY_LUTS).first() {
            return Ok(Self::Table(Arc::new(Lut::read(item.as_ref(), samples.range())?)));
        }
        if let Some(item) = groups.items(frame, tags::VALUE_TRANSFORMATION).first() {
            return Ok(Self::Linear(line(item.as_ref(), found)?));
        }
        Ok(Self::Linear(line(groups.root(), found)?))
    }

    /// The value of a stored sample.
    pub fn at(&self, stored: f64) -> f64 {
        match self {
            Self::Linear(line) => line.at(stored),
            Self::Table(lut) => lut.at(stored).into(),
        }
    }

    /// True where values are the stored samples.
    pub fn is_identity(&self) -> bool {
        *self == Self::Linear(Linear::IDENTITY)
    }

    /// Every value that can come of samples, where they are all whole numbers.
    pub fn range(&self, samples: &Samples) -> Option<Range> {
        match self {
            Self::Linear(line) => line.over(samples.range()?),
            Self::Table(lut) => Some(lut.range()),
        }
    }
}

fn line(attributes: &dyn Attributes, found: &mut Vec<Finding>) -> Result<Linear> {
    // PS3.3 C.8.8.3: stored samples of a dose grid times its scaling are the dose, in Gy where Dose Units says so.
    if let Some(slope) = decimal(attributes, tags::DOSE_SCALING) {
        return checked(Linear { slope, intercept: 0.0 }, tags::DOSE_SCALING);
    }
    let slope = decimal(attributes, tags::RESCALE_SLOPE);
    if slope.is_none() && attributes.vr(tags::DOSE_UNITS).is_some() {
        let assumed = "a scaling of 1: the values are no dose".into();
        found.push(Finding { kind: FindingKind::Attributes, tag: tags::DOSE_SCALING, assumed });
    }
    let intercept = decimal(attributes, tags::RESCALE_INTERCEPT);
    // PS3.3 C.11.1: the two go together.
    if slope.is_some() != intercept.is_some() {
        let (tag, assumed) = if slope.is_none() {
            (tags::RESCALE_SLOPE, "a slope of 1")
        } else {
            (tags::RESCALE_INTERCEPT, "an intercept of 0")
        };
        found.push(Finding { kind: FindingKind::Attributes, tag, assumed: assumed.into() });
    }
    let line = Linear { slope: slope.unwrap_or(1.0), intercept: intercept.unwrap_or(0.0) };
    checked(line, tags::RESCALE_SLOPE)
}

fn checked(line: Linear, slope: Tag) -> Result<Linear> {
    let wrong = |tag, what: &str| {
        let message = format!("{} {what}", tags::name(tag));
        Err(Error::new(ErrorKind::Pixel, message).in_path(&Path::of(tag)))
    };
    if line.slope == 0.0 || !line.slope.is_finite() {
        return wrong(slope, "is 0 or no number");
    }
    if !line.intercept.is_finite() {
        return wrong(tags::RESCALE_INTERCEPT, "is no number");
    }
    Ok(line)
}

/// A type for the values of a call, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// The type.
    pub dtype: Dtype,
    /// Why, in words.
    pub reason: String,
}

/// Gathers what the headers of a call say about its values, then chooses their type.
///
/// The smallest of `int16`, `uint16`, `int32` that holds every value the headers allow when all are whole numbers; else
/// `float32`, or `float64` where stored samples have more than 24 bits. The samples themselves are not looked at.
#[derive(Clone, Default, Debug)]
pub struct Chooser {
    range: Option<Range>,
    is_fractional: bool,
    bits: u32,
}

impl Chooser {
    /// Takes in one frame or slice.
    pub fn add(&mut self, samples: &Samples, modality: &Modality) {
        match modality.range(samples) {
            Some(range) => self.range = Some(self.range.map_or(range, |all| all.cover(range))),
            None => self.is_fractional = true,
        }
        self.bits = self.bits.max(samples.significant_bits());
    }

    /// The type for all that was taken in.
    pub fn choose(&self) -> Choice {
        let choice = |dtype: Dtype, why: String| Choice { dtype, reason: format!("{dtype}: {why}") };
        let whole = self.range.filter(|_| !self.is_fractional);
        let why =
            if whole.is_some() { "whole numbers past int32" } else { "values that are not whole numbers" };
        match (smallest(whole, self.bits, false), whole) {
            (Dtype::F64, _) => choice(Dtype::F64, format!("{why}, samples of {} bits", self.bits)),
            (Dtype::F32, _) | (_, None) => choice(Dtype::F32, format!("{why}, samples of at most 24 bits")),
            (dtype, Some(all)) => choice(dtype, format!("whole numbers from {} to {}", all.low, all.high)),
        }
    }
}

/// The type for values: the smallest of `int16`, `uint16`, `int32` that holds all of them where they are whole, else `float32`, or `float64`
/// where stored samples have more than 24 bits or values are too large. Every rendering and every volume asks here.
pub fn smallest(whole: Option<Range>, bits: u32, is_huge: bool) -> Dtype {
    let holds = |dtype: &Dtype| whole.zip(dtype.range()).is_some_and(|(all, range)| range.holds(all));
    let integer = [Dtype::I16, Dtype::U16, Dtype::I32].into_iter().find(holds);
    integer.unwrap_or(if is_huge || bits > 24 { Dtype::F64 } else { Dtype::F32 })
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "results are exact")]
mod tests {
    use radiogram_core::Vr;

    use super::*;
    use crate::testing::Made;

    fn chosen(samples: Samples, modalities: &[Modality]) -> Dtype {
        let mut chooser = Chooser::default();
        for modality in modalities {
            chooser.add(&samples, modality);
        }
        chooser.choose().dtype
    }

    fn of(slope: f64, intercept: f64) -> Modality {
        Modality::Linear(Linear { slope, intercept })
    }

    fn bits(dtype: Dtype, bits: u32) -> Samples {
        Samples { bits, ..Samples::whole(dtype) }
    }

    #[test]
    fn the_smallest_type_that_holds_every_value() {
        assert_eq!(chosen(bits(Dtype::U16, 12), &[of(1.0, -1024.0)]), Dtype::I16);
        assert_eq!(chosen(bits(Dtype::U16, 16), &[of(1.0, 0.0)]), Dtype::U16);
        assert_eq!(chosen(bits(Dtype::U16, 16), &[of(1.0, -1024.0)]), Dtype::I32);
        assert_eq!(chosen(bits(Dtype::U16, 12), &[of(1.0, -1024.0), of(0.5, 0.0)]), Dtype::F32);
        assert_eq!(chosen(bits(Dtype::U8, 8), &[of(1.0, 0.0)]), Dtype::I16);
        assert_eq!(chosen(bits(Dtype::U32, 32), &[of(1.0, 0.0)]), Dtype::F64);
        assert_eq!(chosen(bits(Dtype::U32, 24), &[of(0.1, 0.0)]), Dtype::F32);
        assert_eq!(chosen(bits(Dtype::U32, 25), &[of(0.1, 0.0)]), Dtype::F64);
        assert_eq!(chosen(Samples::whole(Dtype::F32), &[of(1.0, 0.0)]), Dtype::F32);
        assert_eq!(chosen(Samples::whole(Dtype::F64), &[of(1.0, 0.0)]), Dtype::F64);
        assert_eq!(chosen(bits(Dtype::I16, 16), &[of(-1.0, 0.0)]), Dtype::I32);
        assert_eq!(chosen(Samples::whole(Dtype::U64), &[of(9e15, 0.0)]), Dtype::F64);
        let mut chooser = Chooser::default();
        chooser.add(&bits(Dtype::U16, 12), &of(1.0, -1024.0));
        assert_eq!(chooser.choose().reason, "int16: whole numbers from -1024 to 3071");
    }

    #[test]
    fn a_table_comes_before_slope_and_intercept() {
        let item = Made::default().us(tags::LUT_DESCRIPTOR, &[2, 0, 16]).bytes(
            tags::LUT_DATA,
            Vr::OW,
            &[9, 0, 0, 0x80],
        );
        let made = Made::default()
            .items(tags::MODALITY_LUTS, &[item])
            .ds(tags::RESCALE_SLOPE, &[2.0])
            .ds(tags::RESCALE_INTERCEPT, &[1.0]);
        let samples = Samples::whole(Dtype::U8);
        let mut found = Vec::new();
        let modality = Modality::read(&Groups::of(&made), 0, &samples, &mut found).unwrap();
        assert_eq!(modality.at(1.0), 32768.0);
        assert_eq!(chosen(samples, &[modality]), Dtype::U16);
        let made = made.without(tags::MODALITY_LUTS);
        let modality = Modality::read(&Groups::of(&made), 0, &samples, &mut found).unwrap();
        assert_eq!(modality.at(3.0), 7.0);
        assert!(found.is_empty());
    }

    #[test]
    fn half_a_line_is_found_and_a_flat_one_refused() {
        let read = |made: &Made| {
            let mut found = Vec::new();
            let modality = Modality::read(&Groups::of(made), 0, &Samples::whole(Dtype::U8), &mut found);
            (modality, found.len())
        };
        let (modality, found) = read(&Made::default().ds(tags::RESCALE_INTERCEPT, &[-5.0]));
        assert_eq!((modality.unwrap(), found), (of(1.0, -5.0), 1));
        let flat = Made::default().ds(tags::RESCALE_SLOPE, &[0.0]).ds(tags::RESCALE_INTERCEPT, &[0.0]);
        assert_eq!(read(&flat).0.unwrap_err().kind(), ErrorKind::Pixel);
        let none = Made::default().ds(tags::RESCALE_SLOPE, &[f64::NAN]).ds(tags::RESCALE_INTERCEPT, &[0.0]);
        assert_eq!(read(&none).0.unwrap_err().kind(), ErrorKind::Pixel);
        assert!(read(&Made::default()).0.unwrap().is_identity());
    }
}
