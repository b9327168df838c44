//! From the index to JSON. What is open lies on a stack.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use radiogram_core::{Charset, Error, ErrorKind, Result, Tag, Vr, try_vec};

use super::{text, values};
use crate::{Document, Entry, Flags, NodeId};

/// What is open.
enum Level {
    /// The elements of a data set.
    Set(vec::IntoIter<u32>),
    /// The items of a sequence.
    Items(vec::IntoIter<NodeId>),
}

/// Appends a data set as a JSON object.
///
/// `uris` has what stands for the values of some rows, `charset` the caller's word against the file's. Group lengths are left out, as PS3.18
/// F.2.2 asks.
///
/// # Errors
///
/// Where a value that was left in the file cannot be read.
pub fn write(
    document: &Document,
    node: NodeId,
    charset: Option<Charset>,
    uris: &BTreeMap<u32, String>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut levels = vec![Level::Set(elements(document, node))];
    out.push(b'{');
    let mut is_first = true;
    while let Some(level) = levels.last_mut() {
        match level {
            Level::Set(rows) => {
                let Some(row) = rows.next() else {
                    out.push(b'}');
                    is_first = false;
                    levels.pop();
                    continue;
                };
                if !std::mem::take(&mut is_first) {
                    out.push(b',');
                }
                out.try_reserve(256).map_err(|_| no_memory())?;
                let Some(entry) = document.entry(row) else { continue };
                head(entry, out);
                let mut items = document.items(row).filter(|_| entry.vr == Vr::SQ).peekable();
                if items.peek().is_some() {
                    out.extend(b",\"Value\":[");
                    levels.push(Level::Items(items.collect::<Vec<_>>().into_iter()));
                    is_first = true;
                    continue;
                }
                if entry.vr != Vr::SQ {
                    value(document, row, entry, charset, uris, out)?;
                }
                out.push(b'}');
            }
            Level::Items(items) => {
                if let Some(item) = items.next() {
                    if !std::mem::take(&mut is_first) {
                        out.push(b',');
                    }
                    out.push(b'{');
                    levels.push(Level::Set(elements(document, item)));
                    is_first = true;
                } else {
                    out.extend(b"]}");
                    is_first = false;
                    levels.pop();
                }
            }
        }
    }
    Ok(())
}

/// Rows whose values are one block of more than so many bytes: those that may stand elsewhere.
pub fn bulk_rows(document: &Document, node: NodeId, more_than: u64) -> Vec<u32> {
    let Some(end) = document.entry(node.0).map(|entry| entry.end) else { return Vec::new() };
    let is_bulk = |row: &u32| {
        let Some(entry) = document.entry(*row) else { return false };
        entry.vr.is_bulk() && entry.tag != Tag::ITEM && document.extent(*row).1 > more_than
    };
    (node.0 + 1..end).filter(is_bulk).collect()
}

fn elements(document: &Document, node: NodeId) -> vec::IntoIter<u32> {
    let mut rows = document.children(node);
    rows.retain(|row| document.entry(*row).is_some_and(|entry| !entry.tag.is_group_length()));
    rows.into_iter()
}

/// `"00100010":{"vr":"PN"`.
fn head(entry: &Entry, out: &mut Vec<u8>) {
    out.push(b'"');
    text::tag(entry.tag.0, out);
    out.extend(b"\":{\"vr\":\"");
    // Where nothing says which of two it is, the bytes are all that is known.
    let vr = if matches!(entry.vr, Vr::UsOrSs) { Vr::UN } else { entry.vr };
    out.extend(vr.as_str().bytes());
    out.push(b'"');
}

fn value(
    document: &Document,
    row: u32,
    entry: &Entry,
    charset: Option<Charset>,
    uris: &BTreeMap<u32, String>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if let Some(uri) = uris.get(&row) {
        out.extend(b",\"BulkDataURI\":");
        text::quoted(uri, out);
        return Ok(());
    }
    let bytes = bytes(document, row)?;
    if bytes.is_empty() {
        return Ok(());
    }
    let is_big = entry.flags.has(Flags::BIG_ENDIAN);
    if entry.vr.is_bulk() || entry.vr == Vr::UsOrSs {
        return inline(&values::little(entry.vr, bytes, is_big), out);
    }
    let charset = charset.unwrap_or_else(|| document.charset(row));
    values::write(entry, &bytes, is_big, &charset, out)
}

fn bytes(document: &Document, row: u32) -> Result<Cow<'_, [u8]>> {
    if let Some(bytes) = document.present(row) {
        return Ok(Cow::Borrowed(bytes));
    }
    let size = usize::try_from(document.extent(row).1)
        .map_err(|_| Error::new(ErrorKind::Limit, "a value of more bytes than there are addresses"))?;
    let mut bytes = try_vec(size)?;
    bytes.resize(size, 0);
    document.read_into(row, 0, &mut bytes)?;
    Ok(Cow::Owned(bytes))
}

/// `"InlineBinary":"…"`, little endian (PS3.18 F.2.7).
fn inline(bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    out.extend(b",\"InlineBinary\":\"");
    let start = out.len();
    let size = base64::encoded_len(bytes.len(), true).ok_or_else(no_memory)?;
    out.try_reserve(size + 2).map_err(|_| no_memory())?;
    out.resize(start + size, 0);
    let room = out.get_mut(start..).unwrap_or_default();
    STANDARD.encode_slice(bytes, room).map_err(|_| no_memory())?;
    out.push(b'"');
    Ok(())
}

pub(super) fn no_memory() -> Error {
    Error::new(ErrorKind::Limit, "no memory for the text")
}
