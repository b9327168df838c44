//! Code blocks to coefficients: each in a scratch that stays in cache, from there to its rows of the band.

use crate::j2k::block::{CodedBlock, MAX_SAMPLES, Segment, Style, Throughput, Word, ebcot, ht};
use crate::j2k::geometry::{Area, Band, Resolution};
use crate::j2k::packet::passes::is_first;
use crate::j2k::packet::state::{Block, Coder, NONE, State};
use crate::j2k::quantisation::dequantise;
use crate::j2k::wavelet::{Plane, PlaneMut};
use crate::simd::Level;

use super::Faults;
use super::path::{Path, Scale, undo_shift};

/// What decoding blocks needs, kept from block to block.
pub(super) struct Scratch<W: Word> {
    words: Vec<W>,
    annex: ebcot::Scratch,
    throughput: ht::Scratch,
    /// A block's bytes, where they come from several packets.
    bytes: Vec<u8>,
    segments: Vec<Segment>,
}

impl<W: Word> Default for Scratch<W> {
    fn default() -> Self {
        Self {
            words: vec![W::ZERO; MAX_SAMPLES],
            annex: ebcot::Scratch::default(),
            throughput: ht::Scratch::default(),
            bytes: Vec::new(),
            segments: Vec::new(),
        }
    }
}

impl<W: Word> Scratch<W> {
    /// Bytes of what grew with blocks; the rest is of one size.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.capacity() + self.segments.capacity() * size_of::<Segment>()
    }
}

/// A band of a resolution, and what its blocks need.
#[derive(Clone, Copy)]
pub(super) struct Coded<'a> {
    pub(super) state: &'a State,
    /// The tile's packets.
    pub(super) data: &'a [u8],
    /// The index of the resolution among all of the tile.
    pub(super) index: usize,
    pub(super) resolution: Resolution,
    /// Which of its bands.
    pub(super) number: usize,
    pub(super) band: Band,
    pub(super) style: Style,
    pub(super) scale: Scale,
    pub(super) level: Level,
    pub(super) faults: &'a Faults,
    /// Where a byte of the tile's packets lies in the codestream.
    pub(super) place: &'a (dyn Fn(usize) -> usize + Sync),
}

/// A row of code blocks, and what it gives: `area`, a part of the band.
#[derive(Clone, Copy)]
pub(super) struct Strip<'a> {
    coded: Coded<'a>,
    pub(super) area: Area,
}

/// Bytes of a block and the planes above them.
struct Gathered<'a> {
    bytes: &'a [u8],
    zero_planes: u32,
    ht: Throughput,
}

impl Strip<'_> {
    /// Decodes the blocks into the rows of the area.
    pub(super) fn decode<P: Path>(&self, rows: &mut [P::Sample], scratch: &mut Scratch<P::Word>) {
        let (band, precincts) = (&self.coded.band, &self.coded.resolution.precincts);
        let log = band.precincts.log;
        // A row of blocks lies in one row of precincts, for precincts are whole blocks high.
        let row = (self.area.y0 >> log.1).saturating_sub(precincts.y0);
        for x in self.area.x0 >> log.0..=(self.area.x1 - 1) >> log.0 {
            let column = x.saturating_sub(precincts.x0);
            let number = u64::from(row) * u64::from(precincts.across) + u64::from(column);
            let number = u32::try_from(number).unwrap_or(NONE);
            let bands = self.coded.resolution.bands().len();
            let cell = self.coded.state.cells(self.coded.index, number, bands).get(self.coded.number);
            let Some(cell) = cell else {
                let (from, to) = (u64::from(x) << log.0, (u64::from(x) + 1) << log.0);
                let clamp = |at: u64| u32::try_from(at).unwrap_or(u32::MAX).clamp(self.area.x0, self.area.x1);
                self.clear(rows, &Area { x0: clamp(from), x1: clamp(to), ..self.area });
                continue;
            };
            let y = (self.area.y0 >> band.block.1).saturating_sub(cell.blocks.y0);
            for x in 0..cell.blocks.across {
                let whole = cell.blocks.cell(x, y);
                let area = whole.common(&self.area);
                if area.is_empty() {
                    continue;
                }
                let block = self.coded.state.block(cell.first + y * cell.blocks.across + x);
                match block.filter(|block| block.first != NONE) {
                    Some(block) if self.block::<P>(block, &whole, scratch) => {
                        self.store::<P>(rows, &whole, &area, &scratch.words);
                    }
                    _ => self.clear(rows, &area),
                }
            }
        }
    }

    fn clear<S: Copy + Default>(&self, rows: &mut [S], area: &Area) {
        let start = (area.x0 - self.area.x0) as usize;
        let (columns, width) = (start..start + area.width() as usize, self.area.width().max(1) as usize);
        let (skipped, count) = ((area.y0 - self.area.y0) as usize, area.height() as usize);
        for row in rows.chunks_exact_mut(width).skip(skipped).take(count) {
            row.get_mut(columns.clone()).unwrap_or_default().fill(S::default());
        }
    }

    /// Coefficients of a block's words: of `whole` those in `area`.
    fn store<P: Path>(&self, rows: &mut [P::Sample], whole: &Area, area: &Area, words: &[P::Word]) {
        let stride = whole.width() as usize;
        let first = (area.y0 - whole.y0) as usize * stride + (area.x0 - whole.x0) as usize;
        let from = Plane { samples: words.get(first..).unwrap_or_default(), stride };
        let stride = self.area.width() as usize;
        let first = (area.y0 - self.area.y0) as usize * stride + (area.x0 - self.area.x0) as usize;
        let to = PlaneMut { samples: rows.get_mut(first..).unwrap_or_default(), stride };
        let size = (area.width() as usize, area.height() as usize);
        dequantise(self.coded.level, from, P::step(&self.coded.scale), to, size);
    }

    /// Decodes a block to words. False where there is nothing of it.
    fn block<P: Path>(&self, block: &Block, whole: &Area, scratch: &mut Scratch<P::Word>) -> bool {
        let coded = &self.coded;
        let at = coded.state.chunk(block.first).map_or(0, |chunk| chunk.at as usize);
        let note = |what| coded.faults.note((coded.place)(at), what);
        let Scratch { words, annex, throughput, bytes, segments } = scratch;
        let Some(gathered) = coded.gather(block, bytes, segments) else { return false };
        let length = whole.width() as usize * whole.height() as usize;
        let Some(words) = words.get_mut(..length) else { return false };
        let (planes, zero) = (coded.scale.coded(), gathered.zero_planes);
        let Some(zero_planes) = u8::try_from(zero).ok().filter(|&zero| zero < planes) else {
            note("a code block has more planes than its band, and was left out");
            return false;
        };
        let input = CodedBlock {
            width: whole.width(),
            height: whole.height(),
            orientation: coded.band.orientation,
            planes,
            zero_planes,
            style: Style { ht: gathered.ht, ..coded.style },
            data: gathered.bytes,
            segments,
        };
        let outcome = match gathered.ht {
            Throughput::Off => ebcot::decode(&input, annex, words),
            _ => ht::decode(&input, throughput, words),
        };
        match outcome {
            Ok(outcome) => {
                outcome.fault.into_iter().for_each(note);
                undo_shift(words, &coded.scale);
                true
            }
            Err(error) => {
                note(error.message);
                false
            }
        }
    }
}

impl<'a> Coded<'a> {
    /// The rows of code blocks of `area`, a part of the band.
    pub(super) fn strips(self, area: Area) -> impl Iterator<Item = Strip<'a>> {
        let (log, mut next) = (self.band.block.1, area.y0);
        std::iter::from_fn(move || {
            if area.x0 >= area.x1 || next >= area.y1 {
                return None;
            }
            let below = ((u64::from(next) >> log) + 1) << log;
            let y0 = std::mem::replace(&mut next, u32::try_from(below).unwrap_or(u32::MAX).min(area.y1));
            Some(Strip { coded: self, area: Area { y0, y1: next, ..area } })
        })
    }

    /// The codeword segments of a block.
    fn gather<'b>(
        &'b self,
        block: &Block,
        bytes: &'b mut Vec<u8>,
        segments: &mut Vec<Segment>,
    ) -> Option<Gathered<'b>> {
        segments.clear();
        let ht = match block.coder {
            Coder::Annex => Throughput::Off,
            Coder::Throughput => Throughput::Only,
            Coder::Undecided(_) => return None,
        };
        let mut run = 0..0;
        let (mut zero_planes, mut is_gathered, mut is_empty_set) =
            (u32::from(block.zero_planes), false, false);
        let mut next = block.first;
        while let Some(chunk) = self.state.chunk(next) {
            next = chunk.next;
            let (length, passes) = (chunk.length, chunk.passes);
            if ht == Throughput::Off {
                match segments.last_mut().filter(|_| !is_first(self.style, chunk.pass)) {
                    Some(last) => {
                        last.length = last.length.saturating_add(length);
                        last.passes = last.passes.saturating_add(passes);
                    }
                    None => segments.push(Segment { length, passes }),
                }
            } else if chunk.pass.is_multiple_of(3) {
                // T.814 B.2: of several sets of passes, the last that is not empty stands for all; each begins a plane lower.
                is_empty_set = length == 0 || passes == 0;
                if is_empty_set {
                    continue;
                }
                segments.clear();
                segments.push(Segment { length, passes });
                zero_planes = u32::from(block.zero_planes) + u32::from(chunk.pass / 3);
                (run, is_gathered) = (0..0, false);
                bytes.clear();
            } else if is_empty_set || length == 0 || passes == 0 {
                continue;
            } else if let [_, refinement] = segments.as_mut_slice() {
                refinement.length = refinement.length.saturating_add(length);
                refinement.passes = refinement.passes.saturating_add(passes);
            } else {
                segments.push(Segment { length, passes });
            }
            // What is cut off says so by its segment's length.
            let end = (chunk.at as usize).saturating_add(length as usize).min(self.data.len());
            let range = (chunk.at as usize).min(end)..end;
            if !is_gathered && (run.is_empty() || run.end == range.start) {
                run = if run.is_empty() { range } else { run.start..range.end };
                continue;
            }
            if !is_gathered {
                bytes.clear();
                bytes.extend_from_slice(self.data.get(run.clone()).unwrap_or_default());
                is_gathered = true;
            }
            bytes.extend_from_slice(self.data.get(range).unwrap_or_default());
        }
        let bytes = if is_gathered { bytes.as_slice() } else { self.data.get(run).unwrap_or_default() };
        let has_passes = segments.iter().any(|segment| segment.passes > 0);
        has_passes.then_some(Gathered { bytes, zero_planes, ht })
    }
}
