//! Who does what may have to wait for a disk: a thread of the network at once, or one that may wait.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

/// Works after a long one that go to threads that may wait.
const WARY: u32 = 100;

/// Whether works are short at the moment, as those on the system's memory are. Handing one to another thread and back costs more than
/// itself, but a disk may stop at any time: so no more than one is done by a thread of the network, of which there are two at least, and
/// none for a while after a long one.
#[derive(Debug)]
pub(crate) struct Pace {
    /// One that takes longer is not for a thread of the network.
    long: Duration,
    is_busy: AtomicBool,
    wary: AtomicU32,
}

impl Pace {
    pub(crate) fn new(long: Duration) -> Self {
        Self { long, is_busy: AtomicBool::new(false), wary: AtomicU32::new(0) }
    }

    fn enter(&self) -> bool {
        let less = |wary: u32| wary.checked_sub(1);
        self.wary.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err()
            && !self.is_busy.swap(true, Ordering::Acquire)
    }

    fn leave(&self, time: Duration) {
        if time > self.long {
            self.wary.store(WARY, Ordering::Relaxed);
        }
        self.is_busy.store(false, Ordering::Release);
    }

    /// Does what may take its time: on a thread that may wait, or at once where it need not and the last ones were quick. `None` where the
    /// thread has ended.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        must_wait: bool,
        what: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if !must_wait && self.enter() {
            let began = Instant::now();
            let done = what();
            self.leave(began.elapsed());
            return Some(done);
        }
        spawn_blocking(what).await.ok()
    }
}
