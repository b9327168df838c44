//! Tokens of JSON (RFC 8259). The caller says what it expects; whatever else stands there is an error with its place.

use std::borrow::Cow;

use radiogram_core::{Error, ErrorKind, Result};

/// A text, and how far it was read.
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

/// What a value begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Null,
    Bool,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        // A byte order mark is no part of the text (RFC 8259 8.1).
        Self { text, at: if text.starts_with('\u{FEFF}') { 3 } else { 0 } }
    }

    /// Where the next token begins.
    pub(super) fn at(&self) -> u64 {
        self.at as u64
    }

    pub(super) fn wrong(&self, message: &'static str) -> Error {
        Error::new(ErrorKind::Malformed, message).at(self.at())
    }

    fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let space = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += self.rest().iter().take_while(space).count();
        self.rest().first().copied()
    }

    /// Takes this character if it is the next one.
    pub(super) fn takes(&mut self, character: u8) -> bool {
        let is_next = self.peek() == Some(character);
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn require(&mut self, character: u8, message: &'static str) -> Result<()> {
        if self.takes(character) { Ok(()) } else { Err(self.wrong(message)) }
    }

    /// What the next value is.
    pub(super) fn kind(&mut self) -> Result<Kind> {
        Ok(match self.peek() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b'n') => Kind::Null,
            Some(b't' | b'f') => Kind::Bool,
            _ => return Err(self.wrong("JSON: a value is missing")),
        })
    }

    /// True where nothing but white space is left.
    pub(super) fn is_done(&mut self) -> bool {
        self.peek().is_none()
    }

    /// `null`.
    pub(super) fn null(&mut self) -> Result<()> {
        self.word(b"null")
    }

    fn word(&mut self, word: &'static [u8]) -> Result<()> {
        if self.rest().starts_with(word) {
            self.at += word.len();
            return Ok(());
        }
        Err(self.wrong("JSON: a value is missing"))
    }

    /// The digits of a number.
    pub(super) fn number(&mut self) -> Result<&'t str> {
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = self.rest().iter().take_while(is_part).count();
        let digits = self.text.get(self.at..self.at + length).unwrap_or_default();
        if !super::number::is_number(digits.as_bytes()) {
            return Err(self.wrong("JSON: a number that is none"));
        }
        self.at += length;
        Ok(digits)
    }

    /// A string without its quotation marks.
    pub(super) fn string(&mut self) -> Result<Cow<'t, str>> {
        self.require(b'"', "JSON: a string is missing")?;
        let start = self.at;
        self.plain()?;
        let plain = self.text.get(start..self.at).unwrap_or_default();
        if self.rest().first() == Some(&b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        while self.rest().first() == Some(&b'\\') {
            text.push(self.escape()?);
            let start = self.at;
            self.plain()?;
            text.push_str(self.text.get(start..self.at).unwrap_or_default());
        }
        self.require(b'"', "JSON: a string that does not end")?;
        Ok(Cow::Owned(text))
    }

    /// Goes to the next quotation mark or backslash.
    fn plain(&mut self) -> Result<()> {
        let Some(length) = memchr::memchr2(b'"', b'\\', self.rest()) else {
            return Err(self.wrong("JSON: a string that does not end"));
        };
        let plain = self.rest().get(..length).unwrap_or_default();
        if let Some(control) = plain.iter().position(|&byte| byte < 0x20) {
            self.at += control;
            return Err(self.wrong("JSON: a control character in a string"));
        }
        self.at += length;
        Ok(())
    }

    fn escape(&mut self) -> Result<char> {
        let Some((&[_, letter], _)) = self.rest().split_first_chunk::<2>() else {
            return Err(self.wrong("JSON: a string that does not end"));
        };
        let character = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.wrong("JSON: an escape that there is not")),
        };
        self.at += 2;
        Ok(character)
    }

    /// `\u` and four digits, twice where a character is beyond the first plane.
    fn unicode(&mut self) -> Result<char> {
        const MESSAGE: &str = "JSON: an escape that is no character";
        let first = self.unit().ok_or_else(|| self.wrong(MESSAGE))?;
        if !(0xD800..0xDC00).contains(&first) {
            self.at += 6;
            return char::from_u32(first).ok_or_else(|| self.wrong(MESSAGE));
        }
        self.at += 6;
        let second = self.unit().filter(|unit| (0xDC00..0xE000).contains(unit));
        let second = second.ok_or_else(|| self.wrong(MESSAGE))?;
        self.at += 6;
        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        char::from_u32(code).ok_or_else(|| self.wrong(MESSAGE))
    }

    fn unit(&self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }
}
