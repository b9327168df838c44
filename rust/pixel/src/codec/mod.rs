//! Which codec reads and writes a frame, and what it gives: by the transfer syntax, and by the codestream where that says otherwise.
//!
//! | transfer syntax | codestream | read by | written by |
//! |---|---|---|---|
//! | RLE Lossless | – | `rle` | `rle` |
//! | any with codestreams that describe themselves | SOF0, SOF1, SOF2 | `dct`, 8 and 12 bits | `dct`: .50, .51 |
//! | 〃 | SOF3 | `lossless` | `lossless`: .57, .70 |
//! | 〃 | SOF55 | `jpegls` | `jpegls`: .80, .81 |
//! | 〃 | JPEG 2000 and HTJ2K, naked or in boxes | `j2k` | `j2k`: .90 to .93, .201, .202, .203 |
//! | 〃 | JPEG XL, naked or in boxes | `jxl` | `jxl`: .110 |
//! | Encapsulated Uncompressed | – | as it is | as it is |
//! | Deflated Image Frame | – | inflated, then as it is | deflated |
//!
//! Everything else is `UnsupportedError` by its name.
//!
//! A new codec is: its name in [`Codec::of`], what its codestreams begin with in [`headers`], an arm of [`Process`] with its decoder, its
//! limits and its names in [`process`], and an arm of [`encode::Encoding::new`] that makes its encoder of its options.

pub mod encode;
pub mod frame;
pub mod headers;
mod jpeg2000;
pub mod limits;
pub mod options;
pub mod plain;
pub mod process;
mod quality;

pub use encode::Encoding;
pub use frame::{Description, Frame, Known};
pub use headers::Headers;
pub use options::{Options, Value};
pub use process::Process;
pub use radiogram_codec::j2k::{DecodeOptions as Part, Executor as Crew, Region};

use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, Result};
use radiogram_data::frames::Signs;

/// How the frames of a transfer syntax are compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// PS3.5 Annex G.
    Rle,
    /// As codestreams that describe themselves and say which [`Process`] they are.
    Codestream,
    /// The same, where a few bytes may be a picture of any size.
    Jpeg2000,
    /// So here.
    JpegXl,
    /// Not at all (PS3.5 A.4.11).
    Native,
    /// As a deflate stream (PS3.5 10.20).
    Deflate,
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
            | "jpeg-ls" => Self::Codestream,
            "jpegxl" | "jpegxl-jpeg-recompression" => Self::JpegXl,
            "jpeg2000" | "jpeg2000-part2-mc" | "htj2k" | "htj2k-rpcl" => Self::Jpeg2000,
            "encapsulated-uncompressed" => Self::Native,
            "deflate-frame" => Self::Deflate,
            "mpeg2" | "h264" | "hevc" => {
                let message =
                    format!("the pixel data are video, {name}: ds.video has the stream and its pictures");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            _ => {
                let message = format!("pixel data compressed as {name}: this version does not read these");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
        })
    }

    /// Why a data set of a transfer syntax has no pixel data: they are elsewhere.
    pub fn elsewhere(syntax: Option<&Syntax>) -> Option<Error> {
        let syntax = syntax?;
        let place = match syntax.codec {
            // PS3.5 A.6, A.7; by T.814: A.11, A.12.
            "jpip" | "jpip-htj2k" => {
                "they are at the server that PixelDataProviderURL names, which is not asked"
            }
            // PS3.5 A.8 to A.10: the data set is a part of a flow whose pictures come in packets of their own.
            "smpte-2110" => "they come in the packets of a live stream, which is not received",
            _ => return None,
        };
        let message = format!("the pixel data are not in the data set, {}: {place}", syntax.name);
        Some(Error::new(ErrorKind::Unsupported, message))
    }

    /// The transfer syntax of this UID or keyword, and the codec that reads it.
    ///
    /// # Errors
    ///
    /// As [`encapsulated`] and [`Codec::of`].
    pub fn named(word: &str) -> Result<(&'static Syntax, Self)> {
        let syntax = encapsulated(word)?;
        Ok((syntax, Self::of(Some(syntax))?))
    }

    /// The codec of a frame that begins so, where the transfer syntax does not tell.
    pub fn sniff(front: &[u8]) -> Option<Self> {
        if radiogram_codec::j2k::extent::begins(front) {
            return Some(Self::Jpeg2000);
        }
        if radiogram_codec::jxl::begins(front) {
            return Some(Self::JpegXl);
        }
        if headers::begins(front) {
            return Some(Self::Codestream);
        }
        headers::begins_rle(front).then_some(Self::Rle)
    }

    /// What tells codestreams apart in fragments.
    pub fn signs(self) -> Signs {
        match self {
            Self::Rle => Signs { begins: headers::begins_rle, length: |_| None },
            Self::Codestream | Self::Jpeg2000 | Self::JpegXl => {
                Signs { begins: headers::begins, length: headers::length }
            }
            Self::Native | Self::Deflate => Signs::NONE,
        }
    }

    /// True where a frame comes as it would lie in native pixel data.
    pub fn is_native(self) -> bool {
        matches!(self, Self::Native | Self::Deflate)
    }

    /// The process of its frames where they do not say it themselves.
    pub const fn process(self) -> Option<Process> {
        match self {
            Self::Rle => Some(Process::Rle),
            Self::Native => Some(Process::Native),
            Self::Deflate => Some(Process::Deflate),
            Self::Codestream | Self::Jpeg2000 | Self::JpegXl => None,
        }
    }
}

/// The JPEG that a codestream of JPEG XL was made from, byte for byte.
///
/// # Errors
///
/// `UnsupportedError` where it was made from none; `PixelError`, `LimitError`.
pub fn reconstruct_jpeg(codestream: &[u8]) -> Result<Vec<u8>> {
    radiogram_codec::jxl::reconstruct_jpeg(codestream).map_err(failed)
}

/// The transfer syntax of this UID or keyword, whose pixel data are encapsulated.
///
/// # Errors
///
/// `ArgumentError` where there is no such transfer syntax, or its pixel data are native.
pub fn encapsulated(word: &str) -> Result<&'static Syntax> {
    let syntax = Syntax::from_uid(word).or_else(|| Syntax::from_keyword(word));
    let syntax = syntax.ok_or_else(|| Error::new(ErrorKind::Argument, "no transfer syntax that is known"))?;
    if syntax.encapsulated {
        return Ok(syntax);
    }
    let message = format!("{}: its pixel data are not compressed", syntax.name);
    Err(Error::new(ErrorKind::Argument, message))
}

/// The transfer syntaxes that are read. Of the retired ones of JPEG those with Huffman codes and one frame: the others are arithmetic or
/// hierarchical, which no codec here is.
pub fn decoded() -> impl Iterator<Item = &'static Syntax> {
    // T.81 processes 6, 8, 10 and 12.
    let is_huffman =
        |syntax: &Syntax| matches!(syntax.uid, "1.2.840.10008.1.2.4.53" | "1.2.840.10008.1.2.4.55");
    let is_read =
        move |syntax: &&Syntax| Codec::of(Some(syntax)).is_ok() && (!syntax.retired || is_huffman(syntax));
    Syntax::all().iter().filter(is_read)
}

/// A codec's error as one of ours.
pub(crate) fn failed(error: radiogram_codec::Error) -> Error {
    use radiogram_codec::ErrorKind as Kind;
    let kind = match error.kind {
        Kind::Malformed | Kind::Truncated => ErrorKind::Pixel,
        Kind::Limit => ErrorKind::Limit,
        Kind::Unsupported => ErrorKind::Unsupported,
        Kind::Argument => ErrorKind::Argument,
    };
    let made = Error::new(kind, error.message);
    error.offset.map_or(made.clone(), |offset| made.at(offset as u64))
}

/// The same for a frame of a data set: offsets count from the codestream's first byte, so they go into the words; what does not fit
/// its description is the data set's.
pub(crate) fn failed_in_data_set(error: radiogram_codec::Error) -> Error {
    let made = failed(radiogram_codec::Error { offset: None, ..error });
    let kind = if made.kind() == ErrorKind::Argument { ErrorKind::Pixel } else { made.kind() };
    let place = error.offset.map_or(String::new(), |offset| format!(", byte {offset} of the codestream"));
    Error::new(kind, format!("{}{place}", error.message))
}

/// The same, where the caller chose what is decoded: what does not fit is the caller's.
pub(crate) fn failed_of_part(error: radiogram_codec::Error) -> Error {
    if error.kind == radiogram_codec::ErrorKind::Argument { failed(error) } else { failed_in_data_set(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encapsulated_syntax_is_read_or_refused_by_name() {
        for syntax in Syntax::all().iter().filter(|syntax| syntax.encapsulated) {
            match Codec::of(Some(syntax)) {
                Ok(codec) => assert_eq!(Codec::named(syntax.keyword).unwrap(), (syntax, codec)),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                    assert!(error.message().contains(syntax.name), "{error}");
                }
            }
        }
        assert_eq!(Codec::of(None).unwrap_err().kind(), ErrorKind::Unsupported);
        for word in ["", "1.2.840.10008.1.2.1", "CTImageStorage", "nothing"] {
            assert_eq!(Codec::named(word).unwrap_err().kind(), ErrorKind::Argument, "{word}");
        }
    }
}
