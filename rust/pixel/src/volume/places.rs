//! Slices on their grid: one volume, or, where several slices stand at each position, a volume for each place along the axes that tell
//! them apart.

use radiogram_core::ErrorKind;

use super::axes::{Split, split};
use super::geometry::{along, between, length, scaled, usable_spacing};
use super::header::{SliceHeader, Space};
use super::parts::{self, Placement};
use super::stack::{Stack, Trouble, stack};
use super::verdict::{Axis, Refusal, SpacingSource};

/// Slices on their grid, volume after volume.
pub(super) struct Layout {
    pub(super) axes: Vec<Axis>,
    /// For each place the slice that stands there, by its number.
    pub(super) volumes: Vec<Option<usize>>,
    pub(super) grid: Stack,
    pub(super) spacing_source: SpacingSource,
    pub(super) notes: Vec<String>,
}

/// The grid of the slices; where several stand at one position, the axes that tell them apart as well.
pub(super) fn lay_out(
    slices: &[&SliceHeader],
    places: &[Placement],
    model: &Placement,
) -> Result<Layout, Refusal> {
    let whole = |(grid, spacing_source): (Stack, SpacingSource)| {
        let volumes = grid.places.clone();
        Layout { axes: Vec::new(), volumes, grid, spacing_source, notes: Vec::new() }
    };
    if let ([slice], [place]) = (slices, places) {
        return alone(slice, place).map(whole);
    }
    let positions: Vec<_> = places.iter().map(|place| place.position).collect();
    let pixel = model.spacing.into_iter().fold(f64::INFINITY, f64::min);
    let groups = match stack(&model.plane, &positions, pixel) {
        Ok(grid) => return Ok(whole((grid, SpacingSource::Positions))),
        Err(Trouble::Duplicate(groups)) => groups,
        Err(trouble) => return Err(refuse(trouble, slices, places)),
    };
    let refuse_duplicates = || parts::duplicates(slices, places, &groups);
    let (of, first) = positions_of(&groups, &positions).ok_or_else(refuse_duplicates)?;
    let Split { axes, volume, notes } = split(slices, &of).ok_or_else(refuse_duplicates)?;
    let only = first.first().filter(|_| first.len() == 1);
    let (mut grid, spacing_source) = if let Some((slice, place)) =
        only.and_then(|&only| Some((slices.get(only)?, places.get(only)?)))
    {
        alone(slice, place)?
    } else {
        let heads: Vec<_> = first.iter().filter_map(|&slice| positions.get(slice)).copied().collect();
        let grid = stack(&model.plane, &heads, pixel).map_err(|trouble| refuse(trouble, slices, places))?;
        (grid, SpacingSource::Positions)
    };
    // Where on the grid each of the positions is.
    let mut place_of = vec![0; first.len()];
    for (place, position) in grid.places.iter().enumerate() {
        if let Some(of) = position.and_then(|position| place_of.get_mut(position)) {
            *of = place;
        }
    }
    let count: usize = axes.iter().map(|axis| axis.length).product();
    let mut volumes = vec![None; count.saturating_mul(grid.places.len())];
    for (slice, (volume, position)) in volume.iter().zip(&of).enumerate() {
        let place = place_of.get(*position).copied().unwrap_or(0);
        let Some(taken) = volumes.get_mut(volume * grid.places.len() + place) else { continue };
        if taken.replace(slice).is_some() {
            return Err(refuse_duplicates());
        }
        if let Some(at) = positions.get(slice) {
            #[expect(clippy::cast_precision_loss, reason = "places are few")]
            let stands = along(grid.origin, place as f64, grid.step);
            grid.deviation = grid.deviation.max(length(between(*at, stands)));
        }
    }
    Ok(Layout { axes, volumes, grid, spacing_source, notes })
}

/// How far images of one position may be apart, in millimetres.
const TOGETHER: f64 = 0.1;

/// The number of each slice's position, and the first slice at each; `None` where slices of one plane are not at one position.
fn positions_of(groups: &[Vec<usize>], positions: &[[f64; 3]]) -> Option<(Vec<usize>, Vec<usize>)> {
    let mut of = vec![usize::MAX; positions.len()];
    let mut first = Vec::new();
    for group in groups {
        let head = *group.iter().min()?;
        for &slice in group {
            if length(between(*positions.get(slice)?, *positions.get(head)?)) > TOGETHER {
                return None;
            }
            *of.get_mut(slice)? = first.len();
        }
        first.push(head);
    }
    for (slice, of) in of.iter_mut().enumerate().filter(|(_, of)| **of == usize::MAX) {
        *of = first.len();
        first.push(slice);
    }
    Some((of, first))
}

/// One slice alone: its third dimension stands in the header.
fn alone(slice: &SliceHeader, place: &Placement) -> Result<(Stack, SpacingSource), Refusal> {
    if slice.space == Space::Nowhere {
        return Ok((one(place, 1.0), SpacingSource::Nothing));
    }
    let usable = |value: Option<f64>| value.map(f64::abs).filter(|&value| usable_spacing(value));
    let between = usable(slice.spacing_between_slices).map(|d| (d, SpacingSource::SpacingBetweenSlices));
    let thick = usable(slice.slice_thickness).map(|d| (d, SpacingSource::SliceThickness));
    let Some((distance, source)) = between.or(thick) else {
        let message =
            "one slice alone, and neither Spacing Between Slices nor Slice Thickness says how thick it is";
        return Err(Refusal::new(ErrorKind::Geometry, message).about(vec![slice.index]));
    };
    Ok((one(place, distance), source))
}

/// A grid of one place.
fn one(place: &Placement, distance: f64) -> Stack {
    Stack {
        places: vec![Some(0)],
        origin: place.position,
        step: scaled(place.plane.normal, distance),
        distance,
        tilt: 0.0,
        tolerance: 0.0,
        deviation: 0.0,
    }
}

/// The trouble with a grid, in words.
fn refuse(trouble: Trouble, slices: &[&SliceHeader], places: &[Placement]) -> Refusal {
    let geometry = |message: String| Refusal::new(ErrorKind::Geometry, message);
    match trouble {
        Trouble::Duplicate(groups) => parts::duplicates(slices, places, &groups),
        Trouble::Uneven { smallest, usual, largest } => {
            let why = format!(
                "uneven: steps from {smallest:.4} to {largest:.4} mm, mostly {usual:.4}, are no multiples of one \
             spacing, or more slices are missing than present"
            );
            parts::uneven(slices, &why)
        }
        Trouble::Shifted(numbers) => {
            let message = "slices are shifted against each other in their planes, and not by a tilt";
            let shifted = numbers.iter().filter_map(|&number| slices.get(number)).map(|slice| slice.index);
            geometry(message.to_owned()).about(shifted.collect())
        }
        Trouble::Steep(degrees) => geometry(format!(
            "slices lie beside each other: from one to the next it is {degrees:.1} degrees off their normal"
        )),
    }
}
