//! Rows of pixels, compiled for AVX2: the loops of `upsample.rs` and `weave.rs` as they are, and three components of bytes by shuffles.

use std::arch::x86_64::{
    _mm256_add_epi16, _mm256_add_epi32, _mm256_castsi256_si128, _mm256_cvtepu8_epi16, _mm256_madd_epi16,
    _mm256_mulhi_epi16, _mm256_packs_epi32, _mm256_packus_epi16, _mm256_permute4x64_epi64, _mm256_set1_epi16,
    _mm256_set1_epi32, _mm256_srai_epi16, _mm256_srai_epi32, _mm256_sub_epi16, _mm256_unpackhi_epi16,
    _mm256_unpacklo_epi16,
};

use super::planes::Canvas;
use super::sample::Sample;
use super::weave::{to_rgb, weave};
use crate::lanes::{load_bytes, store_bytes};
use crate::weave::weave3_avx2;

/// `Canvas::write_rows` with the shuffles of this file.
#[target_feature(enable = "avx2")]
pub(super) fn write_rows<T: Sample>(canvas: &mut Canvas<'_, T>, mcu: usize) {
    canvas.write_rows(
        mcu,
        |rows, to| match rows.map(T::bytes) {
            [Some(a), Some(b), Some(c)] => weave3_avx2([a, b, c], to),
            _ => weave(&rows, to),
        },
        |y, cb, cr| {
            let Some(done) = bytes_to_rgb(T::bytes_mut(y), T::bytes_mut(cb), T::bytes_mut(cr)) else {
                return to_rgb(y, cb, cr);
            };
            let rest = |row| <[T]>::get_mut(row, done..).unwrap_or_default();
            to_rgb(rest(y), rest(cb), rest(cr));
        },
    );
}

/// `to_rgb` of sixteen pixels a step, in 16 bits; gives how many were done.
///
/// The factors of 1.402 and 1.772 are taken as 1 + x and 2 - x. The high half of twice a product, plus one, halved, is the product rounded.
#[inline]
#[target_feature(enable = "avx2")]
fn bytes_to_rgb(y: Option<&mut [u8]>, cb: Option<&mut [u8]>, cr: Option<&mut [u8]>) -> Option<usize> {
    let (y, _) = y?.as_chunks_mut::<16>();
    let (cb, cr) = (cb?.as_chunks_mut::<16>().0, cr?.as_chunks_mut::<16>().0);
    let centre = _mm256_set1_epi16(128);
    let one = _mm256_set1_epi16(1);
    let half = _mm256_set1_epi32(1 << 15);
    let (red, blue) = (_mm256_set1_epi16(26345), _mm256_set1_epi16(-14942));
    // Green: -22554 and 65536 - 46802.
    let green = _mm256_set1_epi32(18734 * 65536 + (65536 - 22554));
    let done = y.len() * 16;
    for ((y, cb), cr) in y.iter_mut().zip(cb).zip(cr) {
        let level = _mm256_cvtepu8_epi16(load_bytes(y));
        let b = _mm256_sub_epi16(_mm256_cvtepu8_epi16(load_bytes(cb)), centre);
        let r = _mm256_sub_epi16(_mm256_cvtepu8_epi16(load_bytes(cr)), centre);
        let (b2, r2) = (_mm256_add_epi16(b, b), _mm256_add_epi16(r, r));
        let rounded = |product| _mm256_srai_epi16::<1>(_mm256_add_epi16(product, one));
        let add_red = _mm256_add_epi16(r, rounded(_mm256_mulhi_epi16(r2, red)));
        let add_blue = _mm256_add_epi16(b2, rounded(_mm256_mulhi_epi16(b2, blue)));
        let sum = |pairs| _mm256_srai_epi32::<16>(_mm256_add_epi32(_mm256_madd_epi16(pairs, green), half));
        let mixed = _mm256_packs_epi32(sum(_mm256_unpacklo_epi16(b, r)), sum(_mm256_unpackhi_epi16(b, r)));
        let add_green = _mm256_sub_epi16(mixed, r);
        let bytes = |sum| {
            let packed = _mm256_packus_epi16(sum, sum);
            _mm256_castsi256_si128(_mm256_permute4x64_epi64::<0b11_01_10_00>(packed))
        };
        store_bytes(y, bytes(_mm256_add_epi16(level, add_red)));
        store_bytes(cb, bytes(_mm256_add_epi16(level, add_green)));
        store_bytes(cr, bytes(_mm256_add_epi16(level, add_blue)));
    }
    Some(done)
}

#[cfg(test)]
mod tests {
    use super::bytes_to_rgb;
    use crate::dct::weave::to_rgb;
    use crate::simd::Level;

    #[test]
    #[expect(
        unsafe_code,
        clippy::cast_possible_truncation,
        reason = "the level is asked; bytes of a counter"
    )]
    fn both_twins_convert_every_colour_alike() {
        if !Level::best().has_avx2() {
            return;
        }
        for luminance in (0..=255).step_by(5) {
            let (mut y, mut expected_y) = (vec![luminance; 65536], vec![luminance; 65536]);
            let (mut cb, mut cr): (Vec<u8>, Vec<u8>) =
                (0..65536_u32).map(|place| (place as u8, (place >> 8) as u8)).unzip();
            let (mut expected_b, mut expected_r) = (cb.clone(), cr.clone());
            to_rgb(&mut expected_y, &mut expected_b, &mut expected_r);
            // SAFETY: AVX2 is there.
            let done = unsafe { bytes_to_rgb(Some(&mut y), Some(&mut cb), Some(&mut cr)) };
            assert_eq!(done, Some(65536));
            assert!(y == expected_y && cb == expected_b && cr == expected_r, "{luminance}");
        }
    }
}
