//! Slices between contours, where that is asked for: by the shape of the slices around them.
//!
//! Each pixel has its distance to the edge of the region, positive inside; between two slices these are interpolated, and a pixel is
//! inside where the result is positive (Raya and Udupa 1990). Distances are exact, from centre to centre, by lower envelopes of parabolas
//! (Felzenszwalb and Huttenlocher 2012).

use std::sync::{Mutex, PoisonError};

use radiogram_core::{Error, Result, try_vec};

use super::place::Grid;
use crate::render::Executor;
use crate::segmentation::work::parts;

/// Farther than anything in a picture.
const FAR: f64 = 1e20;

/// A run of slices without a contour, between two that have one.
#[derive(Clone, Copy)]
struct Gap {
    below: usize,
    above: usize,
}

/// Fills gaps of up to `most` slices between slices with contours, whose numbers ascend; gives how many were filled.
pub(super) fn fill_gaps(
    grid: &Grid,
    slices: &[usize],
    most: usize,
    out: &mut [u8],
    run: Executor,
) -> Result<usize> {
    let pairs = slices.iter().zip(slices.iter().skip(1));
    let gaps: Vec<Gap> = pairs
        .map(|(below, above)| Gap { below: *below, above: *above })
        .filter(|gap| (2..=most.saturating_add(1)).contains(&(gap.above - gap.below)))
        .collect();
    let size = grid.rows().saturating_mul(grid.columns());
    let mut edges: Vec<usize> = gaps.iter().flat_map(|gap| [gap.below, gap.above]).collect();
    edges.sort_unstable();
    edges.dedup();
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    let fail = |error| {
        failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    };
    let mut distances: Vec<Mutex<Vec<f32>>> = try_vec(edges.len())?;
    distances.resize_with(edges.len(), Mutex::default);
    let held: &[u8] = out;
    run(edges.len(), &|number| {
        let (Some(edge), Some(place)) = (edges.get(number), distances.get(number)) else { return };
        let from = edge.saturating_mul(size);
        let mask = held.get(from..from.saturating_add(size)).unwrap_or_default();
        match signed(mask, grid) {
            Ok(found) => *place.lock().unwrap_or_else(PoisonError::into_inner) = found,
            Err(error) => fail(error),
        }
    });
    let unlocked = |place: Mutex<Vec<f32>>| place.into_inner().unwrap_or_else(PoisonError::into_inner);
    let distances: Vec<Vec<f32>> = distances.into_iter().map(unlocked).collect();
    let wanted: Vec<(usize, Gap)> =
        gaps.iter().flat_map(|gap| (gap.below + 1..gap.above).map(|slice| (slice, *gap))).collect();
    let numbers: Vec<usize> = wanted.iter().map(|(slice, _)| *slice).collect();
    let parts = parts(out, size, &numbers)?;
    let of = |slice: usize| edges.binary_search(&slice).ok().and_then(|at| distances.get(at));
    run(wanted.len(), &|number| {
        let (Some((slice, gap)), Some(part)) = (wanted.get(number), parts.get(number)) else { return };
        let (Some(below), Some(above)) = (of(gap.below), of(gap.above)) else { return };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        let (way, whole) = (small(slice - gap.below), small(gap.above - gap.below));
        for ((pixel, below), above) in part.iter_mut().zip(below).zip(above) {
            *pixel = u8::from(below * (whole - way) + above * way > 0.0);
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(wanted.len()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of slices")]
fn small(count: usize) -> f32 {
    count as f32
}

/// The distance of each pixel to the nearest one on the other side of the edge, in millimetres; negative outside.
fn signed(mask: &[u8], grid: &Grid) -> Result<Vec<f32>> {
    let mut inside = squares(mask, 0, grid)?;
    let outside = squares(mask, 1, grid)?;
    let mut found = try_vec(mask.len())?;
    for (inside, outside) in inside.drain(..).zip(outside) {
        #[expect(clippy::cast_possible_truncation, reason = "a millionth of a distance makes no difference")]
        found.push((inside.sqrt() - outside.sqrt()) as f32);
    }
    Ok(found)
}

/// The square of the distance of each pixel to the nearest that holds `value`.
fn squares(mask: &[u8], value: u8, grid: &Grid) -> Result<Vec<f64>> {
    let (rows, columns) = (grid.rows(), grid.columns());
    let [down, across] = grid.spacing();
    let mut field = try_vec(mask.len())?;
    field.extend(mask.iter().map(|held| if *held == value { 0.0 } else { FAR }));
    let mut envelope = Envelope::with_room(rows.max(columns))?;
    for row in field.chunks_exact_mut(columns.max(1)) {
        envelope.lower(row, across);
    }
    let mut line: Vec<f64> = try_vec(rows)?;
    for column in 0..columns {
        line.clear();
        line.extend(field.iter().skip(column).step_by(columns.max(1)));
        envelope.lower(&mut line, down);
        field
            .iter_mut()
            .skip(column)
            .step_by(columns.max(1))
            .zip(&line)
            .for_each(|(slot, value)| *slot = *value);
    }
    Ok(field)
}

/// The lower envelope of a parabola at each place of a line.
struct Envelope {
    /// Place, height, and where it begins to be the lowest.
    parabolas: Vec<(f64, f64, f64)>,
}

impl Envelope {
    fn with_room(count: usize) -> Result<Self> {
        Ok(Self { parabolas: try_vec(count)? })
    }

    /// Replaces heights by the envelope of the parabolas on them.
    fn lower(&mut self, line: &mut [f64], step: f64) {
        self.parabolas.clear();
        let mut at = 0.0;
        for height in line.iter() {
            let mut begin = f64::NEG_INFINITY;
            while let Some((place, low, from)) = self.parabolas.last() {
                begin = (height + at * at - low - place * place) / (2.0 * (at - place));
                if begin > *from {
                    break;
                }
                self.parabolas.pop();
                begin = f64::NEG_INFINITY;
            }
            self.parabolas.push((at, *height, begin));
            at += step;
        }
        let (mut lowest, mut at) = (0, 0.0);
        for slot in line {
            while self.parabolas.get(lowest + 1).is_some_and(|(.., from)| *from < at) {
                lowest += 1;
            }
            if let Some((place, low, _)) = self.parabolas.get(lowest) {
                *slot = (at - place) * (at - place) + low;
            }
            at += step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn distances_are_those_to_the_nearest_pixel() {
        let affine = [[0.0, 0.0, 0.5, 0.0], [0.0, 0.75, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [0.0; 4]];
        let grid = Grid::new([1, 11, 13], affine).unwrap();
        let mut random = Random::new(9);
        for _ in 0..20 {
            let mask: Vec<u8> = random.bytes(143).iter().map(|byte| u8::from(*byte < 40)).collect();
            let found = squares(&mask, 1, &grid).unwrap();
            let place = |at: usize| [at / 13, at % 13].map(|v| f64::from(u8::try_from(v).unwrap()));
            for (at, found) in found.iter().enumerate() {
                let [row, column] = place(at);
                let square = |other: usize| {
                    let [r, c] = place(other);
                    ((r - row) * 0.75).powi(2) + ((c - column) * 0.5).powi(2)
                };
                let nearest = (0..143).filter(|at| mask[*at] == 1).map(square).fold(f64::INFINITY, f64::min);
                assert!((found - nearest).abs() < 1e-9, "{found} {nearest}");
            }
        }
    }
}
