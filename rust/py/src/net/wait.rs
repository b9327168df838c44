//! Waiting for the network: on the caller's thread, without the interpreter, hearing Ctrl-C.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use radiogram_engine::Vigil;
use tokio::runtime::Handle;

use super::runtime::{ending, has_ended};
use crate::errors;
use crate::gate::{SIGNALS, is_main_thread};

/// Longer than anybody waits, and short enough to be added to any time.
pub(crate) const EVER: Duration = Duration::from_secs(10 * 365 * 86_400);

/// How often a thread that waits looks whether anything is left that it could wait for.
const LOOK: Duration = Duration::from_secs(1);

/// Seconds that a caller gives, `None` for ever.
pub(crate) fn seconds(py: Python<'_>, name: &str, given: Option<f64>) -> PyResult<Option<Duration>> {
    let Some(given) = given else { return Ok(None) };
    if given == f64::INFINITY {
        return Ok(None);
    }
    let wrong =
        || errors::named(py, "ArgumentError", &format!("{name} is a number of seconds, or None for ever"));
    Duration::try_from_secs_f64(given).map(|time| Some(time.min(EVER))).map_err(|_| wrong())
}

/// What looks for signals now and then while a thread waits.
///
/// Handlers of signals run on the main thread alone: others do not take the interpreter to look for what they would never find.
pub(crate) struct Listener {
    next: Option<Instant>,
    is_main: Option<bool>,
}

impl Listener {
    pub(crate) fn new() -> Self {
        Self { next: Some(Instant::now() + SIGNALS), is_main: None }
    }

    /// When it wants to look next, `None` for never.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Looks, where it is time: called without the interpreter.
    pub(crate) fn look(&mut self) -> PyResult<()> {
        let Some(next) = self.next else { return Ok(()) };
        if Instant::now() < next {
            return Ok(());
        }
        Python::attach(|py| {
            let is_main = match self.is_main {
                Some(known) => known,
                None => is_main_thread(py)?,
            };
            self.is_main = Some(is_main);
            self.next = is_main.then(|| Instant::now() + SIGNALS);
            if is_main { py.check_signals() } else { Ok(()) }
        })
    }
}

thread_local! {
    /// Whether it pays this thread to look for an answer before it falls asleep: who sends one message after the other has most of them soon.
    static VIGIL: Vigil = Vigil::default();
}

/// Wakes a thread that looks, or is parked.
struct Parked {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Parked {
    fn here() -> Arc<Self> {
        Arc::new(Self { thread: std::thread::current(), is_woken: AtomicBool::new(false) })
    }

    /// Looks whether it is woken, for a moment.
    fn look(&self) -> bool {
        let look = |vigil: &Vigil| vigil.look(|| self.is_woken.load(Ordering::Acquire));
        // A thread that ends has nothing more to learn.
        VIGIL.try_with(look).unwrap_or_default()
    }
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Waits for a future, `None` where it takes longer than it may. What is not waited for any more is dropped, which cancels it.
pub(crate) fn wait<T: Send>(
    py: Python<'_>,
    runtime: &Handle,
    timeout: Option<Duration>,
    future: impl Future<Output = T> + Send,
) -> PyResult<Option<T>> {
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    py.detach(|| {
        let entered = runtime.enter();
        let mut future = pin!(future);
        let parked = Parked::here();
        let waker = Waker::from(Arc::clone(&parked));
        let mut context = Context::from_waker(&waker);
        let mut listener = Listener::new();
        let mut has_looked = false;
        let outcome = loop {
            match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context))) {
                Ok(Poll::Ready(value)) => break Ok(Some(value)),
                Ok(Poll::Pending) if !has_looked => {
                    has_looked = true;
                    if parked.look() {
                        continue;
                    }
                }
                Ok(Poll::Pending) => {}
                // A defect of ours, as in the gate.
                Err(_) => break Err(PyRuntimeError::new_err("radiogram: internal error, please report it")),
            }
            let now = Instant::now();
            if deadline.is_some_and(|deadline| now >= deadline) {
                break Ok(None);
            }
            if has_ended() {
                break Err(ending());
            }
            let until = deadline.into_iter().chain(listener.next()).min();
            let time = until.map_or(LOOK, |until| until.saturating_duration_since(now).min(LOOK));
            std::thread::park_timeout(time);
            if let Err(signal) = listener.look() {
                break Err(signal);
            }
        };
        drop(entered);
        outcome
    })
}
