//! JPEG 2000 (ITU-T T.800, ISO 15444-1), its high-throughput block coder (T.814) and the component transforms of part 2 (T.801) that
//! DICOM allows.
//!
//! `markers` and `codestream` read what stands around the packets, `geometry` says where tiles, bands and code blocks lie, `progression` in
//! which order packets come, `packet` what they hold; `block` decodes a code block, `wavelet` and `colour` make samples of it, `decode` does
//! all that for a tile after another.

pub mod block;
mod boxes;
mod codestream;
mod colour;
mod decode;
mod encode;
pub mod extent;
mod geometry;
mod info;
mod kept;
mod markers;
mod packet;
mod parameters;
mod progression;
mod quantisation;
#[cfg(test)]
pub(crate) mod testing;
mod wavelet;

pub use decode::{DecodeOptions, Executor, Region, Task};
pub use encode::{Components, Jpeg2000Encoder, Layer};
pub use info::{ComponentInfo, Info};
pub use progression::Order;

use crate::simd::Level;
use crate::{Decoded, Decoder, Image, Result};

/// The decoder.
///
/// Samples of components of different depth keep their values; the image's precision is the largest. Components of wider spacing are repeated
/// to the closest. Palettes and channel definitions of JP2 boxes are not applied.
#[derive(Clone, Copy, Default, Debug)]
pub struct Jpeg2000;

impl Decoder for Jpeg2000 {
    fn describe(&self, codestream: &[u8]) -> Result<Image> {
        Self::describe_with(codestream, &DecodeOptions::default())
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        Self::decode_with(codestream, &DecodeOptions::default(), Executor::HERE, image, out)
    }
}

impl Jpeg2000 {
    /// Everything that the main header says.
    ///
    /// # Errors
    ///
    /// `Malformed`, `Truncated` or `Unsupported` where the main header cannot be read.
    pub fn info(codestream: &[u8]) -> Result<Info> {
        Info::read(codestream)
    }

    /// The image that these options give.
    ///
    /// # Errors
    ///
    /// As [`Self::info`]; `Argument` where the options do not fit the image.
    pub fn describe_with(codestream: &[u8], options: &DecodeOptions) -> Result<Image> {
        decode::describe(codestream, options)
    }

    /// The codestream of which only what the options need is there: other tiles are left out, other packets are empty. It gives the same part
    /// as the whole one. `read` gives bytes of the whole one, which has `length`, from a place on, and is false where it cannot; it is asked
    /// for headers, for the tile-parts that TLM or their own headers name, and for the packets that PLT or PLM name, or, without these, for as
    /// much of a tile as comes before the last packet that is needed. None where the codestream does not tell what is where.
    ///
    /// # Errors
    ///
    /// As [`Self::describe_with`], and where `read` fails.
    pub fn excerpt(
        length: usize,
        options: &DecodeOptions,
        read: &mut dyn FnMut(usize, &mut [u8]) -> bool,
    ) -> Result<Option<Vec<u8>>> {
        decode::excerpt(length, options, read)
    }

    /// Decodes as much as the options ask for into `out`. `image` is what [`Self::describe_with`] gave for them. Only the packets, blocks and
    /// tiles that are needed are decoded.
    ///
    /// # Errors
    ///
    /// Where there is nothing of the image; what is missing otherwise is noted in [`Decoded::fault`].
    pub fn decode_with(
        codestream: &[u8],
        options: &DecodeOptions,
        executor: Executor,
        image: &Image,
        out: &mut [u8],
    ) -> Result<Decoded> {
        Self::decode_at(Level::best(), codestream, options, executor, image, out)
    }

    /// Decodes with the instructions of `level`.
    pub(crate) fn decode_at(
        level: Level,
        codestream: &[u8],
        options: &DecodeOptions,
        executor: Executor,
        image: &Image,
        out: &mut [u8],
    ) -> Result<Decoded> {
        decode::decode(codestream, options, executor, level, image, out)
    }
}
