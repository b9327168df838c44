//! Parts of frames: what their pixels are, and how they are cut out where a codec knows no parts.
//!
//! A region is in pixels of the full size. Reduced `r` times it has the pixels from `ceil(x / 2^r)` up to `ceil((x + columns) / 2^r)`, and so
//! down: those that T.800 B.5 gives its samples, so that neighbouring regions never share one or leave one out.

use radiogram_core::{Error, ErrorKind, Result, try_vec};

use crate::codec::{Part, Region};
use crate::layout::PixelLayout;
use crate::native;

fn wrong<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(ErrorKind::Argument, message))
}

/// Refuses what is no part of such a frame.
pub(crate) fn check(layout: &PixelLayout, part: &Part) -> Result<()> {
    let Some(region) = part.region else { return Ok(()) };
    inside(region, layout.rows, layout.columns)
}

/// Refuses a region that is not within so many rows and columns, or is nothing.
pub(crate) fn inside(region: Region, rows: u32, columns: u32) -> Result<()> {
    let is_within = |start: u32, count: u32, all: u32| {
        count > 0 && start.checked_add(count).is_some_and(|end| end <= all)
    };
    if is_within(region.y, region.rows, rows) && is_within(region.x, region.columns, columns) {
        return Ok(());
    }
    wrong(format!("the region is not within {rows} rows and {columns} columns, or has no pixel"))
}

/// The layout of the part; `size` where the codec decodes it by itself.
pub(crate) fn layout(
    layout: &PixelLayout,
    part: &Part,
    size: Option<(u32, u32)>,
    is_native: bool,
) -> Result<PixelLayout> {
    let mut made = PixelLayout { findings: Vec::new(), ..layout.clone() };
    if let Some((rows, columns)) = size {
        if rows == 0 || columns == 0 {
            return wrong("the part has no pixel of this resolution");
        }
        (made.rows, made.columns) = (rows, columns);
        return Ok(made);
    }
    if part.reduce > 0 || part.layers.is_some() {
        return wrong(
            "only JPEG 2000 has resolutions and layers to choose from: other frames can be cut to a region",
        );
    }
    if let Some(region) = part.region {
        (made.rows, made.columns) = (region.rows, region.columns);
        if is_native {
            // What is cut out has been unpacked before.
            made.high_bit = made.bits_stored.saturating_sub(1);
            made.bits_allocated = made.bits_allocated.max(8);
            made.big_endian = cfg!(target_endian = "big") && made.bits_allocated > 8;
            (made.planar, made.subsampled, made.word_swapped, made.is_packed) = (false, false, false, false);
        }
    }
    Ok(made)
}

/// A region of frame `frame` of pixels as they are stored, unpacked.
pub(crate) fn cut_of_stored(
    layout: &PixelLayout,
    stored: &[u8],
    frame: u64,
    region: Region,
) -> Result<Vec<u8>> {
    cut(layout, &native::frame_vec(layout, stored, frame)?, region)
}

/// A region of the cells of a frame.
pub(crate) fn cut(layout: &PixelLayout, cells: &[u8], region: Region) -> Result<Vec<u8>> {
    check(layout, &Part { region: Some(region), ..Part::default() })?;
    cut_of(cells, layout.columns, layout.samples as usize * layout.dtype().size(), region)
}

/// A region of rows of so many pixels of so many bytes.
pub(crate) fn cut_of(cells: &[u8], columns: u32, pixel: usize, region: Region) -> Result<Vec<u8>> {
    let (start, width) = (region.x as usize * pixel, region.columns as usize * pixel);
    let mut made = try_vec(width.saturating_mul(region.rows as usize))?;
    let rows = cells.chunks_exact((columns as usize * pixel).max(1));
    for row in rows.skip(region.y as usize).take(region.rows as usize) {
        made.extend_from_slice(row.get(start..start + width).unwrap_or_default());
    }
    Ok(made)
}
