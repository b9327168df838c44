//! Loads and stores of vectors: the only unsafe code of the block coder.
#![expect(unsafe_code, reason = "an unaligned load or store of a vector takes a raw pointer")]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_loadl_epi64, _mm_loadu_si128, _mm_storeu_si128, _mm256_loadu_si256,
    _mm256_storeu_si256,
};

/// Sixteen bytes.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn load_bytes(from: &[u8; 16]) -> __m128i {
    // SAFETY: the array has the 16 bytes that are read; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

/// Two words in the lower half.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn load_two(from: &[u32; 2]) -> __m128i {
    // SAFETY: the array has the 8 bytes that are read; the load needs no alignment.
    unsafe { _mm_loadl_epi64(from.as_ptr().cast()) }
}

/// Eight words.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn load(from: &[u32; 8]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read; the load needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

/// Stores four words.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn store_four(to: &mut [u32; 4], value: __m128i) {
    // SAFETY: the array has the 16 bytes that are written; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), value) }
}

/// Stores eight words.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn store(to: &mut [u32; 8], value: __m256i) {
    // SAFETY: the array has the 32 bytes that are written; the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}

/// Stores four words of 64 bits.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn store_long(to: &mut [u64; 4], value: __m256i) {
    // SAFETY: the array has the 32 bytes that are written; the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}

/// 32 bytes.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn load_many(from: &[u8; 32]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read; the load needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

/// Stores 32 bytes.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn store_many(to: &mut [u8; 32], value: __m256i) {
    // SAFETY: the array has the 32 bytes that are written; the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}
