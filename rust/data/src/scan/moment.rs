//! Days, times of day and moments as numbers (PS3.5 table 6.2-1).

/// A moment as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Microseconds from the beginning of 1970 on, as the clock stood where it was written.
    pub clock: i64,
    /// Minutes that this clock was ahead of UTC, where that was written with it.
    pub offset: Option<i32>,
}

/// The moment that `YYYYMMDDHH[MM[SS[.F{1,6}]]][&ZZXX]` is; `None` for one that breaks off before the hour: that is a day, a month or a
/// year, and no moment of it was meant.
pub fn moment_from(text: &[u8]) -> Option<Moment> {
    let text = text.trim_ascii_end();
    let sign = text.iter().position(|byte| matches!(byte, b'+' | b'-'));
    let (clock, offset) = match sign {
        Some(at) => (text.get(..at)?, Some(offset_from(text.get(at..)?)?)),
        None => (text, None),
    };
    let (day, time) = clock.split_at_checked(8)?;
    // What DA takes from ACR-NEMA 2.0 has no place here.
    let day = i64::from(date_from(day).filter(|_| !day.contains(&b'.') && !day.contains(&b' '))?);
    Some(Moment { clock: day * 86_400_000_000 + time_from(time)?, offset })
}

/// Minutes of `&ZZXX`: from -1200 to +1400; -0000 is none.
fn offset_from(text: &[u8]) -> Option<i32> {
    let (sign, digits) = text.split_first()?;
    if digits.len() != 4 {
        return None;
    }
    let (hours, minutes) = (number(digits.get(..2)?)?, number(digits.get(2..)?)?);
    let offset = hours * 60 + minutes;
    match sign {
        b'+' => (minutes < 60 && offset <= 14 * 60).then_some(offset),
        _ => (minutes < 60 && (1..=12 * 60).contains(&offset)).then_some(-offset),
    }
}

/// Days since 1970-01-01 of `YYYYMMDD`, and of `YYYY.MM.DD`, which ACR-NEMA 2.0 wrote; `None` for what is no single day.
pub fn date_from(text: &[u8]) -> Option<i32> {
    let text = text.trim_ascii();
    let (year, month, day) = match text {
        [y @ .., b'.', m1, m2, b'.', d1, d2] if y.len() == 4 => {
            (number(y)?, number(&[*m1, *m2])?, number(&[*d1, *d2])?)
        }
        _ if text.len() == 8 => (number(text.get(..4)?)?, number(text.get(4..6)?)?, number(text.get(6..)?)?),
        _ => return None,
    };
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if year == 0 || day == 0 || day > longest {
        return None;
    }
    // Years that begin in March have the leap day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    Some(days - 719_468)
}

/// Microseconds since midnight of `HH[MM[SS[.F{1,6}]]]`. A leap second, `60`, has no place in a day of 86,400 seconds.
pub fn time_from(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii_end();
    let (clock, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(6) => (text.get(..6)?, text.get(7..)?),
        Some(_) => return None,
        None => (text, &[][..]),
    };
    if !matches!(clock.len(), 2 | 4 | 6) || fraction.len() > 6 || (text.len() > 6 && fraction.is_empty()) {
        return None;
    }
    let pair = |at: usize| clock.get(at..at + 2).map_or(Some(0), number);
    let (hour, minute, second) = (pair(0)?, pair(2)?, pair(4)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut micros = if fraction.is_empty() { 0 } else { number(fraction)? };
    for _ in fraction.len()..6 {
        micros *= 10;
    }
    let seconds = hour * 3600 + minute * 60 + second;
    Some(i64::from(seconds) * 1_000_000 + i64::from(if fraction.is_empty() { 0 } else { micros }))
}

/// At most eight digits and nothing else.
fn number(digits: &[u8]) -> Option<i32> {
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    digits
        .iter()
        .try_fold(0_i32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i32::from(digit - b'0')))
}
