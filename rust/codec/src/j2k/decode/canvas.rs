//! What comes out: which pixels, and which of them a component's samples give.
//!
//! A pixel is a point of the reference grid at the closest spacing of any component. Components of wider spacing are repeated: a pixel has
//! the sample at or before it.

use crate::j2k::codestream::Header;
use crate::j2k::colour::Depth;
use crate::j2k::geometry::Area;
use crate::j2k::markers::size::{Component, Size};
use crate::{Error, ErrorKind, Image, Result};

use super::DecodeOptions;

/// The pixels that come out.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    pub(super) image: Image,
    /// What is shown, in reduced pixels of the reference grid.
    pub(super) shown: Area,
    /// The spacing of pixels.
    spacing: (u8, u8),
    pub(super) reduce: u8,
    /// The whole image on the reference grid.
    whole: Area,
    depths: Vec<Depth>,
}

/// Which pixels samples go to, along one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// All samples that the component has.
    all: (u32, u32),
    /// All pixels that are shown.
    shown: (u32, u32),
    /// Points of the grid from sample to sample, and from pixel to pixel.
    sample: u64,
    pixel: u64,
}

fn cut(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

impl Axis {
    /// True where each pixel has a sample of its own.
    pub(super) const fn is_plain(&self) -> bool {
        self.sample == self.pixel
    }

    /// The sample of a pixel.
    pub(super) fn sample_of(&self, pixel: u32) -> u32 {
        let sample = cut(u64::from(pixel) * self.pixel / self.sample);
        sample.clamp(self.all.0, self.all.1.saturating_sub(1).max(self.all.0))
    }

    /// The samples that are shown.
    pub(super) fn samples(&self) -> (u32, u32) {
        if self.all.0 >= self.all.1 || self.shown.0 >= self.shown.1 {
            return (self.all.0, self.all.0);
        }
        (self.sample_of(self.shown.0), self.sample_of(self.shown.1 - 1) + 1)
    }

    /// The pixels that these samples give.
    pub(super) fn pixels(&self, samples: (u32, u32)) -> (u32, u32) {
        let first = |sample: u32| cut((u64::from(sample) * self.sample).div_ceil(self.pixel));
        let start = if samples.0 <= self.all.0 { self.shown.0 } else { first(samples.0) };
        let end = if samples.1 >= self.all.1 { self.shown.1 } else { first(samples.1) };
        let start = start.clamp(self.shown.0, self.shown.1);
        (start, if samples.0 < samples.1 { end.clamp(start, self.shown.1) } else { start })
    }
}

const OUTSIDE: Error = Error::new(ErrorKind::Argument, "JPEG 2000: a region outside of the image");

impl Canvas {
    pub(super) fn new(header: &Header, options: &DecodeOptions) -> Result<Self> {
        let size = &header.size;
        if options.reduce > 32 || options.layers == Some(0) {
            return Err(Error::new(
                ErrorKind::Argument,
                "JPEG 2000: reduced more than 32 times, or no layers",
            ));
        }
        let spacing = size.components.iter().fold((u8::MAX, u8::MAX), |least, component| {
            (least.0.min(component.dx), least.1.min(component.dy))
        });
        let full = size.image.spaced(spacing.0, spacing.1);
        let region = match options.region {
            None => full,
            Some(region) => {
                let corner = |start: u32, more: u32| start.checked_add(more).ok_or(OUTSIDE);
                let (x0, y0) = (corner(full.x0, region.x)?, corner(full.y0, region.y)?);
                let area = Area { x0, y0, x1: corner(x0, region.columns)?, y1: corner(y0, region.rows)? };
                if area.common(&full) != area || area.is_empty() {
                    return Err(OUTSIDE);
                }
                area
            }
        };
        let shown = region.reduced(options.reduce);
        let depths = header.depths();
        let precision = depths.iter().map(|depth| depth.precision).max().unwrap_or(1);
        let image = Image {
            rows: shown.height(),
            columns: shown.width(),
            components: u16::try_from(depths.len()).unwrap_or(u16::MAX),
            precision,
            is_signed: depths.iter().any(|depth| depth.is_signed),
        };
        Ok(Self { image, shown, spacing, reduce: options.reduce, whole: size.image, depths })
    }

    /// The depths of all components of the image.
    pub(super) fn depths(&self) -> &[Depth] {
        &self.depths
    }

    /// How pixels and samples of a component lie, across and down.
    pub(super) fn axes(&self, component: Component) -> (Axis, Axis) {
        let all = self.whole.spaced(component.dx, component.dy).reduced(self.reduce);
        let axis = |all, shown, sample: u8, pixel: u8| Axis {
            all,
            shown,
            sample: sample.into(),
            pixel: pixel.into(),
        };
        let shown = &self.shown;
        (
            axis((all.x0, all.x1), (shown.x0, shown.x1), component.dx, self.spacing.0),
            axis((all.y0, all.y1), (shown.y0, shown.y1), component.dy, self.spacing.1),
        )
    }

    /// The samples of a component that are shown, reduced.
    pub(super) fn window(&self, component: Component) -> Area {
        let (across, down) = self.axes(component);
        let ((x0, x1), (y0, y1)) = (across.samples(), down.samples());
        Area { x0, y0, x1, y1 }
    }

    /// Columns and rows of tiles that may have a pixel that is shown, or a sample that is repeated into one.
    pub(super) fn tiles(&self, size: &Size) -> Area {
        let widest = size
            .components
            .iter()
            .fold((1, 1), |most, component| (component.dx.max(most.0), component.dy.max(most.1)));
        let range = |from: u32, to: u32, spacing: u8, wide: u8, start: u32, step: u32, count: u64| {
            // Reduced pixels to points; the sample of a pixel may begin a spacing before it, and a filter reaches no further than its tile.
            let point = |at: u32| (u64::from(at) * u64::from(spacing)) << self.reduce;
            let back = (u64::from(wide)) << self.reduce;
            let first = point(from).saturating_sub(back).saturating_sub(u64::from(start)) / u64::from(step);
            let last = (point(to) + back).saturating_sub(u64::from(start)) / u64::from(step) + 1;
            (cut(first), cut(last.min(count)))
        };
        let (shown, tile) = (&self.shown, &size.tile);
        let (x0, x1) =
            range(shown.x0, shown.x1, self.spacing.0, widest.0, tile.x0, tile.width(), size.tiles_across());
        let (y0, y1) =
            range(shown.y0, shown.y1, self.spacing.1, widest.1, tile.y0, tile.height(), size.tiles_down());
        Area { x0, y0, x1, y1 }
    }
}
