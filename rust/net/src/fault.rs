//! What a peer did wrong: in words, where, and with which reason the association is aborted.

use std::fmt;

use radiogram_core::{Error, ErrorKind};

/// Why a provider aborts (PS3.8 table 9-26); 3 is reserved.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum AbortReason {
    /// No reason is given.
    #[default]
    NotSpecified,
    /// The type of a PDU is none of the seven.
    UnrecognizedPdu,
    /// A PDU at a time when the state table has no place for it.
    UnexpectedPdu,
    /// A parameter of a PDU that is not known.
    UnrecognizedParameter,
    /// A parameter that does not belong there.
    UnexpectedParameter,
    /// A parameter with a value that it cannot have.
    InvalidParameter,
}

impl AbortReason {
    /// The number in the A-ABORT PDU.
    pub const fn code(self) -> u8 {
        match self {
            Self::NotSpecified => 0,
            Self::UnrecognizedPdu => 1,
            Self::UnexpectedPdu => 2,
            Self::UnrecognizedParameter => 4,
            Self::UnexpectedParameter => 5,
            Self::InvalidParameter => 6,
        }
    }

    /// What a number stands for; reserved ones say nothing.
    pub const fn of(code: u8) -> Self {
        match code {
            1 => Self::UnrecognizedPdu,
            2 => Self::UnexpectedPdu,
            4 => Self::UnrecognizedParameter,
            5 => Self::UnexpectedParameter,
            6 => Self::InvalidParameter,
            _ => Self::NotSpecified,
        }
    }

    /// In words.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::NotSpecified => "no reason given",
            Self::UnrecognizedPdu => "a PDU of a type that the standard does not have",
            Self::UnexpectedPdu => "a PDU that may not come at this time",
            Self::UnrecognizedParameter => "a parameter of a PDU that is not known",
            Self::UnexpectedParameter => "a parameter of a PDU that may not be there",
            Self::InvalidParameter => "a parameter of a PDU with a value that it cannot have",
        }
    }
}

/// Bytes of a peer that cannot be read past. The message is ours alone and never repeats what the peer sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The reason that the A-ABORT PDU gives.
    pub reason: AbortReason,
    /// In words.
    pub message: &'static str,
    /// Bytes of the PDU, or of the command set, in front of the place.
    pub offset: u64,
}

impl Fault {
    /// A parameter with a value that it cannot have: the most common fault.
    pub(crate) const fn invalid(message: &'static str, offset: u64) -> Self {
        Self { reason: AbortReason::InvalidParameter, message, offset }
    }

    pub(crate) const fn of(reason: AbortReason, message: &'static str) -> Self {
        Self { reason, message, offset: 0 }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, byte {}", self.message, self.offset)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::new(ErrorKind::Malformed, fault.message).at(fault.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::AbortReason;

    #[test]
    fn reasons_are_their_numbers() {
        for code in 0..=u8::MAX {
            let reason = AbortReason::of(code);
            let known = code <= 6 && code != 3;
            assert_eq!(reason.code(), if known { code } else { 0 });
        }
    }
}
