//! What an image is: its size, its samples, and how much of either one call may return.

use crate::{Error, ErrorKind, Result};

/// The description of one image (one frame).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Image {
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
    /// Samples a pixel.
    pub components: u16,
    /// Bits a sample that mean something: 1 to 38.
    pub precision: u8,
    /// True where samples are signed.
    pub is_signed: bool,
}

impl Image {
    /// Bytes of one sample: 1, 2, 4 or 8.
    pub const fn sample_size(&self) -> usize {
        match self.precision {
            0..=8 => 1,
            9..=16 => 2,
            17..=32 => 4,
            _ => 8,
        }
    }

    /// Samples of the whole image, `None` where they cannot be counted.
    pub fn samples(&self) -> Option<usize> {
        let pixels = u64::from(self.rows) * u64::from(self.columns);
        usize::try_from(pixels.checked_mul(u64::from(self.components))?).ok()
    }

    /// Bytes of the decoded image.
    ///
    /// # Errors
    ///
    /// `Limit` where they cannot be counted.
    pub fn len(&self) -> Result<usize> {
        let bytes = self.samples().and_then(|samples| samples.checked_mul(self.sample_size()));
        bytes.ok_or(Error::new(ErrorKind::Limit, "an image of more bytes than this machine can address"))
    }

    /// True where there is no sample.
    pub fn is_empty(&self) -> bool {
        self.samples() == Some(0)
    }
}

/// What a codestream may claim before anything is allocated for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Samples that one image may have.
    pub samples: u64,
    /// Bytes of decoded samples for each byte of the codestream.
    pub expansion: u64,
}

impl Limits {
    /// Refuses an image that is too large for its codestream.
    ///
    /// # Errors
    ///
    /// `Limit`.
    pub fn check(&self, image: &Image, codestream: &[u8]) -> Result<()> {
        self.check_length(image, codestream.len() as u64)
    }

    /// The same of a codestream of so many bytes.
    ///
    /// # Errors
    ///
    /// `Limit`.
    pub fn check_length(&self, image: &Image, length: u64) -> Result<()> {
        let samples = image.samples().map_or(u64::MAX, |samples| samples as u64);
        if samples > self.samples {
            return Err(Error::new(ErrorKind::Limit, "more samples than one image may have"));
        }
        let allowed = length.saturating_mul(self.expansion);
        if image.len()? as u64 > allowed {
            return Err(Error::new(ErrorKind::Limit, "more samples than so short a codestream can hold"));
        }
        Ok(())
    }
}
