//! The frames of a data set, native or compressed, on their way into a picture.

use std::sync::{Mutex, PoisonError};

use radiogram_codec::{Decoded, Image};
use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, Path, Result, try_vec};
use radiogram_data::frames::{Fault, FrameTable};
use radiogram_data::{Document, Flags, NodeId, inflate};

use crate::codec::{Codec, Headers, Process, failed_in_data_set as failed};
use crate::data_set::DataSet;
use crate::kernel;
use crate::layout::{Finding, FindingKind, Photometric, PixelLayout};
use crate::native;
use crate::render::{Executor, Plan};
use crate::tags;

/// Where the headers of a codestream are looked for at first.
const HEADERS: u64 = 4096;

/// The stored pixels of a data set: where its frames are, and how they are read.
pub enum Frames {
    /// One value that holds all of them.
    Native {
        /// The element's row.
        row: u32,
    },
    /// Fragments.
    Compressed(Compressed),
}

/// Frames in fragments.
pub struct Compressed {
    row: u32,
    codec: Codec,
    syntax: Option<&'static Syntax>,
    table: FrameTable,
}

/// Memory that is used again from frame to frame.
#[derive(Default)]
pub struct Scratch {
    encoded: Vec<u8>,
    cells: Vec<u8>,
    narrow: Vec<u8>,
}

impl Scratch {
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
    let codec = Codec::of(syntax).map_err(|error| error.in_path(&document.path(row)))?;
    let mut layout = if codec.is_native() {
        PixelLayout::from_attributes(data_set)?
    } else {
        PixelLayout::of_decoded(data_set)?
    };
    let table = FrameTable::read(document, node, row, layout.frames, codec.signs())?;
    for fault in table.faults() {
        let (kind, assumed) = match fault {
            Fault::Offsets(assumed) => (FindingKind::Offsets, assumed),
            Fault::Count(assumed) => (FindingKind::LongData, assumed),
        };
        layout.findings.push(Finding { kind, tag: tags::PIXELS, assumed: assumed.clone() });
    }
    layout.frames = table.count();
    let compressed = Compressed { row, codec, syntax, table };
    if codec.process().is_none() {
        compressed.conform(document, &mut layout)?;
    }
    Ok((layout, Frames::Compressed(compressed)))
}

impl Frames {
    /// The row of the element that holds them.
    pub fn row(&self) -> u32 {
        match self {
            Self::Native { row } | Self::Compressed(Compressed { row, .. }) => *row,
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
        match self {
            Self::Native { row } => plan.frame_into(document.bytes(*row)?, frame, out).map(|()| None),
            Self::Compressed(compressed) => compressed
                .frame_into(document, plan, frame, scratch, out)
                .map_err(|error| error.in_path(&document.path(compressed.row))),
        }
    }

    /// Renders several frames into consecutive parts of `out`; gives what decoders read past.
    pub fn frames_into(
        &self,
        document: &Document,
        plan: &Plan,
        frames: &[u64],
        out: &mut [u8],
        run: Executor,
    ) -> Result<Vec<Finding>> {
        // As many as there are threads at most, each used again.
        let idle: Mutex<Vec<Scratch>> = Mutex::default();
        let found: Mutex<Vec<Finding>> = Mutex::default();
        plan.each_into(frames, out, run, &|frame, part| {
            let mut scratch = idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let done = self.frame_into(document, plan, frame, &mut scratch, part);
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
                if compressed.codec.is_native() {
                    return Ok((compressed.native(document, layout, frame, scratch)?, 0));
                }
                let Scratch { encoded, cells, narrow } = scratch;
                let codestream = compressed.table.bytes(document, frame, encoded)?;
                let examined = compressed.examine(layout, codestream)?;
                fill(cells, native::frame_len(layout)?)?;
                compressed.decode(layout, examined, codestream, narrow, cells)?;
                Ok((cells, 0))
            }
        }
    }
}

impl Compressed {
    fn admit(&self, layout: &PixelLayout, frame: u64) -> Result<()> {
        let length = self.table.length(frame).unwrap_or(0);
        let bytes = if self.codec == Codec::Rle || self.codec.is_native() {
            // Single bits are packed.
            layout.frame_bits() / if layout.is_packed { 64 } else { 8 }
        } else {
            native::frame_len(layout)? as u64
        };
        self.codec.admit(length, layout.rows, bytes).map_err(|error| {
            let message = format!("frame {}: {}", frame.saturating_add(1), error.message());
            Error::new(error.kind(), message).in_path(&Path::of(tags::PIXELS))
        })
    }

    /// What the first codestream says against the transfer syntax and the header. A damaged one says nothing: decoding tells.
    fn conform(&self, document: &Document, layout: &mut PixelLayout) -> Result<()> {
        let mut scratch = Vec::new();
        let front = self.table.front(document, 0, HEADERS, &mut scratch)?;
        let Ok(headers) = Headers::read(front) else { return Ok(()) };
        if let Err(name) = headers.fits(self.syntax) {
            let assumed = format!("{name}, as the codestream says, not what the transfer syntax says").into();
            layout.findings.push(Finding { kind: FindingKind::Codestream, tag: tags::PIXELS, assumed });
        }
        if layout.samples != 3 {
            return Ok(());
        }
        if headers.process == Process::JpegXl {
            // PS3.5 8.2.15: what the header says is how colours were coded; the codec undoes it.
            if layout.photometric != Photometric::PaletteColor {
                layout.photometric = Photometric::Rgb;
            }
            return Ok(());
        }
        let is_ybr = !matches!(
            layout.photometric,
            Photometric::Rgb
                | Photometric::Monochrome1
                | Photometric::Monochrome2
                | Photometric::PaletteColor
                | Photometric::Hsv
                | Photometric::Unknown
        );
        // As pydicom reads them: names of components come before JFIF's marker, which comes before the header. Where the header says RGB,
        // Adobe's marker does too; where it says luminance and chrominance, it is believed.
        let stated = if headers.is_rgb && layout.photometric != Photometric::Rgb {
            Some((Photometric::Rgb, "RGB, as the codestream names its components"))
        } else if headers.is_jfif && !headers.is_rgb && !is_ybr {
            Some((Photometric::YbrFull, "YBR_FULL, as JFIF's marker in the codestream says"))
        } else if headers.adobe == Some(1) && !headers.is_rgb && layout.photometric == Photometric::Rgb {
            Some((Photometric::YbrFull, "YBR_FULL, as Adobe's marker in the codestream says"))
        } else if headers.adobe == Some(0) && is_ybr {
            Some((
                layout.photometric.clone(),
                "what the header says, not RGB, as Adobe's marker in the codestream says",
            ))
        } else {
            None
        };
        if let Some((photometric, assumed)) = stated {
            layout.photometric = photometric;
            layout.findings.push(Finding {
                kind: FindingKind::Attributes,
                tag: tags::PHOTOMETRIC,
                assumed: assumed.into(),
            });
        }
        Ok(())
    }

    fn frame_into(
        &self,
        document: &Document,
        plan: &Plan,
        frame: u64,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        let layout = plan.layout();
        self.admit(layout, frame)?;
        if self.codec.is_native() {
            let stored = self.native(document, layout, frame, scratch)?;
            return plan.decoded_into(stored, frame, out).map(|()| None);
        }
        let Scratch { encoded, cells, narrow } = scratch;
        let codestream = self.table.bytes(document, frame, encoded)?;
        let examined = self.examine(layout, codestream)?;
        let done = if plan.is_in_place() {
            native::check_out(out, plan.frame_len()?)?;
            let done = self.decode(layout, examined, codestream, narrow, out)?;
            plan.finish_in_place(out);
            done
        } else {
            fill(cells, native::frame_len(layout)?)?;
            let done = self.decode(layout, examined, codestream, narrow, cells)?;
            plan.decoded_into(cells, frame, out)?;
            done
        };
        let finding = |(_, assumed)| Finding {
            kind: FindingKind::Codestream,
            tag: tags::PIXELS,
            assumed: std::borrow::Cow::Borrowed(assumed),
        };
        Ok(done.fault.map(finding))
    }

    /// The bytes of a frame that lies as in native pixel data.
    fn native<'b>(
        &self,
        document: &'b Document,
        layout: &PixelLayout,
        frame: u64,
        scratch: &'b mut Scratch,
    ) -> Result<&'b [u8]> {
        let expected = layout.frame_bits().div_ceil(8);
        let short = |found: usize| {
            let message = format!("{found} bytes of a frame where the attributes ask for {expected}");
            Error::new(ErrorKind::Pixel, message)
        };
        let Scratch { encoded, cells, .. } = scratch;
        let stored = self.table.bytes(document, frame, encoded)?;
        if self.codec == Codec::Native {
            return if stored.len() as u64 >= expected { Ok(stored) } else { Err(short(stored.len())) };
        }
        // PS3.5 10.20: a deflate stream a frame.
        let inflated = inflate::inflate(stored, expected.saturating_add(2), true)?;
        *cells = inflated.bytes;
        if (cells.len() as u64) < expected || !inflated.complete {
            return Err(short(cells.len()));
        }
        Ok(cells)
    }

    /// Compares a codestream with the header, before anything is allocated for it. RLE does not describe itself.
    fn examine(&self, layout: &PixelLayout, codestream: &[u8]) -> Result<Option<(Process, Image)>> {
        if self.codec == Codec::Rle {
            return Ok(None);
        }
        let process = Headers::read(codestream).map_err(failed)?.process;
        let image = process.decoder(false).describe(codestream).map_err(failed)?;
        check(layout, &image)?;
        process.check(&image, codestream).map_err(failed)?;
        Ok(Some((process, image)))
    }

    /// Decodes one codestream into the cells of one frame.
    fn decode(
        &self,
        layout: &PixelLayout,
        examined: Option<(Process, Image)>,
        codestream: &[u8],
        narrow: &mut Vec<u8>,
        cells: &mut [u8],
    ) -> Result<Decoded> {
        let Some((process, image)) = examined else {
            return rle(layout, codestream, narrow, cells);
        };
        let decoder = process.decoder(false);
        let size = layout.dtype().size();
        let done = if image.sample_size() == size {
            decoder.decode_into(codestream, &image, cells).map_err(failed)?
        } else {
            fill(narrow, image.len().map_err(failed)?)?;
            let done = decoder.decode_into(codestream, &image, narrow).map_err(failed)?;
            widen(narrow, image.sample_size(), size, cells);
            done
        };
        self.settle(process, layout, &image, cells);
        Ok(done)
    }

    /// What a codec gives, as cells with Bits Stored.
    fn settle(&self, process: Process, layout: &PixelLayout, image: &Image, cells: &mut [u8]) {
        let precision = u32::from(image.precision);
        if layout.signed {
            // JPEG-LS holds the low bits of negative numbers, as many as it says: pydicom reads them so.
            if process == Process::JpegLs && precision < layout.bits_stored {
                let sample = crate::Samples { bits: precision, ..crate::Samples::whole(layout.dtype()) };
                kernel::unpack_in_place(&sample, cells);
            }
        } else if precision > layout.bits_stored && process.may_lose(self.syntax) {
            // What a lossy codec gives may lie past the largest value that was encoded: it is that value, not another one.
            clamp(layout, cells);
        }
    }
}

/// Compares the header with the codestream.
fn check(layout: &PixelLayout, image: &Image) -> Result<()> {
    let wrong = |tag, what: String| Err(Error::new(ErrorKind::Pixel, what).in_path(&Path::of(tag)));
    if u32::from(image.components) != layout.samples {
        let what =
            format!("{} components in the codestream, {} samples a pixel", image.components, layout.samples);
        return wrong(tags::SAMPLES_PER_PIXEL, what);
    }
    if (image.rows, image.columns) != (layout.rows, layout.columns) {
        let (rows, columns) = (image.rows, image.columns);
        let what =
            format!("{rows} x {columns} pixels in the codestream, not {} x {}", layout.rows, layout.columns);
        return wrong(tags::ROWS, what);
    }
    if u32::from(image.precision) > layout.bits_allocated {
        let what = format!(
            "{} bits a sample in the codestream, {} allocated",
            image.precision, layout.bits_allocated
        );
        return wrong(tags::BITS_ALLOCATED, what);
    }
    Ok(())
}

/// RLE: byte planes of the cells (PS3.5 G.2); single bits are packed as in native pixel data.
fn rle(layout: &PixelLayout, codestream: &[u8], narrow: &mut Vec<u8>, cells: &mut [u8]) -> Result<Decoded> {
    let image = |rows, columns, precision| Image {
        rows,
        columns,
        components: u16::try_from(layout.samples).unwrap_or(u16::MAX),
        precision,
        is_signed: false,
    };
    if layout.is_packed {
        let packed = layout.frame_pixels().div_ceil(8);
        let image = image(1, u32::try_from(packed).unwrap_or(u32::MAX), 8);
        fill(narrow, image.len().map_err(failed)?)?;
        let done = rle_into(codestream, &image, narrow)?;
        native::unpack_bits(narrow, 0, cells)
            .ok_or_else(|| Error::new(ErrorKind::Pixel, "fewer bits than pixels"))?;
        return Ok(done);
    }
    let precision = u8::try_from(layout.bits_allocated).unwrap_or(u8::MAX);
    rle_into(codestream, &image(layout.rows, layout.columns, precision), cells)
}

fn rle_into(codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
    Process::Rle.check(image, codestream).map_err(failed)?;
    Process::Rle.decoder(false).decode_into(codestream, image, out).map_err(failed)
}

fn fill(buffer: &mut Vec<u8>, count: usize) -> Result<()> {
    if buffer.capacity() < count {
        *buffer = radiogram_core::try_vec(count)?;
    }
    buffer.resize(count, 0);
    Ok(())
}

/// Samples of one size as samples of a larger one.
fn widen(narrow: &[u8], from: usize, to: usize, cells: &mut [u8]) {
    for (cell, sample) in cells.chunks_exact_mut(to).zip(narrow.chunks_exact(from)) {
        cell.fill(0);
        let place =
            if cfg!(target_endian = "big") { cell.get_mut(to - from..) } else { cell.get_mut(..from) };
        if let Some(place) = place {
            place.copy_from_slice(sample);
        }
    }
}

/// Keeps unsigned samples within Bits Stored.
fn clamp(layout: &PixelLayout, cells: &mut [u8]) {
    let most = u64::MAX >> (64 - layout.bits_stored.clamp(1, 64));
    match layout.dtype().size() {
        1 => cells.iter_mut().for_each(|cell| *cell = (*cell).min(u8::try_from(most).unwrap_or(u8::MAX))),
        2 => {
            let most = u16::try_from(most).unwrap_or(u16::MAX);
            for cell in cells.as_chunks_mut::<2>().0 {
                *cell = u16::from_ne_bytes(*cell).min(most).to_ne_bytes();
            }
        }
        // No lossy codec gives more.
        _ => {}
    }
}
