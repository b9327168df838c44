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

/// [`LineDecoder::samples`].
pub(super) fn decode<const N: usize, const SIZE: usize, const PLAIN: bool>(
    level: Level,
    decoder: &mut LineDecoder<'_>,
    line: &mut Line<'_>,
    runs: &mut RunIndex,
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn widened<const N: usize, const SIZE: usize, const PLAIN: bool>(
            decoder: &mut LineDecoder<'_>,
            line: &mut Line<'_>,
            runs: &mut RunIndex,
        ) -> Result<()> {
            decoder.samples::<N, SIZE, PLAIN>(line, runs)
        }
        if level.has_avx2() {
            // SAFETY: a level that has AVX2 comes only from a machine that has it and the others.
            return unsafe { widened::<N, SIZE, PLAIN>(decoder, line, runs) };
        }
    }
    let _: Level = level;
    decoder.samples::<N, SIZE, PLAIN>(line, runs)
}

/// [`LineEncoder::samples`].
pub(super) fn encode<const N: usize, const LOSSLESS: bool>(
    level: Level,
    encoder: &mut LineEncoder<'_>,
    line: &mut Samples<'_>,
    runs: &mut RunIndex,
) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn widened<const N: usize, const LOSSLESS: bool>(
            encoder: &mut LineEncoder<'_>,
            line: &mut Samples<'_>,
            runs: &mut RunIndex,
        ) {
            encoder.samples::<N, LOSSLESS>(line, runs);
        }
        if level.has_avx2() {
            // SAFETY: as above.
            return unsafe { widened::<N, LOSSLESS>(encoder, line, runs) };
        }
    }
    let _: Level = level;
    encoder.samples::<N, LOSSLESS>(line, runs);
}
