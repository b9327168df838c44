//! Elements that were read and cannot simply be copied: those in another encoding, text in another character set, VRs that change,
//! what was left open.

use std::borrow::Cow;

use radiogram_core::{Charset, Error, ErrorKind, Result, Syntax, Tag, Vr, dictionary, try_vec};

use super::compose::{Close, Composer, Opening, Place};
use super::header::{self, Slot, u16_bytes, u32_bytes};
use super::scope::Scope;
use super::steps::Source;
use super::text::recode;
use super::value::width;
use crate::draft::Draft;
use crate::header::{Encoding, UNDEFINED};
use crate::{Document, Entry, Flags};

/// How a value is written anew.
struct Anew {
    vr: Vr,
    /// Bytes of the numbers that are turned round; 1 for none.
    swap: u8,
}

impl<'d> Composer<'d> {
    /// Writes an element that was read, up to where its items begin if it is a sequence.
    pub(super) fn row(
        &mut self,
        scope: Scope,
        source: Source<'d>,
        row: u32,
        end: u64,
    ) -> Result<Option<Opening<'d>>> {
        let Some(&entry) = source.document.entry(row) else { return Ok(None) };
        if is_sequence(&entry) {
            return self.sequence(scope, source, row, None).map(Some);
        }
        if scope.rewrite { self.anew(scope, source, row) } else { self.as_read(scope, source, row, end) }?;
        Ok(None)
    }

    /// Opens a sequence that was read; its items are those that were read, or others.
    pub(super) fn sequence(
        &mut self,
        scope: Scope,
        source: Source<'d>,
        row: u32,
        members: Option<&'d [Draft]>,
    ) -> Result<Opening<'d>> {
        let document = source.document;
        let entry = document.entry(row).copied().ok_or_else(|| gone(document, row))?;
        let (offset, length) = document.extent(row);
        let place = Some(Place { document, row, end: offset + length });
        let (tag, was) = (entry.tag, entry.flags.has(Flags::UNDEFINED));
        let long = entry.header == 12 || entry.flags.has(Flags::IMPLICIT);
        if scope.rewrite || !long {
            let mut opening = self.new_sequence(scope, tag, members, was)?;
            opening.place = place;
            return Ok(opening);
        }
        let mut head = [0; 12];
        let head = Self::head(source, row, &mut head)?;
        // PS3.5 6.2.2 note 2: in UN, items are implicit.
        let hidden = head.len() == 12 && head.get(4..6) == Some(b"UN");
        let big_endian = entry.flags.has(Flags::BIG_ENDIAN);
        self.out.put(head.get(..head.len().saturating_sub(4)).unwrap_or_default())?;
        let implicit = hidden || scope.encoding.implicit;
        // Where no VR says so, the undefined length alone tells that it is a sequence.
        let tells = was && implicit && dictionary::vr_of(tag) != Some(Vr::SQ);
        let close = self.length(tells || self.undefined(was), big_endian)?;
        let encoding = Encoding { implicit, big_endian };
        Ok(Opening { tag, members, place, encoding, rewrite: false, close })
    }

    /// The length of a sequence: undefined, or to come.
    fn length(&mut self, undefined: bool, big_endian: bool) -> Result<Close> {
        self.out.put(&u32_bytes(if undefined { UNDEFINED } else { 0 }, big_endian))?;
        Ok(if undefined {
            Close::Delimiter(Tag::SEQUENCE_END)
        } else {
            Close::Length(Slot::behind(&self.out, big_endian))
        })
    }

    /// Opens a sequence that has no place yet.
    pub(super) fn new_sequence(
        &mut self,
        scope: Scope,
        tag: Tag,
        members: Option<&'d [Draft]>,
        was_undefined: bool,
    ) -> Result<Opening<'d>> {
        let encoding = scope.encoding;
        // Without a VR only an undefined length says that an element of which the dictionary knows nothing is a sequence.
        let unknown = encoding.implicit && dictionary::vr_of(tag) != Some(Vr::SQ);
        header::value(&mut self.out, encoding, tag, Vr::SQ, 0)?;
        let close = if unknown || self.undefined(was_undefined) {
            let at = self.out.arena.len().saturating_sub(4);
            self.out.patch(at, &[0xFF; 4]);
            Close::Delimiter(Tag::SEQUENCE_END)
        } else {
            Close::Length(Slot::behind(&self.out, encoding.big_endian))
        };
        Ok(Opening { tag, members, place: None, encoding, rewrite: scope.rewrite, close })
    }

    /// An element in the form that it has; only what must change does.
    fn as_read(&mut self, scope: Scope, source: Source<'d>, row: u32, end: u64) -> Result<()> {
        let document = source.document;
        let entry = document.entry(row).copied().ok_or_else(|| gone(document, row))?;
        let (offset, length) = document.extent(row);
        let value_end = offset + length;
        if let Some(bytes) = Self::recoded(scope, document, row, &entry)? {
            self.head_for(source, row, bytes.len() as u64)?;
            return self.out.put(&bytes);
        }
        let is_meta = source.is_meta();
        let flips = matches!(entry.vr, Vr::US | Vr::SS) && !entry.flags.has(Flags::IMPLICIT);
        if let Some(vr) = scope.flip.filter(|_| flips && depends_on_sign(entry.tag)) {
            let mut head = [0; 12];
            let head = Self::head(source, row, &mut head)?;
            let written =
                head.get(4..6).is_some_and(|letters| [b"US", b"SS"].iter().any(|vr| letters == *vr));
            if let (true, Some((tag, rest))) = (written, head.split_first_chunk::<4>()) {
                self.out.put(tag)?;
                self.out.put(vr.as_str().as_bytes())?;
                self.out.put(rest.get(2..).unwrap_or_default())?;
                return self.out.copy(document, is_meta, (offset, end), 1);
            }
        }
        if entry.flags.has(Flags::CUT) {
            self.head_for(source, row, length)?;
            return self.out.copy(document, is_meta, (offset, value_end), 1);
        }
        if entry.flags.has(Flags::UNDEFINED) && end < value_end.saturating_add(8) {
            self.out.copy(document, is_meta, (entry.start(), value_end), 1)?;
            let big_endian = entry.flags.has(Flags::BIG_ENDIAN);
            return header::item(&mut self.out, Tag::SEQUENCE_END, 0, big_endian);
        }
        self.out.copy(document, is_meta, (entry.start(), end), 1)
    }

    /// The header that an element has, for a value of another length.
    fn head_for(&mut self, source: Source<'_>, row: u32, length: u64) -> Result<()> {
        let Some(&entry) = source.document.entry(row) else { return Ok(()) };
        let mut head = [0; 12];
        let head = Self::head(source, row, &mut head)?;
        let (big_endian, implicit) =
            (entry.flags.has(Flags::BIG_ENDIAN), entry.flags.has(Flags::IMPLICIT) && entry.header == 8);
        let known = u32::try_from(length).ok().filter(|length| *length != UNDEFINED);
        match (known, u16::try_from(length)) {
            (Some(length), _) if entry.header == 12 || implicit => {
                self.out.put(head.get(..head.len().saturating_sub(4)).unwrap_or_default())?;
                self.out.put(&u32_bytes(length, big_endian))
            }
            (Some(_), Ok(length)) => {
                self.out.put(head.get(..6).unwrap_or_default())?;
                self.out.put(&u16_bytes(length, big_endian))
            }
            _ => header::value(&mut self.out, Encoding { implicit, big_endian }, entry.tag, entry.vr, length),
        }
    }

    /// The value in the character set that is in force now, where its bytes change.
    fn recoded(scope: Scope, document: &Document, row: u32, entry: &Entry) -> Result<Option<Vec<u8>>> {
        if !scope.recodes() || !entry.vr.has_charset() || entry.is_container() {
            return Ok(None);
        }
        let decoding: Charset = scope.decoding.unwrap_or(scope.declared);
        recode(entry.vr, &load(document, row)?, &decoding, &scope.charset)
    }

    /// An element written from scratch: header and byte order of the encoding that is written.
    fn anew(&mut self, scope: Scope, source: Source<'d>, row: u32) -> Result<()> {
        let document = source.document;
        let entry = document.entry(row).copied().ok_or_else(|| gone(document, row))?;
        let (offset, length) = document.extent(row);
        let run = (offset, offset + length);
        let Anew { mut vr, swap } = self.form(scope, document, row, &entry);
        if let Some(flip) = scope.flip.filter(|_| matches!(vr, Vr::US | Vr::SS) && depends_on_sign(entry.tag))
        {
            vr = flip;
        }
        if document.is_tabled(row) {
            // What is behind them was not looked at, and would be lost.
            return Err(Error::new(
                ErrorKind::Unsupported,
                "pixel data of a remote object are written as they are only: read all of it for anything else",
            )
            .in_path(&document.path(row)));
        }
        if entry.flags.has(Flags::FRAGMENTS) {
            if entry.flags.has(Flags::BIG_ENDIAN) != scope.encoding.big_endian {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "encapsulated data cannot be written in another byte order",
                ));
            }
            let vr = if vr.has_long_length() { vr } else { Vr::OB };
            header::undefined(&mut self.out, scope.encoding, entry.tag, vr)?;
            self.out.copy(document, source.is_meta(), run, 1)?;
            return header::item(&mut self.out, Tag::SEQUENCE_END, 0, scope.encoding.big_endian);
        }
        if let Some(bytes) = Self::recoded(scope, document, row, &entry)? {
            header::value(&mut self.out, scope.encoding, entry.tag, vr, bytes.len() as u64)?;
            return self.out.put(&bytes);
        }
        let pad = u64::from(self.options.repair && length % 2 == 1);
        header::value(&mut self.out, scope.encoding, entry.tag, vr, length + pad)?;
        self.small(source, run, swap)?;
        if pad == 1 { self.out.put(&[entry.vr.pad()]) } else { Ok(()) }
    }

    /// Copies a value: a small one that is in memory next to its header.
    fn small(&mut self, source: Source<'_>, run: (u64, u64), swap: u8) -> Result<()> {
        self.out.copy(source.document, source.is_meta(), run, swap)
    }

    /// The VR that is written, and which numbers are turned round.
    fn form(&self, scope: Scope, document: &Document, row: u32, entry: &Entry) -> Anew {
        let turns = entry.flags.has(Flags::BIG_ENDIAN) != scope.encoding.big_endian;
        let swap = if turns { width(entry.vr) } else { 1 };
        if entry.tag == Tag::PIXELS && !entry.flags.has(Flags::FRAGMENTS) {
            let odd = |syntax: Option<&Syntax>| syntax.is_some_and(|s| s.big_endian_pixels && !s.big_endian);
            let turns = (entry.flags.has(Flags::BIG_ENDIAN) || odd(document.syntax()))
                != (scope.encoding.big_endian || odd(self.syntax));
            return self.pixels(entry.vr, turns, scope.encoding.big_endian);
        }
        let hidden = || document.written_vr(row).is_some_and(|letters| letters == "UN");
        if !self.options.repair {
            // PS3.5 6.2.2: what its writer called unknown stays so.
            return Anew { vr: if hidden() { Vr::UN } else { entry.vr }, swap };
        }
        let known = dictionary::vr_of(entry.tag).filter(|_| !entry.tag.is_private());
        let alike = |known: &Vr| {
            known.as_str().len() == 2 && known.storage() == entry.vr.storage() && *known != entry.vr
        };
        Anew { vr: known.filter(alike).unwrap_or(entry.vr), swap }
    }

    /// The VR of native pixel data (PS3.5 8.2, A.2): words where a cell has more than 8 bits. Their cells are turned round as a whole.
    fn pixels(&self, vr: Vr, turns: bool, to_big_endian: bool) -> Anew {
        let (vr, cell) = self.pixel_form(vr, turns && to_big_endian);
        Anew { vr, swap: if turns { cell } else { 1 } }
    }

    /// The VR of native pixel data, and the bytes of the numbers in it. Cells of no more than 8 bits that would have to be turned
    /// round by twos are bytes instead, which is as good and harder to misread.
    pub(super) fn pixel_form(&self, vr: Vr, to_big_endian: bool) -> (Vr, u8) {
        let bits = self.own_number(Tag::BITS_ALLOCATED).unwrap_or(0);
        match (vr, bits) {
            (Vr::OB | Vr::OW | Vr::UN, 9..) => {
                let cell = match bits {
                    ..=16 => 2,
                    17..=32 => 4,
                    _ => 8,
                };
                (if vr == Vr::UN { vr } else { Vr::OW }, cell)
            }
            (Vr::OW, 1..=8) if to_big_endian => (Vr::OB, 1),
            _ => (vr, width(vr)),
        }
    }
}

/// True for a sequence with its items as rows.
pub(super) fn is_sequence(entry: &Entry) -> bool {
    entry.vr == Vr::SQ && !entry.flags.has(Flags::FRAGMENTS)
}

/// True for elements that Pixel Representation gives a sign (PS3.6).
fn depends_on_sign(tag: Tag) -> bool {
    matches!(dictionary::vr_of(tag), Some(Vr::UsOrSs | Vr::UsOrSsOrOw))
}

/// The bytes of a value, without keeping those that are not in memory.
fn load(document: &Document, row: u32) -> Result<Cow<'_, [u8]>> {
    if let Some(bytes) = document.present(row) {
        return Ok(Cow::Borrowed(bytes));
    }
    let (offset, length) = document.extent(row);
    let count = usize::try_from(length).unwrap_or(usize::MAX);
    let mut bytes = try_vec(count)?;
    bytes.resize(count, 0);
    document.store_of(row).gather(offset, &mut bytes)?;
    Ok(Cow::Owned(bytes))
}

fn gone(document: &Document, row: u32) -> Error {
    Error::new(ErrorKind::Argument, "a row that the document does not have").in_path(&document.path(row))
}
