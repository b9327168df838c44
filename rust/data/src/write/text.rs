//! Text that was read in one character set and is written in another (PS3.3 C.12.1.1.2).

use radiogram_core::{Charset, Result, TextKind, Vr};

use super::value::{kind, refuse, unsayable};

/// The value in the other character set, padded; `None` where its bytes mean the same in every one.
pub(super) fn recode(vr: Vr, bytes: &[u8], from: &Charset, to: &Charset) -> Result<Option<Vec<u8>>> {
    if !bytes.iter().any(|&byte| byte >= 0x80 || byte == 0x1B) {
        return Ok(None);
    }
    let kind = kind(vr);
    let mut text = String::new();
    let mut first = true;
    let mut add = |value: std::borrow::Cow<'_, str>| {
        if !std::mem::take(&mut first) {
            text.push('\\');
        }
        text.push_str(&value);
    };
    let outside = match kind {
        TextKind::Text => {
            let (value, outside) = from.decode(bytes);
            add(value);
            outside
        }
        TextKind::Values => from.decode_values(bytes, &mut add),
        TextKind::PersonName => from.decode_person_names(bytes, &mut add),
    };
    // What the old set does not explain would be lost without a word.
    if outside && text.contains('\u{FFFD}') {
        return Err(refuse("bytes that the specific character set they were read with does not explain"));
    }
    let text = text.trim_end_matches([' ', '\0']);
    let mut encoded = to.encode(text, kind).map_err(|_| unsayable())?;
    if encoded.len() % 2 == 1 {
        encoded.push(vr.pad());
    }
    Ok(Some(encoded))
}
