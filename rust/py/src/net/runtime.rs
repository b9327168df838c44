//! The runtime of the network: one a process, started by the first use, stopped before the interpreter ends, left alone by a forked child.
//!
//! No thread of it ever enters Python, so nothing in Python can hold it up but by not taking what waits for it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use radiogram_engine::Lanes;
use tokio::runtime::{Handle, Runtime};

use super::inbox::Queue;
use crate::errors;

/// Threads that associations live on: they hardly ever wait, so more of them are no quicker.
const MOST_LANES: usize = 4;
/// How long associations may take to come to their end when the interpreter ends.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long threads of the runtime may take after that: a file that is being written.
const LAST: Duration = Duration::from_secs(2);
/// One slot a process, for a chain of forks this long; after that they are used again.
const GENERATIONS: usize = 16;

/// The runtimes. What a child inherited by `fork` has no threads, and its lock may be held by a thread that is not there: a child takes a slot
/// of its own, and what is in its parent's is never asked or dropped.
static HOMES: [Mutex<Option<Arc<Home>>>; GENERATIONS] = [const { Mutex::new(None) }; GENERATIONS];
/// The process that used the network last (low half), and how many there were before it in the chain of forks (high half).
static OWNER: AtomicU64 = AtomicU64::new(0);
/// True once the interpreter is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);
/// True once the network has been stopped for that.
static ENDED: AtomicBool = AtomicBool::new(false);

/// True once the interpreter is about to end and its network has ended: nothing that is waited for comes any more.
pub(crate) fn has_ended() -> bool {
    ENDED.load(Ordering::Acquire)
}

fn is_ending() -> bool {
    ENDING.load(Ordering::Acquire)
}

/// What is said then.
pub(crate) fn ending() -> PyErr {
    PyRuntimeError::new_err("the interpreter is ending: its network is closed")
}

/// What is stopped before the interpreter ends.
pub(crate) trait Stops: Send + Sync {
    /// Stops, in order for so long, then at once.
    fn stop(&self, patience: Duration) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The runtime of one process, and what lives on it.
pub(crate) struct Home {
    handle: Handle,
    lanes: Lanes,
    runtime: Mutex<Option<Runtime>>,
    queues: Mutex<Vec<Weak<Queue>>>,
    stopping: Mutex<Vec<Weak<dyn Stops>>>,
}

pub(crate) fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Forgets what is no more, and keeps one more.
fn keep<T: ?Sized>(kept: &Mutex<Vec<Weak<T>>>, one: Weak<T>) {
    let mut kept = held(kept);
    if kept.len() == kept.capacity() {
        kept.retain(|one| one.strong_count() > 0);
    }
    kept.push(one);
}

impl Home {
    /// The runtime of this process; the first use starts it.
    pub(crate) fn get(py: Python<'_>) -> PyResult<Arc<Self>> {
        listen_for_the_end(py)?;
        if is_ending() {
            return Err(ending());
        }
        // The exception is made without the lock: Python may do anything meanwhile.
        Self::start().map_err(|error| errors::named(py, "NetworkError", &error.to_string()))
    }

    fn start() -> std::io::Result<Arc<Self>> {
        let (slot, inherited) = slot();
        let mut slot = held(slot);
        if inherited {
            std::mem::forget(slot.take());
        }
        if let Some(home) = &*slot {
            return Ok(Arc::clone(home));
        }
        let runtime = radiogram_engine::runtime()?;
        let lanes = Lanes::start(radiogram_io::pool::default_threads().min(MOST_LANES))?;
        let home = Arc::new(Self {
            handle: runtime.handle().clone(),
            lanes,
            runtime: Mutex::new(Some(runtime)),
            queues: Mutex::default(),
            stopping: Mutex::default(),
        });
        *slot = Some(Arc::clone(&home));
        Ok(home)
    }

    /// The runtime of this process, where it was started.
    fn started() -> Option<Arc<Self>> {
        let (slot, inherited) = slot();
        if inherited { None } else { held(slot).clone() }
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Where associations live.
    pub(crate) fn lanes(&self) -> Lanes {
        self.lanes.clone()
    }

    /// Closes a queue before the interpreter ends.
    pub(crate) fn watch_queue(&self, queue: &Arc<Queue>) {
        keep(&self.queues, Arc::downgrade(queue));
    }

    /// Stops this before the interpreter ends.
    pub(crate) fn watch(&self, one: Weak<dyn Stops>) {
        keep(&self.stopping, one);
    }

    /// Stops what there is, then the runtime.
    fn end(&self) {
        let queues: Vec<Arc<Queue>> = held(&self.queues).iter().filter_map(Weak::upgrade).collect();
        let stopping: Vec<Arc<dyn Stops>> = held(&self.stopping).iter().filter_map(Weak::upgrade).collect();
        for queue in &queues {
            queue.close();
        }
        let Some(runtime) = held(&self.runtime).take() else { return };
        let waiting: Vec<_> = stopping.iter().map(|one| runtime.spawn(one.stop(PATIENCE))).collect();
        runtime.block_on(async {
            let all = async {
                for one in waiting {
                    let _ = one.await;
                }
            };
            let _ = tokio::time::timeout(LAST, all).await;
        });
        runtime.shutdown_timeout(LAST);
        self.lanes.end();
    }
}

/// The slot of this process, and whether it is the first to look at it.
fn slot() -> (&'static Mutex<Option<Arc<Home>>>, bool) {
    let process = u64::from(std::process::id());
    let moved = OWNER.fetch_update(Ordering::AcqRel, Ordering::Acquire, |owner| {
        let generation = owner >> 32;
        (owner & 0xFFFF_FFFF != process).then_some((generation + 1) << 32 | process)
    });
    let owner = OWNER.load(Ordering::Acquire);
    let generation = usize::try_from(owner >> 32).unwrap_or(0) % GENERATIONS;
    #[expect(clippy::indexing_slicing, reason = "a remainder of the array's length")]
    (&HOMES[generation], moved.is_ok())
}

/// How the network hears of the end of the interpreter.
static LISTENING: PyOnceLock<()> = PyOnceLock::new();

/// Asks the interpreter, once, to be told before it waits for its threads: a thread that waits for the network would be waited for for ever.
fn listen_for_the_end(py: Python<'_>) -> PyResult<()> {
    LISTENING
        .get_or_try_init(py, || {
            let ending = wrap_pyfunction!(net_end, py)?;
            let threads = py.import("threading")?;
            // The same hook that concurrent.futures has; where a version has none, `atexit` alone tells of the end.
            if let Ok(early) = threads.getattr("_register_atexit") {
                // Once the interpreter ends nobody is told of it any more.
                early.call1((&ending,)).map_err(|_| self::ending())?;
            }
            py.import("atexit")?.call_method1("register", (&ending,)).map(drop)
        })
        .map(drop)
}

/// Says that the caller ends the network by [`net_end`] when the interpreter ends, and knows for whom it waits before that.
#[pyfunction]
pub(crate) fn net_is_ended(py: Python<'_>) {
    LISTENING.get_or_init(py, || ());
}

/// Stops the network of this process: called once before the interpreter ends.
#[pyfunction]
pub(crate) fn net_end(py: Python<'_>) {
    ENDING.store(true, Ordering::Release);
    py.detach(|| {
        if let Some(home) = Home::started() {
            home.end();
        }
        ENDED.store(true, Ordering::Release);
    });
}

/// Something of the process that made it. A child that inherited it by `fork` cannot use it and leaves it alone: to drop it could wait for a
/// thread that the child does not have.
pub(crate) struct Kept<T> {
    process: u32,
    value: Option<T>,
}

impl<T> Kept<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { process: std::process::id(), value: Some(value) }
    }

    /// The value, in its process.
    pub(crate) fn get(&self, py: Python<'_>) -> PyResult<&T> {
        self.peek().ok_or_else(|| {
            let message = "this is a connection of the process that this one was forked from, and only that can use it: \
                           open a new one here";
            errors::named(py, "ForkedError", message)
        })
    }

    pub(crate) fn peek(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.process == std::process::id())
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(self.value.take());
        }
    }
}
