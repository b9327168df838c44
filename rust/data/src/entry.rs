//! One row of the flat index: where an element's value is. 24 bytes an element, no values built.

use radiogram_core::{Tag, Vr};

/// An element, an item or a fragment, in the order of the bytes. Children follow their parent directly.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Entry {
    /// The tag; items and fragments have [`Tag::ITEM`].
    pub tag: Tag,
    /// How the value is to be read: as the bytes say, or as the dictionary says where they do not.
    pub vr: Vr,
    /// How it is encoded.
    pub flags: Flags,
    /// Bytes of tag, VR and length in front of the value.
    pub header: u8,
    /// Sequences around it.
    pub depth: u8,
    /// Where the value begins in the store.
    pub offset: u64,
    /// Bytes of the value, without delimiters. [`Entry::HUGE`] where it does not fit: then `offset` of the last child tells.
    pub length: u32,
    /// The row after this element and everything in it.
    pub end: u32,
}

impl Entry {
    /// The length of a value of 4 GiB or more, which only undefined length can have.
    pub const HUGE: u32 = u32::MAX;

    /// True where the value is items or fragments.
    pub fn is_container(&self) -> bool {
        self.vr == Vr::SQ || self.flags.has(Flags::FRAGMENTS)
    }

    /// Where tag, VR and length begin.
    pub fn start(&self) -> u64 {
        self.offset.saturating_sub(u64::from(self.header))
    }
}

/// How an element is encoded, a bit a fact.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags(pub u8);

impl Flags {
    /// The length field says FFFFFFFF.
    pub const UNDEFINED: Self = Self(1);
    /// Numbers are big endian.
    pub const BIG_ENDIAN: Self = Self(2);
    /// No VR in the bytes.
    pub const IMPLICIT: Self = Self(4);
    /// The value was not read with the head: the store reads it at first touch.
    pub const DEFERRED: Self = Self(8);
    /// The bytes name another VR than `vr` (UN read by the dictionary, two letters that are no VR).
    pub const FOREIGN_VR: Self = Self(16);
    /// The VR depends on other elements (US/SS, OB/OW): it was resolved after the walk.
    pub const AMBIGUOUS: Self = Self(32);
    /// The value is fragments of encapsulated data, not items of a sequence.
    pub const FRAGMENTS: Self = Self(64);
    /// The bytes end before the value does.
    pub const CUT: Self = Self(128);

    /// True where all bits of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets of bits.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These bits where `condition` holds, none else.
    #[must_use]
    pub fn when(self, condition: bool) -> Self {
        if condition { self } else { Self(0) }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_entry_is_24_bytes() {
        assert_eq!(size_of::<super::Entry>(), 24);
    }
}
