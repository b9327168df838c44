//! The values of an element as a JSON array (PS3.18 F.2.3 to F.2.5).

use radiogram_core::{Charset, Result, Vr};

use super::{number, text};
use crate::Entry;
use crate::bulk::no_memory;
use crate::value::{self, Scalar, first_of};

/// The largest number up to which every whole one is an `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends `,"Value":[…]`; nothing where there is no value.
pub(super) fn write(
    entry: &Entry,
    bytes: &[u8],
    big_endian: bool,
    charset: &Charset,
    out: &mut Vec<u8>,
) -> Result<()> {
    // A number of eight bytes takes at most 24 characters, a byte of text six.
    let most = bytes.len().checked_mul(6).and_then(|size| size.checked_add(64)).ok_or_else(no_memory)?;
    out.try_reserve(most.min(bytes.len().saturating_mul(2).saturating_add(64))).map_err(|_| no_memory())?;
    let start = out.len();
    out.extend(b",\"Value\":[");
    let (mut count, mut is_missing) = (0_usize, true);
    value::each(entry.vr, bytes, big_endian, charset, &mut |_, _| {}, &mut |scalar| {
        let scalar = if count == 0 { first_of(entry.tag, scalar) } else { scalar };
        if count > 0 {
            out.push(b',');
        }
        count += 1;
        is_missing &= matches!(scalar, Scalar::Missing);
        match &scalar {
            Scalar::Decimal { text, .. } if is_odd_integer(entry.vr, &scalar) => text::quoted(text, out),
            _ => one(&scalar, out),
        }
    });
    // PS3.18 F.2.5: one value that is only padding is none.
    if count == 0 || (count == 1 && is_missing) {
        out.truncate(start);
    } else {
        out.push(b']');
    }
    Ok(())
}

fn one(scalar: &Scalar<'_>, out: &mut Vec<u8>) {
    match scalar {
        Scalar::Uint(number) => number::whole(number, out),
        // PS3.18 F.2.5: an empty value among others is null.
        Scalar::Missing => out.extend(b"null"),
        Scalar::Text(text) | Scalar::Uid(text) if text.is_empty() => out.extend(b"null"),
        Scalar::Text(text) | Scalar::Uid(text) => text::quoted(text, out),
        // The digits that stand there, where JSON writes them so: nothing is rounded.
        Scalar::Decimal { text, .. } | Scalar::Integer { text, .. } if number::is_number(text.as_bytes()) => {
            out.extend(text.bytes());
        }
        Scalar::Float(number) | Scalar::Decimal { number, .. } => number::float(*number, out),
        Scalar::Int(number) | Scalar::Integer { number, .. } => number::whole(number, out),
        Scalar::Tag(tag) => {
            out.push(b'"');
            text::tag(tag.0, out);
            out.push(b'"');
        }
        Scalar::Name(name) => person_name(name, out),
    }
}

/// An IS that is no whole number, or none of those that are exact in JSON's readers. PS3.18 F.2.3: text may stand for any IS.
fn is_odd_integer(vr: Vr, scalar: &Scalar<'_>) -> bool {
    let Scalar::Decimal { number, text } = scalar else { return false };
    vr == Vr::IS && (number.fract() != 0.0 || (number.abs() > EXACT && text.parse::<i128>().is_err()))
}

/// PS3.18 F.2.2: the component groups that are not empty.
fn person_name(name: &str, out: &mut Vec<u8>) {
    if name.is_empty() {
        return out.extend(b"null");
    }
    out.push(b'{');
    let start = out.len();
    for (label, group) in ["\"Alphabetic\":", "\"Ideographic\":", "\"Phonetic\":"].iter().zip(name.split('='))
    {
        if !group.is_empty() {
            if out.len() > start {
                out.push(b',');
            }
            out.extend(label.bytes());
            text::quoted(group, out);
        }
    }
    out.push(b'}');
}
