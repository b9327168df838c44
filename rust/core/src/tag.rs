//! A data element's tag: group and element number (PS3.5 7.1).

use std::fmt;

/// A data element tag. Ordered as data sets are: by group, then by element number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Tag(pub u32);

impl Tag {
    /// Item (PS3.5 7.5).
    pub const ITEM: Self = Self(0xFFFE_E000);
    /// Item Delimitation Item.
    pub const ITEM_END: Self = Self(0xFFFE_E00D);
    /// Sequence Delimitation Item.
    pub const SEQUENCE_END: Self = Self(0xFFFE_E0DD);
    /// File Meta Information Group Length.
    pub const META_LENGTH: Self = Self(0x0002_0000);
    /// Transfer Syntax UID, in the file meta information.
    pub const TRANSFER_SYNTAX: Self = Self(0x0002_0010);
    /// Specific Character Set.
    pub const CHARACTER_SET: Self = Self(0x0008_0005);
    /// Pixel Representation: whether ambiguous values are signed.
    pub const PIXEL_REPRESENTATION: Self = Self(0x0028_0103);
    /// Bits Allocated.
    pub const BITS_ALLOCATED: Self = Self(0x0028_0100);
    /// LUT Descriptor: how many entries LUT Data has.
    pub const LUT_DESCRIPTOR: Self = Self(0x0028_3002);
    /// Waveform Bits Allocated.
    pub const WAVEFORM_BITS: Self = Self(0x5400_1004);
    /// Float Pixel Data.
    pub const FLOAT_PIXELS: Self = Self(0x7FE0_0008);
    /// Double Float Pixel Data.
    pub const DOUBLE_PIXELS: Self = Self(0x7FE0_0009);
    /// Pixel Data.
    pub const PIXELS: Self = Self(0x7FE0_0010);

    /// A tag of its two halves.
    pub const fn new(group: u16, element: u16) -> Self {
        Self(((group as u32) << 16) | element as u32)
    }

    /// The group number.
    pub const fn group(self) -> u16 {
        (self.0 >> 16) as u16
    }

    /// The element number in its group.
    pub const fn element(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }

    /// True where the group is odd: a private element (PS3.5 7.8).
    pub const fn is_private(self) -> bool {
        self.group() & 1 == 1
    }

    /// True for (gggg,0010-00FF) of an odd group: it names the owner of a block (PS3.5 7.8.1).
    pub const fn is_private_creator(self) -> bool {
        self.is_private() && self.element() >= 0x10 && self.element() <= 0xFF
    }

    /// True for (gggg,0000).
    pub const fn is_group_length(self) -> bool {
        self.element() == 0
    }

    /// True for LUT Descriptor and the descriptors of the three palettes.
    pub const fn is_lut_descriptor(self) -> bool {
        matches!(self.0, 0x0028_1101 | 0x0028_1102 | 0x0028_1103 | 0x0028_3002)
    }

    /// True for items and delimiters, which have no VR (PS3.5 7.5).
    pub const fn is_delimiter(self) -> bool {
        self.group() == 0xFFFE
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:04X},{:04X})", self.group(), self.element())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn halves_and_order() {
        let tag = Tag::new(0x0010, 0x0020);
        assert_eq!((tag.group(), tag.element()), (0x0010, 0x0020));
        assert_eq!(tag.to_string(), "(0010,0020)");
        assert!(Tag::new(0x0008, 0xFFFF) < Tag::new(0x0010, 0));
        assert!(Tag::new(0x0009, 0x0010).is_private_creator());
        assert!(!Tag::new(0x0009, 0x1001).is_private_creator());
    }
}
