//! Segmentations (PS3.3 A.51, A.87, C.8.20): single bits, fractions or labels in frames, put in their places in the patient.
//!
//! * [`Segmentation`] reads what the data set says: which segment a frame belongs to, where it stands; no pixel of it.
//! * [`Grid`] is where the frames stand; places without a frame hold the background.
//! * [`Segmentation::labels_into`] makes one map of numbers, where segments may not overlap, or by a rule where they do;
//!   [`Segmentation::layers_into`] gives each segment an array of its own.

mod cells;
mod grid;
mod groups;
mod labels;
mod layers;
#[cfg(test)]
mod tests;
pub(crate) mod work;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag, try_vec};
use radiogram_data::{Document, NodeId};

use crate::attributes::{Attributes, code, integer};
use crate::frames::{Frames, describe};
use crate::layout::{Finding, FindingKind, Kind as Samples, PixelLayout};
use crate::volume::geometry::{Plane, usable_position, usable_spacing};
use crate::{DataSet, Options, Plan, Units, tags};

use grid::Common;
pub use grid::Grid;
use groups::FrameGroups;
pub(crate) use groups::items;
pub use labels::{Conflict, Labels, Overlap};
pub use layers::{Form, Layers};

const SPACING_BETWEEN: Tag = Tag(0x0018_0088);
const SLICE_THICKNESS: Tag = Tag(0x0018_0050);
const POSITION: Tag = Tag(0x0020_0032);
const ORIENTATION: Tag = Tag(0x0020_0037);
const PLANE_POSITION: Tag = Tag(0x0020_9113);
const PLANE_ORIENTATION: Tag = Tag(0x0020_9116);
const DIMENSION_ORGANIZATION: Tag = Tag(0x0020_9311);
const PIXEL_SPACING: Tag = Tag(0x0028_0030);
const PIXEL_MEASURES: Tag = Tag(0x0028_9110);
const TOTAL_COLUMNS: Tag = Tag(0x0048_0006);
const SEGMENTATION_TYPE: Tag = Tag(0x0062_0001);
const SEGMENT_IDENTIFICATION: Tag = Tag(0x0062_000A);
const SEGMENT_NUMBER: Tag = Tag(0x0062_000B);
const MAXIMUM_FRACTION: Tag = Tag(0x0062_000E);

/// Directions and distances that frames may differ by: what decimal strings round.
const SAME: f64 = 1e-5;

/// What the samples of frames are (PS3.3 C.8.20.2, Segmentation Type).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A pixel is of the frame's segment where its sample is not 0.
    Binary,
    /// How much of a pixel is of the frame's segment: so many parts of this number.
    Fractional(u16),
    /// The number of the segment that a pixel is of.
    LabelMap,
}

/// A segmentation, as its data set describes it.
pub struct Segmentation {
    kind: Kind,
    layout: PixelLayout,
    frames: Frames,
    plan: Plan,
    count: u64,
    /// The segment of each frame; empty for label maps, whose frames are of all.
    segments: Vec<u16>,
    /// The place of each frame, where all have one.
    positions: Result<(Common, Vec<[f64; 3]>)>,
    /// What a label map has where there is nothing.
    padding: Option<u16>,
}

impl Segmentation {
    /// Reads the description; pixels stay where they are.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where it is no segmentation, `UnsupportedError` for whole-slide tiles, `MalformedError` where frames and their
    /// groups do not agree, and what pixel data have wrong.
    pub fn read(document: &Document, node: NodeId) -> Result<Self> {
        let set = DataSet::new(document, node);
        let said = code(&set, SEGMENTATION_TYPE).ok_or_else(|| {
            let message = "the data set is no segmentation: it has no Segmentation Type";
            Error::new(ErrorKind::Argument, message)
        })?;
        let tiled = code(&set, DIMENSION_ORGANIZATION).is_some_and(|name| name.starts_with("TILED"));
        if tiled || set.vr(TOTAL_COLUMNS).is_some() {
            // PS3.3 C.7.6.17.3, C.8.12.14: frames are tiles of one large plane.
            let message =
                "segmentations of whole slides, whose frames are tiles of a plane, are not put together";
            return Err(
                Error::new(ErrorKind::Unsupported, message).in_path(&Path::of(DIMENSION_ORGANIZATION))
            );
        }
        let kind = kind(&set, &said)?;
        let (mut layout, frames) = describe(&set, node)?;
        if layout.samples != 1
            || layout.kind != Samples::Integer
            || layout.dtype().size() > 2
            || layout.signed
        {
            let message = "the samples of a segmentation are single, unsigned and of 16 bits at the most";
            return Err(Error::new(ErrorKind::Pixel, message).in_path(&Path::of(tags::PIXELS)));
        }
        let plan = Plan::new(&layout, &set, Units::Stored, Options::default())?;
        let groups = FrameGroups::of(document, node);
        let count = match integer(&set, tags::FRAMES) {
            None => 1,
            Some(count) => u64::try_from(count).unwrap_or(0).max(1),
        };
        if count > groups.frames() as u64 || count > layout.frames {
            let (described, there) = (groups.frames(), layout.frames);
            let message = format!("{count} frames, of which {described} are described and {there} are there");
            return Err(Error::new(ErrorKind::Malformed, message).in_path(&Path::of(tags::FRAME_GROUPS)));
        }
        if count < groups.frames() as u64 {
            let assumed = format!("the first {count} of {} functional groups", groups.frames()).into();
            layout.findings.push(Finding { kind: FindingKind::Attributes, tag: tags::FRAME_GROUPS, assumed });
        }
        let groups = groups.first(usize::try_from(count).unwrap_or(usize::MAX));
        let segments = if kind == Kind::LabelMap { Vec::new() } else { segments(&groups)? };
        let positions = positions(&groups, [layout.rows, layout.columns]);
        let padding = integer(&set, tags::PADDING_VALUE).and_then(|value| u16::try_from(value).ok());
        let padding = padding.filter(|_| kind == Kind::LabelMap);
        Ok(Self { kind, layout, frames, plan, count, segments, positions, padding })
    }

    /// What its samples are.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Frames, rows and columns. There may be more frames in the pixel data than the data set speaks of.
    pub fn size(&self) -> [u64; 3] {
        [self.count, self.layout.rows.into(), self.layout.columns.into()]
    }

    /// The segment of each frame; empty for label maps.
    pub fn segments(&self) -> &[u16] {
        &self.segments
    }

    /// What was read past in the pixels' description.
    pub fn findings(&self) -> &[Finding] {
        &self.layout.findings
    }

    /// The smallest grid that all frames stand on, or the one that is given (shape and matrix), where they stand on it.
    ///
    /// # Errors
    ///
    /// `GeometryError` says what does not fit.
    pub fn grid(&self, on: Option<([u64; 3], [[f64; 4]; 4])>) -> Result<Grid> {
        let (common, positions) = self.positions.as_ref().map_err(Clone::clone)?;
        match on {
            None => grid::own(common, positions),
            Some((shape, matrix)) => grid::on(common, positions, shape, matrix),
        }
    }

    /// The frames of a grid, each with its place before it, in the order of places and of segments; refuses two of one segment in one
    /// place.
    fn by_place(&self, grid: &Grid) -> Result<Vec<(u32, u32)>> {
        let mut order: Vec<(u32, u32)> = try_vec(grid.places.len())?;
        order.extend(grid.places.iter().zip(0_u32..).map(|(place, frame)| (*place, frame)));
        let segment = |frame: u32| self.segments.get(frame as usize).copied().unwrap_or(0);
        order.sort_by_key(|&(place, frame)| (place, segment(frame), frame));
        for (one, other) in order.iter().zip(order.iter().skip(1)) {
            if one.0 == other.0 && segment(one.1) == segment(other.1) {
                let (one, other) = (one.1 + 1, other.1 + 1);
                let message = format!(
                    "frames {one} and {other} are of one segment and in one place: they differ by more than place, as by time"
                );
                return Err(Error::new(ErrorKind::Geometry, message));
            }
        }
        Ok(order)
    }

    /// Refuses frames that are larger than their bytes can hold, before anything is allocated for them.
    ///
    /// # Errors
    ///
    /// `LimitError`.
    pub fn admit(&self) -> Result<()> {
        (0..self.count).try_for_each(|frame| self.frames.admit(&self.layout, &[frame]))
    }
}

fn kind(set: &DataSet<'_>, said: &str) -> Result<Kind> {
    match said {
        "BINARY" => Ok(Kind::Binary),
        "LABELMAP" => Ok(Kind::LabelMap),
        "FRACTIONAL" => {
            let maximum = integer(set, MAXIMUM_FRACTION).and_then(|value| u16::try_from(value).ok());
            let maximum = maximum.filter(|value| *value > 0).ok_or_else(|| {
                let message = "fractions without a Maximum Fractional Value";
                Error::new(ErrorKind::Malformed, message).in_path(&Path::of(MAXIMUM_FRACTION))
            })?;
            Ok(Kind::Fractional(maximum))
        }
        _ => {
            let message = "the Segmentation Type is neither BINARY, FRACTIONAL nor LABELMAP";
            Err(Error::new(ErrorKind::Unsupported, message).in_path(&Path::of(SEGMENTATION_TYPE)))
        }
    }
}

/// The segment of each frame (PS3.3 C.8.20.3.1).
fn segments(groups: &FrameGroups<'_>) -> Result<Vec<u16>> {
    let number = |item| groups.numbers::<1>(item, SEGMENT_NUMBER).map(|[number]| number);
    let shared = groups.shared(SEGMENT_IDENTIFICATION).and_then(number);
    let mut found = try_vec(groups.frames())?;
    for frame in 0..groups.frames() {
        let number = groups.own(frame, SEGMENT_IDENTIFICATION).and_then(number).or(shared);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
        let number = number.filter(|number| (1.0..=65535.0).contains(number)).map(|number| number as u16);
        found.push(number.ok_or_else(|| {
            let message = format!("frame {} says of no segment that it is its", frame + 1);
            Error::new(ErrorKind::Malformed, message).in_path(&Path::of(tags::FRAME_GROUPS))
        })?);
    }
    Ok(found)
}

/// Where the frames are in the patient, and what they have in common.
fn positions(groups: &FrameGroups<'_>, size: [u32; 2]) -> Result<(Common, Vec<[f64; 3]>)> {
    let refused = |message: String| Error::new(ErrorKind::Geometry, message);
    let direction = |item| groups.numbers::<6>(item, ORIENTATION);
    let distances = |item| groups.numbers::<2>(item, PIXEL_SPACING);
    let corner = |item| groups.numbers::<3>(item, POSITION);
    let shared = (
        groups.shared(PLANE_ORIENTATION).and_then(direction),
        groups.shared(PIXEL_MEASURES).and_then(distances),
        groups.shared(PLANE_POSITION).and_then(corner),
    );
    let mut first: Option<([f64; 6], [f64; 2])> = None;
    let mut found = try_vec(groups.frames())?;
    for frame in 0..groups.frames() {
        let number = frame + 1;
        let orientation = groups.own(frame, PLANE_ORIENTATION).and_then(direction).or(shared.0);
        let spacing = groups.own(frame, PIXEL_MEASURES).and_then(distances).or(shared.1);
        let position = groups.own(frame, PLANE_POSITION).and_then(corner).or(shared.2);
        let (Some(orientation), Some(spacing), Some(position)) = (orientation, spacing, position) else {
            return Err(refused(format!(
                "frame {number} has no place in the patient: no position, orientation or pixel spacing"
            )));
        };
        if !usable_position(position) {
            return Err(refused(format!("frame {number} is farther away than a kilometre")));
        }
        let one = first.get_or_insert((orientation, spacing));
        let differs =
            |ours: &[f64], theirs: &[f64]| ours.iter().zip(theirs).any(|(a, b)| (a - b).abs() > SAME);
        if differs(&one.0, &orientation) || differs(&one.1, &spacing) {
            return Err(refused(format!(
                "frame {number} has another orientation or pixel spacing than the first: no volume holds both"
            )));
        }
        found.push(position);
    }
    let (orientation, spacing) = first.ok_or_else(|| refused("there are no frames".to_owned()))?;
    let plane = Plane::new(orientation)
        .ok_or_else(|| refused("the orientation is no two directions at a right angle".to_owned()))?;
    if !spacing.iter().all(|distance| usable_spacing(*distance)) {
        return Err(refused("the pixel spacing is no distance".to_owned()));
    }
    let measures = groups.own(0, PIXEL_MEASURES).into_iter().chain(groups.shared(PIXEL_MEASURES));
    let measure = |tag| measures.clone().find_map(|item| groups.numbers::<1>(item, tag)).map(|[value]| value);
    let (between, thickness) = (measure(SPACING_BETWEEN), measure(SLICE_THICKNESS));
    Ok((Common { plane, spacing, between, thickness, size }, found))
}
