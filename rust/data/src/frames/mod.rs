//! Frames of encapsulated pixel data (PS3.5 A.4): which bytes of which fragments are frame k.
//!
//! Offset tables are believed where they name fragments. Where they do not, or there is none, frames are told by their number, and by where
//! codestreams begin ([`Signs`], since nothing here knows a codec). What is allocated grows with the fragments that are there.

mod offsets;
mod split;
mod tabled;

use std::borrow::Cow;
use std::ops::Range;

use radiogram_core::{Error, ErrorKind, Result, Tag, try_vec};

use self::tabled::Places;
use crate::{Document, NodeId};

pub(crate) use self::tabled::Table;

/// Extended Offset Table (PS3.3 C.7.6.3.1.8).
pub const EXTENDED_OFFSETS: Tag = Tag(0x7FE0_0001);
/// Extended Offset Table Lengths.
pub const EXTENDED_LENGTHS: Tag = Tag(0x7FE0_0002);

/// How codestreams of a kind are told apart.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    /// True where a codestream begins with these bytes.
    pub begins: fn(&[u8]) -> bool,
    /// The length of the codestream at the front, where its markers tell.
    pub length: fn(&[u8]) -> Option<usize>,
}

impl Signs {
    /// For codestreams that do not show where they begin.
    pub const NONE: Self = Self { begins: |_| false, length: |_| None };
}

/// Bytes that are looked at to see whether a codestream begins.
const FRONT: usize = 16;

/// Fragments that are looked at where an offset table has said already where frames begin.
const LOOKS: usize = 1024;

/// One fragment.
#[derive(Clone, Copy, Debug)]
struct Fragment {
    row: u32,
    length: u64,
    /// Where its item begins, counted from the first fragment's: what offset tables name.
    item: u64,
    /// Where its bytes begin, in those of all fragments one after another.
    start: u64,
}

/// A departure from PS3.5 A.4 that was read past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// An offset table that does not name the frames.
    Offsets(Cow<'static, str>),
    /// Another number of frames than the header says.
    Count(Cow<'static, str>),
}

/// Where the frames are.
#[derive(Debug)]
pub struct FrameTable {
    fragments: Vec<Fragment>,
    /// Ranges of the fragments' bytes, one after another.
    frames: Vec<Range<u64>>,
    faults: Vec<Fault>,
    /// Where the fragments were not gone through: then there is none of the above.
    places: Option<Places>,
}

impl FrameTable {
    /// Finds the frames of the element in `row`, of a data set that says it has `expected`. The fragments' bytes are not read, but for
    /// their fronts where no offset table tells.
    ///
    /// # Errors
    ///
    /// `PixelError` where there are fewer frames than expected, or nothing tells where they begin.
    pub fn read(document: &Document, node: NodeId, row: u32, expected: u64, signs: Signs) -> Result<Self> {
        if document.is_tabled(row) {
            let places = Some(Places::read(document, node, row, expected)?);
            return Ok(Self { fragments: Vec::new(), frames: Vec::new(), faults: Vec::new(), places });
        }
        let mut reader = Reader { document, row, signs, fragments: Vec::new(), faults: Vec::new() };
        let basic = reader.list()?;
        let frames = reader.frames(node, &basic, expected)?;
        let Reader { fragments, faults, .. } = reader;
        Ok(Self { fragments, frames, faults, places: None })
    }

    /// Finds all codestreams of an element, however many frames each of them has: those that a table names, else those that show where they
    /// begin.
    ///
    /// # Errors
    ///
    /// What reading gives.
    pub fn read_all(document: &Document, node: NodeId, row: u32, signs: Signs) -> Result<Self> {
        let mut reader = Reader { document, row, signs, fragments: Vec::new(), faults: Vec::new() };
        let basic = reader.list()?;
        let frames = match reader.named(node, &basic)? {
            Some(named) => named,
            None => reader.by_beginnings()?,
        };
        let Reader { fragments, faults, .. } = reader;
        Ok(Self { fragments, frames, faults, places: None })
    }

    /// How many frames there are.
    pub fn count(&self) -> u64 {
        self.places.as_ref().map_or(self.frames.len() as u64, Places::count)
    }

    /// What was read past.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// How many bytes a frame's codestream has.
    pub fn length(&self, frame: u64) -> Option<u64> {
        if let Some(places) = &self.places {
            return places.length(frame);
        }
        let range = self.range(frame)?;
        Some(range.end - range.start)
    }

    fn range(&self, frame: u64) -> Option<&Range<u64>> {
        self.frames.get(usize::try_from(frame).ok()?)
    }

    /// A frame's codestream: in place where it lies in memory in one piece, else copied into `scratch`.
    ///
    /// # Errors
    ///
    /// `PixelError` where there is no such frame; what reading gives.
    pub fn bytes<'b>(
        &self,
        document: &'b Document,
        frame: u64,
        scratch: &'b mut Vec<u8>,
    ) -> Result<&'b [u8]> {
        self.front(document, frame, u64::MAX, scratch)
    }

    /// True where the codestream is in memory, or begins there.
    pub fn is_present(&self, document: &Document, frame: u64) -> bool {
        let fragment = self.range(frame).and_then(|range| self.fragments_from(range.start).first());
        fragment.is_some_and(|fragment| document.present(fragment.row).is_some())
    }

    /// Where a frame's codestream lies in the source, where that is one run of bytes.
    pub fn run(&self, document: &Document, frame: u64) -> Option<Range<u64>> {
        let range = self.range(frame)?;
        let fragment = self.fragments_from(range.start).first()?;
        if range.end > fragment.start + fragment.length {
            return None;
        }
        let at = document.extent(fragment.row).0 + (range.start - fragment.start);
        Some(at..at + (range.end - range.start))
    }

    /// The fragments from the one on that has this byte of all of them.
    fn fragments_from(&self, start: u64) -> &[Fragment] {
        let first = self.fragments.partition_point(|fragment| fragment.start + fragment.length <= start);
        self.fragments.get(first..).unwrap_or_default()
    }

    /// Fills `into` with bytes of a frame's codestream from `at` on: only these are read.
    ///
    /// # Errors
    ///
    /// `PixelError` where it has no such bytes; what reading gives.
    pub fn part(&self, document: &Document, frame: u64, at: u64, into: &mut [u8]) -> Result<()> {
        let missing = || Error::new(ErrorKind::Pixel, "bytes that a frame has not");
        let range = self.range(frame).ok_or_else(missing)?;
        let start = range.start.saturating_add(at);
        if start.saturating_add(into.len() as u64) > range.end {
            return Err(missing());
        }
        self.fill(document, start, into)
    }

    /// Fills `into` with bytes of all fragments from `start` on.
    fn fill(&self, document: &Document, start: u64, mut into: &mut [u8]) -> Result<()> {
        for fragment in self.fragments_from(start) {
            let from = start.saturating_sub(fragment.start);
            let now = usize::try_from(fragment.length - from.min(fragment.length)).unwrap_or(usize::MAX);
            let (part, later) = into.split_at_mut(now.min(into.len()));
            document.read_into(fragment.row, from, part)?;
            into = later;
            if into.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// The first `most` bytes of a frame's codestream.
    ///
    /// # Errors
    ///
    /// As [`FrameTable::bytes`].
    pub fn front<'b>(
        &self,
        document: &'b Document,
        frame: u64,
        most: u64,
        scratch: &'b mut Vec<u8>,
    ) -> Result<&'b [u8]> {
        if let Some(places) = &self.places {
            return places.front(document, frame, most, scratch);
        }
        let range = self.range(frame).ok_or_else(|| {
            Error::new(ErrorKind::Pixel, format!("there is no frame {}", frame.saturating_add(1)))
        })?;
        let end = range.end.min(range.start.saturating_add(most));
        let rest = self.fragments_from(range.start);
        if let Some(fragment) = rest.first()
            && end <= fragment.start + fragment.length
            && let Some(bytes) = document.present(fragment.row)
        {
            let part = usize::try_from(range.start - fragment.start)
                .ok()
                .zip(usize::try_from(end - fragment.start).ok())
                .and_then(|(from, to)| bytes.get(from..to));
            return part.ok_or_else(|| Error::new(ErrorKind::Truncated, "a fragment is shorter"));
        }
        let count = usize::try_from(end - range.start)
            .map_err(|_| Error::new(ErrorKind::Limit, "a frame is larger than memory"))?;
        resize(scratch, count)?;
        self.fill(document, range.start, scratch)?;
        Ok(scratch)
    }
}

/// Makes a buffer as long as that; what it held is not kept.
fn resize(buffer: &mut Vec<u8>, count: usize) -> Result<()> {
    if buffer.capacity() < count {
        buffer.clear();
        buffer
            .try_reserve_exact(count)
            .map_err(|_| Error::new(ErrorKind::Limit, "no memory for the bytes of a frame"))?;
    }
    buffer.resize(count, 0);
    Ok(())
}

/// The way to a table.
struct Reader<'a> {
    document: &'a Document,
    row: u32,
    signs: Signs,
    fragments: Vec<Fragment>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn wrong(&self, message: String) -> Error {
        Error::new(ErrorKind::Pixel, message).in_path(&self.document.path(self.row))
    }

    /// Lists the fragments; gives the basic offset table, empty where there is none.
    fn list(&mut self) -> Result<Vec<u64>> {
        let mut rows: Vec<u32> = try_vec(self.document.items(self.row).count())?;
        rows.extend(self.document.items(self.row).map(|item| item.0));
        let Some(&first) = rows.first() else { return Err(self.wrong("no fragments".to_owned())) };
        // PS3.5 A.4: the first item is the basic offset table, empty or not. Some writers leave it out.
        let has_table = !(self.signs.begins)(&self.front(first)?);
        let rows = rows.get(usize::from(has_table)..).unwrap_or_default();
        let Some(&base) = rows.first() else { return Err(self.wrong("no fragments".to_owned())) };
        let begin = |row| self.document.entry(row).map_or(0, crate::Entry::start);
        let base = begin(base);
        let mut fragments = try_vec(rows.len())?;
        let mut start = 0;
        for &row in rows {
            let length = self.length(row);
            fragments.push(Fragment { row, length, item: begin(row).saturating_sub(base), start });
            start += length;
        }
        self.fragments = fragments;
        if !has_table {
            self.faults.push(Fault::Offsets("an empty basic offset table, where there is none".into()));
            return Ok(Vec::new());
        }
        // Not as a value of its own: that would read and keep all fragments with it.
        let mut bytes = Vec::new();
        resize(&mut bytes, usize::try_from(self.length(first)).unwrap_or(usize::MAX))?;
        self.document.read_into(first, 0, &mut bytes)?;
        if bytes.len() % 4 != 0 {
            self.faults.push(Fault::Offsets("no basic offset table, because of its length".into()));
            return Ok(Vec::new());
        }
        offsets::numbers::<4>(&bytes)
    }

    /// How many bytes of a fragment there are, whatever it says.
    fn length(&self, row: u32) -> u64 {
        let (offset, length) = self.document.extent(row);
        length.min(self.document.store().size().saturating_sub(offset))
    }

    /// The first bytes of a fragment, as many as there are.
    fn front(&self, row: u32) -> Result<Vec<u8>> {
        let length = usize::try_from(self.length(row)).unwrap_or(usize::MAX).min(FRONT);
        let mut front = vec![0; length];
        self.document.read_into(row, 0, &mut front)?;
        Ok(front)
    }

    /// Every byte of all fragments.
    fn whole(&self) -> Range<u64> {
        0..self.fragments.last().map_or(0, |last| last.start + last.length)
    }

    /// The frames that an offset table names, the extended one first.
    fn named(&self, node: NodeId, basic: &[u64]) -> Result<Option<Vec<Range<u64>>>> {
        let document = self.document;
        let extended = document.find(node, EXTENDED_OFFSETS).map(|row| document.bytes(row)).transpose()?;
        let lengths = document.find(node, EXTENDED_LENGTHS).map(|row| document.bytes(row)).transpose()?;
        let named = match (extended, lengths) {
            (Some(extended), Some(lengths)) if !extended.is_empty() => self.by_extended(extended, lengths)?,
            _ => None,
        };
        match named {
            Some(named) => Ok(Some(named)),
            None if basic.is_empty() => Ok(None),
            None => self.by_basic(basic),
        }
    }

    /// True where a codestream begins in a fragment behind the first one of a frame: that may be a frame which a table leaves out.
    fn hides_codestreams(&self, frames: &[Range<u64>]) -> Result<bool> {
        let mut begins = frames.iter().map(|frame| frame.start).peekable();
        let mut looks = 0;
        for fragment in self.fragments.iter().filter(|fragment| fragment.length > 0) {
            while begins.next_if(|begin| *begin < fragment.start).is_some() {}
            if begins.next_if_eq(&fragment.start).is_some() {
                continue;
            }
            looks += 1;
            if looks > LOOKS {
                break;
            }
            if (self.signs.begins)(&self.front(fragment.row)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn frames(&mut self, node: NodeId, basic: &[u64], expected: u64) -> Result<Vec<Range<u64>>> {
        let named = self.named(node, basic)?;
        let extended = self.document.find(node, EXTENDED_OFFSETS);
        let is_tabled = !basic.is_empty()
            || extended
                .map(|row| self.document.bytes(row))
                .transpose()?
                .is_some_and(|bytes| !bytes.is_empty());
        if let Some(named) = &named
            && named.len() as u64 == expected
        {
            if self.hides_codestreams(named)? {
                self.faults.push(Fault::Offsets(
                    "that codestreams which the offset table does not name belong to the frame in front"
                        .into(),
                ));
            }
            return Ok(named.clone());
        }
        if is_tabled && named.is_none() {
            self.faults.push(Fault::Offsets("no offset table, because it names no fragments".into()));
        }
        self.without_table(named, expected)
    }
}

#[cfg(test)]
mod tests;
