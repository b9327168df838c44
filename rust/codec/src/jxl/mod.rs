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
pub use recompressed::{has_jpeg, recompress_jpeg};

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{Decoded, Decoder, Error, ErrorKind, Image, Result};

/// The decoder.
///
/// Samples are those of the codestream's own colour space: what was coded as XYB, or as luminance and chrominance, comes as RGB.
#[derive(Clone, Copy, Default, Debug)]
pub struct Jxl;

impl Decoder for Jxl {
    fn describe(&self, codestream: &[u8]) -> Result<Image> {
        guarded(|| decode::describe(codestream))
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        guarded(|| decode::decode_into(codestream, image, out))
    }
}

/// The JPEG that was recompressed.
///
/// # Errors
///
/// `Unsupported` where the codestream was not made from a JPEG, `Malformed`, `Truncated`, `Limit`.
pub fn reconstruct_jpeg(codestream: &[u8]) -> Result<Vec<u8>> {
    guarded(|| recompressed::reconstruct_jpeg(codestream))
}

/// What the crates make of a codestream: some that are damaged, and a few that are not, they panic at. That is an error of the codestream's,
/// not ours; what was decoded before is no picture.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let given_up = Error::new(ErrorKind::Malformed, "JPEG XL: a codestream at which the decoder gives up");
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(given_up))
}

/// True where bytes begin as a codestream does (18181-1 6, 18181-2 9.1): a naked one, or one in boxes.
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0x0A]) || bytes.starts_with(&SIGNATURE)
}

/// The box that the file format begins with (18181-2 9.1).
const SIGNATURE: [u8; 12] = [0, 0, 0, 12, b'J', b'X', b'L', b' ', 0x0D, 0x0A, 0x87, 0x0A];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_crate_is_an_error_of_the_codestream() {
        let done = guarded::<()>(|| std::panic::resume_unwind(Box::new(())));
        assert_eq!(done.unwrap_err().kind, ErrorKind::Malformed);
        assert_eq!(guarded(|| Ok(7)), Ok(7));
    }
}
