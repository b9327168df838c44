//! The instances that a peer was sent and has not answered: how many there may be, and when it has enough of them.

use crate::flock::Flock;

/// Bytes of data sets that are under way at once, unless it is one alone: with so many a peer has enough to do, and the beginning of each is in
/// memory until it is sent.
const BYTES: usize = 4 << 20;

/// Instances under way, each by what waits for its answer.
pub(super) struct UnderWay<F> {
    flock: Flock<F>,
    most: usize,
}

impl<F: Future + Unpin> UnderWay<F> {
    /// None yet, of so many.
    pub(super) fn new(most: usize) -> Self {
        Self { flock: Flock::default(), most }
    }

    pub(super) fn push(&mut self, answered: F, bytes: usize) {
        self.flock.push(answered, bytes);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.flock.is_empty()
    }

    /// Waits until one is answered; for ever where there is none.
    pub(super) async fn next(&mut self) -> F::Output {
        self.flock.next().await
    }

    /// True where one more of so many bytes may begin.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.fits(self.most, BYTES, bytes)
    }

    /// True where about half of all are answered.
    pub(super) fn has_much_room(&self, bytes: usize) -> bool {
        self.fits(self.most / 2 + 1, BYTES / 2, bytes)
    }

    /// True where the peer may soon have nothing to do.
    pub(super) fn is_low(&self) -> bool {
        self.flock.len() <= self.most.div_ceil(2)
    }

    fn fits(&self, most: usize, limit: usize, bytes: usize) -> bool {
        self.is_empty() || self.flock.len() < most && self.flock.bytes().saturating_add(bytes) <= limit
    }
}
