//! Code blocks of a component: coefficients to words, words to coded passes, many at a time.

use std::ops::Range;
use std::sync::Mutex;

use crate::j2k::block::{Orientation, Pass, Passes, Style, Throughput, Word, ebcot, ht};
use crate::j2k::geometry::Area;
use crate::j2k::packet::write::Coded;
use crate::j2k::quantisation::quantise;
use crate::j2k::wavelet::{self, Plane};
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::super::Executor;
use super::argument;
use super::path::{Path, Scale};
use super::transform::lengthen;

/// Blocks that a worker takes at a time.
const TOGETHER: usize = 8;

/// A block that is to be encoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// Its number among all blocks of the tile.
    pub(super) number: usize,
    /// Its band, as QCD counts, and the area of that.
    pub(super) band: usize,
    pub(super) within: Area,
    pub(super) area: Area,
    pub(super) orientation: Orientation,
    pub(super) scale: Scale,
}

/// What a worker keeps from task to task.
pub(super) struct Worker<P: Path> {
    level: Level,
    words: Vec<P::Word>,
    passes: Passes,
    ebcot: ebcot::EncodeScratch,
    ht: ht::Encoder,
    /// Samples and bands of a stripe.
    pub(super) lists: Vec<Vec<P::Sample>>,
    pub(super) bands: Vec<P::Sample>,
    pub(super) rows: wavelet::Scratch<P::Sample>,
}

/// Workers that are not at work, and memory for what they make.
pub(super) struct Workers<P: Path> {
    idle: Mutex<Vec<Worker<P>>>,
    spare: Mutex<Vec<Vec<u8>>>,
}

impl<P: Path> Default for Workers<P> {
    fn default() -> Self {
        Self { idle: Mutex::default(), spare: Mutex::default() }
    }
}

impl<P: Path> Workers<P> {
    /// Lends a worker to `task`.
    pub(super) fn lend<R>(&self, coder: &Coder, task: impl FnOnce(&mut Worker<P>) -> R) -> R {
        let lock = || self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let held = lock().pop().filter(|worker| worker.level == coder.level);
        let mut worker = held.unwrap_or_else(|| Worker::new(coder.level));
        worker.ebcot.measures = coder.measures;
        let result = task(&mut worker);
        lock().push(worker);
        result
    }

    /// Something to put blocks into.
    pub(super) fn made(&self) -> Made {
        let spare = self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
        Made { data: spare.unwrap_or_default(), ..Made::default() }
    }

    /// Takes back the memory of what was made.
    pub(super) fn take_back(&self, heap: &mut Heap) {
        let mut spare = self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        spare.extend(heap.data.drain(..).map(|mut data| {
            data.clear();
            data
        }));
        heap.coded.clear();
        heap.passes.clear();
        heap.starts.clear();
    }

    /// Bytes of what they hold.
    pub(super) fn bytes(&self) -> usize {
        let spare = self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let spare: usize = spare.iter().map(Vec::capacity).sum();
        let held = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let of = |worker: &Worker<P>| {
            let lists: usize = worker.lists.iter().map(Vec::capacity).sum();
            let samples = lists + worker.bands.capacity() + worker.rows.samples();
            samples * size_of::<P::Sample>() + worker.passes.data.capacity()
        };
        spare + held.iter().map(of).sum::<usize>()
    }
}

/// What was made of some blocks.
#[derive(Default)]
pub(super) struct Made {
    data: Vec<u8>,
    passes: Vec<Pass>,
    /// Numbers and weights of blocks, and what they became.
    coded: Vec<(usize, f64, Coded)>,
}

/// Coded blocks of a tile, with their bytes.
#[derive(Default, Debug)]
pub(super) struct Heap {
    pub(super) coded: Vec<Coded>,
    pub(super) passes: Vec<Pass>,
    /// What was made of some blocks each.
    data: Vec<Vec<u8>>,
    /// In which of these the bytes of each block are, and where they begin.
    starts: Vec<(u32, usize)>,
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
    /// Encodes blocks whose bands `plane` gives, into `heap`.
    pub(super) fn run<'a, P: Path>(
        &self,
        blocks: &[Block],
        plane: impl Fn(&Block) -> Plane<'a, P::Sample> + Sync,
        (executor, workers): (Executor<'_>, &Workers<P>),
        heap: &mut Heap,
    ) -> Result<()> {
        let tasks: Vec<_> =
            blocks.chunks(TOGETHER).map(|blocks| (blocks, Mutex::new(Ok(Made::default())))).collect();
        (executor.run)(tasks.len(), &|number| {
            let Some((blocks, slot)) = tasks.get(number) else { return };
            let result = workers.lend(self, |worker| {
                let mut made = workers.made();
                blocks
                    .iter()
                    .try_for_each(|block| self.one(block, plane(block), &block.within, worker, &mut made))?;
                Ok(made)
            });
            *slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = result;
        });
        for (_, made) in tasks {
            heap.append(made.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?)?;
        }
        Ok(())
    }

    /// Encodes one block. `plane` has the samples of `within`.
    pub(super) fn one<P: Path>(
        &self,
        block: &Block,
        plane: Plane<'_, P::Sample>,
        within: &Area,
        worker: &mut Worker<P>,
        made: &mut Made,
    ) -> Result<()> {
        let (width, height) = (block.area.width(), block.area.height());
        lengthen(&mut worker.words, width as usize * height as usize)?;
        let words = worker.words.get_mut(..width as usize * height as usize).unwrap_or_default();
        let (left, top) = ((block.area.x0 - within.x0) as usize, (block.area.y0 - within.y0) as usize);
        let mut all = P::Word::ZERO;
        let from = plane.samples.get(top * plane.stride + left..).unwrap_or_default();
        let from = Plane { samples: from, ..plane };
        quantise(self.level, from, P::scale(&block.scale), (words, width as usize), &mut all);
        let all = P::whole(all, &block.scale);
        let planes = block.scale.planes;
        if all >> u32::from(planes) != P::Word::ZERO {
            return Err(argument("JPEG 2000: coefficients larger than their band allows"));
        }
        let passes = &mut worker.passes;
        if all == P::Word::ZERO {
            // Nothing of it is told.
            passes.zero_planes = planes;
            passes.passes.clear();
        } else if self.style.ht == Throughput::Off {
            let scratch = &mut worker.ebcot;
            ebcot::encode(words, width, height, block.orientation, planes, self.style, scratch, passes)?;
        } else {
            ht::encode(words, width, ht::Planes { all: planes, left_out: 0 }, &mut worker.ht, passes)?;
        }
        let first_pass = u32::try_from(made.passes.len()).map_err(|_| NO_MEMORY)?;
        let count = u8::try_from(passes.passes.len()).map_err(|_| NO_MEMORY)?;
        let coded = Coded { zero_planes: passes.zero_planes, first_pass, passes: count };
        append(&mut made.coded, &[(block.number, block.scale.weight, coded)])?;
        append(&mut made.passes, &passes.passes)?;
        let length = passes.passes.last().map_or(0, |pass| pass.length) as usize;
        append(&mut made.data, passes.data.get(..length).unwrap_or_default())
    }
}

impl<P: Path> Worker<P> {
    fn new(level: Level) -> Self {
        Self {
            level,
            words: Vec::new(),
            passes: Passes::default(),
            ebcot: ebcot::EncodeScratch::default(),
            ht: ht::Encoder::new(level),
            lists: Vec::new(),
            bands: Vec::new(),
            rows: wavelet::Scratch::default(),
        }
    }
}

impl Heap {
    /// Bytes of what it holds.
    pub(super) fn bytes(&self) -> usize {
        self.coded.capacity() * size_of::<Coded>()
            + self.passes.capacity() * size_of::<Pass>()
            + self.starts.capacity() * size_of::<(u32, usize)>()
            + self.data.iter().map(Vec::capacity).sum::<usize>()
    }

    /// Bytes of all blocks.
    pub(super) fn length(&self) -> usize {
        self.data.iter().map(Vec::len).sum()
    }

    /// A part of the bytes of a block.
    pub(super) fn part(&self, block: usize, part: Range<u32>) -> &[u8] {
        let Some(&(made, start)) = self.starts.get(block) else { return &[] };
        let bytes = self.data.get(made as usize).and_then(|data| data.get(start..));
        bytes.and_then(|bytes| bytes.get(part.start as usize..part.end as usize)).unwrap_or_default()
    }

    /// Makes room for so many blocks in all.
    pub(super) fn grow(&mut self, blocks: usize) -> Result<()> {
        lengthen(&mut self.coded, blocks)?;
        lengthen(&mut self.starts, blocks)
    }

    pub(super) fn append(&mut self, made: Made) -> Result<()> {
        let (which, mut at) = (u32::try_from(self.data.len()).map_err(|_| NO_MEMORY)?, 0);
        for (number, weight, coded) in &made.coded {
            let own = coded.of(&made.passes);
            let first_pass = u32::try_from(self.passes.len()).map_err(|_| NO_MEMORY)?;
            if let (Some(slot), Some(start)) = (self.coded.get_mut(*number), self.starts.get_mut(*number)) {
                (*slot, *start) = (Coded { first_pass, ..*coded }, (which, at));
            }
            self.passes.try_reserve(own.len()).map_err(|_| NO_MEMORY)?;
            #[expect(clippy::cast_possible_truncation, reason = "an estimate")]
            let weighed =
                own.iter().map(|pass| Pass { distortion: pass.distortion * *weight as f32, ..*pass });
            self.passes.extend(weighed);
            at += own.last().map_or(0, |pass| pass.length) as usize;
        }
        self.data.push(made.data);
        Ok(())
    }
}
