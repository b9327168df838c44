//! What of each level has to be made so that the window of a component is right, and which precincts that takes.

use crate::j2k::block::Orientation;
use crate::j2k::geometry::{Area, Band, Grid, TileComponent};
use crate::j2k::markers::coding::MAX_LEVELS;
use crate::j2k::wavelet::{Irreversible, Kernel, Reversible, around};
use crate::{Error, ErrorKind, Result};

const LEVELS: usize = MAX_LEVELS as usize + 1;

/// The plan of one tile-component.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// The highest resolution that is made.
    pub(super) top: u8,
    /// The samples of each resolution that are asked for.
    wanted: [Area; LEVELS],
    /// What of each resolution is transformed for that.
    made: [Area; LEVELS],
}

impl Plan {
    /// For `window`, samples of the component that is reduced so many times.
    pub(super) fn new(part: &TileComponent, reduce: u8, window: &Area) -> Result<Self> {
        let levels = part.coding.levels;
        let top = levels.checked_sub(reduce).ok_or(Error::new(
            ErrorKind::Argument,
            "JPEG 2000: reduced more often than the codestream has levels",
        ))?;
        let reach =
            if part.coding.is_reversible { Reversible::<i32>::REACH } else { Irreversible::<f32>::REACH };
        let mut plan = Self { top, wanted: [Area::default(); LEVELS], made: [Area::default(); LEVELS] };
        let whole = part.area.reduced(reduce);
        let mut wanted = window.common(&whole);
        if wanted.is_empty() {
            wanted = Area::default();
        }
        for r in (0..=top).rev() {
            let full = part.area.reduced(levels - r);
            let is_nothing = wanted.is_empty();
            let made = if is_nothing || r == 0 { wanted } else { around(&full, &wanted, reach) };
            if let (Some(held), Some(wider)) =
                (plan.wanted.get_mut(usize::from(r)), plan.made.get_mut(usize::from(r)))
            {
                (*held, *wider) = (wanted, made);
            }
            wanted = if is_nothing { wanted } else { made.band(1, Orientation::LL) };
        }
        Ok(plan)
    }

    pub(super) fn wanted(&self, resolution: u8) -> Area {
        self.wanted.get(usize::from(resolution)).copied().unwrap_or_default()
    }

    pub(super) fn made(&self, resolution: u8) -> Area {
        self.made.get(usize::from(resolution)).copied().unwrap_or_default()
    }

    /// True where no sample is wanted.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted(self.top).is_empty()
    }

    /// What of a band is needed.
    pub(super) fn band(&self, resolution: u8, band: &Band) -> Area {
        let made = self.made(resolution);
        match resolution {
            _ if self.is_empty() => Area::default(),
            0 => made,
            _ => made.band(1, band.orientation),
        }
    }

    /// The precincts of a resolution that are needed, as columns and rows of its grid.
    pub(super) fn precincts(&self, resolution: u8, grid: &Grid) -> Area {
        let needed = Grid::new(self.made(resolution), grid.log);
        if resolution > self.top || needed.count() == 0 {
            return Area::default();
        }
        let (x0, y0) = (needed.x0.saturating_sub(grid.x0), needed.y0.saturating_sub(grid.y0));
        Area { x0, y0, x1: x0.saturating_add(needed.across), y1: y0.saturating_add(needed.down) }
    }
}
