//! Value representations (PS3.5 6.2).

use std::fmt;

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
    /// `US/SS`: signed where Pixel Representation is 1.
    UsOrSs,
    /// `OB/OW`: words where Bits Allocated is above 8.
    ObOrOw,
    /// `US/OW`: LUT Data.
    UsOrOw,
    /// `US/SS/OW`: retired look-up table data.
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

    /// The two letters; the dictionary's spelling for the ambiguous ones.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AE => "AE",
            Self::AS => "AS",
            Self::AT => "AT",
            Self::CS => "CS",
            Self::DA => "DA",
            Self::DS => "DS",
            Self::DT => "DT",
            Self::FD => "FD",
            Self::FL => "FL",
            Self::IS => "IS",
            Self::LO => "LO",
            Self::LT => "LT",
            Self::OB => "OB",
            Self::OD => "OD",
            Self::OF => "OF",
            Self::OL => "OL",
            Self::OV => "OV",
            Self::OW => "OW",
            Self::PN => "PN",
            Self::SH => "SH",
            Self::SL => "SL",
            Self::SQ => "SQ",
            Self::SS => "SS",
            Self::ST => "ST",
            Self::SV => "SV",
            Self::TM => "TM",
            Self::UC => "UC",
            Self::UI => "UI",
            Self::UL => "UL",
            Self::UN => "UN",
            Self::UR => "UR",
            Self::US => "US",
            Self::UT => "UT",
            Self::UV => "UV",
            Self::UsOrSs => "US/SS",
            Self::ObOrOw => "OB/OW",
            Self::UsOrOw => "US/OW",
            Self::UsOrSsOrOw => "US/SS/OW",
        }
    }

    /// True where the explicit form has two reserved bytes and a 32-bit length (PS3.5 7.1.2, table 7.1-1).
    pub const fn has_long_length(self) -> bool {
        matches!(
            self,
            Self::OB
                | Self::OD
                | Self::OF
                | Self::OL
                | Self::OV
                | Self::OW
                | Self::SQ
                | Self::SV
                | Self::UC
                | Self::UN
                | Self::UR
                | Self::UT
                | Self::UV
                | Self::ObOrOw
                | Self::UsOrOw
                | Self::UsOrSsOrOw
        )
    }

    /// True where the specific character set governs the text (PS3.5 6.1.2.2).
    pub const fn has_charset(self) -> bool {
        matches!(self, Self::LO | Self::LT | Self::PN | Self::SH | Self::ST | Self::UC | Self::UT)
    }

    /// True where a backslash separates values (PS3.5 6.4).
    pub const fn is_multi_text(self) -> bool {
        matches!(
            self,
            Self::AE
                | Self::AS
                | Self::CS
                | Self::DA
                | Self::DS
                | Self::DT
                | Self::IS
                | Self::LO
                | Self::PN
                | Self::SH
                | Self::TM
                | Self::UC
                | Self::UI
        )
    }

    /// True for the VRs whose value is one block of any size (OB, OW, UN and the like), never a list.
    pub const fn is_bulk(self) -> bool {
        matches!(
            self,
            Self::OB
                | Self::OD
                | Self::OF
                | Self::OL
                | Self::OV
                | Self::OW
                | Self::UN
                | Self::ObOrOw
                | Self::UsOrOw
                | Self::UsOrSsOrOw
        )
    }

    /// What the bytes of a value are.
    pub const fn storage(self) -> Storage {
        match self {
            Self::AT => Storage::Tags,
            Self::FD | Self::OD => Storage::Float(8),
            Self::FL | Self::OF => Storage::Float(4),
            Self::OB | Self::UN | Self::ObOrOw => Storage::Bytes,
            Self::OL | Self::UL => Storage::Unsigned(4),
            Self::OV | Self::UV => Storage::Unsigned(8),
            Self::OW | Self::US | Self::UsOrSs | Self::UsOrOw | Self::UsOrSsOrOw => Storage::Unsigned(2),
            Self::SL => Storage::Signed(4),
            Self::SQ => Storage::Items,
            Self::SS => Storage::Signed(2),
            Self::SV => Storage::Signed(8),
            _ => Storage::Text,
        }
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
    use super::{ALL, Vr};

    #[test]
    fn letters_round_trip() {
        for vr in ALL {
            let letters: [u8; 2] = vr.as_str().as_bytes().try_into().unwrap();
            assert_eq!(Vr::from_bytes(letters), Some(vr));
        }
        assert_eq!(Vr::from_bytes(*b"ZZ"), None);
    }
}
