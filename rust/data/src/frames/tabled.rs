//! Frames of pixel data whose fragments were not gone through: a table says where the items of each begin, and what it says is checked
//! when a frame is read.

use std::ops::Range;

use radiogram_core::{Error, ErrorKind, Result, Tag, try_vec};

use super::offsets::numbers;
use super::{EXTENDED_LENGTHS, EXTENDED_OFFSETS, resize};
use crate::{Document, NodeId, header};

/// What an offset table says, counted from the first fragment's item: where the first item of each frame begins, and how many bytes of a
/// codestream a frame has, where it says that.
pub(crate) struct Table {
    starts: Result<Vec<u64>>,
    lengths: Option<Result<Vec<u64>>>,
}

impl Table {
    /// A basic offset table.
    pub(crate) fn basic(bytes: &[u8]) -> Self {
        Self { starts: numbers::<4>(bytes), lengths: None }
    }

    /// An extended offset table and the lengths beside it (PS3.3 C.7.6.3.1.8).
    pub(crate) fn extended(offsets: &[u8], lengths: &[u8]) -> Self {
        Self { starts: numbers::<8>(offsets), lengths: Some(numbers::<8>(lengths)) }
    }

    /// The one frame that needs no table.
    fn single() -> Self {
        Self { starts: Ok(vec![0]), lengths: None }
    }

    /// True where it names so many frames, one behind the other, in so many bytes.
    pub(crate) fn names(&self, frames: u64, room: u64) -> bool {
        let Ok(starts) = &self.starts else { return false };
        let ascends = starts.first() == Some(&0) && starts.is_sorted_by(|a, b| a < b);
        let fits = starts.last().is_some_and(|last| last.saturating_add(8) <= room);
        let measured = match &self.lengths {
            Some(Ok(lengths)) => lengths.len() == starts.len() && lengths.iter().all(|length| *length > 0),
            Some(Err(_)) => false,
            None => true,
        };
        ascends && fits && measured && starts.len() as u64 == frames
    }
}

/// Where the items of each frame are in the source.
#[derive(Debug)]
pub(super) struct Places {
    items: Vec<Range<u64>>,
    lengths: Option<Vec<u64>>,
}

impl Places {
    /// Those of the pixel data in `row`.
    pub(super) fn read(document: &Document, node: NodeId, row: u32, expected: u64) -> Result<Self> {
        let wrong =
            |message: &'static str| Error::new(ErrorKind::Pixel, message).in_path(&document.path(row));
        let first = document.items(row).next().and_then(|item| document.entry(item.0));
        let first = first.ok_or_else(|| wrong("no fragments"))?;
        let base = first.offset.saturating_add(u64::from(first.length));
        let size = document.store().size();
        let mut basic = Vec::new();
        resize(&mut basic, first.length as usize)?;
        document.store().gather(first.offset, &mut basic)?;
        let value = |tag| document.find(node, tag).map(|row| document.bytes(row)).transpose();
        let table = match (value(EXTENDED_OFFSETS)?, value(EXTENDED_LENGTHS)?) {
            _ if !basic.is_empty() => Table::basic(&basic),
            (Some(offsets), Some(lengths)) => Table::extended(offsets, lengths),
            _ => Table::single(),
        };
        if !table.names(expected, size.saturating_sub(base)) {
            return Err(wrong("the offset table names another number of frames"));
        }
        let Table { starts, lengths } = table;
        let (starts, lengths) = (starts?, lengths.transpose()?);
        let mut items = try_vec(starts.len())?;
        let ends = starts.iter().skip(1).map(|start| base + start).chain([size]);
        items.extend(starts.iter().zip(ends).map(|(start, end)| base + start..end));
        if let (Some(last), Some(length)) = (items.last_mut(), lengths.as_deref().and_then(<[u64]>::last)) {
            let end = last.start.saturating_add(8).saturating_add(length.next_multiple_of(2));
            last.end = last.end.min(end);
        }
        Ok(Self { items, lengths })
    }

    pub(super) fn count(&self) -> u64 {
        self.items.len() as u64
    }

    /// How many bytes a frame's codestream has, or at the most.
    pub(super) fn length(&self, frame: u64) -> Option<u64> {
        let frame = usize::try_from(frame).ok()?;
        let items = self.items.get(frame)?;
        let said = self.lengths.as_ref().and_then(|lengths| lengths.get(frame)).copied();
        Some(said.unwrap_or_else(|| (items.end - items.start).saturating_sub(8)))
    }

    /// The first `most` bytes of a frame's codestream: its items are read in one piece, and what is around the fragments is taken out.
    pub(super) fn front<'b>(
        &self,
        document: &Document,
        frame: u64,
        most: u64,
        scratch: &'b mut Vec<u8>,
    ) -> Result<&'b [u8]> {
        let items = usize::try_from(frame).ok().and_then(|frame| self.items.get(frame)).ok_or_else(|| {
            Error::new(ErrorKind::Pixel, format!("there is no frame {}", frame.saturating_add(1)))
        })?;
        let all = items.end - items.start;
        let mut asked = all.min(most.saturating_add(8));
        // Small fragments have more around them than one item's header.
        let length = loop {
            let count = usize::try_from(asked)
                .map_err(|_| Error::new(ErrorKind::Limit, "a frame is larger than memory"))?;
            resize(scratch, count)?;
            document.store().gather(items.start, scratch)?;
            let length = joined(scratch, asked < all).ok_or_else(|| {
                let message =
                    "the offset table names a place where no fragment begins: read all of the object instead";
                Error::new(ErrorKind::Pixel, message).at(items.start)
            })?;
            if length as u64 >= most || asked == all {
                break length;
            }
            asked = all.min(asked.saturating_mul(2));
        };
        let said = self.length(frame).filter(|_| self.lengths.is_some()).unwrap_or(u64::MAX);
        let length = length.min(usize::try_from(said.min(most)).unwrap_or(usize::MAX));
        Ok(scratch.get(..length).unwrap_or_default())
    }
}

/// Moves the bytes of all fragments in a run of items to its front; gives how many they are. None where it is no run of items. `is_cut`: it
/// may end within one.
fn joined(bytes: &mut [u8], is_cut: bool) -> Option<usize> {
    let (mut at, mut done) = (0_usize, 0_usize);
    while at < bytes.len() {
        let Some(item) = header::implicit(bytes.get(at..)?, false) else {
            return is_cut.then_some(done);
        };
        match item.tag {
            Tag::ITEM => {}
            // What is behind it is no fragment.
            Tag::SEQUENCE_END if at > 0 => break,
            _ => return None,
        }
        let from = at.checked_add(usize::from(item.size))?;
        let rest = bytes.len() - from;
        let length = usize::try_from(item.length).ok()?;
        if length > rest && !is_cut {
            return None;
        }
        let count = length.min(rest);
        bytes.copy_within(from..from + count, done);
        done += count;
        at = from + count;
    }
    Some(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_are_joined() {
        let item = |content: &[u8]| {
            let mut bytes = b"\xFE\xFF\x00\xE0".to_vec();
            bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
            bytes.extend(content);
            bytes
        };
        let end = b"\xFE\xFF\xDD\xE0\0\0\0\0";
        let mut two = [item(b"abcd"), item(b"ef"), end.to_vec(), b"zz".to_vec()].concat();
        assert_eq!(joined(&mut two, false), Some(6));
        assert_eq!(&two[..6], b"abcdef");
        let mut cut = item(b"abcd");
        cut.truncate(10);
        assert_eq!(joined(&mut cut.clone(), true), Some(2));
        assert_eq!(joined(&mut cut, false), None);
        assert_eq!(joined(&mut b"no item of any kind".to_vec(), false), None);
        assert_eq!(joined(&mut end.to_vec(), false), None);
        assert_eq!(joined(&mut item(b"abcd")[..6].to_vec(), false), None);
    }

    #[test]
    fn a_table_names_as_many_frames_as_there_are() {
        let bytes =
            |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
        assert!(Table::basic(&bytes(&[0, 10, 30])).names(3, 38));
        assert!(!Table::basic(&bytes(&[0, 10, 30])).names(3, 37));
        assert!(!Table::basic(&bytes(&[0, 10, 30])).names(2, 38));
        assert!(!Table::basic(&bytes(&[0, 30, 10])).names(3, 38));
        assert!(!Table::basic(&bytes(&[2, 10, 30])).names(3, 38));
        assert!(!Table::basic(&[]).names(0, 38));
        let long =
            |numbers: &[u64]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
        assert!(Table::extended(&long(&[0, 10]), &long(&[2, 3])).names(2, 30));
        assert!(!Table::extended(&long(&[0, 10]), &long(&[2, 0])).names(2, 30));
        assert!(!Table::extended(&long(&[0, 10]), &long(&[2])).names(2, 30));
    }
}
