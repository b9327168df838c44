//! What a code block is to its coders: words of coefficients on one side, codeword segments on the other.
//!
//! Coefficients are sign-magnitude words: the sign stands in the top bit, the magnitude is left-aligned, so that bit plane `planes - 1` (the
//! highest of the band's Mb, T.800 E.1) stands at the bit under the sign. Below the last decoded plane stands the half bit (r = 1/2,
//! T.800 E.1.1.2) where there is room; zero stays 0. Whoever takes the words shifts them right by `BITS - 1 - planes` (5/3) or multiplies
//! the magnitude by `step * 2^-(BITS - 1 - planes)` (9/7).

pub mod ebcot;
pub mod ht;

use std::fmt::Debug;
use std::ops::{BitAnd, BitOr, BitOrAssign, BitXor, Not, Shl, Shr, Sub};

/// The unsigned integer that holds a coefficient: `u32` up to about 30 bit planes, `u64` beyond.
pub trait Word:
    Copy
    + Default
    + Ord
    + Debug
    + Send
    + Sync
    + 'static
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitOrAssign
    + BitXor<Output = Self>
    + Not<Output = Self>
    + Shl<u32, Output = Self>
    + Shr<u32, Output = Self>
    + Sub<Output = Self>
    + From<bool>
    + From<u32>
{
    /// Bits of a word.
    const BITS: u32;
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The sign's bit alone.
    const SIGN: Self;

    /// The same number; bits that have no room are lost.
    fn from_u64(number: u64) -> Self;
    /// The same number.
    fn to_u64(self) -> u64;
    /// The words as what vector code knows, where that is what they are.
    fn narrow(words: &[Self]) -> Option<&[u32]>;
    /// The same, to be written.
    fn narrow_mut(words: &mut [Self]) -> Option<&mut [u32]>;
}

impl Word for u32 {
    const BITS: u32 = Self::BITS;
    const ZERO: Self = 0;
    const ONE: Self = 1;
    const SIGN: Self = 1 << 31;

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "as it says")]
    fn from_u64(number: u64) -> Self {
        number as Self
    }

    #[inline]
    fn to_u64(self) -> u64 {
        self.into()
    }

    fn narrow(words: &[Self]) -> Option<&[u32]> {
        Some(words)
    }

    fn narrow_mut(words: &mut [Self]) -> Option<&mut [u32]> {
        Some(words)
    }
}

impl Word for u64 {
    const BITS: u32 = Self::BITS;
    const ZERO: Self = 0;
    const ONE: Self = 1;
    const SIGN: Self = 1 << 63;

    #[inline]
    fn from_u64(number: u64) -> Self {
        number
    }

    #[inline]
    fn to_u64(self) -> u64 {
        self
    }

    fn narrow(_: &[Self]) -> Option<&[u32]> {
        None
    }

    fn narrow_mut(_: &mut [Self]) -> Option<&mut [u32]> {
        None
    }
}

/// The most samples that a code block has (T.800 A.6.1: xcb + ycb <= 12).
pub const MAX_SAMPLES: usize = 4096;

/// Which filters gave a band: the first letter is the horizontal one (T.800 B.5).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Orientation {
    /// Low, low.
    #[default]
    LL,
    /// Horizontally high.
    HL,
    /// Vertically high.
    LH,
    /// High, high.
    HH,
}

/// Whether blocks are coded by T.814 (SPcod, T.814 A.4).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Throughput {
    /// Every block is coded by T.800 Annex D.
    #[default]
    Off,
    /// Every block is coded by T.814.
    Only,
    /// Each block says which.
    Mixed,
}

/// The style of code blocks (T.800 Table A.19).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the bits of SPcod")]
pub struct Style {
    /// Selective arithmetic coding bypass: raw bits from the fifth significant plane on.
    pub bypass: bool,
    /// Contexts are reset after each pass.
    pub reset: bool,
    /// Each pass has a codeword segment of its own.
    pub termall: bool,
    /// Contexts do not look into the next stripe.
    pub causal: bool,
    /// Predictable termination.
    pub predictable: bool,
    /// Segmentation symbols after each clean-up pass.
    pub symbols: bool,
    /// The high-throughput coder.
    pub ht: Throughput,
}

/// A codeword segment: so many bytes hold so many passes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Segment {
    /// Bytes of the block's data.
    pub length: u32,
    /// Coding passes in them.
    pub passes: u8,
}

/// A coded block.
#[derive(Clone, Copy, Debug)]
pub struct CodedBlock<'a> {
    /// Columns, 1 to 1024.
    pub width: u32,
    /// Rows, 1 to 1024; with the columns at most [`MAX_SAMPLES`].
    pub height: u32,
    /// The band's filters.
    pub orientation: Orientation,
    /// Mb: magnitude bit planes of the band.
    pub planes: u8,
    /// P: how many of them, from the top, are said to be empty by the packet header (T.800 B.10.5).
    pub zero_planes: u8,
    /// How it is coded.
    pub style: Style,
    /// All segments, one behind another.
    pub data: &'a [u8],
    /// Where the segments end, and what they hold. For HT: a clean-up segment of one pass, then a refinement segment of one or two.
    pub segments: &'a [Segment],
}

/// What was noticed on the way.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Outcome {
    /// The first fault that was read past.
    pub fault: Option<&'static str>,
}

/// A place where a coded block may be cut.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Pass {
    /// Bytes up to here that decode all passes up to here.
    pub length: u32,
    /// By how much the squared error falls, in units of (the lowest magnitude bit that is not a fraction)^2, without weights.
    pub distortion: f32,
}

/// What an encoder of blocks gives. Reused from block to block.
#[derive(Clone, Default, Debug)]
pub struct Passes {
    /// Empty planes at the top.
    pub zero_planes: u8,
    /// The bytes of all passes.
    pub data: Vec<u8>,
    /// Every pass, in order.
    pub passes: Vec<Pass>,
}
