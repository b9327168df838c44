//! Private data elements that makers have published, by creator and tag (PS3.5 7.8).

use crate::tables::private::{CREATOR_SLOTS, CREATORS, PRIVATES, VMS};
use crate::tables::{self, Form, Private, find, hash_text};
use crate::{Tag, Vr};

/// What is known of a private data element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PrivateEntry<'a> {
    /// The VR; `None` where it is not known.
    pub vr: Option<Vr>,
    /// The value multiplicity.
    pub vm: &'a str,
    /// The name, often empty or `Unknown`.
    pub name: &'a str,
}

/// The elements of one creator: found once, asked for every element of its blocks.
#[derive(Clone, Copy, Debug)]
pub struct Creator(&'static [Private]);

/// A creator as it is compared: without the padding that files put round it (PS3.5 6.2, LO).
pub(super) fn trimmed(creator: &str) -> &str {
    creator.trim_matches([' ', '\0'])
}

impl Creator {
    /// The creator with exactly this name, padding aside.
    pub fn find(name: &str) -> Option<Self> {
        let name = trimmed(name);
        let (_, row) = find(&CREATOR_SLOTS, &CREATORS, hash_text(name), |row| row.name.is(name))?;
        let first = usize::from(row.first);
        PRIVATES.get(first..first + usize::from(row.count)).map(Self)
    }

    /// What is known of one of the creator's elements.
    pub fn lookup(self, tag: Tag) -> Option<PrivateEntry<'static>> {
        spellings(tag).into_iter().flatten().find_map(|(form, tag)| {
            let index = self.0.binary_search_by_key(&(form, tag), |row| (row.form, row.tag)).ok()?;
            self.0.get(index).map(PrivateEntry::new)
        })
    }
}

/// The ways a dictionary may spell a tag, in the order in which they count.
///
/// Which block an element is in differs from file to file (PS3.5 7.8.1). A block that is spelled out goes first, then any block; rows
/// with block 00, which no data element can have, mean any block too. A row `gggg10xx` speaks of a block as a whole: it is asked for the
/// element that names the creator and for no other.
pub(super) fn spellings(tag: Tag) -> [Option<(Form, u32)>; 4] {
    let any_block = tag.0 & 0xFFFF_00FF;
    if tag.is_private_creator() {
        let block = tag.0 & 0xFFFF_0000 | u32::from(tag.element()) << 8;
        return [Some((Form::Creator, block)), Some((Form::Fixed, tag.0)), None, None];
    }
    [
        Some((Form::Fixed, tag.0)),
        Some((Form::Block, any_block)),
        Some((Form::Groups, tag.0 & 0xFF00_00FF)),
        Some((Form::Fixed, any_block)),
    ]
}

impl PrivateEntry<'static> {
    fn new(row: &Private) -> Self {
        let vm = VMS.get(usize::from(row.vm)).copied().unwrap_or_default();
        Self { vr: row.vr, vm, name: row.name.get() }
    }
}

/// What is known of a private element whose block `creator` has reserved.
pub fn lookup(creator: &str, tag: Tag) -> Option<PrivateEntry<'static>> {
    Creator::find(creator)?.lookup(tag)
}

/// The names of the creators, sorted.
pub fn creators() -> impl ExactSizeIterator<Item = &'static str> {
    CREATORS.iter().map(|creator: &tables::Creator| creator.name.get())
}

#[cfg(test)]
mod tests {
    use super::{Creator, creators, lookup};
    use crate::{Tag, Vr};

    #[test]
    fn any_block_of_the_creator() {
        let entry = lookup("SIEMENS CSA HEADER", Tag(0x0029_1010)).unwrap();
        assert_eq!((entry.vr, entry.vm), (Some(Vr::OB), "1"));
        assert_eq!(lookup("SIEMENS CSA HEADER", Tag(0x0029_AB10)), Some(entry));
        assert_eq!(lookup("SIEMENS CSA HEADER ", Tag(0x0029_1010)), Some(entry));
        assert_eq!(lookup("siemens csa header", Tag(0x0029_1010)), None);
        assert_eq!(lookup("SIEMENS CSA HEADER", Tag(0x0029_10FF)), None);
        assert_eq!(lookup("", Tag(0x0029_1010)), None);
    }

    #[test]
    fn a_spelled_out_block_goes_first_and_block_00_is_any() {
        let scale = lookup("CANON_MEC_MR3", Tag(0x700D_1100 - 0x100)).unwrap();
        assert_eq!((scale.vr, scale.name), (Some(Vr::DS), "Scale Factor"));
        assert_eq!(lookup("CANON_MEC_MR3", Tag(0x700D_0000)), Some(scale));
    }

    #[test]
    fn a_row_for_a_whole_block_says_nothing_of_its_elements() {
        let creator = Creator::find("GEMS_ACQU_01").unwrap();
        assert_eq!(creator.lookup(Tag(0x0019_0010)).unwrap().name, "Private Element Creator");
        assert_eq!(creator.lookup(Tag(0x0019_10FE)), None);
        assert_eq!(creator.lookup(Tag(0x0019_0011)), None);
    }

    #[test]
    fn creators_are_sorted_and_found() {
        assert_eq!(creators().len(), 632);
        assert!(creators().zip(creators().skip(1)).all(|(a, b)| a < b));
        assert!(creators().all(|name| Creator::find(name).is_some()));
        assert_eq!(creators().map(|name| Creator::find(name).unwrap().0.len()).sum::<usize>(), 15_261);
    }
}
