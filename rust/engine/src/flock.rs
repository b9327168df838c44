//! Some futures at once, without a task for each: whichever is ready first.

use std::future::{Future, poll_fn};
use std::task::{Context, Poll};

/// Futures that are waited for together. They are few: each of them is asked whenever one may be ready.
#[derive(Debug)]
pub(crate) struct Flock<F>(Vec<F>);

impl<F> Default for Flock<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Future + Unpin> Flock<F> {
    pub(crate) fn push(&mut self, one: F) {
        self.0.push(one);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, to be waited for elsewhere; memory is not kept.
    pub(crate) fn take(&mut self) -> Vec<F> {
        std::mem::take(&mut self.0)
    }

    /// What the first one that is ready came to, in the order in which they were added where several are; never where there is none.
    pub(crate) async fn next(&mut self) -> F::Output {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        for at in 0..self.0.len() {
            let Some(one) = self.0.get_mut(at) else { break };
            if let Poll::Ready(done) = std::pin::Pin::new(one).poll(context) {
                drop(self.0.remove(at));
                if self.0.is_empty() {
                    self.0 = Vec::new();
                }
                return Poll::Ready(done);
            }
        }
        Poll::Pending
    }
}
