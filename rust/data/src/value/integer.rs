//! IS: integers as text (PS3.5 table 6.2-1), read as Python's `int` reads them, or its `float` where there is a point.

use memchr::memchr;

use super::decimal::{self, Decimal};
use super::number::{
    Filled, align, eight_digits, is_blank, load, non_digits, trim_component, without_underscores,
};

/// What an IS component says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Integer {
    /// Nothing but spaces.
    Missing,
    /// A whole number.
    Number {
        /// What the text says.
        value: i64,
        /// False for what is no IS by PS3.5: `1.0`, `1e3`, `1_000`, and numbers past 32 bits.
        conforms: bool,
    },
    /// A number with a fraction, or past 64 bits.
    Fraction(f64),
    /// No number.
    Bad,
}

/// Reads the numbers of an IS into `out`, as many as it has room for ([`super::count_values`] says how many there are).
///
/// Components that are missing, have a fraction, or are no number become 0 and are counted in the result, where the
/// caller can still choose doubles ([`super::decimals_into`] reads the same text).
pub fn integers_into(bytes: &[u8], out: &mut [i64]) -> Filled {
    let mut filled = Filled::default();
    if is_blank(bytes) {
        return filled;
    }
    let mut rest = bytes;
    for slot in out {
        let length = memchr(b'\\', rest).unwrap_or(rest.len());
        *slot = match parse(rest.get(..length).unwrap_or_default()) {
            Integer::Number { value, conforms: _ } => value,
            Integer::Missing => {
                filled.missing += 1;
                0
            }
            Integer::Fraction(_) | Integer::Bad => {
                filled.bad += 1;
                0
            }
        };
        filled.count += 1;
        match rest.get(length + 1..) {
            Some(more) => rest = more,
            None => break,
        }
    }
    filled
}

/// What one component says, spaces and NULs round it aside.
pub fn parse(component: &[u8]) -> Integer {
    let component = trim_component(component);
    let (negative, digits) = match component {
        [] => return Integer::Missing,
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, component),
    };
    match short(digits) {
        Some(size) => {
            let value = if negative { -size } else { size };
            Integer::Number { value, conforms: i32::try_from(value).is_ok() }
        }
        None => parse_any(component),
    }
}

/// Up to sixteen digits and nothing else.
fn short(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let (head, tail) = (digits.len().min(8), digits.len().saturating_sub(8));
    let (front, back) = (align(load(digits, 0), head), align(load(digits, 8), tail));
    if non_digits(front) | non_digits(back) != 0 {
        return None;
    }
    let shift = 10_u64.pow(u32::try_from(tail).ok()?);
    i64::try_from(eight_digits(front) * shift + eight_digits(back)).ok()
}

/// Everything else: many digits, a point or exponent, what only Python reads, and what nobody reads.
fn parse_any(component: &[u8]) -> Integer {
    let text = without_underscores(component);
    let plain = text.as_deref().map_or(component, str::as_bytes);
    if let Some(value) = std::str::from_utf8(plain).ok().and_then(|text| text.parse().ok()) {
        return Integer::Number { value, conforms: text.is_none() && i32::try_from(value).is_ok() };
    }
    match decimal::parse(component) {
        Decimal::Number { value, .. } if value.is_finite() => whole(value),
        _ => Integer::Bad,
    }
}

/// A double as an integer, where it is one.
fn whole(value: f64) -> Integer {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if value.fract() != 0.0 || !(-BOUND..BOUND).contains(&value) {
        return Integer::Fraction(value);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and inside the bounds")]
    Integer::Number { value: value as i64, conforms: false }
}

#[cfg(test)]
mod tests;
