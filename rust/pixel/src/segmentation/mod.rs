//! Segmentations (PS3.3 A.51, A.87, C.8.20): single bits, fractions or labels in frames, put in their places in the patient.
//!
//! * [`Segmentation`] reads what the data set says: which segment a frame belongs to, where it stands; no pixel of it.
//! * [`Grid`] is where the frames stand; places without a frame hold the background.
//! * [`Segmentation::labels_into`] makes one map of numbers, where segments may not overlap, or by a rule where they do;
//!   [`Segmentation::layers_into`] gives each segment an array of its own.
//! * It may be divided into the parts of a concatenation: where its methods ask for documents, these are those it was read from, in the same order.
//! * [`Matrix`] is where the frames are tiles of a whole slide; regions of it are read by [`Segmentation::matrix_labels_into`] and
//!   [`Segmentation::matrix_layers_into`].

mod cells;
mod grid;
mod labels;
mod layers;
mod matrix;
mod piece;
#[cfg(test)]
mod tests;
pub(crate) mod work;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag, try_vec};
use radiogram_data::{Document, NodeId};

use crate::attributes::{Attributes, code, integer};
use crate::concatenation;
use crate::functional::{FunctionalGroups, Origin, Place};
use crate::layout::{Finding, FindingKind};
use crate::slide::tiled::Tiling;
use crate::volume::geometry::{Plane, usable_position, usable_spacing};
use crate::{DataSet, tags};

use grid::Common;
pub use grid::Grid;
pub use labels::{Conflict, Labels, Overlap};
pub use layers::{Form, Layers};
pub use matrix::Matrix;
use piece::{Of, Piece};

const SEGMENTATION_TYPE: Tag = Tag(0x0062_0001);
const SEGMENTS: Tag = Tag(0x0062_0002);
const SEGMENT_NUMBER: Tag = Tag(0x0062_0004);
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

/// Where the frames of a segmentation are.
enum Standing {
    /// In the patient, each at its place; or why they are nowhere.
    Patient(Result<(Common, Vec<[f64; 3]>)>),
    /// On a slide, as tiles of one plane.
    Slide(Box<Matrix>),
}

/// A segmentation, as its data set describes it.
pub struct Segmentation {
    kind: Kind,
    /// Where the frames are, in their order; there is one at least.
    pieces: Vec<Piece>,
    count: u64,
    /// The segment of each frame; empty for label maps, whose frames are of all.
    segments: Vec<u16>,
    standing: Standing,
    /// What a label map has where there is nothing.
    padding: Option<u16>,
    /// The numbers of the segments that are described.
    described: Vec<u16>,
    /// What is not known of its parts, a sentence each.
    notes: Vec<String>,
}

impl Segmentation {
    /// Reads the description of one data set; pixels stay where they are.
    ///
    /// # Errors
    ///
    /// `ArgumentError` where it is no segmentation, `MalformedError` where frames and their groups do not agree, `PixelError` where tiles of a
    /// slide have no place on it, and what pixel data have wrong; `MissingSliceError` for a part of a concatenation.
    pub fn read(document: &Document, node: NodeId) -> Result<Self> {
        Self::read_parts(&[(document, node)])
    }

    /// Reads the description of the parts of a concatenation, in any order, as that of the object they were divided from.
    ///
    /// # Errors
    ///
    /// As [`Segmentation::read`]; `MalformedError` where the parts are not those of one object, `MissingSliceError` where some are missing.
    pub fn read_parts(sources: &[(&Document, NodeId)]) -> Result<Self> {
        let (order, doubt) = piece::in_order(sources)?;
        let of = |source: usize| sources.get(source).copied();
        let first = order
            .first()
            .and_then(|(source, _)| of(*source))
            .ok_or_else(|| Error::new(ErrorKind::Argument, "there is no data set to read"))?;
        let set = DataSet::new(first.0, first.1);
        let said = code(&set, SEGMENTATION_TYPE).ok_or_else(|| {
            let message = "the data set is no segmentation: it has no Segmentation Type";
            Error::new(ErrorKind::Argument, message)
        })?;
        let kind = kind(&set, &said)?;
        let mut pieces: Vec<Piece> = try_vec(order.len())?;
        for (source, begin) in &order {
            let Some(of) = of(*source) else { continue };
            let piece = Piece::of(of, *source, *begin)?;
            if pieces.first().is_some_and(|first| first.plan.dtype() != piece.plan.dtype()) {
                let message = "the samples of the parts of a concatenation are not of one type";
                return Err(Error::new(ErrorKind::Malformed, message).in_path(&Path::of(tags::PIXELS)));
            }
            pieces.push(piece);
        }
        let count = pieces.iter().map(|piece| piece.count).fold(0, u64::saturating_add);
        let (segments, standing) = if Tiling::of(&set).is_some() {
            if let Some(short) = pieces.iter().find(|piece| piece.count > piece.layout.frames) {
                let error = undescribed(short.count, short.count, short.layout.frames);
                return Err(error.of_part(short.source));
            }
            let (segments, matrix) = Matrix::read(sources, &pieces, kind, count)?;
            (segments, Standing::Slide(Box::new(matrix)))
        } else {
            let mut places = Vec::new();
            for piece in &mut pieces {
                let found = of(piece.source).map(|of| described(of, piece)).transpose();
                places.extend(found.map_err(|error| error.of_part(piece.source))?.unwrap_or_default());
            }
            let segments = if kind == Kind::LabelMap { Vec::new() } else { segments(&places)? };
            let size = pieces.first().map_or([0, 0], |piece| [piece.layout.rows, piece.layout.columns]);
            (segments, Standing::Patient(positions(&places, size)))
        };
        let padding = integer(&set, tags::PADDING_VALUE).and_then(|value| u16::try_from(value).ok());
        let padding = padding.filter(|_| kind == Kind::LabelMap);
        let notes = match &standing {
            Standing::Slide(matrix) => matrix.level().notes.clone(),
            Standing::Patient(_) => doubt.into_iter().collect(),
        };
        let described = numbers_of(&set).into_iter().filter_map(number).collect();
        Ok(Self { kind, pieces, count, segments, standing, padding, described, notes })
    }

    /// What its samples are.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Frames, rows and columns. There may be more frames in the pixel data than the data set speaks of.
    pub fn size(&self) -> [u64; 3] {
        let [rows, columns] =
            self.pieces.first().map_or([0, 0], |piece| [piece.layout.rows, piece.layout.columns]);
        [self.count, rows.into(), columns.into()]
    }

    /// The segment of each frame; empty for label maps.
    pub fn segments(&self) -> &[u16] {
        &self.segments
    }

    /// The places of its data sets in the list it was read from, in the order of their frames.
    pub fn order(&self) -> Vec<usize> {
        self.pieces.iter().map(|piece| piece.source).collect()
    }

    /// What was read past in the pixels' description, and what is not known of a concatenation.
    pub fn findings(&self) -> Vec<Finding> {
        let (kind, tag) = (FindingKind::Concatenation, concatenation::TOTAL);
        let doubted = |note: &String| Finding { kind, tag, assumed: note.clone().into() };
        let mut found: Vec<Finding> = self.notes.iter().map(doubted).collect();
        for finding in self.pieces.iter().flat_map(|piece| &piece.layout.findings) {
            if !found.contains(finding) {
                found.push(finding.clone());
            }
        }
        found
    }

    /// The plane whose tiles the frames are, where they are tiles of a slide.
    pub fn matrix(&self) -> Option<&Matrix> {
        match &self.standing {
            Standing::Slide(matrix) => Some(matrix),
            Standing::Patient(_) => None,
        }
    }

    /// The smallest grid that all frames stand on, or the one that is given (shape and matrix), where they stand on it.
    ///
    /// # Errors
    ///
    /// `GeometryError` says what does not fit.
    pub fn grid(&self, on: Option<([u64; 3], [[f64; 4]; 4])>) -> Result<Grid> {
        let Standing::Patient(positions) = &self.standing else {
            let message = "the frames are tiles of a slide, which have no grid in the patient";
            return Err(Error::new(ErrorKind::Geometry, message));
        };
        let (common, positions) = positions.as_ref().map_err(Clone::clone)?;
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
        self.pieces.iter().try_for_each(Piece::admit)
    }

    /// Pixels of a frame.
    fn pixels(&self) -> usize {
        self.pieces.first().map_or(0, Piece::pixels)
    }

    /// Where a frame is: the piece that has it, and which of its frames it is.
    fn piece(&self, frame: u32) -> Result<(&Piece, u32)> {
        let after = self.pieces.partition_point(|piece| piece.first <= u64::from(frame));
        let found = after.checked_sub(1).and_then(|at| self.pieces.get(at));
        let local = found.and_then(|piece| {
            let own = u64::from(frame) - piece.first;
            Some((piece, u32::try_from(own).ok().filter(|_| own < piece.count)?))
        });
        local.ok_or_else(|| {
            Error::new(ErrorKind::Pixel, format!("there is no frame {}", frame.saturating_add(1)))
        })
    }
}

/// The places of the frames of a piece.
fn described((document, node): Of<'_>, piece: &mut Piece) -> Result<Vec<Place>> {
    let groups = FunctionalGroups::of(document, node);
    let described = groups.frames().len();
    if piece.count > described as u64 || piece.count > piece.layout.frames {
        return Err(undescribed(piece.count, described as u64, piece.layout.frames));
    }
    if piece.count < described as u64 {
        let assumed = format!("the first {} of {described} functional groups", piece.count).into();
        let kind = FindingKind::Attributes;
        piece.layout.findings.push(Finding { kind, tag: tags::FRAME_GROUPS, assumed });
    }
    let groups = groups.first(usize::try_from(piece.count).unwrap_or(usize::MAX));
    let shared = groups.shared_place();
    let mut places = try_vec(groups.frames().len())?;
    places.extend(groups.frames().iter().map(|frame| groups.place(*frame, &shared)));
    Ok(places)
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

fn undescribed(count: u64, described: u64, there: u64) -> Error {
    let message = format!("{count} frames, of which {described} are described and {there} are there");
    Error::new(ErrorKind::Malformed, message).in_path(&Path::of(tags::FRAME_GROUPS))
}

/// The number of a segment, which 0 is not: it is the background (PS3.3 C.8.20.2).
fn number(said: i64) -> Option<u16> {
    u16::try_from(said).ok().filter(|number| *number > 0)
}

/// The numbers that Segment Sequence has, in its order.
fn numbers_of(set: &DataSet<'_>) -> Vec<i64> {
    set.items(SEGMENTS).iter().filter_map(|item| integer(item.as_ref(), SEGMENT_NUMBER)).collect()
}

/// The segment of each frame (PS3.3 C.8.20.3.1).
fn segments(places: &[Place]) -> Result<Vec<u16>> {
    let mut found = try_vec(places.len())?;
    for (frame, place) in places.iter().enumerate() {
        found.push(place.segment.and_then(number).ok_or_else(|| {
            let message = format!("frame {} says of no segment that it is its", frame + 1);
            Error::new(ErrorKind::Malformed, message).in_path(&Path::of(tags::FRAME_GROUPS))
        })?);
    }
    Ok(found)
}

/// Where the frames are in the patient, and what they have in common.
fn positions(places: &[Place], size: [u32; 2]) -> Result<(Common, Vec<[f64; 3]>)> {
    let refused = |message: String| Error::new(ErrorKind::Geometry, message);
    let mut first: Option<([f64; 6], [f64; 2])> = None;
    let mut found = try_vec(places.len())?;
    for (frame, place) in places.iter().enumerate() {
        let number = frame + 1;
        let (Some(orientation), Some(spacing), Some(position), Origin::Patient) =
            (place.orientation, place.spacing, place.position, place.origin)
        else {
            return Err(refused(format!(
                "frame {number} has no place in the patient: no position, orientation or pixel spacing"
            )));
        };
        if !usable_position(position) {
            return Err(refused(format!("frame {number} is farther away than a kilometre")));
        }
        let one = first.get_or_insert((orientation, spacing));
        let is_same =
            |ours: &[f64], theirs: &[f64]| ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() <= SAME);
        if !is_same(&one.0, &orientation) || !is_same(&one.1, &spacing) {
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
    let (between, thickness) = places.first().map_or((None, None), |place| (place.between, place.thickness));
    Ok((Common { plane, spacing, between, thickness, size }, found))
}
