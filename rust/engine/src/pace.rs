//! Who does what may have to wait for a disk: a thread of the network at once, or one that may wait.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::{spawn_blocking, yield_now};

/// Works after a long one that go to threads that may wait: so many where it was the only one, which may have been held up by anything,
const WARY: u32 = 4;
/// and up to so many where one after the other is long.
const MOST_WARY: u32 = 256;
/// How long the works of others are waited for, which are mostly over before a thread is woken.
const SOON: Duration = Duration::from_micros(30);

/// Threads of the network that do such a work.
static BUSY: AtomicUsize = AtomicUsize::new(0);
/// As many may at once: 0 is as yet unknown, and one.
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Whose threads these are.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// There are so many threads of the network. One of them at least does no such work.
pub(crate) fn of_threads(count: usize) {
    let process = std::process::id();
    let before = PROCESS.swap(process, Ordering::Relaxed);
    if before != 0 && before != process {
        // Those that were at it when this child was forked are not in it.
        BUSY.store(0, Ordering::Relaxed);
    }
    let most = count.saturating_sub(1).max(1);
    let lesser = |known| (known == 0 || most < known).then_some(most);
    let _ = MOST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lesser);
}

/// Whether works are short at the moment, as those on the system's memory are. Handing one to another thread and back costs more than
/// itself, but a disk may stop at any time: so one thread of the network at least, of which there are two, does none, and nobody does for a
/// while after a long one.
#[derive(Debug)]
pub(crate) struct Pace {
    /// One that takes longer is not for a thread of the network.
    long: Duration,
    /// Works that still go to threads that may wait, and as many as will after the next long one.
    wary: AtomicU32,
    term: AtomicU32,
}

impl Pace {
    pub(crate) fn new(long: Duration) -> Self {
        Self { long, wary: AtomicU32::new(0), term: AtomicU32::new(WARY) }
    }

    /// What a work that was done at once says of the next ones.
    fn judge(&self, taken: Duration) {
        let term = self.term.load(Ordering::Relaxed);
        if taken > self.long {
            self.wary.store(term, Ordering::Relaxed);
            self.term.store((term * 4).min(MOST_WARY), Ordering::Relaxed);
        } else if term > WARY {
            self.term.store(term - 1, Ordering::Relaxed);
        }
    }

    /// True where a work before this one was long.
    fn is_wary(&self) -> bool {
        let less = |wary: u32| wary.checked_sub(1);
        self.wary.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    fn enter(&self) -> Option<Turn<'_>> {
        let most = MOST.load(Ordering::Relaxed).max(1);
        let one_more = |busy| (busy < most).then_some(busy + 1);
        BUSY.fetch_update(Ordering::Acquire, Ordering::Relaxed, one_more).ok()?;
        Some(Turn { pace: self, began: Instant::now() })
    }

    /// As [`Pace::enter`]; where other threads of the network are at it, what else there is to do here is done meanwhile.
    async fn enter_soon(&self) -> Option<Turn<'_>> {
        let mut until = None;
        loop {
            if let Some(turn) = self.enter() {
                return Some(turn);
            }
            if Instant::now() >= *until.get_or_insert_with(|| Instant::now() + SOON) {
                return None;
            }
            // One of them may need this core.
            thread::yield_now();
            yield_now().await;
        }
    }

    /// Does what need not be done, where the last works were quick.
    pub(crate) fn at_once<T>(&self, what: impl FnOnce() -> T) -> Option<T> {
        if self.is_wary() { None } else { self.enter().map(|_turn| what()) }
    }

    /// Does what may take its time: on a thread that may wait, or at once where it need not and the last ones were quick. `None` where the
    /// thread has ended.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        must_wait: bool,
        what: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if !must_wait
            && !self.is_wary()
            && let Some(_turn) = self.enter_soon().await
        {
            return Some(what());
        }
        spawn_blocking(what).await.ok()
    }
}

/// A work on a thread of the network, however it ends.
struct Turn<'p> {
    pace: &'p Pace,
    began: Instant,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.pace.judge(self.began.elapsed());
        BUSY.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of so many works those that are done elsewhere, where each that is done at once takes so long.
    fn elsewhere(pace: &Pace, works: u32, taken: impl Fn(u32) -> u64) -> u32 {
        let mut elsewhere = 0;
        for work in 0..works {
            if pace.is_wary() {
                elsewhere += 1;
            } else {
                pace.judge(Duration::from_micros(taken(work)));
            }
        }
        elsewhere
    }

    #[test]
    fn a_slow_disk_is_left_to_others_and_one_hitch_is_not_a_slow_disk() {
        let pace = Pace::new(Duration::from_millis(1));
        assert_eq!(elsewhere(&pace, 1000, |_| 10), 0);
        assert_eq!(elsewhere(&pace, 1000, |work| if work == 500 { 3000 } else { 10 }), WARY);
        assert!(elsewhere(&pace, 10_000, |_| 5000) > 9900);
        // It is quick again.
        assert!(elsewhere(&pace, 1000, |_| 10) <= MOST_WARY);
        assert_eq!(elsewhere(&pace, 1000, |work| if work == 500 { 3000 } else { 10 }), WARY);
    }
}
