//! Specific Character Set: the text of DICOM values to `str` and back (PS3.3 C.12.1.1.2, PS3.5 6.1 and 6.1.2.5).
//!
//! Decoding never fails. Where bytes are outside what the character set allows, the most likely reading is given together
//! with `true`; encoding is strict.

mod double_byte;
mod encode;
mod hangul;
mod iso2022;
mod set;
mod single_byte;
mod standalone;
mod tables;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use encode::Unencodable;
use set::Set;

/// How many sets one charset can list: every one that allows code extensions.
const MOST: usize = 17;

/// What a text is, which decides where its character set returns to the initial one (PS3.5 6.1.2.5.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TextKind {
    /// LT, ST, UT: one text, in which a backslash is a character.
    Text,
    /// LO, SH, UC: values separated by backslashes.
    Values,
    /// PN: values separated by backslashes, with `^` and `=` between the parts of a name.
    PersonName,
}

/// The value of Specific Character Set, ready to decode and encode with. 19 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Charset {
    /// The sets listed, each once; the first is what a text begins with. Past `count`, `Ascii`.
    sets: [Set; MOST],
    count: u8,
    /// Code extensions are allowed.
    extended: bool,
}

impl Charset {
    /// The default repertoire, ISO-IR 6.
    pub const DEFAULT: Self = Self { sets: [Set::Ascii; MOST], count: 1, extended: false };

    /// UTF-8.
    pub const UTF8: Self = {
        let mut sets = [Set::Ascii; MOST];
        let [first, ..] = &mut sets;
        *first = Set::Utf8;
        Self { sets, count: 1, extended: false }
    };

    /// Reads the values of Specific Character Set, padding allowed.
    ///
    /// `true` where a value is no defined term, or one that cannot stand in its place. What a misspelt term means is
    /// guessed, as far as there is no doubt; a value that says nothing counts as the default repertoire.
    pub fn from_terms<'a>(terms: impl Iterator<Item = &'a [u8]>) -> (Self, bool) {
        let mut charset = Self { count: 0, ..Self::DEFAULT };
        let mut flagged = false;
        for (index, text) in terms.enumerate() {
            let term = Set::from_term(trim(text));
            flagged |= term.is_none_or(|term| !term.exact);
            let (set, extended) = term.map_or((Set::Ascii, false), |term| (term.set, term.extended));
            // PS3.3 C.12.1.1.2: ISO_IR 192, GB18030 and GBK stand alone.
            if charset.first().stands_alone() || (index > 0 && set.stands_alone()) {
                flagged = true;
                continue;
            }
            charset.extended |= extended || index > 0 || set.needs_escapes();
            charset.list(set);
        }
        if charset.count == 0 { (Self::DEFAULT, flagged) } else { (charset, flagged) }
    }

    /// Reads the bytes of (0008,0005): values separated by backslashes, padded.
    pub fn from_value(value: &[u8]) -> (Self, bool) {
        Self::from_terms(value.split(|&byte| byte == b'\\'))
    }

    /// The defined terms, the first one empty where it is the default repertoire with code extensions.
    pub fn terms(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.sets().iter().enumerate().map(|(index, &set)| match (index, set) {
            (0, Set::Ascii) if self.count > 1 => "",
            _ => set.term(self.extended),
        })
    }

    /// Decodes one text (LT, ST, UT): borrowed where it is ASCII, or UTF-8 that is called so.
    ///
    /// `true` where bytes are outside the repertoire.
    #[inline]
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
        match plain(bytes) {
            Some(text) => (Cow::Borrowed(text), false),
            None => self.decode_other(bytes, TextKind::Text),
        }
    }

    /// Decodes the values of LO, SH and UC, and hands each to `sink`; an empty value is one empty text.
    ///
    /// A backslash separates values only where it is a character: not as half of one.
    #[inline]
    pub fn decode_values<'a>(&self, bytes: &'a [u8], sink: &mut dyn FnMut(Cow<'a, str>)) -> bool {
        self.decode_split(bytes, TextKind::Values, sink)
    }

    /// Decodes the values of PN, each with its `^` and `=`, and hands each to `sink`.
    #[inline]
    pub fn decode_person_names<'a>(&self, bytes: &'a [u8], sink: &mut dyn FnMut(Cow<'a, str>)) -> bool {
        self.decode_split(bytes, TextKind::PersonName, sink)
    }

    /// Encodes a text, with the escape sequences that it needs; several values are joined by backslashes.
    ///
    /// A character that the charset does not have is an error: nothing is replaced.
    pub fn encode(&self, text: &str, kind: TextKind) -> Result<Vec<u8>, Unencodable> {
        encode::encode(self, text, kind)
    }

    fn decode_split<'a>(&self, bytes: &'a [u8], kind: TextKind, sink: &mut dyn FnMut(Cow<'a, str>)) -> bool {
        if let Some(text) = plain(bytes) {
            if !bytes.contains(&b'\\') {
                sink(Cow::Borrowed(text));
                return false;
            }
            text.split('\\').for_each(|value| sink(Cow::Borrowed(value)));
            return false;
        }
        let (text, flagged) = self.decode_other(bytes, kind);
        match text {
            Cow::Borrowed(text) => text.split('\\').for_each(|value| sink(Cow::Borrowed(value))),
            Cow::Owned(text) if !text.contains('\\') => sink(Cow::Owned(text)),
            Cow::Owned(text) => text.split('\\').for_each(|value| sink(Cow::Owned(value.to_owned()))),
        }
        flagged
    }

    #[inline(never)]
    fn decode_other<'a>(&self, bytes: &'a [u8], kind: TextKind) -> (Cow<'a, str>, bool) {
        match self.first() {
            Set::Utf8 => standalone::decode_utf8(bytes),
            Set::Gb18030 => standalone::decode_gb18030(bytes),
            Set::Gbk => standalone::decode_gbk(bytes),
            _ => {
                let (text, flagged) = iso2022::decode(self, bytes, kind);
                (Cow::Owned(text), flagged)
            }
        }
    }

    fn sets(&self) -> &[Set] {
        self.sets.get(..usize::from(self.count)).unwrap_or_default()
    }

    const fn first(&self) -> Set {
        let [first, ..] = self.sets;
        first
    }

    /// True where an escape sequence to this set is allowed.
    fn allows(&self, set: Set) -> bool {
        self.extended && (set == Set::Ascii || self.sets().contains(&set))
    }

    fn list(&mut self, set: Set) {
        if self.sets().contains(&set) {
            return;
        }
        if let Some(place) = self.sets.get_mut(usize::from(self.count)) {
            *place = set;
            self.count += 1;
        }
    }
}

impl Default for Charset {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl std::fmt::Debug for Charset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.terms()).finish()
    }
}

/// Without the spaces and NULs around it.
fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | 0, rest @ ..] | [rest @ .., b' ' | 0] = text {
        text = rest;
    }
    text
}

/// The text itself where it is ASCII without an escape: then every set reads it the same.
#[inline]
fn plain(bytes: &[u8]) -> Option<&str> {
    let odd = match bytes.last_chunk::<8>() {
        // The last word may overlap the one before.
        Some(&last) => {
            let (words, _) = bytes.as_chunks::<8>();
            words.iter().fold(odd_bits(last), |odd, &word| odd | odd_bits(word)) & HIGH_BITS != 0
        }
        None => bytes.iter().any(|&byte| byte >= 0x80 || byte == iso2022::ESCAPE),
    };
    if odd { None } else { std::str::from_utf8(bytes).ok() }
}

const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = LOW_BITS << 7;

/// Eight bytes with some high bit set where one is above 7F or an escape.
#[inline]
fn odd_bits(word: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(word);
    // Where no byte is above 7F, the subtraction borrows into the high bit of a byte that was an escape only.
    word | (word ^ (LOW_BITS * u64::from(iso2022::ESCAPE))).wrapping_sub(LOW_BITS)
}
