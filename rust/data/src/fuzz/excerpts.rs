//! Excerpts: whatever the bytes and however they are cut, the same is taken out, and no more than there is room for.

use std::sync::Arc;

use radiogram_core::{Syntax, Tag, syntax};

use crate::excerpt::{Excerpt, Taken, Wanted};
use crate::{Options, Source, read};

/// Takes any bytes for a data set in each encoding.
///
/// # Panics
///
/// Where a promise does not hold.
pub fn fuzz_excerpt(data: &[u8]) {
    let tags = [0x0008_1140, 0x0009_1001, 0x0010_0010, 0x0028_0106, 0x0040_A730].map(Tag);
    let wanted = Arc::new(Wanted::new(&tags).expect("tags that a data set has"));
    let uids =
        [syntax::EXPLICIT_LITTLE, syntax::IMPLICIT_LITTLE, syntax::EXPLICIT_BIG, syntax::DEFLATED_LITTLE];
    for uid in uids {
        let syntax = Syntax::from_uid(uid).expect("a transfer syntax of the standard");
        let take = |chunk: usize| -> Taken {
            let mut excerpt = Excerpt::new(Arc::clone(&wanted), syntax, "1.2", "1.2.3");
            for piece in data.chunks(chunk) {
                if !excerpt.take(piece) {
                    break;
                }
            }
            excerpt.finish()
        };
        let whole = take(data.len().max(1));
        assert!(whole.file.len() < 1 << 20, "there is an end of what is kept");
        assert!(whole == take(5) && whole == take(1), "how it is cut changes nothing");
        let found =
            read(Source::Memory(Arc::new(whole.file)), &Options { force: true, ..Options::default() });
        assert!(found.is_ok(), "what was taken out is a file");
    }
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

    use super::fuzz_excerpt;
    use crate::fuzz::index::tests::{PIECES, sound};

    #[test]
    fn fuzz_taking_out() {
        let mut random = Random(20_290_515);
        // The data set alone: behind the meta information.
        let (_, begin) = crate::meta::Meta::find(&sound()).unwrap();
        for _ in rounds(5_000) {
            let mut data = sound().split_off(begin);
            mutate(&mut random, &mut data, &PIECES);
            fuzz_excerpt(&data);
        }
    }
}
