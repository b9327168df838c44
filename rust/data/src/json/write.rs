//! From the index to JSON.

use std::collections::BTreeMap;

use radiogram_core::{Charset, Result, Vr};

use super::{text, values};
use crate::bulk::{base64, bytes, little, no_memory};
use crate::visit::{Event, visit};
use crate::{Document, Entry, Flags, NodeId};

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
    out.push(b'{');
    let mut is_first = true;
    visit(document, node, |event| {
        out.try_reserve(256).map_err(|_| no_memory())?;
        if matches!(event, Event::Element(..) | Event::Sequence(..) | Event::Item(..)) {
            if !is_first {
                out.push(b',');
            }
            is_first = false;
        }
        match event {
            Event::Element(row, entry) => {
                head(entry, out);
                value(document, row, entry, charset, uris, out)?;
                out.push(b'}');
            }
            // PS3.18 F.2.5: where there is nothing, there is no Value.
            Event::Sequence(row, entry) => {
                head(entry, out);
                if document.items(row).next().is_some() {
                    out.extend(b",\"Value\":[");
                }
                is_first = true;
            }
            Event::Item(..) => {
                out.push(b'{');
                is_first = true;
            }
            Event::EndItem => {
                out.push(b'}');
                is_first = false;
            }
            Event::EndSequence => {
                // No item was met where the sequence was the last thing that began.
                let is_empty = std::mem::take(&mut is_first);
                out.extend(if is_empty { &b"}"[..] } else { b"]}" });
            }
        }
        Ok(())
    })?;
    out.push(b'}');
    Ok(())
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
        // PS3.18 F.2.7.
        out.extend(b",\"InlineBinary\":\"");
        base64(&little(entry.vr, bytes, is_big), out)?;
        out.push(b'"');
        return Ok(());
    }
    let charset = charset.unwrap_or_else(|| document.charset(row));
    values::write(entry, &bytes, is_big, &charset, out)
}
