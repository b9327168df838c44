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
/// say anything, they settle the sign too. The third gradient is looked up in one of three rows: for where the first two say nothing,
/// are positive, are negative.
#[derive(Debug)]
pub(super) struct Gradients {
    rows: Vec<i16>,
    thresholds: [i32; 4],
    pub(super) table: Table,
}

/// Which differences the rows hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Table {
    /// All of samples up to 8 bits.
    Small,
    /// Those to ±1023; beyond, the class stays the same. Larger rows would not stay in the cache.
    Cut,
    /// All of samples up to 12 bits.
    Large,
    /// None: thresholds are too large for the other tables.
    None,
}

/// Samples of which it is found out at once what the line above says: a whole number of pixels of one to four components.
pub(super) const AHEAD: usize = 96;

/// Differences in a row of each table, zero in the middle.
pub(super) const SMALL: usize = 512;
pub(super) const CUT: usize = 2048;
pub(super) const LARGE: usize = 8192;
pub(super) const NONE: usize = 1;

impl Gradients {
    pub(super) fn new(coding: &Coding) -> Result<Self> {
        let [t1, t2, t3] = coding.thresholds;
        let thresholds = [coding.near + 1, t1, t2, t3];
        let (table, size) = match coding.maxval {
            0..256 => (Table::Small, SMALL),
            256..4096 => (Table::Large, LARGE),
            _ if t3 < 1024 => (Table::Cut, CUT),
            _ => (Table::None, 0),
        };
        let mut rows: Vec<i16> = filled(4 * size)?;
        for (part, row) in rows.chunks_exact_mut(size.max(1)).take(3).enumerate() {
            fill(row, &thresholds, part);
        }
        Ok(Self { rows, thresholds, table })
    }

    /// Without rows to look into, for those who know the samples of a line.
    pub(super) fn compared(coding: &Coding) -> Self {
        let [t1, t2, t3] = coding.thresholds;
        Self { rows: Vec::new(), thresholds: [coding.near + 1, t1, t2, t3], table: Table::None }
    }

    /// The rows as a table of that size, to be looked into by [`choose`].
    #[inline(always)]
    pub(super) fn rows<const SIZE: usize>(&self) -> &[[i16; SIZE]; 4] {
        self.rows.as_chunks().0.first_chunk().unwrap_or(&[[0; SIZE]; 4])
    }

    /// The context by comparing, where there is no table.
    #[inline(always)]
    pub(super) fn compare(&self, above: u16, corner: i32, left: i32) -> usize {
        join(above, third(class(&self.thresholds, corner - left), usize::from(above & 3)))
    }

    /// What the line above says of a line: the context from its two gradients, 16 · (81 · class(Rd − Rb) + 9 · class(Rb − Rc)) without the
    /// sign, and 1 or 2 for the sign; and the sample above. `above` has a guard of `stride` samples on each side. Branch-free, for the
    /// compiler to widen.
    #[inline(always)]
    pub(super) fn of_line(&self, above: &[u16], stride: usize, ready: &mut [Ready]) {
        let (Some(b), Some(d)) = (above.get(stride..), above.get(2 * stride..)) else { return };
        let thresholds = self.thresholds.map(|threshold| threshold as u16);
        for (((&c, &b), &d), ready) in above.iter().zip(b).zip(d).zip(ready) {
            let both = 81 * between(&thresholds, b, d) + 9 * between(&thresholds, c, b);
            let context = 16 * both.unsigned_abs() + u16::from(both > 0) + 2 * u16::from(both < 0);
            *ready = Ready { context, sample: b };
        }
    }

    /// Contexts and predictions of a line whose samples are all known.
    #[inline(always)]
    pub(super) fn of_known_line(&self, above: &[u16], here: &[u16], stride: usize, ready: &mut [Ready]) {
        let (Some(next), Some(after)) = (above.get(stride..), above.get(2 * stride..)) else { return };
        let thresholds = self.thresholds.map(|threshold| threshold as u16);
        for ((((&c, &b), &d), &a), ready) in above.iter().zip(next).zip(after).zip(here).zip(ready) {
            let two = 81 * between(&thresholds, b, d) + 9 * between(&thresholds, c, b);
            let all = two + between(&thresholds, a, c);
            let context = 16 * all.unsigned_abs() + u16::from(all < 0);
            let [a, b, c] = [a, b, c].map(i32::from);
            *ready = Ready { context, sample: predict(a, b, c) as u16 };
        }
    }
}

/// What is known of a sample before its turn.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Ready {
    /// The context, or what two of its gradients say.
    pub(super) context: u16,
    /// The median prediction, or the sample above.
    pub(super) sample: u16,
}

/// The context from what the line above says, the sample above at the left, and the sample at the left. 0 begins a run.
#[inline(always)]
pub(super) fn choose<const SIZE: usize>(
    rows: &[[i16; SIZE]; 4],
    above: u16,
    corner: i32,
    left: i32,
) -> usize {
    let at = corner + SIZE as i32 / 2 - left;
    let row = rows.get(usize::from(above & 3));
    match row.and_then(|row| row.get(at as usize)) {
        Some(&entry) => join(above, entry),
        None => beyond(above, at),
    }
}

/// The context where the third difference is not in the table: large, seldom.
#[cold]
fn beyond(above: u16, at: i32) -> usize {
    join(above, third(if at < 0 { -4 } else { 4 }, usize::from(above & 3)))
}

#[inline(always)]
fn join(above: u16, third: i16) -> usize {
    (i32::from(above) + i32::from(third)) as usize
}

/// One row of a table: differences of one class lie side by side, so that it is nine pieces and not looked at one by one.
fn fill(row: &mut [i16], thresholds: &[i32; 4], part: usize) {
    let zero = row.len() as i32 / 2;
    let [t0, t1, t2, t3] = *thresholds;
    // Where each class begins, from −4 up.
    let begins = [-zero, 1 - t3, 1 - t2, 1 - t1, 1 - t0, t0, t1, t2, t3, zero];
    for ((class, &begin), &end) in (-4..).zip(&begins).zip(begins.iter().skip(1)) {
        let [begin, end] = [begin, end].map(|at| (at + zero).clamp(0, 2 * zero) as usize);
        row.get_mut(begin..end).unwrap_or_default().fill(third(class, part));
    }
}

/// The class of a difference, −4 to 4 (T.87 A.3.3).
#[inline(always)]
fn class(thresholds: &[i32; 4], difference: i32) -> i32 {
    thresholds.iter().map(|&t| i32::from(difference >= t) - i32::from(difference <= -t)).sum()
}

/// The class of `to` − `from`, in 16 bits, for loops that are widened.
#[inline(always)]
fn between(thresholds: &[u16; 4], from: u16, to: u16) -> i16 {
    let (up, down) = (to.saturating_sub(from), from.saturating_sub(to));
    let class: i16 = thresholds.iter().map(|&threshold| i16::from((up | down) >= threshold)).sum();
    if down > 0 { -class } else { class }
}

/// What the third class adds to a context whose first two gradients say nothing (0), are positive (1) or negative (2), and which has that
/// number in its lowest bits: it is taken off.
#[inline(always)]
fn third(class: i32, part: usize) -> i16 {
    (match part {
        0 => 16 * class.abs() + i32::from(class < 0),
        1 => 16 * class - 1,
        _ => -1 - 16 * class,
    }) as i16
}

/// The median of the neighbours and of their plane (T.87 A.4.1), without a branch.
#[inline(always)]
pub(super) fn predict(a: i32, b: i32, c: i32) -> i32 {
    a.min(b).max(a.max(b).min(a + b - c))
}

#[cfg(test)]
mod tests {
    use super::{AHEAD, CUT, Coding, Gradients, LARGE, Ready, SMALL, Table, choose, class, third};
    use crate::jpegls::Presets;

    #[test]
    fn contexts_are_those_of_the_standard() {
        for (precision, near) in [(2, 0), (8, 0), (8, 3), (12, 0), (16, 0), (16, 9), (16, 90)] {
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
                            let mut line = [Ready::default()];
                            gradients.of_line(&[c, b, d].map(|sample| sample as u16), 1, &mut line);
                            let q = 81 * class(d - b) + 9 * class(b - c) + class(c - a);
                            let expected = 16 * q.unsigned_abs() as usize + usize::from(q < 0);
                            let above = line[0].context;
                            let chosen = match gradients.table {
                                Table::Small => choose::<SMALL>(gradients.rows(), above, c, a),
                                Table::Cut => choose::<CUT>(gradients.rows(), above, c, a),
                                Table::Large => choose::<LARGE>(gradients.rows(), above, c, a),
                                Table::None => gradients.compare(above, c, a),
                            };
                            assert_eq!(chosen, expected, "{a} {b} {c} {d}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn rows_filled_in_pieces_are_those_of_every_difference() {
        for (precision, near) in [(2, 0), (7, 1), (8, 0), (8, 9), (12, 0), (12, 40), (16, 0), (16, 30)] {
            let coding = Coding::new(precision, near, Presets::default()).unwrap();
            let gradients = Gradients::new(&coding).unwrap();
            let size = gradients.rows.len() / 4;
            for (part, row) in gradients.rows.chunks_exact(size.max(1)).take(3).enumerate() {
                for (difference, &entry) in (-(size as i32) / 2..).zip(row) {
                    let expected = third(class(&gradients.thresholds, difference), part);
                    assert_eq!(entry, expected, "{precision} bits, {near}: {difference}");
                }
            }
        }
    }

    #[test]
    fn what_is_known_of_a_line_does_not_depend_on_where_one_begins() {
        let coding = Coding::new(12, 0, Presets::default()).unwrap();
        let gradients = Gradients::new(&coding).unwrap();
        let line = |seed: usize| -> Vec<u16> { (0..306).map(|at| (at * at * seed % 4096) as u16).collect() };
        let (above, here) = (line(7), line(11));
        for stride in 1..=3 {
            let (mut whole, mut known) = ([Ready::default(); 300], [Ready::default(); 300]);
            gradients.of_line(&above, stride, &mut whole);
            gradients.of_known_line(&above, &here, stride, &mut known);
            for begin in [1, 47, 96, 192] {
                let (mut part, mut part_known) = ([Ready::default(); AHEAD], [Ready::default(); AHEAD]);
                gradients.of_line(&above[begin..], stride, &mut part);
                gradients.of_known_line(&above[begin..], &here[begin..], stride, &mut part_known);
                assert!(
                    part.iter()
                        .zip(&whole[begin..])
                        .all(|(a, b)| (a.context, a.sample) == (b.context, b.sample))
                );
                assert!(
                    part_known
                        .iter()
                        .zip(&known[begin..])
                        .all(|(a, b)| (a.context, a.sample) == (b.context, b.sample))
                );
            }
        }
    }
}
