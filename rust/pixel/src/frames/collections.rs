//! Frames that are components of codestreams: JPEG 2000 part 2 transforms them together (PS3.5 A.4.4, T.801 Annex J). A codestream has as many
//! frames as components; together they have all of them, in turn.

use std::sync::{Arc, Mutex, PoisonError};

use radiogram_core::syntax::Syntax;
use radiogram_core::{Error, ErrorKind, Result, try_vec};
use radiogram_data::frames::FrameTable;
use radiogram_data::{Document, NodeId};

use super::compressed::{Compressed, fill};
use super::{HEADERS, Wanted};
use crate::codec::{Codec, Crew, Part, Process, failed_of_part as chosen};
use crate::layout::PixelLayout;
use crate::native;

/// Where a frame is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// The number of its codestream.
    pub(super) codestream: u64,
    /// Which component it is, and how many there are.
    component: u64,
    pub(super) count: u64,
}

/// What was decoded last: frames come in series, and all of a collection take as long as one.
type Last = Option<((u64, Part), Arc<Decoded>)>;

/// The frames of each codestream.
pub(super) struct Collections {
    /// The first frame of each, and behind the last one.
    starts: Vec<u64>,
    last: Mutex<Last>,
}

/// All frames of a collection.
pub(super) struct Decoded {
    /// Pixels of as many samples as there are frames, frame by frame.
    cells: Vec<u8>,
    first: u64,
    frame_len: usize,
    /// What the codec said.
    pub(super) done: radiogram_codec::Decoded,
}

impl Decoded {
    /// The cells of a frame.
    pub(super) fn cells(&self, frame: u64) -> Result<&[u8]> {
        let at = frame.checked_sub(self.first).and_then(|at| usize::try_from(at).ok());
        let cells = at.and_then(|at| self.cells.chunks_exact(self.frame_len.max(1)).nth(at));
        cells.ok_or_else(|| Error::new(ErrorKind::Pixel, "a frame that is in no codestream"))
    }
}

impl Collections {
    /// Finds them, where the transfer syntax has them and some codestream has several components; none where each frame has a codestream.
    pub(super) fn read(
        document: &Document,
        node: NodeId,
        row: u32,
        (codec, syntax): (Codec, Option<&Syntax>),
        layout: &PixelLayout,
    ) -> Result<Option<(FrameTable, Self)>> {
        let is_possible = syntax.is_some_and(|syntax| syntax.codec == "jpeg2000-part2-mc")
            && codec == Codec::Jpeg2000
            && layout.samples == 1
            && layout.frames > 1;
        if !is_possible {
            return Ok(None);
        }
        let table = FrameTable::read_all(document, node, row, codec.signs())?;
        let mut starts = try_vec(usize::try_from(table.count()).unwrap_or(usize::MAX).saturating_add(1))?;
        let (mut sum, mut scratch) = (0_u64, Vec::new());
        for codestream in 0..table.count() {
            starts.push(sum);
            let front = table.front(document, codestream, HEADERS, &mut scratch)?;
            let mut image = Process::Jpeg2000.describe(front, &Part::default());
            if image.as_ref().is_err_and(|error| error.kind == radiogram_codec::ErrorKind::Truncated) {
                let whole = table.bytes(document, codestream, &mut scratch)?;
                image = Process::Jpeg2000.describe(whole, &Part::default());
            }
            // A damaged one says nothing: decoding tells.
            sum = sum.saturating_add(image.map_or(1, |image| image.components.into()));
        }
        starts.push(sum);
        let is_collected = sum == layout.frames && sum > table.count();
        Ok(is_collected.then(|| (table, Self { starts, last: Mutex::new(None) })))
    }

    /// How many frames there are.
    pub(super) fn frames(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Where a frame is.
    pub(super) fn find(&self, frame: u64) -> Option<Member> {
        let behind = self.starts.partition_point(|&start| start <= frame);
        let (&start, &end) = (self.starts.get(behind.checked_sub(1)?)?, self.starts.get(behind)?);
        Some(Member {
            codestream: behind.checked_sub(1)? as u64,
            component: frame - start,
            count: end - start,
        })
    }

    /// The frames of the collection that has the one that is wanted, decoded; `layouts` are that of whole frames and of the part.
    pub(super) fn frames_of(
        &self,
        compressed: &Compressed,
        document: &Document,
        layouts: (&PixelLayout, &PixelLayout),
        wanted: &Wanted,
    ) -> Result<Arc<Decoded>> {
        let missing = || Error::new(ErrorKind::Pixel, format!("there is no frame {}", wanted.frame + 1));
        let member = self.find(wanted.frame).ok_or_else(missing)?;
        let key = (member.codestream, wanted.part);
        // Whoever comes while it is decoded waits: it has what all of them want.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, decoded)) = &*last
            && *held == key
        {
            return Ok(Arc::clone(decoded));
        }
        *last = None;
        let decoded = Arc::new(decode(compressed, document, layouts, wanted, member)?);
        *last = Some((key, Arc::clone(&decoded)));
        Ok(decoded)
    }
}

/// Decodes a collection: a picture of as many samples a pixel as it has frames, then frame by frame.
fn decode(
    compressed: &Compressed,
    document: &Document,
    (whole, part): (&PixelLayout, &PixelLayout),
    wanted: &Wanted,
    member: Member,
) -> Result<Decoded> {
    let count = u32::try_from(member.count).unwrap_or(u32::MAX);
    let of_all =
        |layout: &PixelLayout| PixelLayout { samples: count, findings: Vec::new(), ..layout.clone() };
    let (whole, wide) = (of_all(whole), of_all(part));
    let mut encoded = Vec::new();
    let codestream = compressed.table.bytes(document, member.codestream, &mut encoded)?;
    let mut examined = compressed.coding.examine(&whole, codestream, codestream.len() as u64)?;
    if let Some((process, image)) = &mut examined
        && wanted.part != Part::default()
    {
        *image = process.describe(codestream, &wanted.part).map_err(chosen)?;
    }
    let (mut pixels, mut narrow, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    fill(&mut pixels, native::frame_len(&wide)?)?;
    // By one worker: others wait for it, and must not be waited for.
    let alone = Wanted { crew: Crew::HERE, ..*wanted };
    let done = compressed.coding.decode(&wide, examined, codestream, &alone, &mut narrow, &mut pixels)?;
    fill(&mut cells, pixels.len())?;
    let (size, frame_len) = (part.dtype().size(), native::frame_len(part)?);
    for (number, frame) in cells.chunks_exact_mut(frame_len.max(1)).enumerate() {
        let samples = pixels.chunks_exact(size).skip(number).step_by(count.max(1) as usize);
        for (cell, sample) in frame.chunks_exact_mut(size).zip(samples) {
            cell.copy_from_slice(sample);
        }
    }
    let first = wanted.frame - member.component;
    Ok(Decoded { cells, first, frame_len, done })
}
