//! Loads and stores of vectors: the only unsafe code of this room.
#![expect(unsafe_code, reason = "an unaligned load or store of a vector takes a raw pointer")]

use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_storeu_si128};

/// Eight samples of 16 bits.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn load(from: &[i16; 8]) -> __m128i {
    // SAFETY: the array has the 16 bytes that are read; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

/// Sixteen bytes.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn load_bytes(from: &[u8; 16]) -> __m128i {
    // SAFETY: the array has the 16 bytes that are read; the load needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

/// Stores sixteen bytes.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn store_bytes(to: &mut [u8; 16], value: __m128i) {
    // SAFETY: the array has the 16 bytes that are written; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), value) }
}

/// Stores eight samples of 16 bits.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn store(to: &mut [u16; 8], value: __m128i) {
    // SAFETY: the array has the 16 bytes that are written; the store needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), value) }
}
