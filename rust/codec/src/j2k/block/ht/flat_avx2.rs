//! Bytes that no stuffing touches, 32 at a time: what `flat.rs` does with them eight at a time.
#![expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "lanes are bits, whatever the sign")]

use std::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm_cvtsi128_si64, _mm256_alignr_epi8, _mm256_and_si256, _mm256_blend_epi32,
    _mm256_castsi128_si256, _mm256_castsi256_si128, _mm256_cmpeq_epi8, _mm256_max_epu8, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_permute2x128_si256, _mm256_permute4x64_epi64, _mm256_set_epi64x,
    _mm256_set1_epi8, _mm256_setr_epi8, _mm256_shuffle_epi8, _mm256_sll_epi64, _mm256_srl_epi64,
};

use super::flat::Packer;
use super::lanes::{load_many, store_many};

/// Takes as many bytes as it can, from the end where `BACK`, and says how many.
#[expect(unsafe_code, reason = "a function that needs instructions known to be there")]
pub(super) fn run<const BACK: bool>(stream: &[u8], before: u8, packer: &mut Packer<'_>) -> usize {
    // SAFETY: whoever calls has asked for a level that has these instructions.
    unsafe { chunks::<BACK>(stream, before, packer) }
}

#[target_feature(enable = "avx2")]
fn chunks<const BACK: bool>(stream: &[u8], before: u8, packer: &mut Packer<'_>) -> usize {
    let up = _mm_cvtsi32_si128(packer.held as i32);
    let down = _mm_cvtsi32_si128(64 - packer.held as i32);
    let mut pending = _mm256_set_epi64x(0, 0, 0, packer.bits as i64);
    let (mut before, mut taken) = (before, 0);
    let mut rest = stream;
    let room = packer.to.get_mut(packer.at..).unwrap_or_default().as_chunks_mut::<32>().0;
    for to in room {
        let Some((bytes, last, others)) = next::<BACK>(rest) else { break };
        // Each byte's predecessor in its place.
        let earlier = _mm256_alignr_epi8::<15>(bytes, _mm256_permute2x128_si256::<0x08>(bytes, bytes));
        let earlier = _mm256_or_si256(earlier, _mm256_castsi128_si256(_mm_cvtsi32_si128(i32::from(before))));
        if _mm256_movemask_epi8(stuffed::<BACK>(bytes, earlier)) != 0 {
            break;
        }
        // What goes beyond a word of 64 bits begins the next.
        let beyond = _mm256_srl_epi64(_mm256_permute4x64_epi64::<0b10_01_00_11>(bytes), down);
        let begun = _mm256_blend_epi32::<0b11>(beyond, pending);
        store_many(to, _mm256_or_si256(_mm256_sll_epi64(bytes, up), begun));
        pending = beyond;
        (before, rest, taken) = (last, others, taken + 32);
    }
    packer.bits = _mm_cvtsi128_si64(_mm256_castsi256_si128(pending)) as u64;
    packer.at += taken;
    taken
}

/// The next bytes in the order of the stream, the last of them, and what is left.
#[inline]
#[target_feature(enable = "avx2")]
fn next<const BACK: bool>(stream: &[u8]) -> Option<(__m256i, u8, &[u8])> {
    if BACK {
        let (rest, bytes) = stream.split_last_chunk::<32>()?;
        let order = _mm256_setr_epi8(
            15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4,
            3, 2, 1, 0,
        );
        let turned = _mm256_shuffle_epi8(load_many(bytes), order);
        Some((_mm256_permute4x64_epi64::<0b01_00_11_10>(turned), bytes[0], rest))
    } else {
        let (bytes, rest) = stream.split_first_chunk::<32>()?;
        Some((load_many(bytes), bytes[31], rest))
    }
}

/// Which bytes have seven bits: [`Stuffing`](super::flat::Stuffing).
#[inline]
#[target_feature(enable = "avx2")]
fn stuffed<const BACK: bool>(bytes: __m256i, earlier: __m256i) -> __m256i {
    if BACK {
        let low = _mm256_set1_epi8(0x7F);
        let is_high = _mm256_cmpeq_epi8(_mm256_max_epu8(earlier, _mm256_set1_epi8(-0x70)), earlier);
        _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, low), low), is_high)
    } else {
        _mm256_cmpeq_epi8(earlier, _mm256_set1_epi8(-1))
    }
}
