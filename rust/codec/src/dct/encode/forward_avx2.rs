//! The forward transform in vector instructions: the twin of `forward.rs`, number by number.
#![expect(clippy::cast_sign_loss, reason = "a mask is bits")]

use std::arch::x86_64::{
    __m256, __m256i, _mm256_add_ps, _mm256_cmpeq_epi16, _mm256_cvtepi32_ps, _mm256_cvtepu16_epi32,
    _mm256_cvtps_epi32, _mm256_movemask_epi8, _mm256_mul_ps, _mm256_packs_epi16, _mm256_packs_epi32,
    _mm256_permute2f128_ps, _mm256_permute4x64_epi64, _mm256_set_m128i, _mm256_set1_ps, _mm256_setzero_si256,
    _mm256_shuffle_ps, _mm256_sub_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
};

use super::super::idct::Block;
use super::forward::Factors;
use crate::lanes::{load, load_floats, load_words, store_words};

type Rows = [__m256; 8];

#[inline]
#[target_feature(enable = "avx2")]
fn pass([r0, r1, r2, r3, r4, r5, r6, r7]: Rows) -> Rows {
    let root = _mm256_set1_ps(std::f32::consts::FRAC_1_SQRT_2);
    let (s07, d07) = (_mm256_add_ps(r0, r7), _mm256_sub_ps(r0, r7));
    let (s16, d16) = (_mm256_add_ps(r1, r6), _mm256_sub_ps(r1, r6));
    let (s25, d25) = (_mm256_add_ps(r2, r5), _mm256_sub_ps(r2, r5));
    let (s34, d34) = (_mm256_add_ps(r3, r4), _mm256_sub_ps(r3, r4));
    let (e0, e3) = (_mm256_add_ps(s07, s34), _mm256_sub_ps(s07, s34));
    let (e1, e2) = (_mm256_add_ps(s16, s25), _mm256_sub_ps(s16, s25));
    let turned = _mm256_mul_ps(_mm256_add_ps(e2, e3), root);
    let (o0, o1, o2) = (_mm256_add_ps(d34, d25), _mm256_add_ps(d25, d16), _mm256_add_ps(d16, d07));
    let z5 = _mm256_mul_ps(_mm256_sub_ps(o0, o2), _mm256_set1_ps(0.382_683_43));
    let z2 = _mm256_add_ps(_mm256_mul_ps(o0, _mm256_set1_ps(0.541_196_1)), z5);
    let z4 = _mm256_add_ps(_mm256_mul_ps(o2, _mm256_set1_ps(1.306_563)), z5);
    let z3 = _mm256_mul_ps(o1, root);
    let (z11, z13) = (_mm256_add_ps(d07, z3), _mm256_sub_ps(d07, z3));
    [
        _mm256_add_ps(e0, e1),
        _mm256_add_ps(z11, z4),
        _mm256_add_ps(e3, turned),
        _mm256_sub_ps(z13, z2),
        _mm256_sub_ps(e0, e1),
        _mm256_add_ps(z13, z2),
        _mm256_sub_ps(e3, turned),
        _mm256_sub_ps(z11, z4),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn transpose([r0, r1, r2, r3, r4, r5, r6, r7]: Rows) -> Rows {
    let (a0, a1) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpackhi_ps(r0, r1));
    let (a2, a3) = (_mm256_unpacklo_ps(r2, r3), _mm256_unpackhi_ps(r2, r3));
    let (a4, a5) = (_mm256_unpacklo_ps(r4, r5), _mm256_unpackhi_ps(r4, r5));
    let (a6, a7) = (_mm256_unpacklo_ps(r6, r7), _mm256_unpackhi_ps(r6, r7));
    let (b0, b1) = (_mm256_shuffle_ps::<0x44>(a0, a2), _mm256_shuffle_ps::<0xEE>(a0, a2));
    let (b2, b3) = (_mm256_shuffle_ps::<0x44>(a1, a3), _mm256_shuffle_ps::<0xEE>(a1, a3));
    let (b4, b5) = (_mm256_shuffle_ps::<0x44>(a4, a6), _mm256_shuffle_ps::<0xEE>(a4, a6));
    let (b6, b7) = (_mm256_shuffle_ps::<0x44>(a5, a7), _mm256_shuffle_ps::<0xEE>(a5, a7));
    [
        _mm256_permute2f128_ps::<0x20>(b0, b4),
        _mm256_permute2f128_ps::<0x20>(b1, b5),
        _mm256_permute2f128_ps::<0x20>(b2, b6),
        _mm256_permute2f128_ps::<0x20>(b3, b7),
        _mm256_permute2f128_ps::<0x31>(b0, b4),
        _mm256_permute2f128_ps::<0x31>(b1, b5),
        _mm256_permute2f128_ps::<0x31>(b2, b6),
        _mm256_permute2f128_ps::<0x31>(b3, b7),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn row(samples: &[u16; 8], centre: __m256) -> __m256 {
    _mm256_sub_ps(_mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(load_words(samples))), centre)
}

/// Two rows of coefficients, quantised.
#[inline]
#[target_feature(enable = "avx2")]
fn quantise(upper: __m256, lower: __m256, [above, below]: &[[f32; 8]; 2]) -> __m256i {
    let upper = _mm256_cvtps_epi32(_mm256_mul_ps(upper, load_floats(above)));
    let lower = _mm256_cvtps_epi32(_mm256_mul_ps(lower, load_floats(below)));
    _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(upper, lower))
}

/// `forward::transform`.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn transform(
    [r0, r1, r2, r3, r4, r5, r6, r7]: [&[u16; 8]; 8],
    centre: u16,
    factors: &Factors,
) -> Block {
    let centre = _mm256_set1_ps(f32::from(centre));
    let rows = [
        row(r0, centre),
        row(r1, centre),
        row(r2, centre),
        row(r3, centre),
        row(r4, centre),
        row(r5, centre),
        row(r6, centre),
        row(r7, centre),
    ];
    let [c0, c1, c2, c3, c4, c5, c6, c7] = pass(transpose(pass(rows)));
    let mut block = [0; 64];
    if let ([f0, f1, f2, f3], []) = factors.as_chunks::<2>()
        && let ([b0, b1, b2, b3], []) = block.as_chunks_mut::<16>()
    {
        store_words(b0, quantise(c0, c1, f0));
        store_words(b1, quantise(c2, c3, f1));
        store_words(b2, quantise(c4, c5, f2));
        store_words(b3, quantise(c6, c7, f3));
    }
    block
}

/// A bit for each coefficient that is not zero.
#[inline]
#[target_feature(enable = "avx2")]
pub(in crate::dct) fn nonzero(block: &Block) -> u64 {
    let zero = _mm256_setzero_si256();
    let mut mask = 0_u64;
    for (half, shift) in block.as_chunks::<32>().0.iter().zip([0, 32]) {
        if let ([a, b, c, d], []) = half.as_chunks::<8>() {
            let low = _mm256_set_m128i(load(b), load(a));
            let high = _mm256_set_m128i(load(d), load(c));
            let both = _mm256_packs_epi16(_mm256_cmpeq_epi16(low, zero), _mm256_cmpeq_epi16(high, zero));
            let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(both);
            mask |= u64::from(!_mm256_movemask_epi8(both) as u32) << shift;
        }
    }
    mask
}
