//! Frames in fragments: a codestream each, compared with the header, and decoded.

use radiogram_codec::j2k::Jpeg2000;
use radiogram_codec::{Decoded, Image};
use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, Path, Result};
use radiogram_data::frames::FrameTable;
use radiogram_data::{Document, inflate};

use super::collections::Collections;
use super::{HEADERS, Scratch, Wanted};
use crate::codec::{Codec, Headers, Part, Process, failed_in_data_set as failed, failed_of_part as chosen};
use crate::conform::conform;
use crate::layout::{Finding, FindingKind, PixelLayout};
use crate::part::{cut, cut_of_stored};
use crate::render::Plan;
use crate::{native, settle, tags};

/// Frames in fragments.
pub struct Compressed {
    pub(super) row: u32,
    pub(super) codec: Codec,
    pub(super) syntax: Option<&'static Syntax>,
    pub(super) table: FrameTable,
    /// Frames that are the components of codestreams.
    pub(super) collections: Option<Collections>,
}

impl Compressed {
    /// The codestream of a frame, and how many frames it has.
    pub(super) fn codestream_of(&self, frame: u64) -> (u64, u64) {
        self.collections.as_ref().map_or((frame, 1), |held| {
            held.find(frame).map_or((u64::MAX, 1), |member| (member.codestream, member.count))
        })
    }

    pub(super) fn admit(&self, layout: &PixelLayout, frame: u64) -> Result<()> {
        let (codestream, count) = self.codestream_of(frame);
        let length = self.table.length(codestream).unwrap_or(0);
        let bytes = if self.codec == Codec::Rle || self.codec.is_native() {
            // Single bits are packed.
            layout.frame_bits() / if layout.is_packed { 64 } else { 8 }
        } else {
            (native::frame_len(layout)? as u64).saturating_mul(count)
        };
        self.codec.admit(length, layout.rows, bytes).map_err(|error| {
            let message = format!("frame {}: {}", frame.saturating_add(1), error.message());
            Error::new(error.kind(), message).in_path(&Path::of(tags::PIXELS))
        })
    }

    /// What the first codestream says against the transfer syntax and the header. A damaged one says nothing: decoding tells.
    pub(super) fn conform(&self, document: &Document, layout: &mut PixelLayout) -> Result<()> {
        let mut scratch = Vec::new();
        if let Ok(headers) = self.in_front(document, 0, &mut scratch, Headers::read)? {
            conform(&headers, self.syntax, layout);
        }
        Ok(())
    }

    /// Reads what stands in front of a frame's codestream: of its first bytes, or of more where headers are longer.
    pub(super) fn in_front<T>(
        &self,
        document: &Document,
        frame: u64,
        scratch: &mut Vec<u8>,
        read: impl Fn(&[u8]) -> radiogram_codec::Result<T>,
    ) -> Result<radiogram_codec::Result<T>> {
        let (frame, _) = self.codestream_of(frame);
        let done = read(self.table.front(document, frame, HEADERS, scratch)?);
        let is_short = done.as_ref().is_err_and(|error| error.kind == radiogram_codec::ErrorKind::Truncated);
        if is_short && self.table.length(frame).is_some_and(|length| length > HEADERS) {
            return Ok(read(self.table.bytes(document, frame, scratch)?));
        }
        Ok(done)
    }

    /// The size of a part of a frame, in pixels, where the codec decodes it by itself; none where it is cut out of the frame.
    pub(super) fn size_of(&self, document: &Document, frame: u64, part: &Part) -> Result<Option<(u32, u32)>> {
        if self.codec.process().is_some() {
            return Ok(None);
        }
        let mut scratch = Vec::new();
        let size = |front: &[u8]| {
            let process = Headers::read(front)?.process;
            let image = if process.is_scalable() { Some(process.describe(front, part)?) } else { None };
            Ok(image.map(|image| (image.rows, image.columns)))
        };
        self.in_front(document, frame, &mut scratch, size)?.map_err(chosen)
    }

    pub(super) fn frame_into(
        &self,
        document: &Document,
        layout: &PixelLayout,
        plan: &Plan,
        wanted: &Wanted,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        let frame = wanted.frame;
        self.admit(layout, frame)?;
        if let Some(collections) = &self.collections {
            let frames = collections.frames_of(self, document, (layout, plan.layout()), wanted)?;
            plan.decoded_into(frames.cells(frame)?, frame, out)?;
            return Ok(frames.fault.map(finding));
        }
        if self.codec.is_native() {
            let stored = self.native(document, layout, frame, scratch)?;
            return match wanted.part.region {
                None => plan.decoded_into(stored, frame, out),
                Some(region) => plan.decoded_into(&cut_of_stored(layout, stored, 0, region)?, frame, out),
            }
            .map(|()| None);
        }
        let Scratch { encoded, cells, narrow, .. } = scratch;
        if wanted.is_part()
            && let Some(excerpt) = self.excerpt(document, wanted)
        {
            let done = self.rendered(layout, plan, wanted, &excerpt, (cells, narrow), out);
            if let Ok(None) = done {
                return done;
            }
            // What is wrong is told of the whole codestream.
        }
        let codestream = self.table.bytes(document, frame, encoded)?;
        self.rendered(layout, plan, wanted, codestream, (cells, narrow), out)
    }

    /// The codestream of which only that is read which a part of the frame needs. None where all of it is in memory, or nothing tells what is where.
    fn excerpt(&self, document: &Document, wanted: &Wanted) -> Option<Vec<u8>> {
        if self.codec != Codec::Jpeg2000 || self.table.is_present(document, wanted.frame) {
            return None;
        }
        let length = usize::try_from(self.table.length(wanted.frame)?).ok()?;
        let mut read =
            |at: usize, into: &mut [u8]| self.table.part(document, wanted.frame, at as u64, into).is_ok();
        Jpeg2000::excerpt(length, &wanted.part, &mut read).ok().flatten()
    }

    /// Decodes a codestream, and renders it.
    fn rendered(
        &self,
        layout: &PixelLayout,
        plan: &Plan,
        wanted: &Wanted,
        codestream: &[u8],
        (cells, narrow): (&mut Vec<u8>, &mut Vec<u8>),
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        let frame = wanted.frame;
        let length = self.table.length(frame).unwrap_or(0);
        let whole = self.examine(layout, codestream, length)?;
        let examined = match whole {
            Some((process, _)) if wanted.is_part() && process.is_scalable() => {
                Some((process, process.describe(codestream, &wanted.part).map_err(chosen)?))
            }
            _ => whole,
        };
        let is_cut =
            wanted.part.region.filter(|_| !examined.is_some_and(|(process, _)| process.is_scalable()));
        let done = if let Some(region) = is_cut {
            fill(cells, native::frame_len(layout)?)?;
            let whole = Wanted::whole(frame);
            let done = self.decode(layout, examined, codestream, &whole, narrow, cells)?;
            plan.decoded_into(&cut(layout, cells, region)?, frame, out)?;
            done
        } else if plan.is_in_place() {
            native::check_out(out, plan.frame_len()?)?;
            let done = self.decode(plan.layout(), examined, codestream, wanted, narrow, out)?;
            plan.finish_in_place(out);
            done
        } else {
            fill(cells, native::frame_len(plan.layout())?)?;
            let done = self.decode(plan.layout(), examined, codestream, wanted, narrow, cells)?;
            plan.decoded_into(cells, frame, out)?;
            done
        };
        Ok(done.fault.map(finding))
    }

    /// The bytes of a frame that lies as in native pixel data.
    pub(super) fn native<'b>(
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
    pub(super) fn examine(
        &self,
        layout: &PixelLayout,
        codestream: &[u8],
        length: u64,
    ) -> Result<Option<(Process, Image)>> {
        if self.codec == Codec::Rle {
            return Ok(None);
        }
        let process = Headers::read(codestream).map_err(failed)?.process;
        let image = process.describe(codestream, &Part::default()).map_err(failed)?;
        settle::check(layout, &image)?;
        process.check(&image, length).map_err(failed)?;
        Ok(Some((process, image)))
    }

    /// Decodes one codestream into the cells of one frame.
    pub(super) fn decode(
        &self,
        layout: &PixelLayout,
        examined: Option<(Process, Image)>,
        codestream: &[u8],
        wanted: &Wanted,
        narrow: &mut Vec<u8>,
        cells: &mut [u8],
    ) -> Result<Decoded> {
        let Some((process, image)) = examined else {
            return rle(layout, codestream, narrow, cells);
        };
        let Wanted { part, crew, .. } = wanted;
        let failed = if wanted.is_part() { chosen } else { failed };
        let size = layout.dtype().size();
        let done = if image.sample_size() == size {
            process.decode_into(codestream, &image, part, *crew, cells).map_err(failed)?
        } else {
            fill(narrow, image.len().map_err(failed)?)?;
            let done = process.decode_into(codestream, &image, part, *crew, narrow).map_err(failed)?;
            settle::widen(narrow, image.sample_size(), size, cells);
            done
        };
        settle::settle(process, self.syntax, layout, &image, cells);
        Ok(done)
    }
}

/// What a decoder read past.
pub(super) fn finding((_, assumed): (usize, &'static str)) -> Finding {
    let assumed = std::borrow::Cow::Borrowed(assumed);
    Finding { kind: FindingKind::Codestream, tag: tags::PIXELS, assumed }
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
    Process::Rle.check(image, codestream.len() as u64).map_err(failed)?;
    Process::Rle.decoder(false).decode_into(codestream, image, out).map_err(failed)
}

pub(crate) fn fill(buffer: &mut Vec<u8>, count: usize) -> Result<()> {
    if buffer.capacity() < count {
        *buffer = radiogram_core::try_vec(count)?;
    }
    buffer.resize(count, 0);
    Ok(())
}
