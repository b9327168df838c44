//! Real world values: what a stored sample measures, by a line or a table (PS3.3 C.7.6.16.2.11).

use radiogram_core::{Error, ErrorKind, Path, Result, Tag};

use crate::attributes::{Attributes, decimal};
use crate::groups::Groups;
use crate::kernel::Linear;
use crate::tags;

/// One mapping: stored samples from `first` to `last` have real world values, others have none.
#[derive(Clone, PartialEq, Debug)]
pub struct RealWorld {
    first: f64,
    last: f64,
    form: Form,
}

#[derive(Clone, PartialEq, Debug)]
enum Form {
    Line(Linear),
    Table(Vec<f64>),
}

fn wrong(tag: Tag, what: &str) -> Error {
    Error::new(ErrorKind::Pixel, format!("{} {what}", tags::name(tag))).in_path(&Path::of(tag))
}

impl RealWorld {
    /// Mapping number `mapping` of a frame.
    ///
    /// # Errors
    ///
    /// `PixelError` where the image has no mapping or a damaged one, `ArgumentError` where it has fewer.
    pub fn read(groups: &Groups, frame: usize, mapping: usize) -> Result<Self> {
        let mut items = groups.items(frame, tags::REAL_WORLD_MAPS);
        if items.is_empty() {
            items = groups.root().items(tags::REAL_WORLD_MAPS);
        }
        match (items.get(mapping), items.len()) {
            (Some(item), _) => Self::of(item.as_ref()),
            (None, 0) => Err(wrong(tags::REAL_WORLD_MAPS, "is missing")),
            (None, count) => {
                Err(Error::new(ErrorKind::Argument, format!("there are {count} real world mappings")))
            }
        }
    }

    fn of(item: &dyn Attributes) -> Result<Self> {
        let end = |whole, double| {
            decimal(item, whole).or_else(|| decimal(item, double)).filter(|end| !end.is_nan())
        };
        let first = end(tags::REAL_WORLD_FIRST, tags::REAL_WORLD_DOUBLE_FIRST)
            .ok_or_else(|| wrong(tags::REAL_WORLD_FIRST, "is missing"))?;
        let last = end(tags::REAL_WORLD_LAST, tags::REAL_WORLD_DOUBLE_LAST)
            .ok_or_else(|| wrong(tags::REAL_WORLD_LAST, "is missing"))?;
        if last < first {
            return Err(wrong(tags::REAL_WORLD_LAST, "is before the first value"));
        }
        if let Some(table) = item.decimals(tags::REAL_WORLD_LUT) {
            #[expect(clippy::cast_precision_loss, reason = "compared with the span of 16-bit samples")]
            if last - first + 1.0 > table.len() as f64 {
                return Err(wrong(tags::REAL_WORLD_LUT, "is shorter than its first and last value say"));
            }
            return Ok(Self { first, last, form: Form::Table(table) });
        }
        let number = |tag| {
            let value = decimal(item, tag).ok_or_else(|| wrong(tag, "is missing"))?;
            if value.is_finite() { Ok(value) } else { Err(wrong(tag, "is no number")) }
        };
        let line =
            Linear { slope: number(tags::REAL_WORLD_SLOPE)?, intercept: number(tags::REAL_WORLD_INTERCEPT)? };
        Ok(Self { first, last, form: Form::Line(line) })
    }

    /// The value of a stored sample; no number outside the mapped samples.
    pub fn at(&self, stored: f64) -> f64 {
        if !(self.first <= stored && stored <= self.last) {
            return f64::NAN;
        }
        match &self.form {
            Form::Line(line) => line.at(stored),
            Form::Table(table) => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not below 0")]
                let at = (stored - self.first) as usize;
                table.get(at).copied().unwrap_or(f64::NAN)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Made;

    fn read(item: Made, mapping: usize) -> Result<RealWorld> {
        let made = Made::default().items(tags::REAL_WORLD_MAPS, &[item]);
        RealWorld::read(&Groups::of(&made), 0, mapping)
    }

    fn span(first: i64, last: i64) -> Made {
        Made::default().us(tags::REAL_WORLD_FIRST, &[first]).us(tags::REAL_WORLD_LAST, &[last])
    }

    #[test]
    fn a_line_or_a_table_within_the_span() {
        let line = span(-1, 3).ds(tags::REAL_WORLD_SLOPE, &[0.5]).ds(tags::REAL_WORLD_INTERCEPT, &[10.0]);
        let line = read(line, 0).unwrap();
        assert_eq!((line.at(-1.0), line.at(3.0)), (9.5, 11.5));
        assert!(line.at(-2.0).is_nan() && line.at(4.0).is_nan() && line.at(f64::NAN).is_nan());
        let table = read(span(5, 7).ds(tags::REAL_WORLD_LUT, &[0.1, 0.2, 0.7]), 0).unwrap();
        assert_eq!((table.at(5.0), table.at(7.0)), (0.1, 0.7));
        assert!(table.at(8.0).is_nan());
    }

    #[test]
    fn damage_is_an_error() {
        let line =
            |made: Made| made.ds(tags::REAL_WORLD_SLOPE, &[1.0]).ds(tags::REAL_WORLD_INTERCEPT, &[0.0]);
        assert_eq!(read(span(5, 7), 0).unwrap_err().kind(), ErrorKind::Pixel);
        assert_eq!(read(line(span(7, 5)), 0).unwrap_err().kind(), ErrorKind::Pixel);
        assert_eq!(
            read(span(0, 9).ds(tags::REAL_WORLD_LUT, &[1.0]), 0).unwrap_err().kind(),
            ErrorKind::Pixel
        );
        assert_eq!(read(line(Made::default()), 0).unwrap_err().kind(), ErrorKind::Pixel);
        assert_eq!(read(line(span(0, 9)), 1).unwrap_err().kind(), ErrorKind::Argument);
        let none = Made::default();
        assert_eq!(RealWorld::read(&Groups::of(&none), 0, 0).unwrap_err().kind(), ErrorKind::Pixel);
    }
}
