//! JPEG lossless: T.81 process 14, Huffman coding, all predictors, 2 to 16 bits, 1 to 4 components; both ways.
//!
//! A scan is decoded some rows at a time: its bytes are unstuffed (`bits`), become differences by look-ups (`table`), the differences
//! become samples (`predict`), and these are put where the caller wants them (`decode`).
//!
//! # What is read past
//!
//! [`Decoded::fault`] names the first: bytes between segments, a missing EOI, data left over at the end of an interval, stray markers,
//! samples beyond the frame's precision. The last tell an encoder that counts differences otherwise than modulo 65536: their low bits,
//! which are what this decoder gives for 8 bits and other decoders too, are right for predictors 1 to 4.
//!
//! # What is refused
//!
//! Subsampled components, arithmetic coding and hierarchical frames are `Unsupported`; a restart interval that is not whole rows, a
//! restart marker out of order and data that end too early are errors, because every sample after them would be a guess.
#![expect(clippy::inline_always, reason = "the steps of a symbol are worth nothing as calls")]

mod bits;
mod decode;
mod encode;
mod predict;
mod sum;
mod table;

pub use encode::LosslessEncoder;

use crate::jpeg::scout;
use crate::simd::Level;
use crate::{Decoded, Decoder, Image, Result};

/// Bytes of samples that a byte of a codestream can give at most, for [`Limits::expansion`](crate::Limits): a sample of 16 bits takes one bit.
pub const EXPANSION: u64 = 16;

/// The decoder of frames that begin with SOF3.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lossless {
    /// The instructions that may be used.
    pub level: Level,
}

impl Decoder for Lossless {
    fn describe(&self, codestream: &[u8]) -> Result<Image> {
        let frame = scout(codestream)?.frame;
        decode::check(&frame)?;
        Ok(frame.image())
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        decode::decode_into(self.level, codestream, image, out)
    }
}
