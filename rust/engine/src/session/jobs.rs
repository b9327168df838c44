//! Decisions of the application that come later: the association goes on meanwhile.

use std::task::{Context, Poll, Waker};

use radiogram_net::Uid;
use radiogram_net::dimse::Outcome;
use radiogram_net::pdu::AssociateRq;

use super::data::Complete;
use crate::body::Future;
use crate::rules::Decision;
use crate::sink::Arrival;

/// What was decided.
pub(super) enum Done {
    /// On a request for an association.
    Negotiated(Box<AssociateRq>, Box<Decision>),
    /// On an instance: the context, the message, and its answer.
    Stored(Box<Waiting>, Outcome),
    /// An instance is where it belongs.
    Kept(Box<Complete>),
}

/// An instance that waits for its answer.
pub(super) struct Waiting {
    pub(super) context: u8,
    pub(super) id: u16,
    pub(super) arrival: Arrival,
    pub(super) began: std::time::Instant,
}

type Job = Future<'static, Done>;

/// What a job is about: of a negotiation nothing.
#[derive(Default)]
pub(super) struct About {
    /// The number of the request.
    pub(super) id: u16,
    /// The instance.
    pub(super) instance: Option<Uid>,
    /// Of its data set.
    pub(super) bytes: usize,
}

/// Decisions, which are told as they come, and instances that are complete and become what they are to be, in the order in which they came.
#[derive(Default)]
pub(super) struct Jobs(Vec<Work>);

struct Work {
    state: State,
    is_receipt: bool,
    about: About,
}

enum State {
    Going(Job),
    /// A receipt that is done before one that came before it.
    Done(Done),
}

impl Jobs {
    pub(super) fn add(&mut self, job: Job, about: About) {
        self.0.push(Work { state: State::Going(job), is_receipt: false, about });
    }

    /// Adds the receipt of an instance, which is done whatever becomes of the association.
    pub(super) fn add_receipt(&mut self, job: Job, about: About) {
        self.0.push(Work { state: State::Going(job), is_receipt: true, about });
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True while there is a receipt, behind which another one has to wait.
    pub(super) fn has_receipt(&self) -> bool {
        self.0.iter().any(|work| work.is_receipt)
    }

    /// Bytes that they are about, all together.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().fold(0, |sum, work| sum.saturating_add(work.about.bytes))
    }

    /// True where one is about the request of this number.
    pub(super) fn is_about(&self, id: u16) -> bool {
        self.0.iter().any(|work| work.about.id == id)
    }

    /// True while this instance is on its way to where it belongs.
    pub(super) fn brings(&self, instance: &Uid) -> bool {
        self.0.iter().any(|work| work.is_receipt && work.about.instance.as_ref() == Some(instance))
    }

    /// True while it is decided what is answered for this instance.
    pub(super) fn decides(&self, instance: &Uid) -> bool {
        self.0.iter().any(|work| !work.is_receipt && work.about.instance.as_ref() == Some(instance))
    }

    /// Nobody waits for decisions any more.
    pub(super) fn keep_receipts(&mut self) {
        self.0.retain(|work| work.is_receipt);
    }

    /// Receipts, in their order, for somebody else.
    pub(super) fn end(&mut self) -> Vec<Job> {
        let receipts = std::mem::take(&mut self.0).into_iter().filter(|work| work.is_receipt);
        let job = |work: Work| match work.state {
            State::Going(job) => job,
            State::Done(done) => Box::pin(std::future::ready(done)),
        };
        receipts.map(job).collect()
    }

    /// The next one that is done by now. Who still waits for the others asks them again.
    pub(super) fn next_by_now(&mut self) -> Option<Done> {
        match self.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }

    /// The next one that is done.
    pub(super) async fn next(&mut self) -> Done {
        std::future::poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Done> {
        let mut is_behind = false;
        for at in 0..self.0.len() {
            let Some(work) = self.0.get_mut(at) else { break };
            if let State::Going(job) = &mut work.state
                && let Poll::Ready(done) = job.as_mut().poll(context)
            {
                work.state = State::Done(done);
            }
            let may_be_told = !work.is_receipt || !is_behind;
            is_behind |= work.is_receipt;
            if may_be_told && matches!(work.state, State::Done(_)) {
                let Work { state, .. } = self.0.remove(at);
                if self.0.is_empty() {
                    self.0 = Vec::new();
                }
                if let State::Done(done) = state {
                    return Poll::Ready(done);
                }
            }
        }
        Poll::Pending
    }
}
