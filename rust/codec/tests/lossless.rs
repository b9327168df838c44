//! JPEG lossless: what the encoder writes comes back, whatever the image and the options; what a plain encoder writes bit by bit decodes,
//! with every liberty that T.81 gives; real files decode to the samples that two unrelated decoders agree on.
#![expect(clippy::unwrap_used, reason = "a test")]

mod corpus;
mod plain;

use plain::{Plain, put_segment};
use radiogram_codec::jpeg::HuffmanSpec;
use radiogram_codec::lossless::{Lossless, LosslessEncoder};
use radiogram_codec::simd::Level;
use radiogram_codec::{Decoder, Encoder, ErrorKind, Image};
use radiogram_mutator::Random;

const fn image(rows: u32, columns: u32, components: u16, precision: u8) -> Image {
    Image { rows, columns, components, precision, is_signed: false }
}

fn decode(codestream: &[u8]) -> Vec<u8> {
    let image = Lossless::default().describe(codestream).unwrap();
    let (mut out, mut other) = (vec![0; image.len().unwrap()], vec![0; image.len().unwrap()]);
    let decoded = Lossless::default().decode_into(codestream, &image, &mut out).unwrap();
    assert_eq!((decoded.used, decoded.fault), (codestream.len(), None));
    Lossless { level: Level::SCALAR }.decode_into(codestream, &image, &mut other).unwrap();
    assert!(out == other, "the same without special instructions");
    out
}

/// Samples of a kind: noise, a slope with some noise, one value, the extremes in turn, extremes at random.
fn samples(random: &mut Random, image: &Image, kind: usize) -> Vec<u16> {
    let most = u16::MAX >> (16 - image.precision);
    let mut slope = 0_u16;
    let sample = |index: usize| match kind {
        0 => u16::try_from(random.below(usize::from(most) + 1)).unwrap(),
        1 => {
            slope = slope.wrapping_add(u16::try_from(random.below(7)).unwrap());
            slope & most
        }
        2 => most / 3,
        3 => {
            if index.is_multiple_of(2) {
                0
            } else {
                most
            }
        }
        _ => {
            if random.below(2) == 0 {
                0
            } else {
                most
            }
        }
    };
    (0..image.samples().unwrap()).map(sample).collect()
}

fn bytes(samples: &[u16], image: &Image) -> Vec<u8> {
    let size = image.sample_size();
    let pair =
        |sample: &u16| if size == 1 { vec![sample.to_le_bytes()[0]] } else { sample.to_ne_bytes().to_vec() };
    samples.iter().flat_map(pair).collect()
}

#[test]
fn every_option_comes_back() {
    let mut random = Random(1);
    for precision in 2..=16 {
        for components in 1..=4 {
            for predictor in 1..=7 {
                for kind in 0..5 {
                    let sizes = [(1, 1), (1, 37), (23, 1), (9, 13), (2, 700)];
                    let (rows, columns) = sizes[random.below(5)];
                    let image = image(rows, columns, components, precision);
                    let samples = samples(&mut random, &image, kind);
                    let point_transform = if random.below(3) == 0 {
                        u8::try_from(random.below(usize::from(precision))).unwrap()
                    } else {
                        0
                    };
                    let restart_rows = u16::try_from(random.below(4)).unwrap();
                    let level = if random.below(2) == 0 { Level::SCALAR } else { Level::best() };
                    let options = LosslessEncoder { predictor, point_transform, restart_rows, level };
                    let mut codestream = Vec::new();
                    options.encode_into(&bytes(&samples, &image), &image, &mut codestream).unwrap();
                    let kept: Vec<u16> =
                        samples.iter().map(|sample| sample >> point_transform << point_transform).collect();
                    assert!(decode(&codestream) == bytes(&kept, &image), "{image:?} {options:?} {kind}");
                }
            }
        }
    }
}

#[test]
fn large_images_come_back() {
    let mut random = Random(2);
    for (components, precision) in [(1, 16), (1, 12), (1, 8), (3, 8), (4, 16), (2, 10)] {
        for kind in 0..5 {
            for predictor in 1..=7 {
                let image = image(211, 307, components, precision);
                let samples = bytes(&samples(&mut random, &image, kind), &image);
                let mut codestream = Vec::new();
                LosslessEncoder { predictor, ..LosslessEncoder::default() }
                    .encode_into(&samples, &image, &mut codestream)
                    .unwrap();
                assert!(decode(&codestream) == samples, "{image:?} {predictor} {kind}");
            }
        }
    }
    // A row longer than what is decoded at a time.
    let image = image(3, 65_535, 3, 16);
    let samples = bytes(&samples(&mut random, &image, 0), &image);
    let mut codestream = Vec::new();
    LosslessEncoder::default().encode_into(&samples, &image, &mut codestream).unwrap();
    assert!(decode(&codestream) == samples);
}

#[test]
fn signed_samples_are_their_low_bits() {
    let image = Image { is_signed: true, ..image(1, 4, 1, 12) };
    let samples: Vec<u8> = [-2048_i16, -1, 0, 2047].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    let mut codestream = Vec::new();
    LosslessEncoder::default().encode_into(&samples, &image, &mut codestream).unwrap();
    let expected: Vec<u8> =
        [0x800_u16, 0xFFF, 0, 0x7FF].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    assert_eq!(decode(&codestream), expected);
    let beyond: Vec<u8> = [2048_i16; 4].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    assert_eq!(
        LosslessEncoder::default().encode_into(&beyond, &image, &mut codestream).unwrap_err().kind,
        ErrorKind::Argument
    );
}

/// A table whose codes have every length to 16 bits, the last of all ones, in an order of its own.
fn long_codes(turn: usize) -> HuffmanSpec {
    let mut spec = HuffmanSpec { counts: [1; 16], symbols: [0; 256] };
    spec.counts[15] = 2;
    spec.symbols.iter_mut().zip(0..17_u8).for_each(|(place, symbol)| *place = symbol);
    spec.symbols[..17].rotate_left(turn);
    spec
}

/// A table of 17 codes of five bits.
fn flat_codes() -> HuffmanSpec {
    let mut spec = HuffmanSpec { counts: [0; 16], symbols: [0; 256] };
    spec.counts[4] = 17;
    spec.symbols.iter_mut().zip(0..17_u8).for_each(|(place, symbol)| *place = symbol);
    spec
}

#[test]
fn a_plain_encoder_is_understood() {
    let mut random = Random(3);
    for round in 0..400 {
        let components = u16::try_from(1 + random.below(4)).unwrap();
        let precision = u8::try_from(2 + random.below(15)).unwrap();
        let most = if round % 20 == 0 { 200 } else { 20 };
        let size = (1 + random.below(most), 1 + random.below(most));
        let image =
            image(u32::try_from(size.0).unwrap(), u32::try_from(size.1).unwrap(), components, precision);
        let kind = random.below(5);
        let values = samples(&mut random, &image, kind);
        let is_same = random.below(2) == 0;
        let plain = Plain {
            image,
            predictor: u8::try_from(1 + random.below(7)).unwrap(),
            restart_rows: random.below(4),
            tables: std::array::from_fn(|place| match (is_same, place) {
                (true, _) | (_, 0) => long_codes(5),
                (_, 1) => flat_codes(),
                (_, place) => long_codes(place),
            }),
            is_interleaved: random.below(2) == 0,
            has_lines_after: random.below(3) == 0,
            fill: random.below(3),
        };
        assert!(decode(&plain.encode(&values)) == bytes(&values, &image), "{image:?} {kind} {plain:?}");
    }
}

fn small() -> Vec<u8> {
    let mut codestream = Vec::new();
    let options = LosslessEncoder { restart_rows: 1, ..LosslessEncoder::default() };
    options.encode_into(&[5, 9, 200, 7, 7, 7, 1, 2, 3], &image(3, 3, 1, 8), &mut codestream).unwrap();
    codestream
}

fn outcome(codestream: &[u8]) -> Result<(Vec<u8>, usize, bool), ErrorKind> {
    let mut out = vec![0; 9];
    let decoded = Lossless::default()
        .decode_into(codestream, &image(3, 3, 1, 8), &mut out)
        .map_err(|error| error.kind)?;
    Ok((out, decoded.used, decoded.fault.is_some()))
}

#[test]
fn faults_that_change_nothing_are_read_past() {
    let sound = small();
    let samples = decode(&sound);
    let size = sound.len();
    assert_eq!(outcome(&sound), Ok((samples.clone(), size, false)));
    assert_eq!(outcome(&sound[..size - 2]), Ok((samples.clone(), size - 2, true)), "without EOI");
    let padded = [&sound[..], &[0, 0, 0]].concat();
    assert_eq!(outcome(&padded), Ok((samples.clone(), size, false)), "zeros after EOI");
    let mut longer = sound.clone();
    longer.splice(size - 2..size - 2, [1, 2, 3]);
    assert_eq!(outcome(&longer), Ok((samples.clone(), size + 3, true)), "bytes before EOI");
    let mut noted = sound[..2].to_vec();
    put_segment(&mut noted, 0xE1, b"Exif");
    put_segment(&mut noted, 0xFE, b"\xFF\xD8\xFF");
    noted.extend(&sound[2..]);
    assert_eq!(outcome(&noted), Ok((samples.clone(), size + 15, false)), "application data");
    let mut between = sound.clone();
    between.splice(2..2, *b"junk");
    assert_eq!(outcome(&between), Ok((samples, size + 4, true)), "bytes between segments");
}

#[test]
fn what_would_be_a_guess_is_an_error() {
    let sound = small();
    let restart = sound.windows(2).position(|two| two == [0xFF, 0xD1]).unwrap();
    let mut wrong = sound.clone();
    wrong[restart + 1] = 0xD2;
    assert_eq!(outcome(&wrong), Err(ErrorKind::Malformed), "a restart marker out of order");
    let interval = sound.windows(2).position(|two| two == [0xFF, 0xDD]).unwrap();
    let mut part = sound.clone();
    part[interval + 5] = 2;
    assert_eq!(outcome(&part), Err(ErrorKind::Malformed), "an interval of less than a row");
    for length in 0..sound.len() - 3 {
        assert!(outcome(&sound[..length]).is_err(), "cut after {length}");
    }
    let scan = sound.windows(2).position(|two| two == [0xFF, 0xDA]).unwrap();
    for (at, value) in [(scan + 7, 0), (scan + 7, 8), (scan + 9, 8), (scan + 5, 2), (scan + 6, 0x40)] {
        let mut wrong = sound.clone();
        wrong[at] = value;
        assert_eq!(outcome(&wrong), Err(ErrorKind::Malformed), "{at} {value}");
    }
    assert_eq!(outcome(&[&sound[..scan], b"\xFF\xD9"].concat()), Err(ErrorKind::Truncated), "no scan");
}

#[test]
fn other_frames_are_refused() {
    let sound = small();
    let kind = |at: usize, value: u8| {
        let mut other = sound.clone();
        other[at] = value;
        Lossless::default().describe(&other).unwrap_err().kind
    };
    let frame = sound.windows(2).position(|two| two == [0xFF, 0xC3]).unwrap();
    for marker in [0xC0, 0xC1, 0xC2, 0xC7, 0xCB, 0xF7] {
        assert_eq!(kind(frame + 1, marker), ErrorKind::Unsupported);
    }
    assert_eq!(kind(frame + 4, 17), ErrorKind::Malformed);
    let mut out = vec![0; 9];
    let wrong = Lossless::default().decode_into(&sound, &image(9, 1, 1, 8), &mut out);
    assert_eq!(wrong.unwrap_err().kind, ErrorKind::Argument);
}

/// T.81 A.2: they come as two of the first component, two of the next. Read one by one they were another picture.
#[test]
fn several_samples_of_a_component_in_turn_are_refused() {
    for (components, is_read) in [(1, true), (3, false)] {
        let (image, mut codestream) = (image(2, 3, components, 8), Vec::new());
        let samples: Vec<u8> = (0..6 * u8::try_from(components).unwrap()).map(|n| n * 7).collect();
        LosslessEncoder::default().encode_into(&samples, &image, &mut codestream).unwrap();
        let frame = codestream.windows(2).position(|two| two == [0xFF, 0xC3]).unwrap();
        for component in 0..usize::from(components) {
            codestream[frame + 11 + 3 * component] = 0x12;
        }
        let done = Lossless::default().decode_into(&codestream, &image, &mut vec![0; samples.len()]);
        assert_eq!(done.map_err(|error| error.kind).is_ok(), is_read);
        assert!(is_read || done.unwrap_err().kind == ErrorKind::Unsupported);
    }
}

/// Encoders that count differences modulo 2^P write samples beyond the precision; their low bits are right.
#[test]
fn samples_beyond_the_precision_are_noted() {
    let image = image(1, 3, 1, 16);
    let samples: Vec<u8> = [52_u16, 0xFF80, 0xFF90].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    let mut codestream = Vec::new();
    LosslessEncoder::default().encode_into(&samples, &image, &mut codestream).unwrap();
    // The same differences for 8 bits; the first is from 32768 there and from 128 here.
    let frame = codestream.windows(2).position(|two| two == [0xFF, 0xC3]).unwrap();
    codestream[frame + 4] = 8;
    let mut out = vec![0; 3];
    let eight = Image { precision: 8, ..image };
    let decoded = Lossless::default().decode_into(&codestream, &eight, &mut out).unwrap();
    assert!(decoded.fault.is_some());
    assert_eq!(out, [180, 0, 16]);
}

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
            let image = Lossless::default().describe(&codestream).unwrap();
            let mut out = vec![0; image.len().unwrap()];
            let decoded = Lossless::default().decode_into(&codestream, &image, &mut out).unwrap();
            assert_eq!(decoded.fault, None, "{}", row["file"]);
            for predictor in 1..=7 {
                let mut encoded = Vec::new();
                LosslessEncoder { predictor, ..LosslessEncoder::default() }
                    .encode_into(&out, &image, &mut encoded)
                    .unwrap();
                assert!(decode(&encoded) == out, "{} {predictor}", row["file"]);
            }
            pixels.extend(out);
        }
        assert_eq!(corpus::sha256(&pixels), row["pixel_sha256"], "{}", row["file"]);
        count += 1;
    }
    assert_eq!(count, 17);
}
