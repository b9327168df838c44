//! From the caller's samples to bands: a component or three of a tile, level by level.

use crate::j2k::colour::{self, Depth, Place};
use crate::j2k::geometry::{Area, TileComponent};
use crate::j2k::wavelet::{self, BandsMut, Plane, PlaneMut};
use crate::simd::Level;
use crate::{Error, ErrorKind, Image, Result};

use super::path::Path;

const NO_MEMORY: Error =
    Error::new(ErrorKind::Limit, "JPEG 2000: not enough memory for the samples of a tile");

/// Makes a list at least so long. What it has does not matter.
pub(super) fn lengthen<S: Copy + Default>(list: &mut Vec<S>, length: usize) -> Result<()> {
    if let Some(more) = length.checked_sub(list.len()) {
        list.try_reserve_exact(more).map_err(|_| NO_MEMORY)?;
        list.resize(length, S::default());
    }
    Ok(())
}

fn samples(area: &Area) -> Result<usize> {
    usize::try_from(area.samples()).map_err(|_| NO_MEMORY)
}

/// A component of a tile: its samples, then its bands.
pub(super) struct Component<S> {
    samples: Vec<S>,
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
    /// A band; `number` as QCD counts.
    pub(super) fn band(&self, number: usize, area: &Area) -> Plane<'_, S> {
        let start = self.starts.get(number).copied().unwrap_or(usize::MAX);
        Plane { samples: self.bands.get(start..).unwrap_or_default(), stride: area.width() as usize }
    }
}

/// Loads the samples of as many components as there are in `components`, from component `first` of the image on.
pub(super) fn load<P: Path>(
    level: Level,
    image: &Image,
    bytes: &[u8],
    area: &Area,
    first: usize,
    components: &mut [Component<P::Sample>],
    is_transformed: bool,
) -> Result<()> {
    let (width, count) = (area.width() as usize, usize::from(image.components));
    let depth = Depth { precision: image.precision, is_signed: image.is_signed };
    let pixel = image.sample_size() * count;
    for component in &mut *components {
        lengthen(&mut component.samples, samples(area)?)?;
    }
    for row in 0..area.height() as usize {
        let start = ((area.y0 as usize + row) * image.columns as usize + area.x0 as usize) * pixel;
        let from = bytes.get(start..).and_then(|rest| rest.get(..width * pixel)).unwrap_or_default();
        let within = row * width..(row + 1) * width;
        for (number, component) in components.iter_mut().enumerate() {
            let place = Place { size: image.sample_size(), components: count, component: first + number };
            let to = component.samples.get_mut(within.clone()).unwrap_or_default();
            colour::load(level, from, depth, place, to);
        }
        if let (true, [a, b, c]) = (is_transformed, &mut *components) {
            let rows = [a, b, c].map(|part| part.samples.get_mut(within.clone()).unwrap_or_default());
            P::colour(level, rows);
        }
    }
    Ok(())
}

/// Takes the samples of a component apart into its bands.
pub(super) fn transform<P: Path>(
    level: Level,
    part: &TileComponent<'_>,
    component: &mut Component<P::Sample>,
) -> Result<()> {
    let levels = part.coding.levels;
    component.starts.clear();
    let mut length = 0_usize;
    for r in 0..=levels {
        for band in part.resolution(r).bands() {
            component.starts.push(length);
            length = length.checked_add(samples(&band.area)?).ok_or(NO_MEMORY)?;
        }
    }
    lengthen(&mut component.bands, length)?;
    let Component { samples: high, bands, low, rows, starts } = component;
    for r in (1..=levels).rev() {
        let resolution = part.resolution(r);
        let below = part.resolution(r - 1).area;
        lengthen(low, samples(&below)?)?;
        let first = usize::from(r - 1) * 3 + 1;
        let start = starts.get(first).copied().unwrap_or(usize::MAX);
        let mut rest = bands.get_mut(start..).unwrap_or_default();
        let mut planes = Vec::new();
        for band in resolution.bands() {
            let (own, after) = rest.split_at_mut_checked(samples(&band.area)?).ok_or(NO_MEMORY)?;
            planes.push(PlaneMut { samples: own, stride: band.area.width() as usize });
            rest = after;
        }
        let Ok([hl, lh, hh]) = <[_; 3]>::try_from(planes) else { return Err(NO_MEMORY) };
        let ll = PlaneMut { samples: low.as_mut_slice(), stride: below.width() as usize };
        let area = resolution.area;
        let plane = Plane { samples: high.as_slice(), stride: area.width() as usize };
        let mut to = BandsMut { ll, hl, lh, hh };
        wavelet::forward::<P::Kernel>(level, &area, area.y0..area.y1, plane, rows, &mut to)?;
        std::mem::swap(high, low);
    }
    let lowest = samples(&part.resolution(0).area)?;
    if let (Some(to), Some(from)) = (bands.get_mut(..lowest), high.get(..lowest)) {
        to.copy_from_slice(from);
    }
    Ok(())
}
