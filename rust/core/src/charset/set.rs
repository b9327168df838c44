//! The character sets of PS3.3 C.12.1.1.2: their defined terms, and the spellings that files use instead.

/// One character set. The order is that of PS3.3 tables C.12-2 to C.12-5.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub(super) enum Set {
    /// ISO 646, the default repertoire.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// ISO 8859-2.
    Latin2,
    /// ISO 8859-3.
    Latin3,
    /// ISO 8859-4.
    Latin4,
    /// ISO 8859-5.
    Cyrillic,
    /// ISO 8859-6.
    Arabic,
    /// ISO 8859-7.
    Greek,
    /// ISO 8859-8.
    Hebrew,
    /// ISO 8859-9.
    Latin5,
    /// ISO 8859-15.
    Latin9,
    /// TIS 620-2533.
    Thai,
    /// JIS X 0201: romaji in G0 (ISO-IR 14), katakana in G1 (ISO-IR 13).
    Katakana,
    /// JIS X 0208, in G0.
    Jis0208,
    /// JIS X 0212, in G0.
    Jis0212,
    /// KS X 1001, in G1.
    Ksx1001,
    /// GB 2312, in G1.
    Gb2312,
    /// Unicode in UTF-8.
    Utf8,
    /// GB 18030.
    Gb18030,
    /// GBK.
    Gbk,
}

/// What a defined term says.
struct Row {
    set: Set,
    /// The registration number, or the name where there is none.
    name: &'static str,
    /// The term alone: empty where the set exists with code extensions only.
    alone: &'static str,
    /// The term with code extensions: empty where they are not allowed.
    extended: &'static str,
}

const fn row(set: Set, name: &'static str, alone: &'static str, extended: &'static str) -> Row {
    Row { set, name, alone, extended }
}

/// PS3.3 tables C.12-2 to C.12-5, in the order of [`Set`].
const ROWS: [Row; 20] = [
    row(Set::Ascii, "6", "ISO_IR 6", "ISO 2022 IR 6"),
    row(Set::Latin1, "100", "ISO_IR 100", "ISO 2022 IR 100"),
    row(Set::Latin2, "101", "ISO_IR 101", "ISO 2022 IR 101"),
    row(Set::Latin3, "109", "ISO_IR 109", "ISO 2022 IR 109"),
    row(Set::Latin4, "110", "ISO_IR 110", "ISO 2022 IR 110"),
    row(Set::Cyrillic, "144", "ISO_IR 144", "ISO 2022 IR 144"),
    row(Set::Arabic, "127", "ISO_IR 127", "ISO 2022 IR 127"),
    row(Set::Greek, "126", "ISO_IR 126", "ISO 2022 IR 126"),
    row(Set::Hebrew, "138", "ISO_IR 138", "ISO 2022 IR 138"),
    row(Set::Latin5, "148", "ISO_IR 148", "ISO 2022 IR 148"),
    row(Set::Latin9, "203", "ISO_IR 203", "ISO 2022 IR 203"),
    row(Set::Thai, "166", "ISO_IR 166", "ISO 2022 IR 166"),
    row(Set::Katakana, "13", "ISO_IR 13", "ISO 2022 IR 13"),
    row(Set::Jis0208, "87", "", "ISO 2022 IR 87"),
    row(Set::Jis0212, "159", "", "ISO 2022 IR 159"),
    row(Set::Ksx1001, "149", "", "ISO 2022 IR 149"),
    row(Set::Gb2312, "58", "", "ISO 2022 IR 58"),
    row(Set::Utf8, "192", "ISO_IR 192", ""),
    row(Set::Gb18030, "GB18030", "GB18030", ""),
    row(Set::Gbk, "GBK", "GBK", ""),
];

/// Names that are no defined terms but leave no doubt, letters and digits only.
const ALIASES: [(&str, Set); 27] = [
    ("ASCII", Set::Ascii),
    ("USASCII", Set::Ascii),
    ("ISO646", Set::Ascii),
    ("LATIN1", Set::Latin1),
    ("LATIN2", Set::Latin2),
    ("LATIN5", Set::Latin5),
    ("LATIN9", Set::Latin9),
    ("ISO88591", Set::Latin1),
    ("ISO88592", Set::Latin2),
    ("ISO88593", Set::Latin3),
    ("ISO88594", Set::Latin4),
    ("ISO88595", Set::Cyrillic),
    ("ISO88596", Set::Arabic),
    ("ISO88597", Set::Greek),
    ("ISO88598", Set::Hebrew),
    ("ISO88599", Set::Latin5),
    ("ISO885911", Set::Thai),
    ("ISO885915", Set::Latin9),
    ("ISOIR14", Set::Katakana),
    ("SHIFTJIS", Set::Katakana),
    ("SJIS", Set::Katakana),
    ("EUCKR", Set::Ksx1001),
    ("KSX1001", Set::Ksx1001),
    ("GB2312", Set::Gb2312),
    ("UTF8", Set::Utf8),
    ("UNICODE", Set::Utf8),
    ("ISO10646", Set::Utf8),
];

/// How a term was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Term {
    pub(super) set: Set,
    /// The term is one with code extensions.
    pub(super) extended: bool,
    /// The term is a defined one, letter for letter.
    pub(super) exact: bool,
}

impl Set {
    /// The defined term. A set that has only one of the two forms gives that one.
    pub(super) fn term(self, extended: bool) -> &'static str {
        let Some(row) = ROWS.get(self as usize) else { return "" };
        let wanted = if extended { row.extended } else { row.alone };
        if wanted.is_empty() { if extended { row.alone } else { row.extended } } else { wanted }
    }

    /// True for the sets that allow no code extensions (PS3.5 6.1.2.5.4).
    pub(super) const fn stands_alone(self) -> bool {
        matches!(self, Self::Utf8 | Self::Gb18030 | Self::Gbk)
    }

    /// True for the sets that exist with code extensions only.
    pub(super) const fn needs_escapes(self) -> bool {
        matches!(self, Self::Jis0208 | Self::Jis0212 | Self::Ksx1001 | Self::Gb2312)
    }

    /// Reads one value of Specific Character Set, without its padding; `None` where nothing can be made of it.
    pub(super) fn from_term(text: &[u8]) -> Option<Term> {
        if text.is_empty() {
            return Some(Term { set: Self::Ascii, extended: false, exact: true });
        }
        for row in &ROWS {
            for (term, extended) in [(row.alone, false), (row.extended, true)] {
                if term.as_bytes() == text {
                    return Some(Term { set: row.set, extended, exact: true });
                }
            }
        }
        let (letters, length) = letters(text)?;
        let name = letters.get(..length)?;
        let extended = name.starts_with(b"ISO2022");
        let set = registered(name)
            .or_else(|| ALIASES.iter().find(|(alias, _)| alias.as_bytes() == name).map(|&(_, set)| set))?;
        Some(Term { set, extended, exact: false })
    }
}

/// The letters and digits of a term, in capitals; `None` where there are more than any term has.
fn letters(text: &[u8]) -> Option<([u8; 16], usize)> {
    let mut name = [0; 16];
    let mut length = 0;
    for byte in text.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        *name.get_mut(length)? = byte.to_ascii_uppercase();
        length += 1;
    }
    Some((name, length))
}

/// The set that a misspelt term registers: `ISO IR 100`, `ISO-IR 100`, `ISO2022IR100`, `ISO 2022 58`, `ISO 2022 GBK`, `IR 100`.
fn registered(name: &[u8]) -> Option<Set> {
    let rest = name.strip_prefix(b"ISO").unwrap_or(name);
    let code = rest.strip_prefix(b"2022").unwrap_or(rest);
    let number = code.strip_prefix(b"IR").unwrap_or(code);
    let named = number.first().is_some_and(u8::is_ascii_alphabetic);
    if !named && number.len() == name.len() {
        return None;
    }
    ROWS.iter().find(|row| row.name.as_bytes() == number).map(|row| row.set)
}

#[cfg(test)]
mod tests {
    use super::{ROWS, Set};

    #[test]
    fn rows_are_in_the_order_of_the_sets() {
        for (index, row) in ROWS.iter().enumerate() {
            assert_eq!(row.set as usize, index);
            for extended in [false, true] {
                let term = row.set.term(extended);
                let read = Set::from_term(term.as_bytes()).unwrap();
                assert_eq!((read.set, read.exact), (row.set, true), "{term}");
            }
        }
    }

    #[test]
    fn spellings_of_real_files_are_read_and_not_exact() {
        for (text, set, extended) in [
            ("ISO IR 100", Set::Latin1, false),
            ("ISO-IR 144", Set::Cyrillic, false),
            ("iso_ir 100", Set::Latin1, false),
            ("ISO_IR100", Set::Latin1, false),
            ("ISO 2022 IR100", Set::Latin1, true),
            ("ISO_2022_IR_87", Set::Jis0208, true),
            ("ISO 2022-IR 13", Set::Katakana, true),
            ("ISO 2022 58", Set::Gb2312, true),
            ("ISO 2022 GBK", Set::Gbk, true),
            ("ISO_IR 87", Set::Jis0208, false),
            ("latin1", Set::Latin1, false),
            ("ISO-8859-15", Set::Latin9, false),
            ("UTF-8", Set::Utf8, false),
            ("gb18030", Set::Gb18030, false),
        ] {
            let term = Set::from_term(text.as_bytes()).unwrap();
            assert_eq!((term.set, term.extended, term.exact), (set, extended, false), "{text}");
        }
    }

    #[test]
    fn nonsense_is_no_term() {
        for text in
            ["100", "ISO_IR", "ISO_IR 999", "ISO_IR 1000000000000000000", "KOI8-R", "-", "ISO 2022 IR"]
        {
            assert_eq!(Set::from_term(text.as_bytes()), None, "{text}");
        }
    }
}
