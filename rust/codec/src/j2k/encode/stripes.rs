//! The highest resolution in stripes that stay in cache: samples, transform of colour, one level of the wavelet, code blocks. What is kept are
//! the low bands, from which the lower resolutions are made.

use std::ops::Range;
use std::sync::Mutex;

use crate::j2k::block::Orientation;
use crate::j2k::geometry::{Area, TileComponent};
use crate::j2k::wavelet::{self, Kernel, Plane, PlaneMut};
use crate::simd::Level;
use crate::{Image, Result};

use super::blocks::{Block, Coder, Made, Worker};
use super::path::Path;
use super::tile::{Context, Memory};
use super::transform::{self, Group, NO_MEMORY, lengthen, samples};

/// A stripe makes a few rows again that its neighbours have made: so many of its own make that little.
const LEAST: u32 = 64;

/// Some rows of the level.
struct Stripe<'a, S> {
    rows: Range<u32>,
    /// Where the low band's rows of each component go, and what became of the blocks.
    lows: Mutex<Vec<&'a mut [S]>>,
    made: Mutex<Result<Made>>,
}

/// Encodes the blocks of the highest resolution of a group, a list a component; leaves its low bands as samples of `memory.components`.
pub(super) fn highest<P: Path>(
    context: &Context<'_>,
    coder: &Coder,
    part: &TileComponent<'_>,
    group: Group<'_>,
    blocks: &mut [Vec<Block>],
    memory: &mut Memory<P>,
) -> Result<()> {
    let resolution = part.resolution(part.coding.levels);
    let area = resolution.area;
    let below = area.band(1, Orientation::LL);
    let log = resolution.bands().first().map_or(0, |band| band.block.1);
    // A stripe has whole blocks: both are powers of 2.
    let height = (2_u32 << log).max(LEAST);
    for blocks in &mut *blocks {
        blocks.sort_by_key(|block| block.area.y0);
    }
    let mut rest = Vec::new();
    for component in memory.components.iter_mut().take(group.count) {
        lengthen(&mut component.samples, samples(&below)?)?;
        rest.push(component.samples.as_mut_slice());
    }
    let (mut stripes, mut y0) = (Vec::new(), area.y0);
    while y0 < area.y1 {
        let y1 = (y0 / height + 1).saturating_mul(height).min(area.y1);
        let own = samples(&Area { y0, y1, ..area }.band(1, Orientation::LL))?;
        let mut lows = Vec::new();
        for rest in &mut rest {
            let (low, after) = std::mem::take(rest).split_at_mut_checked(own).ok_or(NO_MEMORY)?;
            lows.push(low);
            *rest = after;
        }
        stripes.push(Stripe { rows: y0..y1, lows: Mutex::new(lows), made: Mutex::new(Ok(Made::default())) });
        y0 = y1;
    }
    let (level, source) = (context.level, (context.image, context.samples));
    let work = Work { level, source, coder, area, group, blocks };
    let workers = &memory.workers;
    (context.executor.run)(stripes.len(), &|number| {
        let Some(stripe) = stripes.get(number) else { return };
        let mut lows = stripe.lows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let result =
            workers.lend(coder, |worker| work.stripe(&stripe.rows, &mut lows, worker, workers.made()));
        *stripe.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = result;
    });
    for stripe in stripes {
        let made = stripe.made.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
        memory.heap.append(made)?;
    }
    Ok(())
}

struct Work<'a> {
    level: Level,
    source: (&'a Image, &'a [u8]),
    coder: &'a Coder,
    area: Area,
    group: Group<'a>,
    blocks: &'a [Vec<Block>],
}

impl Work<'_> {
    fn stripe<P: Path>(
        &self,
        rows: &Range<u32>,
        lows: &mut [&mut [P::Sample]],
        worker: &mut Worker<P>,
        mut made: Made,
    ) -> Result<Made> {
        let own = Area { y0: rows.start, y1: rows.end, ..self.area };
        let loaded = Area { x0: own.x0, x1: own.x1, ..wavelet::around(&self.area, &own, P::Kernel::REACH) };
        let mut lists = std::mem::take(&mut worker.lists);
        lists.resize_with(lists.len().max(self.group.count), Vec::new);
        let mut some: Vec<_> = lists.iter_mut().take(self.group.count).collect();
        transform::load::<P>(self.level, self.source, &loaded, self.group, &mut some)?;
        let mut bands = std::mem::take(&mut worker.bands);
        lengthen(&mut bands, samples(&own)?)?;
        for ((list, low), blocks) in lists.iter().zip(lows).zip(self.blocks) {
            let stride = own.band(1, Orientation::LL).width() as usize;
            let ll = PlaneMut { samples: low, stride };
            let mut to = transform::planes(ll, &own, &mut bands).ok_or(NO_MEMORY)?;
            let plane = Plane { samples: list.as_slice(), stride: loaded.width() as usize };
            let from = (loaded.y0, plane);
            let scratch = &mut worker.rows;
            wavelet::forward::<P::Kernel>(self.level, &self.area, rows.clone(), from, scratch, &mut to)?;
            let [hl, lh, hh] =
                [to.hl, to.lh, to.hh].map(|plane| Plane { samples: &*plane.samples, stride: plane.stride });
            let start = blocks.partition_point(|block| block.area.y0 < rows.start / 2);
            // The first block of a band that is high down may begin a row above half of an odd first row.
            let end = blocks.partition_point(|block| block.area.y0 < rows.end.div_ceil(2));
            for block in blocks.get(start..end).unwrap_or_default() {
                let plane = match block.orientation {
                    Orientation::HL => hl,
                    Orientation::LH => lh,
                    _ => hh,
                };
                let within = own.band(1, block.orientation);
                self.coder.one(block, plane, &within, worker, &mut made)?;
            }
        }
        (worker.lists, worker.bands) = (lists, bands);
        Ok(made)
    }
}
