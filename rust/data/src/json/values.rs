//! The values of an element as a JSON array, and back (PS3.18 F.2.3 to F.2.7).

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use radiogram_core::vr::Storage;
use radiogram_core::{Charset, Error, ErrorKind, Result, Tag, Vr};

use super::write::no_memory;
use super::{number, text};
use crate::draft::Value;
use crate::value::{self, Scalar, first_of};
use crate::write::decimal;
use crate::{Draft, Entry};

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
    let mut count = 0_usize;
    value::each(entry.vr, bytes, big_endian, charset, &mut |_, _| {}, &mut |scalar| {
        let scalar = if count == 0 { first_of(entry.tag, scalar) } else { scalar };
        if count > 0 {
            out.push(b',');
        }
        count += 1;
        one(&scalar, out);
    });
    if count == 0 {
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

/// A block of bytes with the lowest byte of each word first.
pub(super) fn little(vr: Vr, bytes: Cow<'_, [u8]>, big_endian: bool) -> Cow<'_, [u8]> {
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

/// One of the values that JSON gives.
pub(super) enum Given<'t> {
    Null,
    Text(Cow<'t, str>),
    Number(&'t str),
    /// The component groups of a person's name.
    Name([Cow<'t, str>; 3]),
    Item(Draft),
    /// `{}`: an item without elements, or a name without groups.
    Object,
}

/// The value of an element, or the items of a sequence.
pub(super) fn value_of(
    vr: Vr,
    given: Vec<Given<'_>>,
    inline: Option<&str>,
) -> Result<std::result::Result<Value, Vec<Draft>>> {
    if vr == Vr::SQ {
        let item = |given| match given {
            Given::Item(draft) => Ok(draft),
            Given::Object | Given::Null => Ok(Draft::default()),
            _ => Err(wrong("JSON: an item that is no data set")),
        };
        if inline.is_some() {
            return Err(wrong("JSON: a sequence that is no array"));
        }
        return given.into_iter().map(item).collect::<Result<Vec<_>>>().map(Err);
    }
    if let Some(inline) = inline {
        let bytes = STANDARD.decode(inline).map_err(|_| wrong("JSON: InlineBinary that is no base64"))?;
        return Ok(Ok(if bytes.is_empty() { Value::Empty } else { Value::Bytes(Arc::new(bytes)) }));
    }
    if given.is_empty() {
        return Ok(Ok(Value::Empty));
    }
    Ok(Ok(match vr.storage() {
        Storage::Text => {
            let texts = given.into_iter().map(|given| text_of(vr, given)).collect::<Result<Vec<_>>>()?;
            if texts.iter().all(String::is_empty) && texts.len() < 2 {
                Value::Empty
            } else {
                Value::Text(texts)
            }
        }
        Storage::Float(_) if !vr.is_bulk() => Value::Floats(numbers(given, |text| text.parse().ok())?),
        Storage::Tags => Value::Integers(numbers(given, tag_of)?),
        Storage::Unsigned(_) | Storage::Signed(_) if !vr.is_bulk() => Value::Integers(numbers(given, whole)?),
        _ => return Err(wrong("JSON: a block of bytes is InlineBinary or BulkDataURI")),
    }))
}

fn wrong(message: &'static str) -> Error {
    Error::new(ErrorKind::Value, message)
}

fn text_of(vr: Vr, given: Given<'_>) -> Result<String> {
    match given {
        Given::Null => Ok(String::new()),
        Given::Object if vr == Vr::PN => Ok(String::new()),
        Given::Text(text) => Ok(text.into_owned()),
        Given::Name(groups) if vr == Vr::PN => Ok(groups.join("=").trim_end_matches('=').to_owned()),
        Given::Number(digits) if vr == Vr::IS => {
            // 3.0 is a whole number, and some write it so.
            let number = whole(digits).ok_or_else(|| wrong("JSON: an IS with a fraction"))?;
            Ok(number.to_string())
        }
        // PS3.5 6.2: at most 16 characters, and those that JSON has are among those of DS.
        Given::Number(digits) if vr == Vr::DS && digits.len() <= 16 => Ok(digits.to_owned()),
        Given::Number(digits) if vr == Vr::DS => decimal(digits.parse().map_err(|_| wrong("no number"))?),
        _ => Err(wrong("JSON: a value of another kind than its VR has")),
    }
}

fn numbers<T>(given: Vec<Given<'_>>, read: fn(&str) -> Option<T>) -> Result<Vec<T>> {
    let one = |given| match given {
        Given::Number(digits) => read(digits),
        // PS3.18 F.2.3: strings are allowed for some numbers, and what is no number has no other form.
        Given::Text(text) => read(text.trim()),
        _ => None,
    };
    let mut numbers = Vec::new();
    numbers.try_reserve_exact(given.len()).map_err(|_| no_memory())?;
    for given in given {
        numbers.push(one(given).ok_or_else(|| wrong("JSON: a value that is no number of its VR"))?);
    }
    Ok(numbers)
}

/// A whole number, whatever its form: `2`, `2.0`, `2e3`.
fn whole(text: &str) -> Option<i128> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let number: f64 = text.parse().ok()?;
    if number.fract() != 0.0 || number.abs() > 9_007_199_254_740_992.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within what an f64 holds exactly")]
    Some(number as i128)
}

/// PS3.18 F.2.3: a tag is eight hexadecimal digits.
fn tag_of(text: &str) -> Option<i128> {
    (text.len() == 8).then(|| u32::from_str_radix(text, 16).ok().map(|tag| i128::from(Tag(tag).0)))?
}
