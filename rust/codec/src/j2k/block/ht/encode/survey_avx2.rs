//! [`Survey::row`], eight columns at once, its twin bit by bit where exponents are within [`NARROW`](super::survey::NARROW), and the rest of a
//! row compiled for the same instructions.
#![expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "lanes are bits, whatever the sign")]

use std::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_andnot_si256, _mm256_castps_si256,
    _mm256_castsi256_ps, _mm256_cmpeq_epi32, _mm256_cmpgt_epi32, _mm256_cvtepi32_ps, _mm256_max_epi32,
    _mm256_movemask_ps, _mm256_or_si256, _mm256_packus_epi32, _mm256_set1_epi32, _mm256_setr_epi8,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_shuffle_epi32, _mm256_slli_epi32, _mm256_srl_epi32,
    _mm256_srli_epi32, _mm256_sub_epi32, _mm256_testz_si256, _pdep_u32, _pext_u64,
};

use super::super::lanes::{load, store, store_long};
use super::Encoder;
use super::emit::Words;
use super::survey::Survey;

/// The most planes that vectors are for.
pub(super) const MOST: u32 = 24;

/// Encodes all rows of a block.
#[expect(unsafe_code, reason = "a function that needs instructions known to be there")]
pub(super) fn rows(encoder: &mut Encoder, words: &[u32], width: usize, shift: u32) {
    // SAFETY: whoever calls has asked for a level that has these instructions.
    unsafe { all_rows(encoder, words, width, shift) }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn all_rows(encoder: &mut Encoder, words: &[u32], width: usize, shift: u32) {
    for (y, two) in words.chunks(2 * width).enumerate() {
        let (top, bottom) = two.split_at(width);
        survey(&mut encoder.survey, top, bottom, shift);
        let (survey, above) = (&encoder.survey, encoder.above.as_slice());
        let words = Words { top, bottom, shift };
        let pack = |samples, mask| _pext_u64(samples, mask);
        if y == 0 {
            encoder.streams.row::<true, u32>(survey, above, words, pack);
        } else {
            encoder.streams.row::<false, u32>(survey, above, words, pack);
        }
        encoder.look_up(width.div_ceil(2));
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn survey(survey: &mut Survey, top: &[u32], bottom: &[u32], shift: u32) {
    let quads = survey.quads.get_mut(1..).unwrap_or_default().as_chunks_mut::<4>().0;
    let samples = survey.samples.as_chunks_mut::<4>().0;
    let lower = survey.lower.get_mut(1..).unwrap_or_default().as_chunks_mut::<8>().0;
    // The bits of a word that are coded, without its sign.
    let coded = _mm256_set1_epi32((0x7FFF_FFFF_u32 >> shift << shift) as i32);
    let mut at = 0;
    for ((quads, samples), lower) in quads.iter_mut().zip(samples).zip(lower).take(top.len().div_ceil(8)) {
        let (above, below) = (columns(top, at), columns(bottom, at));
        if _mm256_testz_si256(_mm256_or_si256(above, below), coded) == 1 {
            // All samples have the largest exponent, 0.
            (*quads, *samples, *lower) = ([15 << 4; 4], [0; 4], [0; 8]);
        } else {
            eight(above, below, shift, quads, samples, lower);
        }
        at += 8;
    }
}

/// Eight words, those behind the row zero.
#[inline]
#[target_feature(enable = "avx2")]
fn columns(row: &[u32], at: usize) -> __m256i {
    let rest = row.get(at..).unwrap_or_default();
    if let Some(whole) = rest.first_chunk() {
        return load(whole);
    }
    let mut padded = [0; 8];
    for (to, word) in padded.iter_mut().zip(rest) {
        *to = *word;
    }
    load(&padded)
}

/// The samples of a row: which are significant, 2 (mu - 1) + sign, exponents.
#[inline]
#[target_feature(enable = "avx2")]
fn samples_of(words: __m256i, shift: u32) -> [__m256i; 3] {
    let zero = _mm256_setzero_si256();
    let doubled = _mm256_srl_epi32(_mm256_slli_epi32::<1>(words), _mm_cvtsi32_si128(shift as i32));
    let doubled = _mm256_andnot_si256(_mm256_set1_epi32(1), doubled);
    let significant = _mm256_cmpgt_epi32(doubled, zero);
    let value =
        _mm256_add_epi32(_mm256_sub_epi32(doubled, _mm256_set1_epi32(2)), _mm256_srli_epi32::<31>(words));
    let odd = _mm256_sub_epi32(doubled, _mm256_set1_epi32(1));
    // The length in bits by way of floating point, the second highest bit cleared so that nothing is rounded up.
    let odd = _mm256_andnot_si256(_mm256_srli_epi32::<1>(odd), odd);
    let float = _mm256_castps_si256(_mm256_cvtepi32_ps(odd));
    let exponent = _mm256_sub_epi32(_mm256_srli_epi32::<23>(float), _mm256_set1_epi32(126));
    [significant, _mm256_and_si256(value, significant), _mm256_and_si256(exponent, significant)]
}

/// The top bits of two rows of lanes, the rows in turn: four bits a quad.
#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn quads_of(top: __m256i, bottom: __m256i) -> u32 {
    let [top, bottom] = [top, bottom].map(|row| _mm256_movemask_ps(_mm256_castsi256_ps(row)) as u32);
    _pdep_u32(top, 0x5555) | _pdep_u32(bottom, 0xAAAA)
}

#[inline]
#[target_feature(enable = "avx2,bmi2")]
fn eight(
    top: __m256i,
    bottom: __m256i,
    shift: u32,
    quads: &mut [u32; 4],
    samples: &mut [u64; 4],
    lower: &mut [u32; 8],
) {
    let [top_significant, top, top_exponents] = samples_of(top, shift);
    let [significant, bottom, exponents] = samples_of(bottom, shift);
    store(lower, exponents);
    let largest = _mm256_max_epi32(top_exponents, exponents);
    let largest = _mm256_max_epi32(largest, _mm256_shuffle_epi32::<0b1011_0001>(largest));
    let rho = quads_of(top_significant, significant);
    let which = quads_of(_mm256_cmpeq_epi32(top_exponents, largest), _mm256_cmpeq_epi32(exponents, largest));
    let mut of_columns = [0; 8];
    store(&mut of_columns, largest);
    for ((quad, [largest, _]), n) in quads.iter_mut().zip(of_columns.as_chunks::<2>().0).zip(0..) {
        *quad = (rho >> (4 * n) & 15) | (which >> (4 * n) & 15) << 4 | largest << 8;
    }
    // Both rows in turn, quad by quad.
    let both = _mm256_packus_epi32(top, bottom);
    let order = _mm256_setr_epi8(
        0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7,
        14, 15,
    );
    store_long(samples, _mm256_shuffle_epi8(both, order));
}
