//! One map of the numbers of segments, and what becomes of pixels that are of several.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use radiogram_core::{Error, ErrorKind, Result};
use radiogram_data::Document;

use super::cells::{Cells, Memory};
use super::grid::Grid;
use super::work::{Ranks, Shared, parts};
use super::{Kind, SEGMENTS, Segmentation};
use crate::Dtype;
use crate::layout::{Finding, FindingKind};
use crate::render::Executor;

/// What a pixel becomes that is of several segments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlap {
    /// There must be none.
    Error,
    /// The one that comes first in the caller's list.
    First,
    /// The one of the largest fraction; of equal ones that with the largest number.
    Max,
}

/// What a map is made of.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    /// The segments, in the order of preference; all of them.
    pub segments: Option<&'a [u16]>,
    /// What becomes of overlaps.
    pub overlap: Overlap,
    /// The least fraction that makes a pixel one of the segment's.
    pub threshold: f64,
}

/// Two segments that share a pixel: what a map of labels cannot hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// Their numbers.
    pub segments: [u16; 2],
    /// A frame of each, counted from 0.
    pub frames: [u32; 2],
    /// The slice of the grid.
    pub place: u32,
}

/// A number of a segment as the result holds it.
pub(super) trait Label: Copy + PartialEq {
    const NONE: Self;
    fn of(number: u16) -> Self;
    fn number(self) -> u16;
}

impl Label for [u8; 1] {
    const NONE: Self = [0];
    #[expect(clippy::cast_possible_truncation, reason = "the type was chosen so that every number fits")]
    fn of(number: u16) -> Self {
        [number as u8]
    }
    fn number(self) -> u16 {
        let [number] = self;
        number.into()
    }
}

impl Label for [u8; 2] {
    const NONE: Self = [0; 2];
    fn of(number: u16) -> Self {
        number.to_ne_bytes()
    }
    fn number(self) -> u16 {
        u16::from_ne_bytes(self)
    }
}

impl Segmentation {
    /// The type of the map: the smallest that holds the number of every segment that may come up.
    pub fn label_dtype(&self, segments: Option<&[u16]>) -> Dtype {
        let largest = match segments {
            Some(segments) => segments.iter().max().copied(),
            None if self.kind == Kind::LabelMap => {
                return self.pieces.first().map_or(Dtype::U8, |piece| piece.plan.dtype());
            }
            None => self.segments.iter().max().copied(),
        };
        if largest.unwrap_or(0) <= u8::MAX.into() { Dtype::U8 } else { Dtype::U16 }
    }

    /// Writes the map of a grid into `out`, which is of [`Segmentation::label_dtype`] and holds zeros. Gives what decoders read past; or
    /// the conflict in the first slice that has one.
    ///
    /// # Errors
    ///
    /// `GeometryError` for two frames of one segment in one place; what reading and decoding give.
    pub fn labels_into(
        &self,
        documents: &[&Document],
        grid: &Grid,
        wanted: &Labels<'_>,
        out: &mut [u8],
        run: Executor,
    ) -> Result<(Option<Conflict>, Vec<Finding>)> {
        let order = self.by_place(grid)?;
        let ranks = self.ranks(wanted.segments)?;
        let dtype = self.label_dtype(wanted.segments);
        let slices: Vec<&[(u32, u32)]> = order.chunk_by(|one, other| one.0 == other.0).collect();
        let places: Vec<usize> =
            slices.iter().filter_map(|frames| frames.first()).map(|(place, _)| *place as usize).collect();
        let parts = parts(out, self.pixels().saturating_mul(dtype.size()), &places)?;
        let brush = Brush::new(self, wanted, &ranks)?;
        let (shared, conflict) = (Shared::default(), Mutex::new(None::<Conflict>));
        run(slices.len(), &|number| {
            let (Some(frames), Some(part)) = (slices.get(number), parts.get(number)) else { return };
            shared.task(number, |memory| {
                let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
                let slice = Slice { segmentation: self, documents, frames, brush: &brush };
                let (met, found) = match dtype.size() {
                    1 => slice.labels(part.as_chunks_mut::<1>().0, memory),
                    _ => slice.labels(part.as_chunks_mut::<2>().0, memory),
                }?;
                if let Some(met) = met {
                    let mut conflict = conflict.lock().unwrap_or_else(PoisonError::into_inner);
                    if conflict.is_none_or(|first| met.place < first.place) {
                        *conflict = Some(met);
                    }
                }
                Ok(found)
            });
        });
        let mut found = shared.end()?;
        found.extend(brush.found());
        Ok((conflict.into_inner().unwrap_or_else(PoisonError::into_inner), found))
    }

    /// Where segments come in a map, and which of a label map nothing describes.
    pub(super) fn ranks(&self, segments: Option<&[u16]>) -> Result<Ranks> {
        match (segments, self.kind) {
            (None, Kind::LabelMap) => Ranks::all(&self.described),
            _ => Ranks::of(segments),
        }
    }

    /// The samples that make a pixel one of the segment's.
    pub(super) fn samples_within(&self, threshold: f64) -> Result<Range<u32>> {
        let Kind::Fractional(maximum) = self.kind else { return Ok(1..1 << 16) };
        if !(threshold > 0.0 && threshold <= 1.0) {
            return Err(Error::new(ErrorKind::Argument, "a threshold is above 0, and 1 at the most"));
        }
        let least = (threshold * f64::from(maximum)).ceil().max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 65535")]
        let least = least as u32;
        Ok(least..1 << 16)
    }
}

/// How the samples of frames become labels, one frame after another.
pub(super) struct Brush<'a> {
    wanted: &'a Labels<'a>,
    ranks: &'a Ranks,
    within: Range<u32>,
    /// The largest fraction wins.
    by_fraction: bool,
    /// What is no label of a label map.
    nothing: Option<u16>,
    /// A label is of no segment that is described.
    is_strange: AtomicBool,
}

impl<'a> Brush<'a> {
    pub(super) fn new(segmentation: &Segmentation, wanted: &'a Labels<'a>, ranks: &'a Ranks) -> Result<Self> {
        Ok(Self {
            wanted,
            ranks,
            within: segmentation.samples_within(wanted.threshold)?,
            by_fraction: wanted.overlap == Overlap::Max && matches!(segmentation.kind, Kind::Fractional(_)),
            nothing: segmentation.padding.filter(|_| wanted.segments.is_none()),
            is_strange: AtomicBool::new(false),
        })
    }

    /// What was read past in all that was painted (PS3.3 C.8.20.2: each label is the number of a segment).
    pub(super) fn found(&self) -> Option<Finding> {
        let (kind, tag) = (FindingKind::Attributes, SEGMENTS);
        let assumed = "labels that Segment Sequence does not describe are segments all the same".into();
        self.is_strange.load(Ordering::Relaxed).then_some(Finding { kind, tag, assumed })
    }

    /// Where frames of a segment come among those of others: none for those that are not wanted.
    pub(super) fn turn(&self, segment: u16) -> Option<u32> {
        let rank = self.ranks.rank(segment)?;
        // The order of numbers is right for the other rules.
        Some(if self.wanted.overlap == Overlap::First { rank } else { segment.into() })
    }

    /// Memory for what the best fraction of each pixel is so far.
    pub(super) fn best<'m>(&self, memory: &'m mut Vec<u16>, count: usize) -> Result<&'m mut [u16]> {
        memory.clear();
        if self.by_fraction {
            memory
                .try_reserve_exact(count)
                .map_err(|_| Error::new(ErrorKind::Limit, "no memory for the fractions of a slice"))?;
            memory.resize(count, 0);
        }
        Ok(memory)
    }

    /// Puts the label of a frame's segment where it belongs. Gives the first pixel that another segment has, and which, where that may
    /// not be.
    pub(super) fn paint<L: Label>(
        &self,
        cells: Cells<'_>,
        segment: u16,
        out: &mut [L],
        best: &mut [u16],
    ) -> Option<(usize, u16)> {
        let (label, count) = (L::of(segment), out.len());
        let is_in = |sample: u16| self.within.contains(&u32::from(sample));
        let mut met = None;
        match self.wanted.overlap {
            Overlap::Error => cells.each(count, |at, sample| {
                let Some(pixel) = out.get_mut(at).filter(|_| is_in(sample)) else { return };
                if *pixel == L::NONE || *pixel == label {
                    *pixel = label;
                } else if met.is_none() {
                    met = Some((at, pixel.number()));
                }
            }),
            Overlap::First => cells.each(count, |at, sample| {
                if let Some(pixel) = out.get_mut(at)
                    && *pixel == L::NONE
                    && is_in(sample)
                {
                    *pixel = label;
                }
            }),
            Overlap::Max if self.by_fraction => cells.each(count, |at, sample| {
                if let (Some(pixel), Some(best)) = (out.get_mut(at), best.get_mut(at))
                    && is_in(sample)
                    && sample >= *best
                {
                    (*pixel, *best) = (label, sample);
                }
            }),
            Overlap::Max => cells.each(count, |at, sample| {
                out.get_mut(at).filter(|_| is_in(sample)).into_iter().for_each(|pixel| *pixel = label);
            }),
        }
        met
    }

    /// Copies the labels of a label map: those that are wanted, and nothing for its padding.
    pub(super) fn copy<L: Label>(&self, cells: Cells<'_>, out: &mut [L]) {
        cells.each(out.len(), |at, number| {
            if Some(number) != self.nothing
                && let Some(rank) = self.ranks.rank(number)
                && let Some(pixel) = out.get_mut(at)
            {
                if Ranks::is_strange(rank) {
                    self.is_strange.store(true, Ordering::Relaxed);
                }
                *pixel = L::of(number);
            }
        });
    }
}

/// One slice of the result and its frames.
struct Slice<'a> {
    segmentation: &'a Segmentation,
    documents: &'a [&'a Document],
    frames: &'a [(u32, u32)],
    brush: &'a Brush<'a>,
}

impl Slice<'_> {
    fn labels<L: Label>(
        &self,
        out: &mut [L],
        memory: &mut Memory,
    ) -> Result<(Option<Conflict>, Vec<Finding>)> {
        let segmentation = self.segmentation;
        let mut findings = Vec::new();
        if segmentation.kind == Kind::LabelMap {
            for (_, frame) in self.frames {
                let (cells, found) = segmentation.cells(self.documents, *frame, memory)?;
                findings.extend(found);
                self.brush.copy(cells, out);
            }
            return Ok((None, findings));
        }
        let mut frames = Vec::new();
        for (_, frame) in self.frames {
            let segment = segmentation.segments.get(*frame as usize).copied().unwrap_or(0);
            frames.extend(self.brush.turn(segment).map(|turn| (turn, segment, *frame)));
        }
        frames.sort_unstable();
        let mut kept = std::mem::take(&mut memory.best);
        let best = self.brush.best(&mut kept, out.len())?;
        let mut met = None;
        for (_, segment, frame) in &frames {
            let (cells, found) = segmentation.cells(self.documents, *frame, memory)?;
            findings.extend(found);
            let one = self.brush.paint(cells, *segment, out, best);
            met = met.or(one.map(|(_, other)| (other, *segment, *frame)));
        }
        memory.best = kept;
        let place = self.frames.first().map_or(0, |(place, _)| *place);
        let frame_of = |wanted: u16| {
            frames.iter().find(|(_, segment, _)| *segment == wanted).map_or(0, |(.., frame)| *frame)
        };
        let conflict = met.map(|(one, other, frame)| Conflict {
            segments: [one, other],
            frames: [frame_of(one), frame],
            place,
        });
        Ok((conflict, findings))
    }
}
