//! The last level of components in stripes that stay in cache: wavelet, component transform, the caller's samples.

use std::ops::Range;
use std::sync::Mutex;

use crate::j2k::colour::{self, Depth, Place, Value};
use crate::j2k::geometry::Area;
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

use super::Executor;
use super::arrays::{self, Arrays};
use super::canvas::{Axis, Canvas};
use super::component::{Component, First, Worker, Workers, lengthen};
use super::path::Path;

/// Samples of all components that a stripe has.
const SAMPLES: usize = 1 << 16;
/// A stripe makes a few rows again that its neighbours have made: so many of its own make that little.
const LEAST: usize = 32;

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
    pub(super) components: &'a [Component<S>],
    /// The index of the first one in the image, and the depths of all.
    pub(super) first: usize,
    pub(super) depths: &'a [Depth],
    pub(super) transform: Transform<'a>,
    pub(super) canvas: &'a Canvas,
    /// How their pixels and samples lie.
    pub(super) axes: (Axis, Axis),
    pub(super) level: Level,
}

/// Some rows of samples, and the rows of pixels that they give.
struct Stripe<'a> {
    samples: Range<u32>,
    pixels: Range<u32>,
    out: Mutex<&'a mut [u8]>,
}

const NO_ROOM: Error = Error::new(ErrorKind::Argument, "JPEG 2000: a buffer smaller than its image");

impl<S: Value + Send + Sync> Group<'_, S> {
    /// Makes the samples.
    pub(super) fn store<P: Path<Sample = S>>(
        &self,
        workers: &Workers<P::Word, S>,
        executor: Executor,
        out: &mut [u8],
    ) -> Result<()> {
        let Some(component) = self.components.first() else { return Ok(()) };
        let (wanted, made) =
            (component.plan.wanted(component.plan.top), component.plan.made(component.plan.top));
        if wanted.is_empty() {
            return Ok(());
        }
        let width = (made.width() as usize).max(1) * self.components.len();
        let height = u32::try_from((SAMPLES / width).max(LEAST) & !1).unwrap_or(u32::MAX);
        let row_bytes = self.row_bytes();
        let (mut stripes, mut rest, mut row) = (Vec::new(), out, self.canvas.shown.y0);
        let mut y0 = wanted.y0;
        while y0 < wanted.y1 {
            let y1 = ((y0 & !1).saturating_add(height)).min(wanted.y1);
            let (from, to) = self.axes.1.pixels((y0, y1));
            let skipped = (from.max(row) - row) as usize * row_bytes;
            let length = to.saturating_sub(from) as usize * row_bytes;
            let (_, after) = rest.split_at_mut_checked(skipped).ok_or(NO_ROOM)?;
            let (own, after) = after.split_at_mut_checked(length).ok_or(NO_ROOM)?;
            stripes.push(Stripe { samples: y0..y1, pixels: from..to, out: Mutex::new(own) });
            (rest, row, y0) = (after, to.max(from), y1);
        }
        let first = First::default();
        (executor.run)(stripes.len(), &|number| {
            if let Some(stripe) = stripes.get(number) {
                first.note(workers.lend(|worker| self.stripe::<P>(stripe, &wanted, &made, worker)));
            }
        });
        first.result()
    }

    fn row_bytes(&self) -> usize {
        let image = &self.canvas.image;
        image.columns as usize * usize::from(image.components) * image.sample_size()
    }

    fn stripe<P: Path<Sample = S>>(
        &self,
        stripe: &Stripe,
        wanted: &Area,
        made: &Area,
        worker: &mut Worker<P::Word, S>,
    ) -> Result<()> {
        let (width, rows) = (made.width() as usize, stripe.samples.len());
        let length = width * rows;
        let Worker { rows: scratch, stripes, repeated, values, arrays, .. } = worker;
        lengthen(stripes, length * self.components.len())?;
        let mut planes = stripes.chunks_exact_mut(length.max(1));
        for (component, plane) in self.components.iter().zip(&mut planes) {
            component.rows::<P>(stripe.samples.clone(), scratch, self.level, plane)?;
        }
        let left = (wanted.x0 - made.x0) as usize;
        let within = left..left + wanted.width() as usize;
        let mut out = stripe.out.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut pixels = stripe.pixels.clone().zip(out.chunks_exact_mut(self.row_bytes().max(1))).peekable();
        for (number, sample) in stripe.samples.clone().enumerate() {
            let row = number * width + within.start..number * width + within.end;
            let mut first = true;
            while let Some((_, out)) = pixels.next_if(|(pixel, _)| self.axes.1.sample_of(*pixel) == sample) {
                if std::mem::take(&mut first) {
                    self.transform_row::<P>(stripes, length, &row, (values, arrays))?;
                }
                self.store_row::<P>(stripes, length, &row, wanted, (repeated, values), out)?;
            }
        }
        Ok(())
    }

    /// Transforms one row of all components in place.
    fn transform_row<P: Path<Sample = S>>(
        &self,
        stripes: &mut [S],
        length: usize,
        row: &Range<usize>,
        (values, scratch): (&mut Vec<f64>, &mut arrays::Scratch),
    ) -> Result<()> {
        match self.transform {
            Transform::None => {}
            Transform::Colour => {
                let mut planes = stripes.chunks_exact_mut(length.max(1));
                if let (Some(a), Some(b), Some(c)) = (planes.next(), planes.next(), planes.next())
                    && let (Some(a), Some(b), Some(c)) =
                        (a.get_mut(row.clone()), b.get_mut(row.clone()), c.get_mut(row.clone()))
                {
                    P::undo_colour(self.level, [a, b, c]);
                }
            }
            Transform::Arrays(arrays) => {
                let all = row.len().saturating_mul(arrays.space);
                lengthen(values, all)?;
                let values = values.get_mut(..all).unwrap_or_default();
                let coded = row.len() * self.components.len();
                values.get_mut(coded..).unwrap_or_default().fill(0.0);
                let planes = stripes.chunks_exact(length.max(1)).take(self.components.len());
                for (values, plane) in values.chunks_exact_mut(row.len().max(1)).zip(planes) {
                    for (value, &sample) in values.iter_mut().zip(plane.get(row.clone()).unwrap_or_default())
                    {
                        *value = sample.to_f64();
                    }
                }
                arrays.undo(values, row.len(), scratch);
            }
        }
        Ok(())
    }

    /// Puts one row of all components into a row of pixels.
    fn store_row<P: Path<Sample = S>>(
        &self,
        stripes: &[S],
        length: usize,
        row: &Range<usize>,
        wanted: &Area,
        (repeated, values): (&mut Vec<S>, &[f64]),
        out: &mut [u8],
    ) -> Result<()> {
        let image = &self.canvas.image;
        let (size, components) = (image.sample_size(), usize::from(image.components));
        let across = self.axes.0;
        let (from, to) = across.pixels((wanted.x0, wanted.x1));
        let pixel = size * components;
        let start = (from - self.canvas.shown.x0) as usize * pixel;
        let out = out.get_mut(start..start + (to - from) as usize * pixel).ok_or(NO_ROOM)?;
        let samples_of = |number: usize| {
            stripes.get(number * length..).and_then(|plane| plane.get(row.clone())).unwrap_or_default()
        };
        let [depth, ..] = self.depths else { return Ok(()) };
        let is_one_depth = self.depths.iter().all(|other| other == depth);
        if let Transform::Colour = self.transform
            && components == 3
            && across.is_plain()
            && is_one_depth
        {
            let planes = [samples_of(0), samples_of(1), samples_of(2)];
            colour::store_three(self.level, planes, *depth, size, out);
            return Ok(());
        }
        for (number, &depth) in self.depths.iter().enumerate() {
            let place = Place { size, components, component: self.first + number };
            if let Transform::Arrays(_) = self.transform {
                let values = values.chunks_exact(row.len().max(1)).nth(number).unwrap_or_default();
                colour::store(self.level, values, depth, place, out);
            } else if across.is_plain() {
                colour::store(self.level, samples_of(number), depth, place, out);
            } else {
                lengthen(repeated, (to - from) as usize)?;
                let samples = samples_of(number);
                for (pixel, held) in (from..to).zip(repeated.iter_mut()) {
                    let index = across.sample_of(pixel).saturating_sub(wanted.x0) as usize;
                    *held = samples.get(index).copied().unwrap_or_default();
                }
                let repeated = repeated.get(..(to - from) as usize).unwrap_or_default();
                colour::store(self.level, repeated, depth, place, out);
            }
        }
        Ok(())
    }
}
