//! Presentation Context Item of an A-ASSOCIATE-RQ (PS3.8 table 9-13): a SOP class, and the transfer syntaxes it is offered in.

use radiogram_core::Result;

use super::syntax;
use crate::wire::{Reader, put_item};
use crate::{Fault, Uid};

/// The type of the item.
pub(crate) const KIND: u8 = 0x20;

/// A presentation context that a requestor proposes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProposedContext {
    /// Its number: odd by the standard, but any is met.
    pub id: u8,
    /// The SOP class; empty where the item has none.
    pub abstract_syntax: Uid,
    /// The transfer syntaxes, in the order of the proposal.
    pub transfer_syntaxes: Vec<Uid>,
}

impl ProposedContext {
    pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<Self, Fault> {
        let [id, _, _, _] = content.array()?;
        let mut proposed = Self { id, ..Self::default() };
        while !content.is_empty() {
            let (kind, _, mut name) = content.item()?;
            match kind {
                syntax::ABSTRACT => proposed.abstract_syntax = Uid::of(name.rest()),
                syntax::TRANSFER => proposed.transfer_syntaxes.push(Uid::of(name.rest())),
                _ => {}
            }
        }
        Ok(proposed)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            out.extend_from_slice(&[self.id, 0, 0, 0]);
            syntax::encode(syntax::ABSTRACT, &self.abstract_syntax, out)?;
            self.transfer_syntaxes.iter().try_for_each(|uid| syntax::encode(syntax::TRANSFER, uid, out))
        })
    }
}
