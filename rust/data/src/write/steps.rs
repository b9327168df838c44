//! A data set as a list of steps: what was read and is copied as it is, what is looked at, what is new.
//!
//! Elements stay in the order of the bytes; new ones go in front of the first with a greater tag. Bytes that are no element (stray
//! delimiters, what is behind the last one) stay behind the element that they follow.

use std::sync::Arc;

use radiogram_core::{Result, Tag};

use super::output::no_memory;
use crate::draft::{Change, Draft};
use crate::{Document, Entry, Flags, NodeId, header};

/// A data set that was read.
#[derive(Clone, Copy)]
pub(super) struct Source<'d> {
    pub(super) document: &'d Arc<Document>,
    pub(super) node: NodeId,
}

impl<'d> Source<'d> {
    pub(super) fn of(draft: &'d Draft) -> Option<Self> {
        draft.base.as_ref().map(|base| Self { document: &base.document, node: base.node })
    }

    /// True where its rows lie in the bytes of the file, not in inflated ones.
    pub(super) fn is_meta(&self) -> bool {
        self.node.0 < self.document.root().0
    }

    pub(super) fn is_root(&self) -> bool {
        [self.document.meta(), self.document.root()].contains(&self.node)
    }

    /// Where its elements begin, and where it ends: without its delimiter.
    pub(super) fn content(&self) -> (u64, u64) {
        let document = self.document;
        let Some(entry) = document.entry(self.node.0) else { return (0, 0) };
        let (offset, length) = document.extent(self.node.0);
        let end = offset.saturating_add(length);
        if self.node == document.meta() {
            return (offset, if self.is_meta() { document.body() } else { end });
        }
        if self.node == document.root() && (!document.is_partial() || entry.length == Entry::HUGE) {
            return (offset, document.store().size());
        }
        (offset, end)
    }

    /// The rows of its elements, or of the items of a sequence, in the order of the bytes.
    pub(super) fn rows(&self) -> impl Iterator<Item = u32> + use<'d> {
        self.document.items(self.node.0).map(|node| node.0)
    }
}

/// Where an element or item ends, its delimiter included; `limit` is where the next one begins.
pub(super) fn end_of(document: &Document, row: u32, limit: u64) -> u64 {
    let Some(entry) = document.entry(row) else { return limit };
    if entry.length == Entry::HUGE {
        return limit;
    }
    let end = entry.offset.saturating_add(u64::from(entry.length));
    if !entry.flags.has(Flags::UNDEFINED) {
        return end.min(limit);
    }
    let delimited = document.problems().is_empty() || is_delimited(document, row, end);
    end.saturating_add(if delimited { 8 } else { 0 }).min(limit)
}

/// True where a delimiter stands at the end of a row.
pub(super) fn is_delimited(document: &Document, row: u32, at: u64) -> bool {
    let mut bytes = [0; 8];
    let big_endian = document.entry(row).is_some_and(|entry| entry.flags.has(Flags::BIG_ENDIAN));
    let read = document.store_of(row).gather(at, &mut bytes);
    let tag = header::tag(&bytes, big_endian).filter(|_| read.is_ok());
    matches!(tag, Some(Tag::ITEM_END | Tag::SEQUENCE_END))
}

/// What is done next.
pub(super) enum Step<'d> {
    /// Bytes are copied as they are.
    Copy(u64, u64),
    /// An element that was read is looked at; it ends here.
    Row(u32, u64),
    /// An element has a new value, in place of one that was read or not.
    Change(Tag, &'d Change, Option<u32>),
    /// A group length, whose value is known later.
    GroupLength(u32),
    /// The group ends whose length is to be known.
    EndGroup,
}

/// What the steps depend on.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Order<'d> {
    pub(super) source: Option<Source<'d>>,
    pub(super) draft: Option<&'d Draft>,
    /// Every element is looked at.
    pub(super) visit: bool,
    /// Every element is written anew: bytes that are no element are left out.
    pub(super) rewrite: bool,
    /// Ascending tags, each once.
    pub(super) repair: bool,
    /// Elements of group 0002 have no place here (PS3.10 7.1).
    pub(super) without_meta: bool,
    /// It is no item: what is behind its last element stays.
    pub(super) outermost: bool,
    /// It is an item that ends as it did: bytes that are no element can stay in it.
    pub(super) ends_as_read: bool,
    /// The last element may stay open, or cut, where nothing follows it.
    pub(super) last_is_free: bool,
}

/// A change, and whether it found its element.
struct Pending<'d> {
    tag: Tag,
    change: &'d Change,
    row: Option<u32>,
    done: bool,
}

/// The list that grows.
struct Steps<'d> {
    steps: Vec<Step<'d>>,
    /// The group whose length is to be known.
    group: Option<u16>,
}

impl<'d> Steps<'d> {
    fn push(&mut self, step: Step<'d>) -> Result<()> {
        if let (Some(Step::Copy(_, end)), Step::Copy(from, to)) = (self.steps.last_mut(), &step)
            && end == from
        {
            *end = *to;
            return Ok(());
        }
        self.steps.try_reserve(1).map_err(|_| no_memory())?;
        self.steps.push(step);
        Ok(())
    }

    /// Begins an element: a group that ended is closed.
    fn begin(&mut self, tag: Tag) -> Result<()> {
        if self.group.is_some_and(|group| group != tag.group()) {
            self.group = None;
            self.push(Step::EndGroup)?;
        }
        Ok(())
    }

    /// New elements whose place is before this tag.
    fn insert(&mut self, pending: &mut [Pending<'d>], next: &mut usize, before: Option<Tag>) -> Result<()> {
        while let Some(new) = pending.get_mut(*next).filter(|new| before.is_none_or(|tag| new.tag < tag)) {
            *next += 1;
            if new.row.is_none() && !matches!(new.change, Change::Remove) {
                self.begin(new.tag)?;
                self.push(Step::Change(new.tag, new.change, None))?;
            }
        }
        Ok(())
    }
}

/// The steps of a data set.
pub(super) fn steps<'d>(order: &Order<'d>) -> Result<Vec<Step<'d>>> {
    let mut pending: Vec<Pending<'d>> = Vec::new();
    if let Some(draft) = order.draft {
        pending.try_reserve_exact(draft.changes.len()).map_err(|_| no_memory())?;
        let changes = draft.changes.iter();
        pending.extend(changes.map(|(&tag, change)| Pending { tag, change, row: None, done: false }));
    }
    let mut list = Steps { steps: Vec::new(), group: None };
    let Some(source) = order.source else {
        list.insert(&mut pending, &mut 0, None)?;
        return Ok(list.steps);
    };
    let rows = rows(order, source)?;
    let mut merge = Merge { order, source, pending, next: 0, list, end: source.content().1 };
    merge.find(&rows);
    let gaps = merge.keeps_gaps();
    // Where nothing of it is an element, what is there stays behind the new ones.
    let start = source.content().0;
    let mut known_to =
        rows.first().map_or(start, |row| merge.starts(*row)).clamp(start, merge.end.max(start));
    if gaps {
        merge.list.push(Step::Copy(start, known_to))?;
    }
    for (number, &row) in rows.iter().enumerate() {
        let is_last = number + 1 == rows.len();
        let limit = following(source, row, merge.end);
        if order.without_meta && merge.tag(row).group() == 2 {
            continue;
        }
        known_to = end_of(source.document, row, limit);
        merge.element(row, known_to, is_last)?;
        if gaps && !is_last {
            merge.list.push(Step::Copy(known_to, limit.max(known_to)))?;
        }
    }
    let Merge { mut list, mut pending, mut next, end, .. } = merge;
    list.insert(&mut pending, &mut next, None)?;
    if list.group.take().is_some() {
        list.push(Step::EndGroup)?;
    }
    if gaps {
        list.push(Step::Copy(known_to, end.max(known_to)))?;
    }
    Ok(list.steps)
}

/// What was read, and the changes over it.
struct Merge<'o, 'd> {
    order: &'o Order<'d>,
    source: Source<'d>,
    /// By tag.
    pending: Vec<Pending<'d>>,
    /// The first of them whose place is still to come.
    next: usize,
    list: Steps<'d>,
    /// Where the data set ends.
    end: u64,
}

impl Merge<'_, '_> {
    fn tag(&self, row: u32) -> Tag {
        self.source.document.entry(row).map_or(Tag(0), |entry| entry.tag)
    }

    fn starts(&self, row: u32) -> u64 {
        self.source.document.entry(row).map_or(self.end, Entry::start)
    }

    /// Says of each change whether its element was there.
    fn find(&mut self, rows: &[u32]) {
        if self.pending.is_empty() {
            return;
        }
        for &row in rows {
            let found = self.pending.binary_search_by_key(&self.tag(row), |pending| pending.tag);
            if let Some(found) = found.ok().and_then(|at| self.pending.get_mut(at)) {
                found.row = Some(row);
            }
        }
    }

    /// True where bytes that are no element stay.
    fn keeps_gaps(&self) -> bool {
        let Self { order, source, .. } = self;
        let base = order.draft.and_then(|draft| draft.base.as_ref());
        let part = base.is_some_and(|base| base.part.is_some());
        let partial = source.document.is_partial() && source.node == source.document.root();
        let misplaced = !order.outermost && (source.is_root() || !order.ends_as_read);
        !part && !partial && !misplaced && !order.rewrite
    }

    /// An element that was read, which ends at `end`.
    fn element(&mut self, row: u32, end: u64, last: bool) -> Result<()> {
        let tag = self.tag(row);
        self.list.insert(&mut self.pending, &mut self.next, Some(tag))?;
        self.list.begin(tag)?;
        let found = self.pending.binary_search_by_key(&tag, |pending| pending.tag);
        if let Some(found) = found.ok().and_then(|at| self.pending.get_mut(at)) {
            // Where a tag occurs twice, the others go.
            return if std::mem::replace(&mut found.done, true) || matches!(found.change, Change::Remove) {
                Ok(())
            } else {
                self.list.push(Step::Change(tag, found.change, Some(row)))
            };
        }
        if tag.is_group_length() && self.changes(tag) && is_group_length(self.source.document, row) {
            self.list.group = Some(tag.group());
            return self.list.push(Step::GroupLength(row));
        }
        let is_free = last && self.order.last_is_free && !self.comes_more();
        if self.order.visit && !is_free {
            return self.list.push(Step::Row(row, end));
        }
        self.list.push(Step::Copy(self.starts(row), end))
    }

    /// True where something else of a group changes than its length.
    fn changes(&self, length: Tag) -> bool {
        let from = self.pending.partition_point(|pending| pending.tag <= length);
        let next = self.pending.get(from);
        self.order.visit || next.is_some_and(|next| next.tag.group() == length.group())
    }

    /// True where new elements are still to come.
    fn comes_more(&self) -> bool {
        let rest = self.pending.get(self.next..).unwrap_or_default();
        rest.iter().any(|new| new.row.is_none() && !matches!(new.change, Change::Remove))
    }
}

/// Where what follows a row begins.
fn following(source: Source<'_>, row: u32, content_end: u64) -> u64 {
    let document = source.document;
    let after = document.entry(row).map_or(row + 1, |entry| entry.end);
    let inside = document.entry(source.node.0).is_some_and(|node| after < node.end);
    let next = document.entry(after).filter(|_| inside);
    next.map_or(content_end, Entry::start).min(content_end)
}

/// The rows that are meant, in the order in which they are written.
fn rows(order: &Order<'_>, source: Source<'_>) -> Result<Vec<u32>> {
    let part = order.draft.and_then(|draft| draft.base.as_ref()).and_then(|base| base.part.as_ref());
    let (_, end) = source.content();
    let inside = |row: &u32| source.document.entry(*row).is_some_and(|entry| entry.start() < end);
    let mut rows: Vec<u32> = Vec::new();
    let mut add = |found: &mut dyn Iterator<Item = u32>| {
        for row in found.filter(inside) {
            if rows.len() == rows.capacity() {
                rows.try_reserve(rows.len().max(64)).map_err(|_| no_memory())?;
            }
            rows.push(row);
        }
        Ok::<_, radiogram_core::Error>(())
    };
    match part {
        Some(part) => add(&mut part.iter().copied())?,
        None if order.repair => add(&mut source.document.children(source.node).into_iter())?,
        None => add(&mut source.rows())?,
    }
    if order.repair && part.is_some() {
        let tag = |row: &u32| source.document.entry(*row).map_or(Tag(0), |entry| entry.tag);
        rows.sort_by_key(tag);
    }
    Ok(rows)
}

/// True for a group length that has room for one (PS3.5 7.2).
fn is_group_length(document: &Document, row: u32) -> bool {
    document.entry(row).is_some_and(|entry| entry.length == 4 && !entry.is_container())
}
