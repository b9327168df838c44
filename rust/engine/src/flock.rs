//! Some futures at once, without a task for each: whichever is ready first.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Futures that are waited for together, each about so many bytes. They are few: each of them is asked whenever one may be ready.
#[derive(Debug)]
pub(crate) struct Flock<F>(Vec<(F, usize)>);

impl<F> Default for Flock<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Future + Unpin> Flock<F> {
    pub(crate) fn push(&mut self, one: F, bytes: usize) {
        self.0.push((one, bytes));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that they are about, all together.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }

    /// All of them, to be waited for elsewhere; memory is not kept.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = F> + use<F> {
        std::mem::take(&mut self.0).into_iter().map(|(one, _)| one)
    }

    /// What the first one that is ready came to, in the order in which they were added where several are; never where there is none.
    pub(crate) async fn next(&mut self) -> F::Output {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        for at in 0..self.0.len() {
            let Some((one, _)) = self.0.get_mut(at) else { break };
            if let Poll::Ready(done) = Pin::new(one).poll(context) {
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
