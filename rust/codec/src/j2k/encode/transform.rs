//! From samples to bands: components that are transformed together, level by level.

use crate::j2k::block::Orientation;
use crate::j2k::colour::{self, Depth, Place, Value};
use crate::j2k::geometry::{Area, TileComponent};
use crate::j2k::wavelet::{self, BandsMut, Plane, PlaneMut};
use crate::simd::Level;
use crate::{Error, ErrorKind, Image, Result};

use super::path::Path;
use super::together::{self, Forward};

pub(super) const NO_MEMORY: Error =
    Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for the samples of a tile");

/// Makes a list at least so long. What it has does not matter.
pub(super) fn lengthen<S: Copy + Default>(list: &mut Vec<S>, length: usize) -> Result<()> {
    if let Some(more) = length.checked_sub(list.len()) {
        list.try_reserve_exact(more).map_err(|_| NO_MEMORY)?;
        list.resize(length, S::default());
    }
    Ok(())
}

pub(super) fn samples(area: &Area) -> Result<usize> {
    usize::try_from(area.samples()).map_err(|_| NO_MEMORY)
}

/// A component of a tile: the samples of a resolution, then the bands of all below.
pub(super) struct Component<S> {
    pub(super) samples: Vec<S>,
    bands: Vec<S>,
    low: Vec<S>,
    rows: wavelet::Scratch<S>,
    /// Where each band begins in `bands`: LL, then HL, LH, HH from the lowest resolution up.
    starts: Vec<usize>,
}

impl<S: Copy + Default> Default for Component<S> {
    fn default() -> Self {
        Self {
            samples: Vec::new(),
            bands: Vec::new(),
            low: Vec::new(),
            rows: wavelet::Scratch::default(),
            starts: Vec::new(),
        }
    }
}

impl<S: Copy + Default> Component<S> {
    /// How many samples there is room for.
    pub(super) fn samples(&self) -> usize {
        self.samples.capacity() + self.bands.capacity() + self.low.capacity() + self.rows.samples()
    }

    /// A band; `number` as QCD counts.
    pub(super) fn band(&self, number: usize, area: &Area) -> Plane<'_, S> {
        let start = self.starts.get(number).copied().unwrap_or(usize::MAX);
        Plane { samples: self.bands.get(start..).unwrap_or_default(), stride: area.width() as usize }
    }
}

/// What is done with the rows of components that are loaded together.
#[derive(Clone, Copy, Debug)]
pub(super) enum Transform<'a> {
    None,
    /// There are three of them.
    Colour,
    /// All that there are.
    Together(&'a Forward),
}

/// Components that are loaded, and transformed, together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group<'a> {
    /// The first one in the image, and how many they are.
    pub(super) first: usize,
    pub(super) count: usize,
    pub(super) transform: Transform<'a>,
}

/// Loads the samples of `area` of the image, a list for each component of a group.
pub(super) fn load<P: Path>(
    level: Level,
    (image, bytes): (&Image, &[u8]),
    area: &Area,
    group: Group<'_>,
    lists: &mut [&mut Vec<P::Sample>],
) -> Result<()> {
    let (width, count) = (area.width() as usize, usize::from(image.components));
    let depth = Depth { precision: image.precision, is_signed: image.is_signed };
    let pixel = image.sample_size() * count;
    let is_whole = count == 3 && group.count == 3;
    for list in &mut *lists {
        lengthen(list, samples(area)?)?;
    }
    let (mut values, mut scratch) = (Vec::new(), together::Scratch::default());
    if let Transform::Together(_) = group.transform {
        lengthen(&mut values, width * group.count)?;
    }
    for row in 0..area.height() as usize {
        let start = ((area.y0 as usize + row) * image.columns as usize + area.x0 as usize) * pixel;
        let from = bytes.get(start..).and_then(|rest| rest.get(..width * pixel)).unwrap_or_default();
        let within = row * width..(row + 1) * width;
        if let (true, [a, b, c]) = (is_whole, &mut *lists) {
            let rows = [a, b, c].map(|list| list.get_mut(within.clone()).unwrap_or_default());
            colour::load_three(level, from, depth, image.sample_size(), rows);
        }
        for (number, list) in lists.iter_mut().enumerate().filter(|_| !is_whole) {
            let place =
                Place { size: image.sample_size(), components: count, component: group.first + number };
            colour::load(level, from, depth, place, list.get_mut(within.clone()).unwrap_or_default());
        }
        match (group.transform, &mut *lists) {
            (Transform::Colour, [a, b, c]) => {
                let rows = [a, b, c].map(|list| list.get_mut(within.clone()).unwrap_or_default());
                P::colour(level, rows);
            }
            (Transform::Together(forward), lists) => {
                for (values, list) in values.chunks_exact_mut(width.max(1)).zip(&*lists) {
                    let row = list.get(within.clone()).unwrap_or_default();
                    values.iter_mut().zip(row).for_each(|(value, sample)| *value = sample.to_f64());
                }
                forward.make(&mut values, width, &mut scratch);
                for (values, list) in values.chunks_exact(width.max(1)).zip(lists) {
                    let row = list.get_mut(within.clone()).unwrap_or_default();
                    row.iter_mut()
                        .zip(values)
                        .for_each(|(sample, &value)| *sample = P::Sample::of_f64(value));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Takes the samples of resolution `top` of a component apart into all bands up to it.
pub(super) fn transform<P: Path>(
    level: Level,
    part: &TileComponent<'_>,
    top: u8,
    component: &mut Component<P::Sample>,
) -> Result<()> {
    component.starts.clear();
    let mut length = 0_usize;
    for r in 0..=top {
        for band in part.resolution(r).bands() {
            component.starts.push(length);
            length = length.checked_add(samples(&band.area)?).ok_or(NO_MEMORY)?;
        }
    }
    lengthen(&mut component.bands, length)?;
    let Component { samples: high, bands, low, rows, starts } = component;
    for r in (1..=top).rev() {
        let resolution = part.resolution(r);
        let below = part.resolution(r - 1).area;
        lengthen(low, samples(&below)?)?;
        let first = usize::from(r - 1) * 3 + 1;
        let start = starts.get(first).copied().unwrap_or(usize::MAX);
        let rest = bands.get_mut(start..).unwrap_or_default();
        let ll = PlaneMut { samples: low.as_mut_slice(), stride: below.width() as usize };
        let mut to = planes(ll, &resolution.area, rest).ok_or(NO_MEMORY)?;
        let area = resolution.area;
        let plane = Plane { samples: high.as_slice(), stride: area.width() as usize };
        wavelet::forward::<P::Kernel>(level, &area, area.y0..area.y1, (area.y0, plane), rows, &mut to)?;
        std::mem::swap(high, low);
    }
    let lowest = samples(&part.resolution(0).area)?;
    if let (Some(to), Some(from)) = (bands.get_mut(..lowest), high.get(..lowest)) {
        to.copy_from_slice(from);
    }
    Ok(())
}

/// The bands of a level: the low one, and the high ones of `area` behind one another.
pub(super) fn planes<'a, S>(
    ll: PlaneMut<'a, S>,
    area: &Area,
    mut rest: &'a mut [S],
) -> Option<BandsMut<'a, S>> {
    let mut next = |orientation| {
        let area = area.band(1, orientation);
        let length = usize::try_from(area.samples()).ok()?;
        let (samples, after) = std::mem::take(&mut rest).split_at_mut_checked(length)?;
        rest = after;
        Some(PlaneMut { samples, stride: area.width() as usize })
    };
    let (hl, lh, hh) = (next(Orientation::HL)?, next(Orientation::LH)?, next(Orientation::HH)?);
    Some(BandsMut { ll, hl, lh, hh })
}
