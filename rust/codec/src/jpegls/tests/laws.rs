//! What was encoded decodes to the same samples, or within what was allowed: every depth, count, interleave, kind of image.

use crate::fuzz::mutator::{Random, rounds};
use crate::jpegls::{Interleave, JpegLs, JpegLsEncoder, Presets};
use crate::simd::Level;
use crate::{Decoder, Encoder, ErrorKind, Image};

/// Samples of an image, as words: noise, slopes, flats with specks, stripes, extremes, or all in turn.
fn picture(random: &mut Random, image: &Image, top: u16) -> Vec<u16> {
    let kind = random.below(7);
    let (columns, components) = (image.columns as usize, usize::from(image.components));
    let spread = 1 + random.below(usize::from(top) + 1);
    let base = random.below(usize::from(top) + 1);
    (0..image.samples().unwrap())
        .map(|at| {
            let (row, column) = (at / (columns * components), at / components % columns);
            let kind = if kind == 6 { row / 3 % 6 } else { kind };
            let value = match kind {
                0 => random.below(usize::from(top) + 1),
                1 => (row * 3 + column * 5 + at % components) % (usize::from(top) + 1),
                2 => {
                    if random.below(40) == 0 {
                        random.below(usize::from(top) + 1)
                    } else {
                        base
                    }
                }
                3 => {
                    if column / 3 % 2 == 0 {
                        0
                    } else {
                        usize::from(top)
                    }
                }
                4 => {
                    if random.below(2) == 0 {
                        0
                    } else {
                        usize::from(top)
                    }
                }
                _ => (base + random.below(spread)).min(usize::from(top)),
            };
            value as u16
        })
        .collect()
}

fn bytes(image: &Image, samples: &[u16]) -> Vec<u8> {
    if image.sample_size() == 1 {
        samples.iter().map(|&sample| sample as u8).collect()
    } else {
        samples.iter().flat_map(|sample| sample.to_ne_bytes()).collect()
    }
}

fn words(image: &Image, bytes: &[u8]) -> Vec<u16> {
    if image.sample_size() == 1 {
        bytes.iter().map(|&byte| u16::from(byte)).collect()
    } else {
        bytes.as_chunks().0.iter().map(|&bytes| u16::from_ne_bytes(bytes)).collect()
    }
}

/// Decodes by plain and by wide code, which must agree; nothing may be read past.
fn decode(stream: &[u8]) -> (Image, Vec<u8>) {
    let image = JpegLs.describe(stream).unwrap();
    let both = [Level::SCALAR, Level::best()].map(|level| {
        let mut out = vec![0x55; image.len().unwrap()];
        let done = JpegLs::decode_with(level, stream, &image, &mut out).unwrap();
        assert_eq!((done.used, done.fault), (stream.len(), None));
        out
    });
    assert_eq!(both[0], both[1], "plain and wide code differ");
    let [out, _] = both;
    (image, out)
}

/// Options that fit the image.
fn options(random: &mut Random, image: &Image) -> (JpegLsEncoder, u16) {
    let top = u16::MAX >> (16 - image.precision);
    let mut options = JpegLsEncoder {
        near: if random.below(2) == 0 { 0 } else { random.below(usize::from(top / 2).min(255) + 1) as u8 },
        interleave: [Interleave::None, Interleave::Line, Interleave::Sample][random.below(3)],
        restart: if random.below(3) == 0 { 1 + random.below(5) as u32 } else { 0 },
        ..JpegLsEncoder::default()
    };
    if image.components > 4 {
        options.interleave = Interleave::None;
    }
    if random.below(3) > 0 {
        return (options, top);
    }
    let maxval = (1 + random.below(usize::from(top))) as u16;
    options.near = options.near.min((maxval / 2).min(255) as u8);
    let between = |random: &mut Random, low: u16| low + random.below(usize::from(maxval - low) + 1) as u16;
    let t1 = between(random, (u16::from(options.near) + 1).min(maxval));
    let t2 = between(random, t1);
    let t3 = between(random, t2);
    let reset = 3 + random.below(usize::from(maxval.max(255)) - 2) as u16;
    options.presets = Presets { maxval, t1, t2, t3, reset };
    (options, maxval)
}

#[test]
fn what_was_encoded_decodes_to_the_same() {
    let mut random = Random(87);
    for round in rounds(3000) {
        let image = Image {
            rows: 1 + random.below(24) as u32,
            columns: 1 + random.below(if round % 16 == 0 { 320 } else { 60 }) as u32,
            components: 1 + [0, 0, 1, 2, 2, 3, 4][random.below(7)],
            precision: 2 + (round % 15) as u8,
            is_signed: false,
        };
        let (options, top) = options(&mut random, &image);
        let samples = picture(&mut random, &image, top);
        let raw = bytes(&image, &samples);
        let mut stream = Vec::new();
        options.encode_into(&raw, &image, &mut stream).unwrap();
        let mut again = Vec::new();
        let together = if options.interleave == Interleave::None { 1 } else { usize::from(image.components) };
        options.encode_with(Level::SCALAR, &image, &raw, together, &mut again).unwrap();
        assert_eq!(stream, again, "plain and wide code differ");
        let (described, out) = decode(&stream);
        assert_eq!(described, image);
        let largest = words(&image, &out).iter().zip(&samples).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(
            largest <= u16::from(options.near),
            "round {round}: differs by {largest}; {image:?} {options:?}"
        );
    }
}

#[test]
fn signed_samples_keep_their_bits() {
    let image = Image { rows: 3, columns: 5, components: 1, precision: 12, is_signed: true };
    let samples: Vec<u16> = (0..15).map(|at: i16| (at * 300 - 2048).cast_unsigned()).collect();
    let mut stream = Vec::new();
    JpegLsEncoder::default().encode_into(&bytes(&image, &samples), &image, &mut stream).unwrap();
    let (image, out) = decode(&stream);
    let expected: Vec<u16> = samples.iter().map(|sample| sample & 0xFFF).collect();
    assert_eq!(words(&image, &out), expected);
}

#[test]
fn an_image_wider_than_a_frame_header_can_say() {
    let image = Image { rows: 2, columns: 70_000, components: 1, precision: 8, is_signed: false };
    let samples: Vec<u8> = (0..140_000_u32).map(|at| (at / 7) as u8).collect();
    let mut stream = Vec::new();
    JpegLsEncoder::default().encode_into(&samples, &image, &mut stream).unwrap();
    assert_eq!(decode(&stream), (image, samples));
}

#[test]
fn what_does_not_fit_is_refused() {
    let image = Image { rows: 2, columns: 2, components: 1, precision: 4, is_signed: false };
    let mut out = vec![7];
    for (options, image, samples) in [
        (JpegLsEncoder::default(), image, &[0, 1, 2, 16][..]),
        (JpegLsEncoder::default(), image, &[0, 1, 2]),
        (JpegLsEncoder::default(), Image { precision: 17, ..image }, &[0; 16]),
        (JpegLsEncoder::default(), Image { rows: 0, ..image }, &[]),
        (JpegLsEncoder { near: 8, ..JpegLsEncoder::default() }, image, &[0; 4]),
        (
            JpegLsEncoder { interleave: Interleave::Line, ..JpegLsEncoder::default() },
            Image { components: 5, ..image },
            &[0; 20],
        ),
    ] {
        assert_eq!(options.encode_into(samples, &image, &mut out).unwrap_err().kind, ErrorKind::Argument);
        assert_eq!(out, [7]);
    }
}
