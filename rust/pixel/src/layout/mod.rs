//! What the header says about the pixels: their shape, their cells and their colour, checked (PS3.3 C.7.6.3, PS3.5 8).

use std::borrow::Cow;

use radiogram_core::{Error, ErrorKind, Limits, Path, Result, Tag, Vr};

use crate::attributes::{self, Attributes};
use crate::sample::{Dtype, Samples};
use crate::tags;

mod photometric;

pub use photometric::Photometric;

/// What kind of numbers the samples are (PS3.5 8.2: one of three elements holds them).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// (7FE0,0010) Pixel Data.
    Integer,
    /// (7FE0,0008) Float Pixel Data.
    Float,
    /// (7FE0,0009) Double Float Pixel Data.
    Double,
}

impl Kind {
    /// The element that holds the samples.
    pub const fn tag(self) -> Tag {
        match self {
            Self::Integer => tags::PIXELS,
            Self::Float => tags::FLOAT_PIXELS,
            Self::Double => tags::DOUBLE_PIXELS,
        }
    }
}

/// Which rule the pixels break.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FindingKind {
    /// Attributes that contradict each other or are missing.
    Attributes,
    /// Fewer bytes than the attributes ask for, nothing but padding missing.
    ShortData,
    /// More bytes than the attributes ask for.
    LongData,
    /// An offset table that does not name the frames.
    Offsets,
    /// A codestream that breaks its rules, or is of another kind than the transfer syntax says.
    Codestream,
    /// A codestream that is damaged, or not all there, so that a part of the picture is missing.
    Partial,
    /// A concatenation that does not say how many parts it has.
    Concatenation,
}

/// A departure from the standard that was read past. The caller, who knows byte offsets, makes a `Problem` of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which rule.
    pub kind: FindingKind,
    /// The element.
    pub tag: Tag,
    /// What was assumed.
    pub assumed: Cow<'static, str>,
}

/// The shape, cells and colour of an image's stored samples.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is what one attribute says")]
pub struct PixelLayout {
    /// Rows of a frame.
    pub rows: u32,
    /// Columns of a frame.
    pub columns: u32,
    /// Frames, at least 1.
    pub frames: u64,
    /// Samples a pixel: 1, 3 or 4.
    pub samples: u32,
    /// Bits of a cell: 1, 8, 16, 32 or 64.
    pub bits_allocated: u32,
    /// Bits of the value in a cell.
    pub bits_stored: u32,
    /// The value's highest bit in its cell, counted from 0.
    pub high_bit: u32,
    /// True for two's complement.
    pub signed: bool,
    /// True where colours lie plane after plane (Planar Configuration 1).
    pub planar: bool,
    /// What the samples mean.
    pub photometric: Photometric,
    /// Which element holds them.
    pub kind: Kind,
    /// True where cells are big endian.
    pub big_endian: bool,
    /// True for bytes that were stored as big endian words: each pair is exchanged (PS3.5 8.1.1, Annex A.3).
    pub word_swapped: bool,
    /// True where two neighbours share their chrominance (PS3.3 C.7.6.3.1.2, YBR_FULL_422).
    pub subsampled: bool,
    /// True for cells of a byte whose compressed form has a bit for each.
    pub is_packed: bool,
    /// What was read past.
    pub findings: Vec<Finding>,
}

fn wrong(tag: Tag, what: &str) -> Error {
    Error::new(ErrorKind::Pixel, format!("{} {what}", tags::name(tag))).in_path(&Path::of(tag))
}

/// Reads header values one by one and keeps what was assumed.
struct Reader<'a> {
    attributes: &'a dyn Attributes,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn assume(&mut self, tag: Tag, assumed: &'static str) {
        self.findings.push(Finding { kind: FindingKind::Attributes, tag, assumed: assumed.into() });
    }

    fn optional(&mut self, tag: Tag) -> Option<i64> {
        let values = self.attributes.integers(tag)?;
        if values.len() > 1 {
            self.assume(tag, "the first of several values");
        }
        values.first().copied()
    }

    fn required(&mut self, tag: Tag, low: u32, high: u32) -> Result<u32> {
        let value = self.optional(tag).ok_or_else(|| wrong(tag, "is missing"))?;
        u32::try_from(value)
            .ok()
            .filter(|value| (low..=high).contains(value))
            .ok_or_else(|| wrong(tag, &format!("is not between {low} and {high}")))
    }

    fn kind(&self) -> Result<Kind> {
        let mut present = [Kind::Integer, Kind::Float, Kind::Double]
            .into_iter()
            .filter(|kind| self.attributes.vr(kind.tag()).is_some());
        match (present.next(), present.next()) {
            (Some(kind), None) => Ok(kind),
            (None, _) => Err(Error::new(ErrorKind::NoPixelData, "there is no pixel data")),
            // PS3.3 C.7.6.24: the three exclude each other.
            _ => Err(wrong(tags::PIXELS, "is there beside Float or Double Float Pixel Data")),
        }
    }

    fn frames(&mut self) -> Result<u64> {
        match self.optional(tags::FRAMES) {
            None if self.attributes.vr(tags::FRAMES).is_none() => Ok(1),
            None | Some(0) => {
                self.assume(tags::FRAMES, "1 frame");
                Ok(1)
            }
            Some(frames) => u64::try_from(frames).map_err(|_| wrong(tags::FRAMES, "is negative")),
        }
    }

    fn photometric(&mut self) -> Photometric {
        let name = attributes::code(self.attributes, tags::PHOTOMETRIC);
        let photometric = Photometric::from_name(name.as_deref().unwrap_or_default());
        if photometric == Photometric::Unknown {
            self.assume(tags::PHOTOMETRIC, "samples without a meaning");
        }
        photometric
    }

    /// Cell width, value width and highest bit (PS3.5 8.1.1).
    fn bits(&mut self, kind: Kind) -> Result<(u32, u32, u32)> {
        let allocated = self.required(tags::BITS_ALLOCATED, 1, 64)?;
        match (kind, allocated) {
            (Kind::Integer, 1 | 8 | 16 | 32 | 64) => {}
            (Kind::Integer, 24 | 40 | 48 | 56) => {
                let words = format!("cells of {allocated} bits have no array type");
                return Err(
                    Error::new(ErrorKind::Unsupported, words).in_path(&Path::of(tags::BITS_ALLOCATED))
                );
            }
            (Kind::Integer, _) => {
                return Err(wrong(tags::BITS_ALLOCATED, "is neither 1 nor a multiple of 8"));
            }
            // PS3.3 C.7.6.24 and C.7.6.25 fix the width.
            (Kind::Float, 32) | (Kind::Double, 64) => return Ok((allocated, allocated, allocated - 1)),
            _ => return Err(wrong(tags::BITS_ALLOCATED, "is not the width of the floating samples")),
        }
        let stored = self.required(tags::BITS_STORED, 1, 64)?;
        if stored > allocated {
            return Err(wrong(tags::BITS_STORED, "is larger than Bits Allocated"));
        }
        let high = match self.optional(tags::HIGH_BIT).map(u32::try_from) {
            None => stored - 1,
            Some(Ok(high)) if (stored - 1..allocated).contains(&high) => {
                if high != stored - 1 {
                    // Allowed until 2009 (PS3.5 8.1.1); no reader may take the low bits for the value.
                    self.assume(tags::HIGH_BIT, "values that do not start at bit 0");
                }
                high
            }
            Some(_) => {
                self.assume(tags::HIGH_BIT, "Bits Stored - 1");
                stored - 1
            }
        };
        Ok((allocated, stored, high))
    }

    fn samples(&mut self, photometric: &Photometric) -> Result<u32> {
        let samples = self.required(tags::SAMPLES_PER_PIXEL, 1, u32::from(u16::MAX))?;
        match (samples, photometric) {
            (1 | 3, _) | (4, Photometric::Argb | Photometric::Cmyk) => Ok(samples),
            _ => Err(wrong(tags::SAMPLES_PER_PIXEL, "is neither 1 nor 3")),
        }
    }

    fn planar(&mut self, samples: u32, photometric: &Photometric) -> Result<bool> {
        if samples == 1 {
            return Ok(false);
        }
        match self.optional(tags::PLANAR) {
            // PS3.3 C.7.6.3.1.2: pairs that share chrominance cannot lie in planes.
            Some(1) if photometric.is_422() => self.assume(tags::PLANAR, "colour by pixel"),
            Some(0) => {}
            Some(1) => return Ok(true),
            None => self.assume(tags::PLANAR, "colour by pixel"),
            Some(_) => return Err(wrong(tags::PLANAR, "is neither 0 nor 1")),
        }
        Ok(false)
    }
}

impl PixelLayout {
    /// The layout of uncompressed pixel data, from its header; the data are not touched.
    ///
    /// # Errors
    ///
    /// `PixelError` with the path of the attribute that is missing or contradicts the others, `UnsupportedError` for
    /// cells without an array type, `NoPixelDataError`.
    pub fn from_attributes(attributes: &dyn Attributes) -> Result<Self> {
        let mut layout = Self::read(attributes, true)?;
        layout.big_endian = attributes.big_endian() && layout.bits_allocated > 8;
        layout.word_swapped = attributes.big_endian()
            && layout.bits_allocated == 8
            && layout.kind == Kind::Integer
            && attributes.vr(tags::PIXELS) == Some(Vr::OW);
        layout.subsampled = layout.photometric.is_422();
        layout.validate()?;
        Ok(layout)
    }

    /// The layout of what a codec gives for encapsulated pixel data: colour by pixel, the host's order, a byte a bit.
    ///
    /// YBR_ICT, YBR_RCT and XYB are transformations inside their codestreams: what the codec gives is RGB.
    pub fn of_decoded(attributes: &dyn Attributes) -> Result<Self> {
        let mut layout = Self::read(attributes, false)?;
        if matches!(layout.photometric, Photometric::YbrIct | Photometric::YbrRct | Photometric::Xyb) {
            layout.photometric = Photometric::Rgb;
        }
        layout.big_endian = cfg!(target_endian = "big") && layout.bits_allocated > 8;
        layout.bits_allocated = layout.bits_allocated.max(8);
        layout.validate()?;
        Ok(layout)
    }

    fn read(attributes: &dyn Attributes, native: bool) -> Result<Self> {
        let mut reader = Reader { attributes, findings: Vec::new() };
        let kind = reader.kind()?;
        let photometric = reader.photometric();
        let samples = reader.samples(&photometric)?;
        let (bits_allocated, bits_stored, high_bit) = reader.bits(kind)?;
        let signed = kind == Kind::Integer && reader.required(tags::REPRESENTATION, 0, 1)? == 1;
        Ok(Self {
            rows: reader.required(tags::ROWS, 1, u32::from(u16::MAX))?,
            columns: reader.required(tags::COLUMNS, 1, u32::from(u16::MAX))?,
            frames: reader.frames()?,
            samples,
            bits_allocated,
            bits_stored,
            high_bit,
            signed: signed && bits_allocated > 1,
            planar: native && reader.planar(samples, &photometric)?,
            photometric,
            kind,
            big_endian: false,
            word_swapped: false,
            subsampled: false,
            is_packed: !native && bits_allocated == 1,
            findings: reader.findings,
        })
    }

    /// Checks what the functions of this crate rely on; made by hand, a layout must pass it too.
    pub fn validate(&self) -> Result<()> {
        if self.rows == 0 || self.rows > 0xFFFF {
            return Err(wrong(tags::ROWS, "is not between 1 and 65535"));
        }
        if self.columns == 0 || self.columns > 0xFFFF {
            return Err(wrong(tags::COLUMNS, "is not between 1 and 65535"));
        }
        if !matches!(self.samples, 1 | 3 | 4) {
            return Err(wrong(tags::SAMPLES_PER_PIXEL, "is neither 1 nor 3"));
        }
        if !matches!(self.bits_allocated, 1 | 8 | 16 | 32 | 64) {
            return Err(wrong(tags::BITS_ALLOCATED, "is not 1, 8, 16, 32 or 64"));
        }
        if self.bits_stored == 0 || self.bits_stored > self.bits_allocated {
            return Err(wrong(tags::BITS_STORED, "is not between 1 and Bits Allocated"));
        }
        if self.high_bit.saturating_add(1) < self.bits_stored || self.high_bit >= self.bits_allocated {
            return Err(wrong(tags::HIGH_BIT, "is not between Bits Stored - 1 and Bits Allocated - 1"));
        }
        let float_width = match self.kind {
            Kind::Integer => self.bits_allocated,
            Kind::Float => 32,
            Kind::Double => 64,
        };
        if self.bits_allocated != float_width
            || (self.kind != Kind::Integer && self.bits_stored != float_width)
        {
            return Err(wrong(tags::BITS_ALLOCATED, "is not the width of the floating samples"));
        }
        if self.bits_allocated == 1 && self.samples > 1 {
            return Err(wrong(tags::BITS_ALLOCATED, "is 1 for an image in colour"));
        }
        if self.subsampled {
            if self.samples != 3 || self.planar {
                return Err(wrong(tags::SAMPLES_PER_PIXEL, "is not 3 by pixel for shared chrominance"));
            }
            if (self.rows * self.columns) % 2 == 1 {
                return Err(wrong(tags::COLUMNS, "is odd for shared chrominance"));
            }
        }
        self.total_bits().map(|_| ())
    }

    /// Samples of one frame as they are returned.
    pub fn frame_samples(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns) * u64::from(self.samples)
    }

    /// Pixels of one frame.
    pub fn frame_pixels(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }

    /// Bits of one stored frame. Frames of single bits follow each other without padding (PS3.5 8.2, Annex D).
    pub fn frame_bits(&self) -> u64 {
        let samples = if self.subsampled { self.frame_samples() / 3 * 2 } else { self.frame_samples() };
        samples * u64::from(self.bits_allocated)
    }

    fn total_bits(&self) -> Result<u64> {
        self.frame_bits()
            .checked_mul(self.frames)
            .ok_or_else(|| wrong(tags::FRAMES, "asks for more bits than can be counted"))
    }

    /// Bytes of all stored frames, without the byte that pads them to an even number (PS3.5 8.1.1).
    pub fn stored_len(&self) -> Result<u64> {
        Ok(self.total_bits()?.div_ceil(8))
    }

    /// Samples that come of this many frames, within the limits of one call.
    pub fn returned_samples(&self, frames: u64, limits: &Limits) -> Result<u64> {
        let samples = self.frame_samples().checked_mul(frames).filter(|samples| *samples <= limits.samples);
        samples.ok_or_else(|| Error::new(ErrorKind::Limit, "more samples than one call may return"))
    }

    /// The cell type: the dtype of `units="stored"`, and that of `pixel_array`.
    pub fn dtype(&self) -> Dtype {
        match (self.kind, self.bits_allocated) {
            (Kind::Float, _) => Dtype::F32,
            (Kind::Double, _) => Dtype::F64,
            (Kind::Integer, bits) => {
                Dtype::integer(bits.div_ceil(8) as usize, self.signed).unwrap_or(Dtype::U8)
            }
        }
    }

    /// How one sample lies in the stored bytes; for single bits, how it lies once each has its byte.
    pub fn sample(&self) -> Samples {
        let whole = Samples::whole(self.dtype());
        if self.bits_allocated == 1 || self.kind != Kind::Integer {
            let bits = if self.bits_allocated == 1 { 1 } else { whole.bits };
            return Samples { bits, swapped: self.big_endian != cfg!(target_endian = "big"), ..whole };
        }
        Samples {
            dtype: whole.dtype,
            bits: self.bits_stored,
            shift: self.high_bit + 1 - self.bits_stored,
            swapped: self.bits_allocated > 8 && self.big_endian != cfg!(target_endian = "big"),
        }
    }

    fn find(&mut self, kind: FindingKind, assumed: Cow<'static, str>) {
        self.findings.push(Finding { kind, tag: self.kind.tag(), assumed });
    }

    /// Compares the header with the number of bytes that are there (PS3.5 8.1.1).
    ///
    /// Bytes for more whole frames than Number of Frames says are frames: `frames` grows, with a finding. What is missing
    /// may be padding only.
    ///
    /// # Errors
    ///
    /// `PixelError` where samples are missing, and where shared chrominance is declared but every pixel has its own.
    pub fn fit(&mut self, length: u64) -> Result<()> {
        let tag = self.kind.tag();
        let expected = self.stored_len()?;
        let padded = expected + expected % 2;
        if length < expected {
            let message = format!("{length} bytes of pixel data where the attributes ask for {expected}");
            return Err(Error::new(ErrorKind::Pixel, message).in_path(&Path::of(tag)));
        }
        if length < padded {
            self.find(FindingKind::ShortData, "the byte that pads to an even length is missing".into());
        } else if length > padded {
            if self.subsampled {
                let full = expected / 2 * 3;
                if length >= full && self.photometric == Photometric::YbrPartial422 {
                    self.find(FindingKind::Attributes, "chrominance for each pixel".into());
                    self.subsampled = false;
                    return self.fit(length);
                }
                if length >= full + full % 2 {
                    let words = "shares chrominance between pixels, but the data have one for each";
                    return Err(wrong(tags::PHOTOMETRIC, words));
                }
            } else {
                let whole = u64::try_from(u128::from(length) * 8 / u128::from(self.frame_bits()));
                let whole = whole.unwrap_or(u64::MAX);
                if whole > self.frames {
                    self.find(
                        FindingKind::LongData,
                        format!("{whole} frames instead of {}", self.frames).into(),
                    );
                    self.frames = whole;
                    return Ok(());
                }
            }
            self.find(
                FindingKind::LongData,
                format!("{} bytes after the last frame are not pixels", length - expected).into(),
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
