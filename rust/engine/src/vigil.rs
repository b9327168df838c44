//! Looking for what is about to come, for some microseconds, before a thread falls asleep: to be woken takes longer than most answers.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long is looked: what a request takes to come after an answer, and not more than two threads take to be woken.
const LONG: Duration = Duration::from_micros(60);
/// A thread that is kept from running for so long by letting others run is on a core that others need.
const CROWDED: Duration = Duration::from_micros(15);
/// Looks in vain after which there is none for as often as `PAUSE`.
const PATIENCE: u32 = 4;
/// After so many it is tried again.
const PAUSE: u32 = 64;
/// The same where others need the core: who lets them run again and again waits behind all of them, and who sleeps is woken in front.
const LONG_PAUSE: u32 = 4096;

/// What one that waits again and again has learnt: whether it pays to look.
#[derive(Debug, Default)]
pub struct Vigil {
    in_vain: AtomicU32,
    rest: AtomicU32,
}

impl Vigil {
    /// False where the last looks were in vain.
    pub fn pays(&self) -> bool {
        let less = |rest: u32| rest.checked_sub(1);
        self.rest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err()
    }

    /// How a look ended.
    pub(crate) fn learn(&self, end: End) {
        let pause = match end {
            End::Come => return self.in_vain.store(0, Ordering::Relaxed),
            End::Over => PAUSE,
            End::Crowded => LONG_PAUSE,
        };
        if self.in_vain.fetch_add(1, Ordering::Relaxed) + 1 >= PATIENCE {
            self.rest.store(pause, Ordering::Relaxed);
        }
    }

    /// Looks on this thread, where that pays; true once it has come.
    pub fn look(&self, mut has_come: impl FnMut() -> bool) -> bool {
        if !self.pays() {
            return false;
        }
        let look = Look::begin();
        loop {
            if has_come() {
                self.learn(End::Come);
                return true;
            }
            if let Some(end) = look.end() {
                self.learn(end);
                return false;
            }
        }
    }
}

/// One look.
pub(crate) struct Look {
    until: Instant,
}

impl Look {
    pub(crate) fn begin() -> Self {
        Self { until: Instant::now() + LONG }
    }

    /// Lets others run, and says when there is no more looking.
    pub(crate) fn end(&self) -> Option<End> {
        let now = Instant::now();
        if now >= self.until {
            return Some(End::Over);
        }
        thread::yield_now();
        (now.elapsed() > CROWDED).then_some(End::Crowded)
    }
}

/// How a look ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// What was looked for has come.
    Come,
    /// The time is over.
    Over,
    /// Others need the core.
    Crowded,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_in_vain_looks_seldom() {
        let vigil = Vigil::default();
        let begun = |end: End| {
            let mut begun = 0;
            for _ in 0..10_000 {
                if vigil.pays() {
                    begun += 1;
                    vigil.learn(end);
                }
            }
            begun
        };
        assert_eq!(begun(End::Over), PATIENCE - 1 + (10_000 - PATIENCE) / (PAUSE + 1) + 1);
        vigil.learn(End::Come);
        vigil.rest.store(0, Ordering::Relaxed);
        assert_eq!(begun(End::Crowded), PATIENCE - 1 + (10_000 - PATIENCE) / (LONG_PAUSE + 1) + 1);
        assert!(!vigil.look(|| true), "not now");
        vigil.rest.store(0, Ordering::Relaxed);
        assert!(vigil.look(|| true));
        assert_eq!(begun(End::Come), 10_000);
    }
}
