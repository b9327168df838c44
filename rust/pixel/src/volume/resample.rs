//! A volume on another grid: each voxel of the result is looked for between its neighbours in what there is.
//!
//! Order 1 is linear along each axis, order 0 the nearest voxel. What lies outside of the centres of the outermost voxels gets
//! a value of the caller's. Coordinates within a millionth of a voxel of a centre are on it, so that a grid that only turns
//! axes or shifts by whole voxels copies values as they are.

use radiogram_core::{Error, ErrorKind, Result};

/// Voxels are no closer to a centre than this without being on it.
const ON: f64 = 1e-6;

/// A sample that can be calculated with.
pub trait Sample: Copy + Send + Sync {
    /// As a number.
    fn number(self) -> f64;
    /// The nearest sample, halves away from zero.
    fn nearest(number: f64) -> Self;
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl Sample for $type {
            #[expect(clippy::allow_attributes, reason = "for some of the types only")]
            #[allow(clippy::cast_lossless, clippy::cast_precision_loss, reason = "of 64 bits the highest 53 count")]
            fn number(self) -> f64 {
                self as f64
            }
            #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
            #[expect(clippy::allow_attributes, reason = "for some of the types only")]
            #[allow(clippy::cast_sign_loss, reason = "a float cast saturates")]
            fn nearest(number: f64) -> Self {
                number.round() as $type
            }
        }
    )*};
}
whole!(u8, i8, u16, i16, u32, i32, u64, i64);

impl Sample for f32 {
    fn number(self) -> f64 {
        f64::from(self)
    }
    #[expect(clippy::cast_possible_truncation, reason = "rounded to the nearest float")]
    fn nearest(number: f64) -> Self {
        number as f32
    }
}

impl Sample for f64 {
    fn number(self) -> f64 {
        self
    }
    fn nearest(number: f64) -> Self {
        number
    }
}

/// What stands between two neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The nearer one.
    Nearest,
    /// The line between them.
    Linear,
}

/// How a grid lies in another.
#[derive(Clone, Debug)]
pub struct Resampling {
    from: [usize; 3],
    to: [usize; 3],
    matrix: [[f64; 4]; 3],
    order: Order,
}

/// Where a coordinate lies on an axis: a voxel, and the part of the way to the next.
type Place = (usize, f64);

impl Resampling {
    /// From voxels of `from` (slices, rows, columns) to voxels of `to`; the matrix takes (slice, row, column, 1) of the result to
    /// a place in what there is.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where an axis has no voxel, or the matrix holds what is no number.
    pub fn new(from: [usize; 3], to: [usize; 3], matrix: [[f64; 4]; 3], order: Order) -> Result<Self> {
        let is_sound = from.into_iter().chain(to).all(|count| count > 0)
            && matrix.as_flattened().iter().all(|value| value.is_finite());
        if !is_sound {
            return Err(Error::new(ErrorKind::Argument, "a grid has voxels, and its matrix numbers"));
        }
        Ok(Self { from, to, matrix, order })
    }

    /// Samples of one slice of the result.
    pub fn slice_len(&self) -> usize {
        self.to[1].saturating_mul(self.to[2])
    }

    /// Fills one slice of the result. `input` holds all of what there is, `out` the slice's voxels.
    pub fn slice_into<T: Sample>(&self, input: &[T], slice: usize, outside: T, out: &mut [T]) {
        for (row, line) in out.chunks_exact_mut(self.to[2]).enumerate() {
            let start = self.begin(slice, row);
            let step = self.matrix.map(|axis| axis[2]);
            if step[0] == 0.0 && step[1] == 0.0 {
                self.along(input, start, step[2], outside, line);
            } else {
                self.across(input, start, step, outside, line);
            }
        }
    }

    /// Where the first voxel of a row lies.
    #[expect(clippy::cast_precision_loss, reason = "places of an axis")]
    fn begin(&self, slice: usize, row: usize) -> [f64; 3] {
        self.matrix.map(|[slices, rows, _, origin]| {
            (slice as f64).mul_add(slices, (row as f64).mul_add(rows, origin))
        })
    }

    /// A row that lies along the rows of what there is: slice and row are the same for all of its voxels.
    fn along<T: Sample>(&self, input: &[T], start: [f64; 3], step: f64, outside: T, line: &mut [T]) {
        let [_, rows, columns] = self.from;
        let mut taps: [(&[T], f64); 4] = [(&[], 0.0); 4];
        let mut count = 0;
        if let (Some(slice), Some(row)) = (self.place(start[0], 0), self.place(start[1], 1)) {
            for (slice, near) in ends(slice) {
                for (row, weight) in ends(row) {
                    let begin = (slice * rows + row) * columns;
                    let held = input.get(begin..begin + columns);
                    if let (Some(held), Some(tap)) =
                        (held.filter(|_| near * weight > 0.0), taps.get_mut(count))
                    {
                        *tap = (held, near * weight);
                        count += 1;
                    }
                }
            }
        }
        let taps = taps.get(..count).unwrap_or_default();
        if taps.is_empty() {
            line.fill(outside);
            return;
        }
        for (number, voxel) in line.iter_mut().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "places of an axis")]
            let place = self.place((number as f64).mul_add(step, start[2]), 2);
            let Some((column, part)) = place else {
                *voxel = outside;
                continue;
            };
            let mut sum = 0.0;
            for &(held, weight) in taps {
                let here = held.get(column).map_or(0.0, |sample| sample.number());
                let there = if part > 0.0 {
                    held.get(column + 1).map_or(0.0, |sample| sample.number())
                } else {
                    here
                };
                sum += weight * if part > 0.0 { here + part * (there - here) } else { here };
            }
            *voxel = match taps {
                // What lies on a voxel is that voxel, in every bit.
                [(held, _)] if part <= 0.0 => held.get(column).copied().unwrap_or(outside),
                _ => T::nearest(sum),
            };
        }
    }

    /// A row in any direction.
    fn across<T: Sample>(&self, input: &[T], start: [f64; 3], step: [f64; 3], outside: T, line: &mut [T]) {
        let [_, rows, columns] = self.from;
        for (number, voxel) in line.iter_mut().enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "places of an axis")]
            let at =
                |axis: usize, start: f64, step: f64| self.place((number as f64).mul_add(step, start), axis);
            let ([a, b, c], [da, db, dc]) = (start, step);
            let (Some(slice), Some(row), Some(column)) = (at(0, a, da), at(1, b, db), at(2, c, dc)) else {
                *voxel = outside;
                continue;
            };
            let mut sum = 0.0;
            for (slice, first) in ends(slice) {
                for (row, second) in ends(row) {
                    for (column, third) in ends(column) {
                        let weight = first * second * third;
                        if weight > 0.0 {
                            let held = input.get((slice * rows + row) * columns + column);
                            sum += weight * held.map_or(0.0, |sample| sample.number());
                        }
                    }
                }
            }
            *voxel = match (slice, row, column) {
                ((slice, 0.0), (row, 0.0), (column, 0.0)) => {
                    input.get((slice * rows + row) * columns + column).copied().unwrap_or(outside)
                }
                _ => T::nearest(sum),
            };
        }
    }

    /// Where a coordinate lies on an axis; `None` outside.
    fn place(&self, coordinate: f64, axis: usize) -> Option<Place> {
        let count = self.from.get(axis).copied()?;
        #[expect(clippy::cast_precision_loss, reason = "places of an axis")]
        let last = (count - 1) as f64;
        let nearest = coordinate.round();
        let is_on = (coordinate - nearest).abs() <= ON;
        if self.order == Order::Nearest || is_on {
            return (0.0..=last).contains(&nearest).then_some((whole(nearest), 0.0));
        }
        let below = coordinate.floor();
        (0.0 <= below && below < last).then_some((whole(below), coordinate - below))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place on an axis, checked")]
fn whole(place: f64) -> usize {
    place as usize
}

/// Both neighbours with their weights.
fn ends((place, part): Place) -> [(usize, f64); 2] {
    [(place, 1.0 - part), (place + 1, part)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAME: [[f64; 4]; 3] = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

    fn all<T: Sample>(resampling: &Resampling, input: &[T], outside: T) -> Vec<T> {
        let mut out = vec![outside; resampling.slice_len() * resampling.to[0]];
        for (slice, part) in out.chunks_exact_mut(resampling.slice_len()).enumerate() {
            resampling.slice_into(input, slice, outside, part);
        }
        out
    }

    #[test]
    fn the_same_grid_is_the_same_volume() {
        let input: Vec<f32> =
            (0..24_u8).map(|n| if n == 7 { f32::NAN } else { f32::from(n) * 0.1 }).collect();
        for order in [Order::Nearest, Order::Linear] {
            let resampling = Resampling::new([2, 3, 4], [2, 3, 4], SAME, order).unwrap();
            let out = all(&resampling, &input, -1.0);
            assert!(out.iter().zip(&input).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }

    #[test]
    fn a_turned_grid_turns_the_volume() {
        // Row and column change places, so that no row of the result lies along one of the input.
        let turned = [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0]];
        let resampling = Resampling::new([1, 2, 3], [1, 3, 2], turned, Order::Linear).unwrap();
        assert_eq!(all(&resampling, &[1_i16, 2, 3, 4, 5, 6], 0), [1, 4, 2, 5, 3, 6]);
    }

    #[test]
    fn halves_lie_in_the_middle_and_the_outside_is_filled() {
        // 0 10 20 30, at -0.5, 0.5, 1.5, 2.5, 3.5.
        let mut matrix = SAME;
        matrix[2][3] = -0.5;
        let input = [0_i16, 10, 20, 30];
        let linear = Resampling::new([1, 1, 4], [1, 1, 5], matrix, Order::Linear).unwrap();
        assert_eq!(all(&linear, &input, -1), [-1, 5, 15, 25, -1]);
        // By the row instead: 0.25 of the way.
        matrix = SAME;
        matrix[1][3] = 0.25;
        let rows = Resampling::new([1, 4, 1], [1, 4, 1], matrix, Order::Linear).unwrap();
        assert_eq!(all(&rows, &input, -1), [3, 13, 23, -1]);
        let nearest = Resampling::new([1, 4, 1], [1, 4, 1], matrix, Order::Nearest).unwrap();
        assert_eq!(all(&nearest, &input, -1), [0, 10, 20, 30]);
    }

    #[test]
    fn a_linear_field_stays_linear_in_any_direction() {
        let field = |a: f64, b: f64, c: f64| 2.0 * a - 3.0 * b + 0.5 * c;
        let mut input = Vec::new();
        for a in 0..4_u8 {
            for b in 0..5_u8 {
                for c in 0..6_u8 {
                    input.push(field(f64::from(a), f64::from(b), f64::from(c)));
                }
            }
        }
        let matrix = [[0.6, 0.1, 0.2, 0.3], [-0.1, 0.7, 0.3, 0.4], [0.05, -0.2, 0.8, 0.9]];
        let resampling = Resampling::new([4, 5, 6], [3, 4, 5], matrix, Order::Linear).unwrap();
        let out = all(&resampling, &input, f64::NAN);
        let mut inside = 0;
        for (number, value) in out.into_iter().enumerate() {
            let at = [number / 20, number / 5 % 4, number % 5]
                .map(|place| f64::from(u8::try_from(place).unwrap()));
            let [a, b, c] = matrix.map(|axis| axis[0] * at[0] + axis[1] * at[1] + axis[2] * at[2] + axis[3]);
            if (0.0..=3.0).contains(&a) && (0.0..=4.0).contains(&b) && (0.0..=5.0).contains(&c) {
                assert!((value - field(a, b, c)).abs() < 1e-9);
                inside += 1;
            } else {
                assert!(value.is_nan());
            }
        }
        assert!(inside > 20);
    }

    #[test]
    fn a_grid_that_is_none_is_refused() {
        assert!(Resampling::new([0, 1, 1], [1, 1, 1], SAME, Order::Linear).is_err());
        let mut matrix = SAME;
        matrix[1][1] = f64::NAN;
        assert!(Resampling::new([1, 1, 1], [1, 1, 1], matrix, Order::Linear).is_err());
    }
}
