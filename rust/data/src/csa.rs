//! The CSA header: what Siemens' MR scanners up to VE11 write into a private element, a table of names and texts of its own.
//!
//! No standard describes it. Both of its forms are little endian and hold entries of 84 bytes, each followed by its values:
//!
//! * the second one begins with `SV10` and four bytes, and the length of a value is the second of the four numbers in front of it;
//! * the first one begins with the number of entries, and the length of a value is the first number in front of it, less the
//!   number of values that the first entry of the table has.
//!
//! Nothing is copied, and nothing is believed: what leads beyond the bytes ends the table there.

/// A name, its count of values, a VR, three numbers.
const ENTRY: usize = 84;
/// The name of an entry, with zeros up to this length.
const NAME: usize = 64;
/// Tables of scanners hold about a hundred entries.
const MOST_ENTRIES: u32 = 1024;
/// Entries hold six values, or as many as slices and a few more.
const MOST_VALUES: u32 = 8192;

/// Where the length of a value stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// The first number, and what it is too large by.
    First,
    /// `SV10`.
    Second,
}

/// A table, looked at where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Csa<'a> {
    rest: &'a [u8],
    entries: u32,
    form: Form,
}

impl<'a> Csa<'a> {
    /// The table in the value of (0029,xx10) or (0029,xx20); `None` where the bytes begin like none.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let (form, head) = match bytes.strip_prefix(b"SV10") {
            Some(rest) => (Form::Second, rest.get(4..)?),
            None => (Form::First, bytes),
        };
        // A number that is always 77 stands between the count and the first entry.
        let (entries, rest) = (number(head, 0)?, head.get(8..)?);
        (1..=MOST_ENTRIES).contains(&entries).then_some(Self { rest, entries, form })
    }

    /// The values of an entry, without padding; empty where it is not there, or where the table breaks off before it.
    pub fn values(&self, name: &str) -> Vec<&'a str> {
        self.entries().find(|entry| entry.name == name).map(|entry| entry.values).unwrap_or_default()
    }

    /// The numbers of an entry; empty where it is not there, or where one of its values is none.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        let parsed: Option<Vec<f64>> = self.values(name).into_iter().map(|text| text.parse().ok()).collect();
        parsed.unwrap_or_default()
    }

    /// All entries, up to where the table breaks off.
    pub fn entries(&self) -> Entries<'a> {
        Entries { rest: self.rest, left: self.entries, form: self.form, excess: None }
    }
}

/// A name and its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The name, such as `B_value`.
    pub name: &'a str,
    /// Its values; those that are empty are left out.
    pub values: Vec<&'a str>,
}

/// The entries of a table, one after the other.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    rest: &'a [u8],
    left: u32,
    form: Form,
    /// What lengths are too large by, in the first form.
    excess: Option<u32>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        self.left = self.left.checked_sub(1)?;
        let entry = self.entry();
        if entry.is_none() {
            self.left = 0;
        }
        entry
    }
}

impl<'a> Entries<'a> {
    fn entry(&mut self) -> Option<Entry<'a>> {
        let (head, mut rest) = self.rest.split_at_checked(ENTRY)?;
        let name = text(head.get(..NAME)?)?;
        let wanted = number(head, NAME)?;
        let count = number(head, NAME + 12)?;
        let excess = *self.excess.get_or_insert(count);
        if count > MOST_VALUES {
            return None;
        }
        let mut values = Vec::new();
        for place in 0..count {
            let length = match self.form {
                Form::First => number(rest, 0)?.checked_sub(excess),
                Form::Second => number(rest, 4),
            };
            let length = usize::try_from(length?).ok()?;
            let bytes = rest.get(16..)?.get(..length)?;
            // Entries hold more places than values.
            if wanted == 0 || place < wanted {
                values.extend(text(bytes).filter(|text| !text.is_empty()));
            }
            // The last value of a table may go without its padding.
            let end = 16 + length.next_multiple_of(4);
            rest = rest.get(end..).unwrap_or_default();
        }
        self.rest = rest;
        Some(Entry { name, values })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

/// Text up to its first zero, without spaces round it; `None` where it is not ASCII.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = bytes.split(|&byte| byte == 0).next()?;
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    Some(text.trim_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table as scanners write it.
    fn table(form: Form, entries: &[(&str, &[&str])]) -> Vec<u8> {
        let mut made = Vec::new();
        let word = |made: &mut Vec<u8>, number: usize| {
            made.extend(u32::try_from(number).unwrap().to_le_bytes());
        };
        if form == Form::Second {
            made.extend(b"SV10\x04\x03\x02\x01");
        }
        word(&mut made, entries.len());
        word(&mut made, 77);
        for (name, values) in entries {
            let mut head = name.as_bytes().to_vec();
            head.resize(NAME, 0);
            made.extend(head);
            // Six places, whatever there is to put into them.
            for number in [values.len(), u32::from_le_bytes(*b"DS\0\0") as usize, 3, 6, 77] {
                word(&mut made, number);
            }
            for place in 0..6 {
                let value = values.get(place).copied().unwrap_or_default();
                let length = if value.is_empty() { 0 } else { value.len() + 1 };
                let said = if form == Form::First { length + 6 } else { length };
                for number in [said, length, 77, length] {
                    word(&mut made, number);
                }
                let mut bytes = value.as_bytes().to_vec();
                bytes.resize(length.next_multiple_of(4), 0);
                made.extend(bytes);
            }
        }
        made
    }

    const ENTRIES: [(&str, &[&str]); 3] = [
        ("EchoLinePosition", &[]),
        ("SliceNormalVector", &["0.00000000", "-0.5", " 0.8660254 "]),
        ("NumberOfImagesInMosaic", &["36"]),
    ];

    #[test]
    fn both_forms_say_the_same() {
        for form in [Form::First, Form::Second] {
            let bytes = table(form, &ENTRIES);
            let csa = Csa::new(&bytes).unwrap();
            assert_eq!(csa.numbers("SliceNormalVector"), [0.0, -0.5, 0.866_025_4], "{form:?}");
            assert_eq!(csa.values("NumberOfImagesInMosaic"), ["36"], "{form:?}");
            assert_eq!(csa.values("EchoLinePosition"), [""; 0], "{form:?}");
            assert_eq!(csa.values("B_value"), [""; 0], "{form:?}");
            assert_eq!(csa.entries().count(), 3);
        }
    }

    #[test]
    fn what_breaks_off_ends_there() {
        for form in [Form::First, Form::Second] {
            let whole = table(form, &ENTRIES);
            for end in 0..whole.len() {
                let Some(csa) = Csa::new(&whole[..end]) else { continue };
                let values = csa.values("SliceNormalVector");
                assert!(values.is_empty() || values.len() == 3, "{end}");
            }
        }
    }

    #[test]
    fn what_is_no_table_is_none() {
        for bytes in
            [&b""[..], b"SV10", b"SV10\x04\x03\x02\x01\x00\x00\x00\x00\x4d\x00\x00\x00", &[0xFF; 200]]
        {
            assert!(Csa::new(bytes).is_none());
        }
        assert!(
            Csa::new(b"SV10\x04\x03\x02\x01\x05\x00\x00\x00\x4d\x00\x00\x00")
                .unwrap()
                .entries()
                .next()
                .is_none()
        );
    }
}
