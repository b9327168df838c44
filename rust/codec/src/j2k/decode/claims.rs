//! What little a codestream may hold, and how much it may claim.

use crate::j2k::{DecodeOptions, Executor, Jpeg2000, Jpeg2000Encoder, Order};
use crate::{Decoded, ErrorKind, Image, Result};

fn image(side: u32) -> Image {
    Image { rows: side, columns: side, components: 1, precision: 8, is_signed: false }
}

fn encoded(encoder: &Jpeg2000Encoder, side: u32, sample: impl Fn(u32) -> u8) -> Vec<u8> {
    let samples: Vec<u8> = (0..side * side).map(sample).collect();
    let mut out = Vec::new();
    encoder.encode_into(&image(side), &samples, Executor::HERE, &mut out).unwrap();
    out
}

fn decode(data: &[u8], out: &mut [u8]) -> Result<Decoded> {
    let options = DecodeOptions::default();
    let image = Jpeg2000::describe_with(data, &options).unwrap();
    Jpeg2000::decode_with(data, &options, Executor::HERE, &image, out)
}

/// The same codestream of a larger picture in one tile (T.800 A.5.1: Xsiz, Ysiz, XTsiz, YTsiz).
fn enlarged(mut data: Vec<u8>, side: u32) -> Vec<u8> {
    for at in [8, 12, 24, 28] {
        data[at..at + 4].copy_from_slice(&side.to_be_bytes());
    }
    data
}

#[test]
fn a_blank_picture_needs_all_of_its_packets() {
    for tile in [None, Some((32, 32))] {
        let encoder =
            Jpeg2000Encoder { levels: Some(3), order: Order::Rpcl, tile, ..Jpeg2000Encoder::default() };
        let data = encoded(&encoder, 64, |_| 128);
        let mut out = vec![9; 64 * 64];
        assert_eq!(decode(&data, &mut out).unwrap().fault, None);
        assert_eq!(out, [128; 64 * 64]);
        // Without the last packet and the end: there is nothing of the picture, and nothing is made up.
        let mut out = vec![9; 64 * 64];
        let error = decode(&data[..data.len() - 3], &mut out).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated);
        assert_eq!(out, [9; 64 * 64]);
    }
}

#[test]
fn one_block_makes_a_picture_of_what_is_missing() {
    let encoder = Jpeg2000Encoder { levels: Some(3), order: Order::Rpcl, ..Jpeg2000Encoder::default() };
    let data = encoded(&encoder, 64, |at| if at == 0 { 255 } else { 128 });
    let mut out = vec![9; 64 * 64];
    assert!(decode(&data[..data.len() - 3], &mut out).unwrap().fault.is_some());
    assert_eq!(out[64 * 64 - 1], 128);
}

#[test]
fn blank_pictures_may_be_large_but_blocks_need_bytes() {
    let encoder = Jpeg2000Encoder { levels: Some(0), block: (2, 2), ..Jpeg2000Encoder::default() };
    let large = 8192;
    let mut out = vec![0; 1 << 26];
    let blank = enlarged(encoded(&encoder, 8, |_| 128), large);
    assert_eq!(decode(&blank, &mut out).unwrap().fault, None);
    assert!(out.iter().all(|&sample| sample == 128));
    let held = enlarged(encoded(&encoder, 8, |at| u8::try_from(at * 3).unwrap()), large);
    let mut out = vec![0; 1 << 26];
    assert_eq!(decode(&held, &mut out).unwrap_err().kind, ErrorKind::Limit);
}
