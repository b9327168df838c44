//! One sample: its type in an array, and how it lies in the stored bytes.

use std::fmt;

/// The type of an array's elements, in the host's byte order.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[expect(missing_docs, reason = "the names are the types")]
pub enum Dtype {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Dtype {
    /// Every type.
    pub const ALL: [Self; 10] = [
        Self::U8,
        Self::I8,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::U64,
        Self::I64,
        Self::F32,
        Self::F64,
    ];

    /// numpy's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::I8 => "int8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::U32 => "uint32",
            Self::I32 => "int32",
            Self::U64 => "uint64",
            Self::I64 => "int64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// The type of that name in numpy.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name)
    }

    /// Bytes of one sample.
    pub const fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// True for `float32` and `float64`.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// True for the signed integers.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::I8 | Self::I16 | Self::I32 | Self::I64)
    }

    /// The integer type of this many bytes.
    pub const fn integer(size: usize, signed: bool) -> Option<Self> {
        Some(match (size, signed) {
            (1, false) => Self::U8,
            (1, true) => Self::I8,
            (2, false) => Self::U16,
            (2, true) => Self::I16,
            (4, false) => Self::U32,
            (4, true) => Self::I32,
            (8, false) => Self::U64,
            (8, true) => Self::I64,
            _ => return None,
        })
    }

    /// The smallest type that holds all values of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let (Some(ours), Some(theirs)) = (self.range(), other.range()) else {
            // A float of 32 bits holds whole numbers of 24.
            let is_short = |dtype: Self| dtype == Self::F32 || (!dtype.is_float() && dtype.size() <= 2);
            return if is_short(self) && is_short(other) { Self::F32 } else { Self::F64 };
        };
        let both = ours.cover(theirs);
        let holds = |dtype: &Self| dtype.range().is_some_and(|range| range.holds(both));
        [self, other].into_iter().chain(Self::ALL).find(holds).unwrap_or(Self::F64)
    }

    /// The smallest and largest integer, or `None` for a floating type.
    pub const fn range(self) -> Option<Range> {
        if self.is_float() {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the size is at most 8")]
        let bits = 8 * self.size() as u32;
        Some(Range::of_bits(bits, self.is_signed()))
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A span of integers, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// The smallest.
    pub low: i128,
    /// The largest.
    pub high: i128,
}

impl Range {
    /// What this many bits hold, at most 64.
    pub const fn of_bits(bits: u32, signed: bool) -> Self {
        if signed {
            Self { low: -(1 << (bits - 1)), high: (1 << (bits - 1)) - 1 }
        } else {
            Self { low: 0, high: (1 << bits) - 1 }
        }
    }

    /// True where all of the other span lies in this one.
    pub const fn holds(self, other: Self) -> bool {
        self.low <= other.low && other.high <= self.high
    }

    /// The span that covers both.
    #[must_use]
    pub fn cover(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

/// How a sample lies in the stored bytes: its cell, and which bits of the cell are the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Samples {
    /// The cell as a type: Bits Allocated and Pixel Representation.
    pub dtype: Dtype,
    /// Bits of the value, from 1 to the cell's (Bits Stored).
    pub bits: u32,
    /// Bits of the cell below the value (High Bit + 1 - Bits Stored).
    pub shift: u32,
    /// True where the bytes are in the order that is not the host's.
    pub swapped: bool,
}

impl Samples {
    /// Samples that fill their cells, in the host's order.
    pub const fn whole(dtype: Dtype) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the size is at most 8")]
        let bits = 8 * dtype.size() as u32;
        Self { dtype, bits, shift: 0, swapped: false }
    }

    /// Bits of a cell.
    pub const fn cell(&self) -> u32 {
        Self::whole(self.dtype).bits
    }

    /// True where a cell has bits that are no part of the value.
    pub const fn has_unused_bits(&self) -> bool {
        self.bits < self.cell()
    }

    /// True where a cell can be taken as the value without looking at it.
    pub const fn is_plain(&self) -> bool {
        !self.has_unused_bits() && (!self.swapped || self.dtype.size() == 1)
    }

    /// Every value that can be stored, or `None` for floating samples.
    pub const fn range(&self) -> Option<Range> {
        if self.dtype.is_float() { None } else { Some(Range::of_bits(self.bits, self.dtype.is_signed())) }
    }

    /// The number of bits that a float needs to hold every value exactly.
    pub const fn significant_bits(&self) -> u32 {
        match self.dtype {
            Dtype::F32 => 24,
            Dtype::F64 => 53,
            _ => self.bits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_types() {
        assert_eq!(Dtype::I16.range(), Some(Range { low: -32768, high: 32767 }));
        assert_eq!(Dtype::U64.range(), Some(Range { low: 0, high: i128::from(u64::MAX) }));
        assert_eq!(Dtype::F32.range(), None);
        assert_eq!(Range::of_bits(1, true), Range { low: -1, high: 0 });
        for dtype in Dtype::ALL {
            assert_eq!(Dtype::from_name(dtype.name()), Some(dtype));
        }
    }
}
