//! The frames of a data set, native or compressed, on their way into a picture.

mod coding;
mod collections;
mod compressed;
mod once;
mod recipe;

use std::sync::{Mutex, PoisonError};

use radiogram_core::{Error, ErrorKind, Result, try_vec};
use radiogram_data::frames::{Fault, FrameTable, Signs};
use radiogram_data::{Document, Flags, NodeId};

use coding::Coding;
use collections::Collections;
pub use compressed::Compressed;
pub(crate) use compressed::fill;
pub use recipe::{Bytes, Places, Recipe};

use crate::attributes::integer;
use crate::codec::{Codec, Crew, Part};
use crate::data_set::DataSet;
use crate::layout::{Finding, FindingKind, PixelLayout};
use crate::part::{self, cut_of_stored};
use crate::render::Plan;
use crate::{native, tags};

/// Where the headers of a codestream are looked for at first.
const HEADERS: u64 = 4096;
/// Samples of a frame that are worth the call of other workers.
const LARGE: u64 = 1 << 19;

/// The stored pixels of a data set: where its frames are, and how they are read.
pub enum Frames {
    /// One value that holds all of them.
    Native {
        /// The element's row.
        row: u32,
    },
    /// Fragments.
    Compressed(Box<Compressed>),
}

/// What is rendered.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The number of the frame.
    pub frame: u64,
    /// How much of it.
    pub part: Part,
    /// Who decodes it.
    pub crew: Crew<'a>,
}

impl Wanted<'_> {
    /// All of a frame, here.
    pub fn whole(frame: u64) -> Self {
        Self { frame, part: Part::default(), crew: Crew::HERE }
    }

    fn is_part(&self) -> bool {
        self.part != Part::default()
    }
}

/// Memory that is used again from frame to frame.
#[derive(Default)]
pub struct Scratch {
    encoded: Vec<u8>,
    cells: Vec<u8>,
    narrow: Vec<u8>,
    /// What is rendered and not all wanted.
    pub(crate) band: Vec<u8>,
}

impl Scratch {
    /// Bytes of memory that it holds.
    pub fn held(&self) -> usize {
        [&self.encoded, &self.cells, &self.narrow, &self.band].map(Vec::capacity).iter().sum()
    }

    /// Room for so many bytes as they are stored.
    pub(crate) fn stored(&mut self, count: usize) -> Result<&mut [u8]> {
        fill(&mut self.encoded, count)?;
        Ok(&mut self.encoded)
    }
}

/// Describes the pixels of a data set: how they lie, and where.
///
/// # Errors
///
/// What the header has wrong, `NoPixelDataError`, `UnsupportedError` for a compression that is not read, `PixelError` where there are
/// fewer frames than the header says.
pub fn describe(data_set: &DataSet<'_>, node: NodeId) -> Result<(PixelLayout, Frames)> {
    let document = data_set.document();
    let row = data_set.pixel_row().map_err(|error| Codec::elsewhere(document.syntax()).unwrap_or(error))?;
    if !document.entry(row).is_some_and(|entry| entry.flags.has(Flags::FRAGMENTS)) {
        let mut layout = PixelLayout::from_attributes(data_set)?;
        layout.fit(document.extent(row).1)?;
        return Ok((layout, Frames::Native { row }));
    }
    let syntax = document.syntax();
    let codec = match Codec::of(syntax) {
        // Fragments, whatever the transfer syntax says: their codestreams say what they are.
        Err(_) if syntax.is_none_or(|syntax| !syntax.encapsulated) => {
            sniffed(document, node, row).map_err(|error| error.in_path(&document.path(row)))?
        }
        codec => codec.map_err(|error| error.in_path(&document.path(row)))?,
    };
    let mut layout = if codec.is_native() {
        PixelLayout::from_attributes(data_set)?
    } else {
        PixelLayout::of_decoded(data_set)?
    };
    let collected = Collections::read(document, node, row, (codec, syntax), &layout)?;
    let (table, collections) = match collected {
        Some((table, collections)) => (table, Some(collections)),
        None => (FrameTable::read(document, node, row, layout.frames, codec.signs())?, None),
    };
    for fault in table.faults() {
        let (kind, assumed) = match fault {
            Fault::Offsets(assumed) => (FindingKind::Offsets, assumed),
            Fault::Count(assumed) => (FindingKind::LongData, assumed),
        };
        layout.findings.push(Finding { kind, tag: tags::PIXELS, assumed: assumed.clone() });
    }
    layout.frames = collections.as_ref().map_or(table.count(), Collections::frames);
    if syntax.is_none_or(|syntax| !syntax.encapsulated) && codec == Codec::Rle {
        let assumed = "RLE, as the codestream says, not what the transfer syntax says".into();
        layout.findings.push(Finding { kind: FindingKind::Codestream, tag: tags::PIXELS, assumed });
    }
    let compressed = Compressed { row, coding: Coding { codec, syntax }, table, collections };
    if codec.process().is_none() {
        compressed.conform(document, &mut layout)?;
    }
    Ok((layout, Frames::Compressed(Box::new(compressed))))
}

/// Refuses more frames than the bytes of the pixel data can hold, before anything is made for each of them: a pixel has at least a bit, a
/// fragment eight bytes.
///
/// # Errors
///
/// `PixelError`.
pub fn plausible(data_set: &DataSet<'_>, frames: u64) -> Result<()> {
    let document = data_set.document();
    let Ok(row) = data_set.pixel_row() else { return Ok(()) };
    let bytes = document.extent(row).1;
    let is_compressed = document.entry(row).is_some_and(|entry| entry.flags.has(Flags::FRAGMENTS));
    let side = |tag| integer(data_set, tag).and_then(|value| u128::try_from(value).ok()).unwrap_or(1).max(1);
    let bits = if is_compressed {
        64
    } else {
        side(tags::ROWS) * side(tags::COLUMNS) * side(tags::BITS_ALLOCATED).min(64)
    };
    if bits * u128::from(frames) <= u128::from(bytes) * 8 {
        return Ok(());
    }
    let message = format!("{bytes} bytes of pixel data for {frames} frames");
    Err(Error::new(ErrorKind::Pixel, message).in_path(&document.path(row)))
}

/// The codec of fragments under a transfer syntax that has none, by what the first of them begins with.
fn sniffed(document: &Document, node: NodeId, row: u32) -> Result<Codec> {
    let signs = Signs { begins: |bytes| Codec::sniff(bytes).is_some(), length: |_| None };
    let table = FrameTable::read(document, node, row, 1, signs)?;
    let mut scratch = Vec::new();
    let front = table.front(document, 0, HEADERS, &mut scratch)?;
    Codec::sniff(front).ok_or_else(|| {
        Error::new(
            ErrorKind::Unsupported,
            "fragments of pixel data whose transfer syntax is not a compressed one",
        )
    })
}

impl Frames {
    /// The row of the element that holds them.
    pub fn row(&self) -> u32 {
        match self {
            Self::Native { row } => *row,
            Self::Compressed(compressed) => compressed.row,
        }
    }

    /// True where they are in fragments.
    pub fn is_compressed(&self) -> bool {
        matches!(self, Self::Compressed(_))
    }

    /// Refuses frames that are larger than their bytes can hold, before anything is allocated for them.
    ///
    /// # Errors
    ///
    /// `LimitError`.
    pub fn admit(&self, layout: &PixelLayout, frames: &[u64]) -> Result<()> {
        let Self::Compressed(compressed) = self else { return Ok(()) };
        frames.iter().try_for_each(|frame| compressed.admit(layout, *frame))
    }

    /// Renders one frame into the caller's memory. Only its bytes are read. What a decoder read past is a finding.
    pub fn frame_into(
        &self,
        document: &Document,
        plan: &Plan,
        frame: u64,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        self.wanted_into(document, plan.layout(), plan, &Wanted::whole(frame), scratch, out)
    }

    /// The layout of a part of a frame, as `plan`s for it are made: some of its pixels, fewer of them, or both.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where it is no part of the frame, or the codec has no such parts.
    pub fn layout_of(
        &self,
        document: &Document,
        layout: &PixelLayout,
        frame: u64,
        part: &Part,
    ) -> Result<PixelLayout> {
        part::check(layout, part)?;
        let in_row = |error: Error| error.in_path(&document.path(self.row()));
        let size = match self {
            Self::Native { .. } => None,
            Self::Compressed(compressed) => compressed.size_of(document, frame, part).map_err(in_row)?,
        };
        let is_native = match self {
            Self::Native { .. } => true,
            Self::Compressed(compressed) => compressed.coding.codec.is_native(),
        };
        part::layout(layout, part, size, is_native)
    }

    /// Renders one frame, or the part of it that `plan` is made for, by a crew. Of a codec that has no parts, the part is cut out of the
    /// frame.
    ///
    /// # Errors
    ///
    /// As the stages of the plan and the codec say.
    pub fn wanted_into(
        &self,
        document: &Document,
        layout: &PixelLayout,
        plan: &Plan,
        wanted: &Wanted,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        match self {
            Self::Native { row } => {
                let stored = document.bytes(*row)?;
                match wanted.part.region {
                    None => plan.frame_into(stored, wanted.frame, out),
                    Some(region) => {
                        let cells = cut_of_stored(layout, stored, wanted.frame, region)?;
                        plan.decoded_into(&cells, wanted.frame, out)
                    }
                }
                .map(|()| None)
            }
            Self::Compressed(compressed) => compressed
                .frame_into(document, layout, plan, wanted, scratch, out)
                .map_err(|error| error.in_path(&document.path(compressed.row))),
        }
    }

    /// True where a frame is decoded faster by several workers.
    pub fn is_divided(&self, layout: &PixelLayout) -> bool {
        let Self::Compressed(compressed) = self else { return false };
        compressed.coding.codec == Codec::Jpeg2000 && layout.frame_samples() >= LARGE
    }

    /// Renders several frames into consecutive parts of `out`; gives what decoders read past.
    pub fn frames_into(
        &self,
        document: &Document,
        plan: &Plan,
        frames: &[u64],
        out: &mut [u8],
        crew: Crew,
    ) -> Result<Vec<Finding>> {
        let run = |count: usize, task: &(dyn Fn(usize) + Sync)| (crew.run)(count, task);
        // Frames first: what is within one is divided only where there are more workers than frames.
        let within =
            if frames.len() < crew.workers && self.is_divided(plan.layout()) { crew } else { Crew::HERE };
        // As many as there are threads at most, each used again.
        let idle: Mutex<Vec<Scratch>> = Mutex::default();
        let found: Mutex<Vec<Finding>> = Mutex::default();
        plan.each_into(frames, out, &run, &|frame, part| {
            let mut scratch = idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let wanted = Wanted { crew: within, ..Wanted::whole(frame) };
            let done = self.wanted_into(document, plan.layout(), plan, &wanted, &mut scratch, part);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(finding) = done?
                && !found.contains(&finding)
            {
                found.push(finding);
            }
            Ok(())
        })?;
        Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// The codestream of one frame as it is stored; none where frames are native.
    pub fn codestream(&self, document: &Document, frame: u64) -> Result<Option<Vec<u8>>> {
        let Self::Compressed(compressed) = self else { return Ok(None) };
        if compressed.collections.is_some() {
            let message = "a frame that is a component of a codestream has no codestream of its own";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let mut joined = Vec::new();
        let bytes = compressed.table.bytes(document, frame, &mut joined)?;
        let mut codestream = try_vec(bytes.len())?;
        codestream.extend_from_slice(bytes);
        Ok(Some(codestream))
    }

    /// The stored cells of one frame, as a value of one frame that `layout` describes.
    pub fn cells<'b>(
        &self,
        document: &'b Document,
        layout: &PixelLayout,
        frame: u64,
        scratch: &'b mut Scratch,
    ) -> Result<(&'b [u8], u64)> {
        match self {
            Self::Native { row } => Ok((document.bytes(*row)?, frame)),
            Self::Compressed(compressed) => {
                compressed.admit(layout, frame)?;
                if compressed.coding.codec.is_native() {
                    return Ok((compressed.native(document, layout, frame, scratch)?, 0));
                }
                let Scratch { encoded, cells, narrow, .. } = scratch;
                if let Some(collections) = &compressed.collections {
                    let wanted = Wanted::whole(frame);
                    let frames = collections.frames_of(compressed, document, (layout, layout), &wanted)?;
                    let own = frames.cells(frame)?;
                    fill(cells, own.len())?;
                    cells.copy_from_slice(own);
                    return Ok((cells, 0));
                }
                let codestream = compressed.table.bytes(document, frame, encoded)?;
                let examined = compressed.coding.examine(layout, codestream, codestream.len() as u64)?;
                fill(cells, native::frame_len(layout)?)?;
                compressed.coding.decode(
                    layout,
                    examined,
                    codestream,
                    &Wanted::whole(frame),
                    narrow,
                    cells,
                )?;
                Ok((cells, 0))
            }
        }
    }
}

impl Frames {
    /// The cells of one frame, of which a bit beside the samples is wanted: a codestream must hold it, and not have changed it.
    pub(crate) fn cells_with_bit<'b>(
        &self,
        document: &'b Document,
        layout: &PixelLayout,
        frame: u64,
        bit: u32,
        scratch: &'b mut Scratch,
    ) -> Result<(&'b [u8], u64)> {
        if let Self::Compressed(compressed) = self {
            compressed.admit(layout, frame)?;
            if compressed.collections.is_some() {
                let message = "bits beside the samples of frames that are transformed together";
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            let codestream = compressed.table.bytes(document, frame, &mut scratch.encoded)?;
            let examined = if compressed.coding.codec.process().is_none() {
                compressed.coding.examine(layout, codestream, codestream.len() as u64)?
            } else {
                None
            };
            if let Some((process, image)) = examined {
                if process.may_lose(compressed.coding.syntax) {
                    let message = "the bits beside samples that were compressed with loss are lost";
                    return Err(Error::new(ErrorKind::Unsupported, message));
                }
                if bit >= u32::from(image.precision) {
                    let message = format!("the codestream has {} bits, and no bit {bit}", image.precision);
                    return Err(Error::new(ErrorKind::Pixel, message));
                }
            }
        }
        self.cells(document, layout, frame, scratch)
    }
}
