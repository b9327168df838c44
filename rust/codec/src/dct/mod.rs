//! JPEG with the DCT (T.81): baseline, extended sequential and progressive frames of 8 and 12 bits, Huffman coded.
//!
//! Samples come out as they were coded, or as RGB on request ([`Colour`]); [`describe_jpeg`] tells what the stream says of its colours.
//! Not here: lossless frames (their own room), arithmetic coding and hierarchical frames, which are refused.
#![expect(
    clippy::inline_always,
    reason = "kernels are compiled within the function that has the instructions, and steps of a symbol are worth\n    nothing as calls"
)]

mod bits;
mod decode;
mod dispatch;
mod encode;
mod huffman;
mod idct;
#[cfg(target_arch = "x86_64")]
mod idct_avx2;
mod plan;
mod planes;
mod progressive;
mod sample;
mod scan;
mod segments;
mod tables;
mod upsample;
mod weave;
#[cfg(target_arch = "x86_64")]
mod weave_avx2;

pub use encode::{Conversion, DctEncoder, Subsampling};

use crate::jpeg::markers::{SOF0, SOF2, SOF3};
use crate::jpeg::{Frame, Overview, scout};
use crate::simd::Level;
use crate::{Decoded, Decoder, Error, ErrorKind, Image, Result};

/// What the components of a stream are, by its own markers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColorModel {
    /// One component.
    Grey,
    /// Three, red, green and blue.
    Rgb,
    /// Three, luminance and two differences (T.871).
    YCbCr,
    /// Four inks.
    Cmyk,
    /// Four, of which three are luminance and differences of inverted inks.
    Ycck,
    /// Two, or nothing says.
    Unknown,
}

/// What a stream says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JpegInfo {
    /// The image.
    pub image: Image,
    /// The colours, by the markers and the names of the components.
    pub model: ColorModel,
    /// True where a marker says so: Adobe's, or JFIF's. Otherwise the model is the custom of decoders: three components are YCbCr
    /// unless they are named R, G and B.
    pub is_stated: bool,
    /// The frame: process (its SOFn marker), sampling factors, quantisation tables.
    pub frame: Frame,
}

/// Reads the headers of a stream.
///
/// # Errors
///
/// What the headers have wrong; `Unsupported` where the frame is of another process.
pub fn describe_jpeg(codestream: &[u8]) -> Result<JpegInfo> {
    let overview = scout(codestream)?;
    check(&overview.frame)?;
    let (model, is_stated) = model(&overview);
    Ok(JpegInfo { image: overview.frame.image(), model, is_stated, frame: overview.frame })
}

/// Refuses frames of other processes.
fn check(frame: &Frame) -> Result<()> {
    let unsupported = |message| Err(Error::new(ErrorKind::Unsupported, message));
    match (frame.marker, frame.precision) {
        // Some encoders write 12 bits into a baseline frame.
        (SOF0..=SOF2, 8 | 12) => Ok(()),
        (SOF0..=SOF2, _) => unsupported("DCT frames have 8 or 12 bits"),
        (SOF3, _) => unsupported("a lossless frame"),
        (0xC9..=0xCB | 0xCD..=0xCF, _) => unsupported("arithmetic coding"),
        _ => unsupported("a hierarchical frame"),
    }
}

fn model(overview: &Overview) -> (ColorModel, bool) {
    let transform = overview.adobe.map(|adobe| adobe.transform);
    let components = overview.frame.components();
    match (components.len(), transform) {
        (1, _) => (ColorModel::Grey, true),
        (3, _) if overview.is_jfif => (ColorModel::YCbCr, true),
        (3, Some(0)) => (ColorModel::Rgb, true),
        (3, Some(_)) => (ColorModel::YCbCr, true),
        (3, None) if components.iter().map(|component| component.id).eq(*b"RGB") => (ColorModel::Rgb, false),
        (3, None) => (ColorModel::YCbCr, false),
        (4, Some(2)) => (ColorModel::Ycck, true),
        (4, Some(_)) => (ColorModel::Cmyk, true),
        (4, None) => (ColorModel::Cmyk, false),
        _ => (ColorModel::Unknown, false),
    }
}

/// What three components become.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Colour {
    /// They stay as they were coded.
    #[default]
    AsCoded,
    /// RGB, where the stream's [`ColorModel`] is YCbCr.
    Rgb,
}

/// The decoder.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Dct {
    /// What three components become.
    pub colour: Colour,
    /// Which kernels are used.
    pub level: Level,
}

impl Decoder for Dct {
    fn describe(&self, codestream: &[u8]) -> Result<Image> {
        Ok(describe_jpeg(codestream)?.image)
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        let info = describe_jpeg(codestream)?;
        let is_same = Image { precision: info.image.precision, is_signed: false, ..*image } == info.image;
        if !is_same || image.sample_size() != info.image.sample_size() {
            return Err(Error::new(
                ErrorKind::Argument,
                "the codestream holds another image than the one described",
            ));
        }
        if out.len() != image.len()? {
            return Err(Error::new(ErrorKind::Argument, "the output has another length than the image"));
        }
        let converts = self.colour == Colour::Rgb && info.model == ColorModel::YCbCr;
        match info.image.precision {
            8 => decode::Job::<u8>::new(codestream, &info.frame, converts, self.level, out)?.run(),
            _ => decode::Job::<u16>::new(codestream, &info.frame, converts, self.level, out)?.run(),
        }
    }
}

/// Zeros, where there is memory for them.
fn zeroed<T: Copy + Default>(count: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| Error::new(ErrorKind::Limit, "no memory for the samples"))?;
    values.resize(count, T::default());
    Ok(values)
}
