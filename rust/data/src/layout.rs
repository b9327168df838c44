//! Where everything lies in the bytes, as it is written there: headers with their letters and lengths, items, delimiters.

use radiogram_core::{Result, Tag, try_vec};

use crate::header::{LONGEST, UNDEFINED, tag, u16_at, u32_at};
use crate::{Document, Entry, Flags};

/// A header in the bytes: of an element, an item, a fragment or a delimiter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// How many sequences and items are around it.
    pub depth: usize,
    /// Where its tag begins.
    pub start: u64,
    /// Its tag.
    pub tag: Tag,
    /// The two bytes of the VR, `None` where there are none.
    pub letters: Option<[u8; 2]>,
    /// What the length field says; FFFFFFFF is an undefined length (PS3.5 7.1.1).
    pub length: u32,
    /// Where what follows the header begins.
    pub offset: u64,
}

/// A sequence, an item or other content that is under way.
struct Open {
    row: u32,
    entry: Entry,
}

/// Lists every header in the order of the bytes. Of a deflated data set they are the inflated bytes.
///
/// # Errors
/// The source cannot be read any more.
pub fn layout(document: &Document) -> Result<Vec<Place>> {
    let rows = document.rows();
    let delimited = rows.iter().filter(|entry| entry.flags.has(Flags::UNDEFINED)).count();
    let mut places = try_vec(rows.len() + delimited)?;
    let mut open: Vec<Open> = Vec::new();
    let mut last_end = 0;
    let roots = [document.meta().0, document.root().0];
    for (row, entry) in (0_u32..).zip(rows) {
        while let Some(inner) = open.pop_if(|inner| inner.entry.end <= row) {
            close(document, &inner, open.len(), &mut last_end, &mut places)?;
        }
        if roots.contains(&row) {
            continue;
        }
        places.push(header(document, row, entry, open.len())?);
        let is_open = entry.end > row + 1 || entry.flags.has(Flags::UNDEFINED);
        last_end = if is_open { entry.offset } else { entry.offset.saturating_add(u64::from(entry.length)) };
        if is_open {
            open.push(Open { row, entry: *entry });
        }
    }
    while let Some(inner) = open.pop() {
        close(document, &inner, open.len(), &mut last_end, &mut places)?;
    }
    Ok(places)
}

fn header(document: &Document, row: u32, entry: &Entry, depth: usize) -> Result<Place> {
    let (start, big) = (entry.start(), entry.flags.has(Flags::BIG_ENDIAN));
    let mut room = [0; LONGEST];
    let size = usize::from(entry.header).min(LONGEST);
    let bytes = room.get_mut(..size).unwrap_or_default();
    document.store_of(row).gather(start, bytes)?;
    let bytes = &*bytes;
    let has_letters = entry.tag != Tag::ITEM && (size == LONGEST || !entry.flags.has(Flags::IMPLICIT));
    let letters = bytes.get(4..6).and_then(|two| two.first_chunk().copied()).filter(|_| has_letters);
    let length = match (letters, size) {
        (None, _) => u32_at(bytes, 4, big),
        (Some(_), LONGEST) => u32_at(bytes, 8, big),
        (Some(_), _) => u16_at(bytes, 6, big).map(u32::from),
    };
    let length = length.unwrap_or(entry.length);
    Ok(Place { depth, start, tag: entry.tag, letters, length, offset: entry.offset })
}

/// What ends an undefined length, if it is there (PS3.5 7.5).
fn close(
    document: &Document,
    inner: &Open,
    depth: usize,
    last_end: &mut u64,
    places: &mut Vec<Place>,
) -> Result<()> {
    let entry = &inner.entry;
    if entry.length != Entry::HUGE {
        *last_end = entry.offset.saturating_add(u64::from(entry.length));
    }
    let start = *last_end;
    let store = document.store_of(inner.row);
    if !entry.flags.has(Flags::UNDEFINED) || start.saturating_add(8) > store.size() {
        return Ok(());
    }
    let mut bytes = [0; 8];
    store.gather(start, &mut bytes)?;
    let big = entry.flags.has(Flags::BIG_ENDIAN);
    if let Some(found @ (Tag::ITEM_END | Tag::SEQUENCE_END)) = tag(&bytes, big) {
        let length = u32_at(&bytes, 4, big).unwrap_or(UNDEFINED);
        *last_end = start + 8;
        places.push(Place { depth, start, tag: found, letters: None, length, offset: *last_end });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Options, Source, read};

    type Row = (usize, u64, u32, Option<[u8; 2]>, u32, u64);

    fn places(bytes: Vec<u8>) -> Vec<Row> {
        let options = Options { force: true, ..Options::default() };
        let document = read(Source::Memory(Arc::new(bytes)), &options).unwrap();
        let all = layout(&document).unwrap();
        all.iter().map(|at| (at.depth, at.start, at.tag.0, at.letters, at.length, at.offset)).collect()
    }

    #[test]
    fn headers_and_delimiters_are_where_they_are_written() {
        let mut bytes = b"\x08\0\x05\0CS\x0A\0ISO_IR 100".to_vec();
        bytes.extend(b"\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF");
        bytes.extend(b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF");
        bytes.extend(b"\x08\0\x55\x11UI\x02\x001\0");
        bytes.extend(b"\xFE\xFF\x0D\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0");
        bytes.extend(b"\x10\0\x10\0PN\x02\0A \x10\0\x20\0LO\0\0");
        let expected = [
            (0, 0, 0x0008_0005, Some(*b"CS"), 10, 8),
            (0, 18, 0x0008_1140, Some(*b"SQ"), UNDEFINED, 30),
            (1, 30, 0xFFFE_E000, None, UNDEFINED, 38),
            (2, 38, 0x0008_1155, Some(*b"UI"), 2, 46),
            (1, 48, 0xFFFE_E00D, None, 0, 56),
            (0, 56, 0xFFFE_E0DD, None, 0, 64),
            (0, 64, 0x0010_0010, Some(*b"PN"), 2, 72),
            (0, 74, 0x0010_0020, Some(*b"LO"), 0, 82),
        ];
        assert_eq!(places(bytes), expected);
    }

    #[test]
    fn implicit_headers_have_no_letters() {
        let bytes = b"\x08\0\x05\0\x0A\0\0\0ISO_IR 100\x08\0\x60\0\x02\0\0\0CT\x10\0\x20\0\0\0\0\0";
        let expected = [
            (0, 0, 0x0008_0005, None, 10, 8),
            (0, 18, 0x0008_0060, None, 2, 26),
            (0, 28, 0x0010_0020, None, 0, 36),
        ];
        assert_eq!(places(bytes.to_vec()), expected);
    }

    #[test]
    fn a_delimiter_that_is_missing_is_not_listed() {
        let mut bytes = b"\x08\0\x05\0CS\x0A\0ISO_IR 100".to_vec();
        bytes.extend(b"\x08\0\x60\0CS\x02\0CT\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF");
        bytes.extend(b"\xFE\xFF\0\xE0\xFF\xFF\xFF\xFF\x08\0\x55\x11UI\x02\x001\0");
        let found = places(bytes);
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|at| at.2 != 0xFFFE_E00D && at.2 != 0xFFFE_E0DD));
    }
}
