//! Where tiles, resolutions, bands, precincts and code blocks lie: pure arithmetic (T.800 Annex B), for both ways.
//!
//! Coordinates have 32 bits; sums and products of them are made in 64.

use super::block::Orientation;
use super::markers::coding::Coding;
use super::markers::size::Component;

/// A part of a grid: columns `x0..x1`, rows `y0..y1`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Area {
    pub(crate) x0: u32,
    pub(crate) y0: u32,
    pub(crate) x1: u32,
    pub(crate) y1: u32,
}

/// `value / 2^shift`, rounded up; shifts of 32 and more are allowed.
const fn up(value: u32, shift: u32) -> u32 {
    let sum = value as u64 + ((1_u64 << min(shift, 32)) - 1);
    low(sum >> min(shift, 63))
}

const fn min(a: u32, b: u32) -> u32 {
    if a < b { a } else { b }
}

/// The low 32 bits of what has no more.
#[expect(clippy::cast_possible_truncation, reason = "what is asked for is at most the value it came from")]
const fn low(value: u64) -> u32 {
    value as u32
}

impl Area {
    pub(crate) const fn width(&self) -> u32 {
        self.x1.saturating_sub(self.x0)
    }

    pub(crate) const fn height(&self) -> u32 {
        self.y1.saturating_sub(self.y0)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.x1 <= self.x0 || self.y1 <= self.y0
    }

    /// Samples in it.
    pub(crate) const fn samples(&self) -> u64 {
        self.width() as u64 * self.height() as u64
    }

    /// The part that both have; empty where there is none.
    pub(crate) fn common(&self, other: &Self) -> Self {
        let (x0, y0) = (self.x0.max(other.x0), self.y0.max(other.y0));
        Self { x0, y0, x1: self.x1.min(other.x1).max(x0), y1: self.y1.min(other.y1).max(y0) }
    }

    /// Corners divided by a spacing, rounded up (T.800 B-12).
    pub(crate) fn spaced(&self, dx: u8, dy: u8) -> Self {
        let (dx, dy) = (u32::from(dx).max(1), u32::from(dy).max(1));
        Self {
            x0: self.x0.div_ceil(dx),
            y0: self.y0.div_ceil(dy),
            x1: self.x1.div_ceil(dx),
            y1: self.y1.div_ceil(dy),
        }
    }

    /// Corners divided by `2^shift`, rounded up (T.800 B-14).
    pub(crate) const fn reduced(&self, shift: u8) -> Self {
        let shift = shift as u32;
        Self {
            x0: up(self.x0, shift),
            y0: up(self.y0, shift),
            x1: up(self.x1, shift),
            y1: up(self.y1, shift),
        }
    }

    /// The band of level `level` (at least 1 for all but LL) that filters of `orientation` give (T.800 B-15).
    pub(crate) fn band(&self, level: u8, orientation: Orientation) -> Self {
        if level == 0 {
            return *self;
        }
        let shift = u32::from(level);
        let edge = |at: u32, is_high: bool| {
            let half = if is_high { 1_u64 << (shift - 1) } else { 0 };
            let sum = (u64::from(at) + ((1 << shift) - 1)).saturating_sub(half);
            low(sum >> shift)
        };
        let across = matches!(orientation, Orientation::HL | Orientation::HH);
        let down = matches!(orientation, Orientation::LH | Orientation::HH);
        Self {
            x0: edge(self.x0, across),
            y0: edge(self.y0, down),
            x1: edge(self.x1, across),
            y1: edge(self.y1, down),
        }
    }
}

/// Cells of `2^log` samples that are anchored at 0 and that an area touches.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Grid {
    /// What is divided.
    pub(crate) area: Area,
    /// log2 of the width and height of a cell.
    pub(crate) log: (u8, u8),
    /// The index of the first column and row of cells.
    pub(crate) x0: u32,
    pub(crate) y0: u32,
    pub(crate) across: u32,
    pub(crate) down: u32,
}

impl Grid {
    /// Divides an area (T.800 B-16). An empty one has no cells.
    pub(crate) const fn new(area: Area, log: (u8, u8)) -> Self {
        let (lx, ly) = (log.0 as u32, log.1 as u32);
        let (x0, y0) = (area.x0 >> lx, area.y0 >> ly);
        if area.is_empty() {
            return Self { area, log, x0, y0, across: 0, down: 0 };
        }
        Self { area, log, x0, y0, across: up(area.x1, lx) - x0, down: up(area.y1, ly) - y0 }
    }

    pub(crate) const fn count(&self) -> u64 {
        self.across as u64 * self.down as u64
    }

    /// The samples of a cell; empty beyond the last one.
    pub(crate) fn cell(&self, column: u32, row: u32) -> Area {
        let (across, down) = (1_u64 << self.log.0, 1_u64 << self.log.1);
        let clamp =
            |index: u64, step: u64, from: u32, to: u32| low((index * step).clamp(from.into(), to.into()));
        let (x, y) = (u64::from(self.x0) + u64::from(column), u64::from(self.y0) + u64::from(row));
        let area = &self.area;
        Area {
            x0: clamp(x, across, area.x0, area.x1),
            y0: clamp(y, down, area.y0, area.y1),
            x1: clamp(x + 1, across, area.x0, area.x1),
            y1: clamp(y + 1, down, area.y0, area.y1),
        }
    }
}

/// The part of a component that a tile has, and how it is decomposed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileComponent<'a> {
    /// Samples of the component (T.800 B-12).
    pub(crate) area: Area,
    pub(crate) component: Component,
    pub(crate) coding: &'a Coding,
}

/// A resolution of a tile-component.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Resolution {
    pub(crate) area: Area,
    /// Its precincts, in its own coordinates.
    pub(crate) precincts: Grid,
    /// One band (LL) at the lowest resolution, three (HL, LH, HH) above.
    bands: [Band; 3],
    count: usize,
}

/// A band of a resolution.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Band {
    pub(crate) orientation: Orientation,
    /// nb: its decomposition level.
    pub(crate) level: u8,
    pub(crate) area: Area,
    /// Its precincts, in its own coordinates. Cells of `Resolution::precincts` without a sample of this band may fall outside.
    pub(crate) precincts: Grid,
    /// log2 of the width and height of code blocks: xcb', ycb' (T.800 B-17, B-18).
    pub(crate) block: (u8, u8),
}

impl<'a> TileComponent<'a> {
    /// The part of `component` in a tile.
    pub(crate) fn new(tile: &Area, component: Component, coding: &'a Coding) -> Self {
        Self { area: tile.spaced(component.dx, component.dy), component, coding }
    }

    /// Resolution `r`, 0 for the lowest.
    pub(crate) fn resolution(&self, r: u8) -> Resolution {
        let levels = self.coding.levels;
        let area = self.area.reduced(levels.saturating_sub(r));
        let log = self.coding.precinct(r);
        let mut resolution = Resolution { area, precincts: Grid::new(area, log), ..Resolution::default() };
        // T.800 B.7: above the lowest resolution, a precinct is half as wide in its bands.
        let (orientations, level, log): (&[_], u8, _) = if r == 0 {
            (&[Orientation::LL], levels, log)
        } else {
            let halves = (log.0.saturating_sub(1), log.1.saturating_sub(1));
            (&[Orientation::HL, Orientation::LH, Orientation::HH], levels.saturating_sub(r) + 1, halves)
        };
        for (band, &orientation) in resolution.bands.iter_mut().zip(orientations) {
            let area = self.area.band(level, orientation);
            let block = (self.coding.block.0.min(log.0), self.coding.block.1.min(log.1));
            *band = Band { orientation, level, area, precincts: Grid::new(area, log), block };
        }
        resolution.count = orientations.len();
        resolution
    }
}

impl Resolution {
    /// Its bands.
    pub(crate) fn bands(&self) -> &[Band] {
        self.bands.get(..self.count).unwrap_or_default()
    }
}

impl Band {
    /// The code blocks of precinct (`column`, `row`) of `precincts`, the resolution's own grid.
    pub(crate) fn blocks(&self, precincts: &Grid, column: u32, row: u32) -> Grid {
        let cell = |index: u64, log: u8| (index << log, (index + 1) << log);
        let (x0, x1) = cell(u64::from(precincts.x0) + u64::from(column), self.precincts.log.0);
        let (y0, y1) = cell(u64::from(precincts.y0) + u64::from(row), self.precincts.log.1);
        let cut = |at: u64| u32::try_from(at).unwrap_or(u32::MAX);
        let area = Area { x0: cut(x0), y0: cut(y0), x1: cut(x1), y1: cut(y1) };
        Grid::new(self.area.common(&area), self.block)
    }
}

#[cfg(test)]
mod tests {
    use super::{Area, Grid, TileComponent};
    use crate::j2k::block::Orientation;
    use crate::j2k::markers::coding::Coding;
    use crate::j2k::markers::size::Component;

    #[test]
    fn bands_of_a_level_share_its_samples() {
        for (x0, x1) in [(0, 17), (1, 18), (5, 6), (7, 7), (1023, 4097)] {
            let area = Area { x0, y0: 3, x1, y1: 1000 };
            for level in 1..=12 {
                let sum: u64 = [Orientation::LL, Orientation::HL, Orientation::LH, Orientation::HH]
                    .iter()
                    .map(|&orientation| area.band(level, orientation).samples())
                    .sum();
                assert_eq!(sum, area.reduced(level - 1).samples());
                assert_eq!(area.band(level, Orientation::LL), area.reduced(level));
            }
        }
    }

    #[test]
    fn blocks_of_all_precincts_cover_each_band_once() {
        let component = Component { precision: 8, is_signed: false, dx: 1, dy: 2 };
        let mut coding = Coding { levels: 4, block: (4, 3), has_precincts: true, ..Coding::default() };
        coding.precincts = [(5, 4); 33];
        let tile = Area { x0: 33, y0: 77, x1: 533, y1: 600 };
        let part = TileComponent::new(&tile, component, &coding);
        for r in 0..=4 {
            let resolution = part.resolution(r);
            for band in resolution.bands() {
                let mut sum = 0;
                for row in 0..resolution.precincts.down {
                    for column in 0..resolution.precincts.across {
                        let blocks = band.blocks(&resolution.precincts, column, row);
                        for index in 0..blocks.count() {
                            let (x, y) = (index % u64::from(blocks.across), index / u64::from(blocks.across));
                            sum +=
                                blocks.cell(u32::try_from(x).unwrap(), u32::try_from(y).unwrap()).samples();
                        }
                    }
                }
                assert_eq!(sum, band.area.samples());
            }
        }
    }

    #[test]
    fn far_corners_do_not_overflow() {
        let area = Area { x0: u32::MAX - 3, y0: 0, x1: u32::MAX, y1: u32::MAX };
        for level in 1..=32 {
            for orientation in [Orientation::LL, Orientation::HL, Orientation::LH, Orientation::HH] {
                assert!(area.band(level, orientation).x1 <= area.reduced(level - 1).x1);
            }
        }
        let grid = Grid::new(area, (15, 15));
        assert_eq!((grid.across, grid.down), (1, 1 << 17));
        assert_eq!(grid.cell(0, (1 << 17) - 1).y1, u32::MAX);
    }
}
