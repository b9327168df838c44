//! The frames of a multi-frame object: what its functional groups, shared and of each frame, say of them (PS3.3 C.7.6.16).
//!
//! The rows of the index are gone through once, whatever a frame holds: nothing is looked up, no item is built.

use std::borrow::Cow;

use radiogram_core::{Result, Tag, dictionary};
use radiogram_data::{Document, NodeId};

use super::header::{Coordinate, Key, SliceHeader, Space};
use super::vectors;
use crate::data_set::{decimals, integers, text, texts};
use crate::functional::{FunctionalGroups, Origin, Place, exactly, for_each, items, map_labels};
use crate::tags;

/// Dimension Index Sequence, and the pointer in its items.
pub(super) const DIMENSIONS: Tag = Tag(0x0020_9222);
const DIMENSION_POINTER: Tag = Tag(0x0020_9165);
const DIMENSION_VALUES: Tag = Tag(0x0020_9157);
/// Contrast/Bolus Usage Sequence.
const CONTRAST_USAGE: Tag = Tag(0x0018_9341);

/// The frames of an object that has functional groups, each with what is shared by all; `base` is what its data set says.
///
/// # Errors
///
/// `PixelError` where there are fewer groups than frames, or more.
pub(super) fn frames(document: &Document, base: &SliceHeader) -> Result<Vec<SliceHeader>> {
    let root = document.root();
    let groups = FunctionalGroups::of(document, root);
    let count = usize::try_from(base.frames.unwrap_or(1)).unwrap_or(0);
    let mut shared = Frame::of(base);
    // A part of a concatenation may have one frame of many.
    let is_one_of_many = count > 1 || base.part.is_some();
    if is_one_of_many {
        // What the data set says of a place is said of no frame.
        (shared.place.position, shared.place.orientation, shared.place.spacing) = (None, None, None);
    }
    let names = dimensions(document, root);
    if let Some(item) = groups.shared() {
        shared.apply_groups(document, &groups, item, &[]);
    }
    if !groups.frames().is_empty() {
        groups.fit(count)?;
    }
    let mut frames = radiogram_core::try_vec(groups.frames().len().max(1))?;
    for (number, item) in (0_u32..).zip(groups.frames()) {
        let mut frame = shared.clone();
        frame.header.frame = number;
        frame.apply_groups(document, &groups, *item, &names);
        frames.push(frame.settled());
    }
    let shared = shared.settled();
    if frames.is_empty() {
        for frame in 0..u32::try_from(count).unwrap_or(0) {
            frames.push(SliceHeader { frame, ..shared.clone() });
        }
    }
    // Projections, captured pictures, scans along a vessel or of an eye: what does not belong to a kind that has places needs none.
    let is_placed = base.sop_class_uid.as_deref().is_none_or(|class| vectors::PLACED.contains(&class));
    if is_one_of_many && !is_placed && frames.iter().all(|frame| frame.position.is_none()) {
        for frame in &mut frames {
            #[expect(clippy::cast_precision_loss, reason = "far below 2**53 frames")]
            let number = frame.number() as f64;
            frame.keys.push(vectors::key("frame", "", number));
            vectors::nowhere(frame);
        }
    }
    Ok(frames)
}

/// A frame whose groups are gone through.
#[derive(Clone)]
struct Frame {
    header: SliceHeader,
    place: Place,
}

impl Frame {
    /// What the data set says of all its frames.
    fn of(base: &SliceHeader) -> Self {
        let place = Place {
            position: base.position,
            orientation: base.orientation,
            spacing: base.pixel_spacing,
            thickness: base.slice_thickness,
            between: base.spacing_between_slices,
            ..Place::default()
        };
        Self { header: base.clone(), place }
    }

    /// Puts what one item of the groups says over what is known.
    fn apply_groups(
        &mut self,
        document: &Document,
        groups: &FunctionalGroups<'_>,
        item: NodeId,
        dimensions: &[&'static str],
    ) {
        groups.macros(item, |tag, row| {
            let Some(item) = document.items(row).next() else { return };
            if tag == tags::FRAME_VOI {
                // Rendering reads it, and the numbers of the mappings.
                return;
            }
            if tag == tags::REAL_WORLD_MAPS {
                // Of a parametric map they say what a frame shows; a slide's tiles are told apart by the same words.
                let label = map_labels(document, document.items(row));
                key(&mut self.header, "channel", label.map(Coordinate::Text));
                return;
            }
            if tag == CONTRAST_USAGE {
                let said = document.items(row).map(|item| contrast(document, item)).collect::<Vec<_>>();
                self.header.contrast = Some(said.join(", "));
                return;
            }
            for_each(document, item, |inner, row| {
                if !self.place.take(document, inner, row) {
                    apply(document, inner, row, dimensions, &mut self.header);
                }
            });
        });
    }

    /// The header, with what was said of its place.
    fn settled(self) -> SliceHeader {
        let Self { mut header, place } = self;
        (header.position, header.orientation) = (place.position, place.orientation);
        (header.pixel_spacing, header.slice_thickness) = (place.spacing, place.thickness);
        header.spacing_between_slices = place.between;
        if place.origin == Origin::Volume {
            header.space = Space::Volume;
        }
        key(&mut header, "segment", place.segment.and_then(small).map(Coordinate::Number));
        header
    }
}

/// The keywords of the elements that the dimension indices stand for (PS3.3 C.7.6.17).
fn dimensions(document: &Document, root: NodeId) -> Vec<&'static str> {
    let keyword = |item: NodeId| {
        let pointer = document.find(item, DIMENSION_POINTER).and_then(|row| integers(document, row))?;
        let tag = u32::try_from(*pointer.first()?).ok()?;
        dictionary::by_tag(Tag(tag)).map(|entry| entry.keyword)
    };
    items(document, root, DIMENSIONS).map(|item| keyword(item).unwrap_or_default()).collect()
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

/// Takes one attribute of a macro that says nothing of a place.
fn apply(document: &Document, tag: Tag, row: u32, dimensions: &[&'static str], frame: &mut SliceHeader) {
    let number = || decimals(document, row).and_then(|all| all.first().copied());
    let whole = || integers(document, row).and_then(|all| all.first().copied());
    match tag.0 {
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
        // Image Data Type of ultrasound volumes: tissue, flow.
        0x0018_9808 => key(frame, "data_type", text(document, row).map(Coordinate::Text)),
        // Intravascular Frame Content: how far the catheter was pulled back.
        0x0052_0028 => key(frame, "distance", number().map(Coordinate::Number)),
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
        "distance" => "mm",
        _ => "",
    }
}
