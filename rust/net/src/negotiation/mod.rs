//! What two sides agree on when an association begins (PS3.8 7.1.1, PS3.7 Annex D): contexts, transfer syntaxes, roles, lengths, windows.

pub mod acceptor;
pub mod offers;
pub mod plan;
pub mod requestor;

pub use acceptor::{Acceptor, Calls, Decide, Verdict};
pub use offers::{Choice, Offer, Offers, Roles, storage_classes};
pub use plan::{Planned, Way, plan, way, way_of};
pub use requestor::Proposal;

use crate::item::{OperationsWindow, UserInformation};
use crate::{AeTitle, Uid};

/// Who this software is: sent by both sides, and what is said where nothing else is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Implementation {
    /// Implementation Class UID.
    pub class: Uid,
    /// Implementation Version Name.
    pub version: AeTitle,
}

/// A context that can be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Context {
    /// Its number.
    pub id: u8,
    /// The SOP class.
    pub abstract_syntax: Uid,
    /// The transfer syntax of its data sets.
    pub transfer_syntax: Uid,
    /// True where the requestor of the association is a user of the SOP class, and the acceptor a provider.
    pub requestor_is_scu: bool,
    /// True where the requestor is a provider, and the acceptor a user.
    pub requestor_is_scp: bool,
}

/// What was agreed on, seen from one side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agreement {
    /// The contexts that can be used, by ascending number.
    pub contexts: Vec<Context>,
    /// The longest P-DATA-TF PDU that the peer receives; `None` where it sets no bound.
    pub sendable: Option<u32>,
    /// Operations that this side may invoke at once; 0 is any number.
    pub invoked: u16,
    /// Operations that the peer may invoke at once; 0 is any number.
    pub performed: u16,
    /// What the peer says of itself.
    pub peer: UserInformation,
}

impl Agreement {
    /// The context with a number.
    pub fn context(&self, id: u8) -> Option<&Context> {
        let place = self.contexts.binary_search_by_key(&id, |context| context.id).ok()?;
        self.contexts.get(place)
    }

    /// The contexts of a SOP class.
    pub fn of_class<'a>(&'a self, uid: &'a Uid) -> impl Iterator<Item = &'a Context> {
        self.contexts.iter().filter(move |context| context.abstract_syntax == *uid)
    }
}

/// The lesser of two numbers of which 0 is any number.
const fn lesser(a: u16, b: u16) -> u16 {
    if a == 0 || b != 0 && b < a { b } else { a }
}

/// The window of both sides, from the requestor's point of view: an acceptor may make it smaller, never larger (PS3.7 D.3.3.3).
fn agreed_window(proposed: OperationsWindow, limit: OperationsWindow) -> OperationsWindow {
    OperationsWindow {
        invoked: lesser(proposed.invoked, limit.performed),
        performed: lesser(proposed.performed, limit.invoked),
    }
}

#[cfg(test)]
mod tests;
