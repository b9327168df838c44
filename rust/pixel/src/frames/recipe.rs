//! A file that was read once and is read again: where its frames lie and how they are rendered is known, so that a frame takes one reading
//! of its bytes and no look at a header. Files that say the same of their pixels share a [`Recipe`].

use std::ops::Range;
use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Path, Result};
use radiogram_data::Document;

use super::coding::Coding;
use super::compressed::excerpt;
use super::once::{is_in_rows, region_into};
use super::{Frames, Scratch, Wanted};
use crate::codec::{Codec, Region};
use crate::layout::{Finding, PixelLayout};
use crate::render::Plan;
use crate::{native, part, tags};

/// The most bytes that are read before they are rendered: about as many as a core has for itself. Several readings of a frame cost more than
/// what smaller ones save.
const RUN: usize = 1 << 20;

/// Bytes that are copied before they are finished, where both are in memory.
const NEAR: usize = 24 << 10;

/// The bytes of the file.
pub trait Bytes {
    /// Fills all of `into`, or it is an error.
    fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<()>;

    /// Bytes that are in memory already, where they are: they need not be read into other memory.
    fn lend(&self, _offset: u64, _length: usize) -> Option<&[u8]> {
        None
    }
}

/// How frames are rendered, of whichever file.
pub struct Recipe {
    layout: PixelLayout,
    plan: Plan,
    /// None where frames are native.
    coding: Option<Coding>,
    /// The plan is for parts of frames.
    is_of_part: bool,
}

/// Where the frames of a file are in it.
#[derive(Clone, Debug)]
pub enum Places {
    /// The value that holds all of them, or the codestream of the only one.
    One(Range<u64>),
    /// A codestream each.
    Many(Arc<[Range<u64>]>),
}

impl Places {
    /// Bytes of memory beside itself.
    pub fn weight(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Many(runs) => size_of_val::<[_]>(runs),
        }
    }

    fn codestream(&self, frame: u64) -> Option<&Range<u64>> {
        match self {
            Self::One(run) => Some(run).filter(|_| frame == 0),
            Self::Many(runs) => runs.get(usize::try_from(frame).ok()?),
        }
    }
}

impl Frames {
    /// What is worth knowing of a file whose frames are rendered by `plan`. None where its bytes are not in the file as they are needed, or
    /// what is done to them is more than a line.
    pub fn recipe(
        &self,
        document: &Document,
        layout: &PixelLayout,
        plan: Plan,
        is_of_part: bool,
    ) -> Option<(Recipe, Places)> {
        plan.weight()?;
        if document.is_deflated() || !(self.is_compressed() || is_in_rows(layout)) {
            return None;
        }
        let (coding, places) = match self {
            // Of which row follows row: checked above.
            Self::Native { row } => {
                let (offset, length) = document.extent(*row);
                (None, Places::One(offset..offset.checked_add(length)?))
            }
            Self::Compressed(compressed) => {
                if compressed.collections.is_some() || compressed.coding.codec.is_native() {
                    return None;
                }
                let run = |frame| compressed.table.run(document, frame);
                let places = if layout.frames == 1 {
                    Places::One(run(0)?)
                } else {
                    Places::Many((0..layout.frames).map(run).collect::<Option<_>>()?)
                };
                (Some(compressed.coding), places)
            }
        };
        Some((Recipe { layout: layout.clone(), plan, coding, is_of_part }, places))
    }
}

impl Recipe {
    /// True where it gives an array of this shape for a part of a frame, or for whole ones.
    pub fn gives(&self, shape: &[usize], is_part: bool) -> bool {
        self.is_of_part == is_part && self.plan.shape(1) == shape
    }

    /// How whole frames lie.
    pub fn layout(&self) -> &PixelLayout {
        &self.layout
    }

    /// How they, or their parts, are rendered.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// True where the other one would do as well.
    pub fn is_like(&self, other: &Self) -> bool {
        self.layout == other.layout
            && self.coding == other.coding
            && self.is_of_part == other.is_of_part
            && self.plan.is_like(&other.plan)
    }

    /// About how many bytes of memory it takes.
    pub fn weight(&self) -> usize {
        size_of::<Self>() + self.plan.weight().unwrap_or(0)
    }

    /// Renders one frame, or the part of it that the plan is made for.
    ///
    /// # Errors
    ///
    /// As the stages of the plan and the codec say, and what reading gives.
    pub fn frame_into(
        &self,
        places: &Places,
        wanted: &Wanted,
        bytes: &mut dyn Bytes,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        native::check_out(out, self.plan.frame_len()?)?;
        if let Some(coding) = self.coding {
            let run = places.codestream(wanted.frame).ok_or_else(|| no_frame(wanted.frame))?;
            let done = self.decoded(coding, run, wanted, bytes, scratch, out);
            return done.map_err(|error| error.in_path(&Path::of(tags::PIXELS)));
        }
        let Places::One(value) = places else { return Err(no_frame(wanted.frame)) };
        let frame = native::frame_range(&self.layout, wanted.frame)?;
        let is_there = (frame.end as u64) <= value.end - value.start;
        if wanted.frame >= self.layout.frames || !is_there {
            return Err(no_frame(wanted.frame));
        }
        let at = value.start + frame.start as u64;
        match wanted.part.region {
            None => self.native(at, frame.len(), wanted.frame, bytes, scratch, out),
            Some(region) => {
                part::inside(region, self.layout.rows, self.layout.columns)?;
                let stride = frame.len() / (self.layout.rows as usize).max(1);
                let length = stride.saturating_mul(region.rows as usize);
                let at = at + stride as u64 * u64::from(region.y);
                let stored = held(bytes, at, length, || scratch.stored(length))?;
                let region = Region { y: 0, ..region };
                region_into(&self.layout, &self.plan, stored, (wanted.frame, region), out)?;
                Ok(None)
            }
        }
    }

    /// A native frame, run by run: straight into its place where it has the size there that it has in the file.
    fn native(
        &self,
        at: u64,
        length: usize,
        frame: u64,
        bytes: &mut dyn Bytes,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        let cell = self.layout.dtype().size();
        let pixel = (cell * self.layout.samples as usize).max(1);
        let run = RUN / pixel * pixel;
        if let Some(stored) = bytes.lend(at, length) {
            self.lent(stored, frame, out)?;
        } else if self.plan.is_in_place() && out.len() == length {
            for (number, part) in out.chunks_mut(run).enumerate() {
                bytes.read(at + (number * run) as u64, part)?;
                self.plan.finish_in_place(part);
            }
        } else if let Some(line) = self.plan.line(frame) {
            let (sample, to) = (self.layout.sample(), self.plan.dtype());
            let mut rest = length;
            for (number, part) in out.chunks_mut(run / cell * to.size()).enumerate() {
                let cells = scratch.stored(run.min(rest))?;
                bytes.read(at + (number * run) as u64, cells)?;
                native::rescale_cells(&sample, cells, line, to, part)?;
                rest -= cells.len();
            }
        } else {
            let stored = scratch.stored(length)?;
            bytes.read(at, stored)?;
            self.plan.decoded_into(stored, frame, out)?;
        }
        Ok(None)
    }

    /// A native frame that is in memory already, by what a core has nearest to it.
    fn lent(&self, stored: &[u8], frame: u64, out: &mut [u8]) -> Result<()> {
        if self.plan.is_in_place() && out.len() == stored.len() {
            let pixel = (self.layout.dtype().size() * self.layout.samples as usize).max(1);
            let run = (NEAR / pixel).max(1) * pixel;
            for (from, part) in stored.chunks(run).zip(out.chunks_mut(run)) {
                part.copy_from_slice(from);
                self.plan.finish_in_place(part);
            }
            return Ok(());
        }
        match self.plan.line(frame) {
            Some(line) => native::rescale_cells(&self.layout.sample(), stored, line, self.plan.dtype(), out),
            None => self.plan.decoded_into(stored, frame, out),
        }
    }

    fn decoded(
        &self,
        coding: Coding,
        run: &Range<u64>,
        wanted: &Wanted,
        bytes: &mut dyn Bytes,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        let length = run.end - run.start;
        let Scratch { encoded, cells, narrow, .. } = scratch;
        if wanted.is_part() && coding.codec == Codec::Jpeg2000 {
            let needed =
                excerpt(length, &wanted.part, |at, into| bytes.read(run.start + at as u64, into).is_ok());
            if let Some(needed) = needed {
                let codestream = (needed.as_slice(), length);
                let done =
                    coding.rendered(&self.layout, &self.plan, wanted, codestream, (cells, narrow), out);
                if let Ok(None) = done {
                    return done;
                }
                // What is wrong is told of the whole codestream.
            }
        }
        let count = usize::try_from(length)
            .map_err(|_| Error::new(ErrorKind::Limit, "a frame is larger than memory"))?;
        let encoded = held(bytes, run.start, count, || {
            super::fill(encoded, count)?;
            Ok(encoded)
        })?;
        coding.rendered(&self.layout, &self.plan, wanted, (encoded, length), (cells, narrow), out)
    }
}

/// Bytes where they are, or in other memory.
fn held<'a>(
    bytes: &'a mut dyn Bytes,
    offset: u64,
    length: usize,
    memory: impl FnOnce() -> Result<&'a mut [u8]>,
) -> Result<&'a [u8]> {
    // Asked twice: what is lent cannot be given back on one way of two.
    if bytes.lend(offset, length).is_some() {
        return Ok(bytes.lend(offset, length).unwrap_or_default());
    }
    let memory = memory()?;
    bytes.read(offset, memory)?;
    Ok(memory)
}

fn no_frame(frame: u64) -> Error {
    Error::new(ErrorKind::Pixel, format!("there is no frame {}", frame.saturating_add(1)))
}
