//! Whether the slices of a series are of one make, and where they are not, which volumes the series falls
//! into.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use radiogram_core::ErrorKind;

use super::geometry::{Plane, usable_position, usable_spacing};
use super::header::{Coordinate, Object, SliceHeader, key};
use super::select::choice;
use super::verdict::Refusal;
use crate::slide::tiled::channels_of;

/// More parts than this are counted no further.
const MOST_PARTS: usize = 64;

/// The geometry of one slice, checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    pub(super) plane: Plane,
    pub(super) position: [f64; 3],
    pub(super) spacing: [f64; 2],
    size: (u32, u32),
}

/// Checks what every slice must have to have a place in the patient. Instance Number is never taken for an
/// order: it says neither which end is the head nor how far apart slices are, so a series without positions
/// is refused.
pub(super) fn place(slices: &[&SliceHeader]) -> Result<Vec<Placement>, Refusal> {
    /// What is wrong, and how one slice is asked.
    type Check = (ErrorKind, &'static str, fn(&SliceHeader) -> bool);
    let checks: [Check; 5] = [
        (ErrorKind::Unsupported, "are tiles of a slide, which read_slide puts together", |slice| {
            channels_of(slice.sop_class_uid.as_deref(), slice.is_tile).is_none()
        }),
        (ErrorKind::Pixel, "have no Rows or Columns", |slice| slice.size().is_some()),
        (ErrorKind::Geometry, "have no usable Image Position (Patient): their place is unknown", |slice| {
            slice.position.is_some_and(usable_position)
        }),
        (ErrorKind::Geometry, "have no usable Image Orientation (Patient)", |slice| {
            slice.orientation.and_then(Plane::new).is_some()
        }),
        (ErrorKind::Geometry, "have no usable Pixel Spacing", |slice| {
            slice.pixel_spacing.is_some_and(|spacing| spacing.into_iter().all(usable_spacing))
        }),
    ];
    if let Some(fault) = slices.iter().find_map(|slice| slice.fault) {
        let bad = slices.iter().filter(|slice| slice.fault.is_some()).map(|slice| slice.index).collect();
        return Err(Refusal::new(ErrorKind::Geometry, fault).about(bad));
    }
    for (kind, what, is_fine) in checks {
        let bad: Vec<usize> =
            slices.iter().filter(|slice| !is_fine(slice)).map(|slice| slice.index).collect();
        if !bad.is_empty() {
            let message = format!("{} of {} images {what}", bad.len(), slices.len());
            return Err(Refusal::new(kind, message).about(bad));
        }
    }
    Ok(slices.iter().filter_map(|slice| placement(slice)).collect())
}

fn placement(slice: &SliceHeader) -> Option<Placement> {
    Some(Placement {
        plane: Plane::new(slice.orientation?)?,
        position: slice.position?,
        spacing: slice.pixel_spacing?,
        size: slice.size()?,
    })
}

/// A slice with its geometry.
type Placed<'a> = (&'a SliceHeader, &'a Placement);

/// How two slices are compared.
type Same = fn(Placed<'_>, Placed<'_>) -> bool;

/// What two slices of one volume must share, and how two are compared.
const MAKE: [(&str, Same); 8] = [
    ("what positions are measured in", |(a, _), (b, _)| a.space == b.space),
    ("Modality", |(a, _), (b, _)| a.modality == b.modality),
    ("size", |(_, a), (_, b)| a.size == b.size),
    ("Samples per Pixel", |(a, _), (b, _)| a.samples() == b.samples()),
    ("Photometric Interpretation", |(a, _), (b, _)| a.photometric == b.photometric),
    ("Pixel Spacing", |(_, a), (_, b)| {
        let off = a.spacing.iter().zip(b.spacing).map(|(a, b)| (a / b - 1.0).abs());
        off.fold(0.0, f64::max) <= half_a_pixel(a.size)
    }),
    ("Image Orientation (Patient)", |(_, a), (_, b)| a.plane.turn(&b.plane) <= half_a_pixel(a.size)),
    // An absent one is a value of its own here: it is compared only where several are present.
    ("Frame of Reference", |(a, _), (b, _)| a.frame_of_reference_uid == b.frame_of_reference_uid),
];

/// How far a direction, or a pixel's part, may be off so that the far edge of the image moves by less than
/// half a pixel.
fn half_a_pixel((rows, columns): (u32, u32)) -> f64 {
    (0.5 / f64::from(rows.max(columns))).min(1e-3)
}

/// Refuses slices that are not of one make. Each part that could be a volume of its own is a choice.
pub(super) fn refuse_mixed(slices: &[&SliceHeader], places: &[Placement]) -> Result<(), Refusal> {
    let frames: BTreeSet<&str> = slices.iter().filter_map(|s| s.frame_of_reference_uid.as_deref()).collect();
    let compared = if frames.len() > 1 { MAKE.len() } else { MAKE.len() - 1 };
    let mut parts: Vec<Vec<Placed<'_>>> = Vec::new();
    let mut differ: BTreeSet<usize> = BTreeSet::new();
    for slice in slices.iter().copied().zip(places) {
        let unlike = |part: &Vec<Placed<'_>>| -> Vec<usize> {
            let Some(&first) = part.first() else { return Vec::new() };
            let rules = MAKE.iter().take(compared).enumerate();
            rules.filter(|(_, (_, same))| !same(first, slice)).map(|(rule, _)| rule).collect()
        };
        if let Some(part) = parts.iter_mut().find(|part| unlike(part).is_empty()) {
            part.push(slice);
            continue;
        }
        if parts.len() == MOST_PARTS {
            break;
        }
        differ.extend(parts.first().map(unlike).unwrap_or_default());
        parts.push(vec![slice]);
    }
    if parts.len() <= 1 {
        return Ok(());
    }
    let what: Vec<&str> =
        MAKE.iter().enumerate().filter(|(n, _)| differ.contains(n)).map(|(_, m)| m.0).collect();
    let parts: Vec<Vec<&SliceHeader>> =
        parts.into_iter().map(|part| part.into_iter().map(|(slice, _)| slice).collect()).collect();
    Err(several(&parts, &format!("not one volume: {} differs between slices", what.join(", "))))
}

/// What a slice says of one thing, to be compared; nothing where it does not say it.
type Told = fn(&SliceHeader) -> Option<Cow<'_, str>>;

/// What slices that stand at positions of their own are refused for differing in: each is a picture of something else, so that they are no
/// volume, however regular the grid is that they make together.
const MINGLED: [(&str, Told); 3] = [
    // 0 stands where there is no echo, as in maps.
    ("Echo Time", |slice| slice.echo_time.filter(|time| *time != 0.0).map(rounded)),
    ("Diffusion b-value", |slice| slice.b_value.map(rounded)),
    ("Complex Image Component", |slice| match key(slice, "component") {
        Some(Coordinate::Text(word)) => Some(word.as_str().into()),
        _ => None,
    }),
];

/// A number to a thousandth of it, to be compared.
fn rounded(value: f64) -> Cow<'static, str> {
    format!("{value:.3e}").into()
}

/// Refuses volumes whose slices are of several echoes, b-values or components: pieces of more volumes than one. `volumes` names slices by
/// their numbers, `depth` places a volume.
pub(super) fn refuse_mingled(
    slices: &[&SliceHeader],
    volumes: &[Option<usize>],
    depth: usize,
) -> Result<(), Refusal> {
    for volume in volumes.chunks(depth.max(1)) {
        let slices = || volume.iter().flatten().filter_map(|number| slices.get(*number).copied());
        // Nearly always they are the same to the bit.
        let told = |slice: &SliceHeader| (slice.echo_time, slice.b_value);
        let mut others = slices();
        let first = others.next();
        let is_same = |other: &SliceHeader, first: &SliceHeader| {
            told(other) == told(first) && key(other, "component") == key(first, "component")
        };
        if first.is_none_or(|first| others.all(|other| is_same(other, first))) {
            continue;
        }
        for (name, value) in MINGLED {
            let mut parts: BTreeMap<Cow<'_, str>, Vec<&SliceHeader>> = BTreeMap::new();
            for slice in slices() {
                // What does not say it may be of any.
                if let Some(value) = value(slice) {
                    parts.entry(value).or_default().push(slice);
                }
            }
            if parts.len() > 1 {
                let parts: Vec<Vec<&SliceHeader>> = parts.into_values().collect();
                return Err(several(&parts, &format!("not one volume: {name} differs between its slices")));
            }
        }
    }
    Ok(())
}

/// A refusal of a series that falls into parts: a choice where each could be a volume, else plainly not a
/// grid.
fn several(parts: &[Vec<&SliceHeader>], why: &str) -> Refusal {
    let counts: Vec<String> = parts.iter().take(8).map(|part| part.len().to_string()).collect();
    let more = if parts.len() > 8 { ", …" } else { "" };
    let message = format!(
        "{why}; {} parts of {}{more} slices; pass the files or frames of one",
        parts.len(),
        counts.join(", ")
    );
    if parts.iter().all(|part| part.len() > 1) {
        let choices = parts.iter().map(|part| choice(part)).collect();
        return Refusal::new(ErrorKind::AmbiguousSeries, message).choose(choices);
    }
    let smallest = parts.iter().min_by_key(|part| part.len());
    let odd = smallest.map(|part| part.iter().map(|slice| slice.index).collect()).unwrap_or_default();
    Refusal::new(ErrorKind::Geometry, message).about(odd)
}

/// A value as something to compare by.
type Key = fn(&SliceHeader) -> String;

/// What can tell slices at one position apart, in the order in which it is believed.
const CAUSES: [(&str, Key); 8] = [
    ("Temporal Position Identifier", |slice| format!("{:?}", slice.temporal_position)),
    ("Echo Time", |slice| format!("{:?} {:?}", slice.echo_time, slice.echo_number)),
    ("Diffusion b-value", |slice| format!("{:?}", slice.b_value)),
    ("Image Type", |slice| slice.image_type.join("\\")),
    ("Trigger Time", |slice| format!("{:?}", slice.trigger_time)),
    ("Acquisition Number", |slice| format!("{:?}", slice.acquisition_number)),
    ("Acquisition Time", |slice| format!("{:?}", slice.acquisition_time)),
    ("Instance Number", |slice| format!("{:?}", slice.instance_number)),
];

/// The refusal of slices that share positions: what varies between them, and the volumes that one attribute
/// tells apart. `groups` names slices of `slices` by their numbers.
pub(super) fn duplicates(slices: &[&SliceHeader], places: &[Placement], groups: &[Vec<usize>]) -> Refusal {
    let at = |number: &usize| slices.get(*number).copied();
    let doubled: Vec<usize> = groups.iter().flatten().filter_map(at).map(|slice| slice.index).collect();
    let varies: Vec<&str> = CAUSES
        .iter()
        .filter(|(_, key)| {
            groups.iter().any(|group| group.iter().filter_map(at).map(key).collect::<BTreeSet<_>>().len() > 1)
        })
        .map(|&(name, _)| name)
        .collect();
    let positions = slices.len() - (doubled.len() - groups.len());
    let aside = groups.iter().any(|group| {
        let mut positions = group.iter().filter_map(|&number| places.get(number)).map(|place| place.position);
        let first = positions.next().unwrap_or_default();
        positions.any(|other| first.iter().zip(other).any(|(a, b)| (a - b).abs() > 1.0))
    });
    let side = if aside { " (some beside each other in one plane)" } else { "" };
    let cause = match varies.as_slice() {
        [] => "nothing tells them apart".to_owned(),
        [name] => format!("{name} varies between them"),
        names => format!("{} vary between them", names.join(", ")),
    };
    let each = match full(slices, groups) {
        Some(times) if positions > 1 => format!(", {times} at each (a series of {times} volumes)"),
        _ => String::new(),
    };
    let what = format!("{} slices at {positions} positions{each}{side}; {cause}", slices.len());
    if let Some(parts) = told_apart(slices, groups) {
        return several(&parts, &what).about(doubled);
    }
    let mut files: BTreeMap<Object<'_>, Vec<&SliceHeader>> = BTreeMap::new();
    for slice in slices {
        files.entry(slice.object()).or_default().push(slice);
    }
    if files.len() > 1 && files.values().all(|frames| frames.len() > 1) {
        let parts: Vec<Vec<&SliceHeader>> = files.into_values().collect();
        return several(&parts, &format!("{what}; each file is a volume")).about(doubled);
    }
    Refusal::new(ErrorKind::Geometry, what).about(doubled)
}

/// How often every position is taken, where that is equally often.
fn full(slices: &[&SliceHeader], groups: &[Vec<usize>]) -> Option<usize> {
    let times = groups.first()?.len();
    let equal = groups.iter().all(|group| group.len() == times) && groups.len() * times == slices.len();
    equal.then_some(times)
}

/// The volumes of a series whose every position is taken equally often, by the first attribute that tells
/// them apart.
fn told_apart<'a>(slices: &[&'a SliceHeader], groups: &[Vec<usize>]) -> Option<Vec<Vec<&'a SliceHeader>>> {
    let times = full(slices, groups)?;
    CAUSES.iter().take(CAUSES.len() - 1).find_map(|(_, key)| {
        let mut parts: BTreeMap<String, Vec<&SliceHeader>> = BTreeMap::new();
        for group in groups {
            let mut keys = BTreeSet::new();
            for slice in group.iter().filter_map(|&number| slices.get(number).copied()) {
                let key = key(slice);
                parts.entry(key.clone()).or_default().push(slice);
                keys.insert(key);
            }
            if keys.len() < times {
                return None;
            }
        }
        (parts.len() == times).then(|| parts.into_values().collect())
    })
}

/// The refusal of uneven steps. Heads are scanned with thin slices below and thick ones above, spines in stacks: such a series is several
/// volumes, which Slice Thickness or Stack ID tell apart.
pub(super) fn uneven(slices: &[&SliceHeader], why: &str) -> Refusal {
    let causes: [(&str, Key); 2] = [
        ("Slice Thickness", |slice| format!("{:?}", slice.slice_thickness)),
        ("Stack ID", |slice| {
            let stack = slice.keys.iter().find(|key| key.name == "stack");
            format!("{:?}", stack.map(|key| &key.value))
        }),
    ];
    for (name, key) in causes {
        let mut parts: BTreeMap<String, Vec<&SliceHeader>> = BTreeMap::new();
        for &slice in slices {
            parts.entry(key(slice)).or_default().push(slice);
        }
        let parts: Vec<Vec<&SliceHeader>> = parts.into_values().collect();
        if parts.len() > 1 && parts.iter().all(|part| part.len() > 1) {
            return several(&parts, &format!("{why}; {name} varies"));
        }
    }
    Refusal::new(ErrorKind::Geometry, why)
}
