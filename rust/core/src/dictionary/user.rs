//! What a user adds to the dictionary at run time. The caller holds it; it goes before the built-in tables.

use std::collections::HashMap;

use super::private::{self, PrivateEntry, spellings, trimmed};
use super::{by_keyword, vr_of};
use crate::tables::Form;
use crate::{Error, ErrorKind, Result, Tag, Vr};

/// A private dictionary that is extended at run time.
#[derive(Clone, Debug, Default)]
pub struct PrivateDictionary {
    creators: HashMap<String, HashMap<(Form, u32), Owned>>,
}

#[derive(Clone, Debug)]
struct Owned {
    vr: Option<Vr>,
    vm: String,
    name: String,
}

impl PrivateDictionary {
    /// Adds an element, in place of one that is there. `tag` is eight hexadecimal digits, `xx` for any block: `0029xx10`.
    pub fn insert(&mut self, creator: &str, tag: &str, vr: Option<Vr>, vm: &str, name: &str) -> Result<()> {
        let spelled = spelled(tag).ok_or_else(|| {
            Error::new(ErrorKind::Argument, "a private tag is ggggeeee or ggggxxee, with an odd group")
        })?;
        let entry = Owned { vr, vm: vm.to_owned(), name: name.to_owned() };
        self.creators.entry(trimmed(creator).to_owned()).or_default().insert(spelled, entry);
        Ok(())
    }

    /// What is known of a private element: the user's word first, then the built-in tables.
    pub fn lookup(&self, creator: &str, tag: Tag) -> Option<PrivateEntry<'_>> {
        self.added(creator, tag).or_else(|| private::lookup(creator, tag))
    }

    /// True where the user has added nothing.
    pub fn is_empty(&self) -> bool {
        self.creators.is_empty()
    }

    fn added(&self, creator: &str, tag: Tag) -> Option<PrivateEntry<'_>> {
        if self.is_empty() {
            return None;
        }
        let elements = self.creators.get(trimmed(creator))?;
        let entry = spellings(tag).into_iter().flatten().find_map(|spelled| elements.get(&spelled))?;
        Some(PrivateEntry { vr: entry.vr, vm: &entry.vm, name: &entry.name })
    }
}

/// Reads `0029xx10`, `00291010` or `60xxxx10`.
fn spelled(tag: &str) -> Option<(Form, u32)> {
    let digits: &[u8; 8] = tag.as_bytes().try_into().ok()?;
    let is_x = digits.map(|digit| digit.eq_ignore_ascii_case(&b'x'));
    let form = match is_x {
        [false, false, false, false, false, false, false, false] => Form::Fixed,
        [false, false, false, false, true, true, false, false] => Form::Block,
        [false, false, true, true, true, true, false, false] => Form::Groups,
        _ => return None,
    };
    if !tag.bytes().all(|digit| digit.is_ascii_hexdigit() || digit.eq_ignore_ascii_case(&b'x')) {
        return None;
    }
    let value = u32::from_str_radix(&tag.replace(['x', 'X'], "0"), 16).ok()?;
    (form == Form::Groups || Tag(value).is_private()).then_some((form, value))
}

/// A data element that a user has added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserEntry {
    /// The tag.
    pub tag: Tag,
    /// The VR.
    pub vr: Option<Vr>,
    /// The value multiplicity.
    pub vm: String,
    /// The keyword.
    pub keyword: String,
    /// The name.
    pub name: String,
    /// True where it is marked as retired.
    pub retired: bool,
}

/// Everything that a user has added: elements of their own and private ones.
#[derive(Clone, Debug, Default)]
pub struct UserDictionary {
    /// The private elements.
    pub private: PrivateDictionary,
    elements: HashMap<Tag, UserEntry>,
    keywords: HashMap<String, Tag>,
}

impl UserDictionary {
    /// Adds an element, in place of what the dictionary says of its tag and keyword. The group must be even.
    pub fn insert(&mut self, entry: UserEntry) -> Result<()> {
        if entry.tag.is_private() {
            return Err(Error::new(
                ErrorKind::Argument,
                "a tag with an odd group belongs in the private dictionary",
            ));
        }
        if let Some(before) = self.elements.remove(&entry.tag) {
            self.keywords.remove(&before.keyword);
        }
        self.keywords.insert(entry.keyword.clone(), entry.tag);
        self.elements.insert(entry.tag, entry);
        Ok(())
    }

    /// The element that the user has added under this tag.
    pub fn by_tag(&self, tag: Tag) -> Option<&UserEntry> {
        self.elements.get(&tag)
    }

    /// The tag of a keyword: the user's word first, then the standard's.
    pub fn by_keyword(&self, keyword: &str) -> Option<Tag> {
        self.keywords.get(keyword).copied().or_else(|| by_keyword(keyword))
    }

    /// The VR of a tag: the user's word first, then the standard's.
    pub fn vr_of(&self, tag: Tag) -> Option<Vr> {
        match self.elements.get(&tag) {
            Some(entry) => entry.vr,
            None => vr_of(tag),
        }
    }

    /// The keywords that the user has added.
    pub fn keywords(&self) -> impl Iterator<Item = &str> {
        self.keywords.keys().map(String::as_str)
    }

    /// True where the user has added nothing.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty() && self.private.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{PrivateDictionary, UserDictionary, UserEntry};
    use crate::{Tag, Vr};

    #[test]
    fn the_user_goes_first() {
        let mut user = PrivateDictionary::default();
        assert_eq!(user.lookup("SIEMENS CSA HEADER", Tag(0x0029_1010)).unwrap().vr, Some(Vr::OB));
        user.insert("SIEMENS CSA HEADER ", "0029xx10", Some(Vr::LT), "1-n", "Mine").unwrap();
        let entry = user.lookup("SIEMENS CSA HEADER", Tag(0x0029_E210)).unwrap();
        assert_eq!((entry.vr, entry.vm, entry.name), (Some(Vr::LT), "1-n", "Mine"));
        user.insert("OURS", "00291101", Some(Vr::US), "1", "").unwrap();
        assert_eq!(user.lookup("OURS", Tag(0x0029_1101)).unwrap().vr, Some(Vr::US));
        assert_eq!(user.lookup("OURS", Tag(0x0029_1201)), None);
    }

    #[test]
    fn tags_that_are_not_private_are_refused() {
        let mut user = PrivateDictionary::default();
        for tag in ["0028xx10", "00291", "0029x010", "+029xx10", "0029xx1g", "0029xx1é", "002910xx"] {
            assert!(user.insert("OURS", tag, None, "1", "").is_err(), "{tag}");
        }
        assert!(user.is_empty());
    }

    #[test]
    fn elements_of_the_user() {
        let entry = |tag, keyword: &str| UserEntry {
            tag,
            vr: Some(Vr::UL),
            vm: "1".into(),
            keyword: keyword.into(),
            name: String::new(),
            retired: false,
        };
        let mut user = UserDictionary::default();
        assert_eq!(user.vr_of(Tag(0x0028_0010)), Some(Vr::US));
        user.insert(entry(Tag(0x1002_1001), "TestOne")).unwrap();
        user.insert(entry(Tag(0x1002_1001), "TestTwo")).unwrap();
        assert_eq!(user.by_keyword("TestOne"), None);
        assert_eq!(user.by_keyword("TestTwo"), Some(Tag(0x1002_1001)));
        assert_eq!(user.vr_of(Tag(0x1002_1001)), Some(Vr::UL));
        assert_eq!(user.by_keyword("Rows"), Some(Tag(0x0028_0010)));
        assert!(user.insert(entry(Tag(0x1003_1001), "TestThree")).is_err());
    }
}
