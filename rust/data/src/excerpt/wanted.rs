//! Which elements are wanted, and which others are needed to understand them.

use radiogram_core::dictionary::vr_of;
use radiogram_core::{Error, ErrorKind, Result, Tag, Vr};

/// Elements of the root of a data set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// Ascending.
    tags: Vec<Tag>,
    /// Owners of private blocks, by their groups, ascending.
    groups: Vec<u16>,
}

impl Wanted {
    /// How many there may be.
    pub const MOST: usize = 512;

    /// These elements. Private ones are wanted at their very tag, and come with their owners.
    ///
    /// # Errors
    ///
    /// `Argument` for more than [`Wanted::MOST`], and for tags that no data set has.
    pub fn new(tags: &[Tag]) -> Result<Self> {
        let wrong = |message: &str| Error::new(ErrorKind::Argument, message);
        if tags.len() > Self::MOST {
            return Err(wrong("more index tags than there may be (512)"));
        }
        if tags.iter().any(|tag| tag.group() < 8 || tag.is_delimiter()) {
            return Err(wrong("an index tag that no data set has"));
        }
        let mut all = tags.to_vec();
        if !all.is_empty() {
            all.push(Tag::CHARACTER_SET);
        }
        // PS3.3 C.7.6.3.1.5: whether these are signed is said there.
        if tags.iter().any(|tag| matches!(vr_of(*tag), Some(Vr::UsOrSs | Vr::UsOrSsOrOw))) {
            all.push(Tag::PIXEL_REPRESENTATION);
        }
        let mut groups: Vec<u16> =
            tags.iter().filter(|tag| tag.is_private()).map(|tag| tag.group()).collect();
        all.sort_unstable();
        all.dedup();
        groups.sort_unstable();
        groups.dedup();
        Ok(Self { tags: all, groups })
    }

    /// True where nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    pub(super) fn has(&self, tag: Tag) -> bool {
        self.tags.binary_search(&tag).is_ok()
            // PS3.5 7.8.1: the owner of a block stands in front of it.
            || (tag.is_private_creator() && self.groups.binary_search(&tag.group()).is_ok())
    }

    /// True where nothing that is wanted comes at this element or behind it, in a data set that ascends.
    pub(super) fn ends_before(&self, tag: Tag) -> bool {
        self.tags.last().is_none_or(|last| tag > *last)
    }
}
