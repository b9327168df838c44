//! The functional groups of frames, read from the index itself: a segmentation has thousands of frames, and four numbers of each are
//! wanted (PS3.3 C.7.6.16).

use radiogram_core::{Charset, Tag, Vr};
use radiogram_data::value::{self, Scalar, decimals_into};
use radiogram_data::{Document, Flags, NodeId};

use crate::tags;

/// The items of a multi-frame object that hold for its frames.
pub(super) struct FrameGroups<'a> {
    document: &'a Document,
    shared: Option<NodeId>,
    frames: Vec<NodeId>,
}

impl<'a> FrameGroups<'a> {
    /// The groups of a data set.
    pub(super) fn of(document: &'a Document, node: NodeId) -> Self {
        Self {
            document,
            shared: items(document, node, tags::SHARED_GROUPS).next(),
            frames: items(document, node, tags::FRAME_GROUPS).collect(),
        }
    }

    /// How many frames have groups of their own.
    pub(super) fn frames(&self) -> usize {
        self.frames.len()
    }

    /// The groups of the first frames alone.
    pub(super) fn first(mut self, frames: usize) -> Self {
        self.frames.truncate(frames);
        self
    }

    /// The first item of a group that holds for all frames.
    pub(super) fn shared(&self, sequence: Tag) -> Option<NodeId> {
        items(self.document, self.shared?, sequence).next()
    }

    /// The first item of a frame's own group.
    pub(super) fn own(&self, frame: usize, sequence: Tag) -> Option<NodeId> {
        items(self.document, *self.frames.get(frame)?, sequence).next()
    }

    /// As many numbers as the attribute has, all of them finite, or nothing.
    pub(super) fn numbers<const N: usize>(&self, item: NodeId, tag: Tag) -> Option<[f64; N]> {
        numbers(self.document, item, tag)
    }
}

/// The items of a sequence.
pub(crate) fn items(document: &Document, node: NodeId, sequence: Tag) -> impl Iterator<Item = NodeId> + '_ {
    let is_sequence = |row: &u32| document.entry(*row).is_some_and(|entry| entry.vr == Vr::SQ);
    let row = document.find(node, sequence).filter(is_sequence);
    row.into_iter().flat_map(|row| document.items(row))
}

/// As many numbers as the attribute has, all of them finite, or nothing.
#[expect(clippy::cast_precision_loss, reason = "coordinates and numbers of segments are far below 2**53")]
fn numbers<const N: usize>(document: &Document, node: NodeId, tag: Tag) -> Option<[f64; N]> {
    let row = document.find(node, tag)?;
    let entry = document.entry(row)?;
    let bytes = document.bytes(row).ok()?;
    let mut found = [f64::NAN; N];
    if entry.vr == Vr::DS {
        decimals_into(bytes, &mut found);
    } else {
        let (mut slots, big_endian) = (found.iter_mut(), entry.flags.has(Flags::BIG_ENDIAN));
        value::each(entry.vr, bytes, big_endian, &Charset::DEFAULT, &mut |_, _| {}, &mut |scalar| {
            let number = match scalar {
                Scalar::Int(number) | Scalar::Integer { number, .. } => number as f64,
                Scalar::Uint(number) => number as f64,
                Scalar::Float(number) | Scalar::Decimal { number, .. } => number,
                _ => f64::NAN,
            };
            slots.next().into_iter().for_each(|slot| *slot = number);
        });
    }
    found.iter().all(|number| number.is_finite()).then_some(found)
}
