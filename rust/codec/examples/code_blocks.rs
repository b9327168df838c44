//! Encodes code blocks of the coefficients of a noisy picture with 13 bits, and decodes them, again and again: `code_blocks [TIMES]`. Prints
//! bits a sample and the best ns a sample of both ways.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a program for the terminal"
)]

use std::time::Instant;

use radiogram_codec::j2k::block::ebcot::{EncodeScratch, Scratch, decode, encode};
use radiogram_codec::j2k::block::{CodedBlock, Orientation, Passes, Segment, Style};
use radiogram_mutator::Random;

const SIDE: u32 = 64;
const PLANES: u8 = 15;

/// Laplacian coefficients whose mean falls from block to block, in a field that is loud in parts.
fn words(random: &mut Random, block: u32) -> Vec<u32> {
    let scale = f64::from(64 >> (block % 6));
    (0..SIDE * SIDE)
        .map(|at| {
            let local = if (at / SIDE / 16 + at % SIDE / 16).is_multiple_of(3) { 4.0 } else { 1.0 };
            let chance = (random.below(1 << 20) as f64 + 1.0) / f64::from(1 << 20);
            let magnitude = (-chance.ln() * scale * local) as u32;
            let sign = if magnitude > 0 { (random.below(2) as u32) << 31 } else { 0 };
            magnitude << (31 - u32::from(PLANES)) | sign
        })
        .collect()
}

fn main() {
    let times: usize = std::env::args().nth(1).map_or(20, |text| text.parse().expect("a number"));
    let mut random = Random(13);
    let (mut scratch, mut encoder, mut passes) =
        (Scratch::default(), EncodeScratch::default(), Passes::default());
    encoder.measures = false;
    let mut out = vec![0_u32; (SIDE * SIDE) as usize];
    let (mut decoding, mut encoding, mut bytes) = (0.0, 0.0, 0);
    for number in 0..48 {
        let words = words(&mut random, number);
        let orientation = if number % 3 == 0 { Orientation::HH } else { Orientation::LH };
        let (mut best_decoding, mut best_encoding) = (f64::MAX, f64::MAX);
        for _ in 0..times {
            let start = Instant::now();
            encode(&words, SIDE, SIDE, orientation, PLANES, Style::default(), &mut encoder, &mut passes)
                .expect("a block");
            best_encoding = best_encoding.min(start.elapsed().as_secs_f64());
            let segment = Segment { length: passes.data.len() as u32, passes: passes.passes.len() as u8 };
            let block = CodedBlock {
                width: SIDE,
                height: SIDE,
                orientation,
                planes: PLANES,
                zero_planes: passes.zero_planes,
                style: Style::default(),
                data: &passes.data,
                segments: &[segment],
            };
            let start = Instant::now();
            decode(&block, &mut scratch, &mut out).expect("a block");
            best_decoding = best_decoding.min(start.elapsed().as_secs_f64());
        }
        (decoding, encoding, bytes) =
            (decoding + best_decoding, encoding + best_encoding, bytes + passes.data.len());
    }
    let samples = f64::from(48 * SIDE * SIDE);
    println!(
        "{:.2} bits, decoding {:.1} ns, encoding {:.1} ns a sample",
        bytes as f64 * 8.0 / samples,
        decoding * 1e9 / samples,
        encoding * 1e9 / samples
    );
}
