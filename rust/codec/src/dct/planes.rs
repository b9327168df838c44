//! From the coefficients of a row of MCUs to rows of pixels: the inverse transform, raising of subsampled components, weaving.
//!
//! Only one row of MCUs is held, and the last row of samples of the one before it: the triangle filter looks one row up and one down, so
//! that the last row of pixels of a row of MCUs waits for the next.

use super::dispatch;
use super::idct::{Block, transform, transform_flat};
use super::plan::{Part, Plan};
use super::sample::Sample;
use super::upsample::{Rise, across, both, down, repeat};
use super::weave::weave;
use super::zeroed;
use crate::Result;
use crate::simd::Level;

/// One component.
struct Plane<T> {
    part: Part,
    rise: Rise,
    /// A row of samples of the MCUs above, then the rows of these MCUs.
    samples: Vec<T>,
    /// A row of pixels.
    raised: Vec<T>,
    sums: Vec<u16>,
}

impl<T: Sample> Plane<T> {
    fn new(part: &Part, plan: &Plan) -> Result<Self> {
        let rise = Rise::new(part, plan);
        Ok(Self {
            part: *part,
            rise,
            samples: zeroed(part.stride * 8 * (part.down * 8 + 1))?,
            raised: zeroed(plan.mcus_across * plan.most_across * 8 + 16)?,
            sums: zeroed(if rise == Rise::Both { part.width } else { 0 })?,
        })
    }

    const fn stride(&self) -> usize {
        self.part.stride * 8
    }

    /// A row of the component, where `top` is the first one of these MCUs.
    fn row(&self, row: usize, top: usize) -> &[T] {
        let start = (row + 1).saturating_sub(top) * self.stride();
        self.samples.get(start..start + self.part.width).unwrap_or_default()
    }

    /// Fills `raised` with pixel row `y`.
    #[inline(always)]
    fn raise(&mut self, y: usize, top: usize, plan: &Plan) {
        let part = self.part;
        let row = y * part.down / plan.most_down;
        let is_upper = y.is_multiple_of(2);
        let other = if is_upper { row.saturating_sub(1) } else { (row + 1).min(part.height - 1) };
        let mut raised = std::mem::take(&mut self.raised);
        let mut sums = std::mem::take(&mut self.sums);
        match self.rise {
            Rise::None => raised.iter_mut().zip(self.row(row, top)).for_each(|(to, from)| *to = *from),
            Rise::Across => across(self.row(row, top), &mut raised),
            Rise::Down => down(self.row(row, top), self.row(other, top), is_upper, &mut raised),
            Rise::Both => both(self.row(row, top), self.row(other, top), &mut sums, &mut raised),
            Rise::Repeat => repeat(self.row(row, top), part.across, plan.most_across, &mut raised),
        }
        (self.raised, self.sums) = (raised, sums);
    }
}

/// All components, and how far the picture is finished.
pub(super) struct Canvas<'o, T> {
    components: Vec<Plane<T>>,
    plan: Plan,
    out: &'o mut [u8],
    /// Rows of pixels that are written.
    done: usize,
    /// Rows that wait for the next row of MCUs: 0 or 1.
    waiting: usize,
    converts: bool,
    level: Level,
}

impl<'o, T: Sample> Canvas<'o, T> {
    pub(super) fn new(plan: &Plan, converts: bool, level: Level, out: &'o mut [u8]) -> Result<Self> {
        let mut planes = Vec::new();
        for part in plan.parts() {
            planes.push(Plane::new(part, plan)?);
        }
        let waiting = usize::from(planes.iter().any(|plane: &Plane<T>| plane.rise.looks_down()));
        Ok(Self { components: planes, plan: *plan, out, done: 0, waiting, converts, level })
    }

    /// Transforms the blocks of one row of MCUs of one component.
    pub(super) fn transform(&mut self, mcu: usize, component: usize, blocks: &[Block], lasts: &[u8]) {
        let Some(plane) = self.components.get_mut(component) else { return };
        let stride = plane.stride();
        // The last row goes where the next MCUs look for it.
        if plane.samples.len() > stride {
            let last = plane.samples.len() - stride;
            plane.samples.copy_within(last.., 0);
        }
        let across = plane.part.stride;
        let done = direct_columns::<T>(&self.plan, self.converts, mcu);
        if done > 0 {
            // Whole blocks of a single component of bytes need no way through the plane.
            let start = mcu * 8 * self.plan.columns;
            let rows = self.out.get_mut(start..start + 8 * self.plan.columns).unwrap_or_default();
            let (direct, rest) = blocks.split_at_checked(done / 8).unwrap_or((blocks, &[]));
            let (direct_lasts, rest_lasts) = lasts.split_at_checked(done / 8).unwrap_or((lasts, &[]));
            dispatch::transform_row::<u8>(self.level, direct, direct_lasts, rows, self.plan.columns);
            let rows = plane.samples.get_mut(stride + done..).unwrap_or_default();
            dispatch::transform_row(self.level, rest, rest_lasts, rows, stride);
            return;
        }
        let rows = plane.samples.get_mut(stride..).unwrap_or_default().chunks_exact_mut(stride * 8);
        for ((rows, blocks), lasts) in rows.zip(blocks.chunks_exact(across)).zip(lasts.chunks_exact(across)) {
            dispatch::transform_row(self.level, blocks, lasts, rows, stride);
        }
    }

    /// Writes what can be written after row `mcu` of MCUs was transformed.
    pub(super) fn finish_row(&mut self, mcu: usize) {
        let level = self.level;
        dispatch::write_rows(level, self, mcu);
    }

    #[inline(always)]
    pub(super) fn write_rows(
        &mut self,
        mcu: usize,
        weave3: impl Fn([&[T]; 3], &mut [u8]),
        to_rgb: impl Fn(&mut [T], &mut [T], &mut [T]),
    ) {
        let plan = self.plan;
        let below = (mcu + 1) * plan.most_down * 8;
        let end = if mcu + 1 == plan.mcus_down { plan.rows } else { below - self.waiting };
        let bytes = plan.columns * self.components.len() * size_of::<T>();
        let start = self.done * bytes;
        let count = end.saturating_sub(self.done);
        let rows = self.out.get_mut(start..start + count * bytes).unwrap_or_default();
        for (y, to) in (self.done..end).zip(rows.chunks_exact_mut(bytes.max(1))) {
            write_row(&mut self.components, &plan, y, mcu, self.converts, to, &weave3, &to_rgb);
        }
        self.done = end.max(self.done);
    }
}

#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "one step of a loop")]
fn write_row<T: Sample>(
    planes: &mut [Plane<T>],
    plan: &Plan,
    y: usize,
    mcu: usize,
    converts: bool,
    to: &mut [u8],
    weave3: &impl Fn([&[T]; 3], &mut [u8]),
    to_rgb: &impl Fn(&mut [T], &mut [T], &mut [T]),
) {
    for plane in &mut *planes {
        if plane.rise != Rise::None || converts {
            plane.raise(y, mcu * plane.part.down * 8, plan);
        }
    }
    if converts && let [y, cb, cr] = &mut *planes {
        let (Some(y), Some(cb), Some(cr)) = (
            y.raised.get_mut(..plan.columns),
            cb.raised.get_mut(..plan.columns),
            cr.raised.get_mut(..plan.columns),
        ) else {
            return;
        };
        to_rgb(y, cb, cr);
    }
    let mut held: [&[T]; 4] = [&[]; 4];
    for (held, plane) in held.iter_mut().zip(&*planes) {
        let is_raised = plane.rise != Rise::None || converts;
        *held = if is_raised { &plane.raised } else { plane.row(y, mcu * plane.part.down * 8) };
    }
    match (planes.len(), held) {
        (1, [row, ..]) => {
            let done = direct_columns::<T>(plan, converts, mcu);
            T::write(row.get(done..).unwrap_or_default(), to.get_mut(done..).unwrap_or_default());
        }
        (3, [a, b, c, _]) => weave3([a, b, c], to),
        (count, held) => weave(held.get(..count).unwrap_or_default(), to),
    }
}

/// Columns that the transform of a row of MCUs wrote into the picture itself.
fn direct_columns<T: Sample>(plan: &Plan, converts: bool, mcu: usize) -> usize {
    let is_plain = T::PRECISION == 8 && plan.parts().len() == 1 && !converts;
    if is_plain && (mcu + 1) * 8 <= plan.rows { plan.columns / 16 * 16 } else { 0 }
}

/// The scalar form of `dispatch::transform_row`.
pub(super) fn transform_row<T: Sample>(blocks: &[Block], lasts: &[u8], out: &mut [T], stride: usize) {
    for (place, (block, last)) in blocks.iter().zip(lasts).enumerate() {
        let Some(out) = out.get_mut(place * 8..) else { return };
        if *last == 0 { transform_flat(block[0], out, stride) } else { transform(block, out, stride) }
    }
}
