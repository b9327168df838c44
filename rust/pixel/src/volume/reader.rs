//! Frames on their way into a volume: whole, or the rows and columns that are asked for.

use radiogram_core::{Error, ErrorKind, Limits, Path, Result};
use radiogram_data::Document;

use super::Units;
use super::header::SliceHeader;
use super::mosaic::{Mosaic, is_mosaic};
use crate::codec::{Part, Region};
use crate::layout::{Finding, FindingKind};
use crate::{DataSet, Dtype, Frames, Options, PixelLayout, Plan, Scratch, Wanted, frames, native, render};

/// Every `step`-th row or column from `start` on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stride {
    /// The first.
    pub start: u32,
    /// From one to the next, not 0.
    pub step: u32,
    /// How many.
    pub count: u32,
}

impl Stride {
    /// All of so many.
    pub const fn all(count: u32) -> Self {
        Self { start: 0, step: 1, count }
    }

    /// From the first to the last of them, those between included.
    fn span(self) -> u32 {
        self.count.saturating_sub(1).saturating_mul(self.step).saturating_add(1)
    }

    fn is_within(self, all: u32) -> bool {
        self.step > 0 && self.count > 0 && self.start.checked_add(self.span()).is_some_and(|end| end <= all)
    }
}

/// How one file's frames become slices: decided from its header, done into the caller's memory.
pub struct SliceReader<'a> {
    document: &'a Document,
    layout: PixelLayout,
    plan: Plan,
    frames: Frames,
    /// Slices are tiles of the only frame.
    tiles: Option<Mosaic>,
    cut: Option<Cut>,
}

/// What is read of each frame.
struct Cut {
    rows: Stride,
    columns: Stride,
    /// What is rendered of it, which the strides are taken from.
    plan: Plan,
    way: Way,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The rows alone are read from the file, each in full.
    Rows,
    /// The region from the first to the last of rows and columns is decoded or cut out.
    Region(Region),
}

impl<'a> SliceReader<'a> {
    /// Decides how a file's frames become slices of this type; `window`: rows and columns, where not all are wanted.
    ///
    /// # Errors
    ///
    /// `UnsupportedError` for pixel data that no codec reads, `PixelError` where header and pixel data do not agree.
    pub fn new(
        document: &'a Document,
        units: Units,
        dtype: Dtype,
        window: Option<(Stride, Stride)>,
    ) -> Result<Self> {
        let units = match units {
            Units::Stored => render::Units::Stored,
            Units::Modality => render::Units::Modality,
            Units::RealWorld => render::Units::RealWorld,
        };
        Self::rendering(document, units, Options { dtype: Some(dtype), ..Options::default() }, window)
    }

    /// The same for any units of pictures, in their own type where the options ask for none.
    ///
    /// # Errors
    ///
    /// As [`SliceReader::new`].
    pub fn rendering(
        document: &'a Document,
        units: render::Units,
        options: Options,
        window: Option<(Stride, Stride)>,
    ) -> Result<Self> {
        let set = DataSet::new(document, document.root());
        let (layout, frames) = frames::describe(&set, document.root())?;
        let plan = Plan::new(&layout, &set, units, options)?;
        if layout.frame_samples() > Limits::DEFAULT.samples {
            return Err(Error::new(ErrorKind::Limit, "a slice of more samples than one call may return"));
        }
        let tiles = if layout.frames == 1 && is_mosaic(&set) {
            let mosaic = Mosaic::of(&set, &SliceHeader::of(document, 0)).transpose();
            mosaic.map_err(|fault| Error::new(ErrorKind::Geometry, fault))?
        } else {
            None
        };
        let whole =
            tiles.as_ref().map(Mosaic::size).map(|(rows, columns)| (Stride::all(rows), Stride::all(columns)));
        let mut reader = Self { document, layout, plan, frames, tiles, cut: None };
        if let Some((rows, columns)) = window.or(whole) {
            reader.cut = Some(reader.cut(&set, units, options, rows, columns)?);
        }
        Ok(reader)
    }

    fn cut(
        &self,
        set: &DataSet<'_>,
        units: render::Units,
        options: Options,
        rows: Stride,
        columns: Stride,
    ) -> Result<Cut> {
        let layout = &self.layout;
        let size = self.tiles.as_ref().map_or((layout.rows, layout.columns), Mosaic::size);
        if !(rows.is_within(size.0) && columns.is_within(size.1)) {
            let (rows, columns) = size;
            let message =
                format!("the region is not within {rows} rows and {columns} columns, or has no pixel");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let is_by_rows = self.is_in_file() && !layout.planar && !layout.subsampled;
        let (way, part) = if is_by_rows {
            let part = PixelLayout { rows: rows.count, findings: Vec::new(), ..layout.clone() };
            (Way::Rows, part)
        } else {
            let region =
                Region { x: columns.start, y: rows.start, columns: columns.span(), rows: rows.span() };
            let part = Part { region: Some(region), ..Part::default() };
            (Way::Region(region), self.frames.layout_of(self.document, layout, 0, &part)?)
        };
        Ok(Cut { rows, columns, plan: Plan::new(&part, set, units, options)?, way })
    }

    /// How whole frames are rendered.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// True where frames are runs of whole bytes that are not in memory.
    fn is_in_file(&self) -> bool {
        !self.frames.is_compressed()
            && self.document.present(self.frames.row()).is_none()
            && self.layout.bits_allocated >= 8
            && !self.layout.word_swapped
    }

    /// Reads the stored samples of a frame, into `scratch` where need be, and renders them into the slice's place.
    ///
    /// # Errors
    ///
    /// What reading, the codec and the stages of the plan say.
    pub fn read_into(&self, frame: u32, scratch: &mut Scratch, out: &mut [u8]) -> Result<()> {
        let (row, frame) = (self.frames.row(), u64::from(frame));
        let (frame, corner) = match &self.tiles {
            Some(mosaic) => match u32::try_from(frame).ok().and_then(|tile| mosaic.corner(tile)) {
                Some(corner) => (0, corner),
                None => (u64::MAX - 1, (0, 0)),
            },
            None => (frame, (0, 0)),
        };
        if frame >= self.layout.frames {
            return Err(Error::new(ErrorKind::Pixel, format!("there is no frame {}", frame + 1)));
        }
        if let Some(cut) = &self.cut {
            return self.read_cut(cut, frame, corner, scratch, out);
        }
        if !self.is_in_file() {
            return self
                .frames
                .frame_into(self.document, &self.plan, frame, scratch, out)
                .and_then(all_there);
        }
        let range = native::frame_range(&self.layout, frame)?;
        let stored = scratch.stored(range.len())?;
        self.document.read_into(row, range.start as u64, stored)?;
        self.plan.decoded_into(stored, frame, out)
    }

    /// Reads what is wanted of a frame, counted from a corner in it.
    fn read_cut(
        &self,
        cut: &Cut,
        frame: u64,
        corner: (u32, u32),
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<()> {
        let part = cut.plan.layout();
        let pixel = cut.plan.channels() * cut.plan.dtype().size();
        // The rows that are rendered: those that are wanted, or all between them as well.
        let (row_step, from) = match cut.way {
            Way::Rows => (1, cut.columns.start as usize + corner.1 as usize),
            Way::Region(_) => (cut.rows.step as usize, 0),
        };
        let is_all = row_step == 1 && cut.columns.step == 1 && cut.columns.count == part.columns;
        if is_all {
            return self.render_cut(cut, frame, corner, scratch, out);
        }
        let mut band = std::mem::take(&mut scratch.band);
        let done = crate::frames::fill(&mut band, cut.plan.frame_len()?)
            .and_then(|()| self.render_cut(cut, frame, corner, scratch, &mut band));
        if done.is_ok() {
            let width = (part.columns as usize * pixel).max(1);
            let lines = out.chunks_exact_mut((cut.columns.count as usize * pixel).max(1));
            for (line, row) in lines.zip(band.chunks_exact(width).step_by(row_step)) {
                let row = row.get(from * pixel..).unwrap_or_default();
                if cut.columns.step == 1 {
                    let row = row.get(..line.len()).unwrap_or_default();
                    line.copy_from_slice(row);
                    continue;
                }
                let cells = row.chunks_exact(pixel).step_by(cut.columns.step as usize);
                for (into, cell) in line.chunks_exact_mut(pixel).zip(cells) {
                    into.copy_from_slice(cell);
                }
            }
        }
        scratch.band = band;
        done
    }

    fn render_cut(
        &self,
        cut: &Cut,
        frame: u64,
        (down, across): (u32, u32),
        scratch: &mut Scratch,
        out: &mut [u8],
    ) -> Result<()> {
        if let Way::Region(region) = cut.way {
            let region = Region { x: region.x + across, y: region.y + down, ..region };
            let part = Part { region: Some(region), ..Part::default() };
            let wanted = Wanted { part, ..Wanted::whole(frame) };
            let done = self.frames.wanted_into(self.document, &self.layout, &cut.plan, &wanted, scratch, out);
            return done.and_then(all_there);
        }
        let row = self.frames.row();
        let range = native::frame_range(&self.layout, frame)?;
        let line = range.len() / (self.layout.rows as usize).max(1);
        let stored = scratch.stored(line * cut.rows.count as usize)?;
        let first = range.start + line * (cut.rows.start as usize + down as usize);
        if cut.rows.step == 1 {
            self.document.read_into(row, first as u64, stored)?;
        } else {
            for (number, stored) in stored.chunks_exact_mut(line.max(1)).enumerate() {
                let at = first + number * line * cut.rows.step as usize;
                self.document.read_into(row, at as u64, stored)?;
            }
        }
        cut.plan.decoded_into(stored, frame, out)
    }
}

/// Refuses a slice of which a part is missing: there is nobody who would see that among the others.
fn all_there(found: Option<Finding>) -> Result<()> {
    let Some(finding) = found.filter(|finding| finding.kind == FindingKind::Partial) else { return Ok(()) };
    let message = format!("a part of the picture is missing: {}", finding.assumed);
    Err(Error::new(ErrorKind::Pixel, message).in_path(&Path::of(finding.tag)))
}
