//! The 94 × 94 sets: a pair of bytes to its character and back, in tables made once from the decoders of `encoding_rs`.

use std::sync::OnceLock;

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS};

use super::set::Set;
use super::standalone::is_private;

/// One 94 × 94 set, both ways.
pub(super) struct Plane {
    /// By row and cell, 0 where there is no character.
    characters: Box<[u16]>,
    /// Character and bytes (7 bits each), ascending.
    codes: Box<[(u16, u16)]>,
}

const CELLS: usize = 94;

/// What differs between the set and the web's superset of it, which `encoding_rs` decodes.
struct Recipe {
    encoding: &'static Encoding,
    /// What goes before a pair with high bits, to reach the plane.
    shift: Option<u8>,
    /// Cells that the web added; each range is inclusive.
    added: &'static [(u16, u16)],
    /// Cells that the web maps to another character than the set's own.
    moved: &'static [(u16, u16)],
}

/// JIS X 0208 without the vendors' rows 13 and 89-92, with the characters of the Unicode Consortium's `JIS0208.TXT`.
const JIS0208: Recipe = Recipe {
    encoding: EUC_JP,
    shift: None,
    added: &[(0x2D21, 0x2D7E), (0x7921, 0x7C7E)],
    moved: &[
        (0x2141, 0x301C),
        (0x2142, 0x2016),
        (0x215D, 0x2212),
        (0x2171, 0x00A2),
        (0x2172, 0x00A3),
        (0x224C, 0x00AC),
    ],
};

/// JIS X 0212.
const JIS0212: Recipe =
    Recipe { encoding: EUC_JP, shift: Some(0x8F), added: &[], moved: &[(0x2237, 0x007E)] };

/// KS X 1001. Its filler is part of a spelt syllable, and no character alone.
const KSX1001: Recipe = Recipe { encoding: EUC_KR, shift: None, added: &[(0x2454, 0x2454)], moved: &[] };

/// GB 2312 without what GBK and GB 18030 added inside its plane.
const GB2312: Recipe = Recipe {
    encoding: GB18030,
    shift: None,
    added: &[
        (0x2221, 0x2230),
        (0x2263, 0x2264),
        (0x226F, 0x2270),
        (0x227D, 0x227E),
        (0x2474, 0x247E),
        (0x2577, 0x257E),
        (0x2639, 0x2640),
        (0x2659, 0x267E),
        (0x2742, 0x2750),
        (0x2772, 0x277E),
        (0x283B, 0x2844),
        (0x286A, 0x287E),
        (0x2921, 0x2923),
        (0x2970, 0x297E),
        (0x2A21, 0x2F7E),
        (0x577A, 0x577E),
        (0x7821, 0x7E7E),
    ],
    moved: &[(0x2124, 0x30FB), (0x212A, 0x2015)],
};

impl Plane {
    /// The plane of a set, or `None` for the sets that are not double-byte.
    pub(super) fn of(set: Set) -> Option<&'static Self> {
        static PLANES: [OnceLock<Plane>; 4] = [const { OnceLock::new() }; 4];
        let (index, recipe) = match set {
            Set::Jis0208 => (0, &JIS0208),
            Set::Jis0212 => (1, &JIS0212),
            Set::Ksx1001 => (2, &KSX1001),
            Set::Gb2312 => (3, &GB2312),
            _ => return None,
        };
        PLANES.get(index).map(|plane| plane.get_or_init(|| Self::make(recipe)))
    }

    fn make(recipe: &Recipe) -> Self {
        let mut characters = Vec::new();
        let mut codes = Vec::new();
        for code in (0x21..=0x7E_u16).flat_map(|row| (0x21..=0x7E).map(move |cell| row << 8 | cell)) {
            let character = recipe.character(code).unwrap_or(0);
            characters.push(character);
            if character != 0 {
                codes.push((character, code));
            }
        }
        codes.sort_unstable();
        Self { characters: characters.into(), codes: codes.into() }
    }

    /// The character of a pair, whose high bits are ignored.
    #[inline]
    pub(super) fn character(&self, pair: [u8; 2]) -> Option<char> {
        let row = usize::from(pair[0] & 0x7F).wrapping_sub(0x21);
        let cell = usize::from(pair[1] & 0x7F).wrapping_sub(0x21);
        if cell >= CELLS {
            return None;
        }
        match self.characters.get(row.wrapping_mul(CELLS).wrapping_add(cell)) {
            Some(&code) if code != 0 => char::from_u32(u32::from(code)),
            _ => None,
        }
    }

    /// The pair of a character, 7 bits each.
    pub(super) fn pair(&self, character: char) -> Option<[u8; 2]> {
        let character = u16::try_from(u32::from(character)).ok()?;
        let found = self.codes.binary_search_by_key(&character, |&(character, _)| character).ok()?;
        self.codes.get(found).map(|&(_, code)| code.to_be_bytes())
    }
}

impl Recipe {
    fn character(&self, code: u16) -> Option<u16> {
        if self.added.iter().any(|&(first, last)| (first..=last).contains(&code)) {
            return None;
        }
        if let Some(&(_, character)) = self.moved.iter().find(|&&(moved, _)| moved == code) {
            return Some(character);
        }
        let [row, cell] = (code | 0x8080).to_be_bytes();
        let character = match self.shift {
            Some(shift) => decode_one(self.encoding, &[shift, row, cell]),
            None => decode_one(self.encoding, &[row, cell]),
        }?;
        u16::try_from(u32::from(character)).ok()
    }
}

/// What a vendor's superset of a set has for a pair that the set lacks: NEC and IBM rows, unified Hangul, GBK, Shift JIS.
#[cold]
pub(super) fn vendor_character(set: Set, pair: [u8; 2]) -> Option<char> {
    match set {
        Set::Jis0208 => decode_one(EUC_JP, &pair.map(|byte| byte | 0x80)),
        Set::Ksx1001 => decode_one(EUC_KR, &pair),
        // A trail byte below 80 could as well be a delimiter after a stray byte.
        Set::Gb2312 if pair[1] >= 0x80 => decode_one(GB18030, &pair),
        Set::Katakana => decode_one(SHIFT_JIS, &pair).filter(|&character| !is_private(character)),
        _ => None,
    }
}

/// The one character that the bytes are, or `None`.
fn decode_one(encoding: &'static Encoding, bytes: &[u8]) -> Option<char> {
    let mut text = [0; 16];
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (_, read, written, bad) = decoder.decode_to_utf8(bytes, &mut text, true);
    if bad || read != bytes.len() {
        return None;
    }
    let text = std::str::from_utf8(text.get(..written)?).ok()?;
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::Plane;
    use crate::charset::set::Set;
    use crate::{Charset, TextKind};

    /// How many characters each standard has.
    const COUNTS: [(Set, usize); 4] =
        [(Set::Jis0208, 6879), (Set::Jis0212, 6067), (Set::Ksx1001, 8225), (Set::Gb2312, 7445)];

    #[test]
    fn every_character_reads_and_writes_the_same() {
        for (set, count) in COUNTS {
            let (charset, flagged) = Charset::from_value(format!("\\{}", set.term(true)).as_bytes());
            assert!(!flagged);
            let plane = Plane::of(set).unwrap();
            let pairs = (0x21..=0x7E).flat_map(|row| (0x21..=0x7E).map(move |cell| [row, cell]));
            let characters: Vec<([u8; 2], char)> =
                pairs.filter_map(|pair| Some((pair, plane.character(pair)?))).collect();
            assert_eq!(characters.len(), count, "{set:?}");
            for (pair, character) in characters {
                assert_eq!(plane.pair(character), Some(pair), "{set:?}");
                let text = character.to_string();
                let bytes = charset.encode(&text, TextKind::PersonName).unwrap();
                assert!(
                    character == '~'
                        || bytes.windows(2).any(|part| part == pair || part == pair.map(|byte| byte | 0x80))
                );
                assert_eq!(charset.decode(&bytes), (text.into(), false), "{set:?}");
            }
        }
    }

    #[test]
    fn characters_that_the_web_moved_are_the_standards_own() {
        for (set, pair, character) in [
            (Set::Jis0208, *b"!A", '\u{301C}'),
            (Set::Jis0208, *b"!]", '\u{2212}'),
            (Set::Jis0212, *b"\"7", '~'),
            (Set::Gb2312, *b"!$", '\u{30FB}'),
            (Set::Gb2312, *b"!*", '\u{2015}'),
            (Set::Ksx1001, *b"0!", '가'),
        ] {
            assert_eq!(Plane::of(set).unwrap().character(pair), Some(character), "{set:?}");
        }
    }
}
