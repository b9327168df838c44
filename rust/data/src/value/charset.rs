//! A stand-in for the character sets: the default repertoire, upper half as Latin-1.

use std::borrow::Cow;

/// The character sets of a data set.
#[derive(Clone, Debug)]
pub struct Charset(());

impl Charset {
    /// No Specific Character Set.
    pub const DEFAULT: Self = Self(());

    /// The text, and whether bytes were outside the repertoire.
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
        (super::text::latin(bytes), !bytes.is_ascii())
    }

    /// The values of a text.
    pub fn decode_values(&self, bytes: &[u8], sink: &mut dyn FnMut(Cow<'_, str>)) -> bool {
        bytes.split(|&byte| byte == b'\\').fold(false, |bad, piece| {
            let (text, outside) = self.decode(piece);
            sink(text);
            bad | outside
        })
    }

    /// The names of a PN.
    pub fn decode_person_names(&self, bytes: &[u8], sink: &mut dyn FnMut(Cow<'_, str>)) -> bool {
        self.decode_values(bytes, sink)
    }
}
