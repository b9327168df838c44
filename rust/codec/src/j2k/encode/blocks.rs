//! Code blocks of a component: coefficients to words, words to coded passes, many at a time.

use std::sync::Mutex;

use crate::j2k::block::{Orientation, Pass, Passes, Style, Throughput, Word, ebcot, ht};
use crate::j2k::geometry::Area;
use crate::j2k::packet::write::Coded;
use crate::j2k::wavelet::Plane;
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::super::Executor;
use super::argument;
use super::path::{Path, Scale};
use super::transform::lengthen;

/// Blocks that a worker takes at a time.
const TOGETHER: usize = 8;

/// A block that is to be encoded.
#[derive(Clone, Copy)]
pub(super) struct Task<'a, S> {
    pub(super) band: Plane<'a, S>,
    /// The band's area and that of the block.
    pub(super) within: Area,
    pub(super) area: Area,
    pub(super) orientation: Orientation,
    pub(super) scale: Scale,
}

/// What a worker keeps from block to block.
struct Worker<W: Word> {
    words: Vec<W>,
    passes: Passes,
    ebcot: ebcot::EncodeScratch,
    ht: ht::Encoder,
}

/// What was made of some blocks.
#[derive(Default)]
struct Made {
    data: Vec<u8>,
    passes: Vec<Pass>,
    coded: Vec<Coded>,
}

/// Coded blocks of a tile, with their bytes.
#[derive(Default, Debug)]
pub(super) struct Heap {
    pub(super) coded: Vec<Coded>,
    pub(super) passes: Vec<Pass>,
    pub(super) data: Vec<u8>,
    /// Where the bytes of each block begin.
    pub(super) starts: Vec<usize>,
}

const NO_MEMORY: Error = Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for coded blocks");

fn append<T: Clone>(to: &mut Vec<T>, from: &[T]) -> Result<()> {
    to.try_reserve(from.len()).map_err(|_| NO_MEMORY)?;
    to.extend_from_slice(from);
    Ok(())
}

/// How blocks are encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coder {
    pub(super) style: Style,
    pub(super) level: Level,
    /// True where it matters what each pass is worth.
    pub(super) measures: bool,
}

impl Coder {
    /// Encodes all blocks and appends them to `heap` in their order.
    pub(super) fn run<P: Path>(
        self,
        tasks: &[Task<'_, P::Sample>],
        executor: Executor<'_>,
        heap: &mut Heap,
    ) -> Result<()> {
        let workers = Mutex::new(Vec::new());
        let made: Vec<_> =
            tasks.chunks(TOGETHER).map(|tasks| (tasks, Mutex::new(Ok(Made::default())))).collect();
        (executor.run)(made.len(), &|number| {
            let Some((tasks, slot)) = made.get(number) else { return };
            let lock = || workers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let held = lock().pop();
            let mut worker = held.unwrap_or_else(|| Worker::new(self.level, self.measures));
            let result = self.some::<P>(tasks, &mut worker);
            lock().push(worker);
            *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = result;
        });
        for (tasks, made) in made {
            let made = made.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
            heap.append(&made, tasks.iter().map(|task| task.scale.weight))?;
        }
        Ok(())
    }

    fn some<P: Path>(self, tasks: &[Task<'_, P::Sample>], worker: &mut Worker<P::Word>) -> Result<Made> {
        let mut made = Made::default();
        for task in tasks {
            self.one::<P>(task, worker)?;
            let passes = &worker.passes;
            let first_pass = u32::try_from(made.passes.len()).map_err(|_| NO_MEMORY)?;
            let count = u8::try_from(passes.passes.len()).map_err(|_| NO_MEMORY)?;
            made.coded.push(Coded { zero_planes: passes.zero_planes, first_pass, passes: count });
            append(&mut made.passes, &passes.passes)?;
            let length = passes.passes.last().map_or(0, |pass| pass.length) as usize;
            append(&mut made.data, passes.data.get(..length).unwrap_or_default())?;
        }
        Ok(made)
    }

    /// Encodes one block into the worker's passes.
    fn one<P: Path>(self, task: &Task<'_, P::Sample>, worker: &mut Worker<P::Word>) -> Result<()> {
        let (width, height) = (task.area.width() as usize, task.area.height() as usize);
        lengthen(&mut worker.words, width * height)?;
        let words = worker.words.get_mut(..width * height).unwrap_or_default();
        let (left, top) = (task.area.x0 - task.within.x0, task.area.y0 - task.within.y0);
        let mut all = P::Word::ZERO;
        for (row, words) in words.chunks_exact_mut(width.max(1)).enumerate() {
            let start = (top as usize + row) * task.band.stride + left as usize;
            let from = task.band.samples.get(start..start + width).unwrap_or_default();
            all |= P::quantise(from, &task.scale, words);
        }
        if all >> u32::from(task.scale.planes) != P::Word::ZERO {
            return Err(argument("JPEG 2000: coefficients larger than their band allows"));
        }
        let planes = task.scale.planes;
        let passes = &mut worker.passes;
        if self.style.ht == Throughput::Off {
            let (width, height) = (task.area.width(), task.area.height());
            let scratch = &mut worker.ebcot;
            ebcot::encode(words, width, height, task.orientation, planes, self.style, scratch, passes)?;
        } else {
            let all = ht::Planes { all: planes, left_out: 0 };
            ht::encode(words, task.area.width(), all, &mut worker.ht, passes)?;
        }
        Ok(())
    }
}

impl<W: Word> Worker<W> {
    fn new(level: Level, measures: bool) -> Self {
        let mut ebcot = ebcot::EncodeScratch::default();
        ebcot.measures = measures;
        Self { words: Vec::new(), passes: Passes::default(), ebcot, ht: ht::Encoder::new(level) }
    }
}

impl Heap {
    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.coded.clear();
        self.passes.clear();
        self.data.clear();
        self.starts.clear();
    }

    fn append(&mut self, made: &Made, weights: impl Iterator<Item = f64>) -> Result<()> {
        let mut at = self.data.len();
        for (coded, weight) in made.coded.iter().zip(weights) {
            let own = coded.of(&made.passes);
            let first_pass = u32::try_from(self.passes.len()).map_err(|_| NO_MEMORY)?;
            append(&mut self.coded, &[Coded { first_pass, ..*coded }])?;
            append(&mut self.starts, &[at])?;
            self.passes.try_reserve(own.len()).map_err(|_| NO_MEMORY)?;
            #[expect(clippy::cast_possible_truncation, reason = "an estimate")]
            let weighed =
                own.iter().map(|pass| Pass { distortion: pass.distortion * weight as f32, ..*pass });
            self.passes.extend(weighed);
            at += own.last().map_or(0, |pass| pass.length) as usize;
        }
        append(&mut self.data, &made.data)
    }
}
