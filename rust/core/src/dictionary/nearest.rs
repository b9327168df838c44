//! The keywords nearest to a misspelled one, for messages.

use super::iter;

/// Letters of a keyword that are looked at: the longest of the standard has 88.
const LONGEST: usize = 96;

/// Letters that may differ: past that it is another word.
const FARTHEST: usize = 4;

/// Up to `count` keywords that a misspelled one may have meant, the nearest first.
///
/// Near is a Levenshtein distance, case aside, of no more than a third of the letters and never more than four.
pub fn nearest_keywords(keyword: &str, count: usize) -> Vec<&'static str> {
    let letters = keyword.as_bytes();
    if letters.is_empty() || letters.len() > LONGEST || count == 0 {
        return Vec::new();
    }
    let reach = (letters.len() / 3).clamp(1, FARTHEST);
    let mut near: Vec<(usize, &str)> = iter()
        .filter(|entry| !entry.keyword.is_empty() && entry.keyword.len().abs_diff(letters.len()) <= reach)
        .filter_map(|entry| Some((distance(letters, entry.keyword.as_bytes(), reach)?, entry.keyword)))
        .collect();
    near.sort_unstable();
    near.truncate(count);
    near.into_iter().map(|(_, keyword)| keyword).collect()
}

/// The Levenshtein distance of two words, case aside, or `None` past `reach`.
fn distance(left: &[u8], right: &[u8], reach: usize) -> Option<usize> {
    // row[i] is the distance of the first i letters of `left` to the letters of `right` read so far.
    let mut row = [0_usize; LONGEST + 1];
    for (index, cell) in row.iter_mut().enumerate() {
        *cell = index;
    }
    for (index, letter) in right.iter().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut least = before;
        for (cell, other) in row.iter_mut().skip(1).zip(left) {
            let above = *cell;
            let changed = diagonal + usize::from(!letter.eq_ignore_ascii_case(other));
            before = changed.min(above + 1).min(before + 1);
            *cell = before;
            diagonal = above;
            least = least.min(before);
        }
        if least > reach {
            return None;
        }
    }
    let last = if left.is_empty() { right.len() } else { *row.get(left.len())? };
    (last <= reach).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest_keywords};

    #[test]
    fn typing_mistakes_are_found() {
        assert_eq!(nearest_keywords("PatientNam", 1), ["PatientName"]);
        assert_eq!(nearest_keywords("patientname", 1), ["PatientName"]);
        assert_eq!(nearest_keywords("Row", 2).first(), Some(&"Rows"));
        assert!(nearest_keywords("Zebra_crossing_in_the_rain", 3).is_empty());
        assert!(nearest_keywords("", 3).is_empty());
        assert!(nearest_keywords(&"x".repeat(10_000), 3).is_empty());
    }

    #[test]
    fn distances() {
        assert_eq!(distance(b"kitten", b"sitting", 5), Some(3));
        assert_eq!(distance(b"kitten", b"sitting", 2), None);
        assert_eq!(distance(b"abc", b"ABC", 1), Some(0));
    }
}
