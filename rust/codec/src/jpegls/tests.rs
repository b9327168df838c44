//! Streams of the conformance suite (T.87 Annex E) and of others, against their pictures.

mod laws;
mod streams;

use std::path::{Path, PathBuf};

use super::JpegLs;
use crate::{Decoder, Image};

/// The folder of the corpus, where the environment names it.
fn corpus() -> Option<PathBuf> {
    std::env::var_os("RADIOGRAM_CORPUS")
        .map(|folder| Path::new(&folder).join("codec/team-charls+charls/test/data"))
}

fn decode(stream: &[u8]) -> (Image, Vec<u16>) {
    let image = JpegLs.describe(stream).unwrap();
    let mut out = vec![0; image.len().unwrap()];
    let done = JpegLs.decode_into(stream, &image, &mut out).unwrap();
    assert_eq!((done.used, done.fault), (stream.len(), None));
    if image.sample_size() == 1 {
        (image, out.into_iter().map(u16::from).collect())
    } else {
        (image, out.chunks_exact(2).map(|bytes| u16::from_ne_bytes([bytes[0], bytes[1]])).collect())
    }
}

/// Columns, rows and samples of a PGM or PPM file.
fn portable(bytes: &[u8]) -> (usize, usize, Vec<u16>) {
    let (mut numbers, mut at) = (Vec::new(), 2);
    while numbers.len() < 3 {
        while bytes[at].is_ascii_whitespace() {
            at += 1;
        }
        if bytes[at] == b'#' {
            at += bytes[at..].iter().position(|&byte| byte == b'\n').unwrap();
            continue;
        }
        let end = at + bytes[at..].iter().position(u8::is_ascii_whitespace).unwrap();
        numbers.push(std::str::from_utf8(&bytes[at..end]).unwrap().parse().unwrap());
        at = end;
    }
    let bytes = &bytes[at + 1..];
    let samples = if numbers[2] < 256 {
        bytes.iter().map(|&byte| u16::from(byte)).collect()
    } else {
        bytes.chunks_exact(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]])).collect()
    };
    (numbers[0], numbers[1], samples)
}

#[test]
fn conformance_streams_give_their_pictures() {
    let Some(folder) = corpus() else { return };
    let streams = [
        ("conformance/t8c0e0.jls", "test8.ppm", 0),
        ("conformance/t8c0e3.jls", "test8.ppm", 3),
        ("conformance/t8c1e0.jls", "test8.ppm", 0),
        ("conformance/t8c1e3.jls", "test8.ppm", 3),
        ("conformance/t8c2e0.jls", "test8.ppm", 0),
        ("conformance/t8c2e3.jls", "test8.ppm", 3),
        ("conformance/t8nde0.jls", "test8bs2.pgm", 0),
        ("conformance/t8nde3.jls", "test8bs2.pgm", 3),
        ("conformance/t16e0.jls", "test16.pgm", 0),
        ("conformance/t16e3.jls", "test16.pgm", 3),
        ("test8_ilv_none_rm_7.jls", "test8.ppm", 0),
        ("test8_ilv_line_rm_7.jls", "test8.ppm", 0),
        ("test8_ilv_sample_rm_7.jls", "test8.ppm", 0),
        ("test8_ilv_sample_rm_300.jls", "test8.ppm", 0),
        ("test16_rm_5.jls", "test16.pgm", 0),
    ];
    for (stream, picture, near) in streams {
        let (image, samples) = decode(&std::fs::read(folder.join(stream)).unwrap());
        let (columns, rows, expected) =
            portable(&std::fs::read(folder.join("conformance").join(picture)).unwrap());
        assert_eq!(
            (image.columns as usize, image.rows as usize, samples.len()),
            (columns, rows, expected.len())
        );
        let largest = samples.iter().zip(&expected).map(|(&a, &b)| a.abs_diff(b)).max().unwrap();
        assert!(largest <= near, "{stream}: differs by {largest}");
    }
}

#[test]
fn conformance_streams_of_subsampled_components_give_their_pictures() {
    let Some(folder) = corpus() else { return };
    for (stream, near) in [("t8sse0.jls", 0), ("t8sse3.jls", 3)] {
        let (image, samples) = decode(&std::fs::read(folder.join("conformance").join(stream)).unwrap());
        assert_eq!((image.columns, image.rows, image.components), (256, 256, 3));
        for (component, picture) in ["test8r.pgm", "test8gr4.pgm", "test8bs2.pgm"].iter().enumerate() {
            let (columns, rows, expected) =
                portable(&std::fs::read(folder.join("conformance").join(picture)).unwrap());
            for (at, pixel) in samples.chunks_exact(3).enumerate() {
                let (row, column) = (at / 256 * rows / 256, at % 256 * columns / 256);
                let differs = pixel[component].abs_diff(expected[row * columns + column]);
                assert!(
                    differs <= near,
                    "{stream} {component}: row {row} column {column} differs by {differs}"
                );
            }
        }
    }
}
