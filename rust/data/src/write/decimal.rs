//! A number as a decimal string of at most 16 characters (PS3.5 6.2: DS).

use radiogram_core::{Error, ErrorKind, Result};

/// The longest decimal string.
const LONGEST: usize = 16;

/// The decimal string nearest to a finite number: exact, and the shortest, where 16 characters are enough.
///
/// Of the forms that PS3.5 allows it uses those that every reader knows: at least one digit in front of the point.
pub fn decimal(value: f64) -> Result<String> {
    if !value.is_finite() {
        return Err(Error::new(ErrorKind::Value, "a decimal string must be a finite number"));
    }
    // + 0.0 turns -0.0 into 0.0.
    let value = value + 0.0;
    let plain = value.to_string();
    if plain.len() <= LONGEST {
        return Ok(plain);
    }
    let short = format!("{value:e}");
    if short.len() <= LONGEST {
        return Ok(short);
    }
    // Fixed or scientific, whichever keeps more of the number; each with as many digits as fit.
    let mut fixed = (0..LONGEST).rev().map(|digits| format!("{value:.digits$}"));
    let mut scientific = (0..LONGEST).rev().map(|digits| format!("{value:.digits$e}"));
    let off = |text: &String| text.parse::<f64>().map_or(f64::INFINITY, |read| (read - value).abs());
    // Near the largest number rounding up would leave the range.
    let fits = |text: &String| text.len() <= LONGEST && off(text).is_finite();
    let candidates = [fixed.find(fits), scientific.find(fits)];
    let best = candidates.into_iter().flatten().min_by(|a, b| off(a).total_cmp(&off(b)));
    best.ok_or_else(|| Error::new(ErrorKind::Value, "a number that is no decimal string of 16 characters"))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn short_numbers_are_exact() {
        for (value, text) in
            [(0.0, "0"), (-0.0, "0"), (1.0, "1"), (-1024.0, "-1024"), (0.7, "0.7"), (2.5e-3, "0.0025")]
        {
            assert_eq!(decimal(value).unwrap(), text);
        }
    }

    #[test]
    fn long_numbers_keep_what_sixteen_characters_hold() {
        assert_eq!(decimal(std::f64::consts::PI).unwrap(), "3.14159265358979");
        assert_eq!(decimal(-1.0 / 3.0).unwrap(), "-0.3333333333333");
        assert_eq!(decimal(1e300).unwrap(), "1e300");
        assert_eq!(decimal(-1.5e-20).unwrap(), "-1.5e-20");
        for exponent in -320..=308 {
            for mantissa in [1.0, -1.234_567_890_123_456_7, 9.999_999_999_999_999] {
                let value = mantissa * 10_f64.powi(exponent);
                if !value.is_finite() {
                    continue;
                }
                let text = decimal(value).unwrap();
                assert!(text.len() <= 16, "{text}");
                let read: f64 = text.parse().unwrap();
                assert!((read - value).abs() <= value.abs() * 1e-8 + 1e-320, "{text} for {value}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(decimal(value).is_err());
        }
        assert_eq!(decimal(f64::MAX).unwrap(), "1.79769313e308");
    }
}
