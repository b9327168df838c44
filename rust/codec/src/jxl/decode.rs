//! Codestream to samples, by the crate `jxl`: what it is asked for, and what its answers mean here.

use jxl::api::{
    Endianness, Event, JxlBitDepth, JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions,
    JxlOutputBuffer, JxlPixelFormat, ProfileLevel,
};
use jxl::error::Error as Foreign;

use super::budget::{Budget, USED_UP};
use crate::{Decoded, Error, ErrorKind, Image, Result};

/// Samples that one image may have, whatever the caller allows: references of it are kept beside it, in four bytes a sample.
const SAMPLES: usize = 1 << 30;

const fn malformed(message: &'static str) -> Error {
    Error::new(ErrorKind::Malformed, message)
}

/// A decoder that has read the headers.
struct Opened<'a> {
    decoder: JxlDecoder,
    rest: &'a [u8],
    image: Image,
    /// Channels beside those of the colour.
    extra: usize,
}

fn open(codestream: &[u8], samples: usize) -> Result<Opened<'_>> {
    let mut options = JxlDecoderOptions::default();
    options.sample_limit = Some(samples);
    // Streams that do not claim level 10 are still held to the limits of level 5.
    options.max_profile_level = ProfileLevel::Main10;
    let mut decoder = JxlDecoder::new(options);
    let mut rest = codestream;
    match decoder.process(&mut rest, None, None).map_err(failed)? {
        Event::BasicInfo => {}
        Event::NeedMoreInput { .. } => return Err(truncated(codestream)),
        _ => return Err(malformed("JPEG XL: a picture before its headers")),
    }
    let (Some(info), Some(format)) = (decoder.basic_info(), decoder.current_pixel_format()) else {
        return Err(malformed("JPEG XL: headers without an image"));
    };
    let JxlBitDepth::Int { bits_per_sample } = info.bit_depth else {
        return Err(Error::new(ErrorKind::Unsupported, "JPEG XL: samples in floating point"));
    };
    let precision = u8::try_from(bits_per_sample).ok().filter(|bits| (1..=16).contains(bits));
    let sizes = (u32::try_from(info.size.1), u32::try_from(info.size.0));
    let (Some(precision), (Ok(rows), Ok(columns))) = (precision, sizes) else {
        return Err(Error::new(ErrorKind::Unsupported, "JPEG XL: samples of more than 16 bits"));
    };
    let components = if format.color_type.is_grayscale() { 1 } else { 3 };
    let image = Image { rows, columns, components, precision, is_signed: false };
    let extra = info.extra_channels.len();
    Ok(Opened { decoder, rest, image, extra })
}

pub(super) fn describe(codestream: &[u8]) -> Result<Image> {
    Ok(open(codestream, SAMPLES)?.image)
}

pub(super) fn decode_into(codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
    // The crate counts rows of fewer columns as rows of so many.
    let counted = Image { columns: image.columns.max(16), ..*image };
    let samples = counted.samples().unwrap_or(usize::MAX).min(SAMPLES);
    // Room for pictures that are larger than the image, and for other channels.
    let mut opened = open(codestream, samples.saturating_mul(8).clamp(1 << 20, SAMPLES))?;
    let own = opened.image;
    if own != (Image { precision: own.precision, is_signed: false, ..*image })
        || own.sample_size() != image.sample_size()
        || own.len()? != out.len()
        || own.is_empty()
    {
        let message = "JPEG XL: the image or the buffer is not what the codestream describes";
        return Err(Error::new(ErrorKind::Argument, message));
    }
    // The crate wants rows at even addresses; nobody promises that of a caller's bytes.
    if own.sample_size() == 2 && !out.as_ptr().addr().is_multiple_of(2) {
        let mut aligned: Vec<u16> = Vec::new();
        if aligned.try_reserve_exact(out.len() / 2).is_err() {
            return Err(Error::new(ErrorKind::Limit, "no memory for a copy of the image"));
        }
        aligned.resize(out.len() / 2, 0);
        let bytes = bytemuck::cast_slice_mut(&mut aligned);
        let decoded = opened.decode(codestream, bytes)?;
        out.copy_from_slice(bytes);
        return Ok(decoded);
    }
    opened.decode(codestream, out)
}

impl Opened<'_> {
    fn decode(&mut self, codestream: &[u8], out: &mut [u8]) -> Result<Decoded> {
        let image = self.image;
        let bit_depth = image.precision;
        let data = if image.sample_size() == 1 {
            JxlDataFormat::U8 { bit_depth }
        } else {
            JxlDataFormat::U16 { endianness: Endianness::native(), bit_depth }
        };
        let format = JxlPixelFormat {
            color_type: if image.components == 1 { JxlColorType::Grayscale } else { JxlColorType::Rgb },
            color_data_format: Some(data),
            extra_channel_format: vec![None; self.extra],
        };
        self.decoder.set_pixel_format(format).map_err(failed)?;
        let rows = image.rows as usize;
        let row = out.len() / rows;
        let mut budget = Budget::new(image.samples().unwrap_or(usize::MAX) as u64);
        let has_more = loop {
            let mut buffers = [JxlOutputBuffer::new(out, rows, row)];
            let step = self.decoder.process(&mut self.rest, Some(&mut buffers), Some(&mut budget));
            match step.map_err(failed)? {
                Event::FrameHeader => {}
                Event::FrameComplete { has_more_frames } => break has_more_frames,
                Event::NeedMoreInput { .. } => return Err(truncated(codestream)),
                Event::BasicInfo | Event::Complete => {
                    return Err(malformed("JPEG XL: a codestream without a picture"));
                }
            }
        };
        let fault = if has_more {
            Some("JPEG XL: pictures after the first one were passed over")
        } else {
            (self.extra > 0).then_some("JPEG XL: channels beside the colour were passed over")
        };
        let used = codestream.len() - self.rest.len();
        Ok(Decoded::whole(used, fault.map(|words| (0, words))))
    }
}

fn truncated(codestream: &[u8]) -> Error {
    Error::new(ErrorKind::Truncated, "JPEG XL: the codestream ends before its picture").at(codestream.len())
}

/// What an error of the crate is here.
#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn failed(error: Foreign) -> Error {
    match error {
        Foreign::ApiUsageError(USED_UP) => Error::new(ErrorKind::Limit, USED_UP),
        Foreign::OutOfMemory(_)
        | Foreign::ImageOutOfMemory(..)
        | Foreign::ImageSizeTooLarge(..)
        | Foreign::ImageDimensionTooLarge(_)
        | Foreign::PaletteTooLarge(..)
        | Foreign::LevelLimitExceeded { .. } => {
            Error::new(ErrorKind::Limit, "JPEG XL: more than one image may ask for")
        }
        Foreign::InvalidSignature => malformed("JPEG XL: not a codestream"),
        Foreign::OutOfBounds(_) | Foreign::SectionTooShort | Foreign::UnexpectedCodestreamBoxEnd => {
            Error::new(ErrorKind::Truncated, "JPEG XL: a part of the codestream is too short")
        }
        _ => malformed("JPEG XL: a codestream that breaks the rules"),
    }
}
