//! The one door to long work: the interpreter is let go, panics are caught, errors become exceptions, Ctrl-C is heard.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use radiogram_core::Result;
use rayon::prelude::*;

use crate::errors;

/// How often a long call looks for signals.
pub(crate) const SIGNALS: Duration = Duration::from_millis(50);

/// More threads than any machine has processors for: a request for more is a mistake, and would end the process.
const MOST_THREADS: i64 = 1024;

/// The number of threads a caller asks for.
pub(crate) fn threads(py: Python<'_>, asked: Option<i64>) -> PyResult<Option<usize>> {
    let Some(asked) = asked else { return Ok(None) };
    match usize::try_from(asked) {
        Ok(count) if (1..=MOST_THREADS).contains(&asked) => Ok(Some(count)),
        _ => {
            let message = format!("threads is a number from 1 to {MOST_THREADS}");
            Err(errors::named(py, "ArgumentError", &message))
        }
    }
}

/// Work that ends soon by its own limits (a header, one value, one frame): on this thread, without the interpreter.
/// Work that can take longer after all asks [`interrupted`] on its way.
pub(crate) fn brief<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T> + Send) -> PyResult<T> {
    LAST_LOOK.set(None);
    let outcome = py.detach(|| catch_unwind(AssertUnwindSafe(work)));
    match SIGNAL.take() {
        Some(signal) => Err(signal),
        None => settle(py, outcome),
    }
}

thread_local! {
    /// When this thread looked for signals, since its work began.
    static LAST_LOOK: Cell<Option<Instant>> = const { Cell::new(None) };
    /// The exception of the signal that it found.
    static SIGNAL: RefCell<Option<PyErr>> = const { RefCell::new(None) };
}

/// Keeps what was raised on the way, to be raised when the work of this thread ends.
pub(crate) fn hold(raised: PyErr) {
    SIGNAL.replace(Some(raised));
}

/// True once Ctrl-C was pressed while this thread works without the interpreter; it takes the interpreter for the look, so
/// it looks no more often than it must.
pub(crate) fn interrupted() -> bool {
    let now = Instant::now();
    match LAST_LOOK.get() {
        Some(last) if now.duration_since(last) >= SIGNALS => {}
        Some(_) => return false,
        None => {
            LAST_LOOK.set(Some(now));
            return false;
        }
    }
    LAST_LOOK.set(Some(now));
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method is not general enough in its lifetime"
    )]
    let found = Python::attach(|py| py.check_signals());
    match found {
        Ok(()) => false,
        Err(signal) => {
            SIGNAL.replace(Some(signal));
            true
        }
    }
}

/// What long work runs by: its threads, and whether it is still wanted.
pub(crate) struct Crew<'a> {
    cancelled: &'a AtomicBool,
    workers: usize,
}

impl Crew<'_> {
    /// Calls `each` with 0 to `count - 1`, on all threads of the crew; none any more once the work is cancelled.
    pub(crate) fn run(&self, count: usize, each: &(dyn Fn(usize) + Sync)) {
        (0..count).into_par_iter().for_each(|number| {
            if !self.is_cancelled() {
                each(number);
            }
        });
    }

    /// How many threads there are.
    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    /// True once the caller pressed Ctrl-C.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// How far long work is, for a caller who wants to know.
pub(crate) struct Progress<'a> {
    /// Counted up by the work.
    pub(crate) done: &'a AtomicUsize,
    /// What it counts up to.
    pub(crate) total: usize,
    /// Called with (done, total) now and then, on the caller's thread.
    pub(crate) callback: Option<Py<PyAny>>,
}

impl Progress<'_> {
    fn tell(&self, py: Python<'_>) -> PyResult<()> {
        match &self.callback {
            Some(callback) => callback.call1(py, (self.done.load(Ordering::Relaxed), self.total)).map(drop),
            None => Ok(()),
        }
    }
}

/// Work that may take long: on our own pool, while this thread waits and listens for signals.
pub(crate) fn long<T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    work: impl FnOnce(&Crew<'_>) -> Result<T> + Send,
) -> PyResult<T> {
    let progress = Progress { done: &AtomicUsize::new(0), total: 0, callback: None };
    watched(py, threads, &progress, work)
}

/// The same, telling the caller how far it is.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    threads: Option<usize>,
    progress: &Progress<'_>,
    work: impl FnOnce(&Crew<'_>) -> Result<T> + Send,
) -> PyResult<T> {
    // What the system says of a thread is not asked for: that ends a little after it woke us, and we would sleep again.
    let (cancelled, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let threads = threads.unwrap_or_else(radiogram_io::pool::default_threads);
    if progress.callback.is_none() && !is_main_thread(py)? {
        // Signals come to the main thread alone: no other has anything to do but to wait.
        let crew = Crew { cancelled: &cancelled, workers: threads };
        let done = py.detach(|| catch_unwind(AssertUnwindSafe(|| on_pool(threads, || work(&crew)))));
        return settle(py, done);
    }
    let (outcome, interrupt) = py.detach(|| {
        let mut interrupt = None;
        let outcome = std::thread::scope(|scope| {
            let waiting = std::thread::current();
            let (cancelled, over) = (&cancelled, &over);
            let worker = scope.spawn(move || {
                let crew = Crew { cancelled, workers: threads };
                let done = catch_unwind(AssertUnwindSafe(|| on_pool(threads, || work(&crew))));
                over.store(true, Ordering::Release);
                waiting.unpark();
                done
            });
            while !over.load(Ordering::Acquire) {
                std::thread::park_timeout(SIGNALS);
                if interrupt.is_none()
                    && let Err(signal) =
                        Python::attach(|py| py.check_signals().and_then(|()| progress.tell(py)))
                {
                    interrupt = Some(signal);
                    cancelled.store(true, Ordering::Relaxed);
                }
            }
            worker.join().and_then(|done| done)
        });
        (outcome, interrupt)
    });
    match interrupt {
        Some(signal) => Err(signal),
        None => settle(py, outcome),
    }
}

fn on_pool<T: Send>(threads: usize, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    radiogram_io::pool::get(threads)?.install(work)
}

/// True for the thread that hears of signals.
pub(crate) fn is_main_thread(py: Python<'_>) -> PyResult<bool> {
    let threads = py.import("threading")?;
    let main = threads.call_method0("main_thread")?.getattr("ident")?;
    threads.call_method0("get_ident")?.eq(main)
}

fn settle<T>(py: Python<'_>, outcome: std::thread::Result<Result<T>>) -> PyResult<T> {
    match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(errors::raise(py, &error)),
        // A defect of ours, not of the input: it is an error of its own, so that nobody takes it for one.
        Err(_) => Err(PyRuntimeError::new_err("radiogram: internal error, please report it")),
    }
}
