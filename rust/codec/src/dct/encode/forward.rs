//! The forward DCT and quantisation, in single precision: the scaled transform of Arai, Agui and Nakajima, its scales folded into the steps.
//!
//! Its eight-wide loops are compiled once plainly and once for AVX2; without fused operations both give the same numbers.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "coefficients have at most 16 bits, frequencies 3"
)]

use super::super::idct::Block;

type Lanes = [f32; 8];
/// For each coefficient, transposed, the factor that scales and quantises it.
pub(in crate::dct) type Factors = [Lanes; 8];

/// The scales of the transform along one axis.
fn scale(frequency: usize) -> f64 {
    let angle = frequency as f64 * std::f64::consts::PI / 16.0;
    if frequency == 0 { 1.0 } else { angle.cos() * std::f64::consts::SQRT_2 }
}

/// Factors for steps in natural order.
pub(super) fn factors(steps: &[u16; 64]) -> Factors {
    std::array::from_fn(|column| {
        std::array::from_fn(|row| {
            let step = steps.get(row * 8 + column).copied().unwrap_or(1).max(1);
            (1.0 / (f64::from(step) * scale(row) * scale(column) * 8.0)) as f32
        })
    })
}

#[inline(always)]
fn add(a: Lanes, b: Lanes) -> Lanes {
    let mut sum = a;
    sum.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    sum
}

#[inline(always)]
fn sub(a: Lanes, b: Lanes) -> Lanes {
    let mut difference = a;
    difference.iter_mut().zip(b).for_each(|(a, b)| *a -= b);
    difference
}

#[inline(always)]
fn mul(a: Lanes, factor: f32) -> Lanes {
    a.map(|a| a * factor)
}

/// One pass down the columns.
#[inline(always)]
fn pass([r0, r1, r2, r3, r4, r5, r6, r7]: [Lanes; 8]) -> [Lanes; 8] {
    const ROOT: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let (s07, d07) = (add(r0, r7), sub(r0, r7));
    let (s16, d16) = (add(r1, r6), sub(r1, r6));
    let (s25, d25) = (add(r2, r5), sub(r2, r5));
    let (s34, d34) = (add(r3, r4), sub(r3, r4));
    let (e0, e3) = (add(s07, s34), sub(s07, s34));
    let (e1, e2) = (add(s16, s25), sub(s16, s25));
    let turned = mul(add(e2, e3), ROOT);
    let (o0, o1, o2) = (add(d34, d25), add(d25, d16), add(d16, d07));
    let z5 = mul(sub(o0, o2), 0.382_683_43);
    let z2 = add(mul(o0, 0.541_196_1), z5);
    let z4 = add(mul(o2, 1.306_563), z5);
    let z3 = mul(o1, ROOT);
    let (z11, z13) = (add(d07, z3), sub(d07, z3));
    [
        add(e0, e1),
        add(z11, z4),
        add(e3, turned),
        sub(z13, z2),
        sub(e0, e1),
        add(z13, z2),
        sub(e3, turned),
        sub(z11, z4),
    ]
}

#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "rows and columns below 8")]
fn transpose(rows: [Lanes; 8]) -> [Lanes; 8] {
    let mut columns = [[0.0; 8]; 8];
    for row in 0..8 {
        for column in 0..8 {
            columns[column][row] = rows[row][column];
        }
    }
    columns
}

/// Transforms and quantises eight rows of eight samples; the coefficients come out transposed.
#[inline(always)]
pub(super) fn transform(samples: [&[u16; 8]; 8], centre: u16, factors: &Factors) -> Block {
    let centre = f32::from(centre);
    let rows = samples.map(|row| row.map(|sample| f32::from(sample) - centre));
    let columns = pass(transpose(pass(rows)));
    let mut block = [0; 64];
    for ((to, row), factors) in block.as_chunks_mut::<8>().0.iter_mut().zip(columns).zip(factors) {
        for ((to, value), factor) in to.iter_mut().zip(row).zip(factors) {
            // Half to even, which is what the vector instruction does; the range is far inside 16 bits.
            *to = (value * factor).round_ties_even() as i32 as i16;
        }
    }
    block
}

#[cfg(test)]
mod tests {
    use super::{factors, transform};
    use crate::fuzz::mutator::Random;

    #[test]
    fn coefficients_are_those_of_the_definition() {
        let mut random = Random(5);
        for _ in 0..200 {
            let samples: [[u16; 8]; 8] =
                std::array::from_fn(|_| std::array::from_fn(|_| random.below(4096) as u16));
            let block = transform(samples.each_ref(), 2048, &factors(&[1; 64]));
            for (place, coefficient) in block.into_iter().enumerate() {
                // Transposed.
                let (v, u) = (place % 8, place / 8);
                let basis = |x: usize, u: usize| {
                    let scale = if u == 0 { 0.5_f64.sqrt() } else { 1.0 };
                    scale * (((2 * x + 1) * u) as f64 * std::f64::consts::PI / 16.0).cos() / 2.0
                };
                let want: f64 = (0..64)
                    .map(|at| {
                        (f64::from(samples[at / 8][at % 8]) - 2048.0) * basis(at / 8, v) * basis(at % 8, u)
                    })
                    .sum();
                assert!((f64::from(coefficient) - want).abs() < 0.52, "{place}: {coefficient} {want}");
            }
        }
    }
}
