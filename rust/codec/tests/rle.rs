//! RLE: images of every depth come back; headers and segments that lie are read where there is one reading, and refused where a sample would be
//! a guess; real files decode to the samples that two unrelated decoders agree on.
#![expect(clippy::unwrap_used, reason = "a test")]

mod corpus;

use radiogram_codec::rle::Rle;
use radiogram_codec::{Decoder, Encoder, ErrorKind, Image};
use radiogram_mutator::Random;

const fn image(rows: u32, columns: u32, components: u16, precision: u8) -> Image {
    Image { rows, columns, components, precision, is_signed: false }
}

fn decode(codestream: &[u8], image: &Image) -> Result<(Vec<u8>, Option<&'static str>), ErrorKind> {
    let mut out = vec![0; image.len().unwrap()];
    let decoded = Rle.decode_into(codestream, image, &mut out).map_err(|error| error.kind)?;
    assert!(decoded.used <= codestream.len());
    Ok((out, decoded.fault.map(|fault| fault.1)))
}

/// Bytes of a kind: noise, one value, runs of random lengths, pairs.
fn bytes(random: &mut Random, length: usize, kind: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < length {
        let byte = random.byte();
        match kind {
            0 => bytes.push(byte),
            1 => bytes.resize(length, 9),
            2 => bytes.resize(bytes.len() + 1 + random.below(300), byte),
            _ => bytes.extend([byte, byte]),
        }
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn every_depth_comes_back() {
    let mut random = Random(1);
    let sizes = [(1, 1), (1, 2), (7, 3), (3, 128), (5, 129), (2, 255), (1, 5000), (90, 70)];
    for (precision, most) in [(1, 15), (8, 15), (12, 7), (16, 7), (32, 3), (64, 1)] {
        for components in 1..=most {
            for (rows, columns) in sizes {
                for kind in 0..4 {
                    let image = image(rows, columns, components, precision);
                    let samples = bytes(&mut random, image.len().unwrap(), kind);
                    let mut codestream = b"before".to_vec();
                    Rle.encode_into(&samples, &image, &mut codestream).unwrap();
                    assert!(decode(&codestream[6..], &image) == Ok((samples, None)), "{image:?} {kind}");
                }
            }
        }
    }
    let sixteen = image(2, 2, 4, 32);
    assert_eq!(
        Rle.encode_into(&[0; 64], &sixteen, &mut Vec::new()).unwrap_err().kind,
        ErrorKind::Unsupported
    );
    assert_eq!(decode(&[1; 99], &sixteen), Err(ErrorKind::Unsupported));
}

/// PS3.5 G.3.1: a row begins anew; G.3: segments of even length.
#[test]
fn rows_begin_anew() {
    let mut codestream = Vec::new();
    Rle.encode_into(&[5; 2 * 130], &image(2, 130, 1, 8), &mut codestream).unwrap();
    assert_eq!(codestream[64..], [129, 5, 255, 5, 129, 5, 255, 5]);
    codestream.clear();
    Rle.encode_into(&[1, 2, 2, 3, 3, 3, 4], &image(1, 7, 1, 8), &mut codestream).unwrap();
    assert_eq!(codestream[64..], [2, 1, 2, 2, 254, 3, 0, 4]);
    codestream.clear();
    Rle.encode_into(&[1, 2], &image(1, 2, 1, 8), &mut codestream).unwrap();
    assert_eq!(codestream[64..], [1, 1, 2, 0]);
}

fn header(count: u32, offsets: &[u32]) -> Vec<u8> {
    let mut header = count.to_le_bytes().to_vec();
    header.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
    header.resize(64, 0);
    header
}

fn frame(count: u32, offsets: &[u32], segments: &[u8]) -> Vec<u8> {
    [&header(count, offsets)[..], segments].concat()
}

#[test]
fn faults_with_one_reading_are_read_past() {
    let two = image(1, 4, 1, 16);
    let expected: Vec<u8> =
        [0x0105_u16, 0x0106, 0x0107, 0x0108].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    let read = |frame: &[u8]| decode(frame, &two).unwrap();
    let high = [253, 1];
    let low = [3, 5, 6, 7, 8];
    assert_eq!(read(&frame(2, &[64, 66], &[&high[..], &low].concat())), (expected.clone(), None));
    let is_noted = |frame: &[u8]| {
        let (samples, fault) = read(frame);
        assert_eq!(samples, expected);
        assert!(fault.is_some());
    };
    is_noted(&frame(2, &[69, 64], &[&low[..], &high].concat()));
    is_noted(&frame(1, &[64, 66], &[&high[..], &low].concat()));
    is_noted(&frame(3, &[64, 66, 71], &[&high[..], &low, &[0, 0]].concat()));
    is_noted(&frame(2, &[66, 68], &[&[0, 0], &high[..], &low].concat()));
    // -128 means nothing, and a run may go on beyond the plane's end.
    assert_eq!(
        read(&frame(2, &[64, 68], &[&[128, 128], &high[..], &low].concat())),
        (expected.clone(), None)
    );
    let longer = [250, 1];
    assert_eq!(read(&frame(2, &[64, 66], &[&longer[..], &low].concat())), (expected, None));
}

#[test]
fn what_would_be_a_guess_is_an_error() {
    let one = image(1, 4, 1, 8);
    let two = image(1, 4, 1, 16);
    let low = [3, 5, 6, 7, 8];
    assert_eq!(decode(&frame(1, &[64], &low)[..40], &one), Err(ErrorKind::Truncated));
    assert_eq!(decode(&frame(1, &[64], &low), &two), Err(ErrorKind::Malformed), "a plane is missing");
    assert_eq!(decode(&frame(1, &[3], &low), &one), Err(ErrorKind::Malformed), "a segment in the header");
    assert_eq!(decode(&frame(1, &[99], &low), &one), Err(ErrorKind::Truncated), "a segment after the end");
    for length in 0..5 {
        assert_eq!(decode(&frame(1, &[64], &low[..length]), &one), Err(ErrorKind::Truncated), "{length}");
    }
    assert_eq!(decode(&frame(1, &[64], &[128; 9]), &one), Err(ErrorKind::Truncated));
    assert_eq!(decode(&frame(1, &[64], &[253]), &one), Err(ErrorKind::Truncated));
    assert!(Rle.describe(&frame(1, &[64], &low)).is_err());
    assert!(Rle.decode_into(&frame(1, &[64], &low), &one, &mut [0; 3]).is_err());
    assert_eq!(Rle.encode_into(&[0; 3], &one, &mut Vec::new()).unwrap_err().kind, ErrorKind::Argument);
    assert!(Rle.encode_into(&[], &image(0, 0, 1, 8), &mut Vec::new()).is_err());
}

#[test]
fn the_corpus_is_exact() {
    let Some(folder) = corpus::folder() else { return };
    let mut count = 0;
    for row in corpus::rows(&folder) {
        if row["transfer_syntax"] != "1.2.840.10008.1.2.5" || row["pixel_sha256"].is_empty() {
            continue;
        }
        let number = |name| u32::try_from(corpus::number(&row, name)).unwrap();
        let components = u16::try_from(number("spp")).unwrap();
        let image = image(
            number("rows"),
            number("cols"),
            components,
            u8::try_from(number("bits_allocated")).unwrap(),
        );
        let file = std::fs::read(folder.join(&row["file"])).unwrap();
        let mut pixels = Vec::new();
        for codestream in corpus::fragments(&file) {
            let (out, fault) = decode(codestream, &image).unwrap();
            assert_eq!(fault, None, "{}", row["file"]);
            let mut encoded = Vec::new();
            Rle.encode_into(&out, &image, &mut encoded).unwrap();
            assert!(decode(&encoded, &image) == Ok((out.clone(), None)), "{}", row["file"]);
            pixels.extend(out);
        }
        assert_eq!(corpus::sha256(&pixels), row["pixel_sha256"], "{}", row["file"]);
        count += 1;
    }
    assert_eq!(count, 17);
}
