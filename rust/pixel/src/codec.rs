//! Which codec reads a frame, and what it gives: by the transfer syntax, and by the codestream where that says otherwise.
//!
//! | transfer syntax | codestream | read by |
//! |---|---|---|
//! | RLE Lossless | – | `rle` |
//! | any JPEG or JPEG-LS | SOF0, SOF1, SOF2 | `dct`, 8 and 12 bits |
//! | any JPEG or JPEG-LS | SOF3 | `lossless` |
//! | any JPEG or JPEG-LS | SOF55 | `jpegls` |
//! | Encapsulated Uncompressed | – | as it is |
//! | Deflated Image Frame | – | inflated, then as it is |
//!
//! Everything else is `UnsupportedError` by its name.

use radiogram_codec::dct::Dct;
use radiogram_codec::jpeg::header::is_jfif;
use radiogram_codec::jpeg::markers::{APP0, APP14, EOI, SOF3, SOF55, SOS, is_frame};
use radiogram_codec::jpeg::{Adobe, Frame, Markers};
use radiogram_codec::jpegls::JpegLs;
use radiogram_codec::lossless::{self, Lossless};
use radiogram_codec::rle::{self, Rle};
use radiogram_codec::{Decoded, Decoder, Image};
use radiogram_core::syntax::{Loss, Syntax};
use radiogram_core::{Error, ErrorKind, Result};
use radiogram_data::frames::Signs;

/// Bytes of a frame up to which a JPEG-LS codestream may be as short as that of a blank picture is.
const BLANK: u64 = 1 << 29;
/// Bytes that a byte of the DCT can give: a block of 64 samples takes two bits, where each chrominance stands for sixteen pixels and
/// progressive scans skip many.
const DCT_EXPANSION: u64 = 1 << 14;

/// How the frames of a transfer syntax are compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// PS3.5 Annex G.
    Rle,
    /// A process of JPEG or JPEG-LS: the codestream says which.
    Jpeg,
    /// Not at all.
    Native,
    /// As a deflate stream.
    Deflate,
}

/// What a codestream of the JPEG family is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Process {
    /// Baseline, extended, progressive.
    Dct,
    /// Process 14.
    Lossless,
    /// T.87.
    JpegLs,
}

impl Codec {
    /// The codec of a transfer syntax.
    ///
    /// # Errors
    ///
    /// `UnsupportedError` with its name.
    pub fn of(syntax: Option<&Syntax>) -> Result<Self> {
        let (codec, name) = syntax
            .filter(|syntax| syntax.encapsulated)
            .map_or(("", "its transfer syntax does not say"), |syntax| (syntax.codec, syntax.name));
        Ok(match codec {
            "rle" => Self::Rle,
            "jpeg-baseline" | "jpeg-extended" | "jpeg-retired" | "jpeg-lossless" | "jpeg-lossless-sv1"
            | "jpeg-ls" => Self::Jpeg,
            "encapsulated-uncompressed" => Self::Native,
            "deflate-frame" => Self::Deflate,
            _ => {
                let message = format!("pixel data compressed as {name}: this version does not read these");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
        })
    }

    /// What tells codestreams apart in fragments.
    pub fn signs(self) -> Signs {
        match self {
            Self::Rle => Signs { begins: begins_rle, length: |_| None },
            Self::Jpeg => Signs { begins: begins_jpeg, length: jpeg_length },
            Self::Native | Self::Deflate => Signs::NONE,
        }
    }

    /// True where a frame comes as it would lie in native pixel data.
    pub fn is_native(self) -> bool {
        matches!(self, Self::Native | Self::Deflate)
    }

    /// Refuses a frame of which so short a codestream cannot hold the rows and `bytes`: before anything is allocated for it.
    pub(crate) fn admit(self, length: u64, rows: u32, bytes: u64) -> Result<()> {
        let most = match self {
            Self::Rle => rle::EXPANSION,
            Self::Native => 1,
            // RFC 1951: a match of 258 bytes in two bits.
            Self::Deflate => 1032,
            // T.87 A.7.1: a line that repeats the one before takes one bit. Lossless and DCT frames take more, but for the rare
            // chrominance of the latter.
            Self::Jpeg if u64::from(rows) > length.saturating_mul(8) => 0,
            Self::Jpeg if bytes <= BLANK => return Ok(()),
            Self::Jpeg => DCT_EXPANSION,
        };
        if length.saturating_mul(most) < bytes {
            return Err(Error::new(ErrorKind::Limit, "more samples than so short a codestream can hold"));
        }
        Ok(())
    }
}

/// PS3.5 G.5: the number of segments, and the offset of the first one.
fn begins_rle(bytes: &[u8]) -> bool {
    matches!(bytes, [1..=15, 0, 0, 0, 64, 0, 0, 0, ..])
}

/// T.81 B.1.1.3: SOI, and the FF of another marker.
fn begins_jpeg(bytes: &[u8]) -> bool {
    matches!(bytes, [0xFF, 0xD8, 0xFF, ..] | [0xFF, 0xFF, 0xD8, ..])
}

/// Up to EOI, which no entropy-coded data contain.
fn jpeg_length(bytes: &[u8]) -> Option<usize> {
    let mut markers = Markers::new(bytes).ok()?;
    while let Some(segment) = markers.segment().ok()? {
        match segment.marker {
            EOI => return Some(markers.at()),
            SOS => markers.skip_entropy(),
            _ => {}
        }
    }
    None
}

/// What the headers of a JPEG or JPEG-LS codestream say, as far as it decides what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Headers {
    /// The process.
    pub process: Process,
    /// True where the components are named R, G, B.
    pub is_rgb: bool,
    /// True where JFIF's marker is there, which means luminance and chrominance.
    pub is_jfif: bool,
    /// The colour transformation that Adobe's marker names: 0 for none, 1 for luminance and chrominance.
    pub adobe: Option<u8>,
}

impl Headers {
    /// Reads the headers up to the first scan, which may be all that is there.
    ///
    /// # Errors
    ///
    /// `UnsupportedError` for other codestreams in a JPEG syntax and for processes without a decoder, `PixelError`.
    pub fn read(codestream: &[u8]) -> Result<Self> {
        if matches!(codestream, [0xFF, 0x4F, 0xFF, 0x51, ..] | [0, 0, 0, 12, b'j', b'P', ..]) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a JPEG 2000 codestream: this version reads none",
            ));
        }
        let mut markers = Markers::new(codestream).map_err(failed)?;
        let (mut jfif, mut adobe, mut frame) = (false, None, None);
        while let Some(segment) = markers.segment().map_err(failed)? {
            match segment.marker {
                APP0 => jfif |= is_jfif(&segment),
                APP14 => adobe = Adobe::read(&segment).map(|adobe| adobe.transform).or(adobe),
                marker if is_frame(marker) || marker == SOF55 => {
                    frame = Some(Frame::read(&segment).map_err(failed)?);
                }
                SOS | EOI => break,
                _ => {}
            }
        }
        let frame = frame.ok_or_else(|| Error::new(ErrorKind::Pixel, "a codestream without a frame"))?;
        let process = match frame.marker {
            SOF55 => Process::JpegLs,
            SOF3 => Process::Lossless,
            _ => Process::Dct,
        };
        let mut names = frame.components().iter().map(|component| component.id.to_ascii_uppercase());
        let is_rgb = [names.next(), names.next(), names.next()] == [Some(b'R'), Some(b'G'), Some(b'B')];
        Ok(Self { process, is_rgb, is_jfif: jfif, adobe })
    }

    /// Whether the process is one that the transfer syntax allows; the name of the one that it is.
    pub fn fits(&self, syntax: Option<&Syntax>) -> std::result::Result<(), &'static str> {
        let codec = syntax.map_or("", |syntax| syntax.codec);
        let (name, allowed) = match self.process {
            Process::JpegLs => ("JPEG-LS", &["jpeg-ls"][..]),
            Process::Lossless => {
                ("lossless JPEG", &["jpeg-lossless", "jpeg-lossless-sv1", "jpeg-retired"][..])
            }
            Process::Dct => ("JPEG with the DCT", &["jpeg-baseline", "jpeg-extended", "jpeg-retired"][..]),
        };
        if allowed.contains(&codec) { Ok(()) } else { Err(name) }
    }
}

impl Process {
    /// Its decoder.
    pub fn decoder(self) -> &'static dyn Decoder {
        use std::sync::LazyLock;
        static DCT: LazyLock<Dct> = LazyLock::new(Dct::default);
        static LOSSLESS: LazyLock<Lossless> = LazyLock::new(Lossless::default);
        match self {
            Self::Dct => &*DCT,
            Self::Lossless => &*LOSSLESS,
            Self::JpegLs => &JpegLs,
        }
    }

    /// What one image of it may claim.
    pub fn limits(self) -> radiogram_codec::Limits {
        let expansion = match self {
            Self::Lossless => lossless::EXPANSION,
            Self::Dct => DCT_EXPANSION,
            // `Codec::admit` counts lines.
            Self::JpegLs => u64::MAX,
        };
        radiogram_codec::Limits { samples: radiogram_core::Limits::DEFAULT.samples, expansion }
    }

    /// True where samples may be others than those that were encoded.
    pub fn may_lose(self, syntax: Option<&Syntax>) -> bool {
        self == Self::Dct || (self == Self::JpegLs && syntax.and_then(|s| s.loss) != Some(Loss::Lossless))
    }
}

/// Decodes RLE: the codestream does not describe its image.
pub(crate) fn rle_into(codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
    let limits = radiogram_codec::Limits {
        samples: radiogram_core::Limits::DEFAULT.samples,
        expansion: rle::EXPANSION,
    };
    limits.check(image, codestream).map_err(failed)?;
    Rle.decode_into(codestream, image, out).map_err(failed)
}

/// A codec's error as one of ours. Offsets count from the codestream's first byte: they go into the words.
pub(crate) fn failed(error: radiogram_codec::Error) -> Error {
    use radiogram_codec::ErrorKind as Kind;
    let kind = match error.kind {
        Kind::Malformed | Kind::Truncated | Kind::Argument => ErrorKind::Pixel,
        Kind::Limit => ErrorKind::Limit,
        Kind::Unsupported => ErrorKind::Unsupported,
    };
    let place = error.offset.map_or(String::new(), |offset| format!(", byte {offset} of the codestream"));
    Error::new(kind, format!("{}{place}", error.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encapsulated_syntax_is_read_or_refused_by_name() {
        for syntax in Syntax::all().iter().filter(|syntax| syntax.encapsulated) {
            match Codec::of(Some(syntax)) {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                    assert!(error.message().contains(syntax.name), "{error}");
                }
            }
        }
        assert_eq!(Codec::of(None).unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn codestreams_show_where_they_begin_and_end() {
        let jpeg = b"\xFF\xD8\xFF\xE0\0\x03x\xFF\xDA\0\x02\xFF\0a\xFF\xD0b\xFF\xD9\xFF\xD8";
        assert!(begins_jpeg(jpeg));
        assert_eq!(jpeg_length(jpeg), Some(jpeg.len() - 2));
        assert_eq!(jpeg_length(&jpeg[..12]), None);
        assert!(begins_rle(b"\x03\0\0\0\x40\0\0\0\x80"));
        assert!(!begins_rle(b"\x10\0\0\0\x40\0\0\0"));
    }
}
