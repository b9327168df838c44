//! What the engine asks its application, put into the inbox: the rules decide where instances go, Python decides the rest when it has time.

use std::sync::{Arc, OnceLock, Weak};

use radiogram_engine::sink::{Choices, Reception};
use radiogram_engine::{
    Answer, Arrival, Decision, Ending, Handle, Metrics, Notice, Request, Rules, Sink, Stored, Wants, Watcher,
};
use radiogram_net::dimse::{CommandField, Outcome, Service};
use radiogram_net::pdu::{AssociateRj, AssociateRq, RejectReason};
use tokio::sync::oneshot;

use super::association::Ends;
use super::inbox::Queue;
use super::notice::said;
use super::runtime::Home;
use super::wanted::{Want, Wanted};
use super::work::{Instance, Work};

/// What is answered where nobody in Python has answered (PS3.7 C: processing failure, of the application's own range).
const NOBODY: u16 = 0xC211;
/// Unrecognized operation.
const UNKNOWN: u16 = 0x0211;

/// The answer to an instance that is kept nowhere.
fn untaken() -> Outcome {
    Outcome::with_comment(NOBODY, "nothing takes instances here")
}

/// The application of a server, or of an association that we asked for.
pub(crate) struct App {
    me: Weak<Self>,
    home: Arc<Home>,
    /// Where instances go.
    rules: Choices,
    /// Where the rest goes; without one it is answered as the engine does.
    queue: Option<Arc<Queue>>,
    /// What of it.
    pub(crate) wanted: Wanted,
    /// What all of its associations have counted, once there is somebody who counts.
    metrics: OnceLock<Arc<Metrics>>,
}

impl App {
    pub(crate) fn new(
        home: Arc<Home>,
        rules: Choices,
        queue: Option<Arc<Queue>>,
        wanted: Wanted,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            me: Weak::clone(me),
            home,
            rules,
            queue,
            wanted,
            metrics: OnceLock::new(),
        })
    }

    /// What Python holds of an association; `None` where the application is no more.
    pub(crate) fn ends(&self, handle: &Handle) -> Option<Arc<Ends>> {
        let app = self.me.upgrade()?;
        Some(Arc::new(Ends { handle: handle.clone(), app, home: Arc::clone(&self.home) }))
    }

    /// Says who counts for it.
    pub(crate) fn count_by(&self, metrics: &Arc<Metrics>) {
        let _ = self.metrics.set(Arc::clone(metrics));
    }

    /// Every counter by its name.
    pub(crate) fn counts(&self) -> Vec<(&'static str, u64)> {
        self.metrics.get().map(|metrics| metrics.counts()).unwrap_or_default()
    }

    /// Where something goes that is wanted.
    fn queue(&self, association: &Handle, want: Want) -> Option<(Arc<Queue>, Arc<Ends>)> {
        let queue = self.queue.as_ref().filter(|_| self.wanted.has(association.id(), want))?;
        Some((Arc::clone(queue), self.ends(association)?))
    }
}

impl Rules for App {
    fn sink(&self, arrival: &Arrival) -> Sink {
        self.reception(arrival).sink
    }

    fn reception(&self, arrival: &Arrival) -> Reception {
        let mut reception = self.rules.reception(arrival);
        if !reception.sink.is_lasting() && self.wanted.has_none() {
            reception.sink = Sink::Refuse(untaken());
        }
        reception
    }

    fn stored(&self, stored: Stored<'_>) -> Answer<Outcome> {
        // Who takes it may be bound by a handler of what came before, and Python looks in order.
        let may_be_bound = || !stored.kept.is_lasting() && self.wanted.has_some(stored.association.id());
        let queue = self
            .queue
            .as_ref()
            .filter(|_| self.wanted.has(stored.association.id(), Want::Instance) || may_be_bound());
        let Some((queue, ends)) = queue.zip(self.ends(stored.association)) else {
            // What was kept for a handler alone is gone with this.
            return Answer::Now(if stored.kept.is_lasting() { Outcome::default() } else { untaken() });
        };
        let (answer, answered) = oneshot::channel();
        let work = Work::Instance(Box::new(Instance::new(ends, stored, answer)));
        // It is where it belongs and Python hears of it, even where the peer goes meanwhile.
        queue.hand(self.home.handle(), work);
        Answer::Later(Box::pin(async move {
            // Who lets the work go without an answer has failed.
            answered
                .await
                .unwrap_or_else(|_| Outcome::with_comment(NOBODY, "the application has not answered"))
        }))
    }

    fn negotiate(&self, association: &Handle, request: &AssociateRq) -> Answer<Decision> {
        let Some(queue) = &self.queue else { return Answer::Now(Decision::default()) };
        if let Some((queue, ends)) = self.queue(association, Want::Negotiate) {
            let (answer, answered) = oneshot::channel();
            let work = Work::Negotiate { ends, request: Arc::new(request.clone()), answer };
            return Answer::Later(Box::pin(async move {
                queue.put(work).await;
                // Nobody was there to say yes.
                answered.await.unwrap_or_else(|_| Decision {
                    rejection: Some(AssociateRj::permanent(RejectReason::User)),
                    ..Decision::default()
                })
            }));
        }
        // Who has more to do than there is room for gets no more to do.
        if queue.has_room() {
            return Answer::Now(Decision::default());
        }
        let queue = Arc::clone(queue);
        Answer::Later(Box::pin(async move {
            queue.room().await;
            Decision::default()
        }))
    }

    fn takes_echo(&self) -> bool {
        self.queue.is_some() && self.wanted.has_any(Want::Echo)
    }

    fn request(&self, request: Request) {
        let is_echo = request.command.field() == CommandField::Request(Service::CEcho);
        let want = if is_echo { Want::Echo } else { Want::Request };
        let Some((queue, ends)) = self.queue(&request.association, want) else {
            // Another association may want to hear of C-ECHO.
            return request.replies.fail(Outcome::of(if is_echo { 0 } else { UNKNOWN }));
        };
        // No more of them than the peer may have under way: the engine does not read on.
        queue.hand(self.home.handle(), Work::Request(ends, Box::new(request)));
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
        let is_broken = matches!(notice, Notice::Ended(Ending::Failed(_) | Ending::Insecure(_)));
        let (want, mut name, details) = said(notice);
        let id = association.id();
        let is_heard = if let Some(want) = want {
            // What belongs to an association that stood is put away when its connection is closed, also in a crowd.
            let is_last = want == Want::Closed && association.agreement().is_some();
            self.wanted.has(id, want) && (is_last || queue.takes_news())
        } else {
            // Python may have heard of an association once it was asked for, and has to hear of its end: always, once it was accepted, which
            // none is while there is a crowd.
            let was_asked = !association.called().is_blank();
            let is_known = association.agreement().is_some() || was_asked && queue.takes_news();
            // Who never asked for one is worth a line of the log where it shows what is wrong.
            let is_worth_a_line = is_broken && !is_known && !association.is_requestor() && queue.takes_news();
            if is_worth_a_line {
                name = "no-association";
            }
            (is_known || is_worth_a_line) && self.wanted.has_some(id)
        };
        if is_heard && let Some(ends) = self.ends(association) {
            queue.tell(Work::Notice { ends, name, details });
        }
        if want == Some(Want::Closed) {
            self.wanted.forget(association.id());
        }
    }
}
