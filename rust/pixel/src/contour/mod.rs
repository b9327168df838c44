//! Contours of regions of interest (PS3.3 C.8.8.6): their points as numbers, and the voxels of a grid that they enclose.
//!
//! * [`Contours`] lists the contours of a structure set and reads their points;
//! * [`Grid`] takes points to the grid of a volume, and finds the slice that a contour lies in;
//! * [`mask_into`] sets the voxels that a region encloses, by the rule that stands in `fill.rs`.

mod between;
mod fill;
mod place;
mod read;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::sync::{Mutex, PoisonError};

use radiogram_core::{Error, ErrorKind, Result};

pub use fill::Combine;
pub use place::{Grid, OffPlane};
pub use read::{Contours, Shape};

use crate::render::Executor;
use crate::segmentation::work::parts;
use place::{Found, Outline};

/// A contour as it was read.
#[derive(Clone, Copy, Debug)]
pub struct Contour<'a> {
    /// Its number among those of the structure set, for messages.
    pub number: usize,
    /// What its points make.
    pub shape: Shape,
    /// Its points, three numbers each.
    pub values: &'a [f64],
}

/// How a mask is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What becomes of contours of a region that overlap.
    pub combine: Combine,
    /// How far a contour may be off the plane of its slice, in millimetres; a tenth of the distance of slices.
    pub tolerance: Option<f64>,
    /// What becomes of one that is farther off.
    pub off_plane: OffPlane,
    /// Contours that are not closed, which enclose nothing, are left out.
    pub skip_open: bool,
    /// Gaps of up to so many slices between contours are filled by the shape of the slices around them.
    pub interpolate: usize,
}

/// What became of the contours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Report {
    /// Slices that a contour lies in.
    pub slices: usize,
    /// Contours that were used.
    pub used: usize,
    /// Contours outside of the volume.
    pub outside: usize,
    /// Contours too far from a slice, left out because that was asked for.
    pub off_plane: usize,
    /// Contours that are not closed, left out because that was asked for.
    pub open: usize,
    /// Contours that are there twice, counted once.
    pub repeated: usize,
    /// Slices that were filled between those with a contour.
    pub interpolated: usize,
    /// How far a contour that was used is off its plane at the most, in millimetres.
    pub deviation: f64,
}

/// Sets the voxels to 1 whose centres a region encloses, in `out` of a byte a voxel (slice, row, column), which holds zeros.
///
/// # Errors
///
/// `GeometryError` for a contour that lies in no slice's plane, and where all of them are outside of the volume; `ArgumentError` for
/// contours that are not closed; `LimitError` for outlines that cross too many rows.
pub fn mask_into(
    contours: &[Contour<'_>],
    grid: &Grid,
    options: &Options,
    out: &mut [u8],
    run: Executor,
) -> Result<Report> {
    let mut report = Report::default();
    let mut outlines: Vec<Outline> = Vec::new();
    for contour in contours {
        match grid.place(contour, options)? {
            Found::In(outline) => {
                report.used += 1;
                report.deviation = report.deviation.max(outline.off);
                outlines.push(outline);
            }
            Found::Outside => report.outside += 1,
            Found::OffPlane => report.off_plane += 1,
            Found::Open => report.open += 1,
            Found::Nothing => {}
        }
    }
    if report.used == 0 && report.outside > 0 {
        let message =
            format!("all {} contours are outside of the volume: they are of another", report.outside);
        return Err(Error::new(ErrorKind::Geometry, message));
    }
    outlines.sort_by(|one, other| one.slice.cmp(&other.slice).then_with(|| ordered(one, other)));
    let before = outlines.len();
    outlines.dedup_by(|one, other| one.slice == other.slice && ordered(one, other) == Ordering::Equal);
    report.repeated = before - outlines.len();
    let slices: Vec<&[Outline]> = outlines.chunk_by(|one, other| one.slice == other.slice).collect();
    let numbers: Vec<usize> =
        slices.iter().filter_map(|slice| slice.first()).map(|outline| outline.slice as usize).collect();
    report.slices = slices.len();
    let (rows, columns) = (grid.rows(), grid.columns());
    let pieces = parts(out, rows.saturating_mul(columns), &numbers)?;
    let failure: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    run(slices.len(), &|number| {
        let (Some(slice), Some(part)) = (slices.get(number), pieces.get(number)) else { return };
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = slice_into(slice, options.combine, (rows, columns), &mut part) {
            let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
            if failure.as_ref().is_none_or(|(first, _)| number < *first) {
                *failure = Some((number, error));
            }
        }
    });
    drop(pieces);
    if let Some((_, error)) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    report.interpolated = between::fill_gaps(grid, &numbers, options.interpolate, out, run)?;
    Ok(report)
}

/// An order in which equal outlines are neighbours.
fn ordered(one: &Outline, other: &Outline) -> Ordering {
    let numbers = |outline: &Outline| outline.points.len();
    numbers(one).cmp(&numbers(other)).then_with(|| {
        let pairs = one.points.iter().flatten().zip(other.points.iter().flatten());
        pairs.map(|(a, b)| a.total_cmp(b)).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
    })
}

/// All outlines of one slice.
fn slice_into(
    outlines: &[Outline],
    combine: Combine,
    (rows, columns): (usize, usize),
    out: &mut [u8],
) -> Result<()> {
    let mut set = |row: usize, span: std::ops::Range<usize>| {
        let from = row.saturating_mul(columns);
        let pixels = out.get_mut(from + span.start..from + span.end).unwrap_or_default();
        pixels.fill(1);
    };
    let closed: Vec<&[[f64; 2]]> = outlines
        .iter()
        .filter(|outline| !outline.is_point)
        .map(|outline| outline.points.as_slice())
        .collect();
    match combine {
        Combine::Xor => fill::fill(&closed, rows, columns, &mut set)?,
        Combine::Union => {
            closed
                .iter()
                .try_for_each(|one| fill::fill(std::slice::from_ref(one), rows, columns, &mut set))?;
        }
    }
    // A point is of the voxel that it lies in.
    for [row, column] in outlines.iter().filter(|outline| outline.is_point).flat_map(|one| &one.points) {
        if let (Some(row), Some(column)) = (fill::index(*row, rows), fill::index(*column, columns)) {
            set(row, column..column + 1);
        }
    }
    Ok(())
}
