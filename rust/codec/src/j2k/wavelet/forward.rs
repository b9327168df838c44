//! Where the rows of a forward transform come from, and the bands they go to.

use std::ops::Range;

use super::{Area, BandsMut, Plane, band, reflected};

/// A plane and where it lies.
#[derive(Debug)]
pub(crate) struct Source<'a, T> {
    plane: Plane<'a, T>,
    /// The row that comes first in the plane.
    first: u32,
    rows: Range<u32>,
    width: usize,
}

impl<'a, T> Source<'a, T> {
    pub(super) fn new(extent: &Area, first: u32, plane: Plane<'a, T>) -> Self {
        Self { plane, first, rows: extent.y0..extent.y1, width: extent.width() as usize }
    }

    /// True where the plane has all rows that `rows` need, which reach so far.
    pub(super) fn is_sound(&self, rows: &Range<u32>, reach: u32) -> bool {
        let from = rows.start.saturating_sub(reach).max(self.rows.start);
        let to = rows.end.saturating_add(reach).min(self.rows.end);
        self.first <= from && self.plane.holds(self.width, to.saturating_sub(self.first) as usize)
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// True where there is one row, which is not transformed down.
    pub(super) fn is_one_row(&self) -> bool {
        self.rows.len() == 1
    }

    /// A row of the level, which goes on by reflection.
    #[inline(always)]
    pub(super) fn row(&self, at: i64) -> &'a [T] {
        self.plane.row(reflected(at, &self.rows).wrapping_sub(self.first) as usize, self.width)
    }
}

/// The bands; their first rows are the first that the rows of this call have.
#[derive(Debug)]
pub(crate) struct Target<'a, 'b, T> {
    bands: &'a mut BandsMut<'b, T>,
    low: Range<u32>,
    high: Range<u32>,
    low_width: usize,
    high_width: usize,
    /// True where rows begin with a high sample.
    pub(super) is_odd: bool,
}

impl<'a, 'b, T> Target<'a, 'b, T> {
    pub(super) fn new(extent: &Area, rows: &Range<u32>, bands: &'a mut BandsMut<'b, T>) -> Self {
        let columns = extent.x0..extent.x1;
        Self {
            bands,
            low: band(rows, false),
            high: band(rows, true),
            low_width: band(&columns, false).len(),
            high_width: band(&columns, true).len(),
            is_odd: extent.x0 % 2 == 1,
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.bands.ll.holds(self.low_width, self.low.len())
            && self.bands.hl.holds(self.high_width, self.low.len())
            && self.bands.lh.holds(self.low_width, self.high.len())
            && self.bands.hh.holds(self.high_width, self.high.len())
    }

    /// Where row `at` of the level goes, if it is one of this call: the bands that are low and high across.
    #[inline(always)]
    pub(super) fn row(&mut self, at: i64) -> Option<(&mut [T], &mut [T])> {
        let (low, high, range) = if at.rem_euclid(2) == 1 {
            (&mut self.bands.lh, &mut self.bands.hh, &self.high)
        } else {
            (&mut self.bands.ll, &mut self.bands.hl, &self.low)
        };
        let number = u32::try_from(at.div_euclid(2)).ok().filter(|number| range.contains(number))?;
        let number = (number - range.start) as usize;
        Some((low.row_mut(number, self.low_width), high.row_mut(number, self.high_width)))
    }
}
