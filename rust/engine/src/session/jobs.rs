//! Decisions of the application that come later: the association goes on meanwhile.

use std::task::{Context, Poll};

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

/// Decisions, and instances that are complete and become what they are to be.
#[derive(Default)]
pub(super) struct Jobs(Vec<(Job, bool)>);

impl Jobs {
    pub(super) fn add(&mut self, job: Job) {
        self.0.push((job, false));
    }

    /// Adds the receipt of an instance, which is done whatever becomes of the association.
    pub(super) fn add_receipt(&mut self, job: Job) {
        self.0.push((job, true));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nobody waits for them any more; receipts are given back.
    pub(super) fn end(&mut self) -> Vec<Job> {
        let all = std::mem::take(&mut self.0).into_iter();
        all.filter_map(|(job, is_receipt)| is_receipt.then_some(job)).collect()
    }

    /// The next one that is done.
    pub(super) async fn next(&mut self) -> Done {
        std::future::poll_fn(|context: &mut Context<'_>| {
            for at in 0..self.0.len() {
                let Some((job, _)) = self.0.get_mut(at) else { break };
                if let Poll::Ready(done) = job.as_mut().poll(context) {
                    drop(self.0.swap_remove(at));
                    if self.0.is_empty() {
                        self.0 = Vec::new();
                    }
                    return Poll::Ready(done);
                }
            }
            Poll::Pending
        })
        .await
    }
}
