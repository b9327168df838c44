//! From a draft to the pieces of its bytes. Iterative: what is open lies on a stack of levels.

use std::sync::Arc;
use std::{slice, vec};

use radiogram_core::{Error, ErrorKind, Path, Result, Step as PathStep, Syntax, Tag, Vr};

use super::header::{self, Slot};
use super::output::{Output, no_memory};
use super::scope::{self, Scope, charset_at, charset_of, encoding_of};
use super::steps::{Order, Source, Step, end_of, is_delimited, steps};
use super::{Lengths, WriteOptions};
use crate::draft::{Change, Draft};
use crate::header::{Encoding, UNDEFINED};
use crate::{Document, Entry, Flags, NodeId};

/// How something that is open ends.
#[derive(Clone, Copy)]
pub(super) enum Close {
    /// The data set itself: with the bytes.
    Nothing,
    /// Its length is known then.
    Length(Slot),
    /// A delimiter.
    Delimiter(Tag),
}

/// An open data set.
struct DataSet<'d> {
    scope: Scope,
    source: Option<Source<'d>>,
    draft: Option<&'d Draft>,
    steps: vec::IntoIter<Step<'d>>,
    group: Option<Slot>,
    close: Close,
    /// Bytes between it and the next item, which stay.
    after: (u64, u64),
}

/// The items of a sequence that are still to come.
enum Members<'d> {
    /// Of a change.
    Drafts(slice::Iter<'d, Draft>),
    /// As they were read.
    Rows(&'d Arc<Document>, vec::IntoIter<u32>),
}

/// An open sequence.
struct Sequence<'d> {
    tag: Tag,
    /// Items written so far.
    count: u32,
    members: Members<'d>,
    /// The sequence that it was, where it stays in its place.
    place: Option<Place<'d>>,
    scope: Scope,
    close: Close,
}

/// A sequence that was read.
#[derive(Clone, Copy)]
pub(super) struct Place<'d> {
    pub(super) document: &'d Arc<Document>,
    pub(super) row: u32,
    /// Where it ends, without its delimiter.
    pub(super) end: u64,
}

enum Level<'d> {
    DataSet(DataSet<'d>),
    Sequence(Sequence<'d>),
}

/// The work, and what is done of it.
pub(super) struct Composer<'d> {
    pub(super) options: &'d WriteOptions,
    /// The syntax that is written, where it is known; `None` for the file meta information too.
    pub(super) syntax: Option<&'static Syntax>,
    pub(super) out: Output,
    /// The file meta information is written, not the data set.
    pub(super) meta: bool,
    /// What is behind the last element stays there.
    pub(super) tail: bool,
    levels: Vec<Level<'d>>,
}

/// What an element asks for that has items.
pub(super) struct Opening<'d> {
    pub(super) tag: Tag,
    pub(super) members: Option<&'d [Draft]>,
    pub(super) place: Option<Place<'d>>,
    pub(super) encoding: Encoding,
    pub(super) rewrite: bool,
    pub(super) close: Close,
}

impl<'d> Composer<'d> {
    pub(super) fn new(options: &'d WriteOptions, out: Output) -> Self {
        Self { options, syntax: None, out, meta: false, tail: true, levels: Vec::new() }
    }

    /// Writes a data set and everything in it.
    pub(super) fn data_set(&mut self, draft: &'d Draft, encoding: Encoding) -> Result<()> {
        let source = Source::of(draft);
        let read = source.map(|source| encoding_of(source, encoding));
        let declared = source.map_or_else(Default::default, |s| s.document.charset(s.node.0));
        let around = Scope {
            encoding,
            charset: radiogram_core::Charset::DEFAULT,
            declared,
            decoding: None,
            flip: None,
            rewrite: self.options.repair
                || read.is_some_and(|read| read != encoding)
                || self.pixels_turn(source),
        };
        self.open(Some(draft), source, around, Close::Nothing)?;
        let done = self.run();
        let path = self.path(None);
        done.map_err(|error| error.in_path(&path))
    }

    /// True where samples lie in another order than everything else, in one of the two syntaxes.
    fn pixels_turn(&self, source: Option<Source<'_>>) -> bool {
        let odd = |syntax: Option<&Syntax>| syntax.is_some_and(|s| s.big_endian_pixels != s.big_endian);
        source.is_some_and(|source| odd(source.document.syntax()) != odd(self.syntax))
            && source.is_some_and(|source| !source.is_meta())
            && self.syntax.is_some()
    }

    fn run(&mut self) -> Result<()> {
        while let Some(level) = self.levels.last_mut() {
            match level {
                Level::DataSet(set) => match set.steps.next() {
                    Some(step) => self.step(step)?,
                    None => self.close()?,
                },
                Level::Sequence(sequence) => {
                    let (scope, place) = (sequence.scope, sequence.place);
                    match &mut sequence.members {
                        Members::Drafts(drafts) => match drafts.next() {
                            Some(draft) => {
                                sequence.count += 1;
                                self.item(Some(draft), Source::of(draft), scope, place)?;
                            }
                            None => self.close()?,
                        },
                        Members::Rows(document, rows) => match rows.next() {
                            Some(row) => {
                                sequence.count += 1;
                                let source = Source { document, node: NodeId(row) };
                                self.item(None, Some(source), scope, place)?;
                            }
                            None => self.close()?,
                        },
                    }
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, step: Step<'d>) -> Result<()> {
        let Some(Level::DataSet(set)) = self.levels.last() else { return Ok(()) };
        let (scope, source) = (set.scope, set.source);
        match (step, source) {
            (Step::Copy(from, to), Some(source)) => {
                self.out.copy(source.document, source.is_meta(), (from, to), 1)
            }
            (Step::Row(row, end), Some(source)) => {
                let tag = source.document.entry(row).map_or(Tag(0), |entry| entry.tag);
                let opening = self.row(scope, source, row, end).map_err(|error| self.located(error, tag))?;
                opening.map_or(Ok(()), |opening| self.enter(&opening, scope))
            }
            (Step::Change(tag, change, row), _) => {
                let opening =
                    self.change(scope, source, tag, change, row).map_err(|error| self.located(error, tag))?;
                opening.map_or(Ok(()), |opening| self.enter(&opening, scope))
            }
            (Step::GroupLength(row), Some(source)) => self.group_length(scope, source, row),
            (Step::EndGroup, _) => {
                let slot = match self.levels.last_mut() {
                    Some(Level::DataSet(set)) => set.group.take(),
                    _ => None,
                };
                slot.map_or(Ok(()), |slot| slot.close(&mut self.out))
            }
            (_, None) => Ok(()),
        }
    }

    /// A group length whose value comes later (PS3.5 7.2).
    fn group_length(&mut self, scope: Scope, source: Source<'_>, row: u32) -> Result<()> {
        let Some(entry) = source.document.entry(row) else { return Ok(()) };
        if scope.rewrite {
            header::value(&mut self.out, scope.encoding, entry.tag, Vr::UL, 4)?;
        } else {
            let mut head = [0; 12];
            let head = Self::head(source, row, &mut head)?;
            self.out.put(head)?;
        }
        let big_endian =
            if scope.rewrite { scope.encoding.big_endian } else { entry.flags.has(Flags::BIG_ENDIAN) };
        self.out.put(&[0; 4])?;
        let slot = Slot::behind(&self.out, big_endian);
        if let Some(Level::DataSet(set)) = self.levels.last_mut() {
            set.group = Some(slot);
        }
        Ok(())
    }

    /// The bytes in front of a value, as they were read.
    pub(super) fn head<'h>(source: Source<'_>, row: u32, into: &'h mut [u8; 12]) -> Result<&'h [u8]> {
        let Some(entry) = source.document.entry(row) else { return Ok(&[]) };
        let head = into.get_mut(..usize::from(entry.header)).unwrap_or_default();
        source.document.store_of(row).gather(entry.start(), head)?;
        Ok(head)
    }

    /// Goes into a sequence whose header is written.
    fn enter(&mut self, opening: &Opening<'d>, scope: Scope) -> Result<()> {
        let Opening { tag, members, place, encoding, rewrite, close } = *opening;
        let members = match (members, place) {
            (Some(drafts), _) => Members::Drafts(drafts.iter()),
            (None, Some(place)) => {
                let rows: Vec<u32> = place.document.items(place.row).map(|node| node.0).collect();
                Members::Rows(place.document, rows.into_iter())
            }
            (None, None) => Members::Drafts([].iter()),
        };
        let scope = Scope { encoding, rewrite, ..scope };
        // A sequence and the item in it are two levels; the data set itself is the first.
        let depth = self.levels.len().div_ceil(2);
        if depth > self.options.limits.depth as usize {
            let most = self.options.limits.depth;
            return Err(Error::new(ErrorKind::Limit, format!("sequences nested deeper than {most}")));
        }
        if let Some(place) = place.filter(|place| !rewrite && self.ends_as_read(place.document)) {
            let from = place.document.entry(place.row).map_or(place.end, |entry| entry.offset);
            let first = place.document.items(place.row).next();
            let first = first.and_then(|item| place.document.entry(item.0)).map_or(place.end, Entry::start);
            let is_meta = place.row < place.document.root().0;
            self.out.copy(place.document, is_meta, (from, first.min(place.end)), 1)?;
        }
        self.push(Level::Sequence(Sequence { tag, count: 0, members, place, scope, close }))
    }

    /// An item: as it is where nothing in it can be different, else its header and then what is in it.
    fn item(
        &mut self,
        draft: Option<&'d Draft>,
        source: Option<Source<'d>>,
        mut scope: Scope,
        place: Option<Place<'d>>,
    ) -> Result<()> {
        let stays = source.zip(place).filter(|(source, place)| {
            let sequence = place.document.entry(place.row);
            Arc::ptr_eq(source.document, place.document)
                && source.node.0 > place.row
                && sequence.is_some_and(|sequence| source.node.0 < sequence.end)
        });
        let read = source.map(|source| encoding_of(source, scope.encoding));
        match (stays, read) {
            // An item that is not in the form of its file is left in its own.
            (Some(_), Some(read)) if !scope.rewrite => scope.encoding = read,
            (_, Some(read)) => scope.rewrite |= read != scope.encoding,
            _ => {}
        }
        if stays.is_none() {
            scope.flip = None;
            scope.decoding = None;
            scope.declared = source.map_or(scope.charset, |source| source.document.charset(source.node.0));
        }
        let same = draft.is_none_or(Draft::is_untouched) && !self.visits(&scope, source);
        if let Some(source) = source.filter(|source| same && !source.is_root()) {
            self.is_not_too_deep(source)?;
            let (from, to) = Self::extent(source, stays.map(|(_, place)| place));
            let whole = source.document.entry(source.node.0);
            if let Some(entry) = whole.filter(|entry| to >= entry.offset) {
                return self.out.copy(source.document, source.is_meta(), (from.min(entry.offset), to), 1);
            }
        }
        let big_endian = scope.encoding.big_endian;
        let was = source
            .filter(|source| !source.is_root())
            .and_then(|source| source.document.entry(source.node.0))
            .is_some_and(|entry| entry.flags.has(Flags::UNDEFINED));
        let close = if self.undefined(was) {
            header::item(&mut self.out, Tag::ITEM, UNDEFINED, big_endian)?;
            Close::Delimiter(Tag::ITEM_END)
        } else {
            header::item(&mut self.out, Tag::ITEM, 0, big_endian)?;
            Close::Length(Slot::behind(&self.out, big_endian))
        };
        self.open(draft, source, scope, close)?;
        let stays = stays.filter(|(source, _)| !scope.rewrite && self.ends_as_read(source.document));
        if let (Some((source, place)), Some(Level::DataSet(set))) = (stays, self.levels.last_mut()) {
            let limit = next_item(place, source).min(place.end);
            set.after = (end_of(source.document, source.node.0, limit), limit);
        }
        Ok(())
    }

    /// Where an item begins and ends, with what lies between it and the next one if it stays where it is.
    fn extent(source: Source<'_>, place: Option<Place<'_>>) -> (u64, u64) {
        let document = source.document;
        let Some(entry) = document.entry(source.node.0) else { return (0, 0) };
        let limit = if let Some(place) = place {
            next_item(place, source)
        } else {
            let (offset, length) = document.extent(source.node.0);
            let delimited = is_delimited(document, source.node.0, offset + length);
            offset + length + if delimited { 8 } else { 0 }
        };
        (entry.start(), if place.is_some() { limit } else { end_of(document, source.node.0, limit) })
    }

    /// An item that is copied as a whole may be put deeper than it was.
    fn is_not_too_deep(&self, source: Source<'_>) -> Result<()> {
        let document = source.document;
        let Some(item) = document.entry(source.node.0) else { return Ok(()) };
        let here = self.levels.len() / 2;
        if here <= usize::from(item.depth) {
            return Ok(());
        }
        let rows = document.rows().get(source.node.0 as usize..item.end as usize).unwrap_or_default();
        let sequences = rows.iter().filter(|entry| entry.vr == Vr::SQ);
        let deepest = sequences.map(|entry| usize::from(entry.depth) + 1).max().unwrap_or(0);
        let most = self.options.limits.depth;
        if here + deepest.saturating_sub(usize::from(item.depth)) > most as usize {
            return Err(Error::new(ErrorKind::Limit, format!("sequences nested deeper than {most}")));
        }
        Ok(())
    }

    /// Whether something ends by a delimiter that did, or did not.
    pub(super) fn undefined(&self, was: bool) -> bool {
        match self.options.lengths {
            Lengths::AsRead => was && !self.options.repair,
            Lengths::Defined => false,
            Lengths::Undefined => true,
        }
    }

    /// True where sequences and items end as they did, so that bytes in them that are no element can stay.
    fn ends_as_read(&self, document: &Document) -> bool {
        self.options.lengths == Lengths::AsRead && !document.is_damaged()
    }

    /// True where every element of a data set has to be looked at.
    fn visits(&self, scope: &Scope, source: Option<Source<'_>>) -> bool {
        scope.rewrite
            || scope.recodes()
            || scope.flip.is_some()
            || self.options.lengths != Lengths::AsRead
            || source.is_some_and(|source| source.document.is_damaged())
    }

    /// Opens a data set: settles what governs it, and lists what is to be done.
    fn open(
        &mut self,
        draft: Option<&'d Draft>,
        source: Option<Source<'d>>,
        mut scope: Scope,
        close: Close,
    ) -> Result<()> {
        let own = source.and_then(|source| source.document.find(source.node, Tag::CHARACTER_SET));
        let own = source.zip(own).map(|(source, row)| charset_at(source.document, row));
        let said = draft.and_then(|draft| draft.changes.get(&Tag::CHARACTER_SET));
        let part = draft.and_then(|draft| draft.base.as_ref()).and_then(|base| base.part.as_ref());
        let kept = part.is_none_or(|part| {
            let tag_of = |row: &u32| source?.document.entry(*row).map(|entry| entry.tag);
            part.iter().any(|row| tag_of(row) == Some(Tag::CHARACTER_SET))
        });
        if let Some(own) = own {
            scope.declared = own;
            scope.decoding = None;
        }
        scope.charset = match said {
            Some(Change::Set { value, .. }) => charset_of(value),
            Some(_) => scope.charset,
            None => own.filter(|_| kept).unwrap_or(scope.charset),
        };
        let word = draft.and_then(|draft| draft.base.as_ref()).and_then(|base| base.charset);
        scope.decoding = word.or(scope.decoding);
        scope.flip = self.flip(draft, source, scope.flip);
        let root = self.levels.is_empty();
        let damaged = source.is_some_and(|source| source.document.is_damaged());
        let visit = self.visits(&scope, source);
        let plain = Scope { rewrite: false, ..scope };
        let order = Order {
            source,
            draft,
            visit,
            rewrite: scope.rewrite,
            repair: self.options.repair,
            without_meta: !self.meta,
            outermost: root && self.tail,
            ends_as_read: source.is_some_and(|source| self.ends_as_read(source.document)),
            last_is_free: root && self.tail && damaged && !scope.rewrite && !self.visits(&plain, None),
        };
        let steps = steps(&order)?.into_iter();
        self.push(Level::DataSet(DataSet { scope, source, draft, steps, group: None, close, after: (0, 0) }))
    }

    /// What US or SS means from here on, where Pixel Representation is not what it was (PS3.3 C.7.6.3.1).
    fn flip(&self, draft: Option<&Draft>, source: Option<Source<'_>>, around: Option<Vr>) -> Option<Vr> {
        const TAG: Tag = Tag::PIXEL_REPRESENTATION;
        let own = source.map_or(Err(()), |source| scope::read_number(source, TAG));
        if !draft.is_some_and(|draft| draft.changes.contains_key(&TAG)) {
            return around.filter(|_| own.is_err());
        }
        let was = own.unwrap_or_else(|()| self.number_around(TAG, true)) == Some(1);
        let is =
            scope::number(draft, source, TAG).unwrap_or_else(|()| self.number_around(TAG, false)) == Some(1);
        (was != is && source.is_some()).then_some(if is { Vr::SS } else { Vr::US })
    }

    /// A number of the nearest of the open data sets that has it: as it was read, or as it will be.
    pub(super) fn number_around(&self, tag: Tag, was: bool) -> Option<u16> {
        self.levels.iter().rev().find_map(|level| {
            let Level::DataSet(set) = level else { return None };
            let source = set.source;
            if was { scope::read_number(source?, tag) } else { scope::number(set.draft, source, tag) }.ok()
        })?
    }

    /// A number of the innermost open data set.
    pub(super) fn own_number(&self, tag: Tag) -> Option<u16> {
        match self.levels.last() {
            Some(Level::DataSet(set)) => scope::number(set.draft, set.source, tag).ok()?,
            _ => None,
        }
    }

    /// True where the innermost data set is the outermost.
    pub(super) fn is_root(&self) -> bool {
        self.levels.len() == 1
    }

    fn push(&mut self, level: Level<'d>) -> Result<()> {
        self.levels.try_reserve(1).map_err(|_| no_memory())?;
        self.levels.push(level);
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let (close, big_endian, after) = match self.levels.pop() {
            Some(Level::DataSet(set)) => {
                (set.close, set.scope.encoding.big_endian, set.source.map(|source| (source, set.after)))
            }
            Some(Level::Sequence(sequence)) => (sequence.close, sequence.scope.encoding.big_endian, None),
            None => return Ok(()),
        };
        match close {
            Close::Nothing => {}
            Close::Length(slot) => slot.close(&mut self.out)?,
            Close::Delimiter(tag) => header::item(&mut self.out, tag, 0, big_endian)?,
        }
        match after {
            Some((source, run)) => self.out.copy(source.document, source.is_meta(), run, 1),
            None => Ok(()),
        }
    }

    /// An error with its place: an element of the innermost data set.
    fn located(&self, error: Error, tag: Tag) -> Error {
        error.in_path(&self.path(Some(tag)))
    }

    /// The path to an element of the innermost data set.
    fn path(&self, tag: Option<Tag>) -> Path {
        let sequences = self.levels.iter().filter_map(|level| match level {
            Level::Sequence(sequence) => {
                Some(PathStep { tag: sequence.tag, item: sequence.count.checked_sub(1) })
            }
            Level::DataSet(_) => None,
        });
        Path(sequences.chain(tag.map(|tag| PathStep { tag, item: None })).collect())
    }
}

/// Where the item after this one begins, or the sequence ends.
fn next_item(place: Place<'_>, source: Source<'_>) -> u64 {
    let document = source.document;
    let sequence_end = document.entry(place.row).map_or(0, |sequence| sequence.end);
    let after = document.entry(source.node.0).map_or(sequence_end, |entry| entry.end);
    let next = document.entry(after).filter(|_| after < sequence_end);
    next.map_or(place.end, Entry::start)
}
