//! What can tell images at one position apart, in the order in which it is believed, and how it is compared.

use std::borrow::Cow;

use super::header::{Coordinate, SliceHeader};

/// A number that is compared by its bits, in the order of its value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Ordered(i64);

impl Ordered {
    pub(super) fn of(value: f64) -> Self {
        // + 0.0 makes one of the two zeros.
        let bits = (value + 0.0).to_bits().cast_signed();
        Self(bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed())
    }

    pub(super) fn value(self) -> f64 {
        let bits = self.0 ^ ((self.0 >> 63).cast_unsigned() >> 1).cast_signed();
        f64::from_bits(bits.cast_unsigned())
    }
}

/// Where an image stands on a possible axis.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Mark {
    Number(Ordered),
    Text(String),
    /// b-value and direction of the gradient.
    Diffusion(Ordered, Option<[Ordered; 3]>),
}

/// Directions are one where they differ by less than this: slices write their orientation, which some directions are given in, with
/// rounding of their own.
const ONE_DIRECTION: f64 = 1e-4;

impl Mark {
    /// True for one b-value and directions that differ by rounding.
    pub(super) fn is_nearly(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Diffusion(value, Some(direction)), Self::Diffusion(other, Some(near)))
                if value == other =>
            {
                direction.iter().zip(near).all(|(a, b)| (a.value() - b.value()).abs() < ONE_DIRECTION)
            }
            _ => false,
        }
    }
}

/// How the places of an axis follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// As the images do.
    Appearance,
    /// As the marks do.
    Ascending,
    /// As the marks do, at each position by itself: hearts and clocks do not run as images are counted.
    Ranked,
}

/// A possible axis.
pub(super) struct Candidate {
    /// What the axis is called.
    pub(super) name: Cow<'static, str>,
    /// What its coordinates are called, where that is something else.
    pub(super) coordinate: Option<&'static str>,
    pub(super) unit: &'static str,
    pub(super) order: Order,
    pub(super) of: Of,
}

/// How an image is asked.
#[derive(Clone)]
pub(super) enum Of {
    Field(fn(&SliceHeader) -> Option<Mark>),
    Key(Cow<'static, str>),
    Dimension(&'static str),
}

impl Candidate {
    pub(super) fn mark(&self, slice: &SliceHeader) -> Option<Mark> {
        match &self.of {
            Of::Field(field) => field(slice),
            Of::Key(name) => slice.keys.iter().find(|key| key.name == *name).map(|key| match &key.value {
                Coordinate::Number(value) => Mark::Number(Ordered::of(*value)),
                Coordinate::Text(text) => Mark::Text(text.clone()),
            }),
            Of::Dimension(name) => {
                let value = slice.dimensions.iter().find(|(known, _)| known == name)?.1;
                Some(Mark::Number(Ordered::of(value.into())))
            }
        }
    }

    /// True where an axis may have places without an image. What is counted by the scanner and not measured must fill its grid: numbers of
    /// acquisitions that overlap are no axis.
    pub(super) fn may_have_gaps(&self) -> bool {
        !matches!(self.of, Of::Dimension(_)) && !["acquisition", "image_type"].contains(&&*self.name)
    }

    /// What the coordinates are called.
    pub(super) fn coordinate(&self) -> &str {
        self.coordinate.unwrap_or(&self.name)
    }
}

fn number(value: Option<f64>) -> Option<Mark> {
    value.filter(|value| value.is_finite()).map(|value| Mark::Number(Ordered::of(value)))
}

#[expect(clippy::cast_precision_loss, reason = "numbers of time points and acquisitions are small")]
fn whole(value: Option<i64>) -> Option<Mark> {
    number(value.map(|value| value as f64))
}

/// b-values of single images are believed only together with their directions: a shell has one of the former and many of the latter.
fn diffusion(slice: &SliceHeader) -> Option<Mark> {
    let value = slice.b_value.filter(|value| value.is_finite())?;
    let direction = slice.gradient.filter(|direction| direction.iter().all(|part| part.is_finite()));
    Some(Mark::Diffusion(Ordered::of(value), direction.map(|direction| direction.map(Ordered::of))))
}

/// Name of the axis, of its coordinates where they differ, unit, order, field.
type Row = (&'static str, Option<&'static str>, &'static str, Order, fn(&SliceHeader) -> Option<Mark>);

/// What is special comes before what is general: echoes and phases of the heart are often counted as time points as well.
const FIRST: [Row; 6] = [
    ("b_value", None, "s/mm2", Order::Appearance, diffusion),
    ("echo", Some("echo_time"), "ms", Order::Ascending, |slice| number(slice.echo_time)),
    ("echo", None, "", Order::Ascending, |slice| whole(slice.echo_number)),
    ("phase", Some("trigger_delay"), "ms", Order::Ranked, |slice| number(slice.cardiac_delay)),
    ("time", Some("time"), "s", Order::Ascending, |slice| number(slice.time_offset)),
    ("time", None, "", Order::Ascending, |slice| whole(slice.temporal_position)),
];

/// What is asked after the keys of the images.
const LAST: [Row; 4] = [
    ("contrast", None, "", Order::Ascending, |slice| {
        Some(Mark::Text(slice.contrast.clone().unwrap_or_default()))
    }),
    ("image_type", None, "", Order::Appearance, |slice| Some(Mark::Text(slice.image_type.join("\\")))),
    ("phase", Some("trigger_time"), "ms", Order::Ranked, |slice| number(slice.trigger_time)),
    ("acquisition", None, "", Order::Ascending, |slice| whole(slice.acquisition_number)),
];

/// What is asked when dimension indices do not tell images apart either.
const CLOCK: Row = ("time", Some("acquisition_time"), "s", Order::Ranked, |slice| {
    number(slice.acquisition_time.as_deref().and_then(seconds))
});

/// The order of axes in an array, outermost first; others come between the last two of these.
const OUTERMOST: [&str; 5] = ["time", "contrast", "phase", "b_value", "echo"];

/// Where an axis goes.
pub(super) fn rank(name: &str) -> usize {
    OUTERMOST.iter().position(|outer| *outer == name).unwrap_or(OUTERMOST.len())
}

/// All that may tell these images apart.
pub(super) fn candidates(slices: &[&SliceHeader]) -> Vec<Candidate> {
    let of = |&(name, coordinate, unit, order, field): &Row| Candidate {
        name: Cow::Borrowed(name),
        coordinate,
        unit,
        order,
        of: Of::Field(field),
    };
    let mut keys: Vec<Candidate> = Vec::new();
    for key in slices.iter().flat_map(|slice| &slice.keys) {
        if !keys.iter().any(|known| known.name == key.name) {
            keys.push(Candidate {
                name: key.name.clone(),
                coordinate: None,
                unit: key.unit,
                order: if matches!(key.value, Coordinate::Number(_)) {
                    Order::Ascending
                } else {
                    Order::Appearance
                },
                of: Of::Key(key.name.clone()),
            });
        }
    }
    let mut dimensions: Vec<Candidate> = Vec::new();
    for (name, _) in slices.iter().flat_map(|slice| &slice.dimensions) {
        if !dimensions.iter().any(|known| known.name == *name) {
            dimensions.push(Candidate {
                name: Cow::Borrowed(name),
                coordinate: None,
                unit: "",
                order: Order::Ascending,
                of: Of::Dimension(name),
            });
        }
    }
    let (first, last) = (FIRST.iter().map(of), LAST.iter().map(of));
    first.chain(keys).chain(last).chain(dimensions).chain([of(&CLOCK)]).collect()
}

/// Seconds of a date and time, or of a time of day (PS3.5 6.2, DT and TM); dates count from somewhere.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let text = text.split(['+', '-']).next().unwrap_or_default();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let (date, time) = if whole.len() >= 14 { whole.split_at_checked(8)? } else { ("", whole) };
    let part = |text: &str, from: usize, to: usize| -> Option<f64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if !matches!(time.len(), 2 | 4 | 6) || !time.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: f64 = format!("0.{fraction}").parse().ok()?;
    let hours = part(time, 0, 2)?;
    let (minutes, rest) = (part(time, 2, 4).unwrap_or(0.0), part(time, 4, 6).unwrap_or(0.0));
    let mut days = 0.0;
    if !date.is_empty() {
        let (year, month, day) = (part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?);
        // Days of the Gregorian calendar, of years that begin in March.
        let (year, month) = if month <= 2.0 { (year - 1.0, month + 9.0) } else { (year, month - 3.0) };
        let leaps = (year / 4.0).floor() - (year / 100.0).floor() + (year / 400.0).floor();
        days = year * 365.0 + leaps + ((153.0 * month + 2.0) / 5.0).floor() + day;
    }
    Some(((days * 24.0 + hours) * 60.0 + minutes) * 60.0 + rest + fraction)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn ordered_numbers_keep_value_and_order() {
        let values = [f64::NEG_INFINITY, -2.5, -1e-300, 0.0, 3.0, 1e300];
        for pair in values.windows(2) {
            assert!(Ordered::of(pair[0]) < Ordered::of(pair[1]), "{pair:?}");
        }
        assert!(values.iter().all(|&value| Ordered::of(value).value() == value));
        assert_eq!(Ordered::of(-0.0), Ordered::of(0.0));
    }

    #[test]
    fn times_and_dates_are_seconds() {
        assert_eq!(seconds("12"), Some(43_200.0));
        assert_eq!(seconds("120130.5"), Some(43_290.5));
        let of = |text| seconds(text).unwrap();
        assert_eq!(of("20240301000000") - of("20240228235959"), 86_401.0);
        assert_eq!(of("20230301000000.25+0100") - of("20230228235959.75"), 0.5);
        for text in ["", "1", "ab", "12:30", "120000.", "120000.x", "é20000"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
