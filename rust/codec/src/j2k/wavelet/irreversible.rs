//! The irreversible wavelet, 9/7, in binary fractions (T.800 F.3.8.2 and F.4.8.2): low bands have gain 1, high ones 2 (table E.1).

use std::marker::PhantomData;
use std::mem::swap;
use std::ops::{Add, Mul, Range, Sub};

use super::{Kernel, forward, inverse, row};

/// The parameters of table F.4.
const ALPHA: f64 = -1.586_134_342_059_924;
const BETA: f64 = -0.052_980_118_572_961;
const GAMMA: f64 = 0.882_911_075_530_934;
const DELTA: f64 = 0.443_506_852_043_971;
const K: f64 = 1.230_174_104_914_001;

/// Binary fractions that are transformed.
pub(crate) trait Float:
    Copy + Default + PartialEq + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self>
{
    const ALPHA: Self;
    const BETA: Self;
    const GAMMA: Self;
    const DELTA: Self;
    const K: Self;
    const ONE: Self;
    const TWO: Self;

    /// `self + factor * (a + b)`
    fn plus(self, factor: Self, a: Self, b: Self) -> Self;
    /// `self - factor * (a + b)`
    fn minus(self, factor: Self, a: Self, b: Self) -> Self;
    fn times(self, factor: Self) -> Self;
    fn over(self, factor: Self) -> Self;
    /// The nearest one.
    fn of(number: f64) -> Self;
}

macro_rules! float {
    ($($kind:ty)*) => {$(
        #[allow(clippy::cast_possible_truncation, reason = "constants, rounded to fewer digits")]
        impl Float for $kind {
            const ALPHA: Self = ALPHA as Self;
            const BETA: Self = BETA as Self;
            const GAMMA: Self = GAMMA as Self;
            const DELTA: Self = DELTA as Self;
            const K: Self = K as Self;
            const ONE: Self = 1.0;
            const TWO: Self = 2.0;

            #[inline(always)]
            fn plus(self, factor: Self, a: Self, b: Self) -> Self {
                self + factor * (a + b)
            }

            #[inline(always)]
            fn minus(self, factor: Self, a: Self, b: Self) -> Self {
                self - factor * (a + b)
            }

            #[inline(always)]
            fn times(self, factor: Self) -> Self {
                self * factor
            }

            #[inline(always)]
            fn over(self, factor: Self) -> Self {
                self / factor
            }

            #[inline(always)]
            fn of(number: f64) -> Self {
                number as Self
            }
        }
    )*};
}

float!(f32 f64);

/// The 9/7 of `T`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Irreversible<T>(PhantomData<T>);

impl<T: Float> Irreversible<T> {
    /// A row of two bands put together, scaled for both directions unless it is the only one.
    #[inline(always)]
    fn synthesise(source: &inverse::Source<'_, T>, at: i64, lines: &mut [&mut [T]; 2], out: &mut [T]) {
        let inverse::Pair { low, high, is_high } = source.row(at);
        let down = match (source.is_one_row(), is_high) {
            (true, _) => T::ONE,
            (false, false) => T::K,
            (false, true) => T::ONE.over(T::K),
        };
        // One sample (T.800 F.3.6).
        if low.is_empty() || high.is_empty() {
            let (from, gain) = if low.is_empty() { (high, down.over(T::TWO)) } else { (low, down) };
            for (out, &from) in out.iter_mut().zip(from) {
                *out = from.times(gain);
            }
            return;
        }
        let (is_odd, shift) = (source.is_odd, usize::from(source.is_odd));
        let (low_gain, high_gain) = (T::K.times(down), down.over(T::K));
        let delta = T::DELTA.times(high_gain);
        let [evens, odds] = lines;
        let evens = evens.get_mut(..low.len()).unwrap_or_default();
        let odds = odds.get_mut(..high.len()).unwrap_or_default();
        row::across(evens, low, high, shift, |low, a, b| low.times(low_gain).minus(delta, a, b));
        row::across(odds, high, evens, 1 - shift, |high, a, b| high.times(high_gain).minus(T::GAMMA, a, b));
        row::across_in_place(evens, odds, shift, |even, a, b| even.minus(T::BETA, a, b));
        row::weave(evens, odds, is_odd, out, |odd, a, b| odd.minus(T::ALPHA, a, b));
    }

    /// A row taken apart, scaled for both directions unless it is the only one: `is_high_down` says which of the two it is.
    #[inline(always)]
    fn analyse(from: &[T], is_odd: bool, is_high_down: Option<bool>, low: &mut [T], high: &mut [T]) {
        let down = match is_high_down {
            None => T::ONE,
            Some(false) => T::ONE.over(T::K),
            Some(true) => T::K,
        };
        row::unweave(from, is_odd, low, high);
        let (low_gain, high_gain) = if low.is_empty() || high.is_empty() {
            (down, down.times(T::TWO))
        } else {
            let shift = usize::from(is_odd);
            row::across_in_place(high, low, 1 - shift, |odd, a, b| odd.plus(T::ALPHA, a, b));
            row::across_in_place(low, high, shift, |even, a, b| even.plus(T::BETA, a, b));
            row::across_in_place(high, low, 1 - shift, |odd, a, b| odd.plus(T::GAMMA, a, b));
            row::across_in_place(low, high, shift, |even, a, b| even.plus(T::DELTA, a, b));
            (down.over(T::K), down.times(T::K))
        };
        for low in low.iter_mut() {
            *low = low.times(low_gain);
        }
        for high in high.iter_mut() {
            *high = high.times(high_gain);
        }
    }
}

/// Four lifting steps, each one row further up: `lines` are a low row, which becomes the first step's, the high row above it, which becomes the
/// second's, and the rows of the last turn: high below, first step, second step, finished.
#[inline(always)]
fn put_together<T: Float>(
    low: &mut [T],
    high: &mut [T],
    [below, first, second, above]: [&[T]; 4],
    odd: &mut [T],
    even: &mut [T],
) {
    let from = below.iter().zip(first).zip(second).zip(above);
    let to = low.iter_mut().zip(high).zip(odd).zip(even);
    for ((((low, high), odd), even), (((&below, &first), &second), &above)) in to.zip(from) {
        let d = low.minus(T::DELTA, *high, below);
        let c = high.minus(T::GAMMA, first, d);
        let b = first.minus(T::BETA, second, c);
        *low = d;
        *high = c;
        *even = b;
        *odd = second.minus(T::ALPHA, above, b);
    }
}

/// The same back: `a` and `b`, rows of the first two steps, become rows of the last two; `next` are those of the first two steps further down.
#[inline(always)]
fn take_apart<T: Float>(
    [even, odd, below, above]: [&[T]; 4],
    a: &mut [T],
    b: &mut [T],
    next_a: &mut [T],
    next_b: &mut [T],
) {
    let from = even.iter().zip(odd).zip(below).zip(above);
    let to = a.iter_mut().zip(b).zip(next_a).zip(next_b);
    for ((((a, b), next_a), next_b), (((&even, &odd), &below), &above)) in to.zip(from) {
        let first = odd.plus(T::ALPHA, even, below);
        let second = even.plus(T::BETA, *a, first);
        let third = a.plus(T::GAMMA, *b, second);
        *b = b.plus(T::DELTA, above, third);
        *a = third;
        *next_a = first;
        *next_b = second;
    }
}

impl<T: Float> Kernel for Irreversible<T> {
    type Sample = T;

    const REACH: u32 = 4;
    const SCRATCH: usize = 10;

    #[inline(always)]
    fn inverse(
        source: &inverse::Source<'_, T>,
        rows: Range<u32>,
        scratch: &mut [T],
        out: &mut [T],
        stride: usize,
    ) {
        let width = source.width();
        let mut scratch = scratch.chunks_exact_mut(width.max(1));
        let [mut high, mut below, mut low, mut first, mut second] =
            [(); 5].map(|()| scratch.next().unwrap_or_default());
        let mut lines = [(); 2].map(|()| scratch.next().unwrap_or_default());
        let spare = [(); 3].map(|()| scratch.next().unwrap_or_default());
        let (start, end) = (i64::from(rows.start), i64::from(rows.end));
        if source.is_one_row() {
            let out = out.get_mut(..width).unwrap_or_default();
            Self::synthesise(source, start, &mut lines, out);
            if start % 2 == 1 {
                for sample in out.iter_mut() {
                    *sample = sample.over(T::TWO);
                }
            }
            return;
        }
        let mut out = inverse::Output::new((out, stride), width, &rows, spare);
        // A finished odd row needs the first step three rows below it. The first three turns make but what the fourth needs.
        let (from, to) = (start.div_euclid(2), end.div_euclid(2));
        Self::synthesise(source, 2 * from - 3, &mut lines, high);
        for pair in from - 1..=to + 1 {
            Self::synthesise(source, 2 * pair, &mut lines, low);
            Self::synthesise(source, 2 * pair + 1, &mut lines, below);
            out.step(2 * pair - 3, |above, odd, even| {
                put_together(low, high, [below, first, second, above], odd, even);
            });
            swap(&mut first, &mut low);
            swap(&mut second, &mut high);
            swap(&mut high, &mut below);
        }
    }

    #[inline(always)]
    fn forward(
        source: &forward::Source<'_, T>,
        rows: Range<u32>,
        scratch: &mut [T],
        out: &mut forward::Target<'_, '_, T>,
    ) {
        let mut scratch = scratch.chunks_exact_mut(source.width().max(1));
        let [mut a, mut b, mut next_a, mut next_b, mut above] =
            [(); 5].map(|()| scratch.next().unwrap_or_default());
        let (start, end, is_odd) = (i64::from(rows.start), i64::from(rows.end), out.is_odd);
        if source.is_one_row() {
            if let Some((low, high)) = out.row(start) {
                Self::analyse(source.row(start), is_odd, None, low, high);
                if start % 2 == 1 {
                    for sample in low.iter_mut().chain(high) {
                        *sample = sample.times(T::TWO);
                    }
                }
            }
            return;
        }
        // The first three turns make but what the fourth needs.
        let (from, to) = (start.div_euclid(2), (end + 1).div_euclid(2));
        for pair in from - 2..=to {
            let [even, odd, below] = [0, 1, 2].map(|more| source.row(2 * pair + more));
            take_apart([even, odd, below, above], a, b, next_a, next_b);
            for (row, is_high) in [(&*b, false), (&*a, true)] {
                if let Some((low, high)) = out.row(2 * pair - 2 + i64::from(is_high)) {
                    Self::analyse(row, is_odd, Some(is_high), low, high);
                }
            }
            swap(&mut above, &mut a);
            swap(&mut a, &mut next_a);
            swap(&mut b, &mut next_b);
        }
    }
}
