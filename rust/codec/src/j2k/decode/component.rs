//! One component of a tile: its bands, and all levels but the last.

use std::sync::Mutex;

use crate::j2k::block::Word;
use crate::j2k::geometry::{Area, Resolution, TileComponent};
use crate::j2k::wavelet::{self, Bands, Plane, cuts};
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::Executor;
use super::arrays;
use super::blocks::{Coded, Scratch, Strip};
use super::partial::Plan;
use super::path::Path;

/// Rows that are worth a worker of their own.
const ROWS: u32 = 64;

/// What a worker keeps from task to task.
pub(super) struct Worker<W: Word, S> {
    pub(super) blocks: Scratch<W>,
    pub(super) rows: wavelet::Scratch<S>,
    /// Stripes of the last level, one a component.
    pub(super) stripes: Vec<S>,
    /// A row of a component of wider spacing, repeated to pixels.
    pub(super) repeated: Vec<S>,
    /// A row of all components that are transformed by arrays, and what that takes.
    pub(super) values: Vec<f64>,
    pub(super) arrays: arrays::Scratch,
}

/// Workers that are not at work.
pub(super) struct Workers<W: Word, S>(Mutex<Vec<Worker<W, S>>>);

impl<W: Word, S> Default for Workers<W, S> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<W: Word, S: Copy + Default> Workers<W, S> {
    /// Lends a worker to `task`.
    pub(super) fn lend<R>(&self, task: impl FnOnce(&mut Worker<W, S>) -> R) -> R {
        let lock = || self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let held = lock().pop();
        let mut worker = held.unwrap_or_else(|| Worker {
            blocks: Scratch::default(),
            rows: wavelet::Scratch::default(),
            stripes: Vec::new(),
            repeated: Vec::new(),
            values: Vec::new(),
            arrays: arrays::Scratch::default(),
        });
        let result = task(&mut worker);
        lock().push(worker);
        result
    }
}

/// The first error of tasks.
#[derive(Default)]
pub(super) struct First(Mutex<Option<Error>>);

impl First {
    pub(super) fn note(&self, result: Result<()>) {
        if let Err(error) = result {
            self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
        }
    }

    pub(super) fn result(self) -> Result<()> {
        let held = self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        held.map_or(Ok(()), Err)
    }
}

/// A band in a component's memory.
#[derive(Clone, Copy, Default, Debug)]
struct Place {
    start: usize,
    area: Area,
}

/// Coefficients of all bands of a component, and the samples of a lower resolution.
#[derive(Default)]
pub(super) struct Memory<S> {
    bands: Vec<S>,
    low: Vec<S>,
    spare: Vec<S>,
}

impl<S> Memory<S> {
    /// How many samples there is room for.
    pub(super) fn samples(&self) -> usize {
        self.bands.capacity() + self.low.capacity() + self.spare.capacity()
    }
}

/// A component of a tile, ready for its last level.
pub(super) struct Component<S> {
    pub(super) plan: Plan,
    /// The bands, lowest first.
    places: Vec<Place>,
    memory: Memory<S>,
}

const NO_MEMORY: Error =
    Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for the samples of a tile");

/// Makes a list at least so long. What it has does not matter.
pub(super) fn lengthen<S: Copy + Default>(list: &mut Vec<S>, length: usize) -> Result<()> {
    if let Some(more) = length.checked_sub(list.len()) {
        list.try_reserve_exact(more).map_err(|_| NO_MEMORY)?;
        list.resize(length, S::default());
    }
    Ok(())
}

fn samples(area: &Area) -> Result<usize> {
    usize::try_from(area.samples()).map_err(|_| NO_MEMORY)
}

/// Samples of an area in rows as wide as `made`, from the first one that is wanted.
fn within<'a, S>(low: &'a [S], made: &Area, wanted: &Area) -> Plane<'a, S> {
    let left = wanted.x0.saturating_sub(made.x0) as usize;
    Plane { samples: low.get(left..).unwrap_or_default(), stride: made.width() as usize }
}

impl<S: Copy + Default + Send + Sync> Component<S> {
    /// Decodes the blocks of all bands that are needed, and all levels but the last. `coded` gives what a band needs.
    pub(super) fn decode<'a, P: Path<Sample = S>>(
        part: &TileComponent,
        plan: &Plan,
        memory: Memory<S>,
        workers: &Workers<P::Word, S>,
        (executor, level): (Executor, Level),
        coded: impl Fn(u8, &Resolution, usize) -> Result<Coded<'a>>,
    ) -> Result<Self> {
        let mut component = Self { plan: *plan, places: Vec::new(), memory };
        if plan.is_empty() {
            return Ok(component);
        }
        let (mut start, mut bands) = (0_usize, Vec::new());
        for r in 0..=plan.top {
            let resolution = part.resolution(r);
            for (number, band) in resolution.bands().iter().enumerate() {
                let area = plan.band(r, band);
                component.places.push(Place { start, area });
                bands.push((coded(r, &resolution, number)?, area));
                start = start.checked_add(samples(&area)?).ok_or(NO_MEMORY)?;
            }
        }
        lengthen(&mut component.memory.bands, start)?;
        let (mut strips, mut rest) = (Vec::new(), component.memory.bands.as_mut_slice());
        for (coded, area) in bands {
            let log = coded.band.block.1;
            let mut y0 = area.y0;
            while !area.is_empty() && y0 < area.y1 {
                let below = ((u64::from(y0) >> log) + 1) << log;
                let y1 = u32::try_from(below).unwrap_or(u32::MAX).min(area.y1);
                let area = Area { y0, y1, ..area };
                let (rows, after) = rest.split_at_mut_checked(samples(&area)?).ok_or(NO_MEMORY)?;
                strips.push(Strip { coded, area, rows: Mutex::new(rows) });
                (rest, y0) = (after, y1);
            }
        }
        // The largest come last, but a worker that begins with them leaves the others less to wait for.
        (executor.run)(strips.len(), &|number| {
            if let Some(strip) = strips.len().checked_sub(number + 1).and_then(|number| strips.get(number)) {
                workers.lend(|worker| strip.decode::<P>(&mut worker.blocks));
            }
        });
        drop(strips);
        component.lower_levels::<P>(workers, executor, level)?;
        Ok(component)
    }

    fn plane(&self, number: usize) -> Plane<'_, S> {
        let place = self.places.get(number).copied().unwrap_or_default();
        let samples = self.memory.bands.get(place.start..).unwrap_or_default();
        Plane { samples, stride: place.area.width() as usize }
    }

    /// The bands of a resolution above the lowest: `low` has the resolution below.
    fn bands<'a>(&'a self, resolution: u8, low: &'a [S]) -> Bands<'a, S> {
        let below = resolution - 1;
        let first = usize::from(below) * 3 + 1;
        let ll = if below == 0 {
            self.plane(0)
        } else {
            within(low, &self.plan.made(below), &self.plan.wanted(below))
        };
        Bands { ll, hl: self.plane(first), lh: self.plane(first + 1), hh: self.plane(first + 2) }
    }

    fn lower_levels<P: Path<Sample = S>>(
        &mut self,
        workers: &Workers<P::Word, S>,
        executor: Executor,
        level: Level,
    ) -> Result<()> {
        for r in 1..self.plan.top {
            let (made, wanted) = (self.plan.made(r), self.plan.wanted(r));
            let width = made.width() as usize;
            let mut out = std::mem::take(&mut self.memory.spare);
            lengthen(&mut out, samples(&Area { y0: wanted.y0, y1: wanted.y1, ..made })?)?;
            let pieces =
                if executor.workers < 2 { 1 } else { wanted.height().div_ceil(ROWS).max(1) as usize };
            let (mut tasks, mut rest) = (Vec::new(), out.as_mut_slice());
            for number in 0..pieces {
                let rows = cuts(&wanted, pieces, number);
                let (own, after) = rest.split_at_mut_checked(rows.len() * width).ok_or(NO_MEMORY)?;
                tasks.push(Mutex::new((rows, own)));
                rest = after;
            }
            let (bands, first) = (self.bands(r, &self.memory.low), First::default());
            (executor.run)(tasks.len(), &|number| {
                let Some(task) = tasks.get(number) else { return };
                let mut task = task.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let (rows, own) = &mut *task;
                let rows = rows.clone();
                first.note(workers.lend(|worker| {
                    wavelet::inverse::<P::Kernel>(level, &made, rows, bands, &mut worker.rows, own, width)
                }));
            });
            first.result()?;
            drop(tasks);
            self.memory.spare = std::mem::replace(&mut self.memory.low, out);
        }
        Ok(())
    }

    /// Makes rows of what is wanted, by the last level, into rows of `out` that are as wide as what is made.
    pub(super) fn rows<P: Path<Sample = S>>(
        &self,
        rows: std::ops::Range<u32>,
        scratch: &mut wavelet::Scratch<S>,
        level: Level,
        out: &mut [S],
    ) -> Result<()> {
        let made = self.plan.made(self.plan.top);
        let width = made.width() as usize;
        if self.plan.top == 0 {
            let skipped = (rows.start - made.y0) as usize * width;
            let held = self.memory.bands.get(skipped..).unwrap_or_default();
            for (out, &held) in out.iter_mut().zip(held) {
                *out = held;
            }
            return Ok(());
        }
        let bands = self.bands(self.plan.top, &self.memory.low);
        wavelet::inverse::<P::Kernel>(level, &made, rows, bands, scratch, out, width)
    }

    /// The memory, for another component.
    pub(super) fn into_memory(self) -> Memory<S> {
        self.memory
    }
}
