//! Values of a component into the caller's samples, which lie by pixel in the host's order, and back (T.800 G.1).

use crate::simd::Level;

use super::{Three, widened};

/// A component's samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Depth {
    /// Bits, 1 to 38.
    pub(crate) precision: u8,
    pub(crate) is_signed: bool,
}

/// Where the samples of a component lie in rows of pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// Bytes of a sample: 1, 2, 4 or 8. They may be more than the depth asks for.
    pub(crate) size: usize,
    /// Samples of a pixel, and which of them is meant.
    pub(crate) components: usize,
    pub(crate) component: usize,
}

/// What samples are made of.
pub(crate) trait Value: Copy + Default {
    /// The least and the largest value, and what is added to samples before they are kept.
    type Range: Copy;
    fn range(depth: Depth) -> Self::Range;
    /// The sample: rounded, shifted, no less than the least and no more than the largest one; of narrow ones the low bits count.
    fn narrow(self, range: Self::Range) -> u32;
    /// The same with all bits.
    fn widest(self, range: Self::Range) -> u64;
    /// The value of a sample.
    fn of_sample(sample: i64) -> Self;
    /// The same of a narrow one.
    fn of_number(sample: i32) -> Self;
    /// The nearest value.
    fn of_f64(number: f64) -> Self;
    /// The same number.
    fn to_f64(self) -> f64;
}

/// What is added to values of 0 in the middle before they are samples.
pub(crate) fn half(depth: Depth) -> f64 {
    limits(depth).2 as f64
}

/// Least, largest and shift of whole numbers. Samples of more than 32 bits need `i64`.
const fn limits(depth: Depth) -> (i64, i64, i64) {
    let precision = if depth.precision > 62 { 62 } else { depth.precision };
    let half = (1_i64 << precision) >> 1;
    if depth.is_signed { (-half, half - 1, 0) } else { (0, (1 << precision) - 1, half) }
}

impl Value for i32 {
    type Range = [Self; 3];

    fn range(depth: Depth) -> [Self; 3] {
        // Unsigned samples of 32 bits and all longer ones need `i64`.
        let most = if depth.is_signed { 32 } else { 31 };
        let (least, largest, shift) = limits(Depth { precision: depth.precision.min(most), ..depth });
        let [least, largest, shift] = [least - shift, largest - shift, shift].map(|limit| limit as Self);
        [least, largest, shift]
    }

    #[inline(always)]
    fn narrow(self, [least, largest, shift]: [Self; 3]) -> u32 {
        (self.max(least).min(largest) + shift).cast_unsigned()
    }

    #[inline(always)]
    fn widest(self, range: [Self; 3]) -> u64 {
        i64::from(self.narrow(range).cast_signed()).cast_unsigned()
    }

    #[inline(always)]
    fn of_sample(sample: i64) -> Self {
        sample as Self
    }

    #[inline(always)]
    fn of_number(sample: i32) -> Self {
        sample
    }

    #[inline(always)]
    fn of_f64(number: f64) -> Self {
        number as Self
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Value for i64 {
    type Range = [Self; 3];

    fn range(depth: Depth) -> [Self; 3] {
        let (least, largest, shift) = limits(depth);
        [least - shift, largest - shift, shift]
    }

    #[inline(always)]
    fn narrow(self, range: [Self; 3]) -> u32 {
        self.widest(range) as u32
    }

    #[inline(always)]
    fn widest(self, [least, largest, shift]: [Self; 3]) -> u64 {
        (self.max(least).min(largest) + shift).cast_unsigned()
    }

    #[inline(always)]
    fn of_sample(sample: i64) -> Self {
        sample
    }

    #[inline(always)]
    fn of_number(sample: i32) -> Self {
        sample.into()
    }

    #[inline(always)]
    fn of_f64(number: f64) -> Self {
        number as Self
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self as f64
    }
}

impl Value for f32 {
    type Range = [i32; 3];

    fn range(depth: Depth) -> [i32; 3] {
        i32::range(depth)
    }

    #[inline(always)]
    fn narrow(self, range: [i32; 3]) -> u32 {
        (self.round_ties_even() as i32).narrow(range)
    }

    #[inline(always)]
    fn widest(self, range: [i32; 3]) -> u64 {
        (self.round_ties_even() as i32).widest(range)
    }

    #[inline(always)]
    fn of_sample(sample: i64) -> Self {
        sample as Self
    }

    #[inline(always)]
    fn of_number(sample: i32) -> Self {
        sample as Self
    }

    #[inline(always)]
    fn of_f64(number: f64) -> Self {
        number as Self
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Value for f64 {
    type Range = [i64; 3];

    fn range(depth: Depth) -> [i64; 3] {
        i64::range(depth)
    }

    #[inline(always)]
    fn narrow(self, range: [i64; 3]) -> u32 {
        self.widest(range) as u32
    }

    #[inline(always)]
    fn widest(self, range: [i64; 3]) -> u64 {
        (self.round_ties_even() as i64).widest(range)
    }

    #[inline(always)]
    fn of_sample(sample: i64) -> Self {
        sample as Self
    }

    #[inline(always)]
    fn of_number(sample: i32) -> Self {
        sample.into()
    }

    #[inline(always)]
    fn of_f64(number: f64) -> Self {
        number
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

/// Puts a row of one component on its place among the pixels of `out`.
pub(crate) fn store<T: Value>(level: Level, from: &[T], depth: Depth, place: Place, out: &mut [u8]) {
    widened!(level, <T: Value> (from: &[T] = from, depth: Depth = depth, place: Place = place, out: &mut [u8] = out) {
        let range = T::range(depth);
        match place.size {
            1 => put::<T, 1>(from, place, out, |value| value.narrow(range).to_ne_bytes_low()),
            2 => put::<T, 2>(from, place, out, |value| value.narrow(range).to_ne_bytes_low()),
            4 => put::<T, 4>(from, place, out, |value| value.narrow(range).to_ne_bytes()),
            _ => put::<T, 8>(from, place, out, |value| value.widest(range).to_ne_bytes()),
        }
    });
}

/// The low bytes of a number, in the host's order.
trait Low<const N: usize> {
    fn to_ne_bytes_low(self) -> [u8; N];
}

impl Low<1> for u32 {
    #[inline(always)]
    fn to_ne_bytes_low(self) -> [u8; 1] {
        [self as u8]
    }
}

impl Low<2> for u32 {
    #[inline(always)]
    fn to_ne_bytes_low(self) -> [u8; 2] {
        (self as u16).to_ne_bytes()
    }
}

#[inline(always)]
fn put<T: Copy, const N: usize>(from: &[T], place: Place, out: &mut [u8], bytes: impl Fn(T) -> [u8; N]) {
    let out = out.as_chunks_mut::<N>().0;
    if place.components == 1 {
        for (out, &value) in out.iter_mut().zip(from) {
            *out = bytes(value);
        }
        return;
    }
    let slots = out.iter_mut().skip(place.component).step_by(place.components.max(1));
    for (out, &value) in slots.zip(from) {
        *out = bytes(value);
    }
}

/// Puts rows of three components of one depth, all that there are, into pixels of samples of `size` bytes.
pub(crate) fn store_three<T: Value>(
    level: Level,
    from: [&[T]; 3],
    depth: Depth,
    size: usize,
    out: &mut [u8],
) {
    widened!(level, <T: Value> (from: [&[T]; 3] = from, depth: Depth = depth, size: usize = size, out: &mut [u8] = out) {
        let range = T::range(depth);
        match size {
            1 => put_three::<T, 3, 1>(from, out, |value| value.narrow(range).to_ne_bytes_low()),
            2 => put_three::<T, 6, 2>(from, out, |value| value.narrow(range).to_ne_bytes_low()),
            4 => put_three::<T, 12, 4>(from, out, |value| value.narrow(range).to_ne_bytes()),
            _ => put_three::<T, 24, 8>(from, out, |value| value.widest(range).to_ne_bytes()),
        }
    });
}

#[inline(always)]
fn put_three<T: Copy, const PIXEL: usize, const N: usize>(
    [a, b, c]: [&[T]; 3],
    out: &mut [u8],
    bytes: impl Fn(T) -> [u8; N],
) {
    let pixels = out.as_chunks_mut::<PIXEL>().0;
    for (((pixel, &a), &b), &c) in pixels.iter_mut().zip(a).zip(b).zip(c) {
        for (slot, sample) in pixel.as_chunks_mut::<N>().0.iter_mut().zip([a, b, c]) {
            *slot = bytes(sample);
        }
    }
}

/// Takes a row of one component from its place among the pixels of `from`: the low bits of each sample, shifted down to both sides of 0.
pub(crate) fn load<T: Value>(level: Level, from: &[u8], depth: Depth, place: Place, to: &mut [T]) {
    widened!(level, <T: Value> (from: &[u8] = from, depth: Depth = depth, place: Place = place, to: &mut [T] = to) {
        let (narrow, wide) = (Narrowed::new(depth), Widened::new(depth));
        match place.size {
            1 => take(from, place, to, |bytes: [u8; 1]| T::of_number(narrow.value(u8::from_ne_bytes(bytes).into()))),
            2 => take(from, place, to, |bytes: [u8; 2]| T::of_number(narrow.value(u16::from_ne_bytes(bytes).into()))),
            4 => take(from, place, to, |bytes: [u8; 4]| T::of_sample(wide.value(u32::from_ne_bytes(bytes).into()))),
            _ => take(from, place, to, |bytes: [u8; 8]| T::of_sample(wide.value(u64::from_ne_bytes(bytes)))),
        }
    });
}

/// Takes rows of three components from pixels of samples of `size` bytes, which have no more.
pub(crate) fn load_three<T: Value>(level: Level, from: &[u8], depth: Depth, size: usize, to: Three<'_, T>) {
    widened!(level, <T: Value> (from: &[u8] = from, depth: Depth = depth, size: usize = size, to: Three<'_, T> = to) {
        let (narrow, wide) = (Narrowed::new(depth), Widened::new(depth));
        match size {
            1 => take_three::<T, 3, 1>(from, to, |bytes| T::of_number(narrow.value(u8::from_ne_bytes(bytes).into()))),
            2 => take_three::<T, 6, 2>(from, to, |bytes| T::of_number(narrow.value(u16::from_ne_bytes(bytes).into()))),
            4 => take_three::<T, 12, 4>(from, to, |bytes| T::of_sample(wide.value(u32::from_ne_bytes(bytes).into()))),
            _ => take_three::<T, 24, 8>(from, to, |bytes| T::of_sample(wide.value(u64::from_ne_bytes(bytes)))),
        }
    });
}

/// How samples of at most 16 bits become values: bits above the depth mean nothing, signed ones go on with their sign.
#[derive(Clone, Copy)]
struct Narrowed {
    mask: u32,
    /// The sign's bit; 0 of unsigned samples.
    sign: u32,
    shift: i32,
}

impl Narrowed {
    fn new(depth: Depth) -> Self {
        let precision = u32::from(depth.precision.clamp(1, 31));
        let half = 1 << (precision - 1);
        Self { mask: 2 * half - 1, sign: if depth.is_signed { half } else { 0 }, shift: half.cast_signed() }
    }

    #[inline(always)]
    fn value(self, sample: u32) -> i32 {
        // The sign turned over stands for the half that is taken away.
        (sample & self.mask ^ self.sign).cast_signed() - self.shift
    }
}

/// The same of any samples.
#[derive(Clone, Copy)]
struct Widened {
    mask: u64,
    sign: u64,
    shift: i64,
}

impl Widened {
    fn new(depth: Depth) -> Self {
        let precision = u32::from(depth.precision.clamp(1, 62));
        let half = 1 << (precision - 1);
        Self { mask: 2 * half - 1, sign: if depth.is_signed { half } else { 0 }, shift: half.cast_signed() }
    }

    #[inline(always)]
    fn value(self, sample: u64) -> i64 {
        (sample & self.mask ^ self.sign).cast_signed() - self.shift
    }
}

#[inline(always)]
fn take<T: Copy, const N: usize>(from: &[u8], place: Place, to: &mut [T], value: impl Fn([u8; N]) -> T) {
    let from = from.as_chunks::<N>().0;
    if place.components == 1 {
        for (to, &bytes) in to.iter_mut().zip(from) {
            *to = value(bytes);
        }
        return;
    }
    let slots = from.iter().skip(place.component).step_by(place.components.max(1));
    for (to, &bytes) in to.iter_mut().zip(slots) {
        *to = value(bytes);
    }
}

#[inline(always)]
fn take_three<T: Copy, const PIXEL: usize, const N: usize>(
    from: &[u8],
    [a, b, c]: Three<'_, T>,
    value: impl Fn([u8; N]) -> T,
) {
    let pixels = from.as_chunks::<PIXEL>().0;
    for (((pixel, a), b), c) in pixels.iter().zip(a).zip(b).zip(c) {
        for (&bytes, to) in pixel.as_chunks::<N>().0.iter().zip([a, b, c]) {
            *to = value(bytes);
        }
    }
}
