//! What governs a data set that is being written: its encoding, its character set, the meaning of ambiguous VRs.

use radiogram_core::{Charset, Tag, Vr};

use super::steps::Source;
use crate::draft::{Change, Draft, Value};
use crate::header::{self, Encoding};
use crate::{Document, Flags};

/// What governs a data set.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    /// How it is written.
    pub(super) encoding: Encoding,
    /// The character set that its text will be read with.
    pub(super) charset: Charset,
    /// The one that the bytes it comes from name.
    pub(super) declared: Charset,
    /// The caller's word against those bytes.
    pub(super) decoding: Option<Charset>,
    /// What US or SS is now, where Pixel Representation changed.
    pub(super) flip: Option<Vr>,
    /// Every element is written anew.
    pub(super) rewrite: bool,
}

impl Scope {
    /// True where text that is copied would be read as something else.
    pub(super) fn recodes(&self) -> bool {
        self.charset != self.declared
    }
}

/// The encoding that a data set was read in: its first element shows it.
pub(super) fn encoding_of(source: Source<'_>, around: Encoding) -> Encoding {
    let Source { document, node } = source;
    if node == document.root() {
        return document.encoding();
    }
    let first = source.rows().next().and_then(|row| document.entry(row));
    match first {
        Some(first) => Encoding {
            implicit: first.flags.has(Flags::IMPLICIT),
            big_endian: first.flags.has(Flags::BIG_ENDIAN),
        },
        None => around,
    }
}

/// The character set of a data set's own Specific Character Set as a change leaves it.
pub(super) fn charset_of(value: &Value) -> Charset {
    match value {
        Value::Text(terms) => {
            Charset::from_terms(terms.iter().flat_map(|term| term.as_bytes().split(|&byte| byte == b'\\'))).0
        }
        Value::Bytes(bytes) => Charset::from_value((**bytes).as_ref()).0,
        Value::Empty | Value::Integers(_) | Value::Floats(_) => Charset::from_value(b"").0,
    }
}

/// The character set that an element names.
pub(super) fn charset_at(document: &Document, row: u32) -> Charset {
    document.present(row).map_or_else(|| document.charset(row), |bytes| Charset::from_value(bytes).0)
}

/// A small whole number of a data set, changed or not. `Err`: it has none, and the data set around it may tell.
pub(super) fn number(draft: Option<&Draft>, source: Option<Source<'_>>, tag: Tag) -> Result<Option<u16>, ()> {
    match draft.and_then(|draft| draft.changes.get(&tag)) {
        Some(Change::Remove) => return Err(()),
        Some(Change::Set { value, .. }) => return Ok(of_value(value)),
        Some(Change::Items { .. }) => return Ok(None),
        None => {}
    }
    read_number(source.ok_or(())?, tag)
}

/// The same, as it was read.
pub(super) fn read_number(source: Source<'_>, tag: Tag) -> Result<Option<u16>, ()> {
    let row = source.document.find(source.node, tag).ok_or(())?;
    Ok(of_row(source.document, row))
}

fn of_row(document: &Document, row: u32) -> Option<u16> {
    let entry = document.entry(row)?;
    header::u16_at(document.present(row)?, 0, entry.flags.has(Flags::BIG_ENDIAN))
}

fn of_value(value: &Value) -> Option<u16> {
    match value {
        Value::Integers(numbers) => u16::try_from(*numbers.first()?).ok(),
        Value::Bytes(bytes) => header::u16_at((**bytes).as_ref(), 0, false),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "floats saturate")]
        Value::Floats(numbers) => numbers.first().map(|number| *number as u16),
        Value::Text(texts) => texts.first()?.trim().parse().ok(),
        Value::Empty => None,
    }
}
