//! The instances that a peer was sent and has not answered: how many there may be, and when it has enough of them.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes of data sets that are under way at once, unless it is one alone: with so many a peer has enough to do, and the beginning of each is in
/// memory until it is sent.
const BYTES: usize = 4 << 20;

/// Instances under way, each by what waits for its answer, with the bytes of its data set. They are few: each is asked whenever one may be
/// answered, and none has a task of its own.
pub(super) struct UnderWay<F> {
    all: Vec<(F, usize)>,
    most: usize,
}

impl<F: Future + Unpin> UnderWay<F> {
    /// None yet, of so many.
    pub(super) fn new(most: usize) -> Self {
        Self { all: Vec::new(), most }
    }

    pub(super) fn push(&mut self, answered: F, bytes: usize) {
        self.all.push((answered, bytes));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Waits until one is answered, the one that was sent first where several are; for ever where there is none.
    pub(super) async fn next(&mut self) -> F::Output {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        for at in 0..self.all.len() {
            let Some((answered, _)) = self.all.get_mut(at) else { break };
            if let Poll::Ready(answer) = Pin::new(answered).poll(context) {
                drop(self.all.remove(at));
                return Poll::Ready(answer);
            }
        }
        Poll::Pending
    }

    /// True where one more of so many bytes may begin, where `share` of all that is left is for this peer at most.
    pub(super) fn has_room(&self, bytes: usize, share: usize) -> bool {
        self.fits(self.most.min(share), BYTES, bytes)
    }

    /// True where about half of all are answered.
    pub(super) fn has_much_room(&self, bytes: usize, share: usize) -> bool {
        self.fits(self.most.min(share) / 2 + 1, BYTES / 2, bytes)
    }

    /// True where the peer may soon have nothing to do.
    pub(super) fn is_low(&self) -> bool {
        self.all.len() <= self.most.div_ceil(2)
    }

    fn fits(&self, most: usize, limit: usize, bytes: usize) -> bool {
        let held = self.all.iter().fold(bytes, |sum, (_, bytes)| sum.saturating_add(*bytes));
        self.is_empty() || self.all.len() < most && held <= limit
    }
}
