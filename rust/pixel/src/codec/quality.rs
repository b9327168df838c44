//! How near samples are to those that were encoded.

use radiogram_codec::Image;

use crate::kernel;
use crate::sample::Dtype;

/// The peak signal-to-noise ratio in decibels; the peak is what the precision allows.
pub(super) fn decibels(before: &[u8], after: &[u8], image: &Image) -> f32 {
    const AT_ONCE: usize = 1024;
    let Some(dtype) = Dtype::integer(image.sample_size(), image.is_signed) else { return 0.0 };
    let bytes = AT_ONCE * dtype.size();
    let (mut sum, mut count) = (0.0, 0.0);
    let mut held = [0.0; AT_ONCE];
    for (before, after) in before.chunks(bytes).zip(after.chunks(bytes)) {
        let mut place = held.iter_mut();
        kernel::each_value(before, dtype, |value| {
            if let Some(place) = place.next() {
                *place = value;
            }
        });
        let mut rest = held.iter();
        kernel::each_value(after, dtype, |value| {
            let error = value - rest.next().copied().unwrap_or(value);
            sum += error * error;
            count += 1.0;
        });
    }
    let peak = f64::from(image.precision).exp2() - 1.0;
    // Of samples that are all the same nothing is missing.
    let ratio = peak * peak * f64::max(count, 1.0) / f64::max(sum, f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, reason = "decibels have but some digits that matter")]
    let decibels = (10.0 * ratio.log10()) as f32;
    decibels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_are_of_the_mean_square() {
        let image = Image { rows: 1, columns: 4, components: 1, precision: 8, is_signed: false };
        let found = decibels(&[10, 20, 30, 40], &[11, 19, 31, 39], &image);
        assert!((found - 48.1308).abs() < 1e-3, "{found}");
        assert!(decibels(&[1, 2, 3, 4], &[1, 2, 3, 4], &image) > 1000.0);
    }
}
