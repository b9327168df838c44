//! Where the rows of an inverse transform come from, two bands each, and where they go.

use std::mem::swap;
use std::ops::Range;

use super::{Area, Bands, Plane, band, reflected};

/// Bands and where they lie.
#[derive(Debug)]
pub(crate) struct Source<'a, T> {
    bands: Bands<'a, T>,
    rows: Range<u32>,
    /// Rows of the low bands before the first.
    first_low: u32,
    first_high: u32,
    low_width: usize,
    high_width: usize,
    /// True where rows begin with a high sample.
    pub(super) is_odd: bool,
}

/// A row of two bands.
pub(super) struct Pair<'a, T> {
    pub(super) low: &'a [T],
    pub(super) high: &'a [T],
    /// True for a row of the bands that are high down.
    pub(super) is_high: bool,
}

impl<'a, T: Copy> Source<'a, T> {
    pub(super) fn new(extent: &Area, bands: Bands<'a, T>) -> Self {
        let (columns, rows) = (extent.x0..extent.x1, extent.y0..extent.y1);
        Self {
            bands,
            first_low: band(&rows, false).start,
            first_high: band(&rows, true).start,
            low_width: band(&columns, false).len(),
            high_width: band(&columns, true).len(),
            is_odd: extent.x0 % 2 == 1,
            rows,
        }
    }

    /// True where the planes have all that the extent says.
    pub(super) fn is_sound(&self) -> bool {
        let (low, high) = (band(&self.rows, false).len(), band(&self.rows, true).len());
        self.bands.ll.holds(self.low_width, low)
            && self.bands.hl.holds(self.high_width, low)
            && self.bands.lh.holds(self.low_width, high)
            && self.bands.hh.holds(self.high_width, high)
    }

    pub(super) const fn width(&self) -> usize {
        self.low_width + self.high_width
    }

    /// True where there is one row, which is not transformed down.
    pub(super) fn is_one_row(&self) -> bool {
        self.rows.len() == 1
    }

    /// A row of the level, which goes on by reflection.
    #[inline(always)]
    pub(super) fn row(&self, at: i64) -> Pair<'a, T> {
        let at = reflected(at, &self.rows);
        let is_high = at % 2 == 1;
        let (low, high, first): (Plane<'a, T>, Plane<'a, T>, u32) = if is_high {
            (self.bands.lh, self.bands.hh, self.first_high)
        } else {
            (self.bands.ll, self.bands.hl, self.first_low)
        };
        let number = (at / 2).saturating_sub(first) as usize;
        Pair { low: low.row(number, self.low_width), high: high.row(number, self.high_width), is_high }
    }
}

/// Rows of the result, and three to take the place of rows that are not asked for.
pub(super) struct Output<'a, T> {
    out: &'a mut [T],
    stride: usize,
    width: usize,
    start: i64,
    end: i64,
    above: &'a mut [T],
    odd: &'a mut [T],
    even: &'a mut [T],
}

impl<'a, T> Output<'a, T> {
    pub(super) fn new(
        (out, stride): (&'a mut [T], usize),
        width: usize,
        rows: &Range<u32>,
        [above, odd, even]: [&'a mut [T]; 3],
    ) -> Self {
        Self { out, stride, width, start: rows.start.into(), end: rows.end.into(), above, odd, even }
    }

    /// Hands out row `at`, an odd one, between the even rows above it, which was made by the last call, and below it, to be made with it.
    #[inline(always)]
    pub(super) fn step(&mut self, at: i64, make: impl FnOnce(&[T], &mut [T], &mut [T])) {
        let (stride, width) = (self.stride, self.width);
        // Rows before the first are none.
        let skipped = usize::try_from(self.start - (at - 1)).unwrap_or(0);
        let start = usize::try_from(at - 1 - self.start).unwrap_or(0).saturating_mul(stride);
        let left = usize::try_from(self.end - (at - 1).max(self.start)).unwrap_or(0);
        let mut rows = self.out.get_mut(start..).unwrap_or_default().chunks_mut(stride.max(1)).take(left);
        let mut row = |number: usize| {
            if number < skipped { None } else { rows.next().and_then(|row| row.get_mut(..width)) }
        };
        let (above, odd, even) = (row(0), row(1), row(2));
        let is_kept = even.is_some();
        make(above.unwrap_or(self.above), odd.unwrap_or(self.odd), even.unwrap_or(self.even));
        if !is_kept {
            swap(&mut self.above, &mut self.even);
        }
    }
}
