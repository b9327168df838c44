//! What a frame may claim: bytes of samples for each byte of its codestream. All of these numbers are here.

use radiogram_codec::{Image, Limits, lossless, rle};
use radiogram_core::{Error, ErrorKind, Result};

use super::{Codec, Process};

/// Bytes of a frame up to which a codestream that knows long runs may be as short as that of a blank picture is: more than twice the largest
/// mammogram. Of larger ones a byte stands for so many bytes as in the DCT, be they coded as they may: nothing but a picture of one colour
/// is shorter, and there is none of that size.
const BLANK: u64 = 1 << 27;
/// Bytes that a byte of the DCT can give: a block of 64 samples takes a bit, where components with one block an MCU stand for sixteen
/// blocks of the picture and progressive scans say nothing more.
const DCT: u64 = 1 << 14;
/// RFC 1951: a match of 258 bytes in two bits.
const DEFLATE: u64 = 1032;
/// T.87 A.7.1.2: a bit can stand for a run of 32768 pixels of four components of two bytes.
const JPEG_LS: u64 = 1 << 21;
/// A picture of one colour is some bytes, whatever its size: what is left is the number of samples that any image may have, and that most
/// pictures of so many samples take more.
const JPEG_XL: u64 = 1 << 24;
/// T.800 B.10.3: a packet without blocks is a byte, and one is enough for a resolution of any size.
const JPEG_2000: u64 = 1 << 24;

impl Codec {
    /// Refuses a frame of which so short a codestream cannot hold the rows and `bytes`: before its headers are read, and anything is
    /// allocated for it.
    pub(crate) fn admit(self, length: u64, rows: u32, bytes: u64) -> Result<()> {
        let most = match self {
            // T.87 A.7.1: a line that repeats the one before takes one bit. Other frames take more, but for the rare chrominance of
            // the DCT.
            Self::Codestream if u64::from(rows) > length.saturating_mul(8) => 0,
            Self::Codestream | Self::Jpeg2000 | Self::JpegXl if bytes <= BLANK => return Ok(()),
            Self::Codestream | Self::Jpeg2000 | Self::JpegXl => DCT,
            Self::Rle => Process::Rle.expansion(),
            Self::Native => Process::Native.expansion(),
            Self::Deflate => Process::Deflate.expansion(),
        };
        if length.saturating_mul(most) < bytes {
            return Err(Error::new(ErrorKind::Limit, "more samples than so short a codestream can hold"));
        }
        Ok(())
    }
}

impl Process {
    /// Bytes of samples that a byte of the codestream can give at most.
    const fn expansion(self) -> u64 {
        match self {
            Self::Native => 1,
            Self::Deflate => DEFLATE,
            Self::Rle => rle::EXPANSION,
            Self::Dct => DCT,
            Self::Lossless => lossless::EXPANSION,
            Self::JpegLs => JPEG_LS,
            Self::Jpeg2000 | Self::HighThroughput => JPEG_2000,
            Self::JpegXl => JPEG_XL,
        }
    }

    /// Refuses an image that its codestream cannot hold, by the process that it is.
    pub(crate) fn check(self, image: &Image, length: u64) -> radiogram_codec::Result<()> {
        let is_large = image.len().map_or(true, |bytes| bytes as u64 > BLANK);
        let expansion = if is_large { self.expansion().min(DCT) } else { self.expansion() };
        let limits = Limits { samples: radiogram_core::Limits::DEFAULT.samples, expansion };
        limits.check_length(image, length)
    }
}
