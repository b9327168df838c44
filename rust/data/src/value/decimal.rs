//! DS: decimal numbers as text (PS3.5 table 6.2-1), read to the double that Python's `float` gives.

use memchr::memchr;

use super::number::{Filled, eight_digits, is_blank, load, non_digits, trim_component, without_underscores};

/// What a DS component says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Decimal {
    /// Nothing but spaces.
    Missing,
    /// A number.
    Number {
        /// The nearest double, ties to even.
        value: f64,
        /// False for what Python reads and PS3.5 does not know: `nan`, `inf`, `1_000`.
        conforms: bool,
    },
    /// No number.
    Bad,
}

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Powers of ten by which a fraction of up to 16 digits moves the whole part.
const SHIFTS: [u64; 17] = {
    let mut powers = [1; 17];
    let mut at = 1;
    while at < powers.len() {
        #[expect(clippy::indexing_slicing, reason = "at compile time, and bounded by the loop")]
        {
            powers[at] = powers[at - 1] * 10;
        }
        at += 1;
    }
    powers
};

/// The largest integer up to which every one has a double of its own.
const EXACT: u64 = 1 << 53;

/// Reads the numbers of a DS into `out`, as many as it has room for ([`super::count_values`] says how many there are).
///
/// A component without a character and one that is no number become NaN; the result says how many.
pub fn decimals_into(bytes: &[u8], out: &mut [f64]) -> Filled {
    let mut filled = Filled::default();
    if is_blank(bytes) {
        return filled;
    }
    let mut at = 0;
    for slot in out {
        let end = if let Some((value, end)) = plain_at(bytes, at) {
            *slot = value;
            end
        } else {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = memchr(b'\\', rest).unwrap_or(rest.len());
            *slot = match parse(rest.get(..length).unwrap_or_default()) {
                Decimal::Number { value, conforms } => {
                    filled.bad += usize::from(!conforms);
                    value
                }
                Decimal::Missing => {
                    filled.missing += 1;
                    f64::NAN
                }
                Decimal::Bad => {
                    filled.bad += 1;
                    f64::NAN
                }
            };
            at + length
        };
        filled.count += 1;
        if end >= bytes.len() {
            break;
        }
        at = end + 1;
    }
    filled
}

/// What one component says, spaces and NULs round it aside.
pub fn parse(component: &[u8]) -> Decimal {
    let component = trim_component(component);
    if component.is_empty() {
        return Decimal::Missing;
    }
    let plain = match component {
        [b'+', rest @ ..] if rest.first() != Some(&b'-') => rest,
        _ => component,
    };
    match plain_at(plain, 0) {
        Some((value, end)) if end == plain.len() => Decimal::Number { value, conforms: true },
        _ => parse_any(component),
    }
}

/// `[-]digits[.digits]` up to a backslash or the end: the number and where it ends. `None`: ask [`parse`].
#[inline]
fn plain_at(bytes: &[u8], at: usize) -> Option<(f64, usize)> {
    let negative = bytes.get(at) == Some(&b'-');
    let start = at.wrapping_add(usize::from(negative));
    let low = load(bytes, start);
    let high = load(bytes, start.wrapping_add(8));
    let stops = gather(non_digits(low)) | (gather(non_digits(high)) << 8) | (1 << 16);
    let whole = stops.trailing_zeros();
    if whole > 8 {
        return None;
    }
    let mut value = eight_digits(low, whole);
    let mut end = start.wrapping_add(whole as usize);
    let mut digits = whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        let next = end.wrapping_add(1);
        fraction = (stops & stops.wrapping_sub(1)).trailing_zeros().wrapping_sub(whole).wrapping_sub(1);
        let word = load(bytes, next);
        let part = if fraction <= 8 {
            eight_digits(word, fraction)
        } else {
            let more = fraction - 8;
            let tail = eight_digits(load(bytes, next.wrapping_add(8)), more);
            eight_digits(word, 8).wrapping_mul(*SHIFTS.get(more as usize)?).wrapping_add(tail)
        };
        value = value.wrapping_mul(*SHIFTS.get(fraction as usize)?).wrapping_add(part);
        end = next.wrapping_add(fraction as usize);
        digits = digits.wrapping_add(fraction);
    }
    // At most fifteen digits fit in front of the sixteenth byte: the value is below EXACT.
    if digits == 0 || bytes.get(end).is_some_and(|&byte| byte != b'\\') {
        return None;
    }
    // Both sides are exact, so the division rounds once (Clinger).
    #[expect(clippy::cast_precision_loss, reason = "below EXACT")]
    let number = value as f64 / *POWERS.get(fraction as usize)?;
    Some((if negative { -number } else { number }, end))
}

/// One bit a byte, of the high bits of eight.
#[inline]
const fn gather(highs: u64) -> u64 {
    (highs >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Everything else: exponents, many digits, what only Python reads, and what nobody reads.
fn parse_any(component: &[u8]) -> Decimal {
    if let Some(value) = short_with_exponent(component) {
        return Decimal::Number { value, conforms: true };
    }
    let Ok(text) = std::str::from_utf8(component) else { return Decimal::Bad };
    if let Ok(value) = text.parse() {
        let conforms =
            component.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
        return Decimal::Number { value, conforms };
    }
    match without_underscores(component).and_then(|text| text.parse().ok()) {
        Some(value) => Decimal::Number { value, conforms: false },
        None => Decimal::Bad,
    }
}

/// A number whose digits and power of ten are both exact. `None` says nothing about the component.
fn short_with_exponent(component: &[u8]) -> Option<f64> {
    let (negative, mut rest) = match component {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, component),
    };
    let (mut value, mut digits, mut power, mut in_fraction) = (0_u64, 0_u32, 0_i32, false);
    while let [byte, tail @ ..] = rest {
        match byte {
            b'0'..=b'9' if digits < 19 => {
                value = value * 10 + u64::from(byte - b'0');
                digits += 1;
                power -= i32::from(in_fraction);
            }
            b'.' if !in_fraction => in_fraction = true,
            b'e' | b'E' if digits > 0 => break,
            _ => return None,
        }
        rest = tail;
    }
    if let [_, exponent @ ..] = rest {
        power += exponent_of(exponent)?;
    }
    if digits == 0 || value > EXACT {
        return None;
    }
    let scale = *POWERS.get(power.unsigned_abs() as usize)?;
    #[expect(clippy::cast_precision_loss, reason = "no larger than EXACT")]
    let whole = value as f64;
    let number = if power < 0 { whole / scale } else { whole * scale };
    Some(if negative { -number } else { number })
}

/// `[+-]digits`, at most four of them.
fn exponent_of(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let exponent = digits.iter().fold(0, |sum, &digit| sum * 10 + i32::from(digit - b'0'));
    Some(if negative { -exponent } else { exponent })
}

#[cfg(test)]
mod tests;
