//! Who does what may have to wait for a disk: a thread of the network at once, or one that may wait.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use radiogram_core::{Error, ErrorKind, Result};
use tokio::task::spawn_blocking;

/// A write that takes longer is not for a thread of the network.
const LONG: Duration = Duration::from_millis(10);
/// Writes after a long one that go to threads that may wait.
const WARY: u32 = 100;

/// Whether writes are short at the moment, as those into the system's memory are. Handing one to another thread and back costs more than
/// itself, but a disk may stop at any time: so no more than one is written by a thread of the network, of which there are two at least, and
/// none for a while after a long one.
#[derive(Debug, Default)]
pub(super) struct Pace {
    is_busy: AtomicBool,
    wary: AtomicU32,
}

impl Pace {
    fn enter(&self) -> bool {
        let less = |wary: u32| wary.checked_sub(1);
        self.wary.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err()
            && !self.is_busy.swap(true, Ordering::Acquire)
    }

    fn leave(&self, time: Duration) {
        if time > LONG {
            self.wary.store(WARY, Ordering::Relaxed);
        }
        self.is_busy.store(false, Ordering::Release);
    }

    /// Does what may take its time: on a thread that may wait, or at once where nothing has to reach the disk and the last ones were quick.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        reaches_disk: bool,
        what: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if !reaches_disk && self.enter() {
            let began = Instant::now();
            let done = what();
            self.leave(began.elapsed());
            return done;
        }
        let done = spawn_blocking(what).await;
        done.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Io { errno: 0 }, "the thread that writes has ended"))
        })
    }
}
