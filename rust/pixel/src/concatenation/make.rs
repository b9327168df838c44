//! What all parts of a concatenation must share, as numbers that are compared: the shared functional groups, what describes the pixels, and
//! what says where and of what they are.

use std::hash::{DefaultHasher, Hasher};
use std::sync::LazyLock;

use radiogram_core::vr::Storage;
use radiogram_core::{Result, Tag, dictionary};
use radiogram_data::Document;

use crate::attributes::Attributes;
use crate::{DataSet, Kind, tags};

/// Those of them that are no description of pixels.
const PLACES: [Tag; 20] = [
    Tag(0x0008_0008),
    Tag(0x0008_0016),
    Tag(0x0008_0060),
    Tag(0x0020_000D),
    Tag(0x0020_000E),
    Tag(0x0020_0052),
    Tag(0x0020_0242),
    Tag(0x0020_9222),
    Tag(0x0020_9311),
    Tag(0x0028_0030),
    Tag(0x0048_0006),
    Tag(0x0048_0007),
    Tag(0x0048_0008),
    Tag(0x0048_0102),
    Tag(0x0048_0105),
    Tag(0x0048_0303),
    Tag(0x0062_0001),
    Tag(0x0062_0002),
    Tag(0x0062_000E),
    Tag(0x0062_0010),
];

/// The elements that are compared, ascending. A reader that did not read one compares nothing in it.
pub fn compared() -> &'static [Tag] {
    static COMPARED: LazyLock<Vec<Tag>> = LazyLock::new(|| tags::merged(&[&PLACES, &tags::DESCRIPTION]));
    &COMPARED
}

/// What a part shares with the others: a number for each of [`compared`], and the element that holds the pixels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Make {
    numbers: Vec<u128>,
    pixels: Option<Tag>,
}

impl Make {
    pub(super) fn of(document: &Document, set: &DataSet<'_>) -> Result<Self> {
        let number = |tag| set.row(tag).map_or(Ok(0), |row| number(document, row));
        let numbers = compared().iter().copied().map(number).collect::<Result<_>>()?;
        let kinds = [Kind::Integer, Kind::Float, Kind::Double].map(Kind::tag);
        Ok(Self { numbers, pixels: kinds.into_iter().find(|tag| set.vr(*tag).is_some()) })
    }

    /// That of a part of which nothing was read.
    pub(super) fn none() -> Self {
        Self { numbers: vec![0; compared().len()], pixels: None }
    }

    /// The same, with an element.
    #[cfg(test)]
    pub(super) fn with(tag: Tag) -> Self {
        let numbers = compared().iter().map(|compared| u128::from(*compared == tag)).collect();
        Self { numbers, pixels: None }
    }

    /// The first element in which two parts differ.
    pub(super) fn differs(&self, other: &Self) -> Option<Tag> {
        let mut pairs = compared().iter().copied().zip(self.numbers.iter().zip(&other.numbers));
        let found = pairs.find(|(_, (ours, theirs))| ours != theirs).map(|(tag, _)| tag);
        found.or((self.pixels != other.pixels).then_some(tags::PIXELS))
    }
}

/// The name of an element.
pub(super) fn name(tag: Tag) -> &'static str {
    dictionary::by_tag(tag).map_or("an element", |entry| entry.keyword)
}

/// A number that is the same for elements of the same content, however their lengths are written.
fn number(document: &Document, row: u32) -> Result<u128> {
    // Two of 64 bits, from different beginnings.
    let mut hashers = [DefaultHasher::new(), DefaultHasher::new()];
    hashers.iter_mut().zip(0_u8..).for_each(|(hasher, beginning)| hasher.write_u8(beginning));
    let mut write = |bytes: &[u8]| {
        for hasher in &mut hashers {
            hasher.write_usize(bytes.len());
            hasher.write(bytes);
        }
    };
    let base = document.entry(row).map_or(0, |entry| entry.depth);
    let end = document.entry(row).map_or(row, |entry| entry.end);
    for at in row..end {
        let Some(entry) = document.entry(at) else { break };
        write(&entry.tag.0.to_le_bytes());
        write(&[entry.depth.saturating_sub(base), u8::from(entry.is_container())]);
        if entry.is_container() || entry.tag == Tag::ITEM {
            continue;
        }
        let bytes = document.bytes(at)?;
        // PS3.5 6.2: what pads a text is none of it.
        let is_text = entry.vr.storage() == Storage::Text;
        let padding = |byte: &&u8| is_text && matches!(byte, b' ' | b'\0');
        let kept = bytes.len() - bytes.iter().rev().take_while(padding).count();
        write(bytes.get(..kept).unwrap_or_default());
    }
    let [one, other] = &hashers;
    Ok(u128::from(one.finish()) << 64 | u128::from(other.finish()))
}
