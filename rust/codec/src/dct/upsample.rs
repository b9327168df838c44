//! From the samples of a component to one for every pixel.
//!
//! The standard leaves open how (T.81 A.1.1 only says where samples lie). Medical viewers and toolkits decode with one family of
//! reference decoders, whose default is a triangle filter for the ratios 2:1 (across, down, both), and repetition for every other one.
//! The same is done here, with the same rounding, so that the same samples come out.

use super::plan::{Part, Plan};
use super::sample::Sample;

/// How one component is raised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rise {
    /// It has a sample for every pixel.
    None,
    /// Triangle filter, twice as wide.
    Across,
    /// Triangle filter, twice as high.
    Down,
    /// Triangle filter, twice as wide and high.
    Both,
    /// Each pixel takes the sample that it lies in.
    Repeat,
}

impl Rise {
    pub(super) const fn new(part: &Part, plan: &Plan) -> Self {
        let same = (part.across == plan.most_across, part.down == plan.most_down);
        let half = (part.across * 2 == plan.most_across, part.down * 2 == plan.most_down);
        // The reference decoders repeat in images too narrow for their filter.
        let is_wide = part.width > 2;
        match (same, half) {
            ((true, true), _) => Self::None,
            ((_, true), (true, _)) if is_wide => Self::Across,
            ((true, _), (_, true)) => Self::Down,
            (_, (true, true)) if is_wide => Self::Both,
            _ => Self::Repeat,
        }
    }

    /// True where a row needs a row of the component below it.
    pub(super) const fn looks_down(self) -> bool {
        matches!(self, Self::Down | Self::Both)
    }
}

/// Twice as wide: three parts of the nearer sample and one of the other, rounded down and up in turn.
#[inline(always)]
pub(super) fn across<T: Sample>(from: &[T], to: &mut [T]) {
    let (Some(first), Some(last)) = (from.first(), from.last()) else { return };
    let Some((left, to)) = to.split_first_mut() else { return };
    *left = *first;
    let (pairs, _) = to.as_chunks_mut::<2>();
    let rest = from.get(1..).unwrap_or_default();
    for ((pair, one), other) in pairs.iter_mut().zip(from).zip(rest) {
        let (one, other) = (one.value(), other.value());
        *pair = [T::from_value((one * 3 + other + 2) >> 2), T::from_value((other * 3 + one + 1) >> 2)];
    }
    if let Some(right) = to.get_mut(rest.len() * 2) {
        *right = *last;
    }
}

/// One row between two: three parts of the nearer row and one of the other, rounded down where that is the row above.
#[inline(always)]
pub(super) fn down<T: Sample>(near: &[T], far: &[T], is_above: bool, to: &mut [T]) {
    let bias = if is_above { 1 } else { 2 };
    for ((to, near), far) in to.iter_mut().zip(near).zip(far) {
        *to = T::from_value((near.value() * 3 + far.value() + bias) >> 2);
    }
}

/// One row between two, twice as wide. `sums` holds as many numbers as `near`.
#[inline(always)]
pub(super) fn both<T: Sample>(near: &[T], far: &[T], sums: &mut [u16], to: &mut [T]) {
    for ((sum, near), far) in sums.iter_mut().zip(near).zip(far) {
        *sum = near.value() * 3 + far.value();
    }
    let (Some(first), Some(last)) = (sums.first(), sums.last()) else { return };
    let Some((left, to)) = to.split_first_mut() else { return };
    *left = T::from_value((first * 4 + 8) >> 4);
    let (pairs, _) = to.as_chunks_mut::<2>();
    let rest = sums.get(1..).unwrap_or_default();
    for ((pair, one), other) in pairs.iter_mut().zip(&*sums).zip(rest) {
        *pair = [T::from_value((one * 3 + other + 7) >> 4), T::from_value((other * 3 + one + 8) >> 4)];
    }
    if let Some(right) = to.get_mut(rest.len() * 2) {
        *right = T::from_value((last * 4 + 7) >> 4);
    }
}

/// Each pixel takes the sample that it lies in, where `own` of `most` samples are there.
#[inline(always)]
pub(super) fn repeat<T: Sample>(from: &[T], own: usize, most: usize, to: &mut [T]) {
    if most.is_multiple_of(own) {
        for (run, sample) in to.chunks_mut(most / own).zip(from) {
            run.fill(*sample);
        }
    } else {
        for (x, to) in to.iter_mut().enumerate() {
            *to = from.get(x * own / most).copied().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{across, both, down, repeat};

    #[test]
    fn the_triangle_filter_leans_to_the_nearer_sample() {
        let mut to = [0_u8; 8];
        across(&[10, 20, 40, 80], &mut to);
        assert_eq!(to, [10, 13, 17, 25, 35, 50, 70, 80]);
        let mut to = [0_u8; 2];
        down(&[10, 20], &[20, 11], true, &mut to);
        assert_eq!(to, [12, 18]);
        down(&[10, 20], &[20, 11], false, &mut to);
        assert_eq!(to, [13, 18]);
        let (mut to, mut sums) = ([0_u16; 6], [0; 3]);
        both(&[4095_u16, 4095, 0], &[4095, 4095, 0], &mut sums, &mut to);
        assert_eq!(to, [4095, 4095, 4095, 3071, 1024, 0]);
    }

    #[test]
    fn repetition_reaches_every_pixel() {
        let mut to = [0_u8; 5];
        repeat(&[1, 2, 3], 1, 2, &mut to);
        assert_eq!(to, [1, 1, 2, 2, 3]);
        let mut to = [0_u8; 6];
        repeat(&[1, 2, 3, 4], 2, 3, &mut to);
        assert_eq!(to, [1, 1, 2, 3, 3, 4]);
    }
}
