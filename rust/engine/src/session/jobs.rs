//! Decisions of the application that come later: the association goes on meanwhile.

use std::pin::Pin;
use std::task::{Context, Poll};

use radiogram_net::dimse::Outcome;
use radiogram_net::pdu::AssociateRq;

use super::data::Complete;
use crate::body::Future;
use crate::flock::Flock;
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

/// Decisions, and instances that are complete and become what they are to be.
#[derive(Default)]
pub(super) struct Jobs(Flock<Work>);

struct Work {
    job: Job,
    is_receipt: bool,
}

impl std::future::Future for Work {
    type Output = Done;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Done> {
        self.job.as_mut().poll(context)
    }
}

impl Jobs {
    /// Adds a decision about so many bytes of a data set.
    pub(super) fn add(&mut self, job: Job, bytes: usize) {
        self.0.push(Work { job, is_receipt: false }, bytes);
    }

    /// Adds the receipt of an instance, which is done whatever becomes of the association.
    pub(super) fn add_receipt(&mut self, job: Job, bytes: usize) {
        self.0.push(Work { job, is_receipt: true }, bytes);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that they are about, all together.
    pub(super) fn bytes(&self) -> usize {
        self.0.bytes()
    }

    /// Nobody waits for them any more; receipts are given back.
    pub(super) fn end(&mut self) -> Vec<Job> {
        self.0.take().filter(|work| work.is_receipt).map(|work| work.job).collect()
    }

    /// The next one that is done.
    pub(super) async fn next(&mut self) -> Done {
        self.0.next().await
    }
}
