//! From positions to a grid: the order of the slices, the step from one to the next, gaps, tilt.
//!
//! # Tolerance
//!
//! A slice may stand off its place on the grid by a tenth of the grid's step, and never by more than 0.1 mm:
//! below what a reader or a resampler could see. Scanners write positions with one to nine decimals, and
//! rounding to one decimal moves a position by 0.05 mm; decimal strings of 16 or more characters differ by
//! less than 1e-9 mm. At the other end, positions closer than 1 µm (or a tenth of a pixel, in microscopes)
//! are never told apart. Deviations are measured against the straight line from the first slice to the last,
//! so that rounding cannot add up; the largest is reported.

use super::geometry::{Plane, Vector, along, angle, between, dot, length, scaled};

/// Part of a step that a slice may stand off.
const FRACTION: f64 = 0.1;
/// The most a slice may stand off, in millimetres.
const MOST: f64 = 0.1;
/// Positions are equal within this, in millimetres, however small the step is.
const NOISE: f64 = 1e-3;
/// Beyond this tilt the slices lie beside each other rather than behind (gantries tilt to 30 degrees).
pub(crate) const STEEPEST: f64 = 45.0;

/// A grid that the slices stand on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stack {
    /// For each place on the grid the slice that stands there, by its number in the positions given.
    pub(super) places: Vec<Option<usize>>,
    /// The position of the first place.
    pub(super) origin: Vector,
    /// From one place to the next.
    pub(super) step: Vector,
    /// Distance of neighbouring planes, along their normal.
    pub(super) distance: f64,
    /// Angle between step and normal; exactly 0 where the positions show none.
    pub(super) tilt: f64,
    /// How far a slice may stand off its place.
    pub(super) tolerance: f64,
    /// How far one does at most.
    pub(super) deviation: f64,
}

/// Why the slices are no grid. Slices are named by their numbers in the positions given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    /// Several slices in one plane: each group has at least two.
    Duplicate(Vec<Vec<usize>>),
    /// The steps are no multiples of one spacing.
    Uneven {
        /// The smallest step.
        smallest: f64,
        /// The most common one.
        usual: f64,
        /// The largest one.
        largest: f64,
    },
    /// The slices are shifted against each other in their planes, and not by a tilt.
    Shifted(Vec<usize>),
    /// The slices lie beside each other; the angle in degrees.
    Steep(f64),
}

/// How far something may be off where the grid's step is `step` and the smallest length that matters is
/// `pixel`.
pub(crate) fn tolerance(step: f64, pixel: f64) -> f64 {
    (FRACTION * step).min(MOST).max(noise(pixel))
}

/// Below this two positions are one.
pub(crate) fn noise(pixel: f64) -> f64 {
    NOISE.min(FRACTION * pixel)
}

/// One slice's position, split into its place along the normal and the rest.
#[derive(Clone, Copy)]
struct Placed {
    slice: usize,
    height: f64,
    position: Vector,
}

/// Finds the grid of at least two slices. Positions must be usable; equal heights keep the order in which
/// they are given.
pub(super) fn stack(plane: &Plane, positions: &[Vector], pixel: f64) -> Result<Stack, Trouble> {
    let mut placed: Vec<Placed> = positions
        .iter()
        .enumerate()
        .map(|(slice, &position)| Placed { slice, height: dot(position, plane.normal), position })
        .collect();
    placed.sort_by(|a, b| a.height.total_cmp(&b.height));
    let steps: Vec<f64> =
        placed.iter().zip(placed.iter().skip(1)).map(|(a, b)| b.height - a.height).collect();
    let usual = median(steps.iter().copied().filter(|&step| step > noise(pixel)).collect());
    refuse_duplicates(&placed, &steps, usual.map_or_else(|| noise(pixel), |step| tolerance(step, pixel)))?;
    let usual = usual.unwrap_or_default();
    let smallest = steps.iter().copied().fold(f64::INFINITY, f64::min);
    // Where most slices are missing the usual step is a multiple of the true one, which the smallest then
    // shows.
    let grid = number(&placed, &steps, usual, pixel).or_else(|| number(&placed, &steps, smallest, pixel));
    let Some((numbers, distance)) = grid else {
        let largest = steps.iter().copied().fold(0.0, f64::max);
        return Err(Trouble::Uneven { smallest, usual, largest });
    };
    build(plane, &placed, &numbers, distance, pixel)
}

/// The middle value; the lower of two.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied()
}

fn refuse_duplicates(placed: &[Placed], steps: &[f64], apart: f64) -> Result<(), Trouble> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut open = false;
    for ((below, above), &step) in placed.iter().zip(placed.iter().skip(1)).zip(steps) {
        if step > apart {
            open = false;
            continue;
        }
        match groups.last_mut().filter(|_| open) {
            Some(group) => group.push(above.slice),
            None => groups.push(vec![below.slice, above.slice]),
        }
        open = true;
    }
    if groups.is_empty() { Ok(()) } else { Err(Trouble::Duplicate(groups)) }
}

/// Numbers the slices on a grid with about this step; `None` where they do not stand on one, or on one that
/// is more empty than full.
fn number(all: &[Placed], steps: &[f64], about: f64, pixel: f64) -> Option<(Vec<u32>, f64)> {
    let (first, last) = (all.first()?, all.last()?);
    // The mean of the single steps is better than any of them where positions are rounded.
    let single = steps.iter().filter(|&&step| (step / about - 1.0).abs() <= 2.0 * FRACTION);
    let (sum, count) = single.fold((0.0, 0.0), |(sum, count), step| (sum + step, count + 1.0));
    let about = if count > 0.0 { sum / count } else { about };
    // More places than twice the slices are no series with gaps; the bound also keeps the numbers small.
    let places = f64::from(u32::try_from(all.len()).ok()?) * 2.0;
    let reach = (last.height - first.height) / about;
    if reach.is_nan() || reach >= places {
        return None;
    }
    let mut numbers = vec![0_u32];
    let mut reached = 0.0;
    for step in steps {
        let times = (step / about).round();
        if times < 1.0 || (step / about - times).abs() > 2.0 * FRACTION {
            return None;
        }
        reached += times;
        numbers.push(small(reached)?);
    }
    let distance = (last.height - first.height) / reached;
    let fits = all.iter().zip(&numbers).all(|(slice, &number)| {
        let off = slice.height - first.height - f64::from(number) * distance;
        off.abs() <= tolerance(distance, pixel)
    });
    (fits && reached < places).then_some((numbers, distance))
}

/// A whole number that is known to be small, without a cast that could lie.
pub(crate) fn small(value: f64) -> Option<u32> {
    if !(0.0..=f64::from(u32::MAX)).contains(&value) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was just checked")]
    Some(value as u32)
}

/// Finds the step: along the normal where the positions allow it, else sheared as a tilted gantry does.
fn build(
    plane: &Plane,
    placed: &[Placed],
    numbers: &[u32],
    distance: f64,
    pixel: f64,
) -> Result<Stack, Trouble> {
    let origin = placed.first().map(|slice| slice.position).unwrap_or_default();
    let straight = scaled(plane.normal, distance);
    let drift = |slice: &Placed, number: u32, step: Vector| {
        let off = between(between(slice.position, origin), scaled(step, f64::from(number)));
        let up = dot(off, plane.normal);
        (length(along(off, -up, plane.normal)), length(off))
    };
    let within = tolerance(pixel, pixel);
    let worst = |step: Vector| {
        placed.iter().zip(numbers).fold((0.0_f64, 0.0_f64), |(side, all), (slice, &number)| {
            let (sideways, whole) = drift(slice, number, step);
            (side.max(sideways), all.max(whole))
        })
    };
    let (sideways, deviation) = worst(straight);
    let (step, tilt, deviation) = if sideways <= within {
        (straight, 0.0, deviation)
    } else {
        let step = match (placed.last(), numbers.last()) {
            (Some(last), Some(&number)) if number > 0 => {
                scaled(between(last.position, origin), f64::from(number).recip())
            }
            _ => straight,
        };
        let (sideways, deviation) = worst(step);
        if sideways > within {
            let shifted = placed.iter().zip(numbers).filter(|&(slice, &number)| {
                let (sideways, _) = drift(slice, number, step);
                sideways > within
            });
            return Err(Trouble::Shifted(shifted.map(|(slice, _)| slice.slice).collect()));
        }
        (step, angle(step, plane.normal), deviation)
    };
    if tilt > STEEPEST {
        return Err(Trouble::Steep(tilt));
    }
    let mut grid = vec![None; numbers.last().map_or(0, |&number| number as usize + 1)];
    for (slice, &number) in placed.iter().zip(numbers) {
        if let Some(place) = grid.get_mut(number as usize) {
            *place = Some(slice.slice);
        }
    }
    let tolerance = tolerance(distance, pixel);
    Ok(Stack { places: grid, origin, step, distance, tilt, tolerance, deviation })
}
