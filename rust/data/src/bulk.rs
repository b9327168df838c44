//! Values that are one block of bytes, in a text: inline in base64, or elsewhere by a URI.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use radiogram_core::vr::Storage;
use radiogram_core::{Error, ErrorKind, Result, Tag, Vr, try_vec};

use crate::{Document, NodeId};

/// Rows whose values are one block of more than so many bytes: those that may stand elsewhere.
pub fn bulk_rows(document: &Document, node: NodeId, more_than: u64) -> Vec<u32> {
    let Some(end) = document.entry(node.0).map(|entry| entry.end) else { return Vec::new() };
    let is_bulk = |row: &u32| {
        let Some(entry) = document.entry(*row) else { return false };
        entry.vr.is_bulk() && entry.tag != Tag::ITEM && document.extent(*row).1 > more_than
    };
    (node.0 + 1..end).filter(is_bulk).collect()
}

/// The bytes of a value, from memory or from the file; nothing of them is kept.
pub(crate) fn bytes(document: &Document, row: u32) -> Result<Cow<'_, [u8]>> {
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

/// Appends bytes in base64.
pub(crate) fn base64(bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let size = base64::encoded_len(bytes.len(), true).ok_or_else(no_memory)?;
    out.try_reserve(size + 2).map_err(|_| no_memory())?;
    out.resize(start + size, 0);
    let room = out.get_mut(start..).unwrap_or_default();
    STANDARD.encode_slice(bytes, room).map_err(|_| no_memory())?;
    Ok(())
}

/// A block of bytes with the lowest byte of each word first.
pub(crate) fn little(vr: Vr, bytes: Cow<'_, [u8]>, big_endian: bool) -> Cow<'_, [u8]> {
    let width = match vr.storage() {
        Storage::Unsigned(size) | Storage::Signed(size) | Storage::Float(size) => usize::from(size),
        _ => 1,
    };
    if !big_endian || width == 1 {
        return bytes;
    }
    let mut swapped = bytes.into_owned();
    swapped.chunks_mut(width).for_each(<[u8]>::reverse);
    Cow::Owned(swapped)
}

pub(crate) fn no_memory() -> Error {
    Error::new(ErrorKind::Limit, "no memory for the text")
}
