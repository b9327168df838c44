//! Syllables that KS X 1001 spells as filler and three letters (its annex 3), because it has 2350 of 11172 ready-made.

/// The row of the letters.
const ROW: u8 = 0xA4;
/// The filler: it begins a syllable, and in last place says that there is no final consonant.
const FILLER: u8 = 0xD4;
/// The first of the 30 consonants and of the 21 vowels.
const CONSONANTS: u8 = 0xA1;
const VOWELS: u8 = 0xBF;

/// The consonants, counted from 0, that can begin a syllable, in the order of Unicode.
const INITIALS: [u8; 19] = [0, 1, 3, 6, 7, 8, 16, 17, 18, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29];
/// Those that cannot end one.
const NEVER_FINAL: [u8; 3] = [7, 18, 24];

const FIRST: u32 = 0xAC00;
const COUNT: u32 = 11_172;

/// The syllable of eight bytes.
pub(super) fn compose(bytes: [u8; 8]) -> Option<char> {
    let [ROW, FILLER, ROW, initial, ROW, medial, ROW, last] = bytes else {
        return None;
    };
    let initial = initial.checked_sub(CONSONANTS)?;
    let initial = u32::try_from(INITIALS.iter().position(|&consonant| consonant == initial)?).ok()?;
    let medial = u32::from(medial.checked_sub(VOWELS).filter(|&vowel| vowel < 21)?);
    let last = if last == FILLER {
        0
    } else {
        let consonant = last.checked_sub(CONSONANTS).filter(|&consonant| consonant < 30)?;
        let place = finals().position(|other| other == consonant)?;
        u32::try_from(place).ok()? + 1
    };
    char::from_u32(FIRST + (initial * 21 + medial) * 28 + last)
}

/// The eight bytes of a syllable.
pub(super) fn decompose(syllable: char) -> Option<[u8; 8]> {
    let index = u32::from(syllable).checked_sub(FIRST).filter(|&index| index < COUNT)?;
    let initial = *INITIALS.get(usize::try_from(index / (21 * 28)).ok()?)?;
    let medial = u8::try_from(index / 28 % 21).ok()?;
    let last = match usize::try_from(index % 28).ok()?.checked_sub(1) {
        Some(place) => finals().nth(place)? + CONSONANTS,
        None => FILLER,
    };
    Some([ROW, FILLER, ROW, initial + CONSONANTS, ROW, medial + VOWELS, ROW, last])
}

fn finals() -> impl Iterator<Item = u8> {
    (0..30).filter(|consonant| !NEVER_FINAL.contains(consonant))
}

#[cfg(test)]
mod tests {
    use super::{compose, decompose};
    use crate::{Charset, TextKind};

    #[test]
    fn every_syllable_has_its_eight_bytes() {
        for syllable in '가'..='힣' {
            assert_eq!(decompose(syllable).and_then(compose), Some(syllable));
        }
        assert_eq!(decompose('ㄱ'), None);
    }

    #[test]
    fn rare_syllables_are_spelt_and_common_ones_are_not() {
        let (charset, _) = Charset::from_value(b"\\ISO 2022 IR 149");
        let bytes = b"\x1b$)C\xa4\xd4\xa4\xa8\xa4\xc7\xa4\xb1";
        assert_eq!(charset.decode(bytes), ("똠".into(), false));
        assert_eq!(charset.encode("똠", TextKind::Text).unwrap(), bytes);
        assert_eq!(charset.encode("가", TextKind::Text).unwrap(), b"\x1b$)C\xb0\xa1");
        // A filler that begins no syllable.
        assert!(charset.decode(b"\x1b$)C\xa4\xd4\xa4\xa1\xa4\xa1\xa4\xa1").1);
    }
}
