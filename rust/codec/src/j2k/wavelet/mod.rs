//! One level of the discrete wavelet transform, both ways (T.800 Annex F): four bands to the samples of the next resolution, and back.
//!
//! A level is an [`Area`] of the grid of its resolution; the parities of its corner say which samples are low and which are high.
//! Rows are streamed: a row of two bands is put together in cache, lifted against its neighbours there, and written once. Any range of rows
//! can be had by itself ([`cuts`] divides a level for several workers), the few rows around it are made again. For a part of a level,
//! [`around`] gives the area whose bands suffice, which then is treated as a level of its own: what its edges spoil lies outside of
//! the part.
//!
//! The same code is compiled for plain and for wide instructions (`wide`), so both give the same bits.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "coordinates have 32 bits; samples wrap around where they do not fit"
)]
#![expect(
    clippy::inline_always,
    reason = "a row is worked on by one function, compiled for each set of instructions"
)]

mod forward;
mod inverse;
mod irreversible;
mod reversible;
mod row;
#[cfg(test)]
mod tests;
mod wide;

use std::ops::Range;

use crate::{Error, ErrorKind, Result};

use super::geometry::Area;

pub(crate) use irreversible::Float;
pub(crate) use reversible::Integer;
pub(crate) use wide::{forward, inverse};
pub(crate) use {irreversible::Irreversible, reversible::Reversible};

/// What one band, low or high in each direction, has of a range (T.800 B-15).
fn band(range: &Range<u32>, is_high: bool) -> Range<u32> {
    if is_high { range.start / 2..range.end / 2 } else { range.start.div_ceil(2)..range.end.div_ceil(2) }
}

/// What of the level `extent` must be transformed so that `part` of it is right: `reach` ([`Kernel::REACH`]) more samples on each side, where
/// there are any (T.800 F.3.7: the extension of a signal is as long as its filters reach).
pub(crate) fn around(extent: &Area, part: &Area, reach: u32) -> Area {
    Area {
        x0: part.x0.saturating_sub(reach).max(extent.x0),
        y0: part.y0.saturating_sub(reach).max(extent.y0),
        x1: part.x1.saturating_add(reach).min(extent.x1),
        y1: part.y1.saturating_add(reach).min(extent.y1),
    }
}

/// The rows that the worker `number` of `count` makes.
pub(crate) fn cuts(extent: &Area, count: usize, number: usize) -> Range<u32> {
    let cut = |number: usize| {
        let rows = u64::from(extent.height()) * number as u64 / (count as u64).max(1);
        // Between a high row and a low one, so that a worker has whole pairs.
        let row = u64::from(extent.y0) + rows;
        if number == 0 || number >= count { row as u32 } else { (row as u32 & !1).max(extent.y0) }
    };
    cut(number)..cut(number + 1)
}

/// A wavelet: how a row is put together and taken apart, and how rows are lifted.
pub(crate) trait Kernel {
    /// Samples and coefficients.
    type Sample: Copy + Default;

    /// How many samples on each side of a sample it depends on.
    const REACH: u32;

    /// Rows of [`Scratch`] that it works in.
    const SCRATCH: usize;

    /// Makes `rows` of a level into `out`, whose first row is that of `rows.start`.
    fn inverse(
        source: &inverse::Source<'_, Self::Sample>,
        rows: Range<u32>,
        scratch: &mut [Self::Sample],
        out: &mut [Self::Sample],
        stride: usize,
    ) where
        Self: Sized;

    /// Makes the rows of all bands that `rows` of a level have.
    fn forward(
        source: &forward::Source<'_, Self::Sample>,
        rows: Range<u32>,
        scratch: &mut [Self::Sample],
        out: &mut forward::Target<'_, '_, Self::Sample>,
    ) where
        Self: Sized;
}

/// Samples in rows of `stride`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane<'a, T> {
    pub(crate) samples: &'a [T],
    pub(crate) stride: usize,
}

impl<'a, T> Plane<'a, T> {
    /// The first `width` samples of a row; none where it has none.
    #[inline(always)]
    pub(crate) fn row(&self, row: usize, width: usize) -> &'a [T] {
        let start = row.saturating_mul(self.stride);
        self.samples.get(start..start.saturating_add(width)).unwrap_or_default()
    }

    /// True where there are `height` rows of `width` samples.
    fn holds(&self, width: usize, height: usize) -> bool {
        holds(self.samples.len(), self.stride, width, height)
    }
}

fn holds(length: usize, stride: usize, width: usize, height: usize) -> bool {
    let needed = height.saturating_sub(1).checked_mul(stride).and_then(|before| before.checked_add(width));
    width == 0 || height == 0 || width <= stride && needed.is_some_and(|needed| needed <= length)
}

/// Samples in rows of `stride`, to be written.
#[derive(Debug)]
pub(crate) struct PlaneMut<'a, T> {
    pub(crate) samples: &'a mut [T],
    pub(crate) stride: usize,
}

impl<T> PlaneMut<'_, T> {
    #[inline(always)]
    pub(crate) fn row_mut(&mut self, row: usize, width: usize) -> &mut [T] {
        let start = row.saturating_mul(self.stride);
        self.samples.get_mut(start..start.saturating_add(width)).unwrap_or_default()
    }

    fn holds(&self, width: usize, height: usize) -> bool {
        holds(self.samples.len(), self.stride, width, height)
    }
}

/// The four bands of a level: low in both directions, high across, high down, high in both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bands<'a, T> {
    pub(crate) ll: Plane<'a, T>,
    pub(crate) hl: Plane<'a, T>,
    pub(crate) lh: Plane<'a, T>,
    pub(crate) hh: Plane<'a, T>,
}

/// The four bands of a level, to be written.
#[derive(Debug)]
pub(crate) struct BandsMut<'a, T> {
    pub(crate) ll: PlaneMut<'a, T>,
    pub(crate) hl: PlaneMut<'a, T>,
    pub(crate) lh: PlaneMut<'a, T>,
    pub(crate) hh: PlaneMut<'a, T>,
}

/// The rows that a transform works in, kept from level to level.
#[derive(Debug)]
pub(crate) struct Scratch<T> {
    rows: Vec<T>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<T: Copy + Default> Scratch<T> {
    /// How many samples there is room for.
    pub(crate) fn samples(&self) -> usize {
        self.rows.capacity()
    }

    /// `count` rows of `width` samples.
    fn rows(&mut self, count: usize, width: usize) -> Result<&mut [T]> {
        const NO_MEMORY: Error =
            Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for rows of a wavelet");
        let length = width.checked_mul(count).ok_or(NO_MEMORY)?;
        if let Some(more) = length.checked_sub(self.rows.len()) {
            self.rows.try_reserve_exact(more).map_err(|_| NO_MEMORY)?;
            self.rows.resize(length, T::default());
        }
        Ok(self.rows.get_mut(..length).unwrap_or_default())
    }
}

/// A place in a signal that is continued by reflection at both ends (T.800 F-4), as one inside. The signal has at least one sample.
#[inline(always)]
fn reflected(at: i64, range: &Range<u32>) -> u32 {
    let (first, last) = (i64::from(range.start), i64::from(range.end) - 1);
    if (first..=last).contains(&at) {
        return at as u32;
    }
    let period = (2 * (last - first)).max(1);
    let at = (at - first).rem_euclid(period);
    (first + at.min(period - at)).min(last) as u32
}
