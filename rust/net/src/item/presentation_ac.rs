//! Presentation Context Item of an A-ASSOCIATE-AC (PS3.8 table 9-18): what became of a proposed context.

use radiogram_core::Result;

use super::syntax;
use crate::wire::{Reader, put_item};
use crate::{Fault, Uid};

/// The type of the item.
pub(crate) const KIND: u8 = 0x21;

/// What an acceptor says to a context (PS3.8 table 9-18, byte 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum ContextResult {
    /// It can be used, in the transfer syntax of the answer.
    Accepted,
    /// The application refuses it.
    UserRejection,
    /// The provider refuses it and gives no reason.
    #[default]
    NoReason,
    /// The SOP class is not supported.
    AbstractSyntax,
    /// None of the transfer syntaxes is supported.
    TransferSyntaxes,
    /// A number that the standard does not have; the context cannot be used.
    Other(u8),
}

impl ContextResult {
    /// The number in the item.
    pub const fn code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::UserRejection => 1,
            Self::NoReason => 2,
            Self::AbstractSyntax => 3,
            Self::TransferSyntaxes => 4,
            Self::Other(code) => code,
        }
    }

    /// What a number stands for.
    pub const fn of(code: u8) -> Self {
        match code {
            0 => Self::Accepted,
            1 => Self::UserRejection,
            2 => Self::NoReason,
            3 => Self::AbstractSyntax,
            4 => Self::TransferSyntaxes,
            other => Self::Other(other),
        }
    }

    /// In words.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::UserRejection => "refused by the application",
            Self::NoReason => "refused without a reason",
            Self::AbstractSyntax => "the SOP class is not supported",
            Self::TransferSyntaxes => "none of the proposed transfer syntaxes is supported",
            Self::Other(_) => "refused for a reason that the standard does not have",
        }
    }
}

/// The answer to one proposed context.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ContextAnswer {
    /// The number of the proposal.
    pub id: u8,
    /// What became of it.
    pub result: ContextResult,
    /// The transfer syntax to use; says nothing where the context was not accepted (PS3.8 table 9-18).
    pub transfer_syntax: Uid,
}

impl ContextAnswer {
    pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<Self, Fault> {
        let [id, _, result, _] = content.array()?;
        let mut answer = Self { id, result: ContextResult::of(result), ..Self::default() };
        while !content.is_empty() {
            let (kind, _, mut name) = content.item()?;
            if kind == syntax::TRANSFER {
                answer.transfer_syntax = Uid::of(name.rest());
            }
        }
        Ok(answer)
    }

    /// A refusal has the sub-item as well, because peers look for it without looking at the result.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            out.extend_from_slice(&[self.id, 0, self.result.code(), 0]);
            syntax::encode(syntax::TRANSFER, &self.transfer_syntax, out)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ContextResult;

    #[test]
    fn results_are_their_numbers() {
        for code in 0..=u8::MAX {
            assert_eq!(ContextResult::of(code).code(), code);
        }
    }
}
