//! The same code twice: for any machine, and for one with AVX2 and the bit instructions that came with it.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions known to be there")
)]

use crate::Result;
use crate::simd::Level;

use super::bits::BitWriter;
use super::group;
use super::rows::Group;
use super::symbols::{Counts, Writer};

/// [`group::count`].
pub(super) fn count<const C: usize, const SIZE: usize>(
    level: Level,
    group: &mut Group<'_, C>,
    step: usize,
    counts: &mut [Counts; C],
) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn widened<const C: usize, const SIZE: usize>(
            group: &mut Group<'_, C>,
            step: usize,
            counts: &mut [Counts; C],
        ) {
            group::count::<C, SIZE>(group, step, counts);
        }
        if level.has_avx2() {
            // SAFETY: a level that has AVX2 comes only from a machine that has it and the others.
            return unsafe { widened::<C, SIZE>(group, step, counts) };
        }
    }
    let _: Level = level;
    group::count::<C, SIZE>(group, step, counts);
}

/// [`group::write`].
pub(super) fn write<const C: usize, const SIZE: usize>(
    level: Level,
    group: &mut Group<'_, C>,
    writers: &mut [Writer; C],
    out: &mut BitWriter,
    others: &mut [BitWriter; 2],
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn widened<const C: usize, const SIZE: usize>(
            group: &mut Group<'_, C>,
            writers: &mut [Writer; C],
            out: &mut BitWriter,
            others: &mut [BitWriter; 2],
        ) -> Result<()> {
            group::write::<C, SIZE>(group, writers, out, others)
        }
        if level.has_avx2() {
            // SAFETY: as above.
            return unsafe { widened::<C, SIZE>(group, writers, out, others) };
        }
    }
    let _: Level = level;
    group::write::<C, SIZE>(group, writers, out, others)
}
