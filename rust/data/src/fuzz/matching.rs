//! Matching: every data set is what it asks for itself.

use std::sync::Arc;

use crate::matching::{Options as Matching, matches};
use crate::{Options, Source, read};

/// Takes any bytes as a query and as what is looked through.
///
/// # Panics
///
/// Where a data set does not match itself.
pub fn fuzz_matching(data: &[u8]) {
    let options = Options { force: true, ..Options::default() };
    let Ok(document) = read(Source::Memory(Arc::new(data.to_vec())), &options) else { return };
    for is_set in [true, false] {
        let agreed = Matching { names_ignore_case: is_set, names_are_fuzzy: is_set, ..Matching::default() };
        // Values that are not there cannot be looked at.
        if let Ok(found) = matches(&document, &document, agreed) {
            assert!(found, "it does not match itself");
        }
        // Moments of two data sets: whatever comes of it, it ends.
        let zone = is_set.then_some(90);
        let _ = matches(&document, &document, Matching { combines_date_and_time: true, zone, ..agreed });
    }
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

    use super::fuzz_matching;
    use crate::fuzz::index::tests::{PIECES, sound};

    /// Values that patterns, ranges and groups are made of.
    const VALUES: [&[u8]; 8] =
        [b"*?", b"20200101-", b"-0500", b"A^B=C", b"==", b"1.2\\\\3", b"2020010112+0100", b"  ^ = "];

    #[test]
    fn fuzz_queries() {
        let mut random = Random(20_280_101);
        let pieces: Vec<&[u8]> = PIECES.iter().chain(&VALUES).copied().collect();
        fuzz_matching(&sound());
        for _ in rounds(5_000) {
            let mut data = sound();
            mutate(&mut random, &mut data, &pieces);
            fuzz_matching(&data);
        }
    }
}
