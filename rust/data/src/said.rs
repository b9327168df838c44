//! What a text said of a data set, in JSON or in XML: its draft, and the values that are elsewhere.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use radiogram_core::vr::Storage;
use radiogram_core::{Error, ErrorKind, Path, Result, Tag, Vr, dictionary};

use crate::Draft;
use crate::draft::{Change, Value};
use crate::write::decimal;

/// What a text said.
#[derive(Default)]
pub struct Read {
    /// The data set, without the elements of group 0002.
    pub data_set: Draft,
    /// The elements of group 0002, which have no place in the model and are met all the same.
    pub meta: Draft,
    /// Values that are elsewhere; their elements are empty.
    pub elsewhere: Vec<Elsewhere>,
    /// True where a text has characters beyond ASCII.
    pub beyond_ascii: bool,
}

impl Read {
    /// True where nothing is said of file meta information.
    pub fn is_bare(&self) -> bool {
        self.meta.changes.is_empty()
    }

    /// True where the pixel data are fragments: an item stands where native samples would begin (PS3.5 A.4).
    pub fn has_fragments(&self) -> bool {
        const ITEM: [u8; 4] = [0xFE, 0xFF, 0x00, 0xE0];
        let pixels = self.data_set.changes.get(&Tag::PIXELS);
        matches!(pixels, Some(Change::Set { value: Value::Bytes(bytes), .. }) if (**bytes).as_ref().starts_with(&ITEM))
    }
}

impl Read {
    /// What an element becomes by what was said of it. Where its VR is missing, which both models ask for, the dictionary knows.
    pub(crate) fn element(
        &mut self,
        tag: Tag,
        vr: Option<Vr>,
        given: Vec<Given<'_>>,
        inline: Option<&str>,
    ) -> Result<(Vr, Change)> {
        let vr = vr.or_else(|| dictionary::by_tag(tag).and_then(|entry| entry.vr)).unwrap_or(Vr::UN);
        let change = change_of(vr, given, inline)?;
        if let Change::Set { value: Value::Text(texts), .. } = &change {
            self.beyond_ascii |= texts.iter().any(|text| !text.is_ascii());
        }
        Ok((vr, change))
    }
}

/// A value that is to be found elsewhere (PS3.18 F.2.6).
pub struct Elsewhere {
    /// The element.
    pub path: Path,
    /// Its VR.
    pub vr: Vr,
    /// Where its value is.
    pub uri: String,
    /// Where in the text this is said.
    pub offset: u64,
}

/// Makes the character set of a data set and of everything in it UTF-8.
pub fn set_utf8(data_set: &mut Draft) {
    let value = Value::Text(vec!["ISO_IR 192".to_owned()]);
    data_set.changes.insert(Tag::CHARACTER_SET, Change::Set { vr: Vr::CS, value });
    let mut waiting: Vec<&mut Change> = data_set.changes.values_mut().collect();
    while let Some(change) = waiting.pop() {
        let Change::Items { items, .. } = change else { continue };
        for item in items {
            item.changes.remove(&Tag::CHARACTER_SET);
            waiting.extend(item.changes.values_mut());
        }
    }
}

/// One of the values that a text gives.
pub(crate) enum Given<'t> {
    Null,
    Text(Cow<'t, str>),
    Number(&'t str),
    /// The component groups of a person's name.
    Name([Cow<'t, str>; 3]),
    Item(Draft),
    /// `{}`: an item without elements, or a name without groups.
    Object,
}

/// What an element of this VR becomes.
fn change_of(vr: Vr, given: Vec<Given<'_>>, inline: Option<&str>) -> Result<Change> {
    if vr == Vr::SQ {
        let item = |given| match given {
            Given::Item(draft) => Ok(draft),
            Given::Object | Given::Null => Ok(Draft::default()),
            _ => Err(wrong("an item that is no data set")),
        };
        if inline.is_some() {
            return Err(wrong("a sequence that is no array"));
        }
        let items = given.into_iter().map(item).collect::<Result<Vec<_>>>()?;
        return Ok(Change::Items { row: None, items });
    }
    if let Some(inline) = inline {
        let bytes = STANDARD.decode(inline).map_err(|_| wrong("InlineBinary that is no base64"))?;
        let value = if bytes.is_empty() { Value::Empty } else { Value::Bytes(Arc::new(bytes)) };
        return Ok(Change::Set { vr, value });
    }
    if given.is_empty() {
        return Ok(Change::Set { vr, value: Value::Empty });
    }
    let value = match vr.storage() {
        Storage::Text => {
            let texts = given.into_iter().map(|given| text_of(vr, given)).collect::<Result<Vec<_>>>()?;
            if let Some(bytes) = foreign(vr, &texts) {
                Value::Bytes(Arc::new(bytes))
            } else if texts.iter().all(String::is_empty) && texts.len() < 2 {
                Value::Empty
            } else {
                Value::Text(texts)
            }
        }
        Storage::Float(_) if !vr.is_bulk() => Value::Floats(numbers(given, |text| text.parse().ok())?),
        Storage::Tags => Value::Integers(numbers(given, tag_of)?),
        Storage::Unsigned(_) | Storage::Signed(_) if !vr.is_bulk() => Value::Integers(numbers(given, whole)?),
        _ => return Err(wrong("a block of bytes is InlineBinary or BulkDataURI")),
    };
    Ok(Change::Set { vr, value })
}

/// Bytes that have no place in a VR of the default repertoire (PS3.5 6.1.2.2), and were read as Latin-1: they are written as they were.
fn foreign(vr: Vr, texts: &[String]) -> Option<Vec<u8>> {
    if vr.has_charset() || texts.iter().all(|text| text.is_ascii()) {
        return None;
    }
    texts.join("\\").chars().map(|character| u8::try_from(character).ok()).collect()
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
            let number = whole(digits).ok_or_else(|| wrong("an IS with a fraction"))?;
            Ok(number.to_string())
        }
        // PS3.5 6.2: at most 16 characters, and those that JSON has are among those of DS.
        Given::Number(digits) if vr == Vr::DS && digits.len() <= 16 => Ok(digits.to_owned()),
        Given::Number(digits) if vr == Vr::DS => decimal(digits.parse().map_err(|_| wrong("no number"))?),
        _ => Err(wrong("a value of another kind than its VR has")),
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
    numbers.try_reserve_exact(given.len()).map_err(|_| crate::bulk::no_memory())?;
    for given in given {
        numbers.push(one(given).ok_or_else(|| wrong("a value that is no number of its VR"))?);
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
