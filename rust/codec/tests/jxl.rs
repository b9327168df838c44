//! JPEG XL: codestreams of others, in the corpus: what a reference decoder gives, and JPEGs that come back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's own files")]

mod corpus;

use radiogram_codec::dct::Dct;
use radiogram_codec::jxl::{Jxl, begins, has_jpeg, recompress_jpeg, reconstruct_jpeg};
use radiogram_codec::{Decoder, ErrorKind};

/// The conformance streams that DICOM could carry: what is known of each.
const STREAMS: [(&str, u32, u32, u16, u8); 6] = [
    ("alpha_nonpremultiplied", 1024, 1024, 3, 12),
    ("alpha_triangles", 1024, 1024, 3, 9),
    ("delta_palette", 0, 0, 3, 8),
    ("grayscale", 200, 200, 1, 8),
    ("patches", 1096, 1600, 3, 8),
    ("patches_lossless", 0, 0, 3, 8),
];

#[test]
fn conformance_streams_are_read() {
    let Some(folder) = corpus::folder() else { return };
    for (name, rows, columns, components, precision) in STREAMS {
        let path = folder.join("codec/libjxl+conformance/testcases").join(name).join("input.jxl");
        let stream = std::fs::read(path).unwrap();
        assert!(begins(&stream));
        assert!(!has_jpeg(&stream));
        let image = Jxl.describe(&stream).unwrap();
        assert_eq!((image.components, image.precision), (components, precision), "{name}");
        assert!(rows == 0 || (image.rows, image.columns) == (rows, columns), "{name}: {image:?}");
        let mut out = vec![0; image.len().unwrap()];
        let decoded = Jxl.decode_into(&stream, &image, &mut out).unwrap();
        assert_eq!(
            decoded.fault.is_some(),
            name.starts_with("alpha") || name.starts_with("patches"),
            "{name}"
        );
        assert_eq!(reconstruct_jpeg(&stream).unwrap_err().kind, ErrorKind::Unsupported);
    }
}

#[test]
fn recompressed_frames_give_their_jpegs_back() {
    let Some(folder) = corpus::folder() else { return };
    let name = "dicom/dcm4che+dcm4che/dcm4che-test-data/src/main/resources/will-jxl.dcm";
    let file = std::fs::read(folder.join(name)).unwrap();
    let fragments = corpus::fragments(&file);
    for codestream in fragments.iter().take(3) {
        assert!(has_jpeg(codestream));
        let jpeg = reconstruct_jpeg(codestream).unwrap();
        assert!(jpeg.starts_with(&[0xFF, 0xD8, 0xFF]));
        assert!(jpeg[jpeg.len() - 3..].windows(2).any(|two| two == [0xFF, 0xD9]));
        // A comment, which has its marker once.
        assert!(jpeg.windows(13).any(|part| part == b"\xFF\xFE\0-Intel(R) "), "{:?}", &jpeg[..40]);
        // The picture of the codestream and that of the JPEG are one.
        let image = Jxl.describe(codestream).unwrap();
        let decoder = Dct { colour: radiogram_codec::dct::Colour::Rgb, ..Dct::default() };
        let same = decoder.describe(&jpeg).unwrap();
        assert_eq!((image.rows, image.columns), (same.rows, same.columns));
        let (mut one, mut other) = (vec![0; image.len().unwrap()], vec![0; same.len().unwrap()]);
        Jxl.decode_into(codestream, &image, &mut one).unwrap();
        decoder.decode_into(&jpeg, &same, &mut other).unwrap();
        let differences = one.iter().zip(&other).map(|(a, b)| u64::from(a.abs_diff(*b)));
        assert!(differences.sum::<u64>() < one.len() as u64 * 2, "less than two of 255 in the mean");
        // What ends early has no JPEG.
        for end in [40, 60, codestream.len() / 2, codestream.len() - 40] {
            assert!(reconstruct_jpeg(&codestream[..end]).is_err(), "{end}");
        }
    }
}

#[test]
fn no_jpeg_is_recompressed() {
    let error = recompress_jpeg(b"\xFF\xD8\xFF\xD9").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
}
