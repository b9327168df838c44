//! Matching (PS3.4 C.2.2.2): whether a data set is what a query asks for. One function over data sets, for any store behind it.
//!
//! A key without a value matches everything. With several values any of them may match, and so may any value of the data set. What the
//! query says of itself (its level, its character set, its time zone) is no key, nor is who the private keys are of: they are looked for where
//! the data set has the elements of that creator (PS3.5 7.8.1).
//!
//! What two sides have to agree on first (PS3.4 C.5) is an option: ranges of a date and its time as one, names by their sound, time zones.

mod fuzzy;
mod name;
mod range;
mod wildcard;

use std::borrow::Cow;

use radiogram_core::{Result, Tag, Vr, dictionary};

use crate::value::{Scalar, each};
use crate::{Document, NodeId};

/// What was agreed on for a query.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is agreed on by itself (PS3.4 table C.5-1)")]
pub struct Options {
    /// Names of people are the same in capitals and in small letters, which a provider may decide (PS3.4 C.2.2.2.1).
    pub names_ignore_case: bool,
    /// Names of people are found by their sound and in any order, too (fuzzy semantic matching).
    pub names_are_fuzzy: bool,
    /// Ranges of a date and of the time that belongs to it are one range (PS3.4 C.2.2.2.5.3).
    pub combines_date_and_time: bool,
    /// Two quotation marks match what has no value (PS3.4 C.2.2.2, empty value matching).
    pub empty_values: bool,
    /// Minutes that data sets which do not say so are ahead of UTC, where time zones count (PS3.4 C.4.1.1.3.1).
    pub zone: Option<i32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            names_ignore_case: true,
            names_are_fuzzy: false,
            combines_date_and_time: false,
            empty_values: false,
            zone: None,
        }
    }
}

/// Whether a text is what a pattern says: `*` stands for any characters, `?` for one.
pub fn is_like(pattern: &str, text: &str) -> bool {
    wildcard::matches(pattern, text)
}

/// What a query says of itself: Specific Character Set, Query/Retrieve Level, Timezone Offset From UTC (PS3.4 C.4.1.1.3).
const NO_KEYS: [Tag; 3] = [Tag::CHARACTER_SET, Tag::new(0x0008, 0x0052), ZONE];

/// Two quotation marks: the value of a key that asks for what has none.
const NO_VALUE: &str = "\"\"";

/// Timezone Offset From UTC.
const ZONE: Tag = Tag::new(0x0008, 0x0201);

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
    matches_at((query, query.root()), (data_set, data_set.root()), options)
}

/// The same, where each is a data set or an item of one.
pub fn matches_at(
    query: (&Document, NodeId),
    data_set: (&Document, NodeId),
    options: Options,
) -> Result<bool> {
    let asked =
        Asked { query: query.0, data_set: data_set.0, options, zones: zones(query, data_set, options)? };
    let mut levels = vec![Level::new(query.0, query.1, vec![data_set.1])];
    loop {
        let is_top = levels.len() == 1;
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
        match asked.key_matches(key, &level.keys, item, is_top)? {
            Verdict::Yes => {}
            Verdict::No => (level.item, level.next) = (level.item + 1, 0),
            Verdict::Below(below) => levels.push(below),
        }
    }
}

/// Both time zones, where they count and the query says its own.
fn zones(
    query: (&Document, NodeId),
    data_set: (&Document, NodeId),
    options: Options,
) -> Result<Option<range::Zones>> {
    let Some(local) = options.zone else { return Ok(None) };
    let said = |(document, node): (&Document, NodeId)| -> Result<Option<i64>> {
        let Some(row) = document.find(node, ZONE) else { return Ok(None) };
        Ok(texts(document, row)?.first().and_then(|text| range::offset(text)))
    };
    let Some(of_query) = said(query)? else { return Ok(None) };
    let data_set = said(data_set)?.unwrap_or(i64::from(local) * 60_000_000);
    Ok(Some(range::Zones { query: of_query, data_set }))
}

/// A query and a data set.
struct Asked<'d> {
    query: &'d Document,
    data_set: &'d Document,
    options: Options,
    zones: Option<range::Zones>,
}

impl Asked<'_> {
    fn key_matches(&self, key: u32, keys: &[u32], item: NodeId, is_top: bool) -> Result<Verdict> {
        let Some(entry) = self.query.entry(key) else { return Ok(Verdict::Yes) };
        let is_level = is_top && NO_KEYS.contains(&entry.tag);
        let is_about_keys = entry.tag.is_group_length() || entry.tag.is_private_creator();
        if is_about_keys || entry.tag == Tag::CHARACTER_SET || is_level {
            return Ok(Verdict::Yes);
        }
        let row = match self.place(entry.tag, keys, item)? {
            Some(tag) => self.data_set.find(item, tag),
            None => None,
        };
        if entry.vr == Vr::SQ {
            // PS3.4 C.2.2.2.6: no item, or an item whose keys ask for nothing, is universal.
            let Some(node) = self.query.items(key).next() else { return Ok(Verdict::Yes) };
            if self.is_universal(node)? {
                return Ok(Verdict::Yes);
            }
            let items = row.map(|row| self.data_set.items(row).collect()).unwrap_or_default();
            return Ok(Verdict::Below(Level::new(self.query, node, items)));
        }
        let wanted = texts(self.query, key)?;
        if is_empty(&wanted) {
            return Ok(Verdict::Yes);
        }
        let values = row.map(|row| texts(self.data_set, row)).transpose()?.unwrap_or_default();
        if self.asks_for_nothing_there(&wanted) && is_empty(&values) {
            return Ok(Verdict::Yes);
        }
        let is_match = match self.partner(entry.tag, entry.vr, keys) {
            Some((other, other_key)) => {
                self.moment_matches(entry.vr, &wanted, &values, other, other_key, item)?
            }
            None => wanted.iter().any(|wanted| self.is_one_of(entry.vr, wanted, &values)),
        };
        Ok(if is_match { Verdict::Yes } else { Verdict::No })
    }

    /// Where the data set has what a key asks for: of a private one in the block of the same creator, none where it has no such block.
    fn place(&self, tag: Tag, keys: &[u32], item: NodeId) -> Result<Option<Tag>> {
        let block = tag.element() >> 8;
        let of_block = |block: u16| Tag::new(tag.group(), block);
        if !tag.is_private() || block < 0x10 {
            return Ok(Some(tag));
        }
        let tag_of = |row: &u32| self.query.entry(*row).map(|entry| entry.tag);
        let Some(row) = keys.iter().copied().find(|row| tag_of(row) == Some(of_block(block))) else {
            // Who does not say whose it is means it as it stands.
            return Ok(Some(tag));
        };
        let creator = texts(self.query, row)?;
        for block in std::iter::once(block).chain(0x10..=0xFF) {
            if let Some(row) = self.data_set.find(item, of_block(block))
                && texts(self.data_set, row)? == creator
            {
                return Ok(Some(Tag::new(tag.group(), block << 8 | tag.element() & 0xFF)));
            }
        }
        Ok(None)
    }

    /// Whether an item asks for nothing at all.
    fn is_universal(&self, node: NodeId) -> Result<bool> {
        let end = self.query.entry(node.0).map_or(0, |item| item.end);
        for row in node.0 + 1..end {
            let Some(entry) = self.query.entry(row) else { break };
            // The rows of a sequence follow it; who private keys are of is no wish.
            let is_key = entry.vr != Vr::SQ && !entry.tag.is_private_creator();
            if is_key && !texts(self.query, row)?.iter().all(|key| is_no_wish(entry.vr, key)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a key asks for what has no value (PS3.4 C.2.2.2, empty value matching).
    fn asks_for_nothing_there(&self, wanted: &[Cow<'_, str>]) -> bool {
        self.options.empty_values && wanted.iter().any(|one| one == NO_VALUE)
    }

    fn is_one_of(&self, vr: Vr, wanted: &str, values: &[Cow<'_, str>]) -> bool {
        if self.options.empty_values && wanted == NO_VALUE {
            return is_empty(values);
        }
        // PS3.4 C.2.2.2.4: an asterisk alone is universal, and matches what has no value.
        is_no_wish(vr, wanted) && !wanted.is_empty()
            || values.iter().any(|value| self.value_matches(vr, wanted, value))
    }

    /// The time that belongs to a date or the date that belongs to a time, and the key that asks for it: where the two are looked at
    /// together. Their keywords are the same but for that word.
    fn partner(&self, tag: Tag, vr: Vr, keys: &[u32]) -> Option<(Tag, Option<u32>)> {
        if !self.options.combines_date_and_time && self.zones.is_none() {
            return None;
        }
        let keyword = dictionary::by_tag(tag)?.keyword;
        let (own, others) = match vr {
            Vr::DA => ("Date", "Time"),
            Vr::TM => ("Time", "Date"),
            _ => return None,
        };
        let other = dictionary::by_keyword(&format!("{}{others}", keyword.strip_suffix(own)?))?;
        let tag_of = |row: &u32| self.query.entry(*row).map(|entry| entry.tag);
        Some((other, keys.iter().copied().find(|row| tag_of(row) == Some(other))))
    }

    fn moment_matches(
        &self,
        vr: Vr,
        wanted: &[Cow<'_, str>],
        values: &[Cow<'_, str>],
        other: Tag,
        other_key: Option<u32>,
        item: NodeId,
    ) -> Result<bool> {
        let other_wanted = other_key.map(|row| texts(self.query, row)).transpose()?.unwrap_or_default();
        let row = self.data_set.find(item, other);
        let other_values = row.map(|row| texts(self.data_set, row)).transpose()?.unwrap_or_default();
        let first = |texts: &'_ [Cow<'_, str>]| texts.first().map(ToString::to_string).unwrap_or_default();
        let (own, others) = (first(values), first(&other_values));
        // What is to have no value is no end of a range: that key is looked at by itself.
        let other_key =
            if self.asks_for_nothing_there(&other_wanted) { String::new() } else { first(&other_wanted) };
        Ok(wanted.iter().any(|key| {
            let (keys, values) = if vr == Vr::DA {
                let keys = range::Moment { date: key, time: &other_key };
                (keys, range::Moment { date: &own, time: &others })
            } else {
                let keys = range::Moment { date: &other_key, time: key };
                (keys, range::Moment { date: &others, time: &own })
            };
            range::moment_matches(keys, values, self.options.combines_date_and_time, self.zones)
        }))
    }

    fn value_matches(&self, vr: Vr, key: &str, value: &str) -> bool {
        match vr {
            Vr::DA | Vr::TM | Vr::DT => range::matches(vr, key, value, self.zones),
            Vr::PN => {
                name::matches(key, value, self.options.names_ignore_case)
                    || self.options.names_are_fuzzy && fuzzy::matches(key, value)
            }
            _ if is_wild(vr) => wildcard::matches(key, value),
            _ => key == value,
        }
    }
}

fn is_empty(texts: &[Cow<'_, str>]) -> bool {
    texts.iter().all(|text| text.is_empty())
}

/// Whether a key takes anything (PS3.4 C.2.2.2.3, C.2.2.2.4).
fn is_no_wish(vr: Vr, key: &str) -> bool {
    // Components and groups of a name may all be empty, or all be anything.
    let is_nothing = |byte: u8| byte == b'*' || vr == Vr::PN && matches!(byte, b'^' | b'=');
    key.is_empty() || is_wild(vr) && key.bytes().all(is_nothing)
}

/// Where `*` and `?` stand for others (PS3.4 C.2.2.2.4).
fn is_wild(vr: Vr) -> bool {
    matches!(vr, Vr::AE | Vr::CS | Vr::LO | Vr::LT | Vr::PN | Vr::SH | Vr::ST | Vr::UC | Vr::UR | Vr::UT)
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
