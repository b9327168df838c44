//! Loads and stores of vectors: the only unsafe code of kernels.
#![expect(unsafe_code, reason = "an unaligned load or store of a vector takes a raw pointer")]

use std::arch::x86_64::{
    __m128i, __m256, __m256i, _mm_loadu_si128, _mm_storeu_si128, _mm256_loadu_ps, _mm256_loadu_si256,
    _mm256_storeu_si256,
};

/// Eight samples of 16 bits.
#[inline]
#[target_feature(enable = "sse2")]
pub(crate) fn load(from: &[i16; 8]) -> __m128i {
    // SAFETY: the array has the 16 bytes that are read; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

/// Sixteen bytes.
#[inline]
#[target_feature(enable = "sse2")]
pub(crate) fn load_bytes(from: &[u8; 16]) -> __m128i {
    // SAFETY: the array has the 16 bytes that are read; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

/// Thirty-two bytes.
#[inline]
#[target_feature(enable = "avx")]
pub(crate) fn load_wide(from: &[u8; 32]) -> __m256i {
    // SAFETY: the array has the 32 bytes that are read; the load needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

/// Stores sixteen bytes.
#[inline]
#[target_feature(enable = "sse2")]
pub(crate) fn store_bytes(to: &mut [u8; 16], value: __m128i) {
    // SAFETY: the array has the 16 bytes that are written; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), value) }
}

/// Stores eight samples of 16 bits.
#[inline]
#[target_feature(enable = "sse2")]
pub(crate) fn store(to: &mut [u16; 8], value: __m128i) {
    // SAFETY: the array has the 16 bytes that are written; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), value) }
}

/// Eight words.
#[inline]
#[target_feature(enable = "sse2")]
pub(crate) fn load_words(from: &[u16; 8]) -> __m128i {
    // SAFETY: the array has the 16 bytes that are read; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

/// Eight numbers.
#[inline]
#[target_feature(enable = "avx")]
pub(crate) fn load_floats(from: &[f32; 8]) -> __m256 {
    // SAFETY: the array has the 32 bytes that are read; the load needs no alignment.
    unsafe { _mm256_loadu_ps(from.as_ptr()) }
}

/// Stores sixteen words.
#[inline]
#[target_feature(enable = "avx")]
pub(crate) fn store_words(to: &mut [i16; 16], value: __m256i) {
    // SAFETY: the array has the 32 bytes that are written; the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), value) }
}
