//! Dates and times (PS3.4 C.2.2.2.5): single values, and ranges with either end open.

use radiogram_core::Vr;

/// What a value stands for: from its first to its last microsecond, because a time may leave out its minutes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Interval {
    low: i64,
    high: i64,
    /// Microseconds that the value is ahead of UTC, where it says so.
    ahead: Option<i64>,
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Whether a date or time is what a key says: equal to it where the key is one value, within it where it is a range. Both ends belong to a
/// range, and an end that leaves out its minutes lasts to the end of its hour. What is no date or time is compared as text.
pub(super) fn matches(vr: Vr, key: &str, value: &str, zones: Option<Zones>) -> bool {
    let Some(value_at) = interval(vr, value) else { return key == value };
    let of_value = zones.filter(|_| vr == Vr::DT).map(|zones| zones.data_set);
    holds(vr, key, Interval { ahead: value_at.ahead.or(of_value), ..value_at }, zones)
}

/// Whether a key holds for a value.
fn holds(vr: Vr, key: &str, value_at: Interval, zones: Option<Zones>) -> bool {
    let of_key = zones.filter(|_| vr == Vr::DT).map(|zones| zones.query);
    let local = |one: Interval| Interval { ahead: one.ahead.or(of_key), ..one };
    // A key that is a value as a whole is one: the hyphen in front of an offset from UTC is not that of a range (PS3.5 6.2).
    if let Some(wanted) = interval(vr, key) {
        return compare(local(wanted), value_at, |wanted, found| wanted.low == found.low);
    }
    let Some((from, to)) = ends(vr, key) else { return false };
    from.is_none_or(|from| compare(local(from), value_at, |from, found| from.low <= found.low))
        && to.is_none_or(|to| compare(local(to), value_at, |to, found| found.low <= to.high))
}

/// The ends of a range, where the key is one.
fn ends(vr: Vr, key: &str) -> Option<(Option<Interval>, Option<Interval>)> {
    key.match_indices('-').find_map(|(at, _)| {
        let (from, to) = (key.get(..at)?.trim(), key.get(at + 1..)?.trim());
        let end = |text: &str| if text.is_empty() { Some(None) } else { interval(vr, text).map(Some) };
        Some((end(from)?, end(to)?)).filter(|(from, to)| from.is_some() || to.is_some())
    })
}

/// The offsets from UTC of the query and of the data set, in microseconds, where the one is brought into the other (PS3.4 C.4.1.1.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Zones {
    pub(super) query: i64,
    pub(super) data_set: i64,
}

/// Microseconds of an offset from UTC such as `+0130`.
pub(super) fn offset(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).filter(|digits| digits.len() == 4)?;
    let ahead = number(digits.get(..2)?)? * HOUR + number(digits.get(2..)?)? * MINUTE;
    Some(if text.starts_with('-') { -ahead } else { ahead })
}

/// A date and the time that belongs to it, of a query and of a data set; empty where one is missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    pub(super) date: &'a str,
    pub(super) time: &'a str,
}

/// Whether a date and its time are what two keys say. Where both keys are ranges that are to be one, the range goes from the first date and
/// time to the last ones (PS3.4 C.2.2.2.5.3); else each key is for itself.
pub(super) fn moment_matches(
    keys: Moment<'_>,
    values: Moment<'_>,
    combines: bool,
    zones: Option<Zones>,
) -> bool {
    let shift = zones.map_or(0, |zones| zones.query - zones.data_set);
    let (day, clock) = (date(values.date), time(values.time));
    // A day without a time may be one of two days elsewhere: it stays what it is.
    let start = day.map(|day| day.low + clock.map_or(0, |clock| clock.low + shift));
    let length = clock.map_or(DAY, |clock| clock.high - clock.low + 1);
    let both = combines.then(|| Some((ends(Vr::DA, keys.date)?, ends(Vr::TM, keys.time)?))).flatten();
    if let Some((days, clocks)) = both {
        let Some(start) = start else { return false };
        let first = days.0.map(|day| day.low + clocks.0.map_or(0, |clock| clock.low));
        let last = days.1.map(|day| clocks.1.map_or(day.high, |clock| day.low + clock.high));
        return first.is_none_or(|first| first <= start) && last.is_none_or(|last| start <= last);
    }
    let is_day = keys.date.is_empty()
        || start.map_or_else(
            || keys.date == values.date,
            |start| {
                let low = start.div_euclid(DAY) * DAY;
                holds(Vr::DA, keys.date, Interval { low, high: low + DAY - 1, ahead: None }, None)
            },
        );
    let is_time = keys.time.is_empty()
        || clock.map_or_else(
            || keys.time == values.time,
            |clock| {
                let low = (clock.low + shift).rem_euclid(DAY);
                holds(Vr::TM, keys.time, Interval { low, high: low + length - 1, ahead: None }, None)
            },
        );
    is_day && is_time
}

/// Offsets from UTC count where both sides have one; else both are taken to be local.
fn compare(key: Interval, value: Interval, holds: impl Fn(Interval, Interval) -> bool) -> bool {
    let shift =
        |one: Interval, ahead: i64| Interval { low: one.low - ahead, high: one.high - ahead, ahead: None };
    match (key.ahead, value.ahead) {
        (Some(of_key), Some(of_value)) => holds(shift(key, of_key), shift(value, of_value)),
        _ => holds(key, value),
    }
}

fn interval(vr: Vr, text: &str) -> Option<Interval> {
    match vr {
        Vr::DA => date(text),
        Vr::TM => time(text),
        _ => date_time(text),
    }
}

/// `YYYYMMDD`, or `YYYY.MM.DD` as before 1993.
fn date(text: &str) -> Option<Interval> {
    let digits = if text.len() == 10 { text.replace('.', "") } else { text.to_owned() };
    if digits.len() != 8 {
        return None;
    }
    let low = days(&digits)? * DAY;
    Some(Interval { low, high: low + DAY - 1, ahead: None })
}

/// `HH`, `HHMM`, `HHMMSS`, `HHMMSS.F` with up to six digits; or with colons, as before 1993.
fn time(text: &str) -> Option<Interval> {
    let (low, length) = clock(&text.replace(':', ""))?;
    Some(Interval { low, high: low + length - 1, ahead: None })
}

/// Microseconds since midnight, and how long what is left out lasts.
fn clock(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let part = |at: usize, below: i64| {
        whole.get(at..at + 2).map_or(Some(0), |digits| number(digits).filter(|one| *one < below))
    };
    // A second that is put in is one of sixty-one.
    let low = part(0, 24)? * HOUR + part(2, 60)? * MINUTE + part(4, 61)? * SECOND;
    match (whole.len(), fraction.len()) {
        (2, 0) => Some((low, HOUR)),
        (4, 0) => Some((low, MINUTE)),
        (6, 0) => Some((low, SECOND)),
        (6, digits @ 1..=6) => {
            let unit = 10_i64.pow(u32::try_from(6 - digits).ok()?);
            Some((low + number(fraction)? * unit, unit))
        }
        _ => None,
    }
}

/// `YYYY` and as much of `MMDDHHMMSS.FFFFFF` as is known, and an offset from UTC `+ZZXX`.
fn date_time(text: &str) -> Option<Interval> {
    let (body, ahead) = match text.len().checked_sub(5).and_then(|at| text.split_at_checked(at)) {
        Some((body, offset)) if offset.starts_with(['+', '-']) => {
            let ahead = number(offset.get(1..3)?)? * HOUR + number(offset.get(3..5)?)? * MINUTE;
            let is_possible =
                (-12 * HOUR..=14 * HOUR).contains(&if offset.starts_with('-') { -ahead } else { ahead });
            if !is_possible {
                return None;
            }
            (body, Some(if offset.starts_with('-') { -ahead } else { ahead }))
        }
        _ => (text, None),
    };
    let (low, high) = match body.len() {
        4 | 6 => {
            let first = format!("{body}{}", "0101".get(body.len() - 4..)?);
            let low = days(&first)?;
            // The first of the next year or month.
            let (year, month) = (number(body.get(..4)?)?, body.get(4..6).map_or(Some(12), number)?);
            let next = if month == 12 { day_number(year + 1, 1, 1) } else { day_number(year, month + 1, 1) };
            (low * DAY, next * DAY - 1)
        }
        8 => (days(body)? * DAY, (days(body)? + 1) * DAY - 1),
        _ => {
            let (date, time) = body.split_at_checked(8)?;
            let (at, length) = clock(time)?;
            let low = days(date)? * DAY + at;
            (low, low + length - 1)
        }
    };
    Some(Interval { low, high, ahead })
}

fn number(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The number of the day of `YYYYMMDD`.
fn days(text: &str) -> Option<i64> {
    let (year, month, day) = (number(text.get(..4)?)?, number(text.get(4..6)?)?, number(text.get(6..)?)?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| day_number(year, month, day))
}

/// Days in the calendar of today, from any beginning: months are counted from March, so that a leap day is the last of its year.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (153 * month + 2) / 5
        + day
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(vr: Vr, key: &str, yes: &[&str], no: &[&str]) {
        for value in yes {
            assert!(matches(vr, key, value, None), "{key} {value}");
        }
        for value in no {
            assert!(!matches(vr, key, value, None), "{key} {value}");
        }
    }

    #[test]
    fn dates() {
        check(Vr::DA, "20200229", &["20200229", "2020.02.29"], &["20200228", "20200301", "", "x"]);
        check(
            Vr::DA,
            "20200101-20201231",
            &["20200101", "20200615", "20201231"],
            &["20191231", "20210101", ""],
        );
        check(Vr::DA, "-20201231", &["19000101", "20201231"], &["20210101"]);
        check(Vr::DA, "20200101 - ", &["20200101", "20300101"], &["20191231"]);
        check(Vr::DA, "nonsense", &["nonsense"], &["20200101"]);
        check(Vr::DA, "-", &[], &["20200101"]);
    }

    #[test]
    fn times() {
        check(Vr::TM, "1030", &["103000", "1030", "10:30", "103000.000"], &["103001", "10"]);
        check(Vr::TM, "10-11", &["10", "105959.999999", "1159", "110000"], &["0959", "120000"]);
        check(Vr::TM, "100000.5-", &["100000.5", "100000.500001"], &["100000.4", "10"]);
    }

    #[test]
    fn moments() {
        check(Vr::DT, "2020-2021", &["2020", "20211231235959.9", "202105"], &["2019", "2022"]);
        check(Vr::DT, "20200101-0500", &["20200101-0500", "2020010105+0000", "20200101"], &["20200101+0000"]);
        check(
            Vr::DT,
            "20200101-0500-20200102-0500",
            &["2020010110-0500", "2020010300+0000"],
            &["20191231235959-0500"],
        );
        check(
            Vr::DT,
            "20200101120000+0100-",
            &["20200101110000+0000", "202001011200"],
            &["20200101105959+0000"],
        );
    }

    #[test]
    fn a_date_and_its_time() {
        let asks = |date, time, combines, shift: i64| {
            let values = Moment { date: "20200706", time: "0830" };
            let zones = Some(Zones { query: shift * HOUR, data_set: 0 });
            moment_matches(Moment { date, time }, values, combines, zones)
        };
        // Of 5 July, 10 o'clock, to 7 July, 18 o'clock; and each for itself.
        assert!(asks("20200705-20200707", "10-18", true, 0) && !asks("20200705-20200707", "10-18", false, 0));
        assert!(!asks("20200706-20200707", "10-18", true, 0) && asks("-20200706", "-0830", true, 0));
        assert!(asks("20200705-", "10-", true, 0) && asks("20200706", "08-09", true, 0));
        assert!(asks("20200705", "2330", true, -9) && !asks("20200706", "", true, -9));
        assert!(asks("20200707", "", false, 16) && asks("", "0030", false, 16));
    }

    #[test]
    fn a_moment_in_another_zone() {
        let zones = Some(Zones { query: offset("+0200").unwrap(), data_set: offset("-0500").unwrap() });
        assert!(matches(Vr::DT, "202001011900", "202001011200", zones));
        assert!(matches(Vr::DT, "202001011900", "202001011800+0100", zones));
        assert!(!matches(Vr::DT, "202001011200-", "202001010400", zones));
        assert_eq!((offset("0200"), offset("+02"), offset("-0130")), (None, None, Some(-90 * MINUTE)));
    }

    #[test]
    fn days_follow_each_other() {
        assert_eq!(days("20200301").unwrap() - days("20200228").unwrap(), 2);
        assert_eq!(days("19000301").unwrap() - days("19000228").unwrap(), 1);
        assert_eq!(days("20000101").unwrap() - days("19700101").unwrap(), 10_957);
    }
}
