//! The inner loops of [`kernel`](crate::kernel) where the result has the size of the cells and takes their place: one pass over memory.

use crate::kernel::Linear;
use crate::sample::{Dtype, Samples};

/// Brings cells into the host's order with the unused bits cleared, or filled with the sign.
pub(crate) fn unpack(samples: &Samples, cells: &mut [u8]) {
    line(samples, 1, 0, cells);
}

/// The whole numbers of a line that gives, of any value of the samples, one that `to` holds in the same number of bytes.
pub(crate) fn whole_line(samples: &Samples, line: Linear, to: Dtype) -> Option<(i64, i64)> {
    let fits = to.size() == samples.dtype.size() && to.range()?.holds(line.over(samples.range()?)?);
    if fits { line.whole() } else { None }
}

/// Puts `slope * value + intercept` in the place of each cell, counted modulo the size of a cell.
pub(crate) fn line(samples: &Samples, slope: i64, intercept: i64, cells: &mut [u8]) {
    if samples.is_plain() && (slope, intercept) == (1, 0) {
        return;
    }
    let top = samples.cell() - samples.bits;
    let above = top.saturating_sub(samples.shift);
    macro_rules! run {
        ($unsigned:ty, $signed:ty, $size:literal) => {{
            let (slope, intercept) = (slope as $unsigned, intercept as $unsigned);
            let read = |bytes: [u8; $size]| {
                let value = <$unsigned>::from_ne_bytes(bytes);
                if samples.swapped { value.swap_bytes() } else { value }
            };
            let signed = |bytes| (((read(bytes) << above) as $signed) >> top) as $unsigned;
            let unsigned = |bytes| (read(bytes) << above) >> top;
            match (samples.dtype.is_signed(), slope) {
                (true, 1) => each(cells, |bytes| signed(bytes).wrapping_add(intercept).to_ne_bytes()),
                (false, 1) => each(cells, |bytes| unsigned(bytes).wrapping_add(intercept).to_ne_bytes()),
                (true, _) => each(cells, |bytes| {
                    signed(bytes).wrapping_mul(slope).wrapping_add(intercept).to_ne_bytes()
                }),
                (false, _) => each(cells, |bytes| {
                    unsigned(bytes).wrapping_mul(slope).wrapping_add(intercept).to_ne_bytes()
                }),
            }
        }};
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss,
        reason = "arithmetic modulo the size of a cell"
    )]
    match samples.dtype.size() {
        1 => run!(u8, i8, 1),
        2 => run!(u16, i16, 2),
        4 => run!(u32, i32, 4),
        _ => run!(u64, i64, 8),
    }
}

#[inline]
fn each<const N: usize>(cells: &mut [u8], f: impl Fn([u8; N]) -> [u8; N]) {
    for cell in cells.as_chunks_mut::<N>().0 {
        *cell = f(*cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel;
    use crate::testing::Random;

    #[test]
    fn it_is_what_unpacking_and_rescaling_give() {
        let mut random = Random::new(3);
        let mut lines = 0;
        for _ in 0..4000 {
            let size = [1_usize, 2, 4, 8][random.below(4)];
            let cell = 8 * u32::try_from(size).unwrap();
            let bits = 1 + u32::try_from(random.below(cell as usize)).unwrap();
            let shift = u32::try_from(random.below((cell - bits + 1) as usize)).unwrap();
            let dtype = Dtype::integer(size, random.below(2) == 1).unwrap();
            let samples = Samples { dtype, bits, shift, swapped: random.below(2) == 1 };
            let stored = random.bytes(size * 37);
            let (mut values, mut out) = (vec![0; stored.len()], stored.clone());
            kernel::unpack(&samples, &stored, &mut values);
            unpack(&samples, &mut out);
            assert_eq!(out, values, "{samples:?}");
            let slope = [1.0, 2.0, -1.0, 300.0, 0.5][random.below(5)];
            let given = Linear { slope, intercept: [0.0, -1024.0, 70_000.0][random.below(3)] };
            let to = Dtype::integer(size, random.below(2) == 1).unwrap();
            let Some((slope, intercept)) = whole_line(&samples, given, to) else { continue };
            let (mut expected, mut out) = (vec![0; stored.len()], stored);
            kernel::rescale(&values, dtype, samples.range(), given, to, &mut expected).unwrap();
            line(&samples, slope, intercept, &mut out);
            assert_eq!(out, expected, "{samples:?} {given:?} {to}");
            lines += 1;
        }
        assert!(lines > 500, "{lines}");
    }
}
