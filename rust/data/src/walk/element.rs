//! One data element: its header is read, its VR settled, its value kept, skipped or entered.

use radiogram_core::charset::Charset;
use radiogram_core::{ProblemKind, Result, Tag, Vr};

use super::Walk;
use super::frame::{Context, Frame};
use crate::header::{self, Encoding, Header, LONGEST, Letters, UNDEFINED};
use crate::input::Input;
use crate::{Entry, Flags};

/// How far a header is looked at: what follows tells a noisy one from an old one.
const NEAR: usize = 64;

impl<I: Input> Walk<'_, I> {
    /// The next element of the innermost data set.
    pub(super) fn element(&mut self) -> Result<()> {
        if self.has_seen_enough()? {
            return Ok(());
        }
        if self.options.only.is_some() && self.frames.len() == 1 && !self.meta {
            self.run_over_unasked()?;
        }
        let Some(&Frame { encoding, end, last, .. }) = self.frames.last() else { return Ok(()) };
        if self.pos >= end {
            // Elements that nobody asked for were the last.
            return Ok(());
        }
        let rest = usize::try_from(end - self.pos).unwrap_or(usize::MAX);
        let window = self.input.window(self.pos, LONGEST)?;
        let bytes = window.get(..rest.min(window.len()).min(NEAR)).unwrap_or_default();
        let read = if encoding.implicit { header::implicit } else { header::explicit };
        let Some(mut header) = read(bytes, encoding.big_endian) else {
            if self.meta && self.frames.len() == 1 {
                // What is behind the file meta information is the data set's: an empty one that is deflated has two bytes.
                self.done = true;
                return Ok(());
            }
            return self.tail(end);
        };
        if header.tag.is_delimiter() {
            return self.delimiter(header.tag);
        }
        let root = self.frames.len() == 1;
        if root && self.meta && header.tag.group() != 2 {
            self.done = true;
            return Ok(());
        }
        if root && !self.meta && self.options.ends_at(header.tag) && self.ends_here(&header, encoding, end)? {
            self.done = true;
            return Ok(());
        }
        if header.letters == Letters::Absent && !self.heal(&mut header, encoding, end)? {
            return self.tail(end);
        }
        if header.tag.group() < 8 && !self.meta && header.tag.group() != 4 {
            // PS3.5 7.1: groups 0000 to 0007 belong to commands and file meta information; 0004 to DICOMDIR.
            self.report_tag(ProblemKind::MisplacedGroup, header.tag, self.pos, "that it means what it says")?;
        }
        if header.tag <= last {
            self.out_of_order(header.tag, last)?;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.last = header.tag;
        }
        let discard = self.frames.last().is_some_and(|frame| frame.discard);
        let wanted = !discard && (!root || self.meta || self.options.wants(header.tag));
        if !wanted && self.skip(&header, end) {
            return Ok(());
        }
        let (vr, flags) = self.vr(&header)?;
        self.value(&header, vr, flags, encoding, end, wanted)
    }

    /// Passes over an element that is not asked for, where its length alone says how.
    fn skip(&mut self, header: &Header, end: u64) -> bool {
        let offset = self.pos + u64::from(header.size);
        let value_end = offset + u64::from(header.length);
        let plain = matches!(header.letters, Letters::Known(_)) && header.length != UNDEFINED;
        if !plain || value_end > end || Frame::governs(header.tag) {
            return false;
        }
        self.remember_creator(header.tag, offset, header.length);
        self.pos = value_end;
        true
    }

    /// Settles the form of an element that is not what the syntax says; false: these bytes are no element.
    fn heal(&mut self, header: &mut Header, encoding: Encoding, end: u64) -> Result<bool> {
        let window = self.input.window(self.pos, LONGEST)?;
        let rest = end - self.pos;
        if encoding.implicit {
            // Zeros after the last element are padding, and no group length (PS3.7 E.1) comes twice.
            let rows = self.rows.len();
            let is_behind = |frame: &Frame| frame.last > Tag(0) || frame.row as usize + 1 < rows;
            if header.tag == Tag(0) && self.frames.last().is_some_and(is_behind) {
                return Ok(false);
            }
            // An explicit element among implicit ones: the letters are the dictionary's VR, and the length fits.
            let Some(explicit) = header::explicit(window, encoding.big_endian) else { return Ok(true) };
            let Letters::Known(vr) = explicit.letters else { return Ok(true) };
            let known = radiogram_core::dictionary::vr_of(header.tag) == Some(vr);
            let fits = u64::from(explicit.length) + u64::from(explicit.size) <= rest
                || (explicit.length == UNDEFINED && vr.has_long_length());
            if known && fits && u64::from(header.length) + 8 > rest.min(1 << 20) {
                *header = explicit;
                self.report_tag(ProblemKind::ExplicitInImplicit, header.tag, self.pos, "the VR in the data")?;
            }
            return Ok(true);
        }
        // No letters where they should be: an implicit element, unless nothing about it makes sense.
        let known = radiogram_core::dictionary::vr_of(header.tag).is_some() || header.tag.is_private();
        let fits = header.length == UNDEFINED || u64::from(header.length) + 8 <= rest;
        if !fits || header.tag.group() == 0 || !(known || header.length & 1 == 0) {
            return Ok(false);
        }
        self.report_tag(ProblemKind::ImplicitInExplicit, header.tag, self.pos, "the dictionary's VR")?;
        Ok(true)
    }

    fn out_of_order(&mut self, tag: Tag, last: Tag) -> Result<()> {
        let first = self.frames.last().is_some_and(|frame| frame.row as usize + 1 == self.rows.len());
        if tag == last && !first {
            return self.report_tag(ProblemKind::DuplicateTag, tag, self.pos, "that the last one counts");
        }
        let Some(frame) = self.frames.last_mut().filter(|frame| tag < last && !frame.unsorted) else {
            return Ok(());
        };
        frame.unsorted = true;
        self.report_tag(ProblemKind::UnsortedTags, tag, self.pos, "that the order means nothing")
    }

    /// Keeps, skips or enters the value.
    fn value(
        &mut self,
        header: &Header,
        vr: Vr,
        flags: Flags,
        encoding: Encoding,
        end: u64,
        wanted: bool,
    ) -> Result<()> {
        let (start, offset) = (self.pos, self.pos + u64::from(header.size));
        let ambiguous = matches!(vr, Vr::UsOrSs | Vr::ObOrOw | Vr::UsOrOw | Vr::UsOrSsOrOw);
        let mut entry = Entry {
            tag: header.tag,
            vr,
            flags: flags
                .with(Flags::BIG_ENDIAN.when(encoding.big_endian))
                .with(Flags::AMBIGUOUS.when(ambiguous)),
            header: header.size,
            depth: u8::try_from(self.frames.len() / 2).unwrap_or(u8::MAX),
            offset,
            length: header.length,
            end: 0,
        };
        if header.length == UNDEFINED {
            entry.flags = entry.flags.with(Flags::UNDEFINED);
            return self.undefined(entry, header, encoding, end, wanted);
        }
        let mut value_end = offset + u64::from(header.length);
        if value_end > end {
            value_end = if self.frames.len() == 1 {
                self.report_tag(ProblemKind::Truncated, header.tag, start, "the bytes that are there")?;
                end
            } else {
                self.reach(offset, value_end, end)?
            };
            entry.length = u32::try_from(value_end.saturating_sub(offset)).unwrap_or(u32::MAX);
            if value_end < offset + u64::from(header.length) {
                entry.flags = entry.flags.with(Flags::CUT);
            }
        }
        if header.length & 1 == 1 {
            self.report_tag(ProblemKind::OddLength, header.tag, start, "the length as it is")?;
        }
        self.pos = offset;
        if vr == Vr::SQ && !wanted {
            self.pos = value_end;
            return Ok(());
        }
        if vr == Vr::SQ && self.holds_items(header, offset, value_end, encoding)? {
            let inner = sequence_encoding(header, encoding);
            return self.enter(entry, Context::Items, inner, value_end, wanted);
        }
        if vr == Vr::SQ {
            entry.vr = Vr::UN;
            entry.flags = entry.flags.with(Flags::FOREIGN_VR);
            self.report_tag(ProblemKind::NotAnItem, header.tag, start, "UN")?;
        }
        self.pos = value_end;
        self.leaf(entry, wanted, ambiguous)
    }

    /// A value that is no container.
    fn leaf(&mut self, mut entry: Entry, wanted: bool, ambiguous: bool) -> Result<()> {
        if Frame::governs(entry.tag) {
            let count = entry.length.min(2) as usize;
            let bytes = self.input.window(entry.offset, count)?.get(..count).unwrap_or_default();
            let value = header::u16_at(bytes, 0, entry.flags.has(Flags::BIG_ENDIAN));
            if let Some(frame) = self.frames.last_mut() {
                frame.govern(entry.tag, value);
            }
        }
        if !wanted {
            self.remember_creator(entry.tag, entry.offset, entry.length);
            return Ok(());
        }
        if self.input.keep(entry.offset, u64::from(entry.length), entry.vr)? {
            entry.flags = entry.flags.with(Flags::DEFERRED);
        }
        if entry.tag == Tag::CHARACTER_SET {
            self.charset(&entry)?;
        }
        self.remember_creator(entry.tag, entry.offset, entry.length);
        let row = self.push(entry)?;
        self.found(entry.tag);
        if ambiguous {
            self.ambiguous.push(row);
        }
        if let Some(entry) = self.rows.last_mut() {
            entry.end = row + 1;
        }
        Ok(())
    }

    /// The data set's own Specific Character Set (PS3.3 C.12.1.1.2).
    fn charset(&mut self, entry: &Entry) -> Result<()> {
        let count = entry.length as usize;
        let window = self.input.window(entry.offset, count)?;
        let (charset, unknown) = Charset::from_value(window.get(..count).unwrap_or_default());
        if let Some(frame) = self.frames.last_mut() {
            frame.charset = Some(charset);
        }
        if unknown {
            let at = entry.start();
            self.report_tag(ProblemKind::UnknownCharset, entry.tag, at, "the sets that are known")?;
        }
        Ok(())
    }

    /// Opens a sequence or a run of fragments.
    fn enter(
        &mut self,
        entry: Entry,
        context: Context,
        encoding: Encoding,
        end: u64,
        wanted: bool,
    ) -> Result<()> {
        let flags = if context == Context::Fragments { Flags::FRAGMENTS } else { Flags::default() };
        let undefined = entry.flags.has(Flags::UNDEFINED);
        let ambiguous = entry.flags.has(Flags::AMBIGUOUS);
        let row = self.push(Entry { flags: entry.flags.with(flags), ..entry })?;
        if wanted {
            self.found(entry.tag);
        }
        if ambiguous {
            self.ambiguous.push(row);
        }
        self.pos = entry.offset;
        self.open(row, context, encoding, end, undefined)?;
        if let Some(frame) = self.frames.last_mut() {
            frame.discard = !wanted;
            frame.ambiguous -= usize::from(ambiguous && !wanted);
        }
        Ok(())
    }

    /// A value of undefined length: items, fragments, or bytes up to a delimiter (PS3.5 7.1.2, 7.5, A.4).
    fn undefined(
        &mut self,
        mut entry: Entry,
        header: &Header,
        encoding: Encoding,
        end: u64,
        wanted: bool,
    ) -> Result<()> {
        let mut next = [0; 8];
        let read = self.input.peek(entry.offset, &mut next)?;
        let next = header::tag(next.get(..read).unwrap_or_default(), encoding.big_endian);
        let pixels = entry.tag == Tag::PIXELS || entry.vr == Vr::ObOrOw;
        // PS3.5 6.2.2 note 2: UN of undefined length is a sequence, whatever the dictionary says.
        let hidden = matches!(header.letters, Letters::Known(Vr::UN));
        let items = entry.vr == Vr::SQ || hidden || (entry.vr == Vr::UN && !pixels);
        let inner = if hidden { Encoding { implicit: true, ..encoding } } else { encoding };
        let opens = matches!(next, Some(Tag::ITEM | Tag::SEQUENCE_END));
        if items && (opens || entry.vr == Vr::SQ) {
            entry.vr = Vr::SQ;
            return self.enter(entry, Context::Items, inner, end, wanted);
        }
        if !pixels {
            self.report_tag(ProblemKind::UndefinedLength, entry.tag, self.pos, "that a delimiter ends it")?;
        }
        if opens || read < 8 {
            return self.enter(entry, Context::Fragments, encoding, end, wanted);
        }
        self.pos = entry.offset;
        let found = self.find_sequence_end(entry.offset, end, encoding.big_endian)?;
        if found.is_none() {
            self.report_tag(
                ProblemKind::MissingDelimiter,
                entry.tag,
                self.pos,
                "that it ends with what is around it",
            )?;
        }
        let value_end = found.unwrap_or(end);
        entry.length = u32::try_from(value_end - entry.offset).unwrap_or(Entry::HUGE);
        self.pos = if found.is_some() { (value_end + 8).min(end) } else { end };
        self.leaf(entry, wanted, entry.flags.has(Flags::AMBIGUOUS))
    }

    /// The first sequence delimitation item from `offset` on.
    fn find_sequence_end(&mut self, offset: u64, end: u64, big_endian: bool) -> Result<Option<u64>> {
        const STEP: usize = 1 << 20;
        let delimiter: &[u8] = if big_endian { b"\xFF\xFE\xE0\xDD" } else { b"\xFE\xFF\xDD\xE0" };
        let mut at = offset;
        while at < end {
            let rest = usize::try_from(end - at).unwrap_or(usize::MAX);
            let window = self.input.window(at, STEP.min(rest))?;
            let bytes = window.get(..rest.min(window.len())).unwrap_or_default();
            if let Some(found) = memchr::memmem::find(bytes, delimiter) {
                return Ok(Some(at + found as u64));
            }
            if bytes.len() <= delimiter.len() || bytes.len() == rest {
                return Ok(None);
            }
            at += (bytes.len() - (delimiter.len() - 1)) as u64;
        }
        Ok(None)
    }

    /// True where a value of defined length that the dictionary calls a sequence is one.
    fn holds_items(&mut self, header: &Header, offset: u64, end: u64, encoding: Encoding) -> Result<bool> {
        if end - offset < 8 || header.letters == Letters::Known(Vr::SQ) {
            return Ok(header.letters == Letters::Known(Vr::SQ) || end == offset);
        }
        let mut first = [0; 8];
        let read = self.input.peek(offset, &mut first)?;
        Ok(header::tag(first.get(..read).unwrap_or_default(), encoding.big_endian) == Some(Tag::ITEM))
    }

    /// Fewer bytes than a header has.
    fn tail(&mut self, end: u64) -> Result<()> {
        let root = self.frames.len() == 1;
        let kind = if root { ProblemKind::TrailingData } else { ProblemKind::SequenceLength };
        self.report(kind, self.pos, "that the data set ends here")?;
        self.pos = end;
        Ok(())
    }
}

/// How the items of a sequence are encoded: as what is around it, but UN hides implicit ones (PS3.5 6.2.2 note 2).
fn sequence_encoding(header: &Header, around: Encoding) -> Encoding {
    match header.letters {
        Letters::Known(Vr::UN) => Encoding { implicit: true, ..around },
        _ => around,
    }
}
