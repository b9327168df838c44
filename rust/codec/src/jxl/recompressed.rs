//! A JPEG that was recompressed, back as it was: the coefficients from the codestream, everything else from the box `jbrd` (18181-2 Annex A).

use std::io::{Read, Write};

use jxl_bitstream::Bitstream;
use jxl_oxide::jpeg_bitstream::JpegBitstreamHeader;
use jxl_oxide::{AllocTracker, JpegReconstructionStatus, JxlImage, JxlThreadPool};
use jxl_oxide_common::Bundle;

use super::SIGNATURE;
use crate::jpeg::markers::COM;
use crate::{Error, ErrorKind, Result};

/// Memory for the coefficients of one image.
const MEMORY: usize = 1 << 30;
/// Bytes of a JPEG for each byte of the codestream, beyond [`SMALL`]: recompression saves a fifth to a third, and markers save more.
const EXPANSION: usize = 64;
/// Bytes that every JPEG may have.
const SMALL: usize = 1 << 20;

/// True where a codestream says that it was made from a JPEG: it is in boxes, one of which is `jbrd`.
pub fn has_jpeg(codestream: &[u8]) -> bool {
    boxes(codestream).any(|(kind, _)| kind == *b"jbrd")
}

pub(super) fn reconstruct_jpeg(codestream: &[u8]) -> Result<Vec<u8>> {
    if !has_jpeg(codestream) {
        return Err(Error::new(ErrorKind::Unsupported, "JPEG XL: not made from a JPEG"));
    }
    for (kind, content) in boxes(codestream) {
        match &kind {
            b"jbrd" => unpack(content.get(jbrd_header(content)?..).unwrap_or_default(), content.len())?,
            // The kind of what is packed, then it.
            b"brob" => unpack(content.get(4..).unwrap_or_default(), content.len())?,
            _ => {}
        }
    }
    let image = JxlImage::builder()
        .pool(JxlThreadPool::none())
        .alloc_tracker(AllocTracker::with_limit(MEMORY))
        .read(codestream)
        .map_err(|_| Error::new(ErrorKind::Malformed, "JPEG XL: a codestream that breaks the rules"))?;
    match image.jpeg_reconstruction_status() {
        JpegReconstructionStatus::Available => {}
        JpegReconstructionStatus::NeedMoreData => {
            return Err(Error::new(
                ErrorKind::Truncated,
                "JPEG XL: the codestream ends before its JPEG does",
            ));
        }
        _ => return Err(Error::new(ErrorKind::Malformed, "JPEG XL: what is needed for the JPEG is damaged")),
    }
    let most = codestream.len().saturating_mul(EXPANSION).saturating_add(SMALL);
    let mut jpeg = Bounded { bytes: Vec::new(), most, is_full: false, is_comment: false };
    let written = image.reconstruct_jpeg(&mut jpeg);
    if jpeg.is_full {
        return Err(Error::new(ErrorKind::Limit, "JPEG XL: a JPEG too large for its codestream"));
    }
    written
        .map_err(|_| Error::new(ErrorKind::Malformed, "JPEG XL: what is needed for the JPEG is damaged"))?;
    Ok(jpeg.bytes)
}

/// The recompression of a JPEG.
///
/// # Errors
///
/// `Unsupported`, always: no encoder for it that may be used here exists.
pub fn recompress_jpeg(_: &[u8]) -> Result<Vec<u8>> {
    let message = "JPEG XL: there is no encoder for the recompression of a JPEG; JPEG XL Lossless is written";
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// The length of what is before the packed bytes of a box `jbrd` (18181-2 A.3).
fn jbrd_header(content: &[u8]) -> Result<usize> {
    let damaged = Error::new(ErrorKind::Malformed, "JPEG XL: the box of what else the JPEG has is damaged");
    let mut bits = Bitstream::new(content);
    JpegBitstreamHeader::parse(&mut bits, ()).map_err(|_| damaged)?;
    bits.zero_pad_to_byte().map_err(|_| damaged)?;
    Ok(bits.num_read_bits() / 8)
}

/// Refuses packed bytes that would become too many: the crate unpacks them without a bound.
fn unpack(packed: &[u8], length: usize) -> Result<()> {
    let most = length.saturating_mul(EXPANSION).saturating_add(SMALL) as u64;
    let mut bytes = brotli_decompressor::Decompressor::new(packed, 4096).take(most + 1);
    match std::io::copy(&mut bytes, &mut std::io::sink()) {
        Ok(length) if length > most => {
            Err(Error::new(ErrorKind::Limit, "JPEG XL: a box that unpacks to too much"))
        }
        // What is damaged is found by who needs it.
        _ => Ok(()),
    }
}

/// Takes bytes up to a number.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
    is_full: bool,
    /// True where the marker of a comment was the last that came.
    is_comment: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let given = bytes.len();
        // 18181-2 A.3 keeps a comment with the second byte of its marker, which jxl-jbr 0.2 writes by itself too.
        let bytes = match bytes {
            [COM, rest @ ..] if self.is_comment && is_segment(rest) => rest,
            _ => bytes,
        };
        self.is_comment = bytes == [0xFF, COM];
        if bytes.len() > self.most - self.bytes.len() || self.bytes.try_reserve(bytes.len()).is_err() {
            self.is_full = true;
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(given)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// True where bytes are a segment of the length that they begin with (T.81 B.1.1.4).
fn is_segment(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|length| usize::from(u16::from_be_bytes(*length)) == bytes.len())
}

/// The boxes of a file: the kind and the content of each (18181-2 9.1). None where the codestream is naked.
fn boxes(file: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = if file.starts_with(&SIGNATURE) { file } else { &[] };
    std::iter::from_fn(move || {
        let (head, after) = rest.split_first_chunk::<8>()?;
        let [a, b, c, d, kind @ ..] = *head;
        let (content, after) = match u32::from_be_bytes([a, b, c, d]) {
            // Up to the end of the file.
            0 => (after, &[][..]),
            1 => {
                let (size, after) = after.split_first_chunk::<8>()?;
                let length = usize::try_from(u64::from_be_bytes(*size)).ok()?.checked_sub(16)?;
                after.split_at(length.min(after.len()))
            }
            size => after.split_at(usize::try_from(size).ok()?.checked_sub(8)?.min(after.len())),
        };
        rest = after;
        Some((kind, content))
    })
}
