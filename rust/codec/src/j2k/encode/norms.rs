//! How much an error of one coefficient weighs in the image: the length (L2 norm) of what the inverse transform makes of it.

use std::sync::OnceLock;

use crate::j2k::block::Orientation;
use crate::j2k::geometry::Area;
use crate::j2k::wavelet::{self, Bands, Irreversible, Kernel, Plane, Reversible, Scratch};
use crate::simd::Level;

/// Levels whose filters are worked out; each further one lengthens them by the square root of 2.
const LEVELS: usize = 7;

/// Of low and high coefficients of each level, along one direction.
#[derive(Clone, Copy, Default, Debug)]
struct Lengths {
    low: [f64; LEVELS + 1],
    high: [f64; LEVELS + 1],
}

/// The length of what one coefficient becomes after `levels` levels.
fn length<K: Kernel>(levels: usize, is_high: bool, one: K::Sample, number: impl Fn(K::Sample) -> f64) -> f64 {
    let mut signal = vec![K::Sample::default(); 16];
    if let Some(middle) = signal.get_mut(8) {
        *middle = one;
    }
    let mut scratch = Scratch::default();
    for level in 0..levels {
        let zeros = vec![K::Sample::default(); signal.len()];
        let (low, high) = if is_high && level == 0 { (&zeros, &signal) } else { (&signal, &zeros) };
        let [ll, hl] = [low, high].map(|samples| Plane { samples, stride: samples.len() });
        let none = Plane { samples: &[], stride: 0 };
        let width = signal.len() * 2;
        let extent = Area { x0: 0, y0: 0, x1: u32::try_from(width).unwrap_or(0), y1: 1 };
        let mut out = vec![K::Sample::default(); width];
        let bands = Bands { ll, hl, lh: none, hh: none };
        let done = wavelet::inverse::<K>(Level::best(), &extent, 0..1, bands, &mut scratch, &mut out, width);
        debug_assert!(done.is_ok());
        signal = out;
    }
    signal.iter().map(|&sample| number(sample).powi(2)).sum::<f64>().sqrt() / number(one)
}

impl Lengths {
    fn new<K: Kernel>(one: K::Sample, number: impl Fn(K::Sample) -> f64 + Copy) -> Self {
        let mut lengths = Self { low: [1.0; LEVELS + 1], high: [1.0; LEVELS + 1] };
        for (levels, (low, high)) in lengths.low.iter_mut().zip(&mut lengths.high).enumerate().skip(1) {
            *low = length::<K>(levels, false, one, number);
            *high = length::<K>(levels, true, one, number);
        }
        lengths
    }

    fn at(lengths: &[f64; LEVELS + 1], level: u8) -> f64 {
        let level = usize::from(level);
        let known = lengths.get(level.min(LEVELS)).copied().unwrap_or(1.0);
        known * 2_f64.powf(f64::from(u32::try_from(level.saturating_sub(LEVELS)).unwrap_or(0)) / 2.0)
    }
}

/// The norm of a band.
pub(super) fn norm(is_reversible: bool, level: u8, orientation: Orientation) -> f64 {
    static LENGTHS: OnceLock<[Lengths; 2]> = OnceLock::new();
    #[expect(clippy::cast_precision_loss, reason = "numbers of about 30 bits")]
    let [nine_seven, five_three] = LENGTHS.get_or_init(|| {
        [
            Lengths::new::<Irreversible<f64>>(1.0, |sample| sample),
            Lengths::new::<Reversible<i64>>(1 << 30, |sample| sample as f64),
        ]
    });
    let lengths = if is_reversible { five_three } else { nine_seven };
    let (low, high) = (Lengths::at(&lengths.low, level), Lengths::at(&lengths.high, level));
    match orientation {
        Orientation::LL => low * low,
        Orientation::HL | Orientation::LH => low * high,
        Orientation::HH => high * high,
    }
}

/// The norm of a component that the transform of colour gave, if there was one.
pub(super) const fn of_component(is_reversible: bool, is_transformed: bool, component: usize) -> f64 {
    match (is_transformed, is_reversible, component) {
        (true, _, 0) => 1.732_050_8,
        (true, true, 1 | 2) => 0.829_156_2,
        (true, false, 1) => 1.805_108_4,
        (true, false, 2) => 1.573_400_5,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::norm;
    use crate::j2k::block::Orientation;

    #[test]
    fn norms_are_those_of_the_filters() {
        // Of 5/3 the synthesis filters are short enough to be reckoned: low (1/2, 1, 1/2), high (-1/8, -1/4, 3/4, -1/4, -1/8).
        let (low, high) = (1.5_f64, 0.718_75_f64);
        assert!((norm(true, 1, Orientation::LL) - low).abs() < 1e-6);
        assert!((norm(true, 1, Orientation::HH) - high).abs() < 1e-6);
        assert!((norm(true, 1, Orientation::HL) - (low * high).sqrt()).abs() < 1e-6);
        for level in 3..=12 {
            let ratio = norm(false, level, Orientation::LL) / norm(false, level - 1, Orientation::LL);
            assert!((ratio - 2.0).abs() < 0.05, "{level}: {ratio}");
        }
    }
}
