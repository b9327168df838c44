//! The grammar of DA, TM and DT (PS3.5 table 6.2-1), ranges of queries included (PS3.4 C.2.2.2.5).

/// `YYYYMMDD`, a day of the calendar; or a range of two, one end of which may be open.
pub(super) fn is_date(value: &[u8]) -> bool {
    is_range(
        value,
        &|part| matches!(digits(part), Some((digits, [])) if part.len() == 8 && is_moment(digits)),
    )
}

/// `HH[MM[SS[.F{1,6}]]]`, or a range.
pub(super) fn is_time(value: &[u8]) -> bool {
    is_range(value, &|part| {
        let Some((clock, rest)) = digits(part) else { return false };
        matches!(clock.len(), 2 | 4 | 6)
            && is_clock(clock)
            && (rest.is_empty() || clock.len() == 6 && is_fraction(rest))
    })
}

/// `YYYY[MM[DD[HH[MM[SS[.F{1,6}]]]]]][&ZZXX]`, or a range.
pub(super) fn is_date_time(value: &[u8]) -> bool {
    is_range(value, &|part| {
        let Some((moment, rest)) = digits(part) else { return false };
        let split = rest.iter().position(|byte| matches!(byte, b'+' | b'-')).unwrap_or(rest.len());
        let Some((fraction, offset)) = rest.split_at_checked(split) else { return false };
        is_moment(moment)
            && (fraction.is_empty() || moment.len() == 14 && is_fraction(fraction))
            && (offset.is_empty() || is_offset(offset))
    })
}

/// One value, or two with a hyphen between them; `-value` and `value-` are open ranges.
///
/// A hyphen is also the sign of a DT's offset, so every one is tried as the divider, and a value has at most four.
fn is_range(value: &[u8], is_single: &dyn Fn(&[u8]) -> bool) -> bool {
    if is_single(value) {
        return true;
    }
    if value.len() > 56 {
        return false;
    }
    value.iter().enumerate().filter(|&(_, &byte)| byte == b'-').any(|(at, _)| {
        let (Some(from), Some(to)) = (value.get(..at), value.get(at + 1..)) else { return false };
        let (from, to) = (from.trim_ascii_end(), to.trim_ascii_end());
        (from.is_empty() || is_single(from))
            && (to.is_empty() || is_single(to))
            && !(from.is_empty() && to.is_empty())
    })
}

/// The digits in front, and the rest. `None` where there are none.
fn digits(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = value.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
    value.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())
}

/// A year, and as many pairs of digits as follow it: month, day, hour, minute, second.
fn is_moment(digits: &[u8]) -> bool {
    let (4 | 6 | 8 | 10 | 12 | 14) = digits.len() else { return false };
    let (date, clock) = digits.split_at_checked(8).unwrap_or((digits, &[]));
    let year = number(date.get(..4).unwrap_or_default());
    let month = date.get(4..6).map_or(1, number);
    let day = date.get(6..8).map_or(1, number);
    year >= 1 && (1..=12).contains(&month) && day >= 1 && day <= days(year, month) && is_clock(clock)
}

/// Pairs of digits: hour, minute, second; the sixtieth is a leap second.
fn is_clock(digits: &[u8]) -> bool {
    let pair = |at: usize| digits.get(at..at + 2).map_or(0, number);
    pair(0) < 24 && pair(2) < 60 && pair(4) <= 60
}

/// A point and one to six digits.
fn is_fraction(value: &[u8]) -> bool {
    matches!(value, [b'.', digits @ ..] if (1..=6).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit))
}

/// `&ZZXX` from -1200 to +1400.
fn is_offset(value: &[u8]) -> bool {
    let [sign, digits @ ..] = value else { return false };
    if digits.len() != 4 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let offset = number(digits);
    offset % 100 < 60 && offset <= if *sign == b'-' { 1200 } else { 1400 }
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().take(8).fold(0, |sum, &digit| sum * 10 + u32::from(digit.wrapping_sub(b'0')))
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_date, is_date_time, is_time};

    #[test]
    fn dates() {
        for sound in ["20240229", "20200101-20201231", "20200101-", "-20201231", "00010101"] {
            assert!(is_date(sound.as_bytes()), "{sound}");
        }
        for broken in [
            "20230229",
            "2024",
            "202402",
            "20241301",
            "20240100",
            "2024.02.29",
            "-",
            "20200101--20201231",
            "x",
        ] {
            assert!(!is_date(broken.as_bytes()), "{broken}");
        }
    }

    #[test]
    fn times() {
        for sound in ["10", "1030", "103060", "103000.1", "103000.123456", "10-1130", "-2359", "0000-"] {
            assert!(is_time(sound.as_bytes()), "{sound}");
        }
        for broken in
            ["1", "103", "24", "1060", "103061", "103000.", "103000.1234567", "1030.5", "10:30:00", ""]
        {
            assert!(!is_time(broken.as_bytes()), "{broken}");
        }
    }

    #[test]
    fn date_times() {
        let sound = [
            "2024",
            "202402",
            "20240229103000.123456+0100",
            "2024-0500",
            "2024-0500-2025-0500",
            "2024-2025",
            "-2024+0100",
            "20240229-",
            "2024+1400",
        ];
        for value in sound {
            assert!(is_date_time(value.as_bytes()), "{value}");
        }
        for broken in [
            "",
            "-",
            "0000",
            "20240229103000.",
            "2024+1401",
            "2024-1201-",
            "2024+01",
            "202402291030.5",
            "2024--",
        ] {
            assert!(!is_date_time(broken.as_bytes()), "{broken}");
        }
    }
}
