//! Whether an association is accepted, and what was agreed on.

use radiogram_net::negotiation::{Agreement, requestor};
use radiogram_net::pdu::data_tf::content_room;
use radiogram_net::pdu::{AssociateAc, AssociateRj, AssociateRq, RejectReason};
use radiogram_net::{AbortReason, Fault};

use super::jobs::{About, Done};
use super::messages::served_at_once;
use super::{Session, Side};
use crate::link::{Agreed, Asked};
use crate::rules::{Answer, Decision};
use crate::{Ending, Notice};

impl Session {
    /// A peer asks for an association: what it asks is looked at, then the application is asked.
    pub(super) fn requested(&mut self, request: Box<AssociateRq>) {
        let Side::Acceptor { server, .. } = &self.side else { return };
        let acceptor = server.acceptor();
        let mut pdu = Vec::new();
        // What was read can be written.
        let _ = request.encode(&mut pdu);
        let (calling, called) = (request.calling, request.called);
        let _ = self.link.asked.set(Asked { calling, called, request: pdu.into() });
        let admitted = acceptor.admit(&request);
        self.notice(Notice::Requested);
        if let Err(why) = admitted {
            return self.reject(why);
        }
        match self.ground.rules.negotiate(&self.handle, &request) {
            Answer::Now(decision) => self.decided(&request, decision),
            Answer::Later(decision) => {
                let job = Box::pin(async move { Done::Negotiated(request, Box::new(decision.await)) });
                self.jobs.add(job, About::default());
            }
        }
    }

    /// The application has decided, which may have taken some time: what is offered is what the server offers now.
    pub(super) fn decided(&mut self, request: &AssociateRq, mut decision: Decision) {
        let Side::Acceptor { server, .. } = &self.side else { return };
        if let Some(why) = decision.rejection {
            return self.reject(why);
        }
        let acceptor = decision.acceptor.take().unwrap_or_else(|| server.acceptor());
        // Whatever is set, no more is agreed to than is served.
        decision.window = Some(served_at_once(decision.window.unwrap_or(acceptor.window)));
        match acceptor.answer(request, &mut decision) {
            Ok((answer, agreement)) => {
                let said = self.association.said().len();
                if self.association.accept(&answer).is_ok() {
                    self.ground.metrics.accepted.one();
                    let pdu = self.association.said().get(said..).unwrap_or_default().into();
                    self.establish(agreement, pdu);
                } else {
                    // An answer that no length field can say, to a request that just fits.
                    self.reject(AssociateRj::permanent(RejectReason::Provider));
                }
            }
            Err(why) => self.reject(why),
        }
    }

    fn reject(&mut self, why: AssociateRj) {
        self.ground.metrics.rejected.one();
        // The table has a cell for it where a request has come.
        let _ = self.association.reject(why);
        self.conclude(Ending::Rejected(why));
    }

    /// The peer has accepted what we asked for.
    pub(super) fn accepted(&mut self, answer: &AssociateAc) {
        let Side::Requestor { request } = &mut self.side else { return };
        let Some(request) = request.take() else { return };
        self.ground.metrics.accepted.one();
        let mut pdu = Vec::new();
        // What was read can be written.
        let _ = answer.encode(&mut pdu);
        self.establish(requestor::agreement(&request, answer), pdu.into());
    }

    fn establish(&mut self, agreement: Agreement, answer: Box<[u8]>) {
        let Some(room) = content_room(agreement.sendable) else { return self.fail(TOO_SHORT) };
        self.outbox.room = room;
        self.link.set_state(self.association.state());
        self.told_steps();
        self.link.establish(Agreed { agreement, answer });
        self.notice(Notice::Established);
    }

    /// The peer has broken the protocol in a message.
    pub(super) fn fail(&mut self, fault: Fault) {
        self.outbox.settle(&mut self.association, &self.ground);
        if self.association.invalid(fault).is_some() {
            self.ground.metrics.aborted_by_us.one();
        }
        self.conclude(Ending::Failed(fault));
    }
}

const TOO_SHORT: Fault = Fault {
    reason: AbortReason::InvalidParameter,
    message: "a maximum length in which nothing can be sent",
    offset: 0,
};
