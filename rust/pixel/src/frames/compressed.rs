//! Frames in fragments: a codestream each.

use radiogram_codec::j2k::Jpeg2000;
use radiogram_core::{Error, ErrorKind, Path, Result};
use radiogram_data::frames::FrameTable;
use radiogram_data::{Document, inflate};

use super::coding::{Coding, finding};
use super::collections::Collections;
use super::{HEADERS, Scratch, Wanted};
use crate::codec::{Codec, Headers, Part, failed_of_part as chosen};
use crate::conform::conform;
use crate::layout::{Finding, PixelLayout};
use crate::part::cut_of_stored;
use crate::render::Plan;
use crate::{native, tags};

/// Frames in fragments.
pub struct Compressed {
    pub(super) row: u32,
    pub(super) coding: Coding,
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
        let bytes = if self.coding.codec == Codec::Rle || self.coding.codec.is_native() {
            // Single bits are packed.
            layout.frame_bits() / if layout.is_packed { 64 } else { 8 }
        } else {
            (native::frame_len(layout)? as u64).saturating_mul(count)
        };
        self.coding.codec.admit(length, layout.rows, bytes).map_err(|error| {
            let message = format!("frame {}: {}", frame.saturating_add(1), error.message());
            Error::new(error.kind(), message).in_path(&Path::of(tags::PIXELS))
        })
    }

    /// What the first codestream says against the transfer syntax and the header. A damaged one says nothing: decoding tells.
    pub(super) fn conform(&self, document: &Document, layout: &mut PixelLayout) -> Result<()> {
        let mut scratch = Vec::new();
        if let Ok(headers) = self.in_front(document, 0, &mut scratch, Headers::read)? {
            conform(&headers, self.coding.syntax, layout);
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
        if self.coding.codec.process().is_some() {
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
            return Ok(finding(&frames.done));
        }
        if self.coding.codec.is_native() {
            let stored = self.native(document, layout, frame, scratch)?;
            return match wanted.part.region {
                None => plan.decoded_into(stored, frame, out),
                Some(region) => plan.decoded_into(&cut_of_stored(layout, stored, 0, region)?, frame, out),
            }
            .map(|()| None);
        }
        let Scratch { encoded, cells, narrow, .. } = scratch;
        let length = self.table.length(frame).unwrap_or(0);
        if wanted.is_part()
            && let Some(excerpt) = self.excerpt(document, wanted)
        {
            let done = self.coding.rendered(layout, plan, wanted, (&excerpt, length), (cells, narrow), out);
            if let Ok(None) = done {
                return done;
            }
            // What is wrong is told of the whole codestream.
        }
        let codestream = self.table.bytes(document, frame, encoded)?;
        self.coding.rendered(layout, plan, wanted, (codestream, length), (cells, narrow), out)
    }

    /// The codestream of which only that is read which a part of the frame needs. None where all of it is in memory, or nothing tells what is where.
    fn excerpt(&self, document: &Document, wanted: &Wanted) -> Option<Vec<u8>> {
        if self.coding.codec != Codec::Jpeg2000 || self.table.is_present(document, wanted.frame) {
            return None;
        }
        let read =
            |at: usize, into: &mut [u8]| self.table.part(document, wanted.frame, at as u64, into).is_ok();
        excerpt(self.table.length(wanted.frame)?, &wanted.part, read)
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
        if self.coding.codec == Codec::Native {
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
}

/// What a part of a frame needs of a JPEG 2000 codestream of so many bytes.
pub(super) fn excerpt(
    length: u64,
    part: &Part,
    mut read: impl FnMut(usize, &mut [u8]) -> bool,
) -> Option<Vec<u8>> {
    Jpeg2000::excerpt(usize::try_from(length).ok()?, part, &mut read).ok().flatten()
}

pub(crate) fn fill(buffer: &mut Vec<u8>, count: usize) -> Result<()> {
    if buffer.capacity() < count {
        *buffer = radiogram_core::try_vec(count)?;
    }
    buffer.resize(count, 0);
    Ok(())
}
