//! AE titles and UIDs as peers send them: padded in every way, and kept byte by byte, but shown in one line without control characters.

use std::fmt;

use radiogram_core::{Error, ErrorKind, Result};

/// A UID as it came or is to be sent, without the padding round it.
///
/// Bytes that no UID may hold are kept as Latin-1, so that an unknown context can be answered; [`Uid::is_valid`] tells.
#[derive(Clone)]
pub struct Uid(Text);

/// A registered UID need not be held again: an association has hundreds of them.
#[derive(Clone)]
enum Text {
    Own(Box<str>),
    Registered(&'static str),
}

impl Uid {
    /// A UID of our own.
    pub fn new(text: &str) -> Self {
        Self(Text::Own(text.into()))
    }

    /// A UID of a peer, padded by NUL or spaces at either end.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let bytes = trimmed(bytes);
        match bytes.is_ascii().then(|| std::str::from_utf8(bytes)) {
            Some(Ok(text)) => Self::new(text),
            _ => Self(Text::Own(bytes.iter().map(|&byte| char::from(byte)).collect())),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Own(text) => text,
            Text::Registered(text) => text,
        }
    }

    /// The same, without memory of its own where the standard has registered it: for what is kept.
    #[must_use]
    pub fn to_kept(&self) -> Self {
        match (&self.0, radiogram_core::uid::lookup(self.as_str())) {
            (Text::Own(_), Some(entry)) => Self(Text::Registered(entry.uid)),
            _ => self.clone(),
        }
    }

    /// True for a well-formed UID (PS3.5 9.1).
    pub fn is_valid(&self) -> bool {
        radiogram_core::uid::is_valid(self.as_str())
    }

    /// Appends its bytes; what is no Latin-1 cannot be sent.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        if self.as_str().is_ascii() {
            out.extend_from_slice(self.as_str().as_bytes());
            return Ok(());
        }
        for character in self.as_str().chars() {
            let byte = u8::try_from(character)
                .map_err(|_| Error::new(ErrorKind::Argument, "a UID with characters that cannot be sent"))?;
            out.push(byte);
        }
        Ok(())
    }
}

impl Default for Uid {
    fn default() -> Self {
        Self(Text::Registered(""))
    }
}

impl PartialEq for Uid {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Uid {}

impl PartialOrd for Uid {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Uid {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl std::hash::Hash for Uid {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl From<&str> for Uid {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// In one line, and no longer than a UID is.
impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.as_str().chars().take(radiogram_core::uid::LONGEST))
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The title of an application entity: 16 bytes, where spaces at either end say nothing (PS3.8 table 9-11).
///
/// The bytes are kept, because an acceptor repeats them; two titles are equal where what counts of them is.
#[derive(Clone, Copy)]
pub struct AeTitle([u8; 16]);

impl AeTitle {
    /// A title of our own.
    ///
    /// # Errors
    ///
    /// `Argument` for one that is blank, longer than 16 characters, or holds a control character or a backslash (PS3.5 6.2).
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim_matches(' ');
        let fits = !text.is_empty() && text.len() <= 16;
        if !fits || !text.bytes().all(|byte| (0x20..0x7F).contains(&byte) && byte != b'\\') {
            return Err(Error::new(ErrorKind::Argument, "an AE title has 1 to 16 characters of ASCII"));
        }
        let mut bytes = [b' '; 16];
        bytes.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
        Ok(Self(bytes))
    }

    pub(crate) const fn of(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The value of an element, which can be shorter and is cut where it is longer.
    pub(crate) fn of_value(value: &[u8]) -> Self {
        let mut bytes = [b' '; 16];
        bytes.iter_mut().zip(value).for_each(|(place, byte)| *place = *byte);
        Self(bytes)
    }

    /// The 16 bytes as they are sent.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// What counts of it.
    pub fn trimmed(&self) -> &[u8] {
        trimmed(&self.0)
    }

    /// As text: every byte is a character.
    pub fn to_text(&self) -> String {
        self.trimmed().iter().map(|&byte| char::from(byte)).collect()
    }

    /// True where nothing counts of it.
    pub fn is_blank(&self) -> bool {
        self.trimmed().is_empty()
    }
}

impl PartialEq for AeTitle {
    fn eq(&self, other: &Self) -> bool {
        self.trimmed() == other.trimmed()
    }
}

impl Eq for AeTitle {}

impl std::hash::Hash for AeTitle {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.trimmed().hash(state);
    }
}

impl Default for AeTitle {
    fn default() -> Self {
        Self([b' '; 16])
    }
}

/// In one line: control characters, and what is no ASCII, are escaped.
impl fmt::Display for AeTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.trimmed().iter().map(|&byte| char::from(byte)))
    }
}

impl fmt::Debug for AeTitle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn show(f: &mut fmt::Formatter<'_>, characters: impl Iterator<Item = char>) -> fmt::Result {
    for character in characters {
        if character == ' ' || character.is_ascii_graphic() && character != '\\' {
            write!(f, "{character}")?;
        } else {
            write!(f, "\\x{:02X}", u32::from(character))?;
        }
    }
    Ok(())
}

/// Without NUL and spaces at either end.
pub(crate) fn trimmed(bytes: &[u8]) -> &[u8] {
    let is_padding = |byte: &u8| matches!(byte, 0 | b' ');
    let begin = bytes.iter().position(|byte| !is_padding(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_padding(byte)).map_or(begin, |last| last + 1);
    bytes.get(begin..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_does_not_count() {
        for bytes in [&b"1.2.3"[..], b"1.2.3\0", b"1.2.3 ", b"1.2.3\0\0 ", b" 1.2.3"] {
            assert_eq!(Uid::of(bytes), Uid::new("1.2.3"));
        }
        assert_eq!(Uid::of(b"\0 \0"), Uid::default());
        assert_eq!(AeTitle::of(*b"  STORE SCP     "), AeTitle::new("STORE SCP").unwrap());
        assert_eq!(AeTitle::of(*b"STORE SCP\0\0\0\0\0\0\0"), AeTitle::new("STORE SCP").unwrap());
        assert!(AeTitle::of([0; 16]).is_blank());
    }

    #[test]
    fn what_is_kept_is_the_same() {
        for text in ["1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.3", "", "\u{E4}"] {
            let (own, kept) = (Uid::new(text), Uid::new(text).to_kept());
            assert_eq!((&own, own.as_str(), own.cmp(&kept)), (&kept, text, std::cmp::Ordering::Equal));
            assert_eq!(std::collections::HashSet::from([own, kept]).len(), 1);
        }
        assert!(matches!(Uid::new("1.2.840.10008.1.2").to_kept().0, Text::Registered(_)));
    }

    #[test]
    fn no_title_begins_a_line_of_a_log() {
        let title = AeTitle::of(*b"\x1b[31m\r\nFAKE\\   \xE4");
        assert_eq!(title.to_string(), "\\x1B[31m\\x0D\\x0AFAKE\\x5C   \\xE4");
        assert_eq!(Uid::of(&[b'1'; 4000]).to_string().len(), 64);
    }

    #[test]
    fn what_is_kept_is_what_came() {
        let mut out = Vec::new();
        Uid::of(b"1.\xFF\x7F").encode(&mut out).unwrap();
        assert_eq!(out, b"1.\xFF\x7F");
        assert!(!Uid::of(b"1.\xFF").is_valid());
        assert!(Uid::new("1.\u{20AC}").encode(&mut out).is_err());
    }

    #[test]
    fn titles_of_our_own() {
        assert_eq!(AeTitle::new(" ME ").unwrap().bytes(), b"ME              ");
        for wrong in ["", " ", "12345678901234567", "A\nB", "A\\B", "\u{C4}"] {
            assert!(AeTitle::new(wrong).is_err(), "{wrong:?}");
        }
    }
}
