//! The transforms twice: for any machine, and for one with AVX2. No step of them may be contracted, so both give the same bits.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions known to be there")
)]

use std::ops::Range;

use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::{Area, Bands, BandsMut, Kernel, Plane, Scratch};
use super::{forward as apart, inverse as together};

const UNSOUND: Error =
    Error::new(ErrorKind::Argument, "JPEG 2000: planes smaller than the level of a wavelet");

/// Makes `rows` of the level `extent` from its bands into `out`, whose first row is that of `rows.start`.
///
/// # Errors
///
/// `Argument` where a plane is too small, `Limit` without memory for some rows.
pub(crate) fn inverse<K: Kernel>(
    level: Level,
    extent: &Area,
    rows: Range<u32>,
    bands: Bands<'_, K::Sample>,
    scratch: &mut Scratch<K::Sample>,
    out: &mut [K::Sample],
    stride: usize,
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
    fn widened<K: Kernel>(
        source: &together::Source<'_, K::Sample>,
        rows: Range<u32>,
        scratch: &mut [K::Sample],
        out: &mut [K::Sample],
        stride: usize,
    ) {
        K::inverse(source, rows, scratch, out, stride);
    }
    let source = together::Source::new(extent, bands);
    let width = source.width();
    let is_inside = extent.y0 <= rows.start && rows.end <= extent.y1;
    if !is_inside || !source.is_sound() || !super::holds(out.len(), stride, width, rows.len()) {
        return Err(UNSOUND);
    }
    if width == 0 || rows.is_empty() {
        return Ok(());
    }
    let scratch = scratch.rows(K::SCRATCH, width)?;
    #[cfg(target_arch = "x86_64")]
    if level.has_avx2() {
        // SAFETY: a level that has AVX2 comes only from a machine that has it and the others.
        unsafe { widened::<K>(&source, rows, scratch, out, stride) };
        return Ok(());
    }
    let _: Level = level;
    K::inverse(&source, rows, scratch, out, stride);
    Ok(())
}

/// Takes the level `extent` apart: the rows of all bands that `rows` have, to the first rows of `bands`. `plane` has the rows of the level from
/// the given one on, at least as many around `rows` as the wavelet reaches.
///
/// # Errors
///
/// `Argument` where a plane is too small, `Limit` without memory for some rows.
pub(crate) fn forward<K: Kernel>(
    level: Level,
    extent: &Area,
    rows: Range<u32>,
    (first, plane): (u32, Plane<'_, K::Sample>),
    scratch: &mut Scratch<K::Sample>,
    bands: &mut BandsMut<'_, K::Sample>,
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
    fn widened<K: Kernel>(
        source: &apart::Source<'_, K::Sample>,
        rows: Range<u32>,
        scratch: &mut [K::Sample],
        out: &mut apart::Target<'_, '_, K::Sample>,
    ) {
        K::forward(source, rows, scratch, out);
    }
    let (source, mut out) =
        (apart::Source::new(extent, first, plane), apart::Target::new(extent, &rows, bands));
    let is_inside = extent.y0 <= rows.start && rows.end <= extent.y1;
    if !is_inside || !source.is_sound(&rows, K::REACH) || !out.is_sound() {
        return Err(UNSOUND);
    }
    if source.width() == 0 || rows.is_empty() {
        return Ok(());
    }
    let scratch = scratch.rows(K::SCRATCH, source.width())?;
    #[cfg(target_arch = "x86_64")]
    if level.has_avx2() {
        // SAFETY: as above.
        unsafe { widened::<K>(&source, rows, scratch, &mut out) };
        return Ok(());
    }
    let _: Level = level;
    K::forward(&source, rows, scratch, &mut out);
    Ok(())
}
