//! Codecs for Python: one frame from a codestream to an array, arrays to the codestreams of their frames.

use std::sync::OnceLock;

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use radiogram_codec::dct::{self, ColorModel, Colour, Conversion, Dct, Subsampling, describe_jpeg};
use radiogram_codec::jpeg::markers::{SOF0, SOF2, SOF3};
use radiogram_codec::jpeg::scout;
use radiogram_codec::jpegls::{Interleave, JpegLs, JpegLsEncoder};
use radiogram_codec::lossless::{self, Lossless};
use radiogram_codec::rle::{self, Rle};
use radiogram_codec::{Decoded, Decoder, Image, Limits};
use radiogram_core::{Error, ErrorKind, Result, Syntax, try_vec};
use radiogram_pixel::Dtype;

use crate::pixels::with_bytes;
use crate::{errors, gate};

/// Adds what this file gives to Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(codec_name, module)?)?;
    module.add_function(wrap_pyfunction!(describe_frame, module)?)?;
    module.add_function(wrap_pyfunction!(decode_frame, module)?)?;
    module.add_function(wrap_pyfunction!(encode_frames, module)?)
}

/// What reads and writes a transfer syntax.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Codec {
    /// Samples as they are, the lowest byte first (PS3.5 A.4.11).
    Plain,
    Rle,
    /// Every process of T.81: which one, the codestream says.
    Jpeg,
    JpegLs,
}

/// Bytes of samples that a byte of DCT codes can give at most: a bit a block of 64 samples of two bytes in a progressive frame, of
/// four components three of which are a sixteenth of the size.
const DCT_EXPANSION: u64 = 4096;
/// The same of JPEG-LS, where a bit can stand for a run of 32768 samples (T.87 A.7.1.2).
const JPEGLS_EXPANSION: u64 = 1 << 19;
/// The most samples of one frame.
const SAMPLES: u64 = 1 << 32;

impl Codec {
    fn of(uid: &str) -> Result<Self> {
        let unknown = || Error::new(ErrorKind::Argument, "no such transfer syntax");
        let syntax = Syntax::from_uid(uid).ok_or_else(unknown)?;
        match syntax.codec {
            "rle" => Ok(Self::Rle),
            "jpeg-baseline" | "jpeg-extended" | "jpeg-retired" | "jpeg-lossless" | "jpeg-lossless-sv1" => {
                Ok(Self::Jpeg)
            }
            "jpeg-ls" => Ok(Self::JpegLs),
            "encapsulated-uncompressed" => Ok(Self::Plain),
            _ if !syntax.encapsulated => {
                let message = format!("{}: its pixel data are not compressed", syntax.name);
                Err(Error::new(ErrorKind::Argument, message))
            }
            _ => {
                let message = format!("{}: this version has no codec for it", syntax.name);
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }
}

/// The name of the codec that reads and writes a transfer syntax.
#[pyfunction]
fn codec_name(py: Python<'_>, uid: &str) -> PyResult<&'static str> {
    match Codec::of(uid).map_err(|error| errors::raise(py, &error))? {
        Codec::Plain => Ok("plain"),
        Codec::Rle => Ok("rle"),
        Codec::Jpeg => Ok("jpeg"),
        Codec::JpegLs => Ok("jpeg-ls"),
    }
}

/// What the headers of a codestream say: rows, columns, components, precision, process, colour model, whether that is stated.
type Described = (u32, u32, u16, u8, &'static str, Option<&'static str>, bool);

/// Reads the headers of a codestream.
#[pyfunction]
fn describe_frame(py: Python<'_>, uid: &str, codestream: &[u8]) -> PyResult<Described> {
    gate::brief(py, || {
        let (image, process, model, is_stated) = match Codec::of(uid)? {
            Codec::Plain | Codec::Rle => {
                let message = "codestreams of this transfer syntax do not say what their image is";
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            Codec::JpegLs => (JpegLs.describe(codestream).map_err(errors::of_codec)?, "JPEG-LS", None, false),
            Codec::Jpeg => described_jpeg(codestream)?,
        };
        Ok((image.rows, image.columns, image.components, image.precision, process, model, is_stated))
    })
}

fn described_jpeg(codestream: &[u8]) -> Result<(Image, &'static str, Option<&'static str>, bool)> {
    let overview = scout(codestream).map_err(errors::of_codec)?;
    if overview.frame.marker == SOF3 {
        let image = Lossless::default().describe(codestream).map_err(errors::of_codec)?;
        return Ok((image, "lossless", None, false));
    }
    let info = describe_jpeg(codestream).map_err(errors::of_codec)?;
    let process = match info.frame.marker {
        SOF0 => "baseline",
        SOF2 => "progressive",
        _ => "extended",
    };
    let model = match info.model {
        ColorModel::Grey => Some("grey"),
        ColorModel::Rgb => Some("RGB"),
        ColorModel::YCbCr => Some("YCbCr"),
        ColorModel::Cmyk => Some("CMYK"),
        ColorModel::Ycck => Some("YCCK"),
        ColorModel::Unknown => None,
    };
    Ok((info.image, process, model, info.is_stated))
}

/// What the caller knows of a frame: rows, columns, samples a pixel, bits allocated, whether samples are signed.
type Known = (Option<u32>, Option<u32>, Option<u16>, Option<u8>, Option<bool>);

/// A frame that is about to be decoded.
struct Frame {
    decoder: FrameDecoder,
    image: Image,
    /// Pixels of one bit, eight a byte; the image is that of the bytes.
    packed: Option<(u32, u32)>,
}

enum FrameDecoder {
    Plain,
    Rle,
    Lossless,
    Dct(Dct),
    JpegLs,
}

impl Frame {
    /// Describes and checks: nothing is allocated for a frame before this.
    fn new(codec: Codec, codestream: &[u8], known: Known, to_rgb: bool) -> Result<Self> {
        let (rows, columns, components, _, is_signed) = known;
        let (decoder, mut image, expansion) = match codec {
            Codec::Plain => return Self::of_caller(FrameDecoder::Plain, 1, codestream, known),
            Codec::Rle => return Self::of_caller(FrameDecoder::Rle, rle::EXPANSION, codestream, known),
            Codec::JpegLs => (FrameDecoder::JpegLs, JpegLs.describe(codestream), JPEGLS_EXPANSION),
            Codec::Jpeg if scout(codestream).map_err(errors::of_codec)?.frame.marker == SOF3 => {
                (FrameDecoder::Lossless, Lossless::default().describe(codestream), lossless::EXPANSION)
            }
            Codec::Jpeg => {
                let colour = if to_rgb { Colour::Rgb } else { Colour::AsCoded };
                let decoder = Dct { colour, ..Dct::default() };
                (FrameDecoder::Dct(decoder), decoder.describe(codestream), DCT_EXPANSION)
            }
        };
        let image = image.as_mut().map_err(|error| errors::of_codec(*error))?;
        let is_other = rows.is_some_and(|rows| rows != image.rows)
            || columns.is_some_and(|columns| columns != image.columns)
            || components.is_some_and(|components| components != image.components);
        if is_other {
            let message = format!(
                "the codestream holds {} rows, {} columns and {} samples a pixel, which is not what is described",
                image.rows, image.columns, image.components
            );
            return Err(Error::new(ErrorKind::Pixel, message));
        }
        image.is_signed = is_signed.unwrap_or(false);
        Self { decoder, image: *image, packed: None }.checked(expansion, codestream)
    }

    /// A frame that only the caller describes.
    fn of_caller(decoder: FrameDecoder, expansion: u64, codestream: &[u8], known: Known) -> Result<Self> {
        let (Some(rows), Some(columns), components, Some(bits), is_signed) = known else {
            let message =
                "codestreams of this transfer syntax need a description: Rows, Columns, BitsAllocated";
            return Err(Error::new(ErrorKind::Argument, message));
        };
        let components = components.unwrap_or(1);
        let is_signed = is_signed.unwrap_or(false);
        let (image, packed) = match bits {
            8 | 16 | 32 | 64 => (Image { rows, columns, components, precision: bits, is_signed }, None),
            // PS3.5 8.1.1: eight pixels a byte, rows without padding.
            1 if components == 1 => {
                let bytes = (u64::from(rows) * u64::from(columns)).div_ceil(8);
                let columns_packed = u32::try_from(bytes)
                    .map_err(|_| Error::new(ErrorKind::Limit, "a frame of too many pixels"))?;
                let image =
                    Image { rows: 1, columns: columns_packed, components, precision: 8, is_signed: false };
                (image, Some((rows, columns)))
            }
            _ => {
                let message = "BitsAllocated is 1, 8, 16, 32 or 64, and 1 only for one sample a pixel";
                return Err(Error::new(ErrorKind::Argument, message));
            }
        };
        Self { decoder, image, packed }.checked(expansion, codestream)
    }

    fn checked(self, expansion: u64, codestream: &[u8]) -> Result<Self> {
        let limits = Limits { samples: SAMPLES, expansion };
        limits.check(&self.image, codestream).map_err(errors::of_codec)?;
        if self.image.is_empty() {
            return Err(Error::new(ErrorKind::Argument, "a frame without a sample"));
        }
        Ok(self)
    }

    fn dtype(&self) -> Dtype {
        match (self.image.sample_size(), self.image.is_signed) {
            (1, false) => Dtype::U8,
            (1, true) => Dtype::I8,
            (2, false) => Dtype::U16,
            (2, true) => Dtype::I16,
            (4, false) => Dtype::U32,
            (4, true) => Dtype::I32,
            (_, false) => Dtype::U64,
            (_, true) => Dtype::I64,
        }
    }

    fn shape(&self) -> Vec<u64> {
        let (rows, columns) = self.packed.unwrap_or((self.image.rows, self.image.columns));
        let mut shape = vec![u64::from(rows), u64::from(columns)];
        if self.image.components > 1 {
            shape.push(u64::from(self.image.components));
        }
        shape
    }

    fn decode(&self, codestream: &[u8], out: &mut [u8]) -> Result<Decoded> {
        if self.packed.is_none() {
            return self.decode_into(codestream, out);
        }
        let size = self.image.len().map_err(errors::of_codec)?;
        let mut bytes = try_vec(size)?;
        bytes.resize(size, 0);
        let decoded = self.decode_into(codestream, &mut bytes)?;
        for (eight, byte) in out.chunks_mut(8).zip(bytes) {
            for (bit, pixel) in eight.iter_mut().enumerate() {
                *pixel = (byte >> bit) & 1;
            }
        }
        Ok(decoded)
    }

    fn decode_into(&self, codestream: &[u8], out: &mut [u8]) -> Result<Decoded> {
        let decoded = match self.decoder {
            FrameDecoder::Plain => return plain_into(codestream, self.image.sample_size(), out),
            FrameDecoder::Rle => Rle.decode_into(codestream, &self.image, out),
            FrameDecoder::Lossless => Lossless::default().decode_into(codestream, &self.image, out),
            FrameDecoder::Dct(decoder) => decoder.decode_into(codestream, &self.image, out),
            FrameDecoder::JpegLs => JpegLs.decode_into(codestream, &self.image, out),
        };
        if self.image.is_signed {
            extend(self.image.precision, self.image.sample_size(), out);
        }
        decoded.map_err(errors::of_codec)
    }
}

/// Samples as they are, the lowest byte first (PS3.5 A.4.11).
fn plain_into(codestream: &[u8], size: usize, out: &mut [u8]) -> Result<Decoded> {
    let Some(samples) = codestream.get(..out.len()) else {
        let error = Error::new(ErrorKind::Pixel, "the frame has fewer bytes than its description says");
        return Err(error.at(codestream.len() as u64));
    };
    out.copy_from_slice(samples);
    if cfg!(target_endian = "big") {
        out.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    Ok(Decoded { used: out.len(), fault: None })
}

/// JPEG has no signed samples: these are the low bits of their two's complement.
fn extend(precision: u8, size: usize, out: &mut [u8]) {
    match size {
        1 if precision < 8 => {
            let shift = 8 - precision;
            for byte in out {
                *byte = ((byte.cast_signed() << shift) >> shift).cast_unsigned();
            }
        }
        2 if precision < 16 => {
            let shift = 16 - precision;
            for sample in out.as_chunks_mut::<2>().0 {
                *sample = ((i16::from_ne_bytes(*sample) << shift) >> shift).to_ne_bytes();
            }
        }
        _ => {}
    }
}

/// Decodes one frame into `out`, or into an array of its own.
#[pyfunction]
fn decode_frame<'py>(
    py: Python<'py>,
    uid: &str,
    codestream: &[u8],
    known: Known,
    out: Option<Bound<'py, PyAny>>,
    strict: bool,
    to_rgb: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let frame = gate::brief(py, || Frame::new(Codec::of(uid)?, codestream, known, to_rgb))?;
    let (shape, dtype) = (frame.shape(), frame.dtype());
    let out = match out {
        None => py.import("numpy")?.getattr("empty")?.call1((shape, dtype.name()))?,
        Some(out) => {
            let given = out.getattr("shape").and_then(|shape| shape.extract::<Vec<u64>>()).ok();
            if given.as_ref() != Some(&shape) {
                let message = format!("the array for the result is of shape {shape:?}");
                return Err(errors::named(py, "ArgumentError", &message));
            }
            out
        }
    };
    with_bytes(&out, dtype, |bytes| {
        gate::brief(py, || {
            let decoded = frame.decode(codestream, bytes)?;
            match decoded.fault {
                Some((offset, assumed)) if strict => {
                    Err(Error::new(ErrorKind::Pixel, assumed).at(offset as u64))
                }
                _ => Ok(()),
            }
        })
    })?;
    Ok(out)
}

/// How to encode; what a codec does not have is not looked at.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Encoding {
    predictor: u8,
    point_transform: u8,
    restart_rows: u16,
    near: u8,
    interleave: String,
    quality: u8,
    subsampling: String,
    conversion: String,
    restart_interval: u16,
    optimal: bool,
}

/// An encoder with its options.
enum Encoder {
    Plain,
    Rle,
    Lossless(lossless::Options),
    Dct(dct::Options),
    JpegLs(JpegLsEncoder),
}

impl Encoder {
    fn new(uid: &str, encoding: &Encoding) -> Result<Self> {
        let wrong = |message| Err(Error::new(ErrorKind::Argument, message));
        let name = Syntax::from_uid(uid).map_or("", |syntax| syntax.codec);
        Ok(match (Codec::of(uid)?, name) {
            (Codec::Plain, _) => Self::Plain,
            (Codec::Rle, _) => Self::Rle,
            (Codec::Jpeg, "jpeg-lossless" | "jpeg-lossless-sv1") => Self::Lossless(lossless::Options {
                predictor: encoding.predictor,
                point_transform: encoding.point_transform,
                restart_rows: encoding.restart_rows,
                ..lossless::Options::default()
            }),
            (Codec::Jpeg, "jpeg-baseline" | "jpeg-extended") => Self::Dct(dct::Options {
                quality: encoding.quality,
                subsampling: match encoding.subsampling.as_str() {
                    "444" => Subsampling::Full,
                    "422" => Subsampling::Half,
                    "420" => Subsampling::Quarter,
                    _ => return wrong("subsampling is \"444\", \"422\" or \"420\""),
                },
                conversion: match encoding.conversion.as_str() {
                    "RGB to YBR" => Conversion::RgbToYCbCr,
                    "YBR" => Conversion::YCbCr,
                    "RGB" => Conversion::Rgb,
                    _ => return wrong("conversion is \"RGB to YBR\", \"YBR\" or \"RGB\""),
                },
                restart_interval: encoding.restart_interval,
                is_optimal: encoding.optimal,
                ..dct::Options::default()
            }),
            (Codec::Jpeg, _) => {
                let message = "retired processes of JPEG are read, not written";
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            (Codec::JpegLs, _) => Self::JpegLs(JpegLsEncoder {
                near: encoding.near,
                interleave: match encoding.interleave.as_str() {
                    "none" => Interleave::None,
                    "line" => Interleave::Line,
                    "sample" => Interleave::Sample,
                    _ => return wrong("interleave is \"none\", \"line\" or \"sample\""),
                },
                restart: u32::from(encoding.restart_rows),
                ..JpegLsEncoder::default()
            }),
        })
    }

    fn encode(&self, samples: &[u8], image: &Image) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let done = match self {
            Self::Plain => {
                let size = image.sample_size();
                out = try_vec(samples.len())?;
                out.extend_from_slice(samples);
                if cfg!(target_endian = "big") {
                    out.chunks_exact_mut(size).for_each(<[u8]>::reverse);
                }
                Ok(())
            }
            Self::Rle => rle::encode(samples, image, &mut out),
            Self::Lossless(options) => lossless::encode(samples, image, *options, &mut out),
            Self::Dct(options) => dct::encode(samples, image, *options, &mut out),
            Self::JpegLs(encoder) => encoder.encode_into(image, samples, &mut out),
        };
        done.map_err(errors::of_codec)?;
        Ok(out)
    }
}

/// Encodes frames of one size that lie one after another: rows, columns, samples a pixel, bits, whether they are signed.
#[pyfunction]
fn encode_frames<'py>(
    py: Python<'py>,
    uid: &str,
    samples: &Bound<'py, PyArray1<u8>>,
    count: usize,
    image: (u32, u32, u16, u8, bool),
    encoding: Encoding,
    threads: Option<i64>,
) -> PyResult<Vec<Bound<'py, PyBytes>>> {
    let threads = gate::threads(py, threads)?;
    let (rows, columns, components, precision, is_signed) = image;
    let image = Image { rows, columns, components, precision, is_signed };
    let encoder = Encoder::new(uid, &encoding).map_err(|error| errors::raise(py, &error))?;
    let wrong = |message: &str| errors::named(py, "ArgumentError", message);
    let guard = samples.try_readonly().map_err(|_| wrong("the array is being written to"))?;
    let samples = guard.as_slice().map_err(|_| wrong("the array is not contiguous"))?;
    let size = image.len().map_err(|error| errors::raise(py, &errors::of_codec(error)))?;
    if size == 0 || count == 0 || size.checked_mul(count) != Some(samples.len()) {
        return Err(wrong("the array has another size than its frames, or none"));
    }
    let made = if count == 1 {
        gate::brief(py, || encoder.encode(samples, &image).map(|frame| vec![frame]))?
    } else {
        gate::long(py, threads, |crew| {
            let mut slots = try_vec(count)?;
            slots.resize_with(count, OnceLock::new);
            crew.run(count, &|number| {
                if let (Some(slot), Some(part)) = (slots.get(number), samples.chunks_exact(size).nth(number))
                {
                    slot.get_or_init(|| encoder.encode(part, &image));
                }
            });
            let interrupted = || Err(Error::new(ErrorKind::Interrupted, "interrupted"));
            slots
                .into_iter()
                .map(|slot| slot.into_inner().unwrap_or_else(interrupted))
                .collect::<Result<Vec<_>>>()
        })?
    };
    Ok(made.iter().map(|frame| PyBytes::new(py, frame)).collect())
}
