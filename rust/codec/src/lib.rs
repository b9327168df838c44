//! Codecs of pixel data: bytes and an image description in, samples out. Nothing here knows DICOM, opens a file or starts a thread.
//!
//! A decoder writes into the caller's memory and allocates nothing by what the input claims before the caller's [`Limits`] and the codestream's
//! own header agree. Samples lie pixel by pixel (R G B R G B …), each in [`Image::sample_size`] bytes of the host's order.
#![deny(unsafe_code)]

pub mod dct;
pub mod error;
pub mod fuzz;
pub mod image;
pub mod j2k;
pub mod jpeg;
pub mod jpegls;
pub mod jxl;
#[cfg(target_arch = "x86_64")]
mod lanes;
pub mod lossless;
pub mod rle;
pub mod simd;
mod weave;

pub use error::{Error, ErrorKind, Result};
pub use image::{Image, Limits};

/// What reads one kind of codestream.
pub trait Decoder: Sync {
    /// What the codestream's own header says of the image; codestreams without one (RLE) are described by the caller alone.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the codestream has no header.
    fn describe(&self, codestream: &[u8]) -> Result<Image>;

    /// Decodes one image into `out`, which has exactly [`Image::len`] bytes. `image` is what [`Decoder::describe`] gave, or what the caller knows.
    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded>;
}

/// What writes one kind of codestream, with its options.
pub trait Encoder: Sync {
    /// Appends the codestream of one image to `out`. `samples` has exactly [`Image::len`] bytes: by pixel, in the host's order; of signed
    /// ones the lowest bits are written, as many as the precision says.
    ///
    /// # Errors
    ///
    /// `Argument` where image, samples and options do not fit each other or the codec, `Limit` where there is no memory.
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()>;

    /// The same by several workers, where an image can be divided. The codestream is the same.
    ///
    /// # Errors
    ///
    /// As [`Encoder::encode_into`].
    fn encode_by(
        &self,
        samples: &[u8],
        image: &Image,
        executor: j2k::Executor<'_>,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let _ = executor;
        self.encode_into(samples, image, out)
    }
}

/// What was noticed on the way: faults that were read past.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Decoded {
    /// How many bytes of the codestream were used.
    pub used: usize,
    /// The first fault that was read past, as (byte offset, what was assumed).
    pub fault: Option<(usize, &'static str)>,
    /// True where a part of the picture is missing or damaged: samples are there that nobody encoded.
    pub is_partial: bool,
}

impl Decoded {
    /// A whole picture, whatever was read past on the way to it.
    pub const fn whole(used: usize, fault: Option<(usize, &'static str)>) -> Self {
        Self { used, fault, is_partial: false }
    }
}
