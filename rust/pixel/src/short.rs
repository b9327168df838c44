//! The inner loops of [`kernel`](crate::kernel) from small samples to floats, where slope and intercept are whole: counted in 32 bits.

use crate::kernel::{Linear, each};
use crate::sample::Dtype;

/// The whole numbers of a line that gives of any sample of this type a number of 32 bits.
pub(crate) fn line(line: Linear, dtype: Dtype) -> Option<(i32, i32)> {
    let holds = line.over(dtype.range().filter(|_| dtype.size() <= 2)?)?;
    let is_short = holds.low >= i32::MIN.into() && holds.high <= i32::MAX.into();
    // A zero that has a sign keeps it in floats alone.
    let (slope, intercept) = line.whole().filter(|_| is_short && line.intercept.to_bits() != 1 << 63)?;
    Some((i32::try_from(slope).ok()?, i32::try_from(intercept).ok()?))
}

/// The line counted in whole numbers of 32 bits, and rounded once to a float of 32 bits: what 64-bit floats give, where all numbers are
/// whole, at a third of the time.
pub(crate) fn rescale(from: &[u8], dtype: Dtype, (slope, intercept): (i32, i32), out: &mut [u8]) {
    macro_rules! run {
        ($from:ty, $n:literal) => {{
            let value = |bytes: [u8; $n]| i32::from(<$from>::from_ne_bytes(bytes));
            if slope == 1 {
                each(from, out, |bytes: [u8; $n]| {
                    (value(bytes).wrapping_add(intercept) as f32).to_ne_bytes()
                });
            } else {
                each(from, out, |bytes: [u8; $n]| {
                    (value(bytes).wrapping_mul(slope).wrapping_add(intercept) as f32).to_ne_bytes()
                });
            }
        }};
    }
    #[expect(clippy::cast_precision_loss, reason = "rounding to the type that was asked for")]
    match dtype {
        Dtype::U8 => run!(u8, 1),
        Dtype::I8 => run!(i8, 1),
        Dtype::U16 => run!(u16, 2),
        _ => run!(i16, 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{self, each_value};
    use crate::testing::Random;

    #[test]
    fn whole_lines_give_the_floats_that_64_bits_give() {
        let mut random = Random::new(8);
        let mut short = 0;
        for _ in 0..2000 {
            let dtype = [Dtype::U8, Dtype::I8, Dtype::U16, Dtype::I16][random.below(4)];
            let slope = [1.0, -1.0, 2.0, 300.0, -40_000.0, 0.0, 0.5][random.below(7)];
            let intercept = [0.0, -0.0, -1024.0, 16_777_217.0, 2e9, -3e9, 0.25][random.below(7)];
            let line = Linear { slope, intercept };
            short += usize::from(super::line(line, dtype).is_some());
            let from = random.bytes(dtype.size() * 300);
            let mut out = vec![0; 4 * 300];
            kernel::rescale(&from, dtype, dtype.range(), line, Dtype::F32, &mut out).unwrap();
            let mut expected = Vec::new();
            each_value(&from, dtype, |value| {
                #[expect(clippy::cast_possible_truncation, reason = "as the result is")]
                expected.extend((line.at(value) as f32).to_ne_bytes());
            });
            assert_eq!(out, expected, "{dtype} {line:?}");
        }
        assert!(short > 500, "{short}");
    }
}
