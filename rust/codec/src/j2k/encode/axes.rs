//! Square matrices, row by row: principal axes, inverse, transpose.

/// Sweeps over all pairs of axes: some six are enough, for errors fall with their squares.
const SWEEPS: usize = 24;
/// How far from 1 and 0 a matrix times its inverse may be.
const TOLERANCE: f64 = 1e-6;

/// The matrix turned over.
pub(super) fn transposed(matrix: &[f64], count: usize) -> Vec<f64> {
    let column = |number: usize| matrix.iter().skip(number).step_by(count.max(1)).copied();
    (0..count).flat_map(column).collect()
}

/// The inverse, where there is one that is worth its name (Gauss and Jordan, with pivots).
pub(super) fn inverse(matrix: &[f64], count: usize) -> Option<Vec<f64>> {
    let width = 2 * count;
    // The matrix and beside it the one that becomes its inverse.
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (number, row) in matrix.chunks_exact(count.max(1)).enumerate() {
        let mut row = row.to_vec();
        row.extend((0..count).map(|at| if at == number { 1.0 } else { 0.0 }));
        rows.push(row);
    }
    for column in 0..count {
        let size = |row: &[f64]| row.get(column).map_or(0.0, |value| value.abs());
        let below = rows.iter().enumerate().skip(column);
        let (pivot, _) = below.max_by(|a, b| size(a.1).total_cmp(&size(b.1)))?;
        rows.swap(column, pivot);
        let mut own = rows.get(column)?.clone();
        let lead = own.get(column).copied().filter(|lead| lead.is_normal())?;
        for value in &mut own {
            *value /= lead;
        }
        for (number, row) in rows.iter_mut().enumerate() {
            let factor = row.get(column).copied()?;
            if number == column {
                row.copy_from_slice(&own);
            } else if factor != 0.0 {
                row.iter_mut().zip(&own).for_each(|(value, own)| *value -= factor * own);
            }
        }
    }
    let inverse: Vec<f64> =
        rows.iter().flat_map(|row| row.get(count..width).unwrap_or_default()).copied().collect();
    is_inverse(matrix, &inverse, count).then_some(inverse)
}

fn is_inverse(matrix: &[f64], inverse: &[f64], count: usize) -> bool {
    let columns = transposed(inverse, count);
    matrix.chunks_exact(count.max(1)).enumerate().all(|(number, row)| {
        columns.chunks_exact(count.max(1)).enumerate().all(|(at, column)| {
            let product: f64 = row.iter().zip(column).map(|(a, b)| a * b).sum();
            (product - if at == number { 1.0 } else { 0.0 }).abs() < TOLERANCE
        })
    })
}

/// The principal axes of a covariance, a row each, the longest first (Jacobi's rotations).
pub(super) fn principal(covariance: &mut [f64], count: usize) -> Vec<f64> {
    let mut axes: Vec<f64> =
        (0..count * count).map(|at| if at % (count + 1) == 0 { 1.0 } else { 0.0 }).collect();
    let at = |row: usize, column: usize| row * count + column;
    for _ in 0..SWEEPS {
        let mut is_done = true;
        for p in 0..count {
            for q in p + 1..count {
                let of = |row, column| covariance.get(at(row, column)).copied().unwrap_or(0.0);
                let (app, aqq, apq) = (of(p, p), of(q, q), of(p, q));
                if apq.abs() <= f64::EPSILON * (app * aqq).abs().sqrt() || !apq.is_normal() {
                    continue;
                }
                is_done = false;
                let theta = (aqq - app) / (2.0 * apq);
                let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                let sine = tangent * cosine;
                rotate_columns(covariance, count, (p, q), (cosine, sine));
                rotate_rows(covariance, count, (p, q), (cosine, sine));
                rotate_rows(&mut axes, count, (p, q), (cosine, sine));
            }
        }
        if is_done {
            break;
        }
    }
    let length = |row: usize| covariance.get(at(row, row)).copied().unwrap_or(0.0);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| length(b).total_cmp(&length(a)));
    let row = |number: usize| axes.get(number * count..(number + 1) * count).unwrap_or_default();
    order.into_iter().flat_map(row).copied().collect()
}

fn rotate_rows(matrix: &mut [f64], count: usize, (p, q): (usize, usize), (cosine, sine): (f64, f64)) {
    let (above, below) = matrix.split_at_mut(q * count);
    let first = above.get_mut(p * count..(p + 1) * count).unwrap_or_default();
    for (a, b) in first.iter_mut().zip(below) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

fn rotate_columns(matrix: &mut [f64], count: usize, (p, q): (usize, usize), (cosine, sine): (f64, f64)) {
    for row in matrix.chunks_exact_mut(count) {
        let (above, below) = row.split_at_mut(q);
        if let (Some(a), Some(b)) = (above.get_mut(p), below.first_mut()) {
            (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{inverse, is_inverse, principal, transposed};
    use crate::fuzz::mutator::Random;

    #[test]
    fn axes_are_at_right_angles_and_make_a_covariance_a_diagonal() {
        let mut random = Random(7);
        for count in [1, 2, 3, 8, 20] {
            let mut numbers = || f64::from(u32::try_from(random.below(1000)).unwrap()) - 500.0;
            let made: Vec<f64> = (0..count * count).map(|_| numbers()).collect();
            // A product with itself is a covariance.
            let mut covariance = vec![0.0; count * count];
            for row in made.chunks(count) {
                for (at, sum) in covariance.iter_mut().enumerate() {
                    *sum += row[at / count] * row[at % count];
                }
            }
            let whole = covariance.clone();
            let axes = principal(&mut covariance, count);
            assert!(is_inverse(&axes, &transposed(&axes, count), count));
            let mut last = f64::INFINITY;
            for (number, axis) in axes.chunks(count).enumerate() {
                let image: Vec<f64> =
                    whole.chunks(count).map(|row| row.iter().zip(axis).map(|(a, b)| a * b).sum()).collect();
                for (other, against) in axes.chunks(count).enumerate() {
                    let value: f64 = against.iter().zip(&image).map(|(a, b)| a * b).sum();
                    if other == number {
                        assert!(value <= last * (1.0 + 1e-9));
                        last = value;
                    } else {
                        assert!(
                            value.abs() < 1e-6 * whole.iter().fold(0.0, |most: f64, one| most.max(one.abs()))
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn only_what_has_an_inverse_has_one() {
        let matrix = [0.0, 2.0, 1.0, 1.0, 1.0, 0.0, 4.0, 0.0, -1.0];
        assert!(is_inverse(&matrix, &inverse(&matrix, 3).unwrap(), 3));
        assert_eq!(inverse(&[1.0, 2.0, 2.0, 4.0], 2), None);
        assert_eq!(inverse(&[f64::NAN, 2.0, 2.0, 4.0], 2), None);
        assert_eq!(inverse(&[1e300, 1e-300, 0.0, 1e-300], 2), None);
    }
}
