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

#[derive(Default)]
pub(super) struct Jobs(Vec<Future<'static, Done>>);

impl Jobs {
    pub(super) fn add(&mut self, job: Future<'static, Done>) {
        self.0.push(job);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nobody waits for them any more.
    pub(super) fn clear(&mut self) {
        self.0 = Vec::new();
    }

    /// The next one that is done.
    pub(super) async fn next(&mut self) -> Done {
        std::future::poll_fn(|context: &mut Context<'_>| {
            for at in 0..self.0.len() {
                let Some(job) = self.0.get_mut(at) else { break };
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
