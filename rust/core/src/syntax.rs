//! Transfer syntaxes: how a data set is written (PS3.5 section 10 and Annex A).

use crate::tables::syntaxes::SYNTAXES;

/// What a transfer syntax says of the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a property of its own that the standard gives or denies"
)]
pub struct Syntax {
    /// The UID.
    pub uid: &'static str,
    /// The keyword.
    pub keyword: &'static str,
    /// The name.
    pub name: &'static str,
    /// The codec of the pixel data, empty for native ones.
    pub codec: &'static str,
    /// True where the standard has retired it.
    pub retired: bool,
    /// True where elements have no VR (PS3.5 7.1.3).
    pub implicit: bool,
    /// True where numbers have the highest byte first (PS3.5 7.3).
    pub big_endian: bool,
    /// True where the samples of native pixel data have the highest byte first.
    pub big_endian_pixels: bool,
    /// True where the data set is deflated (PS3.5 A.5).
    pub deflated: bool,
    /// True where the pixel data is in fragments (PS3.5 A.4).
    pub encapsulated: bool,
    /// True where a video may be cut into several fragments.
    pub fragmentable: bool,
    /// What the codec may lose; `None` where there is nothing to lose.
    pub loss: Option<Loss>,
}

/// What a codec may lose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Nothing.
    Lossless,
    /// No more than a bound.
    Near,
    /// Something.
    Lossy,
    /// Nothing or something, as the encoder chose.
    Either,
}

impl Loss {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lossless => "lossless",
            Self::Near => "near-lossless",
            Self::Lossy => "lossy",
            Self::Either => "either",
        }
    }
}

/// Implicit VR Little Endian, the default (PS3.5 A.1).
pub const IMPLICIT_LITTLE: &str = "1.2.840.10008.1.2";
/// Explicit VR Little Endian (PS3.5 A.2).
pub const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";
/// Deflated Explicit VR Little Endian (PS3.5 A.5).
pub const DEFLATED_LITTLE: &str = "1.2.840.10008.1.2.1.99";
/// Explicit VR Big Endian, retired (PS3.5 2016b A.3).
pub const EXPLICIT_BIG: &str = "1.2.840.10008.1.2.2";

/// A private syntax of GE, met in old archives: implicit VR little endian, but 16-bit pixel data with the high byte first.
///
/// No table of the standard has it. It is known here because it cannot be told from the bytes: read as what it looks like, the data set is
/// sound and every pixel is wrong.
pub const GE_BIG_ENDIAN_PIXELS: Syntax = Syntax {
    uid: "1.2.840.113619.5.2",
    keyword: "",
    name: "GE Private Implicit VR Little Endian, Big Endian Pixel Data",
    codec: "",
    retired: false,
    implicit: true,
    big_endian: false,
    big_endian_pixels: true,
    deflated: false,
    encapsulated: false,
    fragmentable: false,
    loss: None,
};

impl Syntax {
    /// The syntax with this UID, padding aside.
    pub fn from_uid(uid: &str) -> Option<&'static Self> {
        let uid = uid.trim_end_matches([' ', '\0']);
        if uid == GE_BIG_ENDIAN_PIXELS.uid {
            return Some(&GE_BIG_ENDIAN_PIXELS);
        }
        let index = SYNTAXES.binary_search_by(|syntax| syntax.uid.cmp(uid)).ok()?;
        SYNTAXES.get(index)
    }

    /// The syntax with this keyword.
    pub fn from_keyword(keyword: &str) -> Option<&'static Self> {
        Self::from_uid(crate::uid::by_keyword(keyword)?.uid)
    }

    /// Every syntax of the standard, sorted by UID.
    pub fn all() -> &'static [Self] {
        &SYNTAXES
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Loss, Syntax};
    use crate::uid;

    #[test]
    fn every_registered_syntax_is_described() {
        let registered: Vec<_> = uid::iter().filter(|entry| entry.kind == "Transfer Syntax").collect();
        assert_eq!(registered.len(), Syntax::all().len());
        for entry in registered {
            let syntax = Syntax::from_uid(entry.uid).unwrap();
            assert_eq!((syntax.keyword, syntax.retired), (entry.keyword, entry.retired));
            if !entry.keyword.is_empty() {
                assert_eq!(Syntax::from_keyword(entry.keyword), Some(syntax));
            }
        }
    }

    #[test]
    fn the_native_four() {
        let of = |uid| {
            let syntax = Syntax::from_uid(uid).unwrap();
            (syntax.implicit, syntax.big_endian, syntax.deflated, syntax.encapsulated)
        };
        assert_eq!(of(IMPLICIT_LITTLE), (true, false, false, false));
        assert_eq!(of(EXPLICIT_LITTLE), (false, false, false, false));
        assert_eq!(of(DEFLATED_LITTLE), (false, false, true, false));
        assert_eq!(of(EXPLICIT_BIG), (false, true, false, false));
        assert_eq!(Syntax::from_uid("1.2.840.10008.1.2\0").unwrap().uid, IMPLICIT_LITTLE);
        assert_eq!(Syntax::from_uid("1.2.840.10008.1"), None);
    }

    #[test]
    fn encapsulated_and_private_ones() {
        let near = Syntax::from_uid("1.2.840.10008.1.2.4.81").unwrap();
        assert_eq!((near.codec, near.loss, near.encapsulated), ("jpeg-ls", Some(Loss::Near), true));
        let ge = Syntax::from_uid("1.2.840.113619.5.2").unwrap();
        assert!(ge.implicit && !ge.big_endian && ge.big_endian_pixels);
    }
}
