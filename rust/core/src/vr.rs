//! Value representations (PS3.5 6.2).

use std::fmt;

use crate::tables::vr::FACTS;

/// A value representation. The last four are the dictionary's ambiguous ones; no data set holds them once it is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the two letters are the standard's names, and vr.tsv holds the long ones")]
pub enum Vr {
    AE,
    AS,
    AT,
    CS,
    DA,
    DS,
    DT,
    FD,
    FL,
    IS,
    LO,
    LT,
    OB,
    OD,
    OF,
    OL,
    OV,
    OW,
    PN,
    SH,
    SL,
    SQ,
    SS,
    ST,
    SV,
    TM,
    UC,
    UI,
    UL,
    UN,
    UR,
    US,
    UT,
    UV,
    /// `US or SS`: signed where Pixel Representation is 1.
    UsOrSs,
    /// `OB or OW`: words where Bits Allocated is above 8.
    ObOrOw,
    /// `US or OW`: LUT Data.
    UsOrOw,
    /// `US or SS or OW`: retired look-up table data.
    UsOrSsOrOw,
}

/// What the bytes of a value are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Storage {
    /// Text.
    Text,
    /// Bytes with no order to them.
    Bytes,
    /// Pairs of 16-bit words (AT).
    Tags,
    /// Little or big endian unsigned integers of this many bytes.
    Unsigned(u8),
    /// Two's complement integers of this many bytes.
    Signed(u8),
    /// IEEE 754 numbers of this many bytes.
    Float(u8),
    /// Items.
    Items,
}

/// What a greatest length counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Bytes, and a value has exactly as many (more in a query's ranges of dates and times).
    FixedBytes,
    /// Characters, whatever bytes they take.
    Characters,
    /// Characters of each component group of a name (PS3.5 6.2.1.2).
    GroupCharacters,
}

/// A row of `vr.tsv`.
pub(crate) struct Facts {
    pub(crate) letters: &'static str,
    pub(crate) name: &'static str,
    pub(crate) storage: Storage,
    pub(crate) max_length: Option<(u32, Unit)>,
    pub(crate) pad: u8,
    pub(crate) long_length: bool,
    pub(crate) multi_valued: bool,
    pub(crate) charset: bool,
}

/// The VRs that a data set can hold, in the order of the enumeration.
pub const ALL: [Vr; 34] = [
    Vr::AE,
    Vr::AS,
    Vr::AT,
    Vr::CS,
    Vr::DA,
    Vr::DS,
    Vr::DT,
    Vr::FD,
    Vr::FL,
    Vr::IS,
    Vr::LO,
    Vr::LT,
    Vr::OB,
    Vr::OD,
    Vr::OF,
    Vr::OL,
    Vr::OV,
    Vr::OW,
    Vr::PN,
    Vr::SH,
    Vr::SL,
    Vr::SQ,
    Vr::SS,
    Vr::ST,
    Vr::SV,
    Vr::TM,
    Vr::UC,
    Vr::UI,
    Vr::UL,
    Vr::UN,
    Vr::UR,
    Vr::US,
    Vr::UT,
    Vr::UV,
];

impl Vr {
    /// The VR with these two letters, or `None` for letters that the standard does not know.
    pub const fn from_bytes(letters: [u8; 2]) -> Option<Self> {
        Some(match &letters {
            b"AE" => Self::AE,
            b"AS" => Self::AS,
            b"AT" => Self::AT,
            b"CS" => Self::CS,
            b"DA" => Self::DA,
            b"DS" => Self::DS,
            b"DT" => Self::DT,
            b"FD" => Self::FD,
            b"FL" => Self::FL,
            b"IS" => Self::IS,
            b"LO" => Self::LO,
            b"LT" => Self::LT,
            b"OB" => Self::OB,
            b"OD" => Self::OD,
            b"OF" => Self::OF,
            b"OL" => Self::OL,
            b"OV" => Self::OV,
            b"OW" => Self::OW,
            b"PN" => Self::PN,
            b"SH" => Self::SH,
            b"SL" => Self::SL,
            b"SQ" => Self::SQ,
            b"SS" => Self::SS,
            b"ST" => Self::ST,
            b"SV" => Self::SV,
            b"TM" => Self::TM,
            b"UC" => Self::UC,
            b"UI" => Self::UI,
            b"UL" => Self::UL,
            b"UN" => Self::UN,
            b"UR" => Self::UR,
            b"US" => Self::US,
            b"UT" => Self::UT,
            b"UV" => Self::UV,
            _ => return None,
        })
    }

    /// The VR that a person or another dictionary spells: the two letters, or `US or SS`, `US/SS`, `OB_OW` and the like.
    pub fn from_text(text: &str) -> Option<Self> {
        if let Ok(letters) = text.as_bytes().try_into() {
            return Self::from_bytes(letters);
        }
        let spelled = text.replace(['/', '_'], " or ");
        [Self::UsOrSs, Self::ObOrOw, Self::UsOrOw, Self::UsOrSsOrOw]
            .into_iter()
            .find(|vr| vr.as_str() == spelled)
    }

    /// The facts of `vr.tsv`.
    #[expect(clippy::indexing_slicing, reason = "the table has a row for each variant, which a test proves")]
    const fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    /// The two letters; the dictionary's spelling for the ambiguous ones.
    pub const fn as_str(self) -> &'static str {
        self.facts().letters
    }

    /// The long name: `Unsigned Short`.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// True where the explicit form has two reserved bytes and a 32-bit length (PS3.5 7.1.2, table 7.1-1).
    pub const fn has_long_length(self) -> bool {
        self.facts().long_length
    }

    /// True where the specific character set governs the text (PS3.5 6.1.2.2).
    pub const fn has_charset(self) -> bool {
        self.facts().charset
    }

    /// True where a backslash separates values (PS3.5 6.4).
    pub const fn is_multi_text(self) -> bool {
        self.facts().multi_valued && matches!(self.storage(), Storage::Text)
    }

    /// True for the VRs whose value is one block of any size (OB, OW, UN and the like), never a list.
    pub const fn is_bulk(self) -> bool {
        !self.facts().multi_valued && !matches!(self.storage(), Storage::Text | Storage::Items)
    }

    /// What the bytes of a value are.
    pub const fn storage(self) -> Storage {
        self.facts().storage
    }

    /// The byte that makes the length of a value even (PS3.5 6.2).
    pub const fn pad(self) -> u8 {
        self.facts().pad
    }

    /// The greatest length of one value and what it counts; `None` where there is no bound (PS3.5 table 6.2-1).
    pub const fn max_length(self) -> Option<(u32, Unit)> {
        self.facts().max_length
    }
}

impl fmt::Display for Vr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Vr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, Storage, Unit, Vr};

    #[test]
    fn letters_round_trip() {
        for vr in ALL {
            let letters: [u8; 2] = vr.as_str().as_bytes().try_into().unwrap();
            assert_eq!(Vr::from_bytes(letters), Some(vr));
        }
        assert_eq!(Vr::from_bytes(*b"ZZ"), None);
    }

    #[test]
    fn spellings_of_ambiguous_vrs() {
        for text in ["US or SS", "US/SS", "US_SS"] {
            assert_eq!(Vr::from_text(text), Some(Vr::UsOrSs));
        }
        assert_eq!(Vr::from_text("US"), Some(Vr::US));
        assert_eq!(Vr::from_text("us"), None);
        assert_eq!(Vr::from_text(""), None);
    }

    #[test]
    fn every_variant_has_its_row() {
        for vr in ALL {
            assert_eq!(format!("{vr:?}").len(), 2);
        }
        let ambiguous = [Vr::UsOrSs, Vr::ObOrOw, Vr::UsOrOw, Vr::UsOrSsOrOw];
        assert_eq!(ambiguous.map(Vr::as_str), ["US or SS", "OB or OW", "US or OW", "US or SS or OW"]);
        assert_eq!(ambiguous.map(Vr::has_long_length), [false, true, true, true]);
    }

    #[test]
    fn facts() {
        let long: Vec<_> = ALL.into_iter().filter(|vr| vr.has_long_length()).map(Vr::as_str).collect();
        assert_eq!(long.join(" "), "OB OD OF OL OV OW SQ SV UC UN UR UT UV");
        let multi: Vec<_> = ALL.into_iter().filter(|vr| vr.is_multi_text()).map(Vr::as_str).collect();
        assert_eq!(multi.join(" "), "AE AS CS DA DS DT IS LO PN SH TM UC UI");
        let charset: Vec<_> = ALL.into_iter().filter(|vr| vr.has_charset()).map(Vr::as_str).collect();
        assert_eq!(charset.join(" "), "LO LT PN SH ST UC UT");
        let bulk: Vec<_> = ALL.into_iter().filter(|vr| vr.is_bulk()).map(Vr::as_str).collect();
        assert_eq!(bulk.join(" "), "OB OD OF OL OV OW UN");
        assert_eq!((Vr::UI.pad(), Vr::LO.pad(), Vr::OB.pad(), Vr::SQ.pad()), (0, b' ', 0, 0));
        assert_eq!(Vr::PN.max_length(), Some((64, Unit::GroupCharacters)));
        assert_eq!(Vr::UT.max_length(), Some((u32::MAX - 1, Unit::Bytes)));
        assert_eq!(Vr::SQ.max_length(), None);
        assert_eq!((Vr::AT.storage(), Vr::OW.storage()), (Storage::Tags, Storage::Unsigned(2)));
    }
}
