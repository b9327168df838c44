//! What all associations of a server, or of a caller, stand on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use radiogram_net::Limits;

use crate::buffers::Buffers;
use crate::lanes::Lanes;
use crate::quotas::Quotas;
use crate::{Metrics, Rules, Watcher};

pub(crate) struct Ground {
    pub(crate) rules: Arc<dyn Rules>,
    pub(crate) watcher: Option<Arc<dyn Watcher>>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) buffers: Buffers,
    pub(crate) budget: Budget,
    pub(crate) lanes: Lanes,
}

impl Ground {
    pub(crate) fn new(
        rules: Arc<dyn Rules>,
        watcher: Option<Arc<dyn Watcher>>,
        limits: Limits,
        quotas: &Quotas,
        lanes: Lanes,
    ) -> Self {
        let (metrics, buffers) = (Arc::new(Metrics::default()), Buffers::new(quotas.memory));
        Self { rules, watcher, limits, metrics, buffers, budget: Budget::new(quotas), lanes }
    }
}

/// Bytes that are held for messages: of one, and of all.
#[derive(Debug)]
pub(crate) struct Budget {
    held: AtomicUsize,
    of_all: usize,
    of_one: usize,
}

impl Budget {
    fn new(quotas: &Quotas) -> Self {
        Self { held: AtomicUsize::new(0), of_all: quotas.held, of_one: quotas.of_a_message }
    }

    /// Whether more bytes may be held for a message that holds some.
    pub(crate) fn take(&self, more: usize, has: usize) -> bool {
        if more > self.of_one.saturating_sub(has) {
            return false;
        }
        let add = |held: usize| held.checked_add(more).filter(|sum| *sum <= self.of_all);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
    }

    /// How many are held.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Bytes are held no more.
    pub(crate) fn give_back(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Bytes that are held, until this is dropped.
pub(crate) struct Held {
    ground: Arc<Ground>,
    bytes: usize,
}

impl Held {
    /// `None` where they may not be.
    pub(crate) fn new(ground: &Arc<Ground>, bytes: usize) -> Option<Self> {
        ground.budget.take(bytes, 0).then(|| Self { ground: Arc::clone(ground), bytes })
    }

    /// How many they are.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many bytes in all, where they may be held.
    pub(crate) fn reach(held: &mut Option<Self>, ground: &Arc<Ground>, bytes: usize) -> bool {
        match held {
            Some(held) => held.grow(bytes.saturating_sub(held.bytes)),
            None if bytes == 0 => true,
            None => {
                *held = Self::new(ground, bytes);
                held.is_some()
            }
        }
    }

    /// More bytes, where they may be held as well.
    pub(crate) fn grow(&mut self, more: usize) -> bool {
        let is_granted = self.ground.budget.take(more, self.bytes);
        self.bytes += if is_granted { more } else { 0 };
        is_granted
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.ground.budget.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Quotas};

    #[test]
    fn nobody_holds_more_than_one_may_and_all_no_more_than_all() {
        let budget = Budget::new(&Quotas { held: 100, of_a_message: 60, ..Quotas::default() });
        assert!(budget.take(60, 0) && !budget.take(1, 60));
        assert!(!budget.take(41, 0) && budget.take(40, 0) && !budget.take(1, 0));
        budget.give_back(60);
        assert!(budget.take(30, 30));
    }
}
