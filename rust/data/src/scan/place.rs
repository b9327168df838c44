//! Where a column's element is: `Modality`, `00280010`, `(0028,0010)`, `BeamSequence/0/BeamName`, `BeamSequence/*/BeamName`, and
//! `(0029,10)[SIEMENS CSA HEADER]` for element 10 of a private creator's block (PS3.5 7.8.1).

use radiogram_core::dictionary::{self, UserDictionary, private};
use radiogram_core::{Error, ErrorKind, Result, Tag, Vr};

use crate::{Document, NodeId};

/// An element of a data set.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Named {
    Tag(Tag),
    /// Group and place in the block of a creator; which block that is differs from file to file.
    Private(u16, u8, Box<str>),
}

/// A sequence, and one item of it or all.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Down {
    sequence: Named,
    item: Option<usize>,
}

/// The way from the root to an element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    downs: Vec<Down>,
    leaf: Named,
}

fn wrong(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::Argument, what)
}

impl Place {
    /// Reads a place.
    pub fn parse(text: &str, user: Option<&UserDictionary>) -> Result<Self> {
        let mut parts = split(text).into_iter();
        let mut downs = Vec::new();
        loop {
            let named = Named::parse(parts.next().unwrap_or_default(), user)?;
            let item = match parts.next() {
                None => return Ok(Self { downs, leaf: named }),
                Some("*") => None,
                Some(number) => Some(number.parse().map_err(|_| {
                    wrong(format!("{text}: after a sequence comes the number of an item, from 0, or *"))
                })?),
            };
            downs.push(Down { sequence: named, item });
        }
    }

    /// True where it leads through all items of a sequence: to any number of elements.
    pub(super) fn is_of_many(&self) -> bool {
        self.downs.iter().any(|down| down.item.is_none())
    }

    /// The element at the end, as problems name it.
    pub(super) fn leaf(&self) -> Tag {
        self.leaf.tag()
    }

    /// VR and VM by the dictionary.
    pub(super) fn entry(&self, user: Option<&UserDictionary>) -> (Option<Vr>, String) {
        let found = match &self.leaf {
            Named::Tag(tag) => {
                let own = user.and_then(|user| user.by_tag(*tag)).map(|entry| (entry.vr, entry.vm.clone()));
                own.or_else(|| dictionary::by_tag(*tag).map(|entry| (entry.vr, entry.vm.to_owned())))
            }
            Named::Private(group, element, creator) => {
                // Any block will do for the look-up.
                let tag = Tag::new(*group, 0x1000 | u16::from(*element));
                let found = match user {
                    Some(user) => user.private.lookup(creator, tag),
                    None => private::lookup(creator, tag),
                };
                found.map(|entry| (entry.vr, entry.vm.to_owned()))
            }
        };
        found.unwrap_or((None, "1".to_owned()))
    }

    /// The elements of the root that must be read for it.
    pub(super) fn roots(&self, into: &mut Vec<Tag>) {
        match self.downs.first().map_or(&self.leaf, |down| &down.sequence) {
            Named::Tag(tag) => into.push(*tag),
            // PS3.5 7.8.1: the creator in (gggg,0010-00FF) has the block (gggg,xx00-xxFF).
            Named::Private(group, element, _) => {
                for block in 0x10..=0xFF {
                    into.push(Tag::new(*group, block));
                    into.push(Tag::new(*group, block << 8 | u16::from(*element)));
                }
            }
        }
    }

    /// The element of the root that must be there for it; a private one as (gggg,00ee), whatever its block.
    pub(super) fn sought(&self) -> Tag {
        self.downs.first().map_or(&self.leaf, |down| &down.sequence).tag()
    }

    /// The row of the element, where the way leads to one at most.
    pub(super) fn find(&self, document: &Document) -> Option<u32> {
        let mut node = self.start(document);
        for down in &self.downs {
            let row = down.sequence.find(document, node).filter(|row| is_sequence(document, *row))?;
            node = document.items(row).nth(down.item?)?;
        }
        self.leaf.find(document, node)
    }

    /// Hands over the row of each element that it leads to, in the order of the bytes.
    pub(super) fn each(&self, document: &Document, meet: &mut dyn FnMut(u32)) {
        if !self.is_of_many() {
            self.find(document).into_iter().for_each(meet);
            return;
        }
        let mut waiting = vec![(self.start(document), 0_usize)];
        while let Some((node, depth)) = waiting.pop() {
            let Some(down) = self.downs.get(depth) else {
                self.leaf.find(document, node).into_iter().for_each(&mut *meet);
                continue;
            };
            let Some(row) = down.sequence.find(document, node).filter(|row| is_sequence(document, *row))
            else {
                continue;
            };
            let from = waiting.len();
            let chosen = document.items(row).enumerate();
            let chosen = chosen.filter(|(number, _)| down.item.is_none_or(|item| item == *number));
            waiting.extend(chosen.map(|(_, item)| (item, depth + 1)));
            waiting.get_mut(from..).unwrap_or_default().reverse();
        }
    }

    /// PS3.10 7.1: group 0002 is the file meta information, a data set of its own.
    fn start(&self, document: &Document) -> NodeId {
        let first = self.downs.first().map_or(&self.leaf, |down| &down.sequence);
        match first {
            Named::Tag(tag) if tag.group() == 2 => document.meta(),
            _ => document.root(),
        }
    }
}

fn is_sequence(document: &Document, row: u32) -> bool {
    document.entry(row).is_some_and(|entry| entry.vr == Vr::SQ)
}

/// The parts between slashes; one in brackets belongs to a creator's name.
fn split(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|letter| {
        inside = (inside || letter == '[') && letter != ']';
        letter == '/' && !inside
    })
    .collect()
}

impl Named {
    fn parse(text: &str, user: Option<&UserDictionary>) -> Result<Self> {
        if let Some((block, creator)) = text.strip_suffix(']').and_then(|text| text.split_once(")[")) {
            let digits = block.strip_prefix('(').and_then(|block| block.split_once(','));
            let private = digits.and_then(|(group, element)| {
                let is_private = group.len() == 4 && element.len() == 2 && !creator.is_empty();
                let group =
                    u16::from_str_radix(group, 16).ok().filter(|group| is_private && group & 1 == 1)?;
                Some((group, u8::from_str_radix(element, 16).ok()?))
            });
            let (group, element) = private.ok_or_else(|| {
                wrong(format!("{text}: a private element is written as (0029,10)[CREATOR], its group is odd"))
            })?;
            return Ok(Self::Private(group, element, creator.into()));
        }
        let found = user.and_then(|user| user.by_keyword(text)).or_else(|| dictionary::by_keyword(text));
        if let Some(tag) = found.or_else(|| spelled(text)) {
            return Ok(Self::Tag(tag));
        }
        let near = dictionary::nearest_keywords(text, 3).join(", ");
        let hint = if near.is_empty() { String::new() } else { format!("; did you mean {near}?") };
        Err(wrong(format!("{text:?} is no keyword, and no tag as 00280010 or (0028,0010){hint}")))
    }

    /// Its tag; of a private element group and place in the block.
    fn tag(&self) -> Tag {
        match self {
            Self::Tag(tag) => *tag,
            Self::Private(group, element, _) => Tag::new(*group, u16::from(*element)),
        }
    }

    fn find(&self, document: &Document, node: NodeId) -> Option<u32> {
        match self {
            Self::Tag(tag) => first(document, node, *tag),
            Self::Private(group, element, creator) => {
                let block = document.children(node).into_iter().find_map(|row| {
                    let tag = document.entry(row)?.tag;
                    if tag.group() != *group || !tag.is_private_creator() {
                        return None;
                    }
                    let written = std::str::from_utf8(document.present(row)?).ok()?;
                    (written.trim_matches([' ', '\0']) == creator.trim()).then_some(tag.element())
                })?;
                document.find(node, Tag::new(*group, block << 8 | u16::from(*element)))
            }
        }
    }
}

/// The element with this tag. Where nothing is wrong with a document its tags ascend, and what is behind need not be looked at.
fn first(document: &Document, node: NodeId, tag: Tag) -> Option<u32> {
    if !document.problems().is_empty() {
        return document.find(node, tag);
    }
    let end = document.entry(node.0)?.end;
    let mut row = node.0 + 1;
    while let Some(entry) = document.entry(row).filter(|entry| row < end && entry.tag <= tag) {
        if entry.tag == tag {
            return Some(row);
        }
        row = entry.end.max(row + 1);
    }
    None
}

/// `00280010`, `0x00280010` or `(0028,0010)`.
fn spelled(text: &str) -> Option<Tag> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let bare = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let digits = match bare {
        Some(pair) => pair.replace([',', ' '], ""),
        None => text.to_owned(),
    };
    if digits.len() != 8 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(&digits, 16).ok().map(Tag)
}
