//! The inner loops: byte order, unused bits, and `slope * stored + intercept`.
//!
//! Every loop runs over arrays of a constant number of bytes, a form that the compiler turns into vector code. Rows of
//! bytes need no alignment.

use radiogram_core::{Error, ErrorKind, Result};

use crate::sample::{Dtype, Range, Samples};
use crate::short;

/// Bytes of samples that are brought into order at a time: small enough to stay in the first-level cache.
pub const BLOCK: usize = 16 << 10;

/// Applies `f` to each cell; what is left over in the longer slice is not touched.
#[inline]
pub(crate) fn each<const N: usize, const M: usize>(
    from: &[u8],
    to: &mut [u8],
    f: impl Fn([u8; N]) -> [u8; M],
) {
    let (cells, _) = from.as_chunks::<N>();
    let (into, _) = to.as_chunks_mut::<M>();
    for (to, from) in into.iter_mut().zip(cells) {
        *to = f(*from);
    }
}

/// Copies stored samples into the host's order with the unused bits cleared, or filled with the sign.
pub fn unpack(samples: &Samples, stored: &[u8], out: &mut [u8]) {
    // Asked once, and nothing is captured by reference: a choice a cell would keep the loops from becoming vector code.
    let top = samples.cell() - samples.bits;
    let above = top.saturating_sub(samples.shift);
    let is_signed = samples.dtype.is_signed();
    macro_rules! run {
        ($unsigned:ty, $signed:ty, $size:literal, $read:ident) => {{
            if !samples.has_unused_bits() {
                each(stored, out, |bytes: [u8; $size]| <$unsigned>::$read(bytes).to_ne_bytes());
            } else if is_signed {
                each(stored, out, move |bytes: [u8; $size]| {
                    (((<$unsigned>::$read(bytes) << above) as $signed) >> top).to_ne_bytes()
                });
            } else {
                each(stored, out, move |bytes: [u8; $size]| {
                    ((<$unsigned>::$read(bytes) << above) >> top).to_ne_bytes()
                });
            }
        }};
    }
    macro_rules! of_order {
        ($unsigned:ty, $signed:ty, $size:literal) => {
            if samples.swapped == cfg!(target_endian = "big") {
                run!($unsigned, $signed, $size, from_le_bytes)
            } else {
                run!($unsigned, $signed, $size, from_be_bytes)
            }
        };
    }
    #[expect(clippy::cast_possible_wrap, reason = "the sign bit is what is wanted")]
    match samples.dtype.size() {
        1 => of_order!(u8, i8, 1),
        2 => of_order!(u16, i16, 2),
        4 => of_order!(u32, i32, 4),
        _ => of_order!(u64, i64, 8),
    }
}

/// True where the cells, read as they are, equal the values: no unused bit is set other than copies of the sign.
pub fn is_clean(samples: &Samples, stored: &[u8]) -> bool {
    if !samples.has_unused_bits() {
        return true;
    }
    if samples.shift != 0 {
        return false;
    }
    macro_rules! run {
        ($unsigned:ty, $size:literal) => {{
            let unused = <$unsigned>::MAX.checked_shl(samples.bits).unwrap_or(0);
            // A sign that is copied into all unused bits leaves none of them set once half the range is added.
            let half = if samples.dtype.is_signed() { (unused >> 1) & !unused } else { 0 };
            let (cells, _) = stored.as_chunks::<$size>();
            // Blocks keep the loop free of branches and still stop early.
            cells.chunks(BLOCK / $size).all(|block| {
                let dirt = match (samples.swapped, half) {
                    // Bits that must not be set are found in any order of the bytes.
                    (_, 0) => block.iter().fold(0, |dirt, bytes| dirt | <$unsigned>::from_ne_bytes(*bytes)),
                    (false, _) => block.iter().fold(0, |dirt, bytes| {
                        dirt | <$unsigned>::from_ne_bytes(*bytes).wrapping_add(half)
                    }),
                    (true, _) => block.iter().fold(0, |dirt, bytes| {
                        dirt | <$unsigned>::from_ne_bytes(*bytes).swap_bytes().wrapping_add(half)
                    }),
                };
                let is_swapped = samples.swapped && half == 0;
                dirt & (if is_swapped { unused.swap_bytes() } else { unused }) == 0
            })
        }};
    }
    match samples.dtype.size() {
        1 => run!(u8, 1),
        2 => run!(u16, 2),
        4 => run!(u32, 4),
        _ => run!(u64, 8),
    }
}

/// `slope * value + intercept`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Linear {
    /// The factor.
    pub slope: f64,
    /// What is added.
    pub intercept: f64,
}

impl Linear {
    /// The line that changes nothing.
    pub const IDENTITY: Self = Self { slope: 1.0, intercept: 0.0 };

    /// The value of the line, rounded as two operations of 64 bits.
    #[inline]
    pub fn at(self, value: f64) -> f64 {
        // Not a fused multiplication: the result is numpy's.
        #[expect(clippy::suboptimal_flops, reason = "two roundings, as everybody else has")]
        {
            value * self.slope + self.intercept
        }
    }

    /// Both numbers, where they are whole and small enough to count with.
    pub fn whole(self) -> Option<(i64, i64)> {
        let whole = |x: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
            (x.fract() == 0.0 && x.abs() < 9e15).then_some(x as i64)
        };
        Some((whole(self.slope)?, whole(self.intercept)?))
    }

    /// The span of the results over a span of values, where slope and intercept are whole.
    pub fn over(self, range: Range) -> Option<Range> {
        let (slope, intercept) = self.whole()?;
        let at = |x: i128| x.checked_mul(slope.into())?.checked_add(intercept.into());
        let (a, b) = (at(range.low)?, at(range.high)?);
        Some(Range { low: a.min(b), high: a.max(b) })
    }
}

/// Writes `slope * value + intercept` in another type.
///
/// `from` holds samples of type `dtype` in the host's order that lie in `range` (`None`: floating). An integer type gets
/// whole numbers only and never wraps: a value that it cannot hold is an `ArgumentError`.
pub fn rescale(
    from: &[u8],
    dtype: Dtype,
    range: Option<Range>,
    line: Linear,
    to: Dtype,
    out: &mut [u8],
) -> Result<()> {
    let Some(holds) = to.range() else { return rescale_to_float(from, dtype, line, to, out) };
    let (Some((slope, intercept)), Some(range)) = (line.whole(), range) else {
        return Err(Error::new(
            ErrorKind::Argument,
            format!(
                "{to} cannot hold the values: the stored samples, the slope or the intercept are not whole"
            ),
        ));
    };
    let sure = line.over(range).is_some_and(|all| holds.holds(all));
    if !sure && !line.over(extent(from, dtype)).is_some_and(|seen| holds.holds(seen)) && !from.is_empty() {
        return Err(Error::new(ErrorKind::Argument, format!("a value of the pixels does not fit {to}")));
    }
    rescale_whole(from, dtype, slope, intercept, to.size(), out);
    Ok(())
}

/// The whole-number line, counted modulo the size of the result: exact, since the caller knows that the result fits.
fn rescale_whole(from: &[u8], dtype: Dtype, slope: i64, intercept: i64, size: usize, out: &mut [u8]) {
    macro_rules! into {
        ($from:ty, $n:literal, $to:ty, $m:literal) => {{
            let (slope, intercept) = (slope as $to, intercept as $to);
            if slope == 1 {
                each(from, out, |bytes: [u8; $n]| {
                    (<$from>::from_ne_bytes(bytes) as $to).wrapping_add(intercept).to_ne_bytes()
                });
            } else {
                each(from, out, |bytes: [u8; $n]| {
                    let value = <$from>::from_ne_bytes(bytes) as $to;
                    value.wrapping_mul(slope).wrapping_add(intercept).to_ne_bytes()
                });
            }
        }};
    }
    macro_rules! run {
        ($from:ty, $n:literal) => {
            match size {
                1 => into!($from, $n, u8, 1),
                2 => into!($from, $n, u16, 2),
                4 => into!($from, $n, u32, 4),
                _ => into!($from, $n, u64, 8),
            }
        };
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        trivial_numeric_casts,
        reason = "arithmetic modulo the size of the result"
    )]
    match dtype {
        Dtype::U8 => run!(u8, 1),
        Dtype::I8 => run!(i8, 1),
        Dtype::U16 => run!(u16, 2),
        Dtype::I16 => run!(i16, 2),
        Dtype::U32 => run!(u32, 4),
        Dtype::I32 => run!(i32, 4),
        Dtype::U64 => run!(u64, 8),
        Dtype::I64 => run!(i64, 8),
        Dtype::F32 | Dtype::F64 => {}
    }
}

/// The line in 64-bit floats, rounded once more where 32 bits are asked for.
fn rescale_to_float(from: &[u8], dtype: Dtype, line: Linear, to: Dtype, out: &mut [u8]) -> Result<()> {
    if let Some(short) = short::line(line, dtype).filter(|_| to == Dtype::F32) {
        short::rescale(from, dtype, short, out);
        return Ok(());
    }
    macro_rules! run {
        ($from:ty, $n:literal) => {{
            let value = |bytes: [u8; $n]| line.at(<$from>::from_ne_bytes(bytes) as f64);
            if to == Dtype::F64 {
                each(from, out, |bytes: [u8; $n]| value(bytes).to_ne_bytes());
            } else {
                each(from, out, |bytes: [u8; $n]| (value(bytes) as f32).to_ne_bytes());
            }
        }};
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_lossless,
        trivial_numeric_casts,
        reason = "rounding to the type that was asked for"
    )]
    match dtype {
        Dtype::U8 => run!(u8, 1),
        Dtype::I8 => run!(i8, 1),
        Dtype::U16 => run!(u16, 2),
        Dtype::I16 => run!(i16, 2),
        Dtype::U32 => run!(u32, 4),
        Dtype::I32 => run!(i32, 4),
        Dtype::U64 => run!(u64, 8),
        Dtype::I64 => run!(i64, 8),
        Dtype::F32 => run!(f32, 4),
        Dtype::F64 => run!(f64, 8),
    }
    let may_overflow = to == Dtype::F32
        && (dtype == Dtype::F64
            || line.slope.abs() > 1e18
            || line.intercept.abs() > 1e37
            || dtype == Dtype::F32);
    if may_overflow && overflowed(from, dtype, out) {
        return Err(Error::new(ErrorKind::Argument, "a value of the pixels does not fit float32"));
    }
    Ok(())
}

/// True where a finite sample became an infinite `float32`.
fn overflowed(from: &[u8], dtype: Dtype, out: &[u8]) -> bool {
    let infinite = |bytes: &[u8; 4]| f32::from_ne_bytes(*bytes).is_infinite();
    let results = out.as_chunks::<4>().0.iter();
    match dtype {
        Dtype::F64 => {
            let cells = from.as_chunks::<8>().0.iter();
            results.zip(cells).any(|(to, from)| infinite(to) && f64::from_ne_bytes(*from).is_finite())
        }
        Dtype::F32 => {
            let cells = from.as_chunks::<4>().0.iter();
            results.zip(cells).any(|(to, from)| infinite(to) && f32::from_ne_bytes(*from).is_finite())
        }
        _ => results.take(from.len() / dtype.size()).any(infinite),
    }
}

/// The smallest and largest of integer samples in the host's order; an inverted span where there are none.
pub fn extent(from: &[u8], dtype: Dtype) -> Range {
    macro_rules! run {
        ($from:ty, $n:literal) => {{
            let cells = from.as_chunks::<$n>().0.iter().map(|bytes| <$from>::from_ne_bytes(*bytes));
            let (low, high) = cells.fold((<$from>::MAX, <$from>::MIN), |(a, b), x| (a.min(x), b.max(x)));
            Range { low: low.into(), high: high.into() }
        }};
    }
    match dtype {
        Dtype::U8 => run!(u8, 1),
        Dtype::I8 => run!(i8, 1),
        Dtype::U16 => run!(u16, 2),
        Dtype::I16 => run!(i16, 2),
        Dtype::U32 => run!(u32, 4),
        Dtype::I32 => run!(i32, 4),
        Dtype::U64 => run!(u64, 8),
        Dtype::I64 => run!(i64, 8),
        Dtype::F32 | Dtype::F64 => Range { low: i128::MAX, high: i128::MIN },
    }
}

/// Calls `f` with each sample as a 64-bit float, in order.
pub(crate) fn each_value(from: &[u8], dtype: Dtype, mut f: impl FnMut(f64)) {
    macro_rules! run {
        ($from:ty, $n:literal) => {
            for bytes in from.as_chunks::<$n>().0 {
                f(<$from>::from_ne_bytes(*bytes) as f64);
            }
        };
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_lossless,
        trivial_numeric_casts,
        reason = "a float is asked for"
    )]
    match dtype {
        Dtype::U8 => run!(u8, 1),
        Dtype::I8 => run!(i8, 1),
        Dtype::U16 => run!(u16, 2),
        Dtype::I16 => run!(i16, 2),
        Dtype::U32 => run!(u32, 4),
        Dtype::I32 => run!(i32, 4),
        Dtype::U64 => run!(u64, 8),
        Dtype::I64 => run!(i64, 8),
        Dtype::F32 => run!(f32, 4),
        Dtype::F64 => run!(f64, 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn unused_bits_are_cleared_or_hold_the_sign() {
        let signed = Samples { dtype: Dtype::I16, bits: 9, shift: 0, swapped: false };
        let mut out = [0; 4];
        unpack(&signed, &[0x00, 0xFF, 0xFF, 0x00], &mut out);
        assert_eq!([i16::from_ne_bytes([out[0], out[1]]), i16::from_ne_bytes([out[2], out[3]])], [-256, 255]);
        let high = Samples { dtype: Dtype::U16, bits: 12, shift: 4, swapped: true };
        unpack(&high, &[0xAB, 0xCD, 0x00, 0x1F], &mut out);
        assert_eq!([u16::from_ne_bytes([out[0], out[1]]), u16::from_ne_bytes([out[2], out[3]])], [0xABC, 1]);
    }

    #[test]
    fn a_clean_cell_is_its_value() {
        let signed = Samples { dtype: Dtype::I16, bits: 12, shift: 0, swapped: false };
        assert!(is_clean(&signed, &(-2048_i16).to_ne_bytes()));
        assert!(!is_clean(&signed, &0x0800_i16.to_ne_bytes()));
        let unsigned = Samples { dtype: Dtype::U16, ..signed };
        assert!(is_clean(&unsigned, &0x0FFF_u16.to_ne_bytes()));
        assert!(!is_clean(&unsigned, &0x1000_u16.to_ne_bytes()));
    }

    #[test]
    fn clean_cells_are_those_that_unpacking_leaves_alone() {
        let mut random = Random::new(7);
        for _ in 0..4000 {
            let size = [1_usize, 2, 4, 8][random.below(4)];
            let bits = 1 + u32::try_from(random.below(8 * size)).unwrap();
            let dtype = Dtype::integer(size, random.below(2) == 1).unwrap();
            let samples = Samples { dtype, bits, shift: 0, swapped: random.below(2) == 1 };
            let mut stored = random.bytes(size * 3);
            if random.below(2) == 1 {
                // Values as they should be, in the order they are stored in.
                let mut values = vec![0; stored.len()];
                unpack(&samples, &stored, &mut values);
                if samples.swapped {
                    values.chunks_mut(size).for_each(<[u8]>::reverse);
                }
                stored = values;
            }
            let mut ordered = stored.clone();
            if samples.swapped {
                ordered.chunks_mut(size).for_each(<[u8]>::reverse);
            }
            let mut out = vec![0; stored.len()];
            unpack(&samples, &stored, &mut out);
            assert_eq!(is_clean(&samples, &stored), out == ordered, "{samples:?} {stored:?}");
        }
    }

    #[test]
    fn unpacking_equals_counting_bit_by_bit() {
        let mut random = Random::new(1);
        for _ in 0..2000 {
            let size = [1_usize, 2, 4, 8][random.below(4)];
            let cell = 8 * u32::try_from(size).unwrap();
            let bits = 1 + u32::try_from(random.below(cell as usize)).unwrap();
            let shift = u32::try_from(random.below((cell - bits + 1) as usize)).unwrap();
            let dtype = Dtype::integer(size, random.below(2) == 1).unwrap();
            let samples = Samples { dtype, bits, shift, swapped: random.below(2) == 1 };
            let stored = random.bytes(size);
            let mut ordered = stored.clone();
            if samples.swapped == cfg!(target_endian = "little") {
                ordered.reverse();
            }
            let cell = ordered.iter().rev().fold(0_i128, |value, byte| (value << 8) | i128::from(*byte));
            let mut expected = (cell >> shift) & ((1 << bits) - 1);
            if dtype.is_signed() && expected >> (bits - 1) == 1 {
                expected -= 1 << bits;
            }
            let mut out = vec![0; size];
            unpack(&samples, &stored, &mut out);
            assert_eq!(
                extent(&out, dtype),
                Range { low: expected, high: expected },
                "{samples:?} {stored:?}"
            );
        }
    }

    #[test]
    fn a_whole_line_is_exact_in_every_type_or_refused() {
        let mut random = Random::new(2);
        let (mut exact, mut refused) = (0, 0);
        for _ in 0..20_000 {
            let dtype = Dtype::ALL[random.below(8)];
            let to = Dtype::ALL[random.below(8)];
            let line = Linear {
                slope: [1.0, 2.0, -1.0, 300.0][random.below(4)],
                intercept: [0.0, -1024.0, 70_000.0, 5.0][random.below(4)],
            };
            let from = random.bytes(dtype.size());
            let value = extent(&from, dtype).low;
            let expected = line.over(Range { low: value, high: value }).unwrap();
            let mut out = vec![0; to.size()];
            match rescale(&from, dtype, dtype.range(), line, to, &mut out) {
                Ok(()) => {
                    assert_eq!(extent(&out, to), expected);
                    exact += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Argument);
                    assert!(!to.range().unwrap().holds(expected));
                    refused += 1;
                }
            }
        }
        assert!(exact > 2000 && refused > 2000, "{exact} {refused}");
    }

    #[test]
    fn floats_round_once_and_never_overflow() {
        let line = Linear { slope: 0.1, intercept: -3.3 };
        let mut out = [0; 8];
        rescale(&7_i16.to_ne_bytes(), Dtype::I16, Dtype::I16.range(), line, Dtype::F64, &mut out).unwrap();
        assert_eq!(f64::from_ne_bytes(out).to_bits(), (7.0 * 0.1 - 3.3_f64).to_bits());
        let identity = Linear::IDENTITY;
        let mut small = [0; 4];
        assert!(
            rescale(&1e300_f64.to_ne_bytes(), Dtype::F64, None, identity, Dtype::F32, &mut small).is_err()
        );
        let infinite = f64::INFINITY.to_ne_bytes();
        assert!(rescale(&infinite, Dtype::F64, None, identity, Dtype::F32, &mut small).is_ok());
        assert!(rescale(&1.0_f32.to_ne_bytes(), Dtype::F32, None, identity, Dtype::I16, &mut small).is_err());
    }
}
