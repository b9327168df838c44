//! The inverse DCT in integers, after Loeffler, Ligtenberg and Moschytz with 13-bit constants: columns first, rounded to a few fraction bits,
//! then rows.
//!
//! Where and how it rounds decides the last bit of every sample, so it rounds as the reference decoders' accurate integer transform does
//! (2 fraction bits between the passes for 8-bit samples, 1 for 12-bit ones): samples of sound streams are theirs bit by bit. Arithmetic
//! beyond what a sound stream can reach is this room's own: 32 bits that wrap and, between the passes of 8-bit samples, 16 bits that
//! saturate. This file is the scalar twin of `idct_avx2.rs`.

use super::sample::Sample;

/// The coefficients of one block in natural order, times their quantisation steps.
pub(super) type Block = [i16; 64];

const CONST_BITS: u32 = 13;

/// One output of the even half: factors of inputs 2 and 6, then of 0 and 4.
pub(super) const EVEN: [[i16; 2]; 4] = [[10703, 4433], [4433, -10704], [8192, 8192], [8192, -8192]];

/// The four outputs of the odd half: factors of inputs 7, 1, 5 and 3.
pub(super) const ODD: [[i16; 4]; 4] = [
    [-11363, 2260, 9633, -6436],
    [9633, 6437, 2261, -11362],
    [-6436, 9633, -11362, -2259],
    [2260, 11363, 6437, 9633],
];

/// How far the sums of the first and of the second pass are shifted.
pub(super) const fn shifts<T: Sample>() -> (u32, u32) {
    (CONST_BITS - T::PASS_BITS, CONST_BITS + T::PASS_BITS + 3)
}

/// The eight sums of one pass, not rounded.
fn pass(input: [i32; 8], shift: u32) -> [i32; 8] {
    let [i0, i1, i2, i3, i4, i5, i6, i7] = input;
    let pair = |[a, b]: [i16; 2], x: i32, y: i32| {
        x.wrapping_mul(i32::from(a)).wrapping_add(y.wrapping_mul(i32::from(b)))
    };
    let odd = |[a, b, c, d]: [i16; 4]| pair([a, b], i7, i1).wrapping_add(pair([c, d], i5, i3));
    let [outer, inner, sum, difference] = EVEN;
    let (outer, inner) = (pair(outer, i2, i6), pair(inner, i2, i6));
    let round = 1 << (shift - 1);
    let sum = pair(sum, i0, i4).wrapping_add(round);
    let difference = pair(difference, i0, i4).wrapping_add(round);
    let even = [
        sum.wrapping_add(outer),
        difference.wrapping_add(inner),
        difference.wrapping_sub(inner),
        sum.wrapping_sub(outer),
    ];
    let [o0, o1, o2, o3] = ODD.map(odd);
    let [e0, e1, e2, e3] = even;
    [
        e0.wrapping_add(o3) >> shift,
        e1.wrapping_add(o2) >> shift,
        e2.wrapping_add(o1) >> shift,
        e3.wrapping_add(o0) >> shift,
        e3.wrapping_sub(o0) >> shift,
        e2.wrapping_sub(o1) >> shift,
        e1.wrapping_sub(o2) >> shift,
        e0.wrapping_sub(o3) >> shift,
    ]
}

/// Transforms one block into eight rows of `out`, `stride` samples apart.
#[expect(clippy::indexing_slicing, reason = "columns and rows below 8 of arrays of 64")]
pub(super) fn transform<T: Sample>(block: &Block, out: &mut [T], stride: usize) {
    let (first, second) = shifts::<T>();
    let mut work = [0_i32; 64];
    for column in 0..8 {
        let sums = pass(std::array::from_fn(|row| i32::from(block[row * 8 + column])), first);
        for (row, sum) in sums.into_iter().enumerate() {
            work[row * 8 + column] = if T::SATURATES { sum.clamp(-32768, 32767) } else { sum };
        }
    }
    for (row, samples) in work.as_chunks::<8>().0.iter().zip(out.chunks_mut(stride)) {
        for (sample, sum) in samples.iter_mut().zip(pass(*row, second)) {
            *sample = T::from_centred(sum);
        }
    }
}

/// Transforms a block that has no coefficient but the first.
pub(super) fn transform_flat<T: Sample>(first: i16, out: &mut [T], stride: usize) {
    // Both passes only shift and round it: (x + 4) / 8.
    let value = T::from_centred((i32::from(first) + 4) >> 3);
    for row in out.chunks_mut(stride).take(8) {
        if let Some(row) = row.first_chunk_mut::<8>() {
            *row = [value; 8];
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "numbers of a test"
)]
mod tests {
    use super::{Block, transform, transform_flat};
    use crate::fuzz::mutator::Random;

    /// The definition (T.81 A.3.3).
    fn exact(block: &Block, centre: f64) -> [f64; 64] {
        let basis = |x: usize, u: usize| {
            let scale = if u == 0 { 0.5_f64.sqrt() } else { 1.0 };
            scale * (((2 * x + 1) * u) as f64 * std::f64::consts::PI / 16.0).cos() / 2.0
        };
        std::array::from_fn(|place| {
            let (y, x) = (place / 8, place % 8);
            (0..64).map(|k| f64::from(block[k]) * basis(y, k / 8) * basis(x, k % 8)).sum::<f64>() + centre
        })
    }

    #[test]
    fn samples_are_within_one_of_the_definition() {
        let mut random = Random(1);
        for round in 0..2000 {
            let mut block = [0; 64];
            for _ in 0..=random.below(12) {
                block[random.below(64)] = random.below(600) as i16 - 300;
            }
            let (mut bytes, mut words) = ([0_u8; 64], [0_u16; 64]);
            transform(&block, &mut bytes, 8);
            transform(&block, &mut words, 8);
            for (place, want) in exact(&block, 128.0).into_iter().enumerate() {
                assert!((f64::from(bytes[place]) - want.clamp(0.0, 255.0)).abs() < 1.0, "round {round}");
                let want = (want + 1920.0).clamp(0.0, 4095.0);
                assert!((f64::from(words[place]) - want).abs() < 1.0, "round {round}");
            }
        }
    }

    #[test]
    fn a_flat_block_is_what_the_whole_transform_gives() {
        for first in i16::MIN..=i16::MAX {
            let mut block = [0; 64];
            block[0] = first;
            let (mut whole, mut flat) = ([0_u16; 64], [1_u16; 64]);
            transform(&block, &mut whole, 8);
            transform_flat(first, &mut flat, 8);
            assert_eq!(whole, flat, "{first}");
            let (mut whole, mut flat) = ([0_u8; 64], [1_u8; 64]);
            transform(&block, &mut whole, 8);
            transform_flat(first, &mut flat, 8);
            assert_eq!(whole, flat, "{first}");
        }
    }
}
