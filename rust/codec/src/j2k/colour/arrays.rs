//! Transforms of components by arrays, on rows of one value a pixel, a row a component (T.801 J.2): the irreversible ones of a decoder, the
//! reversible ones both ways.
//!
//! A reversible decorrelation is made of steps: the array has a column for each, in which a component's own element is a divisor, a power of
//! two, and the others are factors. A decoder takes from one component after another, the last one first and once more at the end, what the
//! others make by the factors of the step, divided and rounded.

use crate::{Error, ErrorKind, Result};

/// An irreversible decorrelation (T.801 J.2.1): a row of `to` is `offset` and the rows of `from` by the factors of its row of the matrix.
pub(crate) fn decorrelate(matrix: &[f64], offsets: &[f64], from: &[f64], width: usize, to: &mut [f64]) {
    let inputs = from.len() / width.max(1);
    let offsets = offsets.iter().chain(std::iter::repeat(&0.0));
    let rows = to.chunks_exact_mut(width.max(1)).zip(matrix.chunks_exact(inputs.max(1)));
    for ((row, factors), &offset) in rows.zip(offsets) {
        row.fill(offset);
        for (&factor, from) in factors.iter().zip(from.chunks_exact(width.max(1))) {
            for (value, &input) in row.iter_mut().zip(from) {
                *value += factor * input;
            }
        }
    }
}

/// An irreversible dependency transform (T.801 J.2.2): to each row is added its offset, and rows before it by the factors of a triangle, whose
/// row `n` (from 1) has `n` of them.
pub(crate) fn depend(triangle: &[f64], offsets: &[f64], rows: &mut [f64], width: usize) {
    let mut factors = triangle;
    for number in 0..rows.len() / width.max(1) {
        let Some((own, rest)) = factors.split_at_checked(number) else { return };
        factors = rest;
        let (before, after) = rows.split_at_mut(number * width);
        let row = after.get_mut(..width).unwrap_or_default();
        let offset = offsets.get(number).copied().unwrap_or(0.0);
        for value in row.iter_mut() {
            *value += offset;
        }
        for (&factor, before) in own.iter().zip(before.chunks_exact(width.max(1))) {
            for (value, &input) in row.iter_mut().zip(before) {
                *value += factor * input;
            }
        }
    }
}

/// A step of a reversible transform: to a component is added, or is taken from it, what the others make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    target: usize,
    /// Components and their factors; none is the target.
    factors: Vec<(usize, i32)>,
    /// log2 of the divisor.
    shift: u32,
    /// True where it is taken away by a decoder, false where it is added.
    is_taken: bool,
    /// True where the sign turns round at last.
    is_turned: bool,
}

const DIVISOR: Error = Error::new(
    ErrorKind::Malformed,
    "JPEG 2000: a reversible transform of components by a divisor that is no power of two",
);

impl Step {
    fn new(
        target: usize,
        factors: impl Iterator<Item = (usize, i32)>,
        divisor: i32,
        is_taken: bool,
    ) -> Result<Self> {
        let magnitude = divisor.unsigned_abs();
        if !magnitude.is_power_of_two() {
            return Err(DIVISOR);
        }
        let factors = factors.filter(|&(component, factor)| component != target && factor != 0).collect();
        Ok(Self { target, factors, shift: magnitude.ilog2(), is_taken, is_turned: divisor < 0 })
    }

    /// The steps of a reversible decorrelation of `count` components, as a decoder takes them: the array lies row by row, a row a component.
    pub(crate) fn of_decorrelation(array: &[i32], count: usize) -> Result<Vec<Self>> {
        let columns = count + 1;
        let column = |number: usize| array.iter().skip(number).step_by(columns).copied().enumerate();
        let step = |number: usize| {
            let target = count - 1 - number % count;
            let divisor = array.get(target * columns + number).copied().unwrap_or(0);
            // Only the last step turns a sign round.
            if divisor < 0 && number < count {
                return Err(DIVISOR);
            }
            Self::new(target, column(number), divisor, true)
        };
        if count == 0 { Ok(Vec::new()) } else { (0..columns).map(step).collect() }
    }

    /// Those of a reversible dependency transform: row `n` (from 1) of the triangle has `n` factors and a divisor.
    pub(crate) fn of_dependency(triangle: &[i32], count: usize) -> Result<Vec<Self>> {
        let mut rest = triangle;
        let step = |target: usize| {
            let (own, after) = rest.split_at_checked(target + 1).ok_or(DIVISOR)?;
            rest = after;
            let divisor = own.last().copied().filter(|&divisor| divisor > 0).ok_or(DIVISOR)?;
            Self::new(target, own.iter().copied().enumerate().take(target), divisor, false)
        };
        (1..count).map(step).collect()
    }

    /// How many factors there are.
    pub(crate) const fn cost(&self) -> usize {
        self.factors.len() + 1
    }

    /// A decoder's step.
    pub(crate) fn undo(&self, rows: &mut [f64], width: usize, sums: &mut Vec<i128>) {
        self.apply(rows, width, sums, |value, sum| {
            let value = if self.is_taken { value - sum } else { value + sum };
            if self.is_turned { -value } else { value }
        });
    }

    /// An encoder's step: what [`Step::undo`] takes back.
    pub(crate) fn make(&self, rows: &mut [f64], width: usize, sums: &mut Vec<i128>) {
        self.apply(rows, width, sums, |value, sum| {
            let value = if self.is_turned { -value } else { value };
            if self.is_taken { value + sum } else { value - sum }
        });
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "rows hold whole numbers of at most 53 bits; of what is beyond nothing is promised"
    )]
    fn apply(&self, rows: &mut [f64], width: usize, sums: &mut Vec<i128>, change: impl Fn(f64, f64) -> f64) {
        sums.clear();
        sums.resize(width, i128::from(1_u32 << self.shift.min(31) >> 1));
        let row = |component: usize| component * width..(component + 1) * width;
        for &(component, factor) in &self.factors {
            let values = rows.get(row(component)).unwrap_or_default();
            for (sum, &value) in sums.iter_mut().zip(values) {
                *sum += i128::from(value as i64) * i128::from(factor);
            }
        }
        let target = rows.get_mut(row(self.target)).unwrap_or_default();
        for (value, sum) in target.iter_mut().zip(&*sums) {
            *value = change(*value, (sum >> self.shift) as f64);
        }
    }

    /// The range of every component after an encoder's step.
    pub(crate) fn widen(&self, ranges: &mut [(i128, i128)]) -> Option<()> {
        let half = i128::from(1_u32 << self.shift.min(31) >> 1);
        let (mut low, mut high) = (half, half);
        for &(component, factor) in &self.factors {
            let &(least, most) = ranges.get(component)?;
            let ends = [least.checked_mul(factor.into())?, most.checked_mul(factor.into())?];
            let [a, b] = ends;
            (low, high) = (low.checked_add(a.min(b))?, high.checked_add(a.max(b))?);
        }
        (low, high) = (low >> self.shift, high >> self.shift);
        let own = ranges.get_mut(self.target)?;
        let (least, most) = if self.is_turned { (-own.1, -own.0) } else { *own };
        *own = if self.is_taken { (least + low, most + high) } else { (least - high, most - low) };
        Some(())
    }
}
