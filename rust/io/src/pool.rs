//! The threads that long work runs on: one pool a process, made at first use, made anew in a forked child.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use radiogram_core::{Error, ErrorKind, Result};
use rayon::ThreadPool;

/// A pool, and the number of its threads.
type Slot = Mutex<Option<(usize, Arc<ThreadPool>)>>;

/// One slot a process, for a chain of forks this long; after that they are used again.
const GENERATIONS: usize = 16;

/// The pools. What a child inherited by `fork` has no threads, and its lock may be held by a thread that is not there: a
/// child takes a slot of its own. The inherited pool is leaked, never asked or dropped: both would wait for ever.
static POOLS: [Slot; GENERATIONS] = [const { Mutex::new(None) }; GENERATIONS];

/// The process that used a pool last (low half), and how many there were before it in the chain of forks (high half).
static OWNER: AtomicU64 = AtomicU64::new(0);

/// How many threads are used where the caller names no number: one for each processor we may run on.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The slot of this process, and whether it is the first to look at it.
fn slot() -> (&'static Slot, bool) {
    let process = u64::from(std::process::id());
    let moved = OWNER.fetch_update(Ordering::AcqRel, Ordering::Acquire, |owner| {
        let generation = owner >> 32;
        (owner & 0xFFFF_FFFF != process).then_some((generation + 1) << 32 | process)
    });
    let owner = OWNER.load(Ordering::Acquire);
    let generation = usize::try_from(owner >> 32).unwrap_or(0) % GENERATIONS;
    #[expect(clippy::indexing_slicing, reason = "a remainder of the array's length")]
    (&POOLS[generation], moved.is_ok())
}

/// The pool of this process with `threads` threads, at least one.
pub fn get(threads: usize) -> Result<Arc<ThreadPool>> {
    let (slot, inherited) = slot();
    let mut held = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if inherited {
        std::mem::forget(held.take());
    }
    if let Some((size, pool)) = held.as_ref()
        && *size == threads
    {
        return Ok(Arc::clone(pool));
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .thread_name(|number| format!("radiogram-{number}"))
        .build()
        .map_err(|error| Error::new(ErrorKind::Io { errno: 0 }, format!("no threads: {error}")))?;
    let pool = Arc::new(pool);
    *held = Some((threads, Arc::clone(&pool)));
    Ok(pool)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_same_size_is_the_same_pool() {
        let first = super::get(2).unwrap();
        assert!(std::sync::Arc::ptr_eq(&first, &super::get(2).unwrap()));
        assert_eq!(super::get(3).unwrap().current_num_threads(), 3);
    }
}
