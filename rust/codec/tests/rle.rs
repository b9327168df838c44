//! Real files of RLE decode to the samples that two unrelated decoders agree on, and come back from our encoder.

mod corpus;

use radiogram_codec::rle::{Rle, encode};
use radiogram_codec::{Decoder, Image};

#[test]
fn the_corpus_is_exact() {
    let Some(folder) = corpus::folder() else { return };
    let mut count = 0;
    for row in corpus::rows(&folder) {
        if row["transfer_syntax"] != "1.2.840.10008.1.2.5" || row["pixel_sha256"].is_empty() {
            continue;
        }
        let number = |name| u32::try_from(corpus::number(&row, name)).unwrap();
        let image = Image {
            rows: number("rows"),
            columns: number("cols"),
            components: u16::try_from(number("spp")).unwrap(),
            precision: u8::try_from(number("bits_allocated")).unwrap(),
            is_signed: false,
        };
        let file = std::fs::read(folder.join(&row["file"])).unwrap();
        let mut pixels = Vec::new();
        for codestream in corpus::fragments(&file) {
            let mut out = vec![0; image.len().unwrap()];
            let decoded = Rle.decode_into(codestream, &image, &mut out).unwrap();
            assert_eq!(decoded.fault, None, "{}", row["file"]);
            let mut again = vec![0; out.len()];
            let mut encoded = Vec::new();
            encode(&out, &image, &mut encoded).unwrap();
            Rle.decode_into(&encoded, &image, &mut again).unwrap();
            assert!(again == out, "{}", row["file"]);
            pixels.extend(out);
        }
        assert_eq!(corpus::sha256(&pixels), row["pixel_sha256"], "{}", row["file"]);
        count += 1;
    }
    assert_eq!(count, 17);
}
