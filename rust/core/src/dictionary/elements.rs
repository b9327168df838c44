//! The data elements of the standard, by tag, keyword and name.

use crate::tables::elements::{ELEMENTS, KEYWORD_SLOTS, MASKS, TAG_SLOTS, VMS};
use crate::tables::{Element, find, hash_tag, hash_text};
use crate::{Tag, Vr};

/// What the standard says of a data element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The tag that was asked for; the family's first where a repeating group was asked for by keyword or name.
    pub tag: Tag,
    /// The VR; `None` for items, delimiters and four retired elements without one.
    pub vr: Option<Vr>,
    /// The value multiplicity: `1`, `2-n`, `3-3n` and the like, empty where the standard has none.
    pub vm: &'static str,
    /// The keyword, empty for seven elements and for group lengths.
    pub keyword: &'static str,
    /// The name.
    pub name: &'static str,
    /// True where the standard has retired it.
    pub retired: bool,
}

impl Entry {
    fn new(tag: Tag, element: &Element) -> Self {
        Self {
            tag,
            vr: element.vr,
            vm: VMS.get(usize::from(element.vm)).copied().unwrap_or_default(),
            keyword: element.keyword.get(),
            name: element.name.get(),
            retired: element.retired,
        }
    }

    /// Group length, which every group may have (PS3.5 7.2).
    const fn group_length(tag: Tag) -> Self {
        Self { tag, vr: Some(Vr::UL), vm: "1", keyword: "", name: "Group Length", retired: true }
    }
}

/// The element with exactly this tag: repeating groups are not in the hash table.
#[inline]
fn exact(tag: Tag) -> Option<&'static Element> {
    find(&TAG_SLOTS, &ELEMENTS, hash_tag(tag.0), |element| element.tag == tag.0).map(|(_, element)| element)
}

/// The element of the repeating group that has this tag (PS3.5 7.6). Odd groups are private and never repeat.
#[cold]
fn repeating(tag: Tag) -> Option<&'static Element> {
    if tag.is_private() {
        return None;
    }
    let (_, _, index) = MASKS.iter().find(|(mask, value, _)| tag.0 & mask == *value)?;
    ELEMENTS.get(usize::from(*index))
}

/// The VR of a tag, for every element that the parser meets.
///
/// Beside the dictionary's own it knows that a group length is UL (PS3.5 7.2) and a private creator LO (PS3.5 7.8.1).
#[inline]
pub fn vr_of(tag: Tag) -> Option<Vr> {
    match exact(tag) {
        Some(element) => element.vr,
        None if tag.is_group_length() => Some(Vr::UL),
        None if tag.is_private_creator() => Some(Vr::LO),
        None => repeating(tag)?.vr,
    }
}

/// What the standard says of a tag: the element itself, else a group length, else its repeating group.
pub fn by_tag(tag: Tag) -> Option<Entry> {
    match exact(tag) {
        Some(element) => Some(Entry::new(tag, element)),
        None if tag.is_group_length() => Some(Entry::group_length(tag)),
        None => repeating(tag).map(|element| Entry::new(tag, element)),
    }
}

/// The tag of a keyword; of a repeating group, the first tag of the family (`OverlayRows`: (6000,0010)).
#[inline]
pub fn by_keyword(keyword: &str) -> Option<Tag> {
    find(&KEYWORD_SLOTS, &ELEMENTS, hash_text(keyword), |element| element.keyword.is(keyword))
        .map(|(_, element)| Tag(element.tag))
}

/// The element with this name, whatever its case. Names are read one after the other: this is not for loops.
pub fn by_name(name: &str) -> Option<Entry> {
    if name.is_empty() {
        return None;
    }
    let element = ELEMENTS
        .iter()
        .find(|element| element.name.len() == name.len() && element.name.get().eq_ignore_ascii_case(name))?;
    Some(Entry::new(Tag(element.tag), element))
}

/// True for a tag that stands in the dictionary through a repeating group alone.
pub fn is_repeating(tag: Tag) -> bool {
    exact(tag).is_none() && !tag.is_group_length() && repeating(tag).is_some()
}

/// Every element by ascending tag; a repeating group under the first tag of its family.
pub fn iter() -> impl ExactSizeIterator<Item = Entry> {
    ELEMENTS.iter().map(|element| Entry::new(Tag(element.tag), element))
}

#[cfg(test)]
mod tests {
    use super::{by_keyword, by_name, by_tag, is_repeating, iter, vr_of};
    use crate::{Tag, Vr};

    #[test]
    fn every_element_is_found_by_its_tag_keyword_and_name() {
        assert_eq!(iter().len(), 5356);
        for entry in iter() {
            assert_eq!(by_tag(entry.tag), Some(entry));
            assert_eq!(vr_of(entry.tag), entry.vr);
            if !entry.keyword.is_empty() {
                assert_eq!(by_keyword(entry.keyword), Some(entry.tag));
                assert_eq!(by_name(entry.name), Some(entry));
            }
        }
        assert!(iter().zip(iter().skip(1)).all(|(a, b)| a.tag < b.tag));
    }

    #[test]
    fn a_tag_of_its_own_goes_before_a_repeating_group() {
        // (0028,0400) is Transform Label; (0028,0410) belongs to (0028,04x0).
        assert_eq!(by_tag(Tag(0x0028_0400)).unwrap().keyword, "TransformLabel");
        assert_eq!(by_tag(Tag(0x0028_0410)).unwrap().keyword, "RowsForNthOrderCoefficients");
        assert!(is_repeating(Tag(0x0028_0410)) && !is_repeating(Tag(0x0028_0400)));
        assert_eq!(by_tag(Tag(0x7FE0_0010)).unwrap().keyword, "PixelData");
        assert_eq!(by_tag(Tag(0x7F02_0010)).unwrap().keyword, "VariablePixelData");
    }

    #[test]
    fn repeating_groups_have_even_numbers() {
        let rows = by_tag(Tag(0x6012_0010)).unwrap();
        assert_eq!((rows.tag, rows.vr, rows.keyword), (Tag(0x6012_0010), Some(Vr::US), "OverlayRows"));
        assert_eq!(by_tag(Tag(0x6013_0010)), None);
        assert_eq!(vr_of(Tag(0x6013_1010)), None);
        assert_eq!(by_keyword("OverlayRows"), Some(Tag(0x6000_0010)));
        assert_eq!(by_keyword("EscapeTriplet"), Some(Tag(0x1000_0010)));
        assert_eq!(by_tag(Tag(0x1000_0000)).unwrap().name, "Group Length");
    }

    #[test]
    fn ambiguous_and_missing_vrs() {
        assert_eq!(vr_of(Tag(0x0028_0106)), Some(Vr::UsOrSs));
        assert_eq!(vr_of(Tag(0x7FE0_0010)), Some(Vr::ObOrOw));
        assert_eq!(vr_of(Tag(0x0028_3006)), Some(Vr::UsOrOw));
        assert_eq!(iter().filter(|entry| entry.vr.is_none()).count(), 7);
        assert_eq!(vr_of(Tag::ITEM), None);
    }

    #[test]
    fn group_lengths_and_private_creators() {
        assert_eq!(vr_of(Tag(0x0008_0000)), Some(Vr::UL));
        assert_eq!(vr_of(Tag(0x0009_0000)), Some(Vr::UL));
        assert_eq!(vr_of(Tag(0x0009_0010)), Some(Vr::LO));
        assert_eq!(vr_of(Tag(0x0009_1010)), None);
        assert_eq!(by_tag(Tag(0x0002_0000)).unwrap().keyword, "FileMetaInformationGroupLength");
    }

    #[test]
    fn unknown_words_are_unknown() {
        assert_eq!(by_keyword(""), None);
        assert_eq!(by_keyword("rows"), None);
        assert_eq!(by_name(""), None);
        assert_eq!(by_name("patient's name").unwrap().tag, Tag(0x0010_0010));
    }
}
