//! An array for each segment: what is of it, or how much.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use radiogram_core::{Error, ErrorKind, Result, try_vec};
use radiogram_data::Document;

use super::cells::{Cells, Memory};
use super::grid::Grid;
use super::work::{Part, Ranks, Shared, parts};
use super::{Kind, MAXIMUM_FRACTION, Segmentation};
use crate::Dtype;
use crate::layout::{Finding, FindingKind};
use crate::render::Executor;

/// What the pixels of a layer are.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Form {
    /// A byte: 1 where a pixel is of the segment, which fractions are from this one on.
    Mask(f64),
    /// A float of 32 bits: how much of the pixel is of the segment, from 0 to 1.
    Fraction,
}

/// The layers that are made.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// The segments, a layer each.
    pub segments: &'a [u16],
    /// What they hold.
    pub form: Form,
}

impl Form {
    /// The type of the result.
    pub fn dtype(self) -> Dtype {
        match self {
            Self::Mask(_) => Dtype::U8,
            Self::Fraction => Dtype::F32,
        }
    }
}

impl Segmentation {
    /// Writes the layers (segment, slice, row, column) of a grid into `out`, which holds zeros; gives what decoders read past.
    ///
    /// # Errors
    ///
    /// `GeometryError` for two frames of one segment in one place; what reading and decoding give.
    pub fn layers_into(
        &self,
        documents: &[&Document],
        grid: &Grid,
        wanted: &Layers<'_>,
        out: &mut [u8],
        run: Executor,
    ) -> Result<Vec<Finding>> {
        let order = self.by_place(grid)?;
        let ranks = Ranks::of(Some(wanted.segments))?;
        let slices: Vec<&[(u32, u32)]> = order.chunk_by(|one, other| one.0 == other.0).collect();
        let numbers = self.parts_of(grid, &slices, wanted.segments, &ranks)?;
        let parts = parts(out, self.pixels().saturating_mul(wanted.form.dtype().size()), &numbers)?;
        let layers = Placed { writing: Writing::new(self, wanted.form)?, numbers: &numbers, parts: &parts };
        let shared = Shared::default();
        run(slices.len(), &|number| {
            let Some(frames) = slices.get(number) else { return };
            shared.task(number, |memory| {
                let mut findings = Vec::new();
                for (place, frame) in *frames {
                    let begin = |rank: u32| part_number(grid, rank, *place);
                    findings.extend(self.frame_into(
                        documents,
                        *frame,
                        wanted.segments,
                        &ranks,
                        &layers,
                        &begin,
                        memory,
                    )?);
                }
                Ok(findings)
            });
        });
        let mut found = shared.end()?;
        found.extend(layers.writing.found());
        Ok(found)
    }

    /// The numbers of the parts of the result that are written, ascending.
    fn parts_of(
        &self,
        grid: &Grid,
        slices: &[&[(u32, u32)]],
        segments: &[u16],
        ranks: &Ranks,
    ) -> Result<Vec<usize>> {
        let mut numbers;
        if self.kind == Kind::LabelMap {
            let count = slices.len().checked_mul(segments.len());
            let count = count.filter(|count| *count <= super::work::MOST_PARTS);
            numbers = try_vec(count.ok_or_else(|| {
                Error::new(ErrorKind::Limit, "more layers and slices than one call may return")
            })?)?;
            for rank in (0_u32..).zip(segments).map(|(rank, _)| rank) {
                let places = slices.iter().filter_map(|frames| frames.first()).map(|(place, _)| *place);
                numbers.extend(places.map(|place| part_number(grid, rank, place)));
            }
        } else {
            numbers = try_vec(self.segments.len())?;
            for (place, frame) in slices.iter().copied().flatten() {
                let segment = self.segments.get(*frame as usize).copied().unwrap_or(0);
                numbers.extend(ranks.rank(segment).map(|rank| part_number(grid, rank, *place)));
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// Writes one frame into the layers it is of.
    #[expect(clippy::too_many_arguments, reason = "what a frame is written by")]
    fn frame_into(
        &self,
        documents: &[&Document],
        frame: u32,
        segments: &[u16],
        ranks: &Ranks,
        layers: &Placed<'_>,
        begin: &dyn Fn(u32) -> usize,
        memory: &mut Memory,
    ) -> Result<Option<Finding>> {
        if self.kind == Kind::LabelMap {
            let (cells, found) = self.cells(documents, frame, memory)?;
            for (rank, segment) in (0_u32..).zip(segments) {
                layers.write(self, *segment, begin(rank), cells);
            }
            return Ok(found);
        }
        let segment = self.segments.get(frame as usize).copied().unwrap_or(0);
        let Some(rank) = ranks.rank(segment) else { return Ok(None) };
        let (cells, found) = self.cells(documents, frame, memory)?;
        layers.write(self, segment, begin(rank), cells);
        Ok(found)
    }
}

fn part_number(grid: &Grid, rank: u32, place: u32) -> usize {
    let [slices, ..] = grid.shape;
    let number = u64::from(rank).saturating_mul(slices).saturating_add(place.into());
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The parts of the result, and how they are written.
struct Placed<'a> {
    writing: Writing,
    numbers: &'a [usize],
    parts: &'a [Part<'a>],
}

impl Placed<'_> {
    fn write(&self, segmentation: &Segmentation, segment: u16, number: usize, cells: Cells<'_>) {
        let Some(out) = self.numbers.binary_search(&number).ok().and_then(|at| self.parts.get(at)) else {
            return;
        };
        let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
        self.writing.write(segmentation, segment, cells, segmentation.pixels(), &mut out);
    }
}

/// How samples become pixels of a layer.
pub(super) struct Writing {
    within: std::ops::Range<u32>,
    form: Form,
    /// A sample was above the largest fraction.
    is_above: AtomicBool,
}

impl Writing {
    pub(super) fn new(segmentation: &Segmentation, form: Form) -> Result<Self> {
        let within = match form {
            Form::Mask(threshold) => segmentation.samples_within(threshold)?,
            Form::Fraction => 1..1 << 16,
        };
        Ok(Self { within, form, is_above: AtomicBool::new(false) })
    }

    /// What was read past in all that was written.
    pub(super) fn found(&self) -> Option<Finding> {
        let (kind, tag) = (FindingKind::Attributes, MAXIMUM_FRACTION);
        let assumed = "samples above the Maximum Fractional Value are all of a pixel".into();
        self.is_above.load(Ordering::Relaxed).then_some(Finding { kind, tag, assumed })
    }

    /// Writes so many samples into the layer of a segment.
    pub(super) fn write(
        &self,
        segmentation: &Segmentation,
        segment: u16,
        cells: Cells<'_>,
        count: usize,
        out: &mut [u8],
    ) {
        match segmentation.kind {
            Kind::LabelMap => self.put(cells, count, out, |sample| (sample == segment).then_some(1.0)),
            Kind::Binary => self.put(cells, count, out, |sample| self.is_in(sample).then_some(1.0)),
            Kind::Fractional(maximum) => {
                let whole = f32::from(maximum);
                self.put(cells, count, out, |sample| {
                    if sample > maximum {
                        self.is_above.store(true, Ordering::Relaxed);
                    }
                    self.is_in(sample).then(|| f32::from(sample.min(maximum)) / whole)
                });
            }
        }
    }

    fn is_in(&self, sample: u16) -> bool {
        self.within.contains(&u32::from(sample))
    }

    fn put(&self, cells: Cells<'_>, count: usize, out: &mut [u8], part: impl Fn(u16) -> Option<f32>) {
        match self.form {
            Form::Mask(_) => cells.each(count, |at, sample| {
                if part(sample).is_some() {
                    out.get_mut(at).into_iter().for_each(|pixel| *pixel = 1);
                }
            }),
            Form::Fraction => {
                let (pixels, _) = out.as_chunks_mut::<4>();
                cells.each(count, |at, sample| {
                    if let (Some(pixel), Some(part)) = (pixels.get_mut(at), part(sample)) {
                        *pixel = part.to_ne_bytes();
                    }
                });
            }
        }
    }
}
