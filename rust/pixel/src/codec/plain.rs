//! Frames that no codec of pictures has touched: samples one after another, the lowest byte first, as they are (PS3.5 A.4.11) or deflated
//! (PS3.5 10.20).

use radiogram_codec::{Decoded, Decoder, Encoder, Error, ErrorKind, Image, Result};
use radiogram_data::inflate::{self, Deflater};

/// Samples as they are.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

/// A deflate stream of them.
#[derive(Clone, Copy, Debug)]
pub struct Deflated;

const NOT_DESCRIBED: Error =
    Error::new(ErrorKind::Unsupported, "uncompressed samples do not say what their image is");
const SHORT: Error = Error::new(ErrorKind::Truncated, "the frame has fewer bytes than its description says");
const NO_MEMORY: Error = Error::new(ErrorKind::Limit, "no memory for the frame");

impl Decoder for Plain {
    fn describe(&self, _: &[u8]) -> Result<Image> {
        Err(NOT_DESCRIBED)
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        let samples = codestream.get(..out.len()).ok_or(SHORT.at(codestream.len()))?;
        out.copy_from_slice(samples);
        in_other_order(image, out);
        Ok(Decoded::whole(out.len(), None))
    }
}

impl Encoder for Plain {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        out.try_reserve_exact(samples.len()).map_err(|_| NO_MEMORY)?;
        out.extend_from_slice(samples);
        in_other_order(image, out.get_mut(start..).unwrap_or_default());
        Ok(())
    }
}

impl Decoder for Deflated {
    fn describe(&self, _: &[u8]) -> Result<Image> {
        Err(NOT_DESCRIBED)
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        // A byte that pads to an even length may be deflated too.
        let most = out.len() as u64 + 2;
        let inflated = inflate::inflate(codestream, most, true).map_err(|_| {
            Error::new(ErrorKind::Limit, "the frame inflates to more than its description says")
        })?;
        let bytes = inflated.bytes.get(..out.len()).ok_or(SHORT.at(inflated.used))?;
        out.copy_from_slice(bytes);
        in_other_order(image, out);
        // The byte after the stream that makes a fragment even is no fault.
        let rest = codestream.len().saturating_sub(inflated.used);
        let fault = if !inflated.complete {
            Some((inflated.used, "a deflate stream that does not end"))
        } else if rest > 1 {
            Some((inflated.used, "bytes after the end of the deflate stream were passed over"))
        } else {
            None
        };
        Ok(Decoded::whole(inflated.used, fault))
    }
}

impl Encoder for Deflated {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        let mut swapped = Vec::new();
        let bytes = if cfg!(target_endian = "big") && image.sample_size() > 1 {
            Plain.encode_into(samples, image, &mut swapped)?;
            &swapped
        } else {
            samples
        };
        let mut deflate = || {
            let mut deflater = Deflater::new()?;
            let mut keep = |part: &[u8]| {
                out.extend_from_slice(part);
                Ok(())
            };
            deflater.push(bytes, &mut keep)?;
            deflater.finish(&mut keep)
        };
        deflate().map_err(|_| NO_MEMORY)
    }
}

/// From the order of the host's bytes to that of the frame's, or back.
fn in_other_order(image: &Image, samples: &mut [u8]) {
    let size = image.sample_size();
    if cfg!(target_endian = "big") && size > 1 {
        samples.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
}
