//! The inverse DCT of two blocks at once: one in each 128-bit half of the registers. The twin of `idct.rs`, bit by bit.
#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "shifts are below 32, constants are bits"
)]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_adds_epi16, _mm256_castsi256_si128, _mm256_cmpeq_epi16,
    _mm256_extracti128_si256, _mm256_madd_epi16, _mm256_max_epi16, _mm256_min_epi16, _mm256_or_si256,
    _mm256_packs_epi16, _mm256_packs_epi32, _mm256_permute4x64_epi64, _mm256_set_m128i, _mm256_set1_epi8,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_srai_epi32, _mm256_sub_epi32,
    _mm256_testz_si256, _mm256_unpackhi_epi16, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64,
    _mm256_unpacklo_epi16, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::idct::{Block, EVEN, ODD, shifts, transform};
use super::sample::Sample;
use crate::lanes::{load, store, store_bytes};

type Rows = [__m256i; 8];

/// A constant for each pair of neighbours.
#[inline]
#[target_feature(enable = "avx2")]
fn pair([a, b]: [i16; 2]) -> __m256i {
    _mm256_set1_epi32((i32::from(b) << 16) | i32::from(a as u16))
}

/// The sums of one pass, half of the columns: `pairs` holds inputs (2, 6), (0, 4), (7, 1), (5, 3) side by side.
#[inline]
#[target_feature(enable = "avx2")]
fn sums<const SHIFT: i32>([two_six, zero_four, seven_one, five_three]: [__m256i; 4]) -> Rows {
    let [outer, inner, sum, difference] = EVEN;
    let (outer, inner) = (_mm256_madd_epi16(two_six, pair(outer)), _mm256_madd_epi16(two_six, pair(inner)));
    let round = _mm256_set1_epi32(1 << (SHIFT - 1));
    let sum = _mm256_add_epi32(_mm256_madd_epi16(zero_four, pair(sum)), round);
    let difference = _mm256_add_epi32(_mm256_madd_epi16(zero_four, pair(difference)), round);
    let even = [
        _mm256_add_epi32(sum, outer),
        _mm256_add_epi32(difference, inner),
        _mm256_sub_epi32(difference, inner),
        _mm256_sub_epi32(sum, outer),
    ];
    let [[a0, b0, c0, d0], [a1, b1, c1, d1], [a2, b2, c2, d2], [a3, b3, c3, d3]] = ODD;
    let odd = [
        _mm256_add_epi32(
            _mm256_madd_epi16(seven_one, pair([a0, b0])),
            _mm256_madd_epi16(five_three, pair([c0, d0])),
        ),
        _mm256_add_epi32(
            _mm256_madd_epi16(seven_one, pair([a1, b1])),
            _mm256_madd_epi16(five_three, pair([c1, d1])),
        ),
        _mm256_add_epi32(
            _mm256_madd_epi16(seven_one, pair([a2, b2])),
            _mm256_madd_epi16(five_three, pair([c2, d2])),
        ),
        _mm256_add_epi32(
            _mm256_madd_epi16(seven_one, pair([a3, b3])),
            _mm256_madd_epi16(five_three, pair([c3, d3])),
        ),
    ];
    finish::<SHIFT>(even, odd)
}

/// Sums and differences of both halves, shifted.
#[inline]
#[target_feature(enable = "avx2")]
fn finish<const SHIFT: i32>([e0, e1, e2, e3]: [__m256i; 4], [o0, o1, o2, o3]: [__m256i; 4]) -> Rows {
    [
        _mm256_srai_epi32::<SHIFT>(_mm256_add_epi32(e0, o3)),
        _mm256_srai_epi32::<SHIFT>(_mm256_add_epi32(e1, o2)),
        _mm256_srai_epi32::<SHIFT>(_mm256_add_epi32(e2, o1)),
        _mm256_srai_epi32::<SHIFT>(_mm256_add_epi32(e3, o0)),
        _mm256_srai_epi32::<SHIFT>(_mm256_sub_epi32(e3, o0)),
        _mm256_srai_epi32::<SHIFT>(_mm256_sub_epi32(e2, o1)),
        _mm256_srai_epi32::<SHIFT>(_mm256_sub_epi32(e1, o2)),
        _mm256_srai_epi32::<SHIFT>(_mm256_sub_epi32(e0, o3)),
    ]
}

/// One pass down the columns, its sums cut off to 16 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn pass<const SHIFT: i32>([r0, r1, r2, r3, r4, r5, r6, r7]: Rows) -> Rows {
    let low = sums::<SHIFT>([
        _mm256_unpacklo_epi16(r2, r6),
        _mm256_unpacklo_epi16(r0, r4),
        _mm256_unpacklo_epi16(r7, r1),
        _mm256_unpacklo_epi16(r5, r3),
    ]);
    let high = sums::<SHIFT>([
        _mm256_unpackhi_epi16(r2, r6),
        _mm256_unpackhi_epi16(r0, r4),
        _mm256_unpackhi_epi16(r7, r1),
        _mm256_unpackhi_epi16(r5, r3),
    ]);
    pack(low, high)
}

/// Both halves of the columns, cut off to 16 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn pack(low: Rows, high: Rows) -> Rows {
    let ([l0, l1, l2, l3, l4, l5, l6, l7], [h0, h1, h2, h3, h4, h5, h6, h7]) = (low, high);
    [
        _mm256_packs_epi32(l0, h0),
        _mm256_packs_epi32(l1, h1),
        _mm256_packs_epi32(l2, h2),
        _mm256_packs_epi32(l3, h3),
        _mm256_packs_epi32(l4, h4),
        _mm256_packs_epi32(l5, h5),
        _mm256_packs_epi32(l6, h6),
        _mm256_packs_epi32(l7, h7),
    ]
}

/// Rows become columns, in each half.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose([r0, r1, r2, r3, r4, r5, r6, r7]: Rows) -> Rows {
    let (a0, a1) = (_mm256_unpacklo_epi16(r0, r1), _mm256_unpackhi_epi16(r0, r1));
    let (a2, a3) = (_mm256_unpacklo_epi16(r2, r3), _mm256_unpackhi_epi16(r2, r3));
    let (a4, a5) = (_mm256_unpacklo_epi16(r4, r5), _mm256_unpackhi_epi16(r4, r5));
    let (a6, a7) = (_mm256_unpacklo_epi16(r6, r7), _mm256_unpackhi_epi16(r6, r7));
    let (b0, b1) = (_mm256_unpacklo_epi32(a0, a2), _mm256_unpackhi_epi32(a0, a2));
    let (b2, b3) = (_mm256_unpacklo_epi32(a1, a3), _mm256_unpackhi_epi32(a1, a3));
    let (b4, b5) = (_mm256_unpacklo_epi32(a4, a6), _mm256_unpackhi_epi32(a4, a6));
    let (b6, b7) = (_mm256_unpacklo_epi32(a5, a7), _mm256_unpackhi_epi32(a5, a7));
    [
        _mm256_unpacklo_epi64(b0, b4),
        _mm256_unpackhi_epi64(b0, b4),
        _mm256_unpacklo_epi64(b1, b5),
        _mm256_unpackhi_epi64(b1, b5),
        _mm256_unpacklo_epi64(b2, b6),
        _mm256_unpackhi_epi64(b2, b6),
        _mm256_unpacklo_epi64(b3, b7),
        _mm256_unpackhi_epi64(b3, b7),
    ]
}

/// One row of two blocks, the first block in the lower half.
#[inline]
#[target_feature(enable = "avx2")]
fn row<const ROW: usize>(left: &Block, right: &Block) -> __m256i {
    match (left.as_chunks().0.get(ROW), right.as_chunks().0.get(ROW)) {
        (Some(left), Some(right)) => _mm256_set_m128i(load(right), load(left)),
        _ => _mm256_setzero_si256(),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn rows(left: &Block, right: &Block) -> Rows {
    [
        row::<0>(left, right),
        row::<1>(left, right),
        row::<2>(left, right),
        row::<3>(left, right),
        row::<4>(left, right),
        row::<5>(left, right),
        row::<6>(left, right),
        row::<7>(left, right),
    ]
}

/// The first pass.
#[inline]
#[target_feature(enable = "avx2")]
fn columns_of<const SHIFT: i32>(left: &Block, right: &Block, is_small: bool) -> Rows {
    if is_small {
        let zero = _mm256_setzero_si256();
        let rows =
            [row::<0>(left, right), row::<1>(left, right), row::<2>(left, right), row::<3>(left, right)];
        let mut columns = small_sums::<SHIFT>(small_pairs_low(rows));
        // Columns 4 to 7 have no coefficients.
        for column in &mut columns {
            *column = _mm256_packs_epi32(*column, zero);
        }
        return columns;
    }
    pass::<SHIFT>(rows(left, right))
}

#[inline]
#[target_feature(enable = "avx2")]
fn small_pairs_low([r0, r1, r2, r3]: [__m256i; 4]) -> [__m256i; 3] {
    let zero = _mm256_setzero_si256();
    [_mm256_unpacklo_epi16(r0, zero), _mm256_unpacklo_epi16(r1, r3), _mm256_unpacklo_epi16(r2, zero)]
}

#[inline]
#[target_feature(enable = "avx2")]
fn small_pairs_high([r0, r1, r2, r3]: [__m256i; 4]) -> [__m256i; 3] {
    let zero = _mm256_setzero_si256();
    [_mm256_unpackhi_epi16(r0, zero), _mm256_unpackhi_epi16(r1, r3), _mm256_unpackhi_epi16(r2, zero)]
}

/// `sums` where inputs 4 to 7 are zero: `pairs` holds inputs (0, -), (1, 3), (2, -).
#[inline]
#[target_feature(enable = "avx2")]
fn small_sums<const SHIFT: i32>([zero, one_three, two]: [__m256i; 3]) -> Rows {
    let [outer, inner, sum, _] = EVEN;
    let (outer, inner) = (_mm256_madd_epi16(two, pair(outer)), _mm256_madd_epi16(two, pair(inner)));
    let round = _mm256_set1_epi32(1 << (SHIFT - 1));
    let sum = _mm256_add_epi32(_mm256_madd_epi16(zero, pair(sum)), round);
    let [[_, b0, _, d0], [_, b1, _, d1], [_, b2, _, d2], [_, b3, _, d3]] = ODD;
    finish::<SHIFT>(
        [
            _mm256_add_epi32(sum, outer),
            _mm256_add_epi32(sum, inner),
            _mm256_sub_epi32(sum, inner),
            _mm256_sub_epi32(sum, outer),
        ],
        [
            _mm256_madd_epi16(one_three, pair([b0, d0])),
            _mm256_madd_epi16(one_three, pair([b1, d1])),
            _mm256_madd_epi16(one_three, pair([b2, d2])),
            _mm256_madd_epi16(one_three, pair([b3, d3])),
        ],
    )
}

/// The second pass.
#[inline]
#[target_feature(enable = "avx2")]
fn samples_of<const SHIFT: i32>(columns: Rows, is_small: bool) -> Rows {
    let turned = transpose(columns);
    let rows = if is_small {
        let [r0, r1, r2, r3, ..] = turned;
        let low = small_sums::<SHIFT>(small_pairs_low([r0, r1, r2, r3]));
        let high = small_sums::<SHIFT>(small_pairs_high([r0, r1, r2, r3]));
        pack(low, high)
    } else {
        pass::<SHIFT>(turned)
    };
    transpose(rows)
}

/// Transforms one row of blocks, an even number of them, into eight rows of samples.
#[target_feature(enable = "avx2")]
pub(super) fn transform_row<T: Sample>(blocks: &[Block], lasts: &[u8], out: &mut [T], stride: usize) {
    let pairs = blocks.as_chunks::<2>().0.iter().zip(lasts.as_chunks::<2>().0);
    for (x, ([left, right], lasts)) in (0..stride).step_by(16).zip(pairs) {
        let Some(out) = out.get_mut(x..) else { return };
        let [left_last, right_last] = *lasts;
        // Coefficients up to the fourth diagonal lie in the first four rows and columns.
        let is_small = left_last.max(right_last) < 10;
        if left_last.max(right_last) == 0 {
            flat_pair(left[0], right[0], out, stride);
        } else if let Some(out) = T::bytes_mut(out) {
            transform_bytes(left, right, is_small, out, stride);
        } else if let Some(out) = T::words_mut(out) {
            transform_words(left, right, is_small, out, stride);
        }
    }
}

/// `transform_flat` of two blocks.
#[inline]
#[target_feature(enable = "avx2")]
fn flat_pair<T: Sample>(left: i16, right: i16, out: &mut [T], stride: usize) {
    let [left, right] = [left, right].map(|first| T::from_centred((i32::from(first) + 4) >> 3));
    for row in out.chunks_mut(stride).take(8) {
        if let Some([to_left, to_right]) = row.as_chunks_mut::<8>().0.first_chunk_mut() {
            (*to_left, *to_right) = ([left; 8], [right; 8]);
        }
    }
}

/// Transforms two blocks of 8-bit samples into eight rows of sixteen.
#[target_feature(enable = "avx2")]
fn transform_bytes(left: &Block, right: &Block, is_small: bool, out: &mut [u8], stride: usize) {
    const FIRST: i32 = shifts::<u8>().0 as i32;
    const SECOND: i32 = shifts::<u8>().1 as i32;
    let columns = columns_of::<FIRST>(left, right, is_small);
    let rows = samples_of::<SECOND>(columns, is_small);
    let centre = _mm256_set1_epi8(-128);
    let mut lines = out.chunks_mut(stride);
    for &[upper, lower] in rows.as_chunks::<2>().0 {
        let both = _mm256_xor_si256(_mm256_packs_epi16(upper, lower), centre);
        let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(both);
        for half in [_mm256_castsi256_si128(both), _mm256_extracti128_si256::<1>(both)] {
            if let Some(line) = lines.next().and_then(<[u8]>::first_chunk_mut) {
                store_bytes(line, half);
            }
        }
    }
}

/// Transforms two blocks of 12-bit samples into eight rows of sixteen.
#[target_feature(enable = "avx2")]
fn transform_words(left: &Block, right: &Block, is_small: bool, out: &mut [u16], stride: usize) {
    const FIRST: i32 = shifts::<u16>().0 as i32;
    const SECOND: i32 = shifts::<u16>().1 as i32;
    let columns = columns_of::<FIRST>(left, right, is_small);
    if reaches_the_ends(&columns) {
        transform(left, out, stride);
        if let Some(out) = out.get_mut(8..) {
            transform(right, out, stride);
        }
        return;
    }
    let rows = samples_of::<SECOND>(columns, is_small);
    let (zero, centre) = (_mm256_setzero_si256(), _mm256_set1_epi16(2048));
    let top = _mm256_set1_epi16(4095);
    for (row, line) in rows.into_iter().zip(out.chunks_mut(stride)) {
        let row = _mm256_adds_epi16(row, centre);
        let row = _mm256_max_epi16(_mm256_min_epi16(row, top), zero);
        let Some((left, right)) = line.split_at_mut_checked(8) else { return };
        if let (Some(left), Some(right)) = (left.first_chunk_mut(), right.first_chunk_mut()) {
            store(left, _mm256_castsi256_si128(row));
            store(right, _mm256_extracti128_si256::<1>(row));
        }
    }
}

/// True where a sum may have been cut off.
#[inline]
#[target_feature(enable = "avx2")]
fn reaches_the_ends(rows: &Rows) -> bool {
    let (mut least, mut most) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    for row in rows {
        least = _mm256_min_epi16(least, *row);
        most = _mm256_max_epi16(most, *row);
    }
    let ends = _mm256_or_si256(
        _mm256_cmpeq_epi16(least, _mm256_set1_epi16(i16::MIN)),
        _mm256_cmpeq_epi16(most, _mm256_set1_epi16(i16::MAX)),
    );
    _mm256_testz_si256(ends, ends) == 0
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "numbers of a test")]
mod tests {
    use crate::dct::dispatch::transform_row;
    use crate::dct::idct::{Block, transform};
    use crate::dct::scan::ZIGZAG;
    use crate::fuzz::mutator::Random;
    use crate::simd::Level;

    /// A block, and the place before which all its coefficients lie, less one.
    fn random_block(random: &mut Random, round: usize) -> (Block, u8) {
        let range = [8, 300, 3000, 65536][round % 4];
        let mut block = [0; 64];
        let most = [1, 10, 64][round / 7 % 3];
        for _ in 0..=random.below(64) {
            let place = usize::from(ZIGZAG[random.below(most)]);
            block[place] = (random.below(range) as i32 - range as i32 / 2) as i16;
        }
        (block, most as u8 - 1)
    }

    #[test]
    fn both_twins_give_the_same_samples() {
        let level = Level::best();
        let mut random = Random(2);
        for round in 0..20_000 {
            let (left, left_last) = random_block(&mut random, round);
            let (right, right_last) = random_block(&mut random, round / 4);
            let lasts = [left_last, right_last];
            let (mut want, mut got) = ([0_u8; 128], [0_u8; 128]);
            transform(&left, &mut want, 16);
            transform(&right, &mut want[8..], 16);
            transform_row(level, &[left, right], &lasts, &mut got, 16);
            assert_eq!(want, got, "round {round}");
            let (mut want, mut got) = ([0_u16; 128], [0_u16; 128]);
            transform(&left, &mut want, 16);
            transform(&right, &mut want[8..], 16);
            transform_row(level, &[left, right], &lasts, &mut got, 16);
            assert_eq!(want, got, "round {round}");
        }
    }
}
