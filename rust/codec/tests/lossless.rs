//! Real files of JPEG lossless decode to the samples that two unrelated decoders agree on.

mod corpus;

use radiogram_codec::Decoder;
use radiogram_codec::lossless::Lossless;

/// Fragments of one codestream together: a new one begins with SOI.
fn codestreams(fragments: Vec<&[u8]>) -> Vec<Vec<u8>> {
    let mut joined: Vec<Vec<u8>> = Vec::new();
    for fragment in fragments {
        match joined.last_mut() {
            Some(last) if !fragment.starts_with(b"\xFF\xD8\xFF") => last.extend(fragment),
            _ => joined.push(fragment.to_vec()),
        }
    }
    joined
}

#[test]
fn the_corpus_is_exact() {
    let Some(folder) = corpus::folder() else { return };
    let syntaxes = ["1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"];
    let mut count = 0;
    for row in corpus::rows(&folder) {
        if !syntaxes.contains(&row["transfer_syntax"].as_str()) || row["agreement"] != "independent" {
            continue;
        }
        let file = std::fs::read(folder.join(&row["file"])).unwrap();
        let mut pixels = Vec::new();
        for codestream in codestreams(corpus::fragments(&file)) {
            let image = Lossless.describe(&codestream).unwrap();
            let mut out = vec![0; image.len().unwrap()];
            let decoded = Lossless.decode_into(&codestream, &image, &mut out).unwrap();
            assert_eq!(decoded.fault, None, "{}", row["file"]);
            pixels.extend(out);
        }
        assert_eq!(corpus::sha256(&pixels), row["pixel_sha256"], "{}", row["file"]);
        count += 1;
    }
    assert_eq!(count, 17);
}
