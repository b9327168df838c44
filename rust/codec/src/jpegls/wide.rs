//! The same code twice: for any machine, and for one with AVX2 and the bit instructions that came with it.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions known to be there")
)]

use crate::Result;
use crate::simd::Level;

use super::context::RunIndex;
use super::encode_line::{LineEncoder, Samples};
use super::line::{Line, LineDecoder};

/// [`LineDecoder::decode`].
pub(super) fn decode(
    level: Level,
    decoder: &mut LineDecoder<'_>,
    count: usize,
    line: &mut Line<'_>,
    runs: &mut RunIndex,
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn widened(
            decoder: &mut LineDecoder<'_>,
            count: usize,
            line: &mut Line<'_>,
            runs: &mut RunIndex,
        ) -> Result<()> {
            decoder.decode(count, line, runs)
        }
        if level.has_avx2() {
            // SAFETY: a level that has AVX2 comes only from a machine that has it and the others.
            return unsafe { widened(decoder, count, line, runs) };
        }
    }
    let _: Level = level;
    decoder.decode(count, line, runs)
}

/// [`LineEncoder::encode`].
pub(super) fn encode(
    level: Level,
    encoder: &mut LineEncoder<'_>,
    count: usize,
    line: &mut Samples<'_>,
    runs: &mut RunIndex,
) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn widened(encoder: &mut LineEncoder<'_>, count: usize, line: &mut Samples<'_>, runs: &mut RunIndex) {
            encoder.encode(count, line, runs);
        }
        if level.has_avx2() {
            // SAFETY: as above.
            return unsafe { widened(encoder, count, line, runs) };
        }
    }
    let _: Level = level;
    encoder.encode(count, line, runs);
}
