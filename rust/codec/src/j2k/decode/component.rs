//! One component of a tile: all of its resolutions but the highest.

use std::sync::Mutex;

use crate::j2k::block::{Orientation, Word};
use crate::j2k::geometry::{Area, Resolution, TileComponent};
use crate::j2k::wavelet::{self, Bands, Plane, cuts};
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::Executor;
use super::arrays;
use super::blocks::{Coded, Scratch};
use super::partial::Plan;
use super::path::Path;

/// Rows that are worth a worker of their own.
const ROWS: u32 = 64;

/// What a worker keeps from task to task.
pub(super) struct Worker<W: Word, S> {
    pub(super) blocks: Scratch<W>,
    pub(super) rows: wavelet::Scratch<S>,
    /// Bands of a stripe of the highest level, then its samples, both of a component after another.
    pub(super) bands: Vec<S>,
    pub(super) samples: Vec<S>,
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
            bands: Vec::new(),
            samples: Vec::new(),
            repeated: Vec::new(),
            values: Vec::new(),
            arrays: arrays::Scratch::default(),
        });
        let result = task(&mut worker);
        lock().push(worker);
        result
    }

    /// Bytes of what they hold.
    pub(super) fn bytes(&self) -> usize {
        let held = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let of = |worker: &Worker<W, S>| {
            let Worker { blocks, rows, bands, samples, repeated, values, arrays: _ } = worker;
            let samples = rows.samples() + bands.capacity() + samples.capacity() + repeated.capacity();
            samples * size_of::<S>() + values.capacity() * size_of::<f64>() + blocks.bytes()
        };
        held.iter().map(of).sum()
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

/// Coefficients of the bands of a component below its highest resolution, and the samples of a lower one.
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

/// A component of a tile, ready for its highest level.
pub(super) struct Component<'a, S> {
    pub(super) plan: Plan,
    /// The bands of the highest level, of which nothing is decoded; none where there is no level.
    pub(super) highest: Vec<Coded<'a>>,
    /// The bands below, lowest first.
    places: Vec<Place>,
    memory: Memory<S>,
}

pub(super) const NO_MEMORY: Error =
    Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for the samples of a tile");

/// Makes a list at least so long. What it has does not matter.
pub(super) fn lengthen<S: Copy + Default>(list: &mut Vec<S>, length: usize) -> Result<()> {
    if let Some(more) = length.checked_sub(list.len()) {
        list.try_reserve_exact(more).map_err(|_| NO_MEMORY)?;
        list.resize(length, S::default());
    }
    Ok(())
}

pub(super) fn samples(area: &Area) -> Result<usize> {
    usize::try_from(area.samples()).map_err(|_| NO_MEMORY)
}

/// Samples of an area in rows as wide as `made`, from the first one that is wanted.
fn within<'a, S>(low: &'a [S], made: &Area, wanted: &Area) -> Plane<'a, S> {
    let left = wanted.x0.saturating_sub(made.x0) as usize;
    Plane { samples: low.get(left..).unwrap_or_default(), stride: made.width() as usize }
}

impl<'a, S: Copy + Default + Send + Sync> Component<'a, S> {
    /// Decodes what is needed of all resolutions but the highest, and puts them together. `coded` gives what a band needs.
    pub(super) fn decode<P: Path<Sample = S>>(
        part: &TileComponent,
        plan: &Plan,
        memory: Memory<S>,
        workers: &Workers<P::Word, S>,
        (executor, level): (Executor, Level),
        coded: impl Fn(u8, &Resolution, usize) -> Result<Coded<'a>>,
    ) -> Result<Self> {
        let mut component = Self { plan: *plan, highest: Vec::new(), places: Vec::new(), memory };
        if plan.is_empty() {
            return Ok(component);
        }
        let (mut start, mut bands) = (0_usize, Vec::new());
        for r in 0..=plan.top {
            let resolution = part.resolution(r);
            for (number, band) in resolution.bands().iter().enumerate() {
                let coded = coded(r, &resolution, number)?;
                if r == plan.top && r > 0 {
                    component.highest.push(coded);
                    continue;
                }
                let area = plan.band(r, band);
                component.places.push(Place { start, area });
                bands.push((coded, area));
                start = start.checked_add(samples(&area)?).ok_or(NO_MEMORY)?;
            }
        }
        lengthen(&mut component.memory.bands, start)?;
        let (mut strips, mut rest) = (Vec::new(), component.memory.bands.as_mut_slice());
        for strip in bands.into_iter().flat_map(|(coded, area)| coded.strips(area)) {
            let (rows, after) = rest.split_at_mut_checked(samples(&strip.area)?).ok_or(NO_MEMORY)?;
            strips.push((strip, Mutex::new(rows)));
            rest = after;
        }
        // The largest come last, but a worker that begins with them leaves the others less to wait for.
        (executor.run)(strips.len(), &|number| {
            let last = strips.len().checked_sub(number + 1);
            if let Some((strip, rows)) = last.and_then(|number| strips.get(number)) {
                let mut rows = rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                workers.lend(|worker| strip.decode::<P>(&mut rows, &mut worker.blocks));
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
    fn bands<'b>(&'b self, resolution: u8, low: &'b [S]) -> Bands<'b, S> {
        let first = usize::from(resolution - 1) * 3 + 1;
        let [hl, lh, hh] = [0, 1, 2].map(|more| self.plane(first + more));
        Bands { ll: self.low(resolution, low), hl, lh, hh }
    }

    /// The low band of a resolution above the lowest.
    fn low<'b>(&'b self, resolution: u8, low: &'b [S]) -> Plane<'b, S> {
        match resolution - 1 {
            0 => self.plane(0),
            below => within(low, &self.plan.made(below), &self.plan.wanted(below)),
        }
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

    /// What is transformed for the samples that are wanted.
    pub(super) fn made(&self) -> Area {
        self.plan.made(self.plan.top)
    }

    /// Rows of the lowest resolution, where it is the highest one too.
    pub(super) fn copy(&self, rows: std::ops::Range<u32>, out: &mut [S]) {
        let made = self.made();
        let skipped = (rows.start - made.y0) as usize * made.width() as usize;
        let held = self.memory.bands.get(skipped..).unwrap_or_default();
        for (out, &held) in out.iter_mut().zip(held) {
            *out = held;
        }
    }

    /// The bands of some rows of the highest level: `high` has those that are not low, one behind another.
    pub(super) fn rows_of<'b>(&'b self, extent: &Area, high: &'b [S]) -> Bands<'b, S> {
        let low = self.low(self.plan.top, &self.memory.low);
        let first = |area: &Area| area.band(1, Orientation::LL).y0;
        let skipped = (first(extent) - first(&self.made())) as usize * low.stride;
        let ll = Plane { samples: low.samples.get(skipped..).unwrap_or_default(), ..low };
        let mut rest = high;
        let mut next = |orientation| {
            let area = extent.band(1, orientation);
            let length = usize::try_from(area.samples()).unwrap_or(usize::MAX);
            let (samples, after) = rest.split_at_checked(length).unwrap_or_default();
            rest = after;
            Plane { samples, stride: area.width() as usize }
        };
        Bands { ll, hl: next(Orientation::HL), lh: next(Orientation::LH), hh: next(Orientation::HH) }
    }

    /// The memory, for another component.
    pub(super) fn into_memory(self) -> Memory<S> {
        self.memory
    }
}
