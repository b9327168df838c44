//! The sets that allow no code extensions: UTF-8, GB 18030 and GBK.

use std::borrow::Cow;

use encoding_rs::GB18030;

use super::iso2022::ESCAPE;

/// UTF-8. A faulty sequence becomes U+FFFD.
pub(super) fn decode_utf8(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let escapes = bytes.contains(&ESCAPE);
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), escapes),
        Err(_) => (String::from_utf8_lossy(bytes), true),
    }
}

/// GB 18030. A faulty sequence becomes U+FFFD.
pub(super) fn decode_gb18030(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let (text, bad) = GB18030.decode_without_bom_handling(bytes);
    // The web reads a lone 80 as the euro sign; GB 18030 does not.
    let odd = bytes.contains(&ESCAPE) || (bytes.contains(&0x80) && units(bytes).any(|unit| unit == [0x80]));
    (text, bad || odd)
}

/// GBK: what GB 18030 says in one or two bytes, without the private use area.
pub(super) fn decode_gbk(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let (text, flagged) = decode_gb18030(bytes);
    let odd = units(bytes).any(|unit| unit.len() == 4) || text.chars().any(is_private);
    (text, flagged || odd)
}

/// True for the characters of GB 18030 that GBK leaves to its users.
pub(super) const fn is_private(character: char) -> bool {
    matches!(character, '\u{E000}'..='\u{F8FF}')
}

/// The characters' bytes: one, two or four each.
pub(super) fn units(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let length = match rest {
            [] => return None,
            [0x81..=0xFE, 0x30..=0x39, ..] => 4,
            [0x81..=0xFE, _, ..] => 2,
            _ => 1,
        };
        let (unit, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        rest = after;
        Some(unit)
    })
}
