//! One frame by itself, without a data set: what its headers say, and its samples.

use radiogram_codec::dct::{ColorModel, describe_jpeg};
use radiogram_codec::j2k::Jpeg2000;
use radiogram_codec::jpeg::markers::{SOF0, SOF2};
use radiogram_codec::{Decoded, Image};
use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, Result};

use super::{Codec, Crew, Headers, Part, Process, Region, failed};
use crate::sample::{Dtype, Samples};
use crate::{native, part};

/// What the caller knows of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Known {
    /// Rows.
    pub rows: Option<u32>,
    /// Columns.
    pub columns: Option<u32>,
    /// Samples a pixel.
    pub samples: Option<u16>,
    /// Bits Allocated.
    pub bits_allocated: Option<u8>,
    /// Whether samples are signed.
    pub is_signed: Option<bool>,
}

/// What the headers of a codestream say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Description {
    /// The image.
    pub image: Image,
    /// The process: `baseline`, `extended`, `progressive`, `lossless`, `JPEG-LS`, `JPEG 2000`, `HTJ2K`, `JPEG XL`.
    pub process: &'static str,
    /// The colours: `grey`, `RGB`, `YCbCr`, `CMYK`, `YCCK`; none where nothing says.
    pub model: Option<&'static str>,
    /// True where a marker says so, false where it is the custom of decoders.
    pub is_stated: bool,
    /// How often the size can be halved, and how many layers there are, for codecs that know these.
    pub scales: Option<(u8, u16)>,
}

impl Description {
    /// Reads the headers of a codestream.
    ///
    /// # Errors
    ///
    /// `UnsupportedError` where there are none; `PixelError`.
    pub fn read(codec: Codec, codestream: &[u8]) -> Result<Self> {
        let process = match codec.process() {
            Some(process) => process,
            None => Headers::read(codestream).map_err(failed)?.process,
        };
        let of = |process, image| Self { image, process, model: None, is_stated: false, scales: None };
        match process {
            Process::Rle | Process::Native | Process::Deflate => {
                let message = "codestreams of this transfer syntax do not say what their image is";
                Err(Error::new(ErrorKind::Unsupported, message))
            }
            Process::Dct => Self::of_dct(codestream).map_err(failed),
            Process::Lossless => described(process, codestream).map(|image| of("lossless", image)),
            Process::JpegLs => described(process, codestream).map(|image| of("JPEG-LS", image)),
            Process::Jpeg2000 | Process::HighThroughput => Self::of_jpeg2000(codestream).map_err(failed),
            Process::JpegXl => described(process, codestream).map(|image| Self {
                model: Some(if image.components == 1 { "grey" } else { "RGB" }),
                is_stated: true,
                ..of("JPEG XL", image)
            }),
        }
    }

    fn of_dct(codestream: &[u8]) -> radiogram_codec::Result<Self> {
        let info = describe_jpeg(codestream)?;
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
        Ok(Self { image: info.image, process, model, is_stated: info.is_stated, scales: None })
    }

    fn of_jpeg2000(codestream: &[u8]) -> radiogram_codec::Result<Self> {
        let info = Jpeg2000::info(codestream)?;
        let is_grey = info.image.components == 1;
        Ok(Self {
            image: info.image,
            process: if info.is_high_throughput { "HTJ2K" } else { "JPEG 2000" },
            // T.800 G.2: what is transformed is red, green and blue; of anything else nothing is said.
            model: if is_grey {
                Some("grey")
            } else if info.is_colour_transformed {
                Some("RGB")
            } else {
                None
            },
            is_stated: info.is_colour_transformed,
            scales: Some((info.levels, info.layers)),
        })
    }
}

fn described(process: Process, codestream: &[u8]) -> Result<Image> {
    process.decoder(false).describe(codestream).map_err(failed)
}

/// A frame that is about to be decoded, or a part of it.
pub struct Frame {
    process: Process,
    to_rgb: bool,
    /// What the codec gives.
    image: Image,
    /// Pixels of one bit, eight a byte; the image is that of the bytes.
    packed: Option<(u32, u32)>,
    /// What the codec is asked for.
    part: Part,
    /// What is cut out of what it gives.
    region: Option<Region>,
    /// True where the codec's samples are the low bits of those that are described.
    is_bits: bool,
    /// What the codestream is, where the transfer syntax does not allow it.
    foreign: Option<&'static str>,
}

impl Frame {
    /// Describes and checks: nothing is allocated for a frame before this.
    ///
    /// # Errors
    ///
    /// `PixelError`, `UnsupportedError`; `ArgumentError` where the description lacks something, or `part` is none of the frame; `LimitError`
    /// where so few bytes cannot hold what they claim.
    pub fn new(
        (syntax, codec): (&Syntax, Codec),
        codestream: &[u8],
        known: &Known,
        to_rgb: bool,
        part: &Part,
    ) -> Result<Self> {
        let process = match codec.process() {
            Some(process) => process,
            None => Headers::read(codestream).map_err(failed)?.process,
        };
        let mut is_bits = false;
        let (whole, packed) = if codec.process().is_some() {
            of_caller(known)?
        } else {
            let image = process.describe(codestream, &Part::default()).map_err(failed)?;
            compare(known, &image)?;
            let is_signed = known.is_signed.unwrap_or(image.is_signed);
            // JPEG has no signed samples: these are the low bits of their two's complement. JPEG 2000 has, but may be described as the other.
            is_bits = if process.is_scalable() { is_signed != image.is_signed } else { is_signed };
            (Image { is_signed, ..image }, None)
        };
        let (rows, columns) = packed.unwrap_or((whole.rows, whole.columns));
        if let Some(region) = part.region {
            part::inside(region, rows, columns)?;
        }
        // Codecs that know no regions give all, which is cut.
        let (part, region) =
            if process.is_scalable() { (*part, None) } else { (Part { region: None, ..*part }, part.region) };
        let image = if part == Part::default() {
            whole
        } else {
            let image = process.describe(codestream, &part).map_err(failed)?;
            Image { is_signed: whole.is_signed, ..image }
        };
        if image.is_empty() {
            return Err(Error::new(ErrorKind::Argument, "a frame, or a part of one, without a sample"));
        }
        codec.admit(codestream.len() as u64, image.rows, image.len().map_err(failed)? as u64)?;
        process.check(&image, codestream.len() as u64).map_err(failed)?;
        let foreign = process.fits(Some(syntax)).err();
        Ok(Self { process, to_rgb, image, packed, part, region, is_bits, foreign })
    }

    /// The type of its samples.
    pub fn dtype(&self) -> Dtype {
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

    /// Rows, columns and, where there are several, samples a pixel.
    pub fn shape(&self) -> impl Iterator<Item = usize> {
        let (rows, columns) = self.region.map_or_else(|| self.size(), |region| (region.rows, region.columns));
        let samples = (self.image.components > 1).then_some(usize::from(self.image.components));
        [rows as usize, columns as usize].into_iter().chain(samples)
    }

    fn size(&self) -> (u32, u32) {
        self.packed.unwrap_or((self.image.rows, self.image.columns))
    }

    /// What the codestream is, where it is none of those that the transfer syntax allows.
    pub fn foreign(&self) -> Option<&'static str> {
        self.foreign
    }

    /// Decodes into memory of [`Frame::shape`] and [`Frame::dtype`].
    ///
    /// # Errors
    ///
    /// `PixelError`, `LimitError`, `UnsupportedError`.
    pub fn decode_into(&self, codestream: &[u8], crew: Crew<'_>, out: &mut [u8]) -> Result<Decoded> {
        let Some(region) = self.region else { return self.whole_into(codestream, crew, out) };
        let ((rows, columns), components) = (self.size(), usize::from(self.image.components));
        let pixel = components * self.dtype().size();
        let mut whole = native::zeros(rows as usize * columns as usize * pixel)?;
        let decoded = self.whole_into(codestream, crew, &mut whole)?;
        let cut = part::cut_of(&whole, columns, pixel, region)?;
        if cut.len() != out.len() {
            return Err(other_size());
        }
        out.copy_from_slice(&cut);
        Ok(decoded)
    }

    fn whole_into(&self, codestream: &[u8], crew: Crew<'_>, out: &mut [u8]) -> Result<Decoded> {
        if self.packed.is_some() {
            let mut bytes = native::zeros(self.image.len().map_err(failed)?)?;
            let decoded = self.process.decoder(false).decode_into(codestream, &self.image, &mut bytes);
            let decoded = decoded.map_err(failed)?;
            native::unpack_bits(&bytes, 0, out).ok_or_else(other_size)?;
            return Ok(decoded);
        }
        let decoded = if self.to_rgb && self.process == Process::Dct {
            self.process.decoder(true).decode_into(codestream, &self.image, out)
        } else {
            self.process.decode_into(codestream, &self.image, &self.part, crew, out)
        };
        let decoded = decoded.map_err(failed)?;
        let bits = u32::from(self.image.precision);
        if self.is_bits && bits < 8 * u32::try_from(self.image.sample_size()).unwrap_or(8) {
            crate::in_place::unpack(&Samples { bits, ..Samples::whole(self.dtype()) }, out);
        }
        Ok(decoded)
    }
}

fn other_size() -> Error {
    Error::new(ErrorKind::Argument, "the buffer has another size than the frame")
}

/// A frame that only the caller describes: its image, and rows and columns where eight pixels are in a byte.
fn of_caller(known: &Known) -> Result<(Image, Option<(u32, u32)>)> {
    let (Some(rows), Some(columns), Some(bits)) = (known.rows, known.columns, known.bits_allocated) else {
        let message = "codestreams of this transfer syntax need a description: Rows, Columns, BitsAllocated";
        return Err(Error::new(ErrorKind::Argument, message));
    };
    let components = known.samples.unwrap_or(1);
    let is_signed = known.is_signed.unwrap_or(false);
    match bits {
        8 | 16 | 32 | 64 => Ok((Image { rows, columns, components, precision: bits, is_signed }, None)),
        1 if components == 1 => Ok((packed(rows, columns)?, Some((rows, columns)))),
        _ => {
            let message = "BitsAllocated is 1, 8, 16, 32 or 64, and 1 only for one sample a pixel";
            Err(Error::new(ErrorKind::Argument, message))
        }
    }
}

/// The bytes of pixels of one bit as an image: eight pixels a byte, rows without padding (PS3.5 8.1.1).
pub(super) fn packed(rows: u32, columns: u32) -> Result<Image> {
    let bytes = (u64::from(rows) * u64::from(columns)).div_ceil(8);
    let columns =
        u32::try_from(bytes).map_err(|_| Error::new(ErrorKind::Limit, "a frame of too many pixels"))?;
    Ok(Image { rows: 1, columns, components: 1, precision: 8, is_signed: false })
}

fn compare(known: &Known, image: &Image) -> Result<()> {
    let is_other = known.rows.is_some_and(|rows| rows != image.rows)
        || known.columns.is_some_and(|columns| columns != image.columns)
        || known.samples.is_some_and(|samples| samples != image.components);
    if !is_other {
        return Ok(());
    }
    let message = format!(
        "the codestream holds {} rows, {} columns and {} samples a pixel, which is not what is described",
        image.rows, image.columns, image.components
    );
    Err(Error::new(ErrorKind::Pixel, message))
}
