//! Private elements, which the model names by their creator and not by the block that it has (PS3.19 A.1.5, PS3.5 7.8.1).

use radiogram_core::{Charset, Tag, Vr};

use crate::draft::{Change, Value};
use crate::value::{self, Scalar};
use crate::{Document, Draft, NodeId};

/// The creators of a data set: their element, and their name.
#[derive(Default)]
pub(super) struct Creators(Vec<(Tag, String)>);

impl Creators {
    /// Those of a data set that was read.
    pub(super) fn of(document: &Document, node: NodeId, charset: Option<Charset>) -> Self {
        let mut found = Vec::new();
        for row in document.children(node) {
            let Some(entry) = document.entry(row).filter(|entry| entry.tag.is_private_creator()) else {
                continue;
            };
            let charset = charset.unwrap_or_else(|| document.charset(row));
            let Some(bytes) = document.present(row) else { continue };
            if let value::Value::One(Scalar::Text(name)) =
                value::decode(Vr::LO, bytes, false, &charset, &mut |_, _| {})
            {
                found.push((entry.tag, name.into_owned()));
            }
        }
        Self(found)
    }

    /// Whose element it is; `None` where that would not lead back to it: it has no creator, or another block is the same creator's.
    pub(super) fn name(&self, tag: Tag) -> Option<&str> {
        if !tag.is_private() || tag.element() < 0x1000 {
            return None;
        }
        let owner = Tag::new(tag.group(), tag.element() >> 8);
        let (_, name) = self.0.iter().find(|(creator, _)| *creator == owner)?;
        let first = self.0.iter().find(|(creator, other)| creator.group() == tag.group() && other == name)?;
        (first.0 == owner).then_some(name)
    }
}

/// The tag of a creator's element, in the block that the creator has, or gets now. `None` where all blocks of the group are taken.
pub(super) fn place(draft: &mut Draft, tag: Tag, creator: &str) -> Option<Tag> {
    // Some write the block all the same.
    if tag.element() >= 0x1000 {
        return Some(tag);
    }
    let block = |element: u16| Tag::new(tag.group(), element);
    let is_theirs = |change: &Change| matches!(change, Change::Set { value: Value::Text(texts), .. } if texts.iter().any(|text| text.trim() == creator));
    let has = (0x10..=0xFF).find(|element| draft.changes.get(&block(*element)).is_some_and(is_theirs));
    let free = || (0x10..=0xFF).find(|element| !draft.changes.contains_key(&block(*element)));
    let element = has.or_else(free)?;
    let value = Value::Text(vec![creator.to_owned()]);
    draft.changes.entry(block(element)).or_insert(Change::Set { vr: Vr::LO, value });
    Some(Tag::new(tag.group(), element << 8 | tag.element() & 0xFF))
}

/// True where both are the text of one creator: an element in front of it has named it already.
pub(super) fn is_same(one: &Change, other: &Change) -> bool {
    let text = |change: &Change| match change {
        Change::Set { value: Value::Text(texts), .. } => texts.first().map(|text| text.trim().to_owned()),
        _ => None,
    };
    text(one).is_some_and(|one| Some(one) == text(other))
}
