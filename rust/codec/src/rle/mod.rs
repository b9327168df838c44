//! RLE, PS3.5 Annex G: byte planes of a frame, each packed into a segment of literal bytes and runs; both ways.
//!
//! The codestream has no header that tells the image: the caller's [`Image`] does. Planes are in the order of PS3.5 G.2: component by
//! component, and of each the most significant byte first. One-bit pixels come as the bytes they are packed in: to this codec they are an
//! image of 8 bits.
//!
//! # What is read past
//!
//! [`Decoded::fault`] names the first of these; all have one reading only: more segments than the image has planes, offsets that lie out of
//! order or overlap (a segment begins where its offset says, and a plane ends when it is full), bytes after the last, a header whose
//! count is too large or too small while the offsets are right.
//!
//! # What is refused
//!
//! A segment that is missing or ends before its plane is full, because samples would be made up.

mod decode;
mod encode;
mod header;
mod pack;
mod segment;

use crate::{Decoded, Decoder, Encoder, Error, ErrorKind, Image, Result};

/// Bytes of samples that a byte of a codestream can give at most, for [`Limits::expansion`](crate::Limits): a run of 128 takes two.
pub const EXPANSION: u64 = 64;

/// Both ways: RLE has no options.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rle;

impl Decoder for Rle {
    fn describe(&self, _: &[u8]) -> Result<Image> {
        Err(Error::new(ErrorKind::Unsupported, "an RLE codestream does not say what its image is"))
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        decode::decode_into(codestream, image, out)
    }
}

impl Encoder for Rle {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        encode::encode(samples, image, out)
    }
}
