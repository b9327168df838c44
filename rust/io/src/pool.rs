//! The threads that long work runs on: one pool a process, made at first use, made anew in a forked child.

use std::sync::{Arc, Mutex, PoisonError};

use radiogram_core::{Error, ErrorKind, Result};
use rayon::ThreadPool;

/// The pool, and the process and size it was made for. A pool that was inherited by `fork` has no threads: it is leaked,
/// never asked or dropped, because both would wait for threads that are not there.
static POOL: Mutex<Option<(u32, usize, Arc<ThreadPool>)>> = Mutex::new(None);

/// How many threads are used where the caller names no number: one for each processor we may run on.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The pool of this process with `threads` threads.
pub fn get(threads: usize) -> Result<Arc<ThreadPool>> {
    let process = std::process::id();
    let mut slot = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    match slot.take() {
        Some((owner, size, pool)) if owner == process && size == threads => {
            *slot = Some((owner, size, Arc::clone(&pool)));
            return Ok(pool);
        }
        Some((owner, _, pool)) if owner != process => std::mem::forget(pool),
        _ => {}
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .thread_name(|number| format!("radiogram-{number}"))
        .build()
        .map_err(|error| Error::new(ErrorKind::Io { errno: 0 }, format!("no threads: {error}")))?;
    let pool = Arc::new(pool);
    *slot = Some((process, threads, Arc::clone(&pool)));
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
