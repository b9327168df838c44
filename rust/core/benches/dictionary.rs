//! What a look-up costs: `cargo bench -p radiogram-core`. The keys come in a scattered order, as a header's never do.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use radiogram_core::dictionary::{self, private};
use radiogram_core::{Syntax, Tag, uid};

#[expect(clippy::cast_precision_loss, reason = "a few thousand keys")]
fn measure<Key: Copy, Found>(name: &str, keys: &[Key], look: impl Fn(Key) -> Found) {
    let mut best = f64::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        for key in keys {
            black_box(look(black_box(*key)));
        }
        best = best.min(start.elapsed().as_secs_f64() / keys.len() as f64 * 1e9);
    }
    let _ = writeln!(std::io::stdout(), "{name:<40} {best:8.1} ns");
}

/// Every key, in steps of a prime that is in no table's length.
fn scattered<Key: Copy>(keys: &[Key]) -> Vec<Key> {
    (0..keys.len()).filter_map(|index| keys.get(index * 7_919 % keys.len()).copied()).collect()
}

fn main() {
    let entries: Vec<_> = dictionary::iter().collect();
    let tags = scattered(&entries.iter().map(|entry| entry.tag).collect::<Vec<_>>());
    let keywords = scattered(&entries.iter().map(|entry| entry.keyword).collect::<Vec<_>>());
    let header: Vec<_> = entries.iter().map(|entry| entry.tag).filter(|tag| tag.group() < 0x0018).collect();
    let private_tags: Vec<_> = (0..256).map(|element| Tag(0x0019_1000 + element)).collect();
    let uids = scattered(&uid::iter().map(|entry| entry.uid).collect::<Vec<_>>());
    let syntaxes: Vec<_> = Syntax::all().iter().map(|syntax| syntax.uid).collect();

    measure("vr_of, the tags of a header in order", &header, dictionary::vr_of);
    measure("vr_of, every tag scattered", &tags, dictionary::vr_of);
    measure("vr_of, private tags", &private_tags, dictionary::vr_of);
    measure("vr_of, an overlay's", &[Tag(0x6002_0010); 1000], dictionary::vr_of);
    measure("by_tag, every tag scattered", &tags, dictionary::by_tag);
    measure("by_keyword, every keyword scattered", &keywords, dictionary::by_keyword);
    measure("by_keyword, Rows", &["Rows"; 1000], dictionary::by_keyword);
    measure("by_keyword, unknown", &["RowsAndColumns"; 1000], dictionary::by_keyword);
    measure("nearest_keywords", &["PatientNam"; 20], |keyword| dictionary::nearest_keywords(keyword, 3));
    measure("private::lookup", &private_tags, |tag| private::lookup("GEMS_ACQU_01", tag));
    if let Some(creator) = private::Creator::find("GEMS_ACQU_01") {
        measure("private::Creator::lookup", &private_tags, |tag| creator.lookup(tag));
    }
    measure("uid::lookup, every UID scattered", &uids, uid::lookup);
    measure("Syntax::from_uid", &syntaxes, Syntax::from_uid);
}
