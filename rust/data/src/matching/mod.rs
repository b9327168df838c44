//! Matching (PS3.4 C.2.2.2): whether a data set is what a query asks for. One function over data sets, for any store behind it.
//!
//! A key without a value matches everything. With several values any of them may match, and so may any value of the data set. What the
//! query says of itself (its level, its character set, its time zone) is no key.

mod name;
mod range;
mod wildcard;

use std::borrow::Cow;

use radiogram_core::{Result, Tag, Vr};

use crate::value::{Scalar, each};
use crate::{Document, NodeId};

/// How far names and texts are the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Names of people are the same in capitals and in small letters, which a provider may decide (PS3.4 C.2.2.2.1).
    pub names_ignore_case: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { names_ignore_case: true }
    }
}

/// Whether a text is what a pattern says: `*` stands for any characters, `?` for one.
pub fn is_like(pattern: &str, text: &str) -> bool {
    wildcard::matches(pattern, text)
}

/// What a query says of itself: Specific Character Set, Query/Retrieve Level, Timezone Offset From UTC (PS3.4 C.4.1.1.3).
const NO_KEYS: [Tag; 3] = [Tag::CHARACTER_SET, Tag::new(0x0008, 0x0052), Tag::new(0x0008, 0x0201)];

/// A sequence of the query on its way down: its keys, and the items that may match all of them (PS3.4 C.2.2.2.6).
struct Level {
    keys: Vec<u32>,
    /// The key that comes next.
    next: usize,
    items: Vec<NodeId>,
    /// The item that is looked at.
    item: usize,
}

impl Level {
    fn new(query: &Document, node: NodeId, items: Vec<NodeId>) -> Self {
        Self { keys: query.children(node), next: 0, items, item: 0 }
    }
}

/// What one key says at once.
enum Verdict {
    Yes,
    No,
    /// It is a sequence: its item has keys, and there are items to look at.
    Below(Level),
}

/// Whether a data set matches all keys of a query.
pub fn matches(query: &Document, data_set: &Document, options: Options) -> Result<bool> {
    let mut levels = vec![Level::new(query, query.root(), vec![data_set.root()])];
    loop {
        let Some(level) = levels.last_mut() else { return Ok(true) };
        let Some(&item) = level.items.get(level.item) else {
            // No item matches: neither does what holds the sequence.
            levels.pop();
            match levels.last_mut() {
                Some(above) => (above.item, above.next) = (above.item + 1, 0),
                None => return Ok(false),
            }
            continue;
        };
        let Some(&key) = level.keys.get(level.next) else {
            // An item that matches all keys is enough, and the level above goes on.
            levels.pop();
            continue;
        };
        level.next += 1;
        match key_matches(query, key, data_set, item, options)? {
            Verdict::Yes => {}
            Verdict::No => (level.item, level.next) = (level.item + 1, 0),
            Verdict::Below(below) => levels.push(below),
        }
    }
}

fn key_matches(
    query: &Document,
    key: u32,
    data_set: &Document,
    item: NodeId,
    options: Options,
) -> Result<Verdict> {
    let Some(entry) = query.entry(key) else { return Ok(Verdict::Yes) };
    let is_level = item == data_set.root() && NO_KEYS.contains(&entry.tag);
    if entry.tag.is_group_length() || entry.tag == Tag::CHARACTER_SET || is_level {
        return Ok(Verdict::Yes);
    }
    let row = data_set.find(item, entry.tag);
    if entry.vr == Vr::SQ {
        // PS3.4 C.2.2.2.6: no item, or an item without keys, is universal.
        let asked = query.items(key).next().filter(|node| !query.children(*node).is_empty());
        let Some(node) = asked else { return Ok(Verdict::Yes) };
        let items = row.map(|row| data_set.items(row).collect()).unwrap_or_default();
        return Ok(Verdict::Below(Level::new(query, node, items)));
    }
    let keys = texts(query, key)?;
    if keys.iter().all(|key| key.is_empty()) {
        return Ok(Verdict::Yes);
    }
    let values = row.map(|row| texts(data_set, row)).transpose()?.unwrap_or_default();
    let one = |key: &str, value: &str| value_matches(entry.vr, key, value, options);
    let is_match = keys.iter().any(|key| {
        // PS3.4 C.2.2.2.4: an asterisk alone is universal, and matches what has no value.
        is_wild(entry.vr) && key.bytes().all(|byte| byte == b'*') && !key.is_empty()
            || values.iter().any(|value| one(key, value))
    });
    Ok(if is_match { Verdict::Yes } else { Verdict::No })
}

/// Where `*` and `?` stand for others (PS3.4 C.2.2.2.4).
fn is_wild(vr: Vr) -> bool {
    matches!(vr, Vr::AE | Vr::CS | Vr::LO | Vr::LT | Vr::PN | Vr::SH | Vr::ST | Vr::UC | Vr::UR | Vr::UT)
}

fn value_matches(vr: Vr, key: &str, value: &str, options: Options) -> bool {
    match vr {
        Vr::DA | Vr::TM | Vr::DT => range::matches(vr, key, value),
        Vr::PN => name::matches(key, value, options.names_ignore_case),
        _ if is_wild(vr) => wildcard::matches(key, value),
        _ => key == value,
    }
}

/// The values of an element as text, without the spaces that do not count; numbers in one spelling.
fn texts(document: &Document, row: u32) -> Result<Vec<Cow<'_, str>>> {
    let Some(entry) = document.entry(row) else { return Ok(Vec::new()) };
    let bytes = document.bytes(row)?;
    let big_endian = entry.flags.has(crate::Flags::BIG_ENDIAN);
    let mut found = Vec::new();
    each(entry.vr, bytes, big_endian, &document.charset(row), &mut |_, _| {}, &mut |scalar| {
        found.push(match scalar {
            Scalar::Text(text) | Scalar::Name(text) | Scalar::Uid(text) => trimmed(text),
            Scalar::Int(number) | Scalar::Integer { number, .. } => Cow::Owned(number.to_string()),
            Scalar::Uint(number) => Cow::Owned(number.to_string()),
            Scalar::Float(number) | Scalar::Decimal { number, .. } => Cow::Owned(number.to_string()),
            Scalar::Tag(tag) => Cow::Owned(tag.to_string()),
            Scalar::Missing => Cow::Borrowed(""),
        });
    });
    Ok(found)
}

/// Spaces in front count nowhere where they could be typed by hand; behind they never do (PS3.5 6.2).
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches([' ', '\0'])),
        Cow::Owned(text) => Cow::Owned(text.trim_matches([' ', '\0']).to_owned()),
    }
}

#[cfg(test)]
mod tests;
