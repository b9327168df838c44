//! What a frame is coded as: the decoder of each process, its names, and where it may lose something.

use std::sync::LazyLock;

use radiogram_codec::Decoder;
use radiogram_codec::dct::{Colour, Dct};
use radiogram_codec::jpegls::JpegLs;
use radiogram_codec::jxl::Jxl;
use radiogram_codec::lossless::Lossless;
use radiogram_codec::rle::Rle;
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
            Self::JpegXl => &Jxl,
        }
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
            Self::JpegXl => ("JPEG XL", &["jpegxl", "jpegxl-jpeg-recompression"]),
        }
    }

    /// Whether the transfer syntax allows it; its name where not.
    pub fn fits(self, syntax: Option<&Syntax>) -> Result<(), &'static str> {
        let (name, allowed) = self.names();
        let codec = syntax.map_or("", |syntax| syntax.codec);
        if allowed.contains(&codec) { Ok(()) } else { Err(name) }
    }

    /// True where samples may be others than those that were encoded.
    pub fn may_lose(self, syntax: Option<&Syntax>) -> bool {
        let is_either = matches!(self, Self::JpegLs | Self::JpegXl);
        self == Self::Dct || (is_either && syntax.and_then(|s| s.loss) != Some(Loss::Lossless))
    }
}
