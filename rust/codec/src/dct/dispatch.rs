//! From the level that a machine has to the kernels that were compiled for it.
#![expect(
    unsafe_code,
    reason = "a function compiled for a feature may be called only where the level says that it is there"
)]

use super::encode::{self, Factors, Source};
use super::idct::Block;
use super::plan::Plan;
use super::planes::{self, Canvas};
use super::progressive::{self, Pass, Store};
use super::sample::Sample;
use super::scan::{self, Channel};
use super::segments::Segments;
use super::weave::{to_rgb, weave};
use crate::Result;
use crate::simd::Level;

/// Transforms one row of blocks, an even number of them.
pub(super) fn transform_row<T: Sample>(
    level: Level,
    blocks: &[Block],
    lasts: &[u8],
    out: &mut [T],
    stride: usize,
) {
    #[cfg(target_arch = "x86_64")]
    if level.has_avx2() {
        // SAFETY: the level says that AVX2 is there.
        return unsafe { super::idct_avx2::transform_row(blocks, lasts, out, stride) };
    }
    let _ = level;
    planes::transform_row(blocks, lasts, out, stride);
}

/// Writes the rows of pixels that are ready after a row of MCUs.
pub(super) fn write_rows<T: Sample>(level: Level, canvas: &mut Canvas<'_, T>, mcu: usize) {
    #[cfg(target_arch = "x86_64")]
    if level.has_avx2() {
        // SAFETY: the level says that AVX2 is there.
        return unsafe { super::weave_avx2::write_rows(canvas, mcu) };
    }
    let _ = level;
    canvas.write_rows(mcu, |rows, to| weave(&rows, to), to_rgb);
}

/// Decodes one row of interleaved MCUs.
pub(super) fn decode_row(
    level: Level,
    segments: &mut Segments<'_>,
    channels: &mut [Channel<'_>],
    plan: &Plan,
    blocks: &mut [Vec<Block>; 4],
    lasts: &mut [Vec<u8>; 4],
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
        fn with_bmi2(
            segments: &mut Segments<'_>,
            channels: &mut [Channel<'_>],
            plan: &Plan,
            blocks: &mut [Vec<Block>; 4],
            lasts: &mut [Vec<u8>; 4],
        ) -> Result<()> {
            scan::decode_row(segments, channels, plan, blocks, lasts)
        }
        if level.has_avx2() {
            // SAFETY: the level says that these are there.
            return unsafe { with_bmi2(segments, channels, plan, blocks, lasts) };
        }
    }
    let _ = level;
    scan::decode_row(segments, channels, plan, blocks, lasts)
}

/// Decodes one scan into the store of coefficients.
pub(super) fn decode_scan(
    level: Level,
    segments: &mut Segments<'_>,
    channels: &mut [Channel<'_>],
    plan: &Plan,
    store: &mut [Store; 4],
    pass: Pass,
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
        fn with_bmi2(
            segments: &mut Segments<'_>,
            channels: &mut [Channel<'_>],
            plan: &Plan,
            store: &mut [Store; 4],
            pass: Pass,
        ) -> Result<()> {
            progressive::decode_scan(segments, channels, plan, store, pass)
        }
        if level.has_avx2() {
            // SAFETY: the level says that these are there.
            return unsafe { with_bmi2(segments, channels, plan, store, pass) };
        }
    }
    let _ = level;
    progressive::decode_scan(segments, channels, plan, store, pass)
}

/// Transforms and quantises one row of MCUs.
pub(super) fn forward_row(
    level: Level,
    source: &mut Source<'_>,
    mcu: usize,
    plan: &Plan,
    factors: &[Factors; 2],
    has_chrominance: bool,
    blocks: &mut [Vec<Block>; 4],
) {
    #[cfg(target_arch = "x86_64")]
    if level.has_avx2() {
        // SAFETY: the level says that these are there.
        return unsafe { encode::forward_row_avx2(source, mcu, plan, factors, has_chrominance, blocks) };
    }
    let _ = level;
    encode::forward_row_plain(source, mcu, plan, factors, has_chrominance, blocks);
}

/// Counts the symbols of one row of MCUs.
pub(super) fn count_row(
    level: Level,
    job: &encode::Job<'_>,
    state: &mut encode::State,
    counters: &mut [encode::Counter; 2],
    blocks: &[Vec<Block>; 4],
) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
        fn with_avx2(
            job: &encode::Job<'_>,
            state: &mut encode::State,
            counters: &mut [encode::Counter; 2],
            blocks: &[Vec<Block>; 4],
        ) {
            job.count_row(|block| encode::nonzero_avx2(block), state, counters, blocks);
        }
        if level.has_avx2() {
            // SAFETY: the level says that these are there.
            return unsafe { with_avx2(job, state, counters, blocks) };
        }
    }
    let _ = level;
    job.count_row(encode::nonzero, state, counters, blocks);
}

/// Writes one row of MCUs.
pub(super) fn write_row(
    level: Level,
    job: &mut encode::Job<'_>,
    state: &mut encode::State,
    codes: &[[encode::Codes; 2]; 2],
    blocks: &[Vec<Block>; 4],
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
        fn with_avx2(
            job: &mut encode::Job<'_>,
            state: &mut encode::State,
            codes: &[[encode::Codes; 2]; 2],
            blocks: &[Vec<Block>; 4],
        ) -> Result<()> {
            job.write_row(|block| encode::nonzero_avx2(block), state, codes, blocks)
        }
        if level.has_avx2() {
            // SAFETY: the level says that these are there.
            return unsafe { with_avx2(job, state, codes, blocks) };
        }
    }
    let _ = level;
    job.write_row(encode::nonzero, state, codes, blocks)
}
