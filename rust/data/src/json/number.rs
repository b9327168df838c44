//! Numbers of JSON (RFC 8259 6), which are fewer than those of decimal and integer strings: no plus, no leading zero, a digit on both sides
//! of the point.

/// True where a text is a number as JSON writes them.
pub(super) fn is_number(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(unsigned);
    let Some((first, rest)) = unsigned.split_at_checked(whole) else { return false };
    if whole == 0 || (whole > 1 && first.first() == Some(&b'0')) {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        None => rest,
        Some(fraction) => match digits(fraction) {
            0 => return false,
            count => fraction.get(count..).unwrap_or_default(),
        },
    };
    let [b'e' | b'E', exponent @ ..] = rest else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Appends a number; those that are none are strings, because JSON has no word for them.
pub(super) fn float(number: f64, out: &mut Vec<u8>) {
    use std::io::Write;
    // Writing to a vector cannot fail.
    let _ = match number {
        _ if number.is_nan() => out.write(b"\"NaN\""),
        f64::INFINITY => out.write(b"\"Infinity\""),
        f64::NEG_INFINITY => out.write(b"\"-Infinity\""),
        _ => return drop(write!(out, "{number:?}")),
    };
}

/// Appends a whole number.
pub(super) fn whole(number: impl std::fmt::Display, out: &mut Vec<u8>) {
    use std::io::Write;
    let _ = write!(out, "{number}");
}
