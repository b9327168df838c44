//! The requestor's side: a request of what is wanted, and what an answer to it means.

use super::{Agreement, Context, Implementation};
use crate::item::{ContextResult, ProposedContext, RoleSelection, UserInformation};
use crate::limits::OUR_MAXIMUM;
use crate::pdu::{AssociateAc, AssociateRq};
use crate::{AeTitle, Uid};

/// The most contexts that one association can have: the odd numbers of a byte (PS3.8 9.3.2.2).
pub const MOST_CONTEXTS: usize = 128;

/// A request that is being put together.
#[derive(Clone, Debug)]
pub struct Proposal {
    request: AssociateRq,
}

impl Proposal {
    /// A request without contexts.
    pub fn new(calling: AeTitle, called: AeTitle, implementation: Implementation) -> Self {
        let mut request = AssociateRq::new(calling, called);
        request.user = UserInformation {
            maximum_length: Some(OUR_MAXIMUM),
            implementation_class: implementation.class,
            implementation_version: Some(implementation.version),
            ..UserInformation::default()
        };
        Self { request }
    }

    /// Proposes a SOP class; the number of the context, or `None` where there are 128 already.
    pub fn propose(&mut self, abstract_syntax: Uid, transfer_syntaxes: Vec<Uid>) -> Option<u8> {
        let count = self.request.contexts.len();
        if count >= MOST_CONTEXTS {
            return None;
        }
        let id = u8::try_from(2 * count + 1).ok()?;
        self.request.contexts.push(ProposedContext { id, abstract_syntax, transfer_syntaxes });
        Some(id)
    }

    /// Proposes roles for a class; without it a requestor is a user of it.
    pub fn select_role(&mut self, role: RoleSelection) {
        self.request.user.roles.push(role);
    }

    /// The rest of the user information.
    pub fn user(&mut self) -> &mut UserInformation {
        &mut self.request.user
    }

    /// The request.
    pub fn finish(self) -> AssociateRq {
        self.request
    }
}

/// What an answer means. Answers to contexts that were not proposed, or in transfer syntaxes that were not, are left out, as are those that
/// were refused.
pub fn agreement(request: &AssociateRq, answer: &AssociateAc) -> Agreement {
    let mut contexts: Vec<Context> = Vec::new();
    for said in answer.contexts.iter().filter(|said| said.result == ContextResult::Accepted) {
        let Some(proposed) = request.contexts.iter().find(|proposed| proposed.id == said.id) else {
            continue;
        };
        let is_new = !contexts.iter().any(|context| context.id == said.id);
        if is_new && proposed.transfer_syntaxes.contains(&said.transfer_syntax) {
            let (scu, scp) = roles(request, answer, &proposed.abstract_syntax);
            contexts.push(Context {
                id: said.id,
                abstract_syntax: proposed.abstract_syntax.to_kept(),
                transfer_syntax: said.transfer_syntax.to_kept(),
                requestor_is_scu: scu,
                requestor_is_scp: scp,
            });
        }
    }
    contexts.sort_by_key(|context| context.id);
    // PS3.7 D.3.3.3: no answer is a window of one; a larger answer than was proposed is not one.
    let proposed = request.user.window.unwrap_or_default();
    let said = answer.user.window.unwrap_or_default();
    Agreement {
        contexts,
        sendable: answer.user.sendable(),
        invoked: super::lesser(proposed.invoked, said.invoked),
        performed: super::lesser(proposed.performed, said.performed),
        peer: answer.user.clone(),
    }
}

/// The roles of the requestor for a class: what was proposed and agreed to; without an answer a user (PS3.7 D.3.3.4).
fn roles(request: &AssociateRq, answer: &AssociateAc, class: &Uid) -> (bool, bool) {
    let find = |user: &UserInformation| user.roles.iter().find(|role| role.sop_class == *class).cloned();
    match (find(&request.user), find(&answer.user)) {
        (Some(proposed), Some(said)) => (proposed.scu && said.scu, proposed.scp && said.scp),
        _ => (true, false),
    }
}
