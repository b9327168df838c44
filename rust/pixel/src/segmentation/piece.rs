//! Where the frames of a segmentation are: in one data set, or in several that are the parts of a concatenation.

use radiogram_core::{Error, ErrorKind, Path, Result, try_vec};
use radiogram_data::{Document, NodeId};

use crate::attributes::integer;
use crate::concatenation::{Part, Whole};
use crate::frames::{Frames, describe};
use crate::layout::{Kind as Samples, PixelLayout};
use crate::{DataSet, Options, Plan, Units, tags};

/// A data set of a segmentation: its place in the caller's list, and where its frames are.
pub(super) struct Piece {
    /// Place in the caller's list.
    pub(super) source: usize,
    /// Where its first frame comes among those of all pieces.
    pub(super) first: u64,
    /// How many frames it says it has.
    pub(super) count: u64,
    pub(super) layout: PixelLayout,
    pub(super) frames: Frames,
    pub(super) plan: Plan,
}

/// A data set in a document.
pub(super) type Of<'a> = (&'a Document, NodeId);

/// Places of data sets in the caller's list, each with where its first frame comes.
pub(super) type Order = Vec<(usize, u64)>;

/// The data sets in the order of their frames; and what is not known of them as parts.
///
/// # Errors
///
/// `ArgumentError` for several that are no parts, `MalformedError` for parts of several objects, `MissingSliceError` where parts are missing.
pub(super) fn in_order(sources: &[Of<'_>]) -> Result<(Order, Option<String>)> {
    let mut parts = try_vec(sources.len())?;
    for (number, (document, node)) in sources.iter().enumerate() {
        parts.push(Part::of(document, *node).map_err(|error| error.of_part(number))?);
    }
    if let [None] = parts.as_slice() {
        return Ok((vec![(0, 0)], None));
    }
    let parts: Vec<&Part> = parts.iter().flatten().collect();
    if parts.len() < sources.len() || parts.is_empty() {
        let message = "several data sets that are not the parts of one concatenation";
        return Err(Error::new(ErrorKind::Argument, message));
    }
    let whole = Whole::of(&parts)?;
    let doubt = whole.complete()?;
    Ok((whole.order, doubt))
}

impl Piece {
    /// Describes the pixels of a data set.
    pub(super) fn of(of: Of<'_>, source: usize, first: u64) -> Result<Self> {
        Self::described(of, source, first).map_err(|error| error.of_part(source))
    }

    fn described((document, node): Of<'_>, source: usize, first: u64) -> Result<Self> {
        let set = DataSet::new(document, node);
        let (layout, frames) = describe(&set, node)?;
        if layout.samples != 1
            || layout.kind != Samples::Integer
            || layout.dtype().size() > 2
            || layout.signed
        {
            let message = "the samples of a segmentation are single, unsigned and of 16 bits at the most";
            return Err(Error::new(ErrorKind::Pixel, message).in_path(&Path::of(tags::PIXELS)));
        }
        let plan = Plan::new(&layout, &set, Units::Stored, Options::default())?;
        let count = match integer(&set, tags::FRAMES) {
            None => 1,
            Some(count) => u64::try_from(count).unwrap_or(0).max(1),
        };
        Ok(Self { source, first, count, layout, frames, plan })
    }

    /// Refuses frames that are larger than their bytes can hold.
    pub(super) fn admit(&self) -> Result<()> {
        let admitted = (0..self.count).try_for_each(|frame| self.frames.admit(&self.layout, &[frame]));
        admitted.map_err(|error| error.of_part(self.source))
    }

    /// Pixels of a frame.
    pub(super) fn pixels(&self) -> usize {
        usize::try_from(self.layout.frame_pixels()).unwrap_or(usize::MAX)
    }
}
