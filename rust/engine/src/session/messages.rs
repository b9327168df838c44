//! The messages that come: which of them are answered here, which go to the application, and which wait.

use std::sync::Arc;

use radiogram_net::dimse::{
    Command, CommandField, Message, Outcome, Part, Service, Status, Unreadable, c_echo, c_store,
};
use radiogram_net::item::OperationsWindow;
use radiogram_net::negotiation::Context;
use radiogram_net::{AbortReason, Fault, Fragment, Uid};

use super::data::{Doing, Gathered, Receiving};
use super::outbox::Kind;
use super::{Serving, Session};
use crate::Notice;
use crate::exchange::Response;
use crate::ground::Held;
use crate::link::Letter;
use crate::receive::Intake;
use crate::request::{Replies, Request, Served};
use crate::sink::Arrival;

/// Requests of one peer that are served at once at the most: no more are agreed to, so that none of a peer that keeps to it waits for its number.
const SERVED: u16 = 32;
/// Bytes of their data sets, which may all be in memory: with as many under way no further one is begun, whatever was agreed on, nor is
/// anything else that the peer says heard before one of them is answered.
const BYTES: usize = 16 << 20;
/// And while operations of ours are under way, whose answers may be behind: then further ones are refused.
const MOST: usize = 256 << 20;

/// A request of the peer beyond as many as were agreed on, or as may be held: it waits, and what came behind it as well.
pub(super) struct Parked {
    context: u8,
    command: Command,
    pub(super) rest: Vec<u8>,
    held: Option<Held>,
}

/// A window in which this side performs no more than it serves at once.
pub(crate) fn served_at_once(window: OperationsWindow) -> OperationsWindow {
    let performed = if window.performed == 0 { SERVED } else { window.performed.min(SERVED) };
    OperationsWindow { performed, ..window }
}

impl Session {
    /// True where one more request of the peer can be served.
    pub(super) fn has_place(&self) -> bool {
        let most = self.link.agreed.get().map_or(0, |agreed| agreed.agreement.performed);
        let most = if most == 0 { SERVED } else { most.min(SERVED) };
        if self.serving.len() + self.jobs.len() >= usize::from(most) {
            return false;
        }
        // Behind a request that waits are answers to ours, which those under way may wait for. For the end of a C-GET, whose instances they are,
        // they do not.
        self.is_asking() || self.under_way() < BYTES
    }

    /// True where a further request of the peer is refused, as it can neither be served nor wait.
    fn has_too_much(&self) -> bool {
        self.is_asking() && self.under_way() >= MOST
    }

    /// Bytes of the data sets of the requests that are served.
    fn under_way(&self) -> usize {
        let bytes = |serving: &Serving| serving.held.as_ref().map_or(0, Held::bytes);
        self.serving.iter().map(bytes).fold(self.jobs.bytes(), usize::saturating_add)
    }

    /// True where the peer may have several operations under way. Without that an instance that comes too early waits, whatever its number.
    pub(super) fn has_window(&self) -> bool {
        self.link.agreed.get().is_some_and(|agreed| agreed.agreement.performed != 1)
    }

    /// True where those under way may wait for what the peer says.
    fn is_asking(&self) -> bool {
        self.asked.iter().any(|asked| asked.service != Service::CGet)
    }

    /// True where a request need not wait. What it is about may be an instance in front of it; and of two versions of an instance the one that
    /// came later is the one that stays, once the application is done with the other.
    fn may_serve(&self, request: &Message) -> bool {
        let is_early = match request {
            Message::CStoreRq(store) => {
                let instance = &store.sop_instance;
                self.jobs.brings(instance) || self.jobs.decides(instance) && !self.is_asking()
            }
            _ => self.jobs.has_receipt(),
        };
        self.has_place() && !is_early
    }

    /// Goes on with a request that has waited, where there is a place for it now.
    pub(super) async fn unpark(&mut self) -> bool {
        let may_serve = self.parked.as_ref().is_some_and(|parked| self.may_serve(&parked.command.message));
        if !may_serve || self.outbox.is_full(self.association.said()) {
            return false;
        }
        let Some(parked) = self.parked.take() else { return false };
        let Parked { context, command, rest, held } = *parked;
        if let Err(fault) = self.serve(context, command) {
            self.fail(fault);
        }
        self.process(&rest).await;
        drop(held);
        true
    }

    /// Keeps what came behind a request that waits.
    pub(super) fn park(&mut self, rest: &[u8]) {
        let held = Held::new(&self.ground, rest.len());
        match (&mut self.parked, held) {
            (Some(parked), Some(held)) => (parked.rest, parked.held) = (rest.to_vec(), Some(held)),
            (Some(_), None) => self.fail(fault(AbortReason::NotSpecified, "no memory for more requests")),
            (None, _) => {}
        }
    }

    pub(super) async fn fragment(&mut self, fragment: Fragment<'_>) -> Result<(), Fault> {
        let agreed = self.link.agreed.get();
        if agreed.is_none_or(|agreed| agreed.agreement.context(fragment.context).is_none()) {
            return Err(fault(AbortReason::InvalidParameter, "a presentation context that was not accepted"));
        }
        match self.assembler.take(fragment)? {
            Part::Pending => Ok(()),
            Part::Command(context, command) => {
                if self.wants.messages {
                    self.notice(Notice::MessageReceived(context, &command));
                }
                self.command(context, *command)
            }
            Part::Unreadable(context, unreadable) => self.unreadable(context, unreadable),
            Part::Data { bytes, is_last } => self.data(bytes, is_last).await,
        }
    }

    fn command(&mut self, context: u8, command: Command) -> Result<(), Fault> {
        let (id, has_data) = (command.message.id(), command.has_data);
        match (command.message.field(), &command.message) {
            (CommandField::Response(service), _) => return self.response(context, service, command),
            (CommandField::Cancel, _) => {
                // What is not under way any more cannot be cancelled.
                let meant = self.serving.iter().filter(|serving| serving.served.id == id);
                meant.for_each(|serving| serving.served.cancel());
                self.then(context, has_data, None);
            }
            // PS3.7 C.5.3: duplicate invocation.
            (CommandField::Request(_), _)
                if self.serving.iter().any(|serving| serving.served.id == id)
                    || self.has_window() && self.jobs.is_about(id) =>
            {
                self.then(context, has_data, failure(command.message.field().code(), id, 0x0210));
            }
            (CommandField::Request(_), Message::CEchoRq(request)) if !self.ground.rules.takes_echo() => {
                self.ground.metrics.echoes.one();
                let (sop_class, id) = (Some(request.sop_class.clone()), request.id);
                let answer = c_echo::Response { sop_class, id, outcome: Outcome::default() };
                self.then(context, has_data, Some(answer.into()));
            }
            (CommandField::Request(_), Message::CStoreRq(request)) if self.has_too_much() => {
                self.ground.metrics.not_stored.one();
                let outcome = Outcome::with_comment(0xA700, "too many instances are under way");
                let identity = Some((&request.sop_class, &request.sop_instance));
                self.then(context, has_data, Some(stored(id, identity, outcome)));
            }
            (CommandField::Request(_), request) if self.has_too_much() => {
                self.then(context, has_data, failure(request.field().code(), id, 0x0213));
            }
            (CommandField::Request(_), request) if !self.may_serve(request) => {
                self.parked = Some(Box::new(Parked { context, command, rest: Vec::new(), held: None }));
            }
            (CommandField::Request(_), _) => return self.serve(context, command),
        }
        Ok(())
    }

    /// A request for which there is a place.
    fn serve(&mut self, context: u8, command: Command) -> Result<(), Fault> {
        let Some(found) = self.context(context) else { return Ok(()) };
        let Command { message, has_data } = command;
        let CommandField::Request(service) = message.field() else { return Ok(()) };
        let is_user = if self.link.is_requestor { found.requestor_is_scp } else { found.requestor_is_scu };
        match message {
            Message::CStoreRq(request) if has_data => self.store(context, request, is_user),
            Message::CStoreRq(request) => {
                let outcome = Outcome::with_comment(0xC000, "a C-STORE without a data set");
                self.answer(
                    context,
                    &stored(request.id, Some((&request.sop_class, &request.sop_instance)), outcome),
                );
            }
            // PS3.7 C.5.1: events are told by providers, C-ECHO may be asked by anybody; all else is asked by users.
            other if !is_user && !matches!(service, Service::NEventReport | Service::CEcho) => {
                self.then(context, has_data, failure(other.field().code(), other.id(), 0x0124));
            }
            other if has_data => self.doing = Doing::gather(context, other),
            other => return self.gathered(Gathered { context, message: other, data: None, held: None }),
        }
        Ok(())
    }

    /// A message that is complete, data set and all.
    pub(super) fn gathered(&mut self, gathered: Gathered) -> Result<(), Fault> {
        let Gathered { context, message, data, held } = gathered;
        match message.field() {
            CommandField::Request(service) => {
                let Some(found) = self.context(context).cloned() else { return Ok(()) };
                let served = Arc::new(Served::new(message.id()));
                self.serving.push(Serving { served: Arc::clone(&served), held });
                let replies = Replies::new(Arc::clone(&self.link), served, context, service);
                let association = self.handle.clone();
                self.ground.rules.request(Request {
                    association,
                    context: found,
                    command: message,
                    data,
                    replies,
                });
                Ok(())
            }
            _ => self.answered(Response { message, data }, held),
        }
    }

    /// A response to a request of ours.
    fn response(&mut self, context: u8, service: Service, command: Command) -> Result<(), Fault> {
        let Command { message, has_data } = command;
        let id = message.id();
        if !self.asked.iter().any(|one| one.id == id && one.context == context && one.service == service) {
            let is_said_again = service == Service::CFind
                && !has_data
                && !message.outcome().is_some_and(|outcome| outcome.status.is_pending())
                && self.settled(context, id);
            return if is_said_again { Ok(()) } else { Err(NOT_ASKED) };
        }
        if has_data {
            self.doing = Doing::gather(context, message);
            return Ok(());
        }
        self.answered(Response { message, data: None }, None)
    }

    fn answered(&mut self, response: Response, held: Option<Held>) -> Result<(), Fault> {
        let id = response.message.id();
        let Some(at) = self.asked.iter().position(|one| one.id == id) else { return Err(NOT_ASKED) };
        // Who was busy with it takes again what is sent.
        self.clock.restart();
        self.clock.answered(id);
        let is_pending = response.message.outcome().is_some_and(|outcome| outcome.status.is_pending());
        // PS3.7 9.1: these three alone have more than one response.
        let CommandField::Response(service) = response.message.field() else { return Err(NOT_ASKED) };
        let has_several = matches!(service, Service::CFind | Service::CGet | Service::CMove);
        if is_pending && has_several {
            if let Some(asked) = self.asked.get(at) {
                asked.answers.push((response, held), false);
            }
        } else {
            let asked = self.asked.remove(at);
            let status = response.message.outcome().map(|outcome| outcome.status);
            let is_limited = service == Service::CFind && status == Some(LIMITED);
            if is_limited {
                self.limited.push((asked.context, id));
            }
            // The place in the window is free before it is told. The number is not where more may be said of it, by the peer or by a
            // C-CANCEL of ours that this answer has met on its way (PS3.7 9.3.2.3).
            if is_limited || asked.is_cancelled && status != Some(CANCELLED) {
                self.link.retire(id);
            } else {
                self.link.end(id);
            }
            asked.answers.push((response, held), true);
        }
        Ok(())
    }

    /// PS3.7 C.4: a warning ends an operation; a repository that has reached its limit (PS3.4 C.6.4) may say success after it. True where that
    /// was to be said still.
    fn settled(&mut self, context: u8, id: u16) -> bool {
        let Some(at) = self.limited.iter().position(|one| *one == (context, id)) else { return false };
        self.limited.swap_remove(at);
        self.link.settle(id);
        true
    }

    /// A command that cannot be read is answered where it says to whom; else there is nobody to answer.
    fn unreadable(&mut self, context: u8, unreadable: Unreadable) -> Result<(), Fault> {
        match (unreadable.code, unreadable.id) {
            (Some(code), Some(id)) if code & 0x8000 == 0 => {
                let answer = failure(code, id, unreadable.status());
                if answer.is_none() {
                    return Err(unreadable.fault);
                }
                self.then(context, unreadable.has_data, answer);
                Ok(())
            }
            _ => Err(unreadable.fault),
        }
    }

    /// Answers, after the data set where one follows.
    fn then(&mut self, context: u8, has_data: bool, answer: Option<Message>) {
        if has_data {
            self.doing = Doing::Skipping(context, answer.map(Box::new));
        } else if let Some(answer) = answer {
            self.answer(context, &answer);
        }
    }

    fn store(&mut self, context: u8, request: c_store::Request, is_user: bool) {
        let Some(found) = self.context(context) else { return };
        // PS3.7 C: the peer is no user of the class, or the class is not that of the context.
        let refused = if !is_user {
            Some(Outcome::with_comment(0x0124, "the peer is no user of the SOP class"))
        } else if found.abstract_syntax != request.sop_class {
            Some(Outcome::with_comment(0x0122, "the SOP class is not that of the context"))
        } else {
            None
        };
        if let Some(outcome) = refused {
            self.ground.metrics.not_stored.one();
            let answer = stored(request.id, Some((&request.sop_class, &request.sop_instance)), outcome);
            self.doing = Doing::Skipping(context, Some(Box::new(answer)));
            return;
        }
        let arrival = Arrival {
            peer: self.link.peer,
            calling: self.handle.calling(),
            called: self.handle.called(),
            sop_class: request.sop_class.clone(),
            sop_instance: request.sop_instance.clone(),
            transfer_syntax: found.transfer_syntax.clone(),
            originator: request.originator.map(|title| (title, request.originator_id)),
        };
        let spare = std::mem::take(&mut self.spare);
        let intake = Intake::begin(arrival, &*self.ground.rules, spare);
        self.doing = Doing::Receiving(Box::new(Receiving { context, request, intake, bytes: 0 }));
    }

    fn context(&self, id: u8) -> Option<&Context> {
        self.link.agreed.get()?.agreement.context(id)
    }

    /// Answers. Where the association has ended meanwhile there is nobody to answer.
    pub(super) fn answer(&mut self, context: u8, message: &Message) {
        let mut command = Vec::new();
        let id = message.id();
        // It was written before with the same fields, or has none that could be too long.
        if !self.association.may_send() || Command::encode_message(message, false, &mut command).is_err() {
            return;
        }
        let letter = Letter { context, id, command, body: None };
        self.told_letter(&letter);
        if self.outbox.is_free() {
            self.outbox.put(&mut self.association, letter, Kind::Answer);
        } else {
            self.outbox.push(letter, Kind::Answer);
        }
    }
}

/// The status of a C-FIND that has reached a limit (PS3.4 C.6.4).
const LIMITED: Status = Status(0xB001);
/// The status of an operation that has ended by C-CANCEL (PS3.7 C.4).
const CANCELLED: Status = Status(0xFE00);

const NOT_ASKED: Fault = fault(AbortReason::UnexpectedParameter, "an answer that nobody waits for");

pub(super) const fn fault(reason: AbortReason, message: &'static str) -> Fault {
    Fault { reason, message, offset: 0 }
}

pub(super) fn stored(id: u16, identity: Option<(&Uid, &Uid)>, outcome: Outcome) -> Message {
    let (sop_class, sop_instance) =
        identity.map(|(class, instance)| (class.clone(), instance.clone())).unzip();
    c_store::Response { sop_class, id, outcome, sop_instance }.into()
}

/// The answer to a request that is not served: a response of its own kind, `None` for a kind that nobody knows.
pub(super) fn failure(code: u16, id: u16, status: u16) -> Option<Message> {
    Message::failure(CommandField::of(code)?, id, Outcome::of(status))
}
