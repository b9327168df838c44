//! What was read: the bytes, the flat index over them, and the questions a data set is asked.

use std::borrow::Cow;
use std::sync::OnceLock;

use radiogram_core::charset::Charset;
use radiogram_core::syntax::Syntax;
use radiogram_core::{Path, Problem, Result, Tag};

use crate::header::Encoding;
use crate::store::Store;
use crate::walk::CharsetRange;
use crate::{Entry, Flags, header, path};

/// Rows of a data set that is gone through rather than listed.
const SMALL: u32 = 48;

/// Rows that an index may keep room for.
const SPARE: usize = 1 << 12;

/// A data set in a document: the row of the item that holds its elements.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NodeId(pub u32);

/// A file as it was read. Nothing in it changes.
pub struct Document {
    store: Store,
    /// The file's own bytes, where the data set lies in inflated ones.
    meta_store: Option<Store>,
    rows: Vec<Entry>,
    charsets: Vec<CharsetRange>,
    problems: Vec<Problem>,
    meta: u32,
    root: u32,
    body: u64,
    partial: bool,
    damaged: bool,
    /// The pixel data whose fragments were not gone through, and their bytes up to the delimiter once somebody asked.
    tabled: Option<(u32, OnceLock<u64>)>,
    named: Option<String>,
    encoding: Encoding,
}

/// What the reader hands over.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) meta_store: Option<Store>,
    pub(crate) rows: Vec<Entry>,
    pub(crate) charsets: Vec<CharsetRange>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) meta: u32,
    pub(crate) root: u32,
    /// Where in the source the data set begins, deflated or not.
    pub(crate) body: u64,
    /// Elements of the root were left out, because they were not asked for.
    pub(crate) partial: bool,
    /// Something in it breaks off, or is left open.
    pub(crate) damaged: bool,
    /// Pixel data whose fragments were not gone through.
    pub(crate) tabled: Option<u32>,
    pub(crate) named: Option<String>,
    pub(crate) encoding: Encoding,
}

impl Document {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { meta, root, body, partial, damaged, tabled, encoding, .. } = parts;
        let Parts { store, meta_store, mut rows, mut charsets, problems, named, .. } = parts;
        // An index grows by halves of itself: what it keeps is 24 bytes an element, and little more.
        if rows.capacity() - rows.len() > rows.len().min(SPARE) {
            rows.shrink_to_fit();
        }
        // Inner ranges close first; looked at from the front, the innermost that holds a row is found first.
        charsets.sort_by_key(|range| range.rows.end - range.rows.start);
        Self {
            store,
            meta_store,
            rows,
            charsets,
            problems,
            meta,
            root,
            body,
            partial,
            damaged,
            tabled: tabled.map(|row| (row, OnceLock::new())),
            named,
            encoding,
        }
    }

    /// All rows of the index.
    pub fn rows(&self) -> &[Entry] {
        &self.rows
    }

    /// One row.
    pub fn entry(&self, row: u32) -> Option<&Entry> {
        self.rows.get(row as usize)
    }

    /// The file meta information.
    pub fn meta(&self) -> NodeId {
        NodeId(self.meta)
    }

    /// The data set.
    pub fn root(&self) -> NodeId {
        NodeId(self.root)
    }

    /// The Transfer Syntax UID that the file names.
    pub fn transfer_syntax(&self) -> Option<&str> {
        self.named.as_deref()
    }

    /// What the transfer syntax means; `None` where the file names none that is known.
    pub fn syntax(&self) -> Option<&'static Syntax> {
        Syntax::from_uid(self.transfer_syntax()?)
    }

    /// True where the data set has no VRs in its bytes.
    pub fn is_implicit(&self) -> bool {
        self.encoding.implicit
    }

    /// True where its numbers are big endian.
    pub fn is_big_endian(&self) -> bool {
        self.encoding.big_endian
    }

    /// True where elements of the data set were left out when it was read, because they were not asked for.
    pub fn is_partial(&self) -> bool {
        self.partial
    }

    /// True where it breaks off somewhere, or leaves something open: what is behind such a place means something else when anything
    /// around it changes.
    pub fn is_damaged(&self) -> bool {
        self.damaged
    }

    /// True where a row is pixel data whose fragments were not gone through: its offset table says where the frames are. What is behind
    /// such pixel data was not looked at.
    pub fn is_tabled(&self, row: u32) -> bool {
        self.tabled.as_ref().is_some_and(|(tabled, _)| *tabled == row)
    }

    /// True where the data set was deflated: its rows lie in inflated bytes, not in the source.
    pub fn is_deflated(&self) -> bool {
        self.meta_store.is_some()
    }

    /// Where in the source the data set begins: behind the file meta information.
    pub(crate) fn body(&self) -> u64 {
        self.body
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// What is wrong with its structure.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The bytes of the source: those of the file meta information, and of a deflated data set as it is.
    pub fn source(&self) -> &Store {
        self.meta_store.as_ref().unwrap_or(&self.store)
    }

    /// The bytes the data set lies in.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The elements of a data set in ascending order, one row each: of two with the same tag the last.
    pub fn children(&self, node: NodeId) -> Vec<u32> {
        let mut found: Vec<u32> = Vec::new();
        let (mut sorted, mut last) = (true, None);
        let end = self.entry(node.0).map_or(0, |item| item.end);
        let mut row = node.0 + 1;
        while let Some(entry) = self.entry(row).filter(|_| row < end) {
            sorted &= last < Some(entry.tag);
            last = Some(entry.tag);
            found.push(row);
            row = entry.end.max(row + 1);
        }
        if !sorted {
            let tag = |row: &u32| self.entry(*row).map_or(Tag(0), |entry| entry.tag);
            // In place: a list may be as long as the file.
            found.sort_unstable_by_key(|row| (tag(row), *row));
            found.reverse();
            found.dedup_by_key(|row| tag(row));
            found.reverse();
        }
        found
    }

    /// The items or fragments of an element.
    pub fn items(&self, row: u32) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.entry(row).map_or(0, |entry| entry.end);
        let mut next = row + 1;
        std::iter::from_fn(move || {
            let entry = self.entry(next).filter(|_| next < end)?;
            let item = next;
            next = entry.end.max(next + 1);
            Some(NodeId(item))
        })
    }

    /// True where a data set is so small that going through it costs no more than looking it up in a list of its elements.
    pub fn is_small(&self, node: NodeId) -> bool {
        self.entry(node.0).is_some_and(|item| item.end.saturating_sub(node.0) <= SMALL)
    }

    /// The element with this tag in a data set, without an index of its children: for a few look-ups only.
    pub fn find(&self, node: NodeId, tag: Tag) -> Option<u32> {
        let end = self.entry(node.0)?.end;
        let (mut row, mut found) = (node.0 + 1, None);
        while let Some(entry) = self.entry(row).filter(|_| row < end) {
            if entry.tag == tag {
                found = Some(row);
            }
            row = entry.end.max(row + 1);
        }
        found
    }

    /// The character set that governs a row: its data set's, or that of the nearest one around it (PS3.3 C.12.1.1.2).
    pub fn charset(&self, row: u32) -> Charset {
        self.charsets
            .iter()
            .find(|range| range.rows.contains(&row))
            .map_or(Charset::DEFAULT, |range| range.charset)
    }

    /// Where the value is in the store: offset and length.
    pub fn extent(&self, row: u32) -> (u64, u64) {
        let Some(entry) = self.entry(row) else { return (0, 0) };
        if entry.length != Entry::HUGE {
            return (entry.offset, u64::from(entry.length));
        }
        if let Some((_, length)) = self.tabled.as_ref().filter(|(tabled, _)| *tabled == row) {
            let found = length.get().copied().or_else(|| {
                let found = self.length_of_tabled(entry)?;
                Some(*length.get_or_init(|| found))
            });
            // What cannot be read now is an error where it is touched.
            return (entry.offset, found.unwrap_or_else(|| self.store.size().saturating_sub(entry.offset)));
        }
        // 4 GiB or more: it ends where its last child does.
        let mut end = entry.offset;
        let mut at = row;
        while let Some(last) = self.items(at).last() {
            let Some(child) = self.entry(last.0) else { break };
            end = child.offset;
            if child.length != Entry::HUGE {
                end += u64::from(child.length);
                break;
            }
            at = last.0;
        }
        (entry.offset, end - entry.offset)
    }

    /// How many bytes of fragments there are up to their delimiter: now all of them are read.
    fn length_of_tabled(&self, entry: &Entry) -> Option<u64> {
        let most = self.store.size().saturating_sub(entry.offset);
        let bytes = self.store.bytes(entry.offset, most).ok()?;
        Some(fragments_in(bytes).last().map_or(0, |(from, length)| from + length))
    }

    /// The fragments of an element, as (offset, length) of each; none where it has no fragments.
    pub fn fragments(&self, row: u32) -> Option<Vec<(u64, u64)>> {
        let entry = self.entry(row).filter(|entry| entry.flags.has(Flags::FRAGMENTS))?;
        if !self.is_tabled(row) {
            return Some(self.items(row).map(|item| self.extent(item.0)).collect());
        }
        let bytes = self.bytes(row).ok()?;
        Some(fragments_in(bytes).map(|(from, length)| (entry.offset + from, length)).collect())
    }

    pub(crate) fn store_of(&self, row: u32) -> &Store {
        self.meta_store.as_ref().filter(|_| row < self.root).unwrap_or(&self.store)
    }

    /// Bytes in memory by their place: in the file meta information's bytes, or in the data set's.
    pub fn part(&self, meta: bool, offset: u64, length: u64) -> Option<&[u8]> {
        self.meta_store.as_ref().filter(|_| meta).unwrap_or(&self.store).present(offset, length)
    }

    /// The bytes of a value, if they are in memory.
    pub fn present(&self, row: u32) -> Option<&[u8]> {
        let (offset, length) = self.extent(row);
        self.store_of(row).present(offset, length)
    }

    /// The bytes of a value, read now where they are not in memory.
    pub fn bytes(&self, row: u32) -> Result<&[u8]> {
        let (offset, mut length) = self.extent(row);
        if self.is_tabled(row) {
            // Now they are there, or it is an error.
            self.store.bytes(offset, self.store.size().saturating_sub(offset))?;
            length = self.extent(row).1;
        }
        self.store_of(row).bytes(offset, length).map_err(|error| error.in_path(&self.path(row)))
    }

    /// Copies a part of a value, from memory or from the file, and keeps nothing.
    pub fn read_into(&self, row: u32, from: u64, into: &mut [u8]) -> Result<()> {
        let (offset, length) = self.extent(row);
        if from.saturating_add(into.len() as u64) > length {
            let path = self.path(row);
            return Err(radiogram_core::Error::new(
                radiogram_core::ErrorKind::Truncated,
                "the value is shorter",
            )
            .at(offset + length)
            .in_path(&path));
        }
        self.store_of(row).read_into(offset + from, into)
    }

    /// The two letters in front of a value, as they are in the bytes.
    pub fn written_vr(&self, row: u32) -> Option<Cow<'_, str>> {
        let entry =
            self.entry(row).filter(|entry| entry.header == 12 || !entry.flags.has(crate::Flags::IMPLICIT))?;
        let letters = self.store_of(row).present(entry.start() + 4, 2)?;
        Some(String::from_utf8_lossy(letters))
    }

    /// How many bytes the source has: the file as it is, before anything is inflated.
    pub fn source_size(&self) -> u64 {
        self.source().size()
    }

    /// Copies the whole source.
    pub fn read_source(&self, into: &mut [u8]) -> Result<()> {
        self.source().read_into(0, into)
    }

    /// The path of a row from the root.
    pub fn path(&self, row: u32) -> Path {
        path::of_row(&self.rows, if row < self.root { self.meta } else { self.root }, row)
    }

    /// Bytes of memory that the document holds besides what others own.
    pub fn held(&self) -> usize {
        self.store.held()
            + self.meta_store.as_ref().map_or(0, Store::held)
            + self.rows.len() * size_of::<Entry>()
    }
}

/// Where the fragments in these bytes have theirs, up to what is none: (offset, length), always little endian (PS3.5 A.4).
pub(crate) fn fragments_in(bytes: &[u8]) -> impl Iterator<Item = (u64, u64)> + '_ {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let item = header::implicit(bytes.get(at..)?, false).filter(|item| item.tag == Tag::ITEM)?;
        let from = at + usize::from(item.size);
        let length = usize::try_from(item.length).ok()?.min(bytes.len().saturating_sub(from));
        at = from.checked_add(length)?;
        Some((from as u64, length as u64))
    })
}
