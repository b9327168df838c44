//! The two kinds of samples: of 8 bits in a byte, of 12 bits in two.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "values are cut off before")]

/// A decoded sample.
pub(super) trait Sample: Copy + Default + Send + Sync + 'static {
    /// Bits of precision (T.81 B.2.2).
    const PRECISION: u8;
    /// Fraction bits between the passes of the inverse transform.
    const PASS_BITS: u32;
    /// True where 16 bits hold what lies between the passes, and more is cut off.
    const SATURATES: bool;

    /// A sample from its distance to the middle of the range, cut off at the ends of the range.
    fn from_centred(value: i32) -> Self;
    /// A sample from a value within the range.
    fn from_value(value: u16) -> Self;
    /// The value.
    fn value(self) -> u16;
    /// The samples as bytes, where they are bytes.
    fn bytes(_: &[Self]) -> Option<&[u8]> {
        None
    }
    /// The same, to be changed.
    fn bytes_mut(_: &mut [Self]) -> Option<&mut [u8]> {
        None
    }
    /// The samples as words, where they are words.
    fn words_mut(_: &mut [Self]) -> Option<&mut [u16]> {
        None
    }
    /// Writes samples in the host's byte order, as many as both hold.
    fn write(from: &[Self], to: &mut [u8]);
}

impl Sample for u8 {
    const PRECISION: u8 = 8;
    const PASS_BITS: u32 = 2;
    const SATURATES: bool = true;

    #[inline(always)]
    fn from_centred(value: i32) -> Self {
        value.saturating_add(128).clamp(0, 255) as u8
    }

    #[inline(always)]
    fn from_value(value: u16) -> Self {
        value as u8
    }

    #[inline(always)]
    fn value(self) -> u16 {
        u16::from(self)
    }

    #[inline(always)]
    fn bytes(samples: &[Self]) -> Option<&[u8]> {
        Some(samples)
    }

    #[inline(always)]
    fn bytes_mut(samples: &mut [Self]) -> Option<&mut [u8]> {
        Some(samples)
    }

    #[inline(always)]
    fn write(from: &[Self], to: &mut [u8]) {
        let length = from.len().min(to.len());
        if let (Some(from), Some(to)) = (from.get(..length), to.get_mut(..length)) {
            to.copy_from_slice(from);
        }
    }
}

impl Sample for u16 {
    const PRECISION: u8 = 12;
    const PASS_BITS: u32 = 1;
    const SATURATES: bool = false;

    #[inline(always)]
    fn from_centred(value: i32) -> Self {
        value.saturating_add(2048).clamp(0, 4095) as u16
    }

    #[inline(always)]
    fn from_value(value: u16) -> Self {
        value
    }

    #[inline(always)]
    fn value(self) -> u16 {
        self
    }

    #[inline(always)]
    fn words_mut(samples: &mut [Self]) -> Option<&mut [u16]> {
        Some(samples)
    }

    #[inline(always)]
    fn write(from: &[Self], to: &mut [u8]) {
        for (sample, bytes) in from.iter().zip(to.as_chunks_mut::<2>().0) {
            *bytes = sample.to_ne_bytes();
        }
    }
}
