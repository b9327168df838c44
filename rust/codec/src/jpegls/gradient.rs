//! From the neighbours of a sample to its context: gradients, their classes, the sign (T.87 A.3).

use crate::{Error, ErrorKind, Result};

use super::params::Coding;

const NO_MEMORY: Error =
    Error::new(ErrorKind::Limit, "JPEG-LS: not enough memory for the lines of an image so wide");

/// `count` values of the default; an error where there is no memory.
pub(super) fn filled<T: Copy + Default>(count: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| NO_MEMORY)?;
    values.resize(count, T::default());
    Ok(values)
}

/// Which context a sample has: 16 · (number from 0 to 364) + (1 where the sign is turned).
///
/// The first two gradients do not depend on the sample at the left, so that what they say is found for a whole line at once. Where they
/// say anything, they settle the sign too. The third gradient is looked up in one of three tables: where the first two say nothing,
/// where they are positive, where they are negative.
#[derive(Debug)]
pub(super) struct Gradients {
    table: Vec<i16>,
    /// Largest difference in the table; those beyond are of its class.
    reach: i32,
    thresholds: [i32; 4],
}

/// The tables of larger samples would not stay in the cache: differences are cut instead.
const LARGEST_TABLE: i32 = 4095;

impl Gradients {
    pub(super) fn new(coding: &Coding) -> Result<Self> {
        let [t1, t2, t3] = coding.thresholds;
        let reach = if Self::cuts(coding) { t3 } else { coding.maxval };
        let zero = reach.unsigned_abs() as usize;
        let size = 2 * zero + 1;
        let mut table: Vec<i16> = filled(3 * size)?;
        let thresholds = [coding.near + 1, t1, t2, t3];
        let starts = thresholds.map(|first| first.unsigned_abs() as usize);
        for (part, [below, above]) in table.chunks_exact_mut(size).zip([[1, 0], [-1, 1], [1, -1]]) {
            let (negative, positive) = part.split_at_mut(zero);
            let turned = |is_turned: bool| i16::from(is_turned);
            positive.fill(turned(above < 0));
            for (class, start) in (1..).zip(starts) {
                let entry = |direction: i16, is_turned| 16 * class * direction + turned(is_turned);
                let (low, high) = if above == 0 {
                    (entry(1, true), entry(1, false))
                } else {
                    (entry(below, above < 0), entry(above, above < 0))
                };
                positive.iter_mut().skip(start).for_each(|slot| *slot = high);
                negative.iter_mut().rev().skip(start - 1).for_each(|slot| *slot = low);
            }
            if above < 0 {
                negative.iter_mut().rev().take(starts[0] - 1).for_each(|slot| *slot = 1);
            }
        }
        Ok(Self { table, reach, thresholds })
    }

    /// True where [`Gradients::choose`] must cut differences.
    pub(super) const fn cuts(coding: &Coding) -> bool {
        coding.maxval > LARGEST_TABLE
    }

    /// The context from what the line above says, the sample above at the left, and the sample at the left. 0 begins a run.
    #[inline(always)]
    pub(super) fn choose<const CUT: bool>(&self, from_above: u16, corner: i32, left: i32) -> usize {
        let difference = if CUT { (corner - left).clamp(-self.reach, self.reach) } else { corner - left };
        let size = 2 * self.reach + 1;
        let at = i32::from(from_above & 15) * size + self.reach + difference;
        let third = self.table.get(at as usize).copied().unwrap_or_default();
        i32::from(from_above & !15).wrapping_add(i32::from(third)) as usize
    }

    /// What the line above says of the contexts of a line: 16 · (81 · class(Rd − Rb) + 9 · class(Rb − Rc)) without its sign, and 1 or 2
    /// for the sign. `above` has a guard of `stride` samples on each side. Branch-free, for the compiler to widen.
    #[inline(always)]
    pub(super) fn of_line(&self, above: &[u16], stride: usize, contexts: &mut [u16]) {
        let [t0, t1, t2, t3] = self.thresholds;
        let class = |left: u16, right: u16| {
            let d = i32::from(right) - i32::from(left);
            let up = |t: i32| i32::from(d >= t) - i32::from(d <= -t);
            up(t0) + up(t1) + up(t2) + up(t3)
        };
        let (Some(b), Some(d)) = (above.get(stride..), above.get(2 * stride..)) else { return };
        for (((&c, &b), &d), context) in above.iter().zip(b).zip(d).zip(contexts) {
            let both = 81 * class(b, d) + 9 * class(c, b);
            *context = (16 * both.abs() + i32::from(both > 0) + 2 * i32::from(both < 0)) as u16;
        }
    }
}

/// The median of the neighbours and of their plane (T.87 A.4.1), without a branch.
#[inline(always)]
pub(super) fn predict(a: i32, b: i32, c: i32) -> i32 {
    a.min(b).max(a.max(b).min(a + b - c))
}

#[cfg(test)]
mod tests {
    use super::{Coding, Gradients};
    use crate::jpegls::Presets;

    #[test]
    fn contexts_are_those_of_the_standard() {
        for (precision, near) in [(2, 0), (8, 0), (8, 3), (12, 0), (16, 0), (16, 9)] {
            let coding = Coding::new(precision, near, Presets::default()).unwrap();
            let gradients = Gradients::new(&coding).unwrap();
            let [t1, t2, t3] = coding.thresholds;
            let class = |d: i32| {
                let steps = [coding.near + 1, t1, t2, t3].iter().filter(|&&t| d.abs() >= t).count() as i32;
                steps * d.signum()
            };
            let mut samples: Vec<i32> =
                [0, coding.near, coding.near + 1, t1 - 1, t1, t2 - 1, t2, t3 - 1, t3, coding.maxval].into();
            samples.retain(|&sample| sample <= coding.maxval);
            for &a in &samples {
                for &b in &samples {
                    for &c in &samples {
                        for &d in &samples {
                            let mut line = [0];
                            gradients.of_line(&[c, b, d].map(|sample| sample as u16), 1, &mut line);
                            let q = 81 * class(d - b) + 9 * class(b - c) + class(c - a);
                            let expected = 16 * q.unsigned_abs() as usize + usize::from(q < 0);
                            if !Gradients::cuts(&coding) {
                                assert_eq!(
                                    gradients.choose::<false>(line[0], c, a),
                                    expected,
                                    "{a} {b} {c} {d}"
                                );
                            }
                            assert_eq!(gradients.choose::<true>(line[0], c, a), expected, "{a} {b} {c} {d}");
                        }
                    }
                }
            }
        }
    }
}
