//! The frames of a multi-frame object: what its functional groups, shared and of each frame, say of them (PS3.3 C.7.6.16).
//!
//! The rows of the index are gone through once, whatever a frame holds: nothing is looked up, no item is built.

use std::borrow::Cow;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag, dictionary};
use radiogram_data::{Document, NodeId};

use super::header::{Coordinate, Key, SliceHeader, Space};
use super::vectors;
use crate::data_set::{decimals, integers, text, texts};
use crate::tags;

/// Dimension Index Sequence, and the pointer in its items.
pub(super) const DIMENSIONS: Tag = Tag(0x0020_9222);
const DIMENSION_POINTER: Tag = Tag(0x0020_9165);
const DIMENSION_VALUES: Tag = Tag(0x0020_9157);

/// Objects with functional groups whose frames need no place in the patient: projections and captured pictures.
const PROJECTIONS: [&str; 6] = [
    "1.2.840.10008.5.1.4.1.1.12.1.1",
    "1.2.840.10008.5.1.4.1.1.12.2.1",
    "1.2.840.10008.5.1.4.1.1.7.1",
    "1.2.840.10008.5.1.4.1.1.7.2",
    "1.2.840.10008.5.1.4.1.1.7.3",
    "1.2.840.10008.5.1.4.1.1.7.4",
];

/// The frames of an object that has functional groups, each with what is shared by all; `base` is what its data set says.
///
/// # Errors
///
/// `PixelError` where there are fewer groups than frames, or more.
pub(super) fn frames(document: &Document, base: &SliceHeader) -> Result<Vec<SliceHeader>> {
    let root = document.root();
    let count = usize::try_from(base.frames.unwrap_or(1)).unwrap_or(0);
    let mut shared = base.clone();
    if count > 1 {
        // What the data set says of a place is said of no frame.
        (shared.position, shared.orientation, shared.pixel_spacing) = (None, None, None);
    }
    if let Some(item) = document.find(root, tags::SHARED_GROUPS).and_then(|row| document.items(row).next()) {
        apply_groups(document, item, &[], &mut shared);
    }
    let names = dimensions(document, root);
    let groups: Vec<NodeId> =
        document.find(root, tags::FRAME_GROUPS).map(|row| document.items(row).collect()).unwrap_or_default();
    if !groups.is_empty() && groups.len() != count {
        let message = format!("{count} frames with functional groups for {}", groups.len());
        return Err(Error::new(ErrorKind::Pixel, message).in_path(&Path::of(tags::FRAME_GROUPS)));
    }
    let mut frames = radiogram_core::try_vec(groups.len().max(1))?;
    for (number, item) in groups.iter().enumerate() {
        let mut frame = SliceHeader { frame: u32::try_from(number).unwrap_or(u32::MAX), ..shared.clone() };
        apply_groups(document, *item, &names, &mut frame);
        frames.push(frame);
    }
    if frames.is_empty() {
        for frame in 0..u32::try_from(count).unwrap_or(0) {
            frames.push(SliceHeader { frame, ..shared.clone() });
        }
    }
    let is_projected =
        frames.len() > 1 && base.sop_class_uid.as_deref().is_some_and(|class| PROJECTIONS.contains(&class));
    if is_projected && frames.iter().all(|frame| frame.position.is_none()) {
        for frame in &mut frames {
            frame.keys.push(vectors::key("frame", "", f64::from(frame.frame)));
            vectors::nowhere(frame);
        }
    }
    Ok(frames)
}

/// The keywords of the elements that the dimension indices stand for (PS3.3 C.7.6.17).
fn dimensions(document: &Document, root: NodeId) -> Vec<&'static str> {
    let Some(row) = document.find(root, DIMENSIONS) else { return Vec::new() };
    let keyword = |item: NodeId| {
        let pointer = document.find(item, DIMENSION_POINTER).and_then(|row| integers(document, row))?;
        let tag = u32::try_from(*pointer.first()?).ok()?;
        dictionary::by_tag(Tag(tag)).map(|entry| entry.keyword)
    };
    document.items(row).map(|item| keyword(item).unwrap_or_default()).collect()
}

/// Calls `each` with tag and row of the elements of a data set.
fn for_each(document: &Document, node: NodeId, mut each: impl FnMut(Tag, u32)) {
    let end = document.entry(node.0).map_or(0, |item| item.end);
    let mut row = node.0 + 1;
    while let Some(entry) = document.entry(row).filter(|_| row < end) {
        each(entry.tag, row);
        row = entry.end.max(row + 1);
    }
}

/// Puts what one item of the groups says over what is known.
fn apply_groups(document: &Document, groups: NodeId, dimensions: &[&'static str], frame: &mut SliceHeader) {
    for_each(document, groups, |tag, row| {
        let Some(item) = document.items(row).next() else { return };
        if tag == tags::FRAME_VOI || tag == tags::REAL_WORLD_MAPS {
            // Rendering reads them.
            return;
        }
        if tag == Tag(0x0018_9341) {
            let said = document.items(row).map(|item| contrast(document, item)).collect::<Vec<_>>();
            frame.contrast = Some(said.join(", "));
            return;
        }
        for_each(document, item, |inner, row| apply(document, inner, row, dimensions, frame));
    });
}

/// Contrast/Bolus Usage: which agent, and its phase or whether it was given (PS3.3 C.7.6.16.2.12).
fn contrast(document: &Document, item: NodeId) -> String {
    let mut said = Vec::new();
    for_each(document, item, |tag, row| match tag.0 {
        0x0018_9337 => {
            said.extend(integers(document, row).and_then(|all| all.first().map(ToString::to_string)));
        }
        0x0018_9342 | 0x0018_9344 => said.extend(text(document, row)),
        _ => {}
    });
    said.join(" ")
}

/// Takes one attribute of a macro, wherever it stands: tags are told apart by their meaning, not by the sequence around them.
fn apply(document: &Document, tag: Tag, row: u32, dimensions: &[&'static str], frame: &mut SliceHeader) {
    let number = || decimals(document, row).and_then(|all| all.first().copied());
    let whole = || integers(document, row).and_then(|all| all.first().copied());
    match tag.0 {
        // Plane Position, Plane Orientation, Pixel Measures.
        0x0020_0032 => frame.position = exactly(document, row),
        0x0020_0037 => frame.orientation = exactly(document, row),
        0x0020_9301 => (frame.position, frame.space) = (exactly(document, row), Space::Volume),
        0x0020_9302 => (frame.orientation, frame.space) = (exactly(document, row), Space::Volume),
        0x0028_0030 => frame.pixel_spacing = exactly(document, row),
        0x0018_0050 => frame.slice_thickness = number(),
        0x0018_0088 => frame.spacing_between_slices = number(),
        // Pixel Value Transformation.
        0x0028_1052 => frame.intercept = number(),
        0x0028_1053 => frame.slope = number(),
        0x0028_1054 => frame.rescale_type = text(document, row),
        // Frame Content, Temporal Position.
        0x0020_9128 | 0x0020_0100 => frame.temporal_position = whole(),
        0x0020_930D => frame.time_offset = number(),
        0x0018_9074 | 0x0008_002A | 0x0008_0032 => frame.acquisition_time = text(document, row),
        0x0020_9156 | 0x0020_0012 => frame.acquisition_number = whole(),
        0x0020_9056 => key(frame, "stack", text(document, row).map(Coordinate::Text)),
        DIMENSION_VALUES_TAG => {
            let values = integers(document, row).unwrap_or_default();
            let named = values.into_iter().zip(dimensions).filter(|(_, name)| !name.is_empty());
            frame.dimensions =
                named.filter_map(|(value, name)| Some((*name, u32::try_from(value).ok()?))).collect();
        }
        // MR Echo, MR Diffusion, MR Modifier, MR Timing, Cardiac Synchronization.
        0x0018_9082 | 0x0018_0081 => frame.echo_time = number(),
        0x0018_9087 => frame.b_value = number(),
        0x0018_9089 => frame.gradient = exactly(document, row),
        0x0018_9076 => {
            if let Some(item) = document.items(row).next() {
                let inner = document.find(item, Tag(0x0018_9089));
                frame.gradient = inner.and_then(|row| exactly(document, row));
            }
        }
        0x0018_9079 | 0x0018_0082 => key(frame, "inversion_time", number().map(Coordinate::Number)),
        0x0018_1314 => key(frame, "flip_angle", number().map(Coordinate::Number)),
        0x0020_9153 => frame.cardiac_delay = number(),
        0x0020_9241 => key(frame, "cardiac_percent", number().map(Coordinate::Number)),
        0x0018_1060 => frame.trigger_time = number(),
        // Frame types of CT, MR, PET, X-ray 3D, parametric maps, ultrasound volumes.
        0x0008_9007 => frame.image_type = texts(document, row),
        0x0008_9208 => key(frame, "component", text(document, row).map(Coordinate::Text)),
        0x0062_000B => key(frame, "segment", whole().and_then(small).map(Coordinate::Number)),
        // Images of one energy, made of several.
        0x0018_937C => key(frame, "energy", number().map(Coordinate::Number)),
        _ => {}
    }
}

const DIMENSION_VALUES_TAG: u32 = DIMENSION_VALUES.0;

/// Sets a key of a frame, over that of all frames.
fn key(frame: &mut SliceHeader, name: &'static str, value: Option<Coordinate>) {
    let Some(value) = value else { return };
    match frame.keys.iter_mut().find(|key| key.name == name) {
        Some(key) => key.value = value,
        None => frame.keys.push(Key { name: Cow::Borrowed(name), unit: unit(name), value }),
    }
}

fn small(value: i64) -> Option<f64> {
    u32::try_from(value).ok().map(f64::from)
}

fn unit(name: &str) -> &'static str {
    match name {
        "inversion_time" => "ms",
        "flip_angle" => "deg",
        "cardiac_percent" => "%",
        "energy" => "keV",
        _ => "",
    }
}

/// As many numbers as a place or a direction has, or nothing.
fn exactly<const N: usize>(document: &Document, row: u32) -> Option<[f64; N]> {
    decimals(document, row)?.try_into().ok()
}
