//! Where frames stand: on a grid of their own, or on that of a volume that is there.
//!
//! Frames of a segmentation are sparse: where nothing is segmented there need be none. What they stand on is the grid of
//! Spacing Between Slices where that fits all of them, else of their smallest distance; that all of them stand on it is checked, to the
//! tolerance of volumes of slices (`volume/stack.rs`).

use radiogram_core::{Error, ErrorKind, Result, try_vec};

use crate::volume::geometry::{
    Plane, Vector, affine, along, angle, between, cross, dot, length, scaled, usable_spacing,
};
use crate::volume::stack::{STEEPEST, noise, small, tolerance};

/// More places than this are no volume, but a frame that is somewhere else.
const MOST_PLACES: u32 = 65_535;
/// Part of a step by which a single one may differ from a multiple of the grid's.
const UNEVEN: f64 = 0.2;

/// A grid, and where on it the frames are.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Slices, rows, columns.
    pub shape: [u64; 3],
    /// From (slice, row, column, 1) to millimetres of the patient.
    pub affine: [[f64; 4]; 4],
    /// The slice of each frame.
    pub places: Vec<u32>,
    /// What the distance of slices was taken from.
    pub spacing_source: &'static str,
    /// How far a frame stands off its place at the most, in millimetres.
    pub deviation: f64,
}

/// What all frames have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Common {
    pub(super) plane: Plane,
    /// Distances of rows and of columns.
    pub(super) spacing: [f64; 2],
    pub(super) between: Option<f64>,
    pub(super) thickness: Option<f64>,
    pub(super) size: [u32; 2],
}

impl Common {
    fn pixel(&self) -> f64 {
        let [rows, columns] = self.spacing;
        rows.min(columns)
    }
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Geometry, message)
}

/// The smallest grid that all frames stand on.
pub(super) fn own(common: &Common, positions: &[Vector]) -> Result<Grid> {
    let normal = common.plane.normal;
    let mut order: Vec<(f64, usize)> = try_vec(positions.len())?;
    order.extend(positions.iter().enumerate().map(|(frame, at)| (dot(*at, normal), frame)));
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // Frames of several segments stand in one place: a level each.
    let mut levels: Vec<(f64, Vector)> = Vec::new();
    for (height, frame) in order {
        if levels.last().is_none_or(|(last, _)| height - last > noise(common.pixel())) {
            levels.push((height, positions.get(frame).copied().unwrap_or_default()));
        }
    }
    let (numbers, distance, source) = number(common, &levels)?;
    let origin = levels.first().map(|level| level.1).unwrap_or_default();
    let last = numbers.last().copied().unwrap_or(0);
    let step = direction(common, origin, &levels, &numbers, distance)?;
    let matrix = affine(origin, step, &common.plane, common.spacing);
    let slices = u64::from(last) + 1;
    let (places, deviation) = stand(common, positions, slices, matrix, "the grid's")?;
    let [rows, columns] = common.size;
    let shape = [slices, rows.into(), columns.into()];
    Ok(Grid { shape, affine: matrix, places, spacing_source: source, deviation })
}

/// Numbers the levels on a grid; gives the distance of its planes, and what that was taken from.
fn number(common: &Common, levels: &[(f64, Vector)]) -> Result<(Vec<u32>, f64, &'static str)> {
    let said = |value: Option<f64>| value.map(f64::abs).filter(|value| usable_spacing(*value));
    if levels.len() < 2 {
        let (distance, source) = match (said(common.between), said(common.thickness)) {
            (Some(distance), _) => (distance, "spacing between slices"),
            (None, Some(distance)) => (distance, "slice thickness"),
            (None, None) => (1.0, "nothing: one slice"),
        };
        return Ok((vec![0; levels.len()], distance, source));
    }
    let steps: Vec<f64> = levels.iter().zip(levels.iter().skip(1)).map(|(a, b)| b.0 - a.0).collect();
    let smallest = steps.iter().copied().fold(f64::INFINITY, f64::min);
    let stated = said(common.between).map(|distance| (distance, "spacing between slices"));
    let candidates = stated.into_iter().chain([(smallest, "positions")]);
    for (about, source) in candidates {
        if let Some((numbers, distance)) = fit(common, levels, &steps, about) {
            return Ok((numbers, distance, source));
        }
    }
    let largest = steps.iter().copied().fold(0.0, f64::max);
    Err(refused(format!(
        "the frames stand on no regular grid: their distances go from {smallest:.6} to {largest:.6} mm and are no multiples of one"
    )))
}

/// Numbers the levels on a grid with about this step, where all of them stand on it.
fn fit(common: &Common, levels: &[(f64, Vector)], steps: &[f64], about: f64) -> Option<(Vec<u32>, f64)> {
    // The mean of the single steps is better than any of them where positions are rounded.
    let single = steps.iter().filter(|step| (*step / about - 1.0).abs() <= UNEVEN);
    let (sum, count) = single.fold((0.0, 0.0), |(sum, count), step| (sum + step, count + 1.0));
    let about = if count > 0.0 { sum / count } else { about };
    let (mut numbers, mut reached) = (vec![0_u32], 0.0);
    for step in steps {
        let times = (step / about).round();
        if !(times >= 1.0 && (step / about - times).abs() <= UNEVEN) {
            return None;
        }
        reached += times;
        numbers.push(small(reached).filter(|number| *number < MOST_PLACES)?);
    }
    let (first, last) = (levels.first()?.0, levels.last()?.0);
    let distance = (last - first) / reached;
    let within = tolerance(distance, common.pixel());
    let fits = levels
        .iter()
        .zip(&numbers)
        .all(|((height, _), number)| (height - first - f64::from(*number) * distance).abs() <= within);
    fits.then_some((numbers, distance))
}

/// From one place to the next: along the normal where the positions allow it, else sheared as a tilted gantry does.
fn direction(
    common: &Common,
    origin: Vector,
    levels: &[(f64, Vector)],
    numbers: &[u32],
    distance: f64,
) -> Result<Vector> {
    let straight = scaled(common.plane.normal, distance);
    let (Some((_, last)), Some(&count)) = (levels.last(), numbers.last().filter(|count| **count > 0)) else {
        return Ok(straight);
    };
    let sideways = |step: Vector| {
        levels.iter().zip(numbers).fold(0.0_f64, |most, ((_, at), number)| {
            let off = between(*at, along(origin, f64::from(*number), step));
            most.max(length(along(off, -dot(off, common.plane.normal), common.plane.normal)))
        })
    };
    if sideways(straight) <= tolerance(common.pixel(), common.pixel()) {
        return Ok(straight);
    }
    let sheared = scaled(between(*last, origin), f64::from(count).recip());
    if angle(sheared, common.plane.normal) > STEEPEST {
        return Err(refused("the frames lie beside each other rather than behind".to_owned()));
    }
    Ok(sheared)
}

/// The places of the frames on a grid that is there: nothing is resampled, so both must be the same.
pub(super) fn on(
    common: &Common,
    positions: &[Vector],
    shape: [u64; 3],
    matrix: [[f64; 4]; 4],
) -> Result<Grid> {
    let [_, down, across, _] = axes(matrix);
    let [slices, rows, columns] = shape;
    let [own_rows, own_columns] = common.size;
    if (rows, columns) != (own_rows.into(), own_columns.into()) {
        return Err(refused(format!(
            "the segmentation has {own_rows} rows and {own_columns} columns, the volume {rows} and {columns}"
        )));
    }
    let [row_spacing, column_spacing] = common.spacing;
    let near = tolerance(common.pixel(), common.pixel());
    let sides = [
        ("rows", scaled(common.plane.column, row_spacing), down, own_rows),
        ("columns", scaled(common.plane.row, column_spacing), across, own_columns),
    ];
    for (name, ours, theirs, count) in sides {
        // Over the whole picture, so that pixels at its far end are in their places too.
        let off = length(between(ours, theirs)) * f64::from(count.saturating_sub(1));
        if off.is_nan() || off > near {
            return Err(refused(if angle(ours, theirs) > 1e-3 || dot(ours, theirs) < 0.0 {
                let turn = length(cross(ours, theirs)).atan2(dot(ours, theirs)).to_degrees();
                format!(
                    "the {name} of the segmentation are turned against the volume's, by {turn:.4} degrees"
                )
            } else {
                let (ours, theirs) = (length(ours), length(theirs));
                format!("the {name} of the segmentation are {ours:.6} mm apart, the volume's {theirs:.6} mm")
            }));
        }
    }
    let (places, deviation) = stand(common, positions, slices, matrix, "the volume's")?;
    Ok(Grid { shape, affine: matrix, places, spacing_source: "the volume", deviation })
}

/// The columns of a matrix: from one slice, row and column to the next, and where the first are.
fn axes(matrix: [[f64; 4]; 4]) -> [Vector; 4] {
    [0, 1, 2, 3].map(|at: usize| {
        [0, 1, 2]
            .map(|line: usize| matrix.get(line).and_then(|line| line.get(at)).copied().unwrap_or(f64::NAN))
    })
}

/// The slice that each frame stands on, and how far they are off it at the most: the one judgement, whoever's grid it is.
fn stand(
    common: &Common,
    positions: &[Vector],
    slices: u64,
    matrix: [[f64; 4]; 4],
    whose: &str,
) -> Result<(Vec<u32>, f64)> {
    let [step, down, across, origin] = axes(matrix);
    let normal = cross(across, down);
    let lift = dot(step, normal);
    let distance = lift.abs() / length(normal);
    if !usable_spacing(distance) || slices == 0 || slices > MOST_PLACES.into() {
        return Err(refused(format!("{whose} matrix and shape are those of no volume")));
    }
    let unit = scaled(normal, length(normal).recip());
    let near = tolerance(common.pixel(), common.pixel());
    let apart = tolerance(distance, common.pixel());
    let mut deviation = 0.0_f64;
    let mut places = try_vec(positions.len())?;
    for (frame, at) in positions.iter().enumerate() {
        let from = between(*at, origin);
        let place = (dot(from, normal) / lift).round();
        let off = between(from, scaled(step, place));
        let up = dot(off, unit);
        let aside = length(along(off, -up, unit));
        let number = frame + 1;
        if up.is_nan() || up.abs() > apart {
            let up = up.abs();
            return Err(refused(format!("frame {number} lies {up:.4} mm beside {whose} nearest slice")));
        }
        if aside.is_nan() || aside > near {
            return Err(refused(format!("frame {number} is shifted in {whose} plane, by {aside:.4} mm")));
        }
        let inside = small(place).filter(|slice| u64::from(*slice) < slices).ok_or_else(|| {
            refused(format!("frame {number} would be slice {place} of a volume of {slices}, counted from 0"))
        })?;
        deviation = deviation.max(length(off));
        places.push(inside);
    }
    Ok((places, deviation))
}
