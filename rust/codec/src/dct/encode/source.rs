//! From pixels to planes of components: unweaving, RGB to YCbCr (T.871 7), subsampling, edges repeated to whole MCUs.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "averages of samples are samples"
)]

use super::super::plan::{Part, Plan};
use super::super::zeroed;
use crate::Result;

/// One row of MCUs of every component.
pub(in crate::dct) struct Source<'a> {
    samples: &'a [u8],
    plan: Plan,
    is_wide: bool,
    converts: bool,
    /// Full-size rows of one row of MCUs, a component after another.
    full: [Vec<u16>; 4],
    /// The same, subsampled where a component is.
    planes: [Vec<u16>; 4],
}

impl<'a> Source<'a> {
    pub(super) fn new(samples: &'a [u8], plan: &Plan, is_wide: bool, converts: bool) -> Result<Self> {
        let (mut full, mut planes): ([Vec<u16>; 4], [Vec<u16>; 4]) = Default::default();
        for ((full, plane), part) in full.iter_mut().zip(&mut planes).zip(plan.parts()) {
            *full = zeroed(Self::width(plan) * plan.most_down * 8)?;
            if !is_full(part, plan) {
                *plane = zeroed(part.stride * 8 * part.down * 8)?;
            }
        }
        Ok(Self { samples, plan: *plan, is_wide, converts, full, planes })
    }

    /// Samples of a full-size row.
    const fn width(plan: &Plan) -> usize {
        (plan.mcus_across * plan.most_across).next_multiple_of(2) * 8
    }

    /// The middle of the range of samples.
    pub(super) const fn centre(&self) -> u16 {
        if self.is_wide { 2048 } else { 128 }
    }

    /// Reads one row of MCUs.
    #[inline(always)]
    pub(super) fn read(&mut self, mcu: usize) {
        let height = self.plan.most_down * 8;
        let width = Self::width(&self.plan);
        for line in 0..height {
            let row = (mcu * height + line).min(self.plan.rows - 1);
            let places = line * width..(line + 1) * width;
            let [a, b, c, d] = &mut self.full;
            let mut rows = [a, b, c, d].map(|full| full.get_mut(places.clone()).unwrap_or_default());
            let count = self.plan.parts().len();
            let bytes = self.plan.columns * count * if self.is_wide { 2 } else { 1 };
            let pixels = self.samples.get(row * bytes..(row + 1) * bytes).unwrap_or_default();
            let highest = if self.is_wide { 4095 } else { 255 };
            unweave(pixels, count, self.is_wide, highest, &mut rows);
            let [a, b, c, _] = &mut rows;
            if self.converts {
                to_ycbcr(a, b, c, highest);
            }
            for row in rows.iter_mut().take(count) {
                let last = row.get(self.plan.columns - 1).copied().unwrap_or_default();
                row.get_mut(self.plan.columns..).unwrap_or_default().fill(last);
            }
        }
        for (component, part) in self.plan.parts().iter().enumerate() {
            if let (Some(full), Some(plane)) = (self.full.get(component), self.planes.get_mut(component))
                && !is_full(part, &self.plan)
            {
                halve(full, width, part, &self.plan, plane);
            }
        }
    }

    /// The rows of one component, and how far they are apart.
    pub(super) fn rows(&self, component: usize) -> (&[u16], usize) {
        match (self.planes.get(component), self.full.get(component), self.plan.parts().get(component)) {
            (Some(plane), _, Some(part)) if !plane.is_empty() => (plane, part.stride * 8),
            (_, Some(full), _) => (full, Self::width(&self.plan)),
            _ => (&[], 8),
        }
    }
}

fn is_full(part: &Part, plan: &Plan) -> bool {
    (part.across, part.down) == (plan.most_across, plan.most_down)
}

/// Samples of a row of pixels, a component after another.
#[inline(always)]
fn unweave(pixels: &[u8], count: usize, is_wide: bool, highest: u16, rows: &mut [&mut [u16]; 4]) {
    let [a, b, c, _] = rows;
    match (is_wide, count) {
        (false, 1) => a.iter_mut().zip(pixels).for_each(|(to, from)| *to = u16::from(*from)),
        (false, 3) => {
            for (((a, b), c), &[x, y, z]) in
                a.iter_mut().zip(b.iter_mut()).zip(c.iter_mut()).zip(pixels.as_chunks::<3>().0)
            {
                (*a, *b, *c) = (x.into(), y.into(), z.into());
            }
        }
        (true, 1) => {
            for (to, from) in a.iter_mut().zip(pixels.as_chunks::<2>().0) {
                *to = u16::from_ne_bytes(*from).min(highest);
            }
        }
        (false, count) => {
            for (place, row) in rows.iter_mut().enumerate().take(count) {
                let samples = pixels.iter().skip(place).step_by(count);
                row.iter_mut().zip(samples).for_each(|(to, from)| *to = u16::from(*from));
            }
        }
        (true, count) => {
            for (place, row) in rows.iter_mut().enumerate().take(count) {
                let samples = pixels.as_chunks::<2>().0.iter().skip(place).step_by(count);
                row.iter_mut()
                    .zip(samples)
                    .for_each(|(to, from)| *to = u16::from_ne_bytes(*from).min(highest));
            }
        }
    }
}

/// Rounded as the reference encoders round.
#[inline(always)]
fn to_ycbcr(r: &mut [u16], g: &mut [u16], b: &mut [u16], highest: u16) {
    const HALF: i32 = 1 << 15;
    let centre = (i32::from(highest) + 1) / 2;
    let centre = (centre << 16) + HALF - 1;
    for ((x, y), z) in r.iter_mut().zip(g).zip(b) {
        let (r, g, b) = (i32::from(*x), i32::from(*y), i32::from(*z));
        *x = ((19595 * r + 38470 * g + 7471 * b + HALF) >> 16) as u16;
        *y = ((-11059 * r - 21709 * g + 32768 * b + centre) >> 16) as u16;
        *z = ((32768 * r - 27439 * g - 5329 * b + centre) >> 16) as u16;
    }
}

/// Averages of neighbours, rounded down and up in turn.
#[inline(always)]
fn halve(full: &[u16], width: usize, part: &Part, plan: &Plan, plane: &mut [u16]) {
    let (across, down) = (plan.most_across / part.across, plan.most_down / part.down);
    let stride = part.stride * 8;
    let lines = full.chunks_exact(width * down);
    for (line, to) in lines.zip(plane.chunks_exact_mut(stride)) {
        let (upper, lower) = line.split_at_checked(width).unwrap_or((line, &[]));
        if (across, down) == (2, 2) {
            let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
            for (place, (to, ([a, b], [c, d]))) in to.iter_mut().zip(pairs).enumerate() {
                *to = (a + b + c + d + 1 + (place & 1) as u16) >> 2;
            }
        } else {
            for (place, (to, [a, b])) in to.iter_mut().zip(upper.as_chunks::<2>().0).enumerate() {
                *to = (a + b + (place & 1) as u16) >> 1;
            }
        }
        // Whole MCUs across may need more samples than half the full row has.
        let have = width / across;
        let last = to.get(have.min(stride) - 1).copied().unwrap_or_default();
        to.get_mut(have..).unwrap_or_default().fill(last);
    }
}
