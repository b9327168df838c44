//! The messages of an association: what is asked, and what is answered.

use radiogram_net::dimse::{
    Command, CommandField, Message, Outcome, Part, Pieces, Status, Unreadable, c_echo, c_store,
};
use radiogram_net::pdu::data_tf::content_room;
use radiogram_net::{AbortReason, Fault, Fragment, Uid};

use super::{Agreed, Session};
use crate::receive::Intake;
use crate::sink::Arrival;

/// What the data set that comes is for.
pub(super) enum Doing {
    Nothing,
    /// An instance is received on a context.
    Receiving(u8, Box<Intake>),
    /// It is passed over; then this is answered on a context.
    Skipping(u8, Option<Box<Message>>),
}

impl Session {
    pub(super) async fn fragment(&mut self, fragment: Fragment<'_>) -> Result<(), Fault> {
        let is_agreed = |agreed: &Agreed| agreed.agreement.context(fragment.context).is_some();
        if !self.agreed.as_deref().is_some_and(is_agreed) {
            return Err(fault(AbortReason::InvalidParameter, "a presentation context that was not accepted"));
        }
        match self.assembler.take(fragment)? {
            Part::Pending => Ok(()),
            Part::Command(context, command) => self.command(context, *command),
            Part::Unreadable(context, unreadable) => self.unreadable(context, unreadable),
            Part::Data { bytes, is_last } => {
                self.data(bytes, is_last).await;
                Ok(())
            }
        }
    }

    fn command(&mut self, context: u8, command: Command) -> Result<(), Fault> {
        let Command { message, has_data } = command;
        match message {
            Message::CStoreRq(request) if has_data => {
                self.store(context, &request);
                return Ok(());
            }
            Message::CStoreRq(request) => {
                let outcome = Outcome::with_comment(0xC000, "a C-STORE without a data set");
                self.answer(
                    context,
                    stored(request.id, Some((&request.sop_class, &request.sop_instance)), outcome),
                );
            }
            Message::CEchoRq(request) => {
                self.shared.metrics.echoes.one();
                let (sop_class, id) = (Some(request.sop_class), request.id);
                let answer = c_echo::Response { sop_class, id, outcome: Outcome::default() };
                self.then(context, has_data, Some(answer.into()));
            }
            // Nothing of what goes on can be cancelled.
            Message::CCancelRq(_) => self.then(context, has_data, None),
            other => match other.field() {
                CommandField::Request(_) => {
                    self.then(context, has_data, failure(other.field().code(), other.id(), 0x0211));
                }
                _ => return Err(fault(AbortReason::UnexpectedParameter, "an answer that nobody waits for")),
            },
        }
        Ok(())
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
            self.answer(context, answer);
        }
    }

    fn store(&mut self, context: u8, request: &c_store::Request) {
        let Some(agreed) = &self.agreed else { return };
        let Some(found) = agreed.agreement.context(context) else { return };
        let identity = Some((&request.sop_class, &request.sop_instance));
        // PS3.7 C: the peer is no user of the class, or the class is not that of the context.
        let refused = if !found.requestor_is_scu {
            Some(Outcome::with_comment(0x0124, "the peer is no user of the SOP class"))
        } else if found.abstract_syntax != request.sop_class {
            Some(Outcome::with_comment(0x0122, "the SOP class is not that of the context"))
        } else {
            None
        };
        if let Some(outcome) = refused {
            self.shared.metrics.not_stored.one();
            let answer = stored(request.id, identity, outcome);
            self.doing = Doing::Skipping(context, Some(Box::new(answer)));
            return;
        }
        let arrival = Arrival {
            peer: self.peer,
            calling: agreed.calling,
            called: agreed.called,
            sop_class: request.sop_class.clone(),
            sop_instance: request.sop_instance.clone(),
            transfer_syntax: found.transfer_syntax.clone(),
            originator: request.originator.map(|title| (title, request.originator_id)),
        };
        let spare = std::mem::take(&mut self.spare);
        let intake = Intake::begin(request, arrival, &*self.shared.config.rules, spare);
        self.doing = Doing::Receiving(context, Box::new(intake));
    }

    async fn data(&mut self, bytes: &[u8], is_last: bool) {
        match &mut self.doing {
            Doing::Nothing => {}
            Doing::Skipping(context, answer) => {
                if is_last {
                    let (context, answer) = (*context, answer.take());
                    self.doing = Doing::Nothing;
                    if let Some(answer) = answer {
                        self.answer(context, *answer);
                    }
                }
            }
            Doing::Receiving(_, intake) => {
                intake.take(bytes, is_last).await;
                if is_last {
                    self.received().await;
                }
            }
        }
    }

    async fn received(&mut self) {
        let Doing::Receiving(context, intake) = std::mem::replace(&mut self.doing, Doing::Nothing) else {
            return;
        };
        let (id, began) = (intake.id, intake.began);
        let (outcome, arrival, spare) = intake.end(&*self.shared.config.rules).await;
        self.spare = spare;
        let metrics = &self.shared.metrics;
        if outcome.status == Status::SUCCESS {
            metrics.stored.one();
        } else {
            metrics.not_stored.one();
        }
        metrics.store_time.add(began.elapsed());
        self.answer(context, stored(id, Some((&arrival.sop_class, &arrival.sop_instance)), outcome));
    }

    /// Puts an answer into the output. Where the association has ended meanwhile there is nobody to answer.
    fn answer(&mut self, context: u8, message: Message) {
        let Some(agreed) = &self.agreed else { return };
        let mut bytes = Vec::new();
        let is_written = Command { message, has_data: false }.encode(&mut bytes).is_ok();
        let room = content_room(agreed.agreement.sendable);
        let (true, Some(room)) = (is_written, room) else {
            self.association.abort();
            return;
        };
        for (head, content) in Pieces::new(context, true, true, &bytes, room) {
            if self.association.send(head, content).is_err() {
                return;
            }
        }
    }
}

const fn fault(reason: AbortReason, message: &'static str) -> Fault {
    Fault { reason, message, offset: 0 }
}

fn stored(id: u16, identity: Option<(&Uid, &Uid)>, outcome: Outcome) -> Message {
    let (sop_class, sop_instance) =
        identity.map(|(class, instance)| (class.clone(), instance.clone())).unzip();
    c_store::Response { sop_class, id, outcome, sop_instance }.into()
}

/// The answer to a request that is not served: a response of its own kind, `None` for a kind that nobody knows.
fn failure(code: u16, id: u16, status: u16) -> Option<Message> {
    Message::failure(CommandField::of(code)?, id, Outcome::of(status))
}
