//! Frames to codestreams: the encoder of a transfer syntax with its options, and the samples it may be given.

use radiogram_codec::dct::{Conversion, DctEncoder, Subsampling};
use radiogram_codec::jpegls::{Interleave, JpegLsEncoder};
use radiogram_codec::jxl::JxlEncoder;
use radiogram_codec::lossless::LosslessEncoder;
use radiogram_codec::rle::Rle;
use radiogram_codec::{Encoder, Image};
use radiogram_core::syntax::{Loss, Syntax};
use radiogram_core::{Error, ErrorKind, Result, try_vec};

use super::options::Options;
use super::plain::{Deflated, Plain};
use super::{Crew, failed, frame, jpeg2000};
use crate::kernel;
use crate::sample::{Dtype, Samples};

/// Which samples an encoder takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// Whole bytes, whatever Bits Stored says; or single bits, eight a byte.
    Whole,
    /// As many bits as mean something, up to so many.
    Bits(u8),
}

/// How the frames of a transfer syntax are encoded.
pub struct Encoding {
    encoder: Box<dyn Encoder>,
    /// Which samples it takes.
    pub depth: Depth,
    /// By how much samples may differ, where signed ones must not wrap.
    near: u8,
    /// The names of its options.
    pub options: Vec<&'static str>,
}

impl Encoding {
    /// The encoder of a transfer syntax.
    ///
    /// # Errors
    ///
    /// `UnsupportedError` where there is none; `ArgumentError` where an option is none that it has.
    pub fn new(syntax: &Syntax, mut options: Options) -> Result<Self> {
        let asked = &mut options;
        let mut near = 0;
        // What is retired is read, not written.
        let codec = if syntax.retired { "" } else { syntax.codec };
        let (encoder, depth): (Box<dyn Encoder>, Depth) = match codec {
            "encapsulated-uncompressed" => (Box::new(Plain), Depth::Whole),
            "deflate-frame" => (Box::new(Deflated), Depth::Whole),
            "rle" => (Box::new(Rle), Depth::Whole),
            // PS3.5 8.2.1: 8 bits, and 12.
            "jpeg-baseline" => (Box::new(dct(asked)?), Depth::Bits(8)),
            "jpeg-extended" => (Box::new(dct(asked)?), Depth::Bits(12)),
            "jpeg-lossless" => {
                let predictor = asked.whole("predictor", 1..=7, 1)?;
                (Box::new(LosslessEncoder { predictor, ..lossless(asked)? }), Depth::Bits(16))
            }
            "jpeg-lossless-sv1" => (Box::new(lossless(asked)?), Depth::Bits(16)),
            "jpeg-ls" => {
                if syntax.loss == Some(Loss::Near) {
                    near = asked.whole("near", 0..=255, 0)?;
                }
                (Box::new(JpegLsEncoder { near, ..jpeg_ls(asked)? }), Depth::Bits(16))
            }
            "jpeg2000" | "jpeg2000-part2-mc" | "htj2k" | "htj2k-rpcl" => {
                let form = match codec {
                    "jpeg2000" => jpeg2000::Form::Plain,
                    "jpeg2000-part2-mc" => jpeg2000::Form::Together,
                    "htj2k" => jpeg2000::Form::HighThroughput,
                    _ => jpeg2000::Form::Rpcl,
                };
                let allowed = jpeg2000::Allowed { form, is_lossy: syntax.loss != Some(Loss::Lossless) };
                (Box::new(jpeg2000::Encoding::new(allowed, asked)?), Depth::Bits(38))
            }
            "jpegxl" if syntax.loss == Some(Loss::Lossless) => {
                (Box::new(JxlEncoder::default()), Depth::Bits(16))
            }
            "jpegxl-jpeg-recompression" => {
                let message = format!("{}: there is no encoder that makes it of a JPEG", syntax.name);
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            _ => {
                let message = format!("there is no encoder for {}", syntax.name);
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
        };
        Ok(Self { encoder, depth, near, options: options.finish()? })
    }

    /// Encodes one frame: samples by pixel, in the host's order, [`Image::len`] bytes. Samples of one bit come a byte each.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where image and codec do not fit, or a sample has more bits than it may; `LimitError`.
    pub fn encode(&self, samples: &[u8], image: &Image, crew: Crew<'_>) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        if image.precision == 1 && self.depth == Depth::Whole {
            let packed = frame::packed(image.rows, image.columns)?;
            self.encoder.encode_into(&pack_bits(samples)?, &packed, &mut out).map_err(failed)?;
            return Ok(out);
        }
        self.check(samples, image)?;
        self.encoder.encode_by(samples, image, crew, &mut out).map_err(failed)?;
        Ok(out)
    }

    /// Refuses samples that need more bits than are encoded: cut off, they would be others.
    fn check(&self, samples: &[u8], image: &Image) -> Result<()> {
        let Some(dtype) = Dtype::integer(image.sample_size(), image.is_signed) else { return Ok(()) };
        let bits = u32::from(image.precision);
        if !kernel::is_clean(&Samples { bits, ..Samples::whole(dtype) }, samples) {
            let message = format!("a sample has more than {bits} bits");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        // JPEG-LS knows no signs: an error that is allowed would make the least of the greatest.
        let near = i32::from(self.near);
        if near > 0 && image.is_signed {
            let (low, high) = (near - (1 << (bits - 1)), (1 << (bits - 1)) - 1 - near);
            let is_far = match samples.as_chunks::<2>() {
                (words, []) if image.sample_size() == 2 => {
                    words.iter().any(|word| !(low..=high).contains(&i32::from(i16::from_ne_bytes(*word))))
                }
                _ => samples.iter().any(|byte| !(low..=high).contains(&i32::from(byte.cast_signed()))),
            };
            if is_far {
                let message = format!("signed samples that may differ by {near} lie from {low} to {high}");
                return Err(Error::new(ErrorKind::Argument, message));
            }
        }
        Ok(())
    }
}

fn dct(options: &mut Options) -> Result<DctEncoder> {
    let default = DctEncoder::default();
    let subsampling = [("444", Subsampling::Full), ("422", Subsampling::Half), ("420", Subsampling::Quarter)];
    let conversion =
        [("RGB to YBR", Conversion::RgbToYCbCr), ("YBR", Conversion::YCbCr), ("RGB", Conversion::Rgb)];
    Ok(DctEncoder {
        quality: options.whole("quality", 1..=100, default.quality)?,
        subsampling: options.word("subsampling", &subsampling, default.subsampling)?,
        conversion: options.word("conversion", &conversion, default.conversion)?,
        restart_interval: options.whole("restart_interval", 0..=u16::MAX, 0)?,
        is_optimal: options.truth("optimal", default.is_optimal)?,
        ..default
    })
}

fn lossless(options: &mut Options) -> Result<LosslessEncoder> {
    Ok(LosslessEncoder {
        point_transform: options.whole("point_transform", 0..=15, 0)?,
        restart_rows: options.whole("restart_rows", 0..=u16::MAX, 0)?,
        ..LosslessEncoder::default()
    })
}

fn jpeg_ls(options: &mut Options) -> Result<JpegLsEncoder> {
    let interleave = [("none", Interleave::None), ("line", Interleave::Line), ("sample", Interleave::Sample)];
    Ok(JpegLsEncoder {
        interleave: options.word("interleave", &interleave, Interleave::Sample)?,
        restart: options.whole("restart_rows", 0..=u32::from(u16::MAX), 0)?,
        ..JpegLsEncoder::default()
    })
}

/// Pixels of one bit, eight a byte, the first in the lowest bit, rows without padding (PS3.5 8.1.1).
fn pack_bits(pixels: &[u8]) -> Result<Vec<u8>> {
    if pixels.iter().any(|&pixel| pixel > 1) {
        return Err(Error::new(ErrorKind::Argument, "a sample has more than 1 bits"));
    }
    let mut packed = try_vec(pixels.len().div_ceil(8))?;
    packed.extend(pixels.chunks(8).map(|eight| eight.iter().rev().fold(0, |byte, pixel| byte << 1 | pixel)));
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::super::{Codec, Frame, Known, Part, Value};
    use super::*;

    fn encoding(keyword: &str) -> Encoding {
        Encoding::new(Syntax::from_keyword(keyword).unwrap(), Options::default()).unwrap()
    }

    #[test]
    fn what_can_be_written_can_be_read() {
        let written = Syntax::all().iter().filter(|syntax| Encoding::new(syntax, Options::default()).is_ok());
        assert!(written.inspect(|syntax| assert!(Codec::of(Some(syntax)).is_ok())).count() >= 9);
        let retired = Syntax::all().iter().filter(|syntax| syntax.retired);
        assert!(retired.map(|syntax| Encoding::new(syntax, Options::default())).all(|made| made.is_err()));
    }

    #[test]
    fn options_are_named_once() {
        assert_eq!(encoding("JPEGLossless").options, ["predictor", "point_transform", "restart_rows"]);
        assert_eq!(encoding("JPEGLSLossless").options, ["interleave", "restart_rows"]);
        assert_eq!(encoding("JPEGLSNearLossless").options, ["near", "interleave", "restart_rows"]);
        assert!(encoding("RLELossless").options.is_empty());
        let given = Options::new(vec![("near".to_owned(), Value::Whole(1))]);
        let error = Encoding::new(Syntax::from_keyword("JPEGLSLossless").unwrap(), given).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }

    #[test]
    fn single_bits_come_back_through_every_codec_of_whole_bytes() {
        let names = [
            "RLELossless",
            "EncapsulatedUncompressedExplicitVRLittleEndian",
            "DeflatedImageFrameCompression",
        ];
        for (rows, columns) in [(1, 1), (3, 5), (8, 8), (17, 31)] {
            let pixels: Vec<u8> = (0..rows * columns)
                .map(|at: u32| u8::from(at.wrapping_mul(2_654_435_761) >> 31 == 1))
                .collect();
            let image = Image { rows, columns, components: 1, precision: 1, is_signed: false };
            for name in names {
                let frame = encoding(name).encode(&pixels, &image, Crew::HERE).unwrap();
                let known = Known {
                    rows: Some(rows),
                    columns: Some(columns),
                    bits_allocated: Some(1),
                    ..Known::default()
                };
                let mut out = vec![9; pixels.len()];
                let made =
                    Frame::new(Codec::named(name).unwrap(), &frame, &known, false, &Part::default()).unwrap();
                assert_eq!(made.decode_into(&frame, Crew::HERE, &mut out).unwrap().fault, None, "{name}");
                assert_eq!(out, pixels, "{name}");
            }
        }
        let image = Image { rows: 1, columns: 1, components: 1, precision: 1, is_signed: false };
        assert!(encoding("RLELossless").encode(&[2], &image, Crew::HERE).is_err());
    }
}
