//! Unique identifiers: what the registered ones stand for (PS3.6 Annex A) and which are well formed (PS3.5 9.1).

use crate::tables::uids::{KINDS, SOP_CLASSES, UID_KEYWORD_SLOTS, UID_SLOTS, UIDS};
use crate::tables::{self, Text, find, hash_text};

/// The longest UID (PS3.5 9.1).
pub const LONGEST: usize = 64;

/// A UID that the standard has registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UidEntry {
    /// The UID.
    pub uid: &'static str,
    /// The name.
    pub name: &'static str,
    /// The keyword, empty for a few.
    pub keyword: &'static str,
    /// What it is: `SOP Class`, `Transfer Syntax` and so on.
    pub kind: &'static str,
    /// A remark, mostly empty.
    pub info: &'static str,
    /// True where the standard has retired it.
    pub retired: bool,
}

/// What is known of a SOP class beside its UID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SopClass {
    /// The UID, its name and its keyword.
    pub uid: UidEntry,
    /// The information object definition, empty where it stores none or it is not known.
    pub iod: &'static str,
    /// The type of its directory records (PS3.3 Annex F), empty where it has none.
    pub directory_record: &'static str,
}

impl UidEntry {
    fn new(row: &tables::Uid) -> Self {
        Self {
            uid: row.uid.get(),
            name: row.name.get(),
            keyword: row.keyword.get(),
            kind: KINDS.get(usize::from(row.kind)).copied().unwrap_or_default(),
            info: row.info.get(),
            retired: row.retired,
        }
    }
}

fn row(uid: &str) -> Option<(usize, &'static tables::Uid)> {
    find(&UID_SLOTS, &UIDS, hash_text(uid), |row| row.uid.is(uid))
}

/// What a UID stands for, where the standard has registered it.
pub fn lookup(uid: &str) -> Option<UidEntry> {
    row(uid).map(|(_, row)| UidEntry::new(row))
}

/// The UID with this keyword: `CTImageStorage`.
pub fn by_keyword(keyword: &str) -> Option<UidEntry> {
    find(&UID_KEYWORD_SLOTS, &UIDS, hash_text(keyword), |row| row.keyword.is(keyword))
        .map(|(_, row)| UidEntry::new(row))
}

/// The SOP class or meta SOP class with this UID.
pub fn sop_class(uid: &str) -> Option<SopClass> {
    let (index, row) = row(uid)?;
    let (_, iod, record) = SOP_CLASSES.iter().find(|(of, _, _)| usize::from(*of) == index)?;
    let text = |reference| Text::new(reference).get();
    Some(SopClass { uid: UidEntry::new(row), iod: text(*iod), directory_record: text(*record) })
}

/// Every registered UID, in the order of PS3.6.
pub fn iter() -> impl ExactSizeIterator<Item = UidEntry> {
    UIDS.iter().map(UidEntry::new)
}

/// True for a well-formed UID: digits in components without leading zeros, no more than 64 characters (PS3.5 9.1).
pub fn is_valid(uid: &str) -> bool {
    let component = |digits: &str| {
        !digits.is_empty()
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && (digits.len() == 1 || !digits.starts_with('0'))
    };
    uid.len() <= LONGEST && uid.split('.').all(component)
}

#[cfg(test)]
mod tests {
    use super::{by_keyword, is_valid, iter, lookup, sop_class};

    #[test]
    fn every_uid_is_found_by_itself_and_its_keyword() {
        assert_eq!(iter().len(), 1989);
        for entry in iter() {
            assert_eq!(lookup(entry.uid), Some(entry));
            assert!(is_valid(entry.uid), "{}", entry.uid);
            if !entry.keyword.is_empty() {
                assert_eq!(by_keyword(entry.keyword), Some(entry));
            }
        }
        assert_eq!(lookup("1.2.3"), None);
        assert_eq!(lookup(""), None);
        assert_eq!(by_keyword(""), None);
    }

    #[test]
    fn sop_classes() {
        assert_eq!(iter().filter(|entry| sop_class(entry.uid).is_some()).count(), 323);
        let ct = sop_class("1.2.840.10008.5.1.4.1.1.2").unwrap();
        assert_eq!((ct.uid.keyword, ct.iod, ct.directory_record), ("CTImageStorage", "ct-image", "IMAGE"));
        assert_eq!(sop_class("1.2.840.10008.1.2"), None);
    }

    #[test]
    fn well_formed() {
        assert!(is_valid("0") && is_valid("1.2.0.3") && is_valid(&"1".repeat(64)));
        for uid in ["", ".", "1.", ".1", "1..2", "1.02", "00", "1.2a", "1.2 ", "1.-2", &"1".repeat(65)] {
            assert!(!is_valid(uid), "{uid}");
        }
    }
}
