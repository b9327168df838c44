//! What stands round scans: tables, numbers of lines, padding, fill bytes, colour transforms, and what is missing.

use crate::jpegls::{Interleave, JpegLs, JpegLsEncoder};
use crate::{Decoder, Encoder, Error, ErrorKind, Image};

const GREY: Image = Image { rows: 6, columns: 8, components: 1, precision: 8, is_signed: false };
const COLOUR: Image = Image { components: 3, ..GREY };

fn grey() -> Vec<u8> {
    (0..48_u32).map(|at| (at * at % 11) as u8).collect()
}

fn encoded(image: &Image, samples: &[u8], interleave: Interleave) -> Vec<u8> {
    let mut stream = Vec::new();
    JpegLsEncoder { interleave, ..JpegLsEncoder::default() }
        .encode_into(samples, image, &mut stream)
        .unwrap();
    stream
}

type Fault = Option<(usize, &'static str)>;

/// The image, its samples, and the fault that was read past.
fn decoded(stream: &[u8]) -> Result<(Image, Vec<u8>, Fault), Error> {
    let image = JpegLs.describe(stream)?;
    let mut out = vec![0; image.len()?];
    let done = JpegLs.decode_into(stream, &image, &mut out)?;
    assert!(done.used <= stream.len());
    Ok((image, out, done.fault))
}

/// Where the first marker of that code stands.
fn find(stream: &[u8], marker: u8) -> usize {
    stream.windows(2).position(|pair| pair == [0xFF, marker]).unwrap()
}

fn insert(stream: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    drop(stream.splice(at..at, bytes.iter().copied()));
}

/// A grey image whose samples are indexes into a table of entries of `width` bytes, given in two segments.
fn with_table(width: u8, entries: &[u8]) -> Vec<u8> {
    let mut stream = encoded(&GREY, &grey(), Interleave::None);
    let scan = find(&stream, 0xDA);
    stream[scan + 6] = 9;
    let (first, rest) = entries.split_at(usize::from(width) * 4);
    for (kind, part) in [(3, rest), (2, first)] {
        let head = [0xFF, 0xF8, 0, part.len() as u8 + 5, kind, 9, width];
        insert(&mut stream, scan, &[&head, part].concat());
    }
    stream
}

#[test]
fn samples_are_looked_up_in_mapping_tables() {
    let values: Vec<u8> = (0..11).map(|at| 200 - at).collect();
    let (image, out, _) = decoded(&with_table(1, &values)).unwrap();
    assert_eq!(image, GREY);
    assert_eq!(out, grey().iter().map(|&at| 200 - at).collect::<Vec<u8>>());

    let words: Vec<u8> = (0..11).flat_map(|at| [at, 7]).collect();
    let (image, out, _) = decoded(&with_table(2, &words)).unwrap();
    assert_eq!(image, Image { precision: 16, ..GREY });
    let expected: Vec<u8> = grey().iter().flat_map(|&at| u16::from_be_bytes([at, 7]).to_ne_bytes()).collect();
    assert_eq!(out, expected);

    let palette: Vec<u8> = (0..11).flat_map(|at| [at, 100 + at, 255 - at]).collect();
    let (image, out, _) = decoded(&with_table(3, &palette)).unwrap();
    assert_eq!(image, COLOUR);
    assert_eq!(out, grey().iter().flat_map(|&at| [at, 100 + at, 255 - at]).collect::<Vec<u8>>());
}

#[test]
fn an_index_outside_of_its_table_is_an_error() {
    let palette: Vec<u8> = (0..9).flat_map(|at| [at, 100 + at, 255 - at]).collect();
    assert_eq!(decoded(&with_table(3, &palette)).unwrap_err().kind, ErrorKind::Malformed);
    let mut stream = encoded(&GREY, &grey(), Interleave::None);
    let scan = find(&stream, 0xDA);
    stream[scan + 6] = 9;
    assert_eq!(decoded(&stream).unwrap_err().kind, ErrorKind::Malformed);
}

#[test]
fn lines_may_be_counted_after_the_scan() {
    let mut stream = encoded(&GREY, &grey(), Interleave::None);
    let frame = find(&stream, 0xF7);
    stream[frame + 5..frame + 7].fill(0);
    assert_eq!(decoded(&stream).unwrap_err().kind, ErrorKind::Malformed);
    let end = stream.len() - 2;
    insert(&mut stream, end, &[0xFF, 0xDC, 0, 4, 0, 6]);
    assert_eq!(decoded(&stream), Ok((GREY, grey(), None)));
    stream[end + 5] = 7;
    assert_eq!(decoded(&stream).unwrap_err().kind, ErrorKind::Truncated);
}

#[test]
fn padding_and_a_missing_end_are_read_past_and_told() {
    let stream = encoded(&GREY, &grey(), Interleave::None);
    let end = stream.len() - 2;
    let mut padded = stream.clone();
    insert(&mut padded, end, &[0; 9]);
    let (image, out, fault) = decoded(&padded).unwrap();
    assert_eq!((image, out), (GREY, grey()));
    assert!(fault.is_some_and(|(at, _)| at <= end + 9));
    let (image, out, fault) = decoded(&stream[..end]).unwrap();
    assert_eq!((image, out, fault.unwrap().0), (GREY, grey(), end));
    let mut strange = stream[..end].to_vec();
    strange.extend_from_slice(&[0xFF, 0x99, 1]);
    let (image, out, fault) = decoded(&strange).unwrap();
    assert_eq!((image, out, fault.unwrap().0), (GREY, grey(), end));
    let mut filled = stream.clone();
    insert(&mut filled, end, &[0xFF; 3]);
    insert(&mut filled, find(&stream, 0xDA), &[0xFF; 5]);
    assert_eq!(decoded(&filled), Ok((GREY, grey(), None)));
    let mut followed = stream.clone();
    followed.extend_from_slice(&[0, 0, 0]);
    let done = JpegLs.decode_into(&followed, &GREY, &mut [0; 48]).unwrap();
    assert_eq!((done.used, done.fault), (stream.len(), None));
}

#[test]
fn a_stream_that_ends_early_is_an_error_at_every_length() {
    let samples: Vec<u8> = (0..144_u32).map(|at| ((at * 7919) >> 3) as u8).collect();
    for interleave in [Interleave::None, Interleave::Line, Interleave::Sample] {
        let stream = encoded(&COLOUR, &samples, interleave);
        for length in 0..stream.len() - 3 {
            assert!(decoded(&stream[..length]).is_err(), "{interleave:?} {length}");
        }
        assert_eq!(decoded(&stream), Ok((COLOUR, samples.clone(), None)));
    }
}

#[test]
fn a_component_whose_scan_cannot_be_read_is_an_error() {
    let samples: Vec<u8> = (0..144_u32).map(|at| ((at * 7919) >> 3) as u8).collect();
    let mut stream = encoded(&COLOUR, &samples, Interleave::None);
    let last = (0..stream.len() - 1).rev().find(|&at| stream[at..at + 2] == [0xFF, 0xDA]).unwrap();
    stream[last + 8] = 3;
    assert_eq!(decoded(&stream).unwrap_err().kind, ErrorKind::Malformed);
    stream[last + 8] = 0;
    stream[last + 5] = 2;
    assert_eq!(decoded(&stream).unwrap_err().kind, ErrorKind::Malformed);
}

#[test]
fn colour_transforms_are_undone() {
    let rgb: Vec<u8> = (0..144_u32).map(|at| ((at * 7919) >> 3) as u8).collect();
    let forward: [fn([u8; 3]) -> [u8; 3]; 3] = [
        |[r, g, b]| [r.wrapping_sub(g).wrapping_add(128), g, b.wrapping_sub(g).wrapping_add(128)],
        |[r, g, b]| {
            let mean = ((u16::from(r) + u16::from(g)) >> 1) as u8;
            [r.wrapping_sub(g).wrapping_add(128), g, b.wrapping_sub(mean).wrapping_sub(128)]
        },
        |[r, g, b]| {
            let (y, z) = (b.wrapping_sub(g).wrapping_add(128), r.wrapping_sub(g).wrapping_add(128));
            let mean = ((u16::from(y) + u16::from(z)) >> 2) as u8;
            [g.wrapping_add(mean).wrapping_sub(64), y, z]
        },
    ];
    for (number, forward) in (1..).zip(forward) {
        let samples: Vec<u8> = rgb.as_chunks().0.iter().flat_map(|&pixel| forward(pixel)).collect();
        let mut stream = encoded(&COLOUR, &samples, Interleave::Sample);
        insert(&mut stream, 2, &[0xFF, 0xE8, 0, 7, b'm', b'r', b'f', b'x', number]);
        assert_eq!(decoded(&stream), Ok((COLOUR, rgb.clone(), None)), "HP{number}");
        let last = stream.iter().position(|&byte| byte == b'x').unwrap() + 1;
        stream[last] = 5;
        assert_eq!(decoded(&stream).unwrap_err().kind, ErrorKind::Unsupported);
    }
}

#[test]
fn what_the_caller_says_must_be_what_the_stream_says() {
    let stream = encoded(&GREY, &grey(), Interleave::None);
    let mut out = [0; 48];
    for image in [Image { rows: 5, ..GREY }, Image { precision: 9, ..GREY }, COLOUR] {
        assert_eq!(JpegLs.decode_into(&stream, &image, &mut out).unwrap_err().kind, ErrorKind::Argument);
    }
    assert_eq!(JpegLs.decode_into(&stream, &GREY, &mut out[1..]).unwrap_err().kind, ErrorKind::Argument);
    let known = Image { precision: 7, is_signed: true, ..GREY };
    JpegLs.decode_into(&stream, &known, &mut out).unwrap();
    assert_eq!(out[..], grey());
}
