//! From components to samples and back: the transforms of colour, the level shift, the caller's samples (T.800 Annex G), and transforms by
//! arrays (T.801 Annex J).
//!
//! Everything works on rows, in place or from one to the other, so that a row stays in cache. The same code is compiled for plain and for
//! wide instructions.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls of functions that need instructions known to be there")
)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "samples are clamped to their depth before, or their low bits are meant"
)]
#![expect(
    clippy::inline_always,
    reason = "a row is worked on by one function, compiled for each set of instructions"
)]

pub(crate) mod along;
pub(crate) mod arrays;
mod samples;
#[cfg(test)]
mod tests;

use crate::simd::Level;

use super::wavelet::{Float, Integer};

pub(crate) use samples::{Depth, Place, Value, half, load, load_three, store, store_three};

/// Calls `$work`, compiled for wide instructions where the machine has them.
macro_rules! widened {
    ($level:expr, $(<$kind:ident: $bound:ident>)? ($($name:ident: $type:ty = $value:expr),*) $work:expr) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt")]
        fn wide$(<$kind: $bound>)?($($name: $type),*) { $work }
        #[inline(always)]
        fn plain$(<$kind: $bound>)?($($name: $type),*) { $work }
        let level: Level = $level;
        match level.has_avx2() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a level that has AVX2 comes only from a machine that has it and the others.
            true => unsafe { wide($($value),*) },
            _ => plain($($value),*),
        }
    }};
}
pub(crate) use widened;

/// Three rows of equal length: Y, U, V or R, G, B.
pub(crate) type Three<'a, T> = [&'a mut [T]; 3];

/// The reversible transform undone (T.800 G.2.2).
pub(crate) fn inverse_rct<T: Integer>(level: Level, rows: Three<'_, T>) {
    widened!(level, <T: Integer> (rows: Three<'_, T> = rows) {
        let [y, u, v] = rows;
        for ((y, u), v) in y.iter_mut().zip(u).zip(v) {
            // G = Y - floor((U + V) / 4), R = V + G, B = U + G.
            let (green, blue, red) = (y.minus(u.quarter(*v)), *u, *v);
            (*y, *u, *v) = (red.plus(green), green, blue.plus(green));
        }
    });
}

/// The reversible transform (T.800 G.2.1).
pub(crate) fn forward_rct<T: Integer>(level: Level, rows: Three<'_, T>) {
    widened!(level, <T: Integer> (rows: Three<'_, T> = rows) {
        let [reds, greens, blues] = rows;
        for ((r, g), b) in reds.iter_mut().zip(greens).zip(blues) {
            // U = B - G, V = R - G, Y = floor((R + 2 G + B) / 4) = G + floor((U + V) / 4).
            let (u, v) = (b.minus(*g), r.minus(*g));
            (*r, *g, *b) = (g.plus(u.quarter(v)), u, v);
        }
    });
}

/// The irreversible transform undone (T.800 G.3.2).
pub(crate) fn inverse_ict<T: Float>(level: Level, rows: Three<'_, T>) {
    widened!(level, <T: Float> (rows: Three<'_, T> = rows) {
        let [y, cb, cr] = rows;
        let factors = [1.402, 0.344_136, 0.714_136, 1.772].map(T::of);
        let [red, green_b, green_r, blue] = factors;
        for ((y, cb), cr) in y.iter_mut().zip(cb).zip(cr) {
            let (luma, b, r) = (*y, *cb, *cr);
            *y = luma + red * r;
            *cb = luma - green_b * b - green_r * r;
            *cr = luma + blue * b;
        }
    });
}

/// The irreversible transform (T.800 G.3.1).
pub(crate) fn forward_ict<T: Float>(level: Level, rows: Three<'_, T>) {
    widened!(level, <T: Float> (rows: Three<'_, T> = rows) {
        const MATRIX: [[f64; 3]; 3] =
            [[0.299, 0.587, 0.114], [-0.168_736, -0.331_264, 0.5], [0.5, -0.418_688, -0.081_312]];
        let [[yr, yg, yb], [br, bg, bb], [rr, rg, rb]] = MATRIX.map(|row| row.map(T::of));
        let [r, g, b] = rows;
        for ((r, g), b) in r.iter_mut().zip(g).zip(b) {
            let (red, green, blue) = (*r, *g, *b);
            *r = yr * red + yg * green + yb * blue;
            *g = br * red + bg * green + bb * blue;
            *b = rr * red + rg * green + rb * blue;
        }
    });
}
