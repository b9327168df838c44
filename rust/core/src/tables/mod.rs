//! The generated tables (`tools/tables.py`), the rows they are made of and the two hash functions that find a row.
//!
//! Every string is in one blob, `text.txt`; a [`Text`] says where. The other files here are generated.

#![expect(clippy::unreadable_literal, reason = "the generated numbers are not for reading")]

use crate::Vr;

pub(crate) mod elements;
pub(crate) mod private;
pub(crate) mod syntaxes;
pub(crate) mod uids;
pub(crate) mod vr;

static BLOB: &str = include_str!("text.txt");

/// A slot of a hash table with nothing in it.
const EMPTY: u16 = u16::MAX;

/// Where a string is in the blob: the offset in 21 bits, the length in 11.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text(u32);

impl Text {
    pub(crate) const fn new(reference: u32) -> Self {
        Self(reference)
    }

    pub(crate) fn len(self) -> usize {
        (self.0 & 0x7FF) as usize
    }

    pub(crate) fn get(self) -> &'static str {
        let start = (self.0 >> 11) as usize;
        BLOB.get(start..start + self.len()).unwrap_or_default()
    }

    /// True where the string is `text`; most others are told apart by their length.
    #[inline]
    pub(crate) fn is(self, text: &str) -> bool {
        self.len() == text.len() && self.get().as_bytes() == text.as_bytes()
    }
}

/// A data element of the standard.
pub(crate) struct Element {
    pub(crate) tag: u32,
    pub(crate) keyword: Text,
    pub(crate) name: Text,
    pub(crate) vr: Option<Vr>,
    pub(crate) vm: u8,
    pub(crate) retired: bool,
}

const fn element(tag: u32, keyword: u32, name: u32, vr: Option<Vr>, vm: u8, retired: bool) -> Element {
    Element { tag, keyword: Text(keyword), name: Text(name), vr, vm, retired }
}

/// How a private tag is spelled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Form {
    /// `ggggbbee`: the block is spelled out.
    Fixed,
    /// `ggggxxee`: any block.
    Block,
    /// `ggxxxxee`: any block of a family of groups.
    Groups,
    /// `ggggbbxx`: the block as a whole, or the element that names its creator.
    Creator,
}

/// A private data element; the digits of its tag that are not spelled out are 0.
#[derive(Debug)]
pub(crate) struct Private {
    pub(crate) tag: u32,
    pub(crate) name: Text,
    pub(crate) form: Form,
    pub(crate) vr: Option<Vr>,
    pub(crate) vm: u8,
}

const fn private(tag: u32, name: u32, form: Form, vr: Option<Vr>, vm: u8) -> Private {
    Private { tag, name: Text(name), form, vr, vm }
}

/// A private creator and where its elements are.
pub(crate) struct Creator {
    pub(crate) name: Text,
    pub(crate) first: u16,
    pub(crate) count: u16,
}

const fn creator(name: u32, first: u16, count: u16) -> Creator {
    Creator { name: Text(name), first, count }
}

/// A unique identifier of the standard.
#[expect(clippy::struct_field_names, reason = "the identifier itself has no other name")]
pub(crate) struct Uid {
    pub(crate) uid: Text,
    pub(crate) name: Text,
    pub(crate) keyword: Text,
    pub(crate) info: Text,
    pub(crate) kind: u8,
    pub(crate) retired: bool,
}

const fn uid(uid: u32, name: u32, keyword: u32, info: u32, kind: u8, retired: bool) -> Uid {
    Uid { uid: Text(uid), name: Text(name), keyword: Text(keyword), info: Text(info), kind, retired }
}

/// The hash of a tag; the upper bits are the good ones.
#[inline]
pub(crate) const fn hash_tag(tag: u32) -> u32 {
    tag.wrapping_mul(0x08D6_AF57)
}

/// The hash of a string, eight bytes a step; what is left over is hashed as the last eight bytes, or padded with zeros in a short string.
#[inline]
pub(crate) fn hash_text(text: &str) -> u32 {
    let step = |state: u64, word: [u8; 8]| {
        (state.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    };
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mut state = words.iter().fold(text.len() as u64, |state, word| step(state, *word));
    if !rest.is_empty() {
        let last = text.as_bytes().last_chunk::<8>().copied().unwrap_or_else(|| {
            let mut padded = [0; 8];
            for (to, from) in padded.iter_mut().zip(rest) {
                *to = *from;
            }
            padded
        });
        state = step(state, last);
    }
    (state >> 32) as u32
}

/// The row with this hash for which `is` holds. A table of 2^n slots is never full, so that a probe ends.
#[inline]
pub(crate) fn find<'a, Row>(
    slots: &[u16],
    rows: &'a [Row],
    hash: u32,
    is: impl Fn(&Row) -> bool,
) -> Option<(usize, &'a Row)> {
    let mask = slots.len() - 1;
    let mut slot = hash as usize >> (32 - slots.len().trailing_zeros());
    loop {
        let index = *slots.get(slot & mask)?;
        if index == EMPTY {
            return None;
        }
        let row = rows.get(usize::from(index))?;
        if is(row) {
            return Some((usize::from(index), row));
        }
        slot += 1;
    }
}
