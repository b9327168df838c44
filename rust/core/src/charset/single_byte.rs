//! The single-byte sets: a byte above 7F to its character, and back.

use super::set::Set;
use super::tables::{
    ARABIC, CYRILLIC, GREEK, HEBREW, KATAKANA, LATIN1, LATIN2, LATIN3, LATIN4, LATIN5, LATIN9, THAI,
    UpperHalf,
};

/// The upper half of a set, or `None` for the sets that are not single-byte or have none.
pub(super) const fn upper_half(set: Set) -> Option<&'static UpperHalf> {
    Some(match set {
        Set::Latin1 => &LATIN1,
        Set::Latin2 => &LATIN2,
        Set::Latin3 => &LATIN3,
        Set::Latin4 => &LATIN4,
        Set::Cyrillic => &CYRILLIC,
        Set::Arabic => &ARABIC,
        Set::Greek => &GREEK,
        Set::Hebrew => &HEBREW,
        Set::Latin5 => &LATIN5,
        Set::Latin9 => &LATIN9,
        Set::Thai => &THAI,
        Set::Katakana => &KATAKANA,
        _ => return None,
    })
}

/// The character of a byte of A0-FF, where the set has one there.
#[inline]
pub(super) fn character(table: &UpperHalf, byte: u8) -> Option<char> {
    match table.get(usize::from(byte).wrapping_sub(0xA0)) {
        Some(&code) if code != 0 => char::from_u32(u32::from(code)),
        _ => None,
    }
}

/// The byte of a character, where the set has it.
pub(super) fn byte(table: &UpperHalf, character: char) -> Option<u8> {
    let code = u16::try_from(u32::from(character)).ok().filter(|&code| code != 0)?;
    // An alphabet is in one run in every set, so that the distance to E8, one of its letters, mostly tells the place.
    let letter = table.get(usize::from(ALPHABET)).copied().unwrap_or(0);
    let likely = usize::from(code.wrapping_sub(letter).wrapping_add(ALPHABET));
    let index = match table.get(likely) {
        Some(&entry) if entry == code => likely,
        _ => table.iter().position(|&entry| entry == code)?,
    };
    u8::try_from(index + 0xA0).ok()
}

/// Where E8 is in the upper half.
const ALPHABET: u16 = 0xE8 - 0xA0;

#[cfg(test)]
mod tests {
    use super::{byte, character, upper_half};
    use crate::charset::set::Set;
    use crate::{Charset, TextKind};

    #[test]
    fn every_character_reads_and_writes_the_same() {
        for (set, count) in [
            (Set::Latin1, 96),
            (Set::Latin2, 96),
            (Set::Latin3, 89),
            (Set::Latin4, 96),
            (Set::Cyrillic, 96),
            (Set::Arabic, 51),
            (Set::Greek, 93),
            (Set::Hebrew, 60),
            (Set::Latin5, 96),
            (Set::Latin9, 96),
            (Set::Thai, 88),
            (Set::Katakana, 63),
        ] {
            let (charset, flagged) = Charset::from_value(set.term(false).as_bytes());
            assert!(!flagged);
            let table = upper_half(set).unwrap();
            let codes: Vec<u8> = (0x80..=0xFF).filter(|&code| character(table, code).is_some()).collect();
            assert_eq!(codes.len(), count, "{set:?}");
            for code in codes {
                let text = character(table, code).unwrap();
                assert_eq!(byte(table, text), Some(code));
                assert_eq!(charset.encode(&text.to_string(), TextKind::Text).unwrap(), [code]);
                assert_eq!(charset.decode(&[code]), (text.to_string().into(), false));
            }
        }
    }

    #[test]
    fn sets_that_the_web_confuses_with_pages_of_windows_are_themselves() {
        for (value, code, text) in [
            ("ISO_IR 100", 0x80, '\u{80}'),
            ("ISO_IR 148", 0x9F, '\u{9F}'),
            ("ISO_IR 166", 0x80, '\u{80}'),
            ("ISO_IR 138", 0xAA, '\u{D7}'),
            ("ISO_IR 126", 0xA2, '\u{2019}'),
        ] {
            let (charset, _) = Charset::from_value(value.as_bytes());
            assert_eq!(charset.decode(&[code]).0, text.to_string(), "{value}");
        }
    }
}
