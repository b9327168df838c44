//! A wavelet along the components: rows of one value a pixel are its samples (T.801 J.2.3, T.800 Annex F).

use std::ops::Range;

/// The parameters of 9/7 (T.800 Table F.4), in the order in which a decoder takes them back: which rows change, and by what of their neighbours.
const LIFTS: [(u64, f64); 4] = [
    (0, 0.443_506_852_043_971),
    (1, 0.882_911_075_530_934),
    (0, -0.052_980_118_572_961),
    (1, -1.586_134_342_059_924),
];
const K: f64 = 1.230_174_104_914_001;

/// Rows that are at work.
#[derive(Default, Debug)]
pub(crate) struct Scratch {
    rows: Vec<f64>,
    sums: Vec<f64>,
}

/// How rows are put together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Along {
    pub(crate) is_reversible: bool,
    pub(crate) levels: u8,
    /// The place of the first component on the grid of components.
    pub(crate) start: u32,
}

impl Along {
    /// The places of the components at a level: 0 for all of them.
    fn range(self, count: usize, level: u8) -> Range<u64> {
        let (start, step) = (u64::from(self.start), 1_u64 << level.min(62));
        start.div_ceil(step)..(start + count as u64).div_ceil(step)
    }

    /// Makes samples of `rows` of `width` values: low ones first, then the high ones of each level, the lowest level first.
    pub(crate) fn undo(self, rows: &mut [f64], width: usize, scratch: &mut Scratch) {
        let width = width.max(1);
        let count = rows.len() / width;
        for level in (0..self.levels).rev() {
            let (all, low) = (self.range(count, level), self.range(count, level + 1));
            let (length, lows) = ((all.end - all.start) as usize, (low.end - low.start) as usize);
            let Some(own) = rows.get_mut(..length * width) else { return };
            // Each on its place: low ones on the even ones.
            scratch.rows.clear();
            scratch.rows.extend_from_slice(own);
            let (mut evens, mut odds) = (0, lows);
            for (place, row) in all.clone().zip(own.chunks_exact_mut(width)) {
                let from = if place % 2 == 0 { &mut evens } else { &mut odds };
                row.copy_from_slice(scratch.rows.get(*from * width..(*from + 1) * width).unwrap_or_default());
                *from += 1;
            }
            self.join(all.start, own, width, &mut scratch.sums);
        }
    }

    /// One level: rows that lie in turn, from the place `first` on.
    fn join(self, first: u64, rows: &mut [f64], width: usize, sums: &mut Vec<f64>) {
        if rows.len() <= width {
            // T.800 F.3.6.
            if first % 2 == 1 {
                for value in rows.iter_mut() {
                    *value = self.rounded(*value / 2.0);
                }
            }
            return;
        }
        if self.is_reversible {
            lift(first, 0, rows, width, sums, |value, sum| value - ((sum + 2.0) / 4.0).floor());
            lift(first, 1, rows, width, sums, |value, sum| value + (sum / 2.0).floor());
            return;
        }
        for (place, row) in (first..).zip(rows.chunks_exact_mut(width)) {
            let factor = if place % 2 == 0 { K } else { 1.0 / K };
            for value in row.iter_mut() {
                *value *= factor;
            }
        }
        for (parity, factor) in LIFTS {
            lift(first, parity, rows, width, sums, |value, sum| value - factor * sum);
        }
    }

    fn rounded(self, value: f64) -> f64 {
        if self.is_reversible { value.trunc() } else { value }
    }
}

/// Changes every other row by the sum of its neighbours; beyond the ends the signal is reflected.
fn lift(
    first: u64,
    parity: u64,
    rows: &mut [f64],
    width: usize,
    sums: &mut Vec<f64>,
    change: impl Fn(f64, f64) -> f64,
) {
    let count = rows.len() / width;
    for number in (usize::from(first % 2 != parity)..count).step_by(2) {
        let before = number.checked_sub(1).unwrap_or(1);
        let after = if number + 1 < count { number + 1 } else { count - 2 };
        let of = |row: usize| rows.get(row * width..(row + 1) * width).unwrap_or_default();
        sums.clear();
        sums.extend(of(before).iter().zip(of(after)).map(|(a, b)| a + b));
        let row = rows.get_mut(number * width..(number + 1) * width).unwrap_or_default();
        for (value, &sum) in row.iter_mut().zip(&*sums) {
            *value = change(*value, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Along, Scratch};
    use crate::j2k::geometry::Area;
    use crate::j2k::wavelet::{self, Bands, Irreversible, Plane, Reversible};
    use crate::simd::Level;

    /// What the wavelet of pictures makes of one column of low and of high rows.
    fn column(along: Along, low: &[f64], high: &[f64], first: u32) -> Vec<f64> {
        let count = low.len() + high.len();
        let extent = Area { x0: 0, y0: first, x1: 1, y1: first + u32::try_from(count).unwrap() };
        let mut out = vec![0.0; count];
        let none = Plane { samples: &[], stride: 0 };
        if along.is_reversible {
            #[expect(clippy::cast_possible_truncation, reason = "small numbers")]
            let [low, high] =
                [low, high].map(|list| list.iter().map(|&value| value as i64).collect::<Vec<_>>());
            let bands = Bands {
                ll: Plane { samples: &low, stride: 1 },
                lh: Plane { samples: &high, stride: 1 },
                hl: Plane { samples: &[], stride: 0 },
                hh: Plane { samples: &[], stride: 0 },
            };
            let mut whole = vec![0; count];
            wavelet::inverse::<Reversible<i64>>(
                Level::SCALAR,
                &extent,
                extent.y0..extent.y1,
                bands,
                &mut wavelet::Scratch::default(),
                &mut whole,
                1,
            )
            .unwrap();
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            out.iter_mut().zip(whole).for_each(|(out, value)| *out = value as f64);
        } else {
            let bands = Bands {
                ll: Plane { samples: low, stride: 1 },
                lh: Plane { samples: high, stride: 1 },
                hl: none,
                hh: none,
            };
            wavelet::inverse::<Irreversible<f64>>(
                Level::SCALAR,
                &extent,
                extent.y0..extent.y1,
                bands,
                &mut wavelet::Scratch::default(),
                &mut out,
                1,
            )
            .unwrap();
        }
        out
    }

    #[test]
    fn one_level_is_the_wavelet_of_pictures_down_a_column() {
        for is_reversible in [true, false] {
            for start in 0..3_u32 {
                for count in 1..12_usize {
                    let along = Along { is_reversible, levels: 1, start };
                    let lows = (start + u32::try_from(count).unwrap()).div_ceil(2) - start.div_ceil(2);
                    let values: Vec<f64> =
                        (0_u32..).take(count).map(|at| f64::from(at * at * 7 % 31) - 11.0).collect();
                    let (low, high) = values.split_at(lows as usize);
                    let expected = column(along, low, high, start);
                    let mut rows: Vec<f64> = values.iter().flat_map(|&value| [value, -3.0 * value]).collect();
                    along.undo(&mut rows, 2, &mut Scratch::default());
                    for (row, expected) in rows.chunks_exact(2).zip(&expected) {
                        assert!((row[0] - expected).abs() < 1e-9, "{along:?} {count}: {rows:?} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn levels_take_the_lowest_rows_first() {
        let along = |levels, start| Along { is_reversible: true, levels, start };
        let values: Vec<f64> = (0..9).map(|at| f64::from(at * at * 5 % 17) - 6.0).collect();
        let (mut twice, mut once) = (values.clone(), values);
        along(2, 3).undo(&mut twice, 1, &mut Scratch::default());
        // Places 3 to 11: the four even ones 4, 6, 8, 10 are 2 to 5 a level lower.
        along(1, 2).undo(&mut once[..4], 1, &mut Scratch::default());
        along(1, 3).undo(&mut once, 1, &mut Scratch::default());
        assert_eq!(twice, once);
    }
}
