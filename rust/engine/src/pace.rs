//! Who does what may have to wait for a disk: a thread of the network at once, or one that may wait.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

/// Works after a long one that go to threads that may wait.
const WARY: u32 = 100;

/// True while one of the threads of the network does such a work.
static IS_BUSY: AtomicBool = AtomicBool::new(false);

/// Whether works are short at the moment, as those on the system's memory are. Handing one to another thread and back costs more than
/// itself, but a disk may stop at any time: so no more than one in the process is done by a thread of the network, of which there are two at
/// least, and none for a while after a long one.
#[derive(Debug)]
pub(crate) struct Pace {
    /// One that takes longer is not for a thread of the network.
    long: Duration,
    wary: AtomicU32,
}

impl Pace {
    pub(crate) fn new(long: Duration) -> Self {
        Self { long, wary: AtomicU32::new(0) }
    }

    fn enter(&self) -> Option<Turn<'_>> {
        let less = |wary: u32| wary.checked_sub(1);
        let is_wary = self.wary.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        (!is_wary && !IS_BUSY.swap(true, Ordering::Acquire))
            .then(|| Turn { pace: self, began: Instant::now() })
    }

    /// Does what need not be done, where the last works were quick.
    pub(crate) fn at_once<T>(&self, what: impl FnOnce() -> T) -> Option<T> {
        self.enter().map(|_turn| what())
    }

    /// Does what may take its time: on a thread that may wait, or at once where it need not and the last ones were quick. `None` where the
    /// thread has ended.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        must_wait: bool,
        what: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        if !must_wait && let Some(_turn) = self.enter() {
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
        if self.began.elapsed() > self.pace.long {
            self.pace.wary.store(WARY, Ordering::Relaxed);
        }
        IS_BUSY.store(false, Ordering::Release);
    }
}
