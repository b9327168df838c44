//! Series of more than three axes: which attributes tell images at one position apart, and the axes that come of them.
//!
//! An attribute becomes an axis where it tells images apart and its values are common to the positions: the grid of positions and
//! values is at least half full. Values that drift from position to position, as times of acquisition do, are ranked at each position by
//! themselves. What nothing tells apart is no volume.

use std::borrow::Cow;
use std::collections::HashMap;

use super::counted::counted;
use super::header::SliceHeader;
use super::marks::{Candidate, Mark, Order, Ordered, candidates, rank, seconds};
use super::verdict::{Axis, Coordinates, Values};

/// Images as volumes along axes.
pub(super) struct Split {
    /// Outermost first.
    pub(super) axes: Vec<Axis>,
    /// For each image the number of its volume, the last axis running fastest.
    pub(super) volume: Vec<usize>,
    /// What a reader should know of it.
    pub(super) notes: Vec<String>,
}

/// An axis that was found.
struct Found {
    name: Cow<'static, str>,
    coordinate: String,
    unit: &'static str,
    /// For each image its place on the axis.
    places: Vec<usize>,
    /// What stands at each place.
    marks: Vec<Mark>,
}

/// Images that share position and all that was found so far.
struct Cells {
    of: Vec<usize>,
    members: Vec<Vec<usize>>,
}

impl Cells {
    fn new(of: Vec<usize>) -> Self {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); of.iter().max().map_or(0, |last| last + 1)];
        for (image, cell) in of.iter().enumerate() {
            if let Some(cell) = members.get_mut(*cell) {
                cell.push(image);
            }
        }
        Self { of, members }
    }

    /// The most images in one of them.
    fn most(&self) -> usize {
        self.members.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// True where `places` tells images of one cell apart.
    fn are_told_apart(&self, places: &[usize]) -> bool {
        self.members.iter().any(|members| {
            let mut places = members.iter().filter_map(|image| places.get(*image));
            places.next().is_some_and(|first| places.any(|place| place != first))
        })
    }

    /// True where `places` tells all images of each cell apart.
    fn are_all_told_apart(&self, places: &[usize]) -> bool {
        self.members.iter().all(|members| {
            let mut here: Vec<Option<&usize>> = members.iter().map(|image| places.get(*image)).collect();
            here.sort_unstable();
            here.windows(2).all(|pair| !matches!(pair, [a, b] if a == b))
        })
    }

    /// True where each cell has as many images at each of `length` places.
    fn are_shared_out(&self, places: &[usize], length: usize) -> bool {
        self.members.iter().all(|members| {
            let mut counts = vec![0_usize; length];
            for place in members.iter().filter_map(|image| places.get(*image)) {
                if let Some(count) = counts.get_mut(*place) {
                    *count += 1;
                }
            }
            counts.first().is_some_and(|first| *first > 0 && counts.iter().all(|count| count == first))
        })
    }

    fn divided(&self, places: &[usize]) -> Self {
        let mut known: HashMap<(usize, usize), usize> = HashMap::new();
        let of = self.of.iter().zip(places).map(|(cell, place)| {
            let next = known.len();
            *known.entry((*cell, *place)).or_insert(next)
        });
        Self::new(of.collect())
    }
}

/// Finds the axes of images whose positions, by number, are `positions`; `None` where nothing tells them apart.
pub(super) fn split(slices: &[&SliceHeader], positions: &[usize]) -> Option<Split> {
    let count = positions.iter().max()? + 1;
    let mut cells = Cells::new(positions.to_vec());
    let mut found: Vec<Found> = Vec::new();
    let mut notes = Vec::new();
    let candidates = candidates(slices);
    for candidate in &candidates {
        if cells.most() == 1 {
            break;
        }
        let others: usize = found.iter().map(|axis| axis.marks.len()).product();
        let is_full = |axis: &Found| {
            // Beside b-values an axis has all of them at each of its places: what has not counts repeated images.
            if found.iter().any(|axis| axis.name == "b_value") {
                return cells.are_shared_out(&axis.places, axis.marks.len());
            }
            let places = count.saturating_mul(others).saturating_mul(axis.marks.len());
            if candidate.may_have_gaps() { slices.len() * 2 > places } else { slices.len() == places }
        };
        if found.iter().any(|axis| axis.name == candidate.name) {
            continue;
        }
        let Some(column) = column(candidate, slices).filter(|axis| cells.are_told_apart(&axis.places)) else {
            continue;
        };
        let axis = if is_full(&column) {
            column
        } else if candidate.order == Order::Ranked {
            let Some(ranked) = ranked(&column, &cells) else { continue };
            notes.push(format!(
                "{} differs from position to position: ordered at each",
                candidate.coordinate()
            ));
            ranked
        } else {
            continue;
        };
        cells = cells.divided(&axis.places);
        found.push(axis);
    }
    if cells.most() > 1 && found.is_empty() {
        let places = counted(slices, positions)?;
        #[expect(clippy::cast_precision_loss, reason = "volumes are few")]
        let marks = (0..cells.most()).map(|number| Mark::Number(Ordered::of(number as f64))).collect();
        cells = cells.divided(&places);
        notes.push("time: nothing but Instance Number tells images apart; it runs through volumes as the header counts them".to_owned());
        found.push(Found { name: "time".into(), coordinate: "time".to_owned(), unit: "", places, marks });
    }
    if cells.most() > 1 {
        let columns = candidates.iter().filter_map(|candidate| column(candidate, slices));
        // What numbers the images of one b-value says which of them belong together; else they do as they follow each other.
        let order = columns.map(|axis| axis.places).find(|places| cells.are_all_told_apart(places));
        if order.is_none() {
            notes.push("images of one b-value are told apart by nothing but their order".to_owned());
        }
        repeated(&mut found, &mut cells, &order.unwrap_or_default())?;
    }
    let is_timed = found.iter().any(|axis| axis.name == "time");
    if let Some(axis) = found.iter_mut().find(|axis| !is_timed && is_time(axis, slices)) {
        axis.name = "time".into();
    }
    found.sort_by_key(|axis| rank(&axis.name));
    let mut volume = vec![0; slices.len()];
    for axis in &found {
        for (volume, place) in volume.iter_mut().zip(&axis.places) {
            *volume = *volume * axis.marks.len() + place;
        }
    }
    let axes = found.iter().map(|axis| described(axis, &candidates, slices, &found)).collect();
    Some(Split { axes, volume, notes })
}

/// Acquisitions that follow each other in time are time points, and so are trigger times where no heart was looked at.
fn is_time(axis: &Found, slices: &[&SliceHeader]) -> bool {
    if axis.coordinate == "trigger_time" {
        return slices.iter().all(|slice| slice.cardiac_images == Some(0));
    }
    if axis.name != "acquisition" {
        return false;
    }
    let mut first: Vec<Option<f64>> = vec![None; axis.marks.len()];
    for (slice, place) in slices.iter().zip(&axis.places) {
        let at = slice.acquisition_time.as_deref().and_then(seconds);
        if let (Some(at), Some(first)) = (at, first.get_mut(*place)) {
            *first = Some(first.map_or(at, |first| first.min(at)));
        }
    }
    first.windows(2).all(|pair| matches!(pair, [Some(a), Some(b)] if a < b))
}

/// A candidate as an axis; `None` where an image has no such attribute.
fn column(candidate: &Candidate, slices: &[&SliceHeader]) -> Option<Found> {
    let mut marks: Vec<Mark> = Vec::new();
    let mut known: HashMap<Mark, usize> = HashMap::new();
    let mut places = Vec::new();
    for slice in slices {
        let mark = candidate.mark(slice)?;
        let next = marks.len();
        let place = if let Some(place) = known.get(&mark) {
            *place
        } else {
            // Numbers and words are the same or not; what is many is not compared with all.
            let is_direction = matches!(mark, Mark::Diffusion(_, Some(_)));
            let mut others = marks.iter().take(if is_direction { next } else { 0 });
            let place = others.position(|other| other.is_nearly(&mark)).unwrap_or(next);
            known.insert(mark.clone(), place);
            place
        };
        if place == next {
            marks.push(mark);
        }
        places.push(place);
    }
    if candidate.order != Order::Appearance {
        let mut order: Vec<usize> = (0..marks.len()).collect();
        order.sort_by(|a, b| marks.get(*a).cmp(&marks.get(*b)));
        let mut new = vec![0; order.len()];
        for (place, old) in order.iter().enumerate() {
            if let Some(new) = new.get_mut(*old) {
                *new = place;
            }
        }
        for place in &mut places {
            *place = new.get(*place).copied().unwrap_or(0);
        }
        marks.sort();
    }
    let (name, unit) = (candidate.name.clone(), candidate.unit);
    Some(Found { name, coordinate: candidate.coordinate().to_owned(), unit, places, marks })
}

/// An axis by the order of the marks in each cell, where each has as many and no two alike. Its coordinates are the smallest of their
/// rank.
fn ranked(column: &Found, cells: &Cells) -> Option<Found> {
    let length = cells.most();
    let mut places = vec![0; column.places.len()];
    let mut marks: Vec<Option<Mark>> = vec![None; length];
    for members in &cells.members {
        let mut here: Vec<(usize, usize)> =
            members.iter().filter_map(|image| Some((*column.places.get(*image)?, *image))).collect();
        here.sort_unstable();
        if here.len() != length || here.windows(2).any(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return None;
        }
        for (rank, (mark, image)) in here.into_iter().enumerate() {
            *places.get_mut(image)? = rank;
            let (mark, kept) = (column.marks.get(mark)?, marks.get_mut(rank)?);
            if kept.as_ref().is_none_or(|kept| mark < kept) {
                *kept = Some(mark.clone());
            }
        }
    }
    let (name, coordinate) = (column.name.clone(), column.coordinate.clone());
    Some(Found {
        name,
        coordinate,
        unit: column.unit,
        places,
        marks: marks.into_iter().collect::<Option<_>>()?,
    })
}

/// Images of one b-value and direction that were taken several times, as often at each position: each is a place of its own, by `order`
/// where that is known, in the order of the images where it is not.
fn repeated(found: &mut [Found], cells: &mut Cells, order: &[usize]) -> Option<()> {
    let axis = found.iter_mut().find(|axis| axis.name == "b_value")?;
    let mut nth = vec![0_usize; axis.places.len()];
    let mut times: Vec<Option<usize>> = vec![None; axis.marks.len()];
    for members in &cells.members {
        let place = *axis.places.get(*members.first()?)?;
        let times = times.get_mut(place)?;
        if times.is_some_and(|times| times != members.len()) {
            return None;
        }
        *times = Some(members.len());
        let mut members = members.clone();
        members.sort_by_key(|image| order.get(*image));
        for (number, image) in members.into_iter().enumerate() {
            *nth.get_mut(image)? = number;
        }
    }
    let mut known: HashMap<(usize, usize), usize> = HashMap::new();
    let mut marks = Vec::new();
    let mut places = Vec::new();
    for (place, nth) in axis.places.iter().zip(&nth) {
        let next = known.len();
        let new = *known.entry((*place, *nth)).or_insert(next);
        if new == next {
            marks.push(axis.marks.get(*place)?.clone());
        }
        places.push(new);
    }
    *cells = cells.divided(&places);
    (axis.places, axis.marks) = (places, marks);
    Some(())
}

/// The axis with its coordinates, and with those of every other attribute that depends on it alone.
fn described(axis: &Found, candidates: &[Candidate], slices: &[&SliceHeader], found: &[Found]) -> Axis {
    let mut coordinates = values(&axis.coordinate, axis.unit, &axis.marks);
    for candidate in candidates {
        let name = candidate.coordinate();
        let is_told = found.iter().any(|axis| axis.coordinate == name)
            || coordinates.iter().any(|known| known.name == name);
        if is_told {
            continue;
        }
        let mut marks: Vec<Option<Mark>> = vec![None; axis.marks.len()];
        let fits = slices.iter().zip(&axis.places).all(|(slice, place)| {
            let (Some(mark), Some(kept)) = (candidate.mark(slice), marks.get_mut(*place)) else {
                return false;
            };
            *kept.get_or_insert_with(|| mark.clone()) == mark
        });
        let marks: Option<Vec<Mark>> = marks.into_iter().collect();
        let varies = |marks: &Vec<Mark>| marks.iter().any(|mark| Some(mark) != marks.first());
        if let Some(marks) = marks.filter(|marks| fits && varies(marks)) {
            coordinates.extend(values(name, candidate.unit, &marks));
        }
    }
    Axis { name: axis.name.clone().into_owned(), length: axis.marks.len(), coordinates }
}

/// Marks as coordinates: times count from the first.
fn values(name: &str, unit: &'static str, marks: &[Mark]) -> Vec<Coordinates> {
    let of = |name: &str, unit, values| Coordinates { name: name.to_owned(), unit, values };
    if let Some(Mark::Text(_)) = marks.first() {
        let text = |mark: &Mark| match mark {
            Mark::Text(text) => text.clone(),
            _ => String::new(),
        };
        return vec![of(name, unit, Values::Texts(marks.iter().map(text).collect()))];
    }
    let number = |mark: &Mark| match mark {
        Mark::Number(value) | Mark::Diffusion(value, _) => value.value(),
        Mark::Text(_) => f64::NAN,
    };
    let mut numbers: Vec<f64> = marks.iter().map(number).collect();
    if name == "acquisition_time" {
        let first = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        for number in &mut numbers {
            *number -= first;
        }
    }
    let mut made = vec![of(name, unit, Values::Numbers(numbers))];
    let direction = |mark: &Mark| match mark {
        Mark::Diffusion(_, direction) => {
            Some(direction.map_or([f64::NAN; 3], |direction| direction.map(Ordered::value)))
        }
        _ => None,
    };
    let directions: Vec<[f64; 3]> = marks.iter().filter_map(direction).collect();
    if directions.iter().flatten().any(|part| !part.is_nan()) {
        made.push(of("gradient", "", Values::Vectors(directions)));
    }
    made
}
