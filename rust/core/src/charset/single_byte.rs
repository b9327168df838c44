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
    let index = table.iter().position(|&entry| entry == code)?;
    u8::try_from(index + 0xA0).ok()
}
