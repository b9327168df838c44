//! The types that fields of a command have: how each is read from a command set and written. `Option` is a field that may be missing.

use radiogram_core::{Result, Tag};

use super::set::{CommandSet, SetWriter};
use crate::{AeTitle, Fault, Uid};

/// What a field of a command can be.
pub(crate) trait Element: Sized {
    fn read(set: &CommandSet<'_>, tag: Tag) -> std::result::Result<Self, Fault>;
    fn write(&self, tag: Tag, out: &mut SetWriter<'_>) -> Result<()>;
}

pub(crate) const MISSING: Fault = Fault::invalid("a mandatory field of the command is missing", 0);

impl Element for u16 {
    fn read(set: &CommandSet<'_>, tag: Tag) -> std::result::Result<Self, Fault> {
        set.u16(tag).ok_or(MISSING)
    }

    fn write(&self, tag: Tag, out: &mut SetWriter<'_>) -> Result<()> {
        out.put(tag, &self.to_le_bytes(), 0)
    }
}

impl Element for Uid {
    fn read(set: &CommandSet<'_>, tag: Tag) -> std::result::Result<Self, Fault> {
        set.find(tag).map(Self::of).filter(|uid| !uid.as_str().is_empty()).ok_or(MISSING)
    }

    fn write(&self, tag: Tag, out: &mut SetWriter<'_>) -> Result<()> {
        let mut value = Vec::new();
        self.encode(&mut value)?;
        out.put(tag, &value, 0)
    }
}

impl Element for AeTitle {
    fn read(set: &CommandSet<'_>, tag: Tag) -> std::result::Result<Self, Fault> {
        set.find(tag).map(Self::of_value).filter(|title| !title.is_blank()).ok_or(MISSING)
    }

    fn write(&self, tag: Tag, out: &mut SetWriter<'_>) -> Result<()> {
        out.put(tag, self.trimmed(), b' ')
    }
}

impl<T: Element> Element for Option<T> {
    /// A value that says nothing is one that is missing.
    fn read(set: &CommandSet<'_>, tag: Tag) -> std::result::Result<Self, Fault> {
        Ok(T::read(set, tag).ok())
    }

    fn write(&self, tag: Tag, out: &mut SetWriter<'_>) -> Result<()> {
        self.as_ref().map_or(Ok(()), |value| value.write(tag, out))
    }
}

/// Tags; none is a field that is missing.
impl Element for Vec<Tag> {
    fn read(set: &CommandSet<'_>, tag: Tag) -> std::result::Result<Self, Fault> {
        let (pairs, _) = set.find(tag).unwrap_or_default().as_chunks();
        let half = |low, high| u16::from_le_bytes([low, high]);
        Ok(pairs.iter().map(|&[g0, g1, e0, e1]| Tag::new(half(g0, g1), half(e0, e1))).collect())
    }

    fn write(&self, tag: Tag, out: &mut SetWriter<'_>) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        out.put(tag, &tag_bytes(self), 0)
    }
}

/// Tags as a value holds them (PS3.5 6.2, VR AT).
pub(crate) fn tag_bytes(tags: &[Tag]) -> Vec<u8> {
    let half = |tag: &Tag| [tag.group().to_le_bytes(), tag.element().to_le_bytes()];
    tags.iter().flat_map(half).flatten().collect()
}

/// How urgent an operation is (PS3.7 E.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Priority {
    /// 2.
    Low,
    /// 0, which counts for a value that is missing or unknown as well.
    #[default]
    Medium,
    /// 1.
    High,
}

impl Element for Priority {
    fn read(set: &CommandSet<'_>, tag: Tag) -> std::result::Result<Self, Fault> {
        Ok(match set.u16(tag) {
            Some(1) => Self::High,
            Some(2) => Self::Low,
            _ => Self::Medium,
        })
    }

    fn write(&self, tag: Tag, out: &mut SetWriter<'_>) -> Result<()> {
        let number: u16 = match self {
            Self::Medium => 0,
            Self::High => 1,
            Self::Low => 2,
        };
        number.write(tag, out)
    }
}
