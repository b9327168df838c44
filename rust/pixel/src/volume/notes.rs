//! What a report says beside its numbers: what a careful reader of the volume wants to know, a sentence each.

use std::collections::{BTreeMap, BTreeSet};

use super::geometry::usable_spacing;
use super::header::{SliceHeader, Space, key};
use super::parts::Placement;
use super::shared;
use super::stack::Stack;

/// Slices that are so many times as far apart as they are thick are worth a word: where regularly every second
/// one is missing, nothing else shows it.
const SPARSE: f64 = 1.9;

/// What slices of one volume have in common as a rule, and whether two do.
type Same = (&'static str, fn(&SliceHeader, &SliceHeader) -> bool);

const SAME: [Same; 8] = [
    ("Slice Thickness", |a, b| a.slice_thickness == b.slice_thickness),
    ("Image Type", |a, b| a.image_type == b.image_type),
    ("Temporal Position", |a, b| a.temporal_position == b.temporal_position),
    ("Contrast/Bolus Agent", |a, b| a.contrast == b.contrast),
    ("Convolution Kernel", |a, b| key(a, "kernel") == key(b, "kernel")),
    ("KVP", |a, b| key(a, "tube_voltage") == key(b, "tube_voltage")),
    ("Inversion Time", |a, b| key(a, "inversion_time") == key(b, "inversion_time")),
    ("Flip Angle", |a, b| key(a, "flip_angle") == key(b, "flip_angle")),
];

/// What else a careful reader wants to know.
pub(super) fn notes(
    slices: &[&SliceHeader],
    places: &[Placement],
    grid: &Stack,
    volumes: &[Option<usize>],
) -> Vec<String> {
    let (missing, all) = (volumes.iter().filter(|place| place.is_none()).count(), volumes.len());
    let mut notes = Vec::new();
    let mut note = |is: bool, text: String| {
        if is {
            notes.push(text);
        }
    };
    let count = |is: &dyn Fn(&SliceHeader) -> bool| slices.iter().filter(|slice| is(slice)).count();
    let plural = slices.len() > 1;
    note(missing > 0, format!("{missing} of {all} places hold no slice and are filled"));
    let is_nowhere = slices.first().is_some_and(|slice| slice.space == Space::Nowhere);
    note(is_nowhere, "the images have no place in the patient: the affine matrix counts voxels".to_owned());
    let is_volume = slices.first().is_some_and(|slice| slice.space == Space::Volume);
    note(
        is_volume,
        "positions are those of the volume's own frame of reference, not of the patient".to_owned(),
    );
    let plural = plural || is_nowhere;
    note(!plural, "one slice alone: its thickness is the header's word".to_owned());
    let defect = places.iter().map(|place| place.plane.defect).fold(0.0, f64::max);
    note(
        defect > 1e-4,
        format!("directions are no unit vectors at a right angle, by {defect:.1e}; made unit"),
    );
    let frameless = count(&|slice| slice.frame_of_reference_uid.is_none());
    note(
        frameless > 0 && !is_nowhere,
        format!("{frameless} of {} slices name no frame of reference", slices.len()),
    );
    let said = shared(slices, |slice| slice.spacing_between_slices).flatten().map(f64::abs);
    let differs = said.is_some_and(|said| usable_spacing(said) && (said - grid.distance).abs() > 0.01 * said);
    note(
        plural && differs,
        format!(
            "Spacing Between Slices says {:.4} mm, the positions {:.4}",
            said.unwrap_or(0.0),
            grid.distance
        ),
    );
    let thick = shared(slices, |slice| slice.slice_thickness).flatten().map(f64::abs);
    let sparse = thick.is_some_and(|thick| usable_spacing(thick) && grid.distance > SPARSE * thick);
    note(
        plural && sparse,
        format!(
            "Slice Thickness says {:.4} mm, the positions {:.4}: there is space between the slices, or each \
             second one and more of them are missing",
            thick.unwrap_or(0.0),
            grid.distance
        ),
    );
    let gantry = shared(slices, |slice| slice.gantry_tilt).flatten().map_or(0.0, f64::abs);
    note(
        plural && gantry.is_finite() && (gantry - grid.tilt).abs() > 0.5,
        format!("Gantry/Detector Tilt says {gantry:.1} degrees, the positions {:.1}", grid.tilt),
    );
    note(
        shared(slices, |slice| slice.rescale_type.clone()).is_none(),
        "Rescale Type differs between slices".to_owned(),
    );
    note(
        shared(slices, |slice| (slice.bits_stored, slice.signed)).is_none(),
        "Bits Stored or Pixel Representation differs between slices".to_owned(),
    );
    let padded = shared(slices, |slice| slice.padding).is_none();
    note(padded, "Pixel Padding Value differs between slices".to_owned());
    let depth = grid.places.len().max(1);
    for (name, is_same) in SAME {
        let differs = |volume: &[Option<usize>]| {
            let mut known = volume.iter().flatten().filter_map(|number| slices.get(*number));
            known.next().is_some_and(|first| known.any(|other| !is_same(first, other)))
        };
        note(volumes.chunks(depth).any(differs), format!("{name} differs between slices of one volume"));
    }
    let files: BTreeMap<usize, &str> = slices
        .iter()
        .filter(|slice| slice.part.is_none())
        .filter_map(|slice| Some((slice.index, slice.sop_instance_uid.as_deref()?)))
        .collect();
    let names: BTreeSet<&&str> = files.values().collect();
    let alike = files.len() - names.len();
    note(alike > 0, format!("{alike} of {} files have the SOP Instance UID of another", files.len()));
    notes
}
