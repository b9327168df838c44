//! Rows of samples as rows of pixels: component transform, level shift, the caller's samples.

use std::ops::Range;

use crate::j2k::colour::{self, Place, Value};
use crate::{Error, ErrorKind, Result};

use super::arrays;
use super::component::lengthen;
use super::path::Path;
use super::stripes::{Group, Transform};

const NO_ROOM: Error = Error::new(ErrorKind::Argument, "JPEG 2000: a buffer smaller than its image");

/// A row of all components, among some rows of each: `length` samples a component.
pub(super) struct Made<'a, S> {
    pub(super) samples: &'a mut [S],
    pub(super) length: usize,
    pub(super) number: usize,
}

impl<S: Value + Send + Sync> Group<'_, S> {
    pub(super) fn row_bytes(&self) -> usize {
        let image = &self.canvas.image;
        image.columns as usize * usize::from(image.components) * image.sample_size()
    }

    /// Where what is wanted of a row lies among the rows of a component.
    fn row(&self, component: usize, number: usize) -> Range<usize> {
        let made = self.components.get(component).map(super::component::Component::made).unwrap_or_default();
        let start = number * made.width() as usize + self.wanted.x0.saturating_sub(made.x0) as usize;
        start..start + self.wanted.width() as usize
    }

    /// Transforms a row in place.
    pub(super) fn transform_row<P: Path<Sample = S>>(
        &self,
        made: &mut Made<'_, S>,
        (values, scratch): (&mut Vec<f64>, &mut arrays::Scratch),
    ) -> Result<()> {
        let number = made.number;
        match self.transform {
            Transform::None => {}
            Transform::Colour => {
                let mut planes = made.samples.chunks_exact_mut(made.length.max(1)).enumerate();
                let mut row = || {
                    let (component, plane) = planes.next()?;
                    plane.get_mut(self.row(component, number))
                };
                if let (Some(a), Some(b), Some(c)) = (row(), row(), row()) {
                    P::undo_colour(self.level, [a, b, c]);
                }
            }
            Transform::Arrays(arrays) => {
                let width = self.wanted.width() as usize;
                let all = width.saturating_mul(arrays.space);
                lengthen(values, all)?;
                let values = values.get_mut(..all).unwrap_or_default();
                let coded = width * self.components.len();
                values.get_mut(coded..).unwrap_or_default().fill(0.0);
                let planes = made.samples.chunks_exact(made.length.max(1)).take(self.components.len());
                let rows = values.chunks_exact_mut(width.max(1));
                for (component, (values, plane)) in rows.zip(planes).enumerate() {
                    let row = plane.get(self.row(component, number)).unwrap_or_default();
                    for (value, &sample) in values.iter_mut().zip(row) {
                        *value = sample.to_f64();
                    }
                }
                arrays.undo(values, width, scratch);
            }
        }
        Ok(())
    }

    /// Puts a row into a row of pixels.
    pub(super) fn store_row(
        &self,
        made: &Made<'_, S>,
        (repeated, values): (&mut Vec<S>, &[f64]),
        out: &mut [u8],
    ) -> Result<()> {
        let image = &self.canvas.image;
        let (size, components) = (image.sample_size(), usize::from(image.components));
        let (across, wanted) = (self.axes.0, &self.wanted);
        let (from, to) = across.pixels((wanted.x0, wanted.x1));
        let pixel = size * components;
        let start = (from - self.canvas.shown.x0) as usize * pixel;
        let out = out.get_mut(start..start + (to - from) as usize * pixel).ok_or(NO_ROOM)?;
        let samples_of = |component: usize| {
            let plane = made.samples.get(component * made.length..);
            plane.and_then(|plane| plane.get(self.row(component, made.number))).unwrap_or_default()
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
                let values = values.chunks_exact((wanted.width() as usize).max(1)).nth(number);
                colour::store(self.level, values.unwrap_or_default(), depth, place, out);
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
