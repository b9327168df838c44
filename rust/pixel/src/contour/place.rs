//! From points in the patient to the grid of a volume: which slice a contour lies in, and where in it.

use radiogram_core::{Error, ErrorKind, Result, try_vec};

use super::{Contour, Options, Shape};
use crate::volume::geometry::{Vector, between, cross, dot, length, scaled, usable_position, usable_spacing};

/// Coordinates are rounded to so many parts of a voxel, so that a corner that is meant to be on a centre is.
const PARTS: f64 = 1_048_576.0;
/// Part of the distance of slices by which a contour may be off its plane, where nothing else is said.
const FRACTION: f64 = 0.1;

/// What becomes of a contour that lies between slices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OffPlane {
    /// It is refused.
    Error,
    /// It is the nearest slice's.
    Nearest,
    /// It is left out.
    Skip,
}

/// The grid of a volume: its shape, and the way from the patient to it.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    shape: [u32; 3],
    origin: Vector,
    /// The rows of the inverse matrix.
    to_index: [Vector; 3],
    /// Distance of the planes of neighbouring slices.
    distance: f64,
    /// Distance of rows and of columns.
    spacing: [f64; 2],
}

/// A contour in a slice.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    pub(super) slice: u32,
    /// Row and column of each point.
    pub(super) points: Vec<[f64; 2]>,
    /// How far it is off the plane at the most, in millimetres.
    pub(super) off: f64,
    pub(super) is_point: bool,
}

/// Where a contour is.
pub(super) enum Found {
    In(Outline),
    Outside,
    OffPlane,
    Open,
    /// It has no points.
    Nothing,
}

impl Grid {
    /// The grid of a volume of this shape (slices, rows, columns), whose matrix takes (slice, row, column, 1) to the patient.
    ///
    /// # Errors
    ///
    /// `GeometryError` for a matrix or a shape that are those of no volume.
    pub fn new(shape: [u64; 3], affine: [[f64; 4]; 4]) -> Result<Self> {
        let refused =
            || Error::new(ErrorKind::Geometry, "the volume's matrix and shape are those of no volume");
        let column = |at: usize| -> Vector {
            [0, 1, 2].map(|line: usize| {
                affine.get(line).and_then(|line| line.get(at)).copied().unwrap_or(f64::NAN)
            })
        };
        let axes = [column(0), column(1), column(2)];
        let [step, down, across] = axes;
        let normal = cross(down, across);
        let volume = dot(step, normal);
        let distance = volume.abs() / length(normal);
        if !usable_spacing(distance) || !axes.iter().all(|axis| usable_spacing(length(*axis))) {
            return Err(refused());
        }
        let scale = volume.recip();
        let to_index = [normal, cross(across, step), cross(step, down)].map(|row| scaled(row, scale));
        let sides = shape.map(|side| u32::try_from(side).ok().filter(|side| *side <= 65_535));
        let [Some(slices), Some(rows), Some(columns)] = sides else { return Err(refused()) };
        if !to_index.iter().flatten().chain(&column(3)).all(|value| value.is_finite()) {
            return Err(refused());
        }
        let spacing = [length(down), length(across)];
        Ok(Self { shape: [slices, rows, columns], origin: column(3), to_index, distance, spacing })
    }

    /// Distance of rows and of columns, in millimetres.
    pub(super) fn spacing(&self) -> [f64; 2] {
        self.spacing
    }

    pub(super) fn rows(&self) -> usize {
        self.shape[1] as usize
    }

    pub(super) fn columns(&self) -> usize {
        self.shape[2] as usize
    }

    /// The slice of a contour, and its points in it.
    pub(super) fn place(&self, contour: &Contour<'_>, options: &Options) -> Result<Found> {
        let refused = |what: &str| {
            let message = format!("contour {}: {what}", contour.number);
            Error::new(ErrorKind::Geometry, message)
        };
        match contour.shape {
            Shape::Closed | Shape::Point => {}
            Shape::Open if options.skip_open => return Ok(Found::Open),
            Shape::Open => {
                let message = "it is not closed and encloses nothing";
                return Err(Error::new(
                    ErrorKind::Argument,
                    format!("contour {}: {message}", contour.number),
                ));
            }
            Shape::Other => return Err(refused("its geometric type is none that encloses something")),
        }
        let (points, rest) = contour.values.as_chunks::<3>();
        if !rest.is_empty() {
            return Err(refused("its numbers are no multiple of three"));
        }
        let mut outline: Vec<[f64; 2]> = try_vec(points.len())?;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for point in points {
            if !usable_position(*point) {
                return Err(refused("it has a point that is no number, or farther away than a kilometre"));
            }
            let from = between(*point, self.origin);
            let [slice, row, column] = self.to_index.map(|axis| dot(axis, from));
            (low, high) = (low.min(slice), high.max(slice));
            outline.push([row, column].map(|value| (value * PARTS).round() / PARTS));
        }
        if outline.is_empty() {
            return Ok(Found::Nothing);
        }
        let nearest = f64::midpoint(low, high).round();
        let off = (high - nearest).abs().max((low - nearest).abs()) * self.distance;
        let within = options.tolerance.unwrap_or(FRACTION * self.distance);
        if (high - low) * self.distance > 2.0 * within && contour.shape == Shape::Closed {
            let span = (high - low) * self.distance;
            return Err(refused(&format!(
                "it lies in no slice's plane: its points are {span:.4} mm apart across the slices"
            )));
        }
        let [slices, ..] = self.shape;
        if nearest < 0.0 || nearest >= f64::from(slices) {
            return Ok(Found::Outside);
        }
        if off > within && contour.shape == Shape::Closed {
            match options.off_plane {
                OffPlane::Error => {
                    return Err(refused(&format!(
                        "it lies {off:.4} mm beside the nearest slice of the volume"
                    )));
                }
                OffPlane::Skip => return Ok(Found::OffPlane),
                OffPlane::Nearest => {}
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to the number of slices"
        )]
        let slice = nearest as u32;
        Ok(Found::In(Outline { slice, points: outline, off, is_point: contour.shape == Shape::Point }))
    }
}
