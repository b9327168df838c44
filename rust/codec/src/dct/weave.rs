//! From a row of each component to a row of pixels, with or without the way from YCbCr to RGB (JFIF, ITU-T T.871 7).

use super::sample::Sample;

/// Writes a row of pixels, as many as `to` holds.
#[inline(always)]
pub(super) fn weave<T: Sample>(rows: &[&[T]], to: &mut [u8]) {
    match rows {
        [row] => T::write(row, to),
        [a, b, c] => {
            let size = size_of::<T>() * 3;
            for (((to, a), b), c) in to.chunks_exact_mut(size).zip(*a).zip(*b).zip(*c) {
                T::write(&[*a, *b, *c], to);
            }
        }
        rows => {
            let step = rows.len() * size_of::<T>();
            for (place, row) in rows.iter().enumerate() {
                let start = place * size_of::<T>();
                for (pixel, sample) in to.chunks_exact_mut(step.max(1)).zip(*row) {
                    if let Some(to) = pixel.get_mut(start..start + size_of::<T>()) {
                        T::write(&[*sample], to);
                    }
                }
            }
        }
    }
}

/// Fraction bits of the factors.
const BITS: u32 = 16;
const HALF: i32 = 1 << (BITS - 1);

/// From YCbCr to RGB in place: Y becomes R, Cb G, Cr B.
#[inline(always)]
pub(super) fn to_rgb<T: Sample>(y: &mut [T], cb: &mut [T], cr: &mut [T]) {
    let centre = 1_i32 << (T::PRECISION - 1);
    for ((y, cb), cr) in y.iter_mut().zip(cb).zip(cr) {
        let level = i32::from(y.value()) - centre;
        let (b, r) = (i32::from(cb.value()) - centre, i32::from(cr.value()) - centre);
        // 1.402, 0.344136 and 0.714136, 1.772; each rounded as the reference decoders round it.
        *y = T::from_centred(level + ((91881 * r + HALF) >> BITS));
        *cb = T::from_centred(level + ((-22554 * b - 46802 * r + HALF) >> BITS));
        *cr = T::from_centred(level + ((116_130 * b + HALF) >> BITS));
    }
}
