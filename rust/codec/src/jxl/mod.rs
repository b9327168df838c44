//! JPEG XL (ISO/IEC 18181-1): any codestream of 1 to 16 bits is read, lossless ones are written, and a JPEG that was recompressed comes
//! back byte for byte.
//!
//! Codestreams are read by the crate `jxl` and JPEGs brought back by `jxl-oxide`, both in safe limits of ours (`budget`, `recompressed`).
//! Neither starts a thread. The encoder is our own: a fixed tree with the gradient predictor, prefix codes made from a sample of the rows,
//! runs of zeros; what libjxl calls effort 1.
//!
//! JPEG XL has no signed samples. As with JPEG-LS, of signed samples the lowest bits are coded, as many as the precision says, and who
//! reads them knows that they are signed.
//!
//! # What is read past
//!
//! [`Decoded::fault`] names the first of these: channels beside those of the colour (alpha, depth), pictures after the first one (an
//! animation).
//!
//! # What is refused
//!
//! Samples in floating point and samples of more than 16 bits; the recompression of a JPEG, for which there is no encoder here.

mod budget;
mod decode;
mod encode;
mod recompressed;

pub use encode::JxlEncoder;
pub use recompressed::{has_jpeg, recompress_jpeg, reconstruct_jpeg};

use crate::{Decoded, Decoder, Image, Result};

/// The decoder.
///
/// Samples are those of the codestream's own colour space: what was coded as XYB, or as luminance and chrominance, comes as RGB.
#[derive(Clone, Copy, Default, Debug)]
pub struct Jxl;

impl Decoder for Jxl {
    fn describe(&self, codestream: &[u8]) -> Result<Image> {
        decode::describe(codestream)
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        decode::decode_into(codestream, image, out)
    }
}

/// True where bytes begin as a codestream does (18181-1 6, 18181-2 9.1): a naked one, or one in boxes.
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0x0A]) || bytes.starts_with(&SIGNATURE)
}

/// The box that the file format begins with (18181-2 9.1).
const SIGNATURE: [u8; 12] = [0, 0, 0, 12, b'J', b'X', b'L', b' ', 0x0D, 0x0A, 0x87, 0x0A];
