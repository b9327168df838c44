//! The functional groups of frames, read from the index itself: an object has thousands of frames, and a few numbers of each are wanted
//! (PS3.3 C.7.6.16).
//!
//! Volumes, segmentations and slides all read them here: what is shared by all frames comes first, a frame's own stands over it, attribute by
//! attribute.

use radiogram_core::{Error, ErrorKind, Path, Result, Tag, Vr};
use radiogram_data::{Document, NodeId};

use crate::data_set::{decimals, integers, text};
use crate::tags;

const LUT_LABEL: Tag = Tag(0x0040_9210);

/// The items of a multi-frame object that hold for its frames.
pub(crate) struct FunctionalGroups<'a> {
    document: &'a Document,
    shared: Option<NodeId>,
    frames: Vec<NodeId>,
}

impl<'a> FunctionalGroups<'a> {
    /// The groups of a data set.
    pub(crate) fn of(document: &'a Document, node: NodeId) -> Self {
        Self {
            document,
            shared: items(document, node, tags::SHARED_GROUPS).next(),
            frames: items(document, node, tags::FRAME_GROUPS).collect(),
        }
    }

    /// The groups of each frame.
    pub(crate) fn frames(&self) -> &[NodeId] {
        &self.frames
    }

    /// The groups of the first frames alone.
    pub(crate) fn first(mut self, frames: usize) -> Self {
        self.frames.truncate(frames);
        self
    }

    /// The groups that all frames share.
    pub(crate) fn shared(&self) -> Option<NodeId> {
        self.shared
    }

    /// Calls `each` with the macros of an item of groups: their sequence and its row.
    pub(crate) fn macros(&self, groups: NodeId, each: impl FnMut(Tag, u32)) {
        for_each(self.document, groups, each);
    }

    /// What the groups of a frame say of its place; `shared` is what all frames share.
    pub(crate) fn place(&self, groups: NodeId, shared: &Place) -> Place {
        let mut place = *shared;
        self.macros(groups, |_, row| {
            let Some(item) = self.document.items(row).next() else { return };
            for_each(self.document, item, |tag, row| {
                place.take(self.document, tag, row);
            });
        });
        place
    }

    /// What all frames share of their places.
    pub(crate) fn shared_place(&self) -> Place {
        self.shared.map(|groups| self.place(groups, &Place::default())).unwrap_or_default()
    }

    /// Refuses an object that does not have groups for as many frames as it says.
    ///
    /// # Errors
    ///
    /// `PixelError`.
    pub(crate) fn fit(&self, frames: usize) -> Result<()> {
        if self.frames.len() == frames {
            return Ok(());
        }
        let message = format!("{frames} frames with functional groups for {}", self.frames.len());
        Err(Error::new(ErrorKind::Pixel, message).in_path(&Path::of(tags::FRAME_GROUPS)))
    }
}

/// What the position of a frame is measured from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Origin {
    /// The patient: Plane Position, Plane Orientation.
    #[default]
    Patient,
    /// The volume of an ultrasound scanner: Plane Position (Volume), Plane Orientation (Volume).
    Volume,
}

/// Where a frame is, and whose it is: the macros of planes, of tiles and of segments (PS3.3 C.7.6.16.2, C.8.12.6.1, C.8.20.3.1).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Place {
    pub(crate) origin: Origin,
    /// Image Position (Patient) or (Volume).
    pub(crate) position: Option<[f64; 3]>,
    /// Image Orientation (Patient) or (Volume).
    pub(crate) orientation: Option<[f64; 6]>,
    /// Pixel Spacing: of rows, then of columns.
    pub(crate) spacing: Option<[f64; 2]>,
    /// Slice Thickness.
    pub(crate) thickness: Option<f64>,
    /// Spacing Between Slices.
    pub(crate) between: Option<f64>,
    /// Row and Column Position In Total Image Pixel Matrix, counted from 1.
    pub(crate) tile: [Option<i64>; 2],
    /// Z Offset in Slide Coordinate System, micrometres.
    pub(crate) height: Option<f64>,
    /// Referenced Segment Number.
    pub(crate) segment: Option<i64>,
}

impl Place {
    /// Takes an attribute of a macro, wherever it stands: tags are told apart by their meaning, not by the sequence around them. False where it
    /// says nothing of a place.
    pub(crate) fn take(&mut self, document: &Document, tag: Tag, row: u32) -> bool {
        let number = || decimals(document, row).and_then(|all| all.first().copied());
        let whole = || integers(document, row).and_then(|all| all.first().copied());
        let [down, across] = &mut self.tile;
        match tag.0 {
            0x0020_0032 => (self.position, self.origin) = (exactly(document, row), Origin::Patient),
            0x0020_0037 => (self.orientation, self.origin) = (exactly(document, row), Origin::Patient),
            0x0020_9301 => (self.position, self.origin) = (exactly(document, row), Origin::Volume),
            0x0020_9302 => (self.orientation, self.origin) = (exactly(document, row), Origin::Volume),
            0x0028_0030 => self.spacing = exactly(document, row),
            0x0018_0050 => self.thickness = number(),
            0x0018_0088 => self.between = number(),
            0x0048_021F => *down = whole(),
            0x0048_021E => *across = whole(),
            0x0040_074A => self.height = number(),
            0x0062_000B => self.segment = whole(),
            _ => return false,
        }
        true
    }
}

/// Calls `each` with tag and row of the elements of a data set.
pub(crate) fn for_each(document: &Document, node: NodeId, mut each: impl FnMut(Tag, u32)) {
    let end = document.entry(node.0).map_or(0, |item| item.end);
    let mut row = node.0 + 1;
    while let Some(entry) = document.entry(row).filter(|_| row < end) {
        each(entry.tag, row);
        row = entry.end.max(row + 1);
    }
}

/// The items of a sequence.
pub(crate) fn items(document: &Document, node: NodeId, sequence: Tag) -> impl Iterator<Item = NodeId> + '_ {
    let is_sequence = |row: &u32| document.entry(*row).is_some_and(|entry| entry.vr == Vr::SQ);
    let row = document.find(node, sequence).filter(is_sequence);
    row.into_iter().flat_map(|row| document.items(row))
}

/// LUT Label of all real world value mappings of one place: of one stored value several may be made.
pub(crate) fn map_labels(document: &Document, maps: impl Iterator<Item = NodeId>) -> Option<String> {
    let label = |item| text(document, document.find(item, LUT_LABEL)?);
    let labels: Vec<String> = maps.filter_map(label).collect();
    (!labels.is_empty()).then(|| labels.join("/"))
}

/// As many numbers as a place or a direction has, or nothing.
pub(crate) fn exactly<const N: usize>(document: &Document, row: u32) -> Option<[f64; N]> {
    decimals(document, row)?.try_into().ok()
}
