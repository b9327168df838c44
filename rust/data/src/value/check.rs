//! What a value breaks of the rules of its VR (PS3.5 table 6.2-1): lengths, characters, padding, grammar.

use std::borrow::Cow;

use radiogram_core::{ProblemKind, Vr};

use super::number::trim_end_by;
use super::{Report, date_time};

/// A report that hears of each kind of problem once: the second of a thousand bad numbers says nothing new.
pub(super) struct Once<'s, 'r> {
    report: &'s mut Report<'r>,
    said: u64,
}

impl<'s, 'r> Once<'s, 'r> {
    pub(super) fn new(report: &'s mut Report<'r>) -> Self {
        Self { report, said: 0 }
    }

    pub(super) fn say(&mut self, kind: ProblemKind, assumed: impl FnOnce() -> Cow<'static, str>) {
        let bit = 1_u64.checked_shl(kind as u32).unwrap_or(0);
        if self.said & bit == 0 {
            self.said |= bit;
            (self.report)(kind, assumed());
        }
    }
}

/// Sets of characters, one bit each.
mod class {
    pub(super) const NUL: u16 = 1;
    /// Tab, LF, FF, CR: the controls that the text VRs know.
    pub(super) const BREAK: u16 = 1 << 1;
    /// ESC, which belongs to the character set.
    pub(super) const ESCAPE: u16 = 1 << 2;
    pub(super) const CONTROL: u16 = 1 << 3;
    pub(super) const SPACE: u16 = 1 << 4;
    pub(super) const DIGIT: u16 = 1 << 5;
    pub(super) const UPPER: u16 = 1 << 6;
    pub(super) const UNDERSCORE: u16 = 1 << 7;
    pub(super) const BACKSLASH: u16 = 1 << 8;
    /// Printable, and allowed in a URI.
    pub(super) const URI: u16 = 1 << 9;
    /// Printable, and none of the above.
    pub(super) const OTHER: u16 = 1 << 10;
    pub(super) const HIGH: u16 = 1 << 11;

    /// The default repertoire without controls (PS3.5 6.1.1).
    pub(super) const PRINTABLE: u16 = SPACE | DIGIT | UPPER | UNDERSCORE | BACKSLASH | URI | OTHER;

    pub(super) const fn of(byte: u8) -> u16 {
        match byte {
            0 => NUL,
            b'\t' | b'\n' | 0x0C | b'\r' => BREAK,
            0x1B => ESCAPE,
            0x01..=0x1F | 0x7F => CONTROL,
            b' ' => SPACE,
            b'0'..=b'9' => DIGIT,
            b'A'..=b'Z' => UPPER,
            b'_' => UNDERSCORE,
            b'\\' => BACKSLASH,
            b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' => OTHER,
            0x21..=0x7E => URI,
            0x80.. => HIGH,
        }
    }

    pub(super) const TABLE: [u16; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < table.len() {
            #[expect(
                clippy::indexing_slicing,
                clippy::cast_possible_truncation,
                reason = "bounded by the loop"
            )]
            {
                table[byte] = of(byte as u8);
            }
            byte += 1;
        }
        table
    };
}

/// The characters of a whole element: `BadPadding` and `OutsideRepertoire`. One pass.
pub(super) fn repertoire(vr: Vr, bytes: &[u8], report: &mut Once<'_, '_>) {
    use class::{
        BACKSLASH, BREAK, DIGIT, ESCAPE, HIGH, NUL, PRINTABLE, SPACE, TABLE, UNDERSCORE, UPPER, URI,
    };
    let bytes = match (vr, bytes) {
        // PS3.5 9.1: one NUL pads a UID to an even length.
        (Vr::UI, [uid @ .., 0]) => uid,
        // PS3.5 6.2: UR ends in spaces where it is padded.
        (Vr::UR, _) => trim_end_by(bytes, |byte| byte == b' '),
        _ => bytes,
    };
    let seen = bytes.iter().fold(0, |seen, &byte| seen | TABLE.get(usize::from(byte)).copied().unwrap_or(0));
    let (mut padding, allowed) = match vr {
        Vr::CS => (NUL | BREAK, UPPER | DIGIT | SPACE | UNDERSCORE | BACKSLASH),
        Vr::LT | Vr::ST | Vr::UT => (NUL, PRINTABLE | BREAK | ESCAPE | HIGH),
        Vr::LO | Vr::PN | Vr::SH | Vr::UC => (NUL | BREAK, PRINTABLE | ESCAPE | HIGH),
        Vr::UR => (NUL | BREAK, URI | UPPER | DIGIT | UNDERSCORE),
        _ => (NUL | BREAK, PRINTABLE),
    };
    if vr == Vr::UI {
        padding |= SPACE;
    }
    if seen & padding != 0 {
        report.say(ProblemKind::BadPadding, || {
            "the characters at the ends are stripped, those between are kept".into()
        });
    }
    if seen & !(allowed | padding) != 0 {
        report.say(ProblemKind::OutsideRepertoire, || "kept as it stands".into());
    }
}

/// What the character set could not decode.
pub(super) fn outside(outside: bool, report: &mut Once<'_, '_>) {
    if outside {
        report.say(ProblemKind::OutsideRepertoire, || "read as the character set comes nearest to it".into());
    }
}

/// One value of a VR whose length is counted in bytes, without the padding round it.
pub(super) fn component(vr: Vr, value: &[u8], report: &mut Once<'_, '_>) {
    if value.is_empty() {
        return;
    }
    if longest(vr).is_some_and(|longest| value.len() > longest) {
        overlong(report);
    }
    let (sound, kind) = match vr {
        Vr::AS => (is_age(value), ProblemKind::BadDateTime),
        Vr::DA => (date_time::is_date(value), ProblemKind::BadDateTime),
        Vr::DT => (date_time::is_date_time(value), ProblemKind::BadDateTime),
        Vr::TM => (date_time::is_time(value), ProblemKind::BadDateTime),
        Vr::UI => (is_uid(value), ProblemKind::BadUid),
        _ => return,
    };
    if !sound {
        report.say(kind, || "kept as text".into());
    }
}

/// One value of a VR whose length is counted in characters.
pub(super) fn characters(vr: Vr, value: &str, report: &mut Once<'_, '_>) {
    if let Some(longest) = longest(vr)
        && value.len() > longest
        && value.chars().nth(longest).is_some()
    {
        overlong(report);
    }
}

/// One person name: at most three component groups, each of at most 64 characters (PS3.5 6.2.1).
pub(super) fn name(name: &str, report: &mut Once<'_, '_>) {
    if name.len() > 64 {
        name.split('=').for_each(|group| characters(Vr::PN, group, report));
    }
    if name.trim_end_matches('=').split('=').nth(3).is_some() {
        report.say(ProblemKind::OverlongValue, || "the component groups behind the third are kept".into());
    }
}

fn overlong(report: &mut Once<'_, '_>) {
    report.say(ProblemKind::OverlongValue, || "kept whole".into());
}

/// The longest value: in bytes, in characters where a character set governs the text, a component group in PN.
fn longest(vr: Vr) -> Option<usize> {
    let longest = usize::try_from(vr.max_length()?.0).ok()?;
    match vr {
        // The value may come from a query, where a range is two of them and a hyphen, each padded (PS3.4 C.2.2.2.5).
        Vr::DA | Vr::DT | Vr::TM => Some(2 * longest + 2),
        _ => Some(longest),
    }
}

/// `nnnD`, `nnnW`, `nnnM` or `nnnY`.
fn is_age(value: &[u8]) -> bool {
    matches!(value, [a, b, c, b'D' | b'W' | b'M' | b'Y'] if [a, b, c].iter().all(|digit| digit.is_ascii_digit()))
}

/// Numbers between points, none of them empty or with a leading zero (PS3.5 9.1).
fn is_uid(value: &[u8]) -> bool {
    value.split(|&byte| byte == b'.').all(|component| match component {
        [b'0'] => true,
        [] | [b'0', ..] => false,
        digits => digits.iter().all(u8::is_ascii_digit),
    })
}

#[cfg(test)]
mod tests;
