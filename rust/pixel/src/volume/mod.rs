//! Volumes: from the headers of files, and of the frames in them, to slices in their places, or to a refusal that says why.
//!
//! A slice is a frame of a file: the only one, or one of many. [`arrange`] takes headers alone: it reads no file and no
//! pixel, depends on nothing but its arguments, and gives the same answer whatever the order of the files. Its promise is
//! that array and affine matrix are true to the patient:
//!
//! * what is no slice (reports, localizers, screenshots, copies) is **set aside with a reason**;
//! * several series, or several volumes in one, are [`ErrorKind::AmbiguousSeries`] **with the choices**;
//! * slices whose place is not known, or that stand on no regular grid, are [`ErrorKind::Geometry`];
//! * images that share a position are volumes along **axes** (time, b-value, echo …) that attributes tell apart;
//! * **gaps** are [`ErrorKind::MissingSlice`], or places to be filled: under every [`Missing`] the array has
//!   one place for each place of the grid, never fewer, so that the affine matrix stays true;
//! * a **tilted gantry** is a sheared affine matrix, exactly as the slices stand.
//!
//! How far a slice may stand off its place is said in `stack.rs`.

mod axes;
mod counted;
mod dtype;
mod functional;
pub(crate) mod geometry;
mod header;
mod marks;
mod mosaic;
mod notes;
mod of_document;
mod parts;
mod places;
mod reader;
mod resample;
mod select;
pub(crate) mod stack;
#[cfg(test)]
mod tests;
mod vectors;
mod vendors;
mod verdict;

use std::collections::BTreeSet;

use radiogram_core::{ErrorKind, Limits};

pub use crate::sample::Dtype;
pub use dtype::Units;
pub use header::{Coordinate, Key, PixelElement, SliceHeader, Space};
pub use of_document::wanted;
pub use reader::{SliceReader, Stride};
pub use resample::{Order, Resampling, Sample};
pub use verdict::{
    Arrangement, Axis, Choice, Coordinates, Fill, Reason, Refusal, Report, Rescale, Slot, SpacingSource,
    Values,
};

use geometry::{affine, length};
use notes::notes;
use parts::{Placement, place, refuse_mingled, refuse_mixed};
use places::{Layout, lay_out};
use select::Selection;
use stack::Stack;
use verdict::code;

/// What becomes of gaps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Missing {
    /// They are refused.
    #[default]
    Error,
    /// They are filled, and the caller is warned.
    Warn,
    /// They are filled; the report says where.
    Fill,
}

/// What the caller asks for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The series to read, where the files belong to several.
    pub series_uid: Option<String>,
    /// The frames to read, of files or of concatenations that have several; all.
    pub frames: Option<BTreeSet<u32>>,
    /// What becomes of gaps.
    pub missing: Missing,
    /// What the values of the result mean.
    pub units: Units,
    /// The type of the result; `None` for the smallest that holds every possible value.
    pub dtype: Option<Dtype>,
    /// How large the result may be.
    pub limits: Limits,
}

/// Puts the slices of one volume in their places.
pub fn arrange(headers: &[SliceHeader], options: &Options) -> Result<Arrangement, Refusal> {
    let mut selection = Selection::new(headers);
    let result = selection.choose(options).and_then(|joined| {
        selection.drop_strangers();
        let mut arrangement = build(&selection.slices, options)?;
        arrangement.report.incomplete = joined.is_incomplete;
        arrangement.report.notes.extend(joined.notes);
        Ok(arrangement)
    });
    let mut set_aside = selection.set_aside;
    set_aside.sort_by_key(|&(index, reason)| (index, reason.as_str()));
    set_aside.dedup();
    match result {
        Ok(mut arrangement) => {
            arrangement.report.set_aside = set_aside;
            Ok(arrangement)
        }
        Err(refusal) => Err(Refusal { set_aside, ..refusal }),
    }
}

/// The volume of slices that are all of one series.
fn build(slices: &[&SliceHeader], options: &Options) -> Result<Arrangement, Refusal> {
    let places = place(slices)?;
    refuse_mixed(slices, &places)?;
    let (Some(first), Some(&model)) = (slices.first(), usual(&places)) else {
        return Err(Refusal::new(ErrorKind::Argument, "there are no slices"));
    };
    let Layout { axes, volumes, grid, spacing_source, notes: told } = lay_out(slices, &places, &model)?;
    let depth = grid.places.len();
    refuse_mingled(slices, &volumes, depth)?;
    let missing: Vec<usize> =
        volumes.iter().enumerate().filter(|(_, slice)| slice.is_none()).map(|(place, _)| place).collect();
    if !missing.is_empty() && options.missing == Missing::Error {
        return Err(refuse_gaps(&missing, volumes.len(), &grid));
    }
    let (rows, columns) = first.size().unwrap_or_default();
    refuse_size([volumes.len() as u64, rows.into(), columns.into(), first.samples().into()], options)?;
    let (dtype, dtype_reason) = dtype::choose(slices, options.units, options.dtype)?;
    let rescale = rescale(slices);
    let padding = shared(slices, |slice| slice.padding).flatten();
    let [row_spacing, column_spacing] = model.spacing;
    let report = Report {
        series_uid: first.series_instance_uid.clone().unwrap_or_default(),
        frame_of_reference_uid: frame_of_reference(slices),
        modality: code(first.modality.as_deref()),
        space: first.space,
        present: slices.len(),
        spacing: [length(grid.step), row_spacing, column_spacing],
        spacing_source,
        plane_distance: grid.distance,
        tilt_degrees: grid.tilt,
        tolerance: grid.tolerance,
        deviation: grid.deviation,
        set_aside: Vec::new(),
        dtype,
        dtype_reason,
        rescale,
        padding,
        incomplete: false,
        fill: fill(padding, rescale, dtype, options.units),
        transfer_syntaxes: transfer_syntaxes(slices),
        notes: told.into_iter().chain(notes(slices, &places, &grid, &volumes)).collect(),
        missing,
    };
    let slots = volumes.iter().map(|place| {
        place.and_then(|number| slices.get(number)).map_or(Slot::Missing, |slice| {
            let ((slope, intercept), modality_lut) = (slice.rescale(), slice.modality_lut);
            Slot::Slice { index: slice.index, frame: slice.frame, slope, intercept, modality_lut }
        })
    });
    Ok(Arrangement {
        slice_times: slice_times(slices, &volumes, depth),
        axes,
        depth,
        slots: slots.collect(),
        rows,
        columns,
        samples: first.samples(),
        affine: affine(grid.origin, grid.step, &model.plane, model.spacing),
        report,
    })
}

/// The times of the slices of one volume: of the last, as the first one's are those of a scanner that has just begun.
fn slice_times(slices: &[&SliceHeader], volumes: &[Option<usize>], depth: usize) -> Vec<f64> {
    let last = volumes.chunks_exact(depth.max(1)).next_back().unwrap_or_default();
    let time = |place: &Option<usize>| {
        let slice = place.and_then(|number| slices.get(number))?;
        slice.slice_time.filter(|time| time.is_finite())
    };
    last.iter().map(time).collect::<Option<Vec<f64>>>().unwrap_or_default()
}

/// The most common plane and pixel spacing, value by value; they differ by rounding alone.
fn usual(places: &[Placement]) -> Option<&Placement> {
    let key = |place: &Placement| {
        let values = place.plane.row.into_iter().chain(place.plane.column).chain(place.spacing);
        values.map(f64::to_bits).collect::<Vec<_>>()
    };
    let mut keyed: Vec<(Vec<u64>, &Placement)> = places.iter().map(|place| (key(place), place)).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    keyed.chunk_by(|a, b| a.0 == b.0).max_by_key(|group| group.len())?.first().map(|&(_, place)| place)
}

/// Gaps, where they are refused.
fn refuse_gaps(missing: &[usize], places: usize, grid: &Stack) -> Refusal {
    let shown: Vec<String> = missing.iter().take(12).map(ToString::to_string).collect();
    let more = if missing.len() > 12 { ", …" } else { "" };
    let count = missing.len();
    let message = format!(
        "{count} of {places} slices are missing, {:.4} mm apart, at {}{more}; \
         missing=\"warn\" or \"fill\" fills their places",
        grid.distance,
        shown.join(", ")
    );
    Refusal::new(ErrorKind::MissingSlice, message)
}

/// Refuses a result with more samples than a call may return.
fn refuse_size(lengths: [u64; 4], options: &Options) -> Result<(), Refusal> {
    let samples = lengths.into_iter().try_fold(1_u64, u64::checked_mul);
    match samples.filter(|&samples| samples <= options.limits.samples) {
        Some(_) => Ok(()),
        None => Err(Refusal::new(
            ErrorKind::Limit,
            format!("a volume of more than {} samples", options.limits.samples),
        )),
    }
}

/// Frame of Reference UID, where every slice has it.
fn frame_of_reference(slices: &[&SliceHeader]) -> String {
    let first = slices.first().and_then(|first| first.frame_of_reference_uid.as_ref());
    let is_shared = slices.iter().all(|slice| slice.frame_of_reference_uid.as_ref() == first);
    first.filter(|_| is_shared).cloned().unwrap_or_default()
}

/// The value that all slices share.
fn shared<T: PartialEq>(slices: &[&SliceHeader], value: impl Fn(&SliceHeader) -> T) -> Option<T> {
    let first = value(slices.first()?);
    slices.iter().all(|slice| value(slice) == first).then_some(first)
}

fn rescale(slices: &[&SliceHeader]) -> Rescale {
    if slices.iter().any(|slice| slice.modality_lut) {
        return Rescale::Lut;
    }
    match shared(slices, SliceHeader::rescale) {
        Some((slope, intercept)) => Rescale::Uniform { slope, intercept },
        None => Rescale::PerSlice,
    }
}

/// The shared padding value where it has one meaning and the type holds it, else the smallest value present.
fn fill(padding: Option<i64>, rescale: Rescale, dtype: Dtype, units: Units) -> Fill {
    #[expect(clippy::cast_precision_loss, reason = "Pixel Padding Value is US or SS: 16 bits")]
    let value = padding.and_then(|stored| match (units, rescale) {
        (Units::Stored, _) => Some(stored as f64),
        (Units::Modality, Rescale::Uniform { slope, intercept }) => Some(stored as f64 * slope + intercept),
        (Units::Modality, Rescale::PerSlice | Rescale::Lut) | (Units::RealWorld, _) => None,
    });
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float cast saturates, and the range test then fails"
    )]
    let held = value.filter(|value| value.is_finite() && dtype::holds(dtype, *value as i128, *value as i128));
    held.map_or(Fill::Smallest, Fill::Value)
}

fn transfer_syntaxes(slices: &[&SliceHeader]) -> Vec<String> {
    let syntaxes: BTreeSet<&String> =
        slices.iter().filter_map(|slice| slice.transfer_syntax_uid.as_ref()).collect();
    syntaxes.into_iter().cloned().collect()
}
