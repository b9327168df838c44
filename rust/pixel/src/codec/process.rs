//! What a frame is coded as: the decoder of each process, its names, and where it may lose something.

use std::sync::LazyLock;

use radiogram_codec::dct::{Colour, Dct};
use radiogram_codec::j2k::{DecodeOptions, Executor, Jpeg2000};
use radiogram_codec::jpegls::JpegLs;
use radiogram_codec::jxl::Jxl;
use radiogram_codec::lossless::Lossless;
use radiogram_codec::rle::Rle;
use radiogram_codec::{Decoded, Decoder, Error, ErrorKind, Image, Result};
use radiogram_core::syntax::{Loss, Syntax};

use super::plain::{Deflated, Plain};

/// What a frame is coded as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Process {
    /// Samples as they are.
    Native,
    /// Samples as they are, deflated.
    Deflate,
    /// PS3.5 Annex G.
    Rle,
    /// T.81: baseline, extended, progressive.
    Dct,
    /// T.81: process 14.
    Lossless,
    /// T.87.
    JpegLs,
    /// T.800, with the transforms of T.801.
    Jpeg2000,
    /// The same, its code blocks by T.814.
    HighThroughput,
    /// 18181-1.
    JpegXl,
}

impl Process {
    /// Its decoder; `to_rgb` where luminance and chrominance become RGB, if it knows them.
    pub fn decoder(self, to_rgb: bool) -> &'static dyn Decoder {
        static DCT: LazyLock<Dct> = LazyLock::new(Dct::default);
        static DCT_TO_RGB: LazyLock<Dct> = LazyLock::new(|| Dct { colour: Colour::Rgb, ..Dct::default() });
        static LOSSLESS: LazyLock<Lossless> = LazyLock::new(Lossless::default);
        match self {
            Self::Native => &Plain,
            Self::Deflate => &Deflated,
            Self::Rle => &Rle,
            Self::Dct if to_rgb => &*DCT_TO_RGB,
            Self::Dct => &*DCT,
            Self::Lossless => &*LOSSLESS,
            Self::JpegLs => &JpegLs,
            Self::Jpeg2000 | Self::HighThroughput => &Jpeg2000,
            Self::JpegXl => &Jxl,
        }
    }

    /// True where a part of what is coded can be decoded by itself: lower resolutions, regions, layers.
    pub const fn is_scalable(self) -> bool {
        matches!(self, Self::Jpeg2000 | Self::HighThroughput)
    }

    /// The image that comes of a codestream, or of the part of it that is wanted.
    ///
    /// # Errors
    ///
    /// `Argument` where the process has no such parts; so for [`Process::decode_into`].
    pub fn describe(self, codestream: &[u8], part: &DecodeOptions) -> Result<Image> {
        if self.is_scalable() {
            if part.reduce > 0 && part.reduce > Jpeg2000::info(codestream)?.levels {
                return Err(Error::new(
                    ErrorKind::Argument,
                    "reduced more often than the codestream has levels",
                ));
            }
            return Jpeg2000::describe_with(codestream, part);
        }
        whole(part)?;
        self.decoder(false).describe(codestream)
    }

    /// Decodes what [`Process::describe`] describes.
    pub fn decode_into(
        self,
        codestream: &[u8],
        image: &Image,
        part: &DecodeOptions,
        crew: Executor<'_>,
        out: &mut [u8],
    ) -> Result<Decoded> {
        if self.is_scalable() {
            return Jpeg2000::decode_with(codestream, part, crew, image, out);
        }
        whole(part)?;
        self.decoder(false).decode_into(codestream, image, out)
    }

    /// In words, and the codecs of the transfer syntaxes that allow it.
    const fn names(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Native => ("uncompressed", &["encapsulated-uncompressed"]),
            Self::Deflate => ("deflated", &["deflate-frame"]),
            Self::Rle => ("RLE", &["rle"]),
            Self::Dct => ("JPEG with the DCT", &["jpeg-baseline", "jpeg-extended", "jpeg-retired"]),
            Self::Lossless => ("lossless JPEG", &["jpeg-lossless", "jpeg-lossless-sv1", "jpeg-retired"]),
            Self::JpegLs => ("JPEG-LS", &["jpeg-ls"]),
            Self::Jpeg2000 => ("JPEG 2000", &["jpeg2000", "jpeg2000-part2-mc"]),
            Self::HighThroughput => ("high-throughput JPEG 2000", &["htj2k", "htj2k-rpcl"]),
            Self::JpegXl => ("JPEG XL", &["jpegxl", "jpegxl-jpeg-recompression"]),
        }
    }

    /// Whether the transfer syntax allows it; its name where not.
    pub fn fits(self, syntax: Option<&Syntax>) -> std::result::Result<(), &'static str> {
        let (name, allowed) = self.names();
        let codec = syntax.map_or("", |syntax| syntax.codec);
        if allowed.contains(&codec) { Ok(()) } else { Err(name) }
    }

    /// True where samples may be others than those that were encoded.
    pub fn may_lose(self, syntax: Option<&Syntax>) -> bool {
        let is_either = matches!(self, Self::JpegLs | Self::Jpeg2000 | Self::HighThroughput | Self::JpegXl);
        self == Self::Dct || (is_either && syntax.and_then(|s| s.loss) != Some(Loss::Lossless))
    }
}

/// Refuses to take a frame apart that is coded as a whole.
fn whole(part: &DecodeOptions) -> Result<()> {
    if *part == DecodeOptions::default() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Argument,
        "frames of this codec have neither resolutions nor layers to choose from",
    ))
}
