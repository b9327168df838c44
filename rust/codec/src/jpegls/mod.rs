//! JPEG-LS (ITU-T T.87, ISO 14495-1): lossless and near-lossless, 2 to 16 bits, all interleaves, restart intervals, subsampled components,
//! mapping tables, presets.
//!
//! `header` reads what stands around scans, `scan` orders lines, `line` decodes one with the `context`s that `gradient`s choose.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples and codes are at most 17 bits wide"
)]
#![expect(clippy::cast_possible_wrap, reason = "sizes of rows of tables")]
#![expect(
    clippy::inline_always,
    reason = "a line is decoded by one function, compiled for each set of instructions"
)]

mod bits;
mod colour;
mod context;
mod encode;
mod encode_line;
mod golomb;
mod gradient;
mod header;
mod line;
mod params;
mod run;
mod scan;
mod segments;
mod tables;
mod target;
#[cfg(test)]
mod tests;
mod wide;
mod writer;

pub use encode::JpegLsEncoder;
pub use header::Interleave;
pub use params::Presets;

use crate::simd::Level;
use crate::{Decoded, Decoder, Error, ErrorKind, Image, Result};

use header::{Header, Step};
use target::Target;

/// The decoder.
///
/// Mapping tables are applied: an image of indexes into a table of colours has the components of the colours. Subsampled components are
/// repeated to the size of the image.
#[derive(Clone, Copy, Default, Debug)]
pub struct JpegLs;

const NOT_THIS: Error =
    Error::new(ErrorKind::Argument, "JPEG-LS: the image or the buffer is not what the codestream describes");

impl Decoder for JpegLs {
    fn describe(&self, codestream: &[u8]) -> Result<Image> {
        Ok(header::read(codestream)?.2)
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        Self::decode_with(Level::best(), codestream, image, out)
    }
}

impl JpegLs {
    /// Decodes with the instructions of `level`.
    pub(crate) fn decode_with(
        level: Level,
        codestream: &[u8],
        image: &Image,
        out: &mut [u8],
    ) -> Result<Decoded> {
        let (mut header, mut scan, own) = header::read(codestream)?;
        if own != (Image { precision: own.precision, is_signed: false, ..*image })
            || own.sample_size() != image.sample_size()
            || own.len()? != out.len()
        {
            return Err(NOT_THIS);
        }
        let mut fault = None;
        loop {
            let done = scan::decode(level, codestream, &header, &scan, &mut Target::new(out, own))?;
            if let Some(at) = done.padding {
                fault.get_or_insert((at, "bytes after the last line of a scan were passed over"));
            }
            let is_complete = header.is_complete();
            let step = header.advance(codestream, done.at);
            // Once every sample is there, what stands behind does no harm.
            let step = if is_complete { step.or(Ok((Step::End(false), done.at))) } else { step };
            match step? {
                (Step::Scan(next), _) => scan = next,
                (Step::End(is_marked), used) => {
                    if !is_marked {
                        fault.get_or_insert((used, "the marker of the end is missing"));
                    }
                    finish(&header, &own, out)?;
                    return Ok(Decoded::whole(used, fault));
                }
            }
        }
    }
}

/// What is left to do once all scans are read.
fn finish(header: &Header, image: &Image, out: &mut [u8]) -> Result<()> {
    if !header.is_complete() {
        return Err(Error::new(ErrorKind::Malformed, "JPEG-LS: a component without a scan"));
    }
    if header.components.len() == 3 && image.components == 3 {
        colour::undo(header.transform, header.precision, out);
    }
    Ok(())
}
