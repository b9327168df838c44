//! The acceptor's side: which associations are accepted, which contexts of them, and why the others are not.

use super::{Agreement, Choice, Context, Implementation, Offer, Offers, Roles, agreed_window};
use crate::item::{
    ContextAnswer, ContextResult, Extended, IdentityAc, IdentityRq, OperationsWindow, ProposedContext,
    RoleSelection, UserInformation, application_context,
};
use crate::limits::{LEAST_MAXIMUM, OUR_MAXIMUM};
use crate::pdu::{AssociateAc, AssociateRj, AssociateRq, RejectReason};
use crate::{AeTitle, Uid};

/// Which titles are taken.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Calls {
    /// Any.
    #[default]
    Any,
    /// These alone.
    Only(Vec<AeTitle>),
}

impl Calls {
    /// Whether a title is taken.
    pub fn takes(&self, title: &AeTitle) -> bool {
        match self {
            Self::Any => true,
            Self::Only(titles) => titles.contains(title),
        }
    }
}

/// What is said to the identity of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The user is known; with the answer, where one was asked for.
    Known(IdentityAc),
    /// The association is rejected.
    Unknown,
}

/// What an application decides beyond the offers.
pub trait Decide {
    /// Who the user is. Nothing is said where identities mean nothing to the application (PS3.7 D.3.3.7): the association is accepted.
    fn identity(&mut self, identity: &IdentityRq) -> Option<Verdict> {
        let _ = identity;
        None
    }

    /// The operations that this side invokes and performs at once at the most, where they are not those of the acceptor.
    fn window(&mut self) -> Option<OperationsWindow> {
        None
    }

    /// The answer to the extended negotiation of a SOP class, `None` for no answer.
    fn extended(&mut self, proposed: &Extended) -> Option<Vec<u8>> {
        let _ = proposed;
        None
    }
}

/// Decides nothing.
impl Decide for () {}

/// What an acceptor takes.
#[derive(Clone, Debug)]
pub struct Acceptor {
    /// The titles under which it may be called.
    pub called: Calls,
    /// The titles that may call.
    pub calling: Calls,
    /// Its SOP classes.
    pub offers: Offers,
    /// Which transfer syntax of several.
    pub choice: Choice,
    /// The longest P-DATA-TF PDU that it asks for; 0 for any.
    pub maximum_length: u32,
    /// The operations that it invokes and performs at once at the most.
    pub window: OperationsWindow,
    /// Who it is.
    pub implementation: Implementation,
}

impl Acceptor {
    /// Takes all calls, and no SOP class yet.
    pub fn new(implementation: Implementation) -> Self {
        Self {
            called: Calls::Any,
            calling: Calls::Any,
            offers: Offers::default(),
            choice: Choice::default(),
            maximum_length: OUR_MAXIMUM,
            window: OperationsWindow::default(),
            implementation,
        }
    }

    /// The answer to a request: what was agreed on, or why the association is rejected.
    pub fn answer(
        &self,
        request: &AssociateRq,
        decide: &mut dyn Decide,
    ) -> Result<(AssociateAc, Agreement), AssociateRj> {
        self.admit(request)?;
        let identity_answer = match request.user.identity.as_ref().map(|user| (user, decide.identity(user))) {
            Some((_, Some(Verdict::Unknown))) => return Err(AssociateRj::permanent(RejectReason::User)),
            // PS3.7 D.3.3.7.2: an answer is sent where one was asked for.
            Some((user, Some(Verdict::Known(answer)))) if user.wants_response => Some(answer),
            _ => None,
        };
        let mut answer = AssociateAc::to(request);
        let mut contexts: Vec<Context> = Vec::new();
        let mut seen = [false; 256];
        for proposed in &request.contexts {
            // Of several contexts with one number the first is meant; a second answer would take it back.
            if let Some(seen) = seen.get_mut(usize::from(proposed.id))
                && !std::mem::replace(seen, true)
            {
                let (said, context) = self.context(request, proposed);
                answer.contexts.push(said);
                contexts.extend(context);
            }
        }
        contexts.sort_by_key(|context| context.id);
        let limit = decide.window().unwrap_or(self.window);
        let window = request.user.window.map(|proposed| agreed_window(proposed, limit));
        answer.user = UserInformation {
            maximum_length: Some(self.maximum_length),
            implementation_class: self.implementation.class.clone(),
            implementation_version: Some(self.implementation.version),
            window,
            roles: self.roles(request, &contexts),
            extended: extended(request, &contexts, decide),
            identity_answer,
            ..UserInformation::default()
        };
        let window = window.unwrap_or_default();
        let agreement = Agreement {
            contexts,
            sendable: request.user.sendable(),
            invoked: window.performed,
            performed: window.invoked,
            peer: request.user.clone(),
        };
        Ok((answer, agreement))
    }

    /// The reasons to reject that the request itself gives, before anything is decided.
    pub fn admit(&self, request: &AssociateRq) -> Result<(), AssociateRj> {
        // PS3.8 9.3.2: bit 0 of the version is the one that is looked at. PS3.7 A.2.1: there is one application context.
        let refused = if request.version & 1 == 0 {
            Some(RejectReason::ProtocolVersion)
        } else if request.application_context.as_str() != application_context::DICOM {
            Some(RejectReason::ApplicationContext)
        } else if !self.called.takes(&request.called) {
            Some(RejectReason::CalledTitle)
        } else if !self.calling.takes(&request.calling) {
            Some(RejectReason::CallingTitle)
        } else if request.user.sendable().is_some_and(|length| length < LEAST_MAXIMUM) {
            // Nothing could ever be answered.
            Some(RejectReason::User)
        } else {
            None
        };
        refused.map_or(Ok(()), |reason| Err(AssociateRj::permanent(reason)))
    }

    /// The offer for a context: of its class, or of a class that the requestor says it is kin to (PS3.7 D.3.3.6).
    fn offer(&self, request: &AssociateRq, class: &Uid) -> Option<&Offer> {
        if self.offers.lists(class) {
            return self.offers.get(class);
        }
        let kin = request.user.common_extended.iter().filter(|said| said.sop_class == *class);
        let listed = kin.flat_map(|said| &said.related).find(|related| self.offers.lists(related));
        self.offers.get(listed.unwrap_or(class))
    }

    fn context(&self, request: &AssociateRq, proposed: &ProposedContext) -> (ContextAnswer, Option<Context>) {
        let refused = |result| {
            // The transfer syntax of a refusal says nothing; peers that read it find one they know.
            let transfer_syntax = proposed.transfer_syntaxes.first().cloned().unwrap_or_default();
            (ContextAnswer { id: proposed.id, result, transfer_syntax }, None)
        };
        let class = &proposed.abstract_syntax;
        let Some(offer) = self.offer(request, class) else { return refused(ContextResult::AbstractSyntax) };
        let Some(syntax) = offer.choose(proposed, self.choice) else {
            return refused(ContextResult::TransferSyntaxes);
        };
        let (scu, scp) = match (selected(request, class), offer.roles) {
            (Some(role), Roles::Granted { scu, scp }) => (role.scu && scu, role.scp && scp),
            // PS3.7 D.3.3.4: where none is proposed, or nothing is answered to it, the requestor is SCU.
            _ => (true, false),
        };
        if !scu && !scp {
            return refused(ContextResult::UserRejection);
        }
        let context = Context {
            id: proposed.id,
            abstract_syntax: class.to_kept(),
            transfer_syntax: syntax.to_kept(),
            requestor_is_scu: scu,
            requestor_is_scp: scp,
        };
        let result = ContextResult::Accepted;
        (ContextAnswer { id: proposed.id, result, transfer_syntax: syntax.clone() }, Some(context))
    }

    /// An answer to each role that was proposed for a class with a context, where anything is said to roles (PS3.7 D.3.3.4).
    fn roles(&self, request: &AssociateRq, contexts: &[Context]) -> Vec<RoleSelection> {
        let mut answers: Vec<RoleSelection> = Vec::new();
        for context in contexts {
            let class = &context.abstract_syntax;
            let is_said = self.offer(request, class).is_some_and(|offer| offer.roles != Roles::Unsaid);
            let is_asked = selected(request, class).is_some();
            if is_said && is_asked && !answers.iter().any(|one| one.sop_class == *class) {
                answers.push(RoleSelection {
                    sop_class: class.clone(),
                    scu: context.requestor_is_scu,
                    scp: context.requestor_is_scp,
                });
            }
        }
        answers
    }
}

fn selected<'r>(request: &'r AssociateRq, class: &Uid) -> Option<&'r RoleSelection> {
    request.user.roles.iter().find(|role| role.sop_class == *class)
}

fn extended(request: &AssociateRq, contexts: &[Context], decide: &mut dyn Decide) -> Vec<Extended> {
    let mut answers = Vec::new();
    for proposed in &request.user.extended {
        if contexts.iter().any(|context| context.abstract_syntax == proposed.sop_class)
            && let Some(information) = decide.extended(proposed)
        {
            answers.push(Extended { sop_class: proposed.sop_class.clone(), information });
        }
    }
    answers
}
