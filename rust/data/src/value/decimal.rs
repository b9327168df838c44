//! DS: decimal numbers as text (PS3.5 table 6.2-1), read to the double that Python's `float` gives.

use memchr::memchr;

use super::number::{
    BLOCK, Filled, align, eight_digits, gather, is_blank, load, matches, non_digits, places, trim_component,
    without_underscores,
};

/// What a DS component says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Decimal {
    /// Nothing but spaces.
    Missing,
    /// A number.
    Number {
        /// The nearest double, ties to even.
        value: f64,
        /// False for what Python reads and PS3.5 does not know (`nan`, `inf`, `1_000`), and for what is past all doubles (`1e999`).
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

/// Powers of ten by which a fraction of up to 15 digits moves the whole part.
const SHIFTS: [u64; 16] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
    10_000_000_000,
    100_000_000_000,
    1_000_000_000_000,
    10_000_000_000_000,
    100_000_000_000_000,
    1_000_000_000_000_000,
];

/// What the point is once digits are 0 to 9.
const POINT: u64 = (b'.' ^ b'0') as u64;

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
    // Where the components end is found for many of them at a time: the search for one does not wait for the one before.
    let (mut at, mut slots) = (0, out.iter_mut());
    for block in (0..bytes.len()).step_by(BLOCK) {
        let mut backslashes = places(bytes, block, b'\\');
        while backslashes != 0 {
            let end = block.wrapping_add(backslashes.trailing_zeros() as usize);
            backslashes &= backslashes.wrapping_sub(1);
            let Some(slot) = slots.next() else { return filled };
            *slot = filled.take(between(bytes, at, end));
            at = end.wrapping_add(1);
        }
    }
    if let Some(slot) = slots.next() {
        *slot = filled.take(between(bytes, at, bytes.len()));
    }
    filled
}

impl Filled {
    /// Counts a component, and gives the number of it.
    #[inline]
    fn take(&mut self, decimal: Decimal) -> f64 {
        self.count += 1;
        match decimal {
            Decimal::Number { value, conforms } => {
                self.bad += usize::from(!conforms);
                value
            }
            Decimal::Missing => {
                self.missing += 1;
                f64::NAN
            }
            Decimal::Bad => {
                self.bad += 1;
                f64::NAN
            }
        }
    }
}

/// The component between two places.
#[inline]
fn between(bytes: &[u8], at: usize, end: usize) -> Decimal {
    match plain(bytes, at, end) {
        Some(value) => Decimal::Number { value, conforms: true },
        None => other(bytes.get(at..end).unwrap_or_default()),
    }
}

/// [`between`] for what is not plain.
#[inline(never)]
fn other(component: &[u8]) -> Decimal {
    parse(component)
}

/// The component that begins at `at`, and where the backslash behind it or the end is.
#[inline]
pub(super) fn read_at(bytes: &[u8], at: usize) -> (Decimal, usize) {
    match plain_at(bytes, at) {
        Some((value, end)) => (Decimal::Number { value, conforms: true }, end),
        None => search_at(bytes, at),
    }
}

/// [`read_at`] for what is not plain.
#[inline(never)]
fn search_at(bytes: &[u8], at: usize) -> (Decimal, usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = memchr(b'\\', rest).unwrap_or(rest.len());
    (parse(rest.get(..length).unwrap_or_default()), at.saturating_add(length))
}

/// What one component says, spaces and NULs round it aside.
pub fn parse(component: &[u8]) -> Decimal {
    let component = trim_component(component);
    if component.is_empty() {
        return Decimal::Missing;
    }
    // Of what the standard library reads, only `nan` and `inf` are no DS, and numbers that no double is near to have no value.
    if let Ok(Ok(value)) = std::str::from_utf8(component).map(str::parse::<f64>) {
        return Decimal::Number { value, conforms: value.is_finite() };
    }
    match without_underscores(component).and_then(|text| text.parse().ok()) {
        Some(value) => Decimal::Number { value, conforms: false },
        None => Decimal::Bad,
    }
}

/// `[-]digits[.digits]` up to a backslash or the end: the number and where it ends. `None`: ask [`parse`].
#[inline]
fn plain_at(bytes: &[u8], at: usize) -> Option<(f64, usize)> {
    let (low, high) = (load(bytes, at), load(bytes, at.wrapping_add(8)));
    let backslashes = gather(matches(low, b'\\')) | (gather(matches(high, b'\\')) << 8) | (1 << 16);
    let length = (backslashes.trailing_zeros() as usize).min(bytes.len().wrapping_sub(at));
    let end = at.wrapping_add(length);
    // The longest DS has sixteen characters: what is longer is not plain.
    if length == 16 && bytes.get(end).is_some_and(|&byte| byte != b'\\') {
        return None;
    }
    plain(bytes, at, end).map(|value| (value, end))
}

/// `[-]digits[.digits]` between two places. `None`: ask [`parse`].
///
/// No branch depends on a sign or a digit.
#[inline]
fn plain(bytes: &[u8], at: usize, end: usize) -> Option<f64> {
    // The longest DS has sixteen characters: what is longer is not plain.
    if end.wrapping_sub(at) > 16 {
        return None;
    }
    let low = load(bytes, at);
    let negative = low & 0xFF == u64::from(b'-');
    let start = at.wrapping_add(usize::from(negative));
    let unsigned = end.wrapping_sub(start);
    let (value, fraction) =
        if unsigned <= 8 { short(load(bytes, start), unsigned)? } else { long(bytes, start, unsigned)? };
    // Both sides are exact, so the division rounds once (Clinger).
    #[expect(clippy::cast_precision_loss, reason = "no larger than EXACT")]
    let number = value as f64 / *POWERS.get(fraction)?;
    Some(f64::from_bits(number.to_bits() | (u64::from(negative) << 63)))
}

/// `digits[.digits]` of at most eight characters: the digits as one number, and how many of them are behind the point.
#[inline]
fn short(word: u64, length: usize) -> Option<(u64, usize)> {
    let text = align(word, length);
    let stops = non_digits(text);
    if stops == 0 {
        return (length != 0).then(|| (eight_digits(text), 0));
    }
    // What stands in front of the point moves up by one. Nothing else may be there, nor the point alone.
    let point = stops >> 7;
    let front = text & point.wrapping_sub(1);
    let behind = text ^ front ^ point.wrapping_mul(POINT);
    let is_point = behind & (point << 8).wrapping_sub(1) == 0;
    if stops & stops.wrapping_sub(1) != 0 || !is_point || length < 2 {
        return None;
    }
    Some((eight_digits(behind | (front << 8)), (stops.leading_zeros() >> 3) as usize))
}

/// `digits[.digits]` of nine to sixteen characters, at most eight of them in front of the point.
#[inline]
fn long(bytes: &[u8], start: usize, length: usize) -> Option<(u64, usize)> {
    let text = load(bytes, start);
    let points = matches(text, b'.');
    if points == 0 {
        return None;
    }
    let whole = (points.trailing_zeros() >> 3) as usize;
    let fraction = length.wrapping_sub(whole).wrapping_sub(1);
    let next = start.wrapping_add(whole).wrapping_add(1);
    let front = align(text, whole);
    let behind = align(load(bytes, next), fraction.min(8));
    let mut stops = non_digits(front) | non_digits(behind);
    let mut value = eight_digits(behind);
    if fraction > 8 {
        let more = fraction.wrapping_sub(8);
        let tail = align(load(bytes, next.wrapping_add(8)), more);
        stops |= non_digits(tail);
        value = value.wrapping_mul(*SHIFTS.get(more)?).wrapping_add(eight_digits(tail));
    }
    value = value.wrapping_add(eight_digits(front).wrapping_mul(*SHIFTS.get(fraction)?));
    (stops == 0 && value <= EXACT).then_some((value, fraction))
}

#[cfg(test)]
mod tests;
