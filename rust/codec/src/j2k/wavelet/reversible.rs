//! The reversible wavelet, 5/3, in whole numbers (T.800 F.3.8.1 and F.4.8.1). What does not fit wraps around, as it may for damaged input.

use std::marker::PhantomData;
use std::mem::swap;
use std::ops::Range;

use super::{Kernel, forward, inverse, row};

/// Whole numbers that are transformed: 16 bits for samples of up to 11, 32 for up to 26, else 64.
pub(crate) trait Integer: Copy + Default + PartialEq {
    /// `low - floor((a + b + 2) / 4)`
    fn to_even(self, a: Self, b: Self) -> Self;
    /// `high + floor((a + b) / 2)`
    fn to_odd(self, a: Self, b: Self) -> Self;
    /// `even + floor((a + b + 2) / 4)`
    fn to_low(self, a: Self, b: Self) -> Self;
    /// `odd - floor((a + b) / 2)`
    fn to_high(self, a: Self, b: Self) -> Self;
    /// One sample at an odd place, from its coefficient.
    fn halved(self) -> Self;
    /// Its inverse.
    fn doubled(self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    /// `floor((self + other) / 4)`
    fn quarter(self, other: Self) -> Self;
}

macro_rules! integer {
    ($($kind:ty)*) => {$(
        impl Integer for $kind {
            #[inline(always)]
            fn to_even(self, a: Self, b: Self) -> Self {
                self.wrapping_sub(a.wrapping_add(b).wrapping_add(2) >> 2)
            }

            #[inline(always)]
            fn to_odd(self, a: Self, b: Self) -> Self {
                self.wrapping_add(a.wrapping_add(b) >> 1)
            }

            #[inline(always)]
            fn to_low(self, a: Self, b: Self) -> Self {
                self.wrapping_add(a.wrapping_add(b).wrapping_add(2) >> 2)
            }

            #[inline(always)]
            fn to_high(self, a: Self, b: Self) -> Self {
                self.wrapping_sub(a.wrapping_add(b) >> 1)
            }

            #[inline(always)]
            fn halved(self) -> Self {
                self / 2
            }

            #[inline(always)]
            fn doubled(self) -> Self {
                self.wrapping_mul(2)
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline(always)]
            fn quarter(self, other: Self) -> Self {
                self.wrapping_add(other) >> 2
            }
        }
    )*};
}

integer!(i16 i32 i64);

/// The 5/3 of `T`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reversible<T>(PhantomData<T>);

impl<T: Integer> Reversible<T> {
    /// A row of two bands put together (T.800 F.3.4).
    #[inline(always)]
    fn synthesise(source: &inverse::Source<'_, T>, at: i64, evens: &mut [T], out: &mut [T]) {
        let inverse::Pair { low, high, .. } = source.row(at);
        // One sample (T.800 F.3.6).
        if low.is_empty() || high.is_empty() {
            let (from, is_high) = if low.is_empty() { (high, true) } else { (low, false) };
            for (out, &from) in out.iter_mut().zip(from) {
                *out = if is_high { from.halved() } else { from };
            }
            return;
        }
        let evens = evens.get_mut(..low.len()).unwrap_or_default();
        row::across(evens, low, high, usize::from(source.is_odd), T::to_even);
        row::weave(evens, high, source.is_odd, out, T::to_odd);
    }

    /// A row taken apart (T.800 F.4.4).
    #[inline(always)]
    fn analyse(from: &[T], is_odd: bool, low: &mut [T], high: &mut [T]) {
        row::unweave(from, is_odd, low, high);
        if low.is_empty() || high.is_empty() {
            for high in high.iter_mut() {
                *high = high.doubled();
            }
            return;
        }
        let shift = usize::from(is_odd);
        row::across_in_place(high, low, 1 - shift, T::to_high);
        row::across_in_place(low, high, shift, T::to_low);
    }
}

/// Two rows: the even one below, and the odd one above it.
#[inline(always)]
fn two_rows<T: Integer>([above, high, low, next]: [&[T]; 4], odd: &mut [T], even: &mut [T]) {
    let from = above.iter().zip(high).zip(low).zip(next);
    for ((odd, even), (((&above, &high), &low), &next)) in odd.iter_mut().zip(even).zip(from) {
        let sample = low.to_even(high, next);
        *odd = high.to_odd(above, sample);
        *even = sample;
    }
}

/// Two rows apart: the high one, and the low one above it.
#[inline(always)]
fn two_apart<T: Integer>([even, odd, next, above]: [&[T]; 4], low: &mut [T], high: &mut [T]) {
    let from = even.iter().zip(odd).zip(next).zip(above);
    for ((low, high), (((&even, &odd), &next), &above)) in low.iter_mut().zip(high).zip(from) {
        let sample = odd.to_high(even, next);
        *low = even.to_low(above, sample);
        *high = sample;
    }
}

impl<T: Integer> Kernel for Reversible<T> {
    type Sample = T;

    const REACH: u32 = 2;
    const SCRATCH: usize = 7;

    #[inline(always)]
    fn inverse(
        source: &inverse::Source<'_, T>,
        rows: Range<u32>,
        scratch: &mut [T],
        out: &mut [T],
        stride: usize,
    ) {
        let width = source.width();
        let mut lines = scratch.chunks_exact_mut(width.max(1));
        let [Some(mut before), Some(mut high), Some(low), Some(evens)] = [(); 4].map(|()| lines.next())
        else {
            return;
        };
        let spare = [(); 3].map(|()| lines.next().unwrap_or_default());
        let (start, end) = (i64::from(rows.start), i64::from(rows.end));
        if source.is_one_row() {
            let out = out.get_mut(..width).unwrap_or_default();
            Self::synthesise(source, start, evens, out);
            if start % 2 == 1 {
                for sample in out.iter_mut() {
                    *sample = sample.halved();
                }
            }
            return;
        }
        let mut out = inverse::Output::new((out, stride), width, &rows, spare);
        // An odd row needs the even one below it. The first step makes but an even row.
        let (from, to) = (start.div_euclid(2), end.div_euclid(2));
        Self::synthesise(source, 2 * from - 1, evens, before);
        for pair in from..=to {
            Self::synthesise(source, 2 * pair, evens, low);
            Self::synthesise(source, 2 * pair + 1, evens, high);
            out.step(2 * pair - 1, |above, odd, even| two_rows([above, before, low, high], odd, even));
            swap(&mut before, &mut high);
        }
    }

    #[inline(always)]
    fn forward(
        source: &forward::Source<'_, T>,
        rows: Range<u32>,
        scratch: &mut [T],
        out: &mut forward::Target<'_, '_, T>,
    ) {
        let mut lines = scratch.chunks_exact_mut(source.width().max(1));
        let [Some(mut before), Some(mut high), Some(low)] = [(); 3].map(|()| lines.next()) else { return };
        let (start, end, is_odd) = (i64::from(rows.start), i64::from(rows.end), out.is_odd);
        if source.is_one_row() {
            for (to, &from) in before.iter_mut().zip(source.row(start)) {
                *to = if start % 2 == 1 { from.doubled() } else { from };
            }
            if let Some((to_low, to_high)) = out.row(start) {
                Self::analyse(before, is_odd, to_low, to_high);
            }
            return;
        }
        // The first step makes but the high row that the first low one needs.
        let (from, to) = (start.div_euclid(2), (end + 1).div_euclid(2));
        for pair in from - 1..to {
            let [even, odd, next] = [0, 1, 2].map(|more| source.row(2 * pair + more));
            two_apart([even, odd, next, before], low, high);
            if let Some((to_low, to_high)) = out.row(2 * pair) {
                Self::analyse(low, is_odd, to_low, to_high);
            }
            if let Some((to_low, to_high)) = out.row(2 * pair + 1) {
                Self::analyse(high, is_odd, to_low, to_high);
            }
            swap(&mut before, &mut high);
        }
    }
}
