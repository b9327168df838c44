//! The highest level of components in stripes that stay in cache: code blocks, wavelet, component transform, the caller's samples. Three
//! quarters of all coefficients are of this level, and nowhere are all of them kept.
//!
//! A stripe has whole rows of code blocks. Samples at its edges depend on coefficients of its neighbours too: each stripe leaves those at its
//! edges behind, and the seams are made once all stripes are.

use std::ops::Range;
use std::sync::Mutex;

use crate::j2k::block::Orientation;
use crate::j2k::colour::{Depth, Value};
use crate::j2k::geometry::Area;
use crate::j2k::wavelet::{self, Kernel};
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::Executor;
use super::arrays::Arrays;
use super::canvas::{Axis, Canvas};
use super::component::{Component, First, NO_MEMORY, Worker, Workers, lengthen, samples};
use super::path::Path;
use super::rows::Made;

/// Samples of all components that are made at once.
const SAMPLES: usize = 1 << 16;
/// A few rows are made again for those that follow: so many make that little.
const LEAST: usize = 32;
/// Rows of a stripe at least: its seams make a few of them again.
const LEAST_OF_STRIPE: usize = 128;

/// What is done with rows before they are samples.
#[derive(Clone, Copy, Debug)]
pub(super) enum Transform<'a> {
    None,
    /// The first three components, T.800 Annex G.
    Colour,
    /// T.801 Annex J.
    Arrays(&'a Arrays),
}

/// Components that are transformed together: all have the same samples.
pub(super) struct Group<'a, S> {
    pub(super) components: &'a [Component<'a, S>],
    /// The index of the first one in the image, and the depths of all.
    pub(super) first: usize,
    pub(super) depths: &'a [Depth],
    pub(super) transform: Transform<'a>,
    pub(super) canvas: &'a Canvas,
    /// How their pixels and samples lie, and which samples are wanted.
    pub(super) axes: (Axis, Axis),
    pub(super) wanted: Area,
    pub(super) level: Level,
}

/// Some rows of samples, and the rows of pixels that they give.
struct Piece<'a> {
    samples: Range<u32>,
    pixels: Range<u32>,
    out: Mutex<&'a mut [u8]>,
}

/// The rows of pixels that are not given away yet.
struct Rest<'a> {
    out: &'a mut [u8],
    row: u32,
}

/// Coefficients of all components at one side of a seam.
type Edge<'a, S> = Mutex<&'a mut [S]>;

const NO_ROOM: Error = Error::new(ErrorKind::Argument, "JPEG 2000: a buffer smaller than its image");

/// The bands that are high in some direction, in the order in which they lie.
const HIGH: [Orientation; 3] = [Orientation::HL, Orientation::LH, Orientation::HH];

/// Samples of these bands.
fn high_samples(extent: &Area) -> Result<usize> {
    let mut sum = 0_usize;
    for orientation in HIGH {
        sum = sum.checked_add(samples(&extent.band(1, orientation))?).ok_or(NO_MEMORY)?;
    }
    Ok(sum)
}

/// Samples that are taken one part after another.
struct Left<'a, S>(&'a mut [S]);

impl<'a, S> Left<'a, S> {
    fn take(&mut self, count: usize) -> Result<&'a mut [S]> {
        let (first, rest) = std::mem::take(&mut self.0).split_at_mut_checked(count).ok_or(NO_MEMORY)?;
        self.0 = rest;
        Ok(first)
    }
}

impl<S: Value + Send + Sync> Group<'_, S> {
    /// Makes the samples. `kept` is memory for seams.
    pub(super) fn store<P: Path<Sample = S>>(
        &self,
        kept: &mut Vec<S>,
        workers: &Workers<P::Word, S>,
        executor: Executor,
        out: &mut [u8],
    ) -> Result<()> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        // Components without a level have what is wanted, the others more.
        let made = self.components.iter().map(Component::made).max_by_key(Area::samples).unwrap_or_default();
        let is_level = self.components.iter().any(|component| !component.highest.is_empty());
        let reach = if is_level { P::Kernel::REACH } else { 0 };
        let cuts = self.cuts(&made, reach);
        let (mut stripes, mut seams) = (Vec::new(), Vec::new());
        let mut rest = Rest { out, row: self.canvas.shown.y0 };
        for (number, ends) in cuts.windows(2).enumerate() {
            let &[y0, y1] = ends else { break };
            let is_last = number + 2 == cuts.len();
            let own = if number == 0 { y0 } else { y0 + reach }..if is_last { y1 } else { y1 - reach };
            stripes.push((Area { y0, y1, ..made }, self.piece(own, &mut rest)?));
            if reach > 0 && !is_last {
                let extent = Area { y0: y1 - 2 * reach, y1: y1 + 2 * reach, ..made };
                seams.push((extent, self.piece(y1 - reach..y1 + reach, &mut rest)?));
            }
        }
        let mut side = 0;
        for orientation in HIGH {
            side += made.band(1, orientation).width() as usize * reach as usize * self.components.len();
        }
        let length = side.checked_mul(2 * seams.len()).ok_or(NO_MEMORY)?;
        lengthen(kept, length)?;
        let kept = kept.get_mut(..length).unwrap_or_default();
        let edges: Vec<Edge<'_, S>> = kept.chunks_exact_mut(side.max(1)).map(Mutex::new).collect();
        let first = First::default();
        (executor.run)(stripes.len(), &|number| {
            let Some((extent, piece)) = stripes.get(number) else { return };
            // Of each seam, the upper edge and the lower one.
            let above = number.checked_sub(1).and_then(|seam| edges.get(2 * seam + 1));
            let ends = [above, edges.get(2 * number)];
            first.note(workers.lend(|worker| self.stripe::<P>(extent, piece, ends, worker)));
        });
        (executor.run)(seams.len(), &|number| {
            let Some((extent, piece)) = seams.get(number) else { return };
            let sides = edges.get(2 * number..2 * number + 2).unwrap_or_default();
            first.note(workers.lend(|worker| self.seam::<P>(extent, piece, sides, worker)));
        });
        first.result()
    }

    /// Where stripes begin and end: where blocks of all bands do, and none is shorter than what its neighbours spoil of it.
    fn cuts(&self, made: &Area, reach: u32) -> Vec<u32> {
        let width = (made.width() as usize).max(1) * self.components.len().max(1);
        let least = u32::try_from((SAMPLES / width).max(LEAST_OF_STRIPE)).unwrap_or(u32::MAX);
        let bands = self.components.iter().flat_map(|component| &component.highest);
        let blocks = bands.map(|coded| 2_u32 << coded.band.block.1).max().unwrap_or(2);
        // Both are powers of 2.
        let unit = least.next_power_of_two().max(blocks);
        let (mut cuts, mut begin) = (vec![made.y0], made.y0);
        let mut at = (made.y0 / unit + 1).saturating_mul(unit);
        while at < made.y1 {
            if at - begin >= 2 * reach && made.y1 - at >= 2 * reach {
                cuts.push(at);
                begin = at;
            }
            at = at.saturating_add(unit);
        }
        cuts.push(made.y1);
        cuts
    }

    /// The next rows, as far as they are wanted.
    fn piece<'o>(&self, rows: Range<u32>, rest: &mut Rest<'o>) -> Result<Piece<'o>> {
        let y0 = rows.start.max(self.wanted.y0);
        let y1 = rows.end.min(self.wanted.y1).max(y0);
        if y0 == y1 {
            return Ok(Piece { samples: y0..y1, pixels: 0..0, out: Mutex::new(&mut []) });
        }
        let (from, to) = self.axes.1.pixels((y0, y1));
        let bytes = self.row_bytes();
        let (skipped, length) = (from.saturating_sub(rest.row), to.saturating_sub(from));
        let (_, after) =
            std::mem::take(&mut rest.out).split_at_mut_checked(skipped as usize * bytes).ok_or(NO_ROOM)?;
        let (own, after) = after.split_at_mut_checked(length as usize * bytes).ok_or(NO_ROOM)?;
        (rest.out, rest.row) = (after, to.max(from));
        Ok(Piece { samples: y0..y1, pixels: from..to, out: Mutex::new(own) })
    }

    /// Decodes the bands of a stripe, and makes of them what can be made.
    fn stripe<P: Path<Sample = S>>(
        &self,
        extent: &Area,
        piece: &Piece,
        ends: [Option<&Edge<'_, S>>; 2],
        worker: &mut Worker<P::Word, S>,
    ) -> Result<()> {
        let length = high_samples(extent)?;
        lengthen(&mut worker.bands, length.checked_mul(self.components.len()).ok_or(NO_MEMORY)?)?;
        for (component, high) in self.components.iter().zip(worker.bands.chunks_exact_mut(length.max(1))) {
            let mut high = Left(high);
            for coded in &component.highest {
                for strip in coded.strips(extent.band(1, coded.band.orientation)) {
                    let rows = high.take(samples(&strip.area)?)?;
                    strip.decode::<P>(rows, &mut worker.blocks);
                }
            }
        }
        for (edge, is_lower) in ends.into_iter().zip([false, true]) {
            let Some(edge) = edge else { continue };
            let mut edge = edge.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (mut edge, mut bands) = (Left(&mut edge), Left(worker.bands.as_mut_slice()));
            for orientation in self.components.iter().flat_map(|_| HIGH) {
                let area = extent.band(1, orientation);
                let band = bands.take(samples(&area)?)?;
                let kept = area.width() as usize * P::Kernel::REACH as usize;
                let start = if is_lower { band.len().saturating_sub(kept) } else { 0 };
                let from = band.get(start..start + kept).ok_or(NO_MEMORY)?;
                edge.take(kept)?.copy_from_slice(from);
            }
        }
        self.samples::<P>(extent, piece, worker)
    }

    /// Makes the rows between two stripes.
    fn seam<P: Path<Sample = S>>(
        &self,
        extent: &Area,
        piece: &Piece,
        sides: &[Edge<'_, S>],
        worker: &mut Worker<P::Word, S>,
    ) -> Result<()> {
        let length = high_samples(extent)?.checked_mul(self.components.len()).ok_or(NO_MEMORY)?;
        lengthen(&mut worker.bands, length)?;
        for (side, edge) in sides.iter().enumerate() {
            let mut edge = edge.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (mut edge, mut bands) = (Left(&mut edge), Left(worker.bands.as_mut_slice()));
            for orientation in self.components.iter().flat_map(|_| HIGH) {
                let area = extent.band(1, orientation);
                let kept = area.width() as usize * P::Kernel::REACH as usize;
                let band = bands.take(samples(&area)?)?;
                let to = band.get_mut(side * kept..(side + 1) * kept).ok_or(NO_MEMORY)?;
                to.copy_from_slice(edge.take(kept)?);
            }
        }
        self.samples::<P>(extent, piece, worker)
    }

    /// Makes samples of bands, and pixels of samples.
    fn samples<P: Path<Sample = S>>(
        &self,
        extent: &Area,
        piece: &Piece,
        worker: &mut Worker<P::Word, S>,
    ) -> Result<()> {
        let Worker { rows: scratch, bands, samples, repeated, values, arrays, .. } = worker;
        let (high, count) = (high_samples(extent)?, self.components.len());
        let width = (extent.width() as usize).max(1);
        let height = u32::try_from((SAMPLES / (width * count.max(1))).max(LEAST) & !1).unwrap_or(u32::MAX);
        let mut out = piece.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut pixels = piece.pixels.clone().zip(out.chunks_exact_mut(self.row_bytes().max(1))).peekable();
        let mut y0 = piece.samples.start;
        while y0 < piece.samples.end {
            let y1 = (y0 & !1).saturating_add(height).min(piece.samples.end);
            let length = width * (y1 - y0) as usize;
            lengthen(samples, length.checked_mul(count).ok_or(NO_MEMORY)?)?;
            for (number, (component, plane)) in
                self.components.iter().zip(samples.chunks_exact_mut(length)).enumerate()
            {
                if component.highest.is_empty() {
                    component.copy(y0..y1, plane);
                    continue;
                }
                let high = bands.get(number * high..(number + 1) * high).unwrap_or_default();
                let bands = component.rows_of(extent, high);
                wavelet::inverse::<P::Kernel>(self.level, extent, y0..y1, bands, scratch, plane, width)?;
            }
            for (number, sample) in (y0..y1).enumerate() {
                let mut made = Made { samples, length, number };
                let mut first = true;
                while let Some((_, out)) =
                    pixels.next_if(|(pixel, _)| self.axes.1.sample_of(*pixel) == sample)
                {
                    if std::mem::take(&mut first) {
                        self.transform_row::<P>(&mut made, (values, arrays))?;
                    }
                    self.store_row(&made, (repeated, values), out)?;
                }
            }
            y0 = y1;
        }
        Ok(())
    }
}
