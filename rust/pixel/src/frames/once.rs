//! A frame that is needed once, as loaders of training data need it: of a file of which nothing is kept, its own bytes alone are read,
//! and of a region only the rows that it spans.

use radiogram_core::Result;
use radiogram_data::Document;

use super::{Frames, Scratch, Wanted};
use crate::codec::Region;
use crate::layout::{Finding, PixelLayout};
use crate::native;
use crate::part::{self, cut_of_stored};
use crate::render::Plan;

impl Frames {
    /// Renders one frame, or the part of it that `plan` is made for, as [`Frames::wanted_into`] does, and keeps none of its bytes.
    ///
    /// # Errors
    ///
    /// As the stages of the plan and the codec say; `TruncatedError` where the file ends before the frame does.
    pub fn once_into(
        &self,
        document: &Document,
        layout: &PixelLayout,
        plan: &Plan,
        wanted: &Wanted,
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<Option<Finding>> {
        let Self::Native { row } = self else {
            return self.wanted_into(document, layout, plan, wanted, scratch, out);
        };
        if document.present(*row).is_some() || !is_in_rows(layout) {
            return self.wanted_into(document, layout, plan, wanted, scratch, out);
        }
        let frame = native::frame_range(layout, wanted.frame)?;
        let Some(region) = wanted.part.region else {
            let stored = scratch.stored(frame.len())?;
            document.read_into(*row, frame.start as u64, stored)?;
            return plan.decoded_into(stored, wanted.frame, out).map(|()| None);
        };
        part::inside(region, layout.rows, layout.columns)?;
        let stride = frame.len() / (layout.rows as usize).max(1);
        let stored = scratch.stored(stride.saturating_mul(region.rows as usize))?;
        let start = (frame.start as u64).saturating_add((stride as u64).saturating_mul(region.y.into()));
        document.read_into(*row, start, stored)?;
        region_into(layout, plan, stored, (wanted.frame, Region { y: 0, ..region }), out).map(|()| None)
    }
}

/// Renders a region of the rows that it spans: these are a picture of their own.
pub(super) fn region_into(
    layout: &PixelLayout,
    plan: &Plan,
    stored: &[u8],
    (frame, region): (u64, Region),
    out: &mut [u8],
) -> Result<()> {
    let Some(line) = plan.line(frame) else {
        let band = PixelLayout { rows: region.rows, frames: 1, findings: Vec::new(), ..layout.clone() };
        let cells = cut_of_stored(&band, stored, 0, region)?;
        return plan.decoded_into(&cells, frame, out);
    };
    let (sample, to) = (layout.sample(), plan.dtype());
    let pixel = layout.samples as usize * layout.dtype().size();
    let (from, width) = (region.x as usize * pixel, region.columns as usize * pixel);
    let rows = stored.chunks_exact((layout.columns as usize * pixel).max(1));
    let lines = out.chunks_exact_mut((width / layout.dtype().size() * to.size()).max(1));
    for (row, into) in rows.zip(lines) {
        let cells = row.get(from..from + width).unwrap_or_default();
        native::rescale_cells(&sample, cells, line, to, into)?;
    }
    Ok(())
}

/// True where row follows row, each of whole bytes, by pixel.
pub(super) fn is_in_rows(layout: &PixelLayout) -> bool {
    layout.bits_allocated >= 8
        && !layout.is_packed
        && !layout.planar
        && !layout.subsampled
        && !layout.word_swapped
}
