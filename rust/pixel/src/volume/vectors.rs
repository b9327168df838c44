//! The frames of multi-frame objects without functional groups: dose grids, nuclear medicine, pictures in time.

use std::borrow::Cow;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag};
use radiogram_data::Document;

use super::geometry::{Plane, along, usable_spacing};
use super::header::{Coordinate, Key, SliceHeader, Space};
use super::mosaic;
use crate::attributes::{Attributes, decimal};
use crate::slide::tiled::PARAMETRIC_MAP;
use crate::{DataSet, tags};

pub(super) const DOSE_OFFSETS: Tag = Tag(0x3004_000C);
pub(super) const FRAME_TIME: Tag = Tag(0x0018_1063);
pub(super) const FRAME_TIMES: Tag = Tag(0x0018_1065);
pub(super) const DETECTORS: Tag = Tag(0x0054_0022);
pub(super) const SLICES: Tag = Tag(0x0054_0080);

/// The vectors of nuclear medicine, one number a frame (PS3.3 C.8.4.8), and what they tell apart.
pub(super) const COUNTERS: [(Tag, &str); 8] = [
    (Tag(0x0054_0010), "energy_window"),
    (Tag(0x0054_0020), "detector"),
    (Tag(0x0054_0030), "dynamic_phase"),
    (Tag(0x0054_0050), "rotation"),
    (Tag(0x0054_0060), "interval"),
    (Tag(0x0054_0070), "time_slot"),
    (Tag(0x0054_0090), "angular_view"),
    (Tag(0x0054_0100), "time_slice"),
];

/// RT Dose Storage.
pub(super) const RT_DOSE: &str = "1.2.840.10008.5.1.4.1.1.481.2";

/// Objects whose frames have a place in the patient: one that does not say it is damaged.
pub(super) const PLACED: [&str; 18] = [
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.2.1",
    "1.2.840.10008.5.1.4.1.1.2.2",
    "1.2.840.10008.5.1.4.1.1.4.1",
    "1.2.840.10008.5.1.4.1.1.4.3",
    "1.2.840.10008.5.1.4.1.1.4.4",
    "1.2.840.10008.5.1.4.1.1.6.2",
    "1.2.840.10008.5.1.4.1.1.13.1.1",
    "1.2.840.10008.5.1.4.1.1.13.1.2",
    "1.2.840.10008.5.1.4.1.1.13.1.3",
    PARAMETRIC_MAP,
    "1.2.840.10008.5.1.4.1.1.66.4",
    "1.2.840.10008.5.1.4.1.1.66.7",
    "1.2.840.10008.5.1.4.1.1.128.1",
    "1.2.840.10008.5.1.4.1.1.130",
    RT_DOSE,
];

fn wrong<T>(tag: Tag, message: impl Into<String>) -> Result<T> {
    Err(Error::new(ErrorKind::Geometry, message).in_path(&Path::of(tag)))
}

/// The frames of an object that says of them what it says in vectors, or nothing.
///
/// # Errors
///
/// `GeometryError` for vectors that are not of the number of frames, or cannot be understood.
pub(super) fn frames(set: &DataSet<'_>, base: &SliceHeader) -> Result<Vec<SliceHeader>> {
    let count = usize::try_from(base.frames.unwrap_or(1)).unwrap_or(0);
    let mut frames = radiogram_core::try_vec(count)?;
    for frame in 0..u32::try_from(count).unwrap_or(0) {
        frames.push(SliceHeader { frame, ..base.clone() });
    }
    if let Some(offsets) = set.decimals(DOSE_OFFSETS) {
        doses(base, &offsets, &mut frames)?;
        return Ok(frames);
    }
    let is_counted = counters(set, &mut frames)?;
    if let Some(slices) = vector(set, SLICES, count)? {
        tomogram(set, &slices, &mut frames);
        return Ok(frames);
    }
    let is_placed = base.sop_class_uid.as_deref().is_some_and(|class| PLACED.contains(&class));
    if base.position.is_some() || is_placed {
        // Several planes, and nothing that says where each is.
        for frame in &mut frames {
            frame.position = None;
        }
        return Ok(frames);
    }
    if !is_counted {
        times(set, &mut frames)?;
    }
    for frame in &mut frames {
        nowhere(frame);
    }
    Ok(frames)
}

/// A picture that has no place in the patient: its pixels are counted.
pub(super) fn nowhere(frame: &mut SliceHeader) {
    frame.space = Space::Nowhere;
    frame.position = Some([0.0; 3]);
    frame.orientation = Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    frame.pixel_spacing = Some([1.0; 2]);
    (frame.slice_thickness, frame.spacing_between_slices) = (Some(1.0), Some(1.0));
    frame.frame_of_reference_uid = None;
}

pub(super) fn key(name: &'static str, unit: &'static str, value: f64) -> Key {
    Key { name: Cow::Borrowed(name), unit, value: Coordinate::Number(value) }
}

/// A vector of one whole number a frame.
fn vector(set: &DataSet<'_>, tag: Tag, count: usize) -> Result<Option<Vec<i64>>> {
    match set.integers(tag) {
        Some(values) if values.len() == count => Ok(Some(values)),
        Some(values) => wrong(tag, format!("{} numbers for {count} frames", values.len())),
        None => Ok(None),
    }
}

/// What nuclear medicine counts its frames by; false where it counts them by nothing.
fn counters(set: &DataSet<'_>, frames: &mut [SliceHeader]) -> Result<bool> {
    // PS3.3 C.7.6.6: Frame Increment Pointer says which of them are meant.
    let pointers = set.integers(tags::FRAME_INCREMENT).unwrap_or_default();
    let mut is_counted = false;
    for (tag, name) in COUNTERS {
        if !pointers.is_empty() && !pointers.contains(&i64::from(tag.0)) {
            continue;
        }
        let Some(values) = vector(set, tag, frames.len())? else { continue };
        for (frame, value) in frames.iter_mut().zip(values) {
            #[expect(clippy::cast_precision_loss, reason = "US: 16 bits")]
            frame.keys.push(key(name, "", value as f64));
        }
        is_counted = true;
    }
    Ok(is_counted)
}

/// Slices of a reconstruction: the first lies where the detector's item says, the others behind it or, where their spacing is negative, in
/// front of it (PS3.3 C.8.4.15).
///
/// Where nothing says where the first one lies, slices are counted.
fn tomogram(set: &DataSet<'_>, slices: &[i64], frames: &mut [SliceHeader]) {
    let detectors = set.items(DETECTORS);
    let first = detectors.first();
    let of = |tag| first.and_then(|item| item.decimals(tag)).or_else(|| set.decimals(tag));
    let position: Option<[f64; 3]> = of(Tag(0x0020_0032)).and_then(|values| values.try_into().ok());
    let orientation: Option<[f64; 6]> = of(Tag(0x0020_0037)).and_then(|values| values.try_into().ok());
    let spacing = decimal(set, Tag(0x0018_0088)).filter(|spacing| usable_spacing(spacing.abs()));
    let plane = orientation.and_then(Plane::new);
    for (frame, slice) in frames.iter_mut().zip(slices) {
        #[expect(clippy::cast_precision_loss, reason = "US: 16 bits")]
        let steps = slice.saturating_sub(1) as f64;
        if position.is_none() && orientation.is_none() {
            nowhere(frame);
            frame.position = Some([0.0, 0.0, steps]);
            continue;
        }
        frame.orientation = orientation;
        frame.position = match (position, plane, spacing) {
            (Some(origin), Some(plane), Some(spacing)) => Some(along(origin, steps * spacing, plane.normal)),
            _ => None,
        };
    }
}

/// Where the planes of a dose grid are (PS3.3 C.8.8.3.2).
fn doses(base: &SliceHeader, offsets: &[f64], frames: &mut [SliceHeader]) -> Result<()> {
    if offsets.len() != frames.len() {
        return wrong(DOSE_OFFSETS, format!("{} offsets for {} frames", offsets.len(), frames.len()));
    }
    let plane = base.orientation.and_then(Plane::new);
    let (Some(origin), Some(plane), Some(&first)) = (base.position, plane, offsets.first()) else {
        return Ok(());
    };
    let [x, y, z] = origin;
    let is_axial = plane.normal[2].abs() > 1.0 - 1e-6;
    for (frame, offset) in frames.iter_mut().zip(offsets) {
        frame.position = Some(if first == 0.0 {
            along(origin, *offset, plane.normal)
        } else if is_axial && (first - z).abs() <= 1e-3 {
            [x, y, *offset]
        } else {
            let message = "the offsets of dose planes begin neither with 0 nor with the position of the grid";
            return wrong(DOSE_OFFSETS, message);
        });
    }
    Ok(())
}

/// Seconds from the first frame, where that is said; else the number of the frame (PS3.3 C.7.6.5).
fn times(set: &DataSet<'_>, frames: &mut [SliceHeader]) -> Result<()> {
    if let Some(steps) = set.decimals(FRAME_TIMES) {
        if steps.len() != frames.len() {
            return wrong(FRAME_TIMES, format!("{} times for {} frames", steps.len(), frames.len()));
        }
        let mut now = 0.0;
        for (number, (frame, step)) in frames.iter_mut().zip(steps).enumerate() {
            // The first number belongs to no pair of frames.
            now += if number == 0 { 0.0 } else { step };
            frame.keys.push(key("time", "s", now / 1000.0));
        }
        return Ok(());
    }
    let step = decimal(set, FRAME_TIME).filter(|step| step.is_finite() && *step > 0.0);
    for frame in frames {
        let number = f64::from(frame.frame);
        frame.keys.push(match step {
            Some(step) => key("time", "s", number * step / 1000.0),
            None => key("frame", "", number),
        });
    }
    Ok(())
}

/// The frames of a document: those of its functional groups, or what its vectors say.
///
/// # Errors
///
/// `PixelError` or `GeometryError` where what is said of frames does not fit their number.
pub(super) fn all_of(document: &Document, base: SliceHeader) -> Result<Vec<SliceHeader>> {
    let set = DataSet::new(document, document.root());
    let has = |tag| set.row(tag).is_some();
    if let Some(count) = base.frames.and_then(|frames| u64::try_from(frames).ok()).filter(|count| *count > 1)
    {
        crate::frames::plausible(&set, count)?;
    }
    if has(tags::FRAME_GROUPS) || has(tags::SHARED_GROUPS) {
        return super::functional::frames(document, &base);
    }
    if base.frames.is_none_or(|frames| frames <= 1) && !has(DOSE_OFFSETS) {
        return Ok(mosaic::slices(&set, base));
    }
    frames(&set, &base)
}
