//! What the engine asks its application, put into the inbox: the rules decide where instances go, Python decides the rest when it has time.

use std::sync::Arc;

use radiogram_engine::rules::{Answer, Decision, Stored};
use radiogram_engine::watcher::{Notice, Wants, Watcher};
use radiogram_engine::{Arrival, Handle, Request, Rules, Sink};
use radiogram_net::dimse::Outcome;
use radiogram_net::pdu::AssociateRq;
use tokio::sync::oneshot;

use super::inbox::Queue;
use super::wanted::{Want, Wanted};
use super::work::{Details, Instance, Work};

/// Processing failure (PS3.7 C): nobody has answered.
const NOBODY: u16 = 0xC211;
/// Unrecognized operation.
const UNKNOWN: u16 = 0x0211;
/// Works that wait beyond their places, above which what nobody has to know is left out.
const MOST_NOTICES: usize = 1 << 16;

/// The application of a server, or of an association that we asked for.
pub(crate) struct App {
    /// Where instances go.
    pub(crate) rules: Arc<dyn Rules>,
    /// Where the rest goes; without one it is answered as the engine does.
    pub(crate) queue: Option<Arc<Queue>>,
    /// What of it.
    pub(crate) wanted: Wanted,
    pub(crate) runtime: tokio::runtime::Handle,
}

impl App {
    fn queue(&self, association: &Handle, want: Want) -> Option<&Arc<Queue>> {
        self.queue.as_ref().filter(|_| self.wanted.has(association.id(), want))
    }

    /// Tells of something, in the order in which it happens.
    fn tell(&self, association: &Handle, name: &'static str, details: Details) {
        let Some(queue) = &self.queue else { return };
        queue.put_now(Work::Notice { association: association.clone(), name, details });
    }
}

impl Rules for App {
    fn sink(&self, arrival: &Arrival) -> Sink {
        self.rules.sink(arrival)
    }

    fn checks(&self, arrival: &Arrival) -> bool {
        self.rules.checks(arrival)
    }

    fn stored(&self, stored: Stored<'_>) -> Answer<Outcome> {
        let Some(queue) = self.queue(stored.association, Want::Instance) else {
            return self.rules.stored(stored);
        };
        let (answer, answered) = oneshot::channel();
        let queue = Arc::clone(queue);
        let work = Work::Instance(Box::new(Instance::new(stored, answer)));
        Answer::Later(Box::pin(async move {
            queue.put(work).await;
            // Who lets the work go without an answer has failed.
            answered.await.unwrap_or_else(|_| Outcome::with_comment(NOBODY, "the application has not answered"))
        }))
    }

    fn negotiate(&self, association: &Handle, request: &AssociateRq) -> Answer<Decision> {
        let Some(queue) = &self.queue else { return Answer::Now(Decision::default()) };
        let queue = Arc::clone(queue);
        if self.wanted.has(association.id(), Want::Negotiate) {
            let (answer, answered) = oneshot::channel();
            let work = Work::Negotiate {
                association: association.clone(),
                request: Arc::new(request.clone()),
                answer: Some(answer),
            };
            return Answer::Later(Box::pin(async move {
                queue.put(work).await;
                answered.await.unwrap_or_default()
            }));
        }
        // Who has more to do than there is room for gets no more to do.
        if queue.has_room() {
            return Answer::Now(Decision::default());
        }
        Answer::Later(Box::pin(async move {
            queue.room().await;
            Decision::default()
        }))
    }

    fn takes_echo(&self) -> bool {
        self.queue.is_some() && self.wanted.has_any(Want::Echo)
    }

    fn request(&self, request: Request) {
        let wanted = self.wanted.has(request.association.id(), Want::Request) || self.takes_echo();
        let Some(queue) = self.queue.as_ref().filter(|_| wanted) else {
            return request.replies.fail(Outcome::of(UNKNOWN));
        };
        let queue = Arc::clone(queue);
        // No more of them than the peer may have under way: the engine does not read on.
        self.runtime.spawn(async move {
            queue.put(Work::Request(Box::new(request))).await;
        });
    }
}

impl Watcher for App {
    fn wants(&self) -> Wants {
        let any = |wants: &[Want]| wants.iter().any(|want| self.wanted.has_any(*want));
        Wants {
            bytes: any(&[Want::BytesReceived, Want::BytesSent]),
            pdus: any(&[Want::PduReceived, Want::PduSent]),
            transitions: any(&[Want::Step]),
            messages: any(&[Want::MessageReceived, Want::MessageSent]),
        }
    }

    fn notice(&self, association: &Handle, notice: Notice<'_>) {
        let Some(queue) = &self.queue else { return };
        if let Notice::Ended(ending) = notice {
            self.wanted.forget(association.id());
            // Python has heard of an association when it was asked for.
            if association.asked().is_some() {
                self.tell(association, super::failure::notice(&ending), Details::Ending);
            }
            return;
        }
        let (want, name) = super::work::name(&notice);
        if self.wanted.has(association.id(), want) && queue.extra() < MOST_NOTICES {
            self.tell(association, name, Details::of(notice));
        }
    }
}
