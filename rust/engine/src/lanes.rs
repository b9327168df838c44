//! Where associations live: threads, each with a runtime of its own, so that what comes for an association wakes the one thread it lives on.
//!
//! On threads that share their work a message wakes two of them: one hears of it, another does it. And a thread that has just answered mostly
//! has the next request some microseconds later, less than it takes to fall asleep and be woken: so it looks for that long before it sleeps.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, yield_now};

use crate::pace;
use crate::vigil::{Look, Vigil};

/// Threads of a lane that wait for disks: more at once would not make a disk quicker.
const BLOCKING: usize = 32;
/// Steps of one look, after which it is judged what came of it.
const LOOKS: u32 = 1024;
/// How long these may take once the lane has ended.
const LAST: Duration = Duration::from_secs(2);

/// The lanes of a process. The last to be dropped ends them, with all that lives on them.
#[derive(Clone, Default)]
pub struct Lanes(Option<Arc<All>>);

struct All {
    lanes: Vec<Arc<Lane>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// One of them.
pub(crate) struct Lane {
    runtime: Handle,
    /// Associations that live on it.
    members: AtomicUsize,
    /// How often they began to wait.
    stirs: AtomicU32,
    is_watched: AtomicBool,
    bell: Notify,
    has_ended: AtomicBool,
}

impl Lanes {
    /// Starts threads: as many as there are cores that associations may keep busy, and two at least, so that one goes on where a disk holds up
    /// the other.
    pub fn start(count: usize) -> io::Result<Self> {
        let mut all = All { lanes: Vec::new(), threads: Mutex::default() };
        let count = count.max(2);
        pace::of_threads(count);
        for _ in 0..count {
            let runtime =
                Builder::new_current_thread().max_blocking_threads(BLOCKING).enable_all().build()?;
            let lane = Arc::new(Lane {
                runtime: runtime.handle().clone(),
                members: AtomicUsize::new(0),
                stirs: AtomicU32::new(0),
                is_watched: AtomicBool::new(false),
                bell: Notify::new(),
                has_ended: AtomicBool::new(false),
            });
            all.lanes.push(Arc::clone(&lane));
            let named = thread::Builder::new().name("radiogram-lane".into());
            let running = named.spawn(move || {
                // A task like any other: to wake what a runtime itself runs takes a call of the system each time.
                let watching = runtime.spawn(async move { lane.watch().await });
                let _ = runtime.block_on(watching);
                runtime.shutdown_timeout(LAST);
            })?;
            all.threads.get_mut().unwrap_or_else(PoisonError::into_inner).push(running);
        }
        Ok(Self(Some(Arc::new(all))))
    }

    /// Ends all that lives on them, and waits for some seconds until it has ended. Not called on one of them.
    pub fn end(&self) {
        let Some(all) = &self.0 else { return };
        all.end();
        let until = Instant::now() + 2 * LAST;
        for running in std::mem::take(&mut *all.threads.lock().unwrap_or_else(PoisonError::into_inner)) {
            // One that a disk holds up is left alone.
            while !running.is_finished() && Instant::now() < until {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// A place on the lane with the fewest associations; `None` where there are no lanes, and associations live on the runtime of whoever
    /// begins them. It counts from now on: others begin at the same time.
    pub(crate) fn place(&self) -> Option<Member> {
        let lanes = &self.0.as_ref()?.lanes;
        lanes.iter().min_by_key(|lane| lane.members.load(Ordering::Relaxed)).map(Member::of)
    }
}

impl All {
    fn end(&self) {
        for lane in &self.lanes {
            lane.has_ended.store(true, Ordering::Release);
            lane.bell.notify_one();
        }
    }
}

impl Drop for All {
    /// Perhaps on one of the lanes, which cannot wait for itself.
    fn drop(&mut self) {
        self.end();
    }
}

impl Lane {
    /// One of its associations waits for what comes next, which may be near.
    pub(crate) fn stir(&self) {
        self.stirs.fetch_add(1, Ordering::Relaxed);
        if !self.is_watched.load(Ordering::Acquire) {
            self.bell.notify_one();
        }
    }

    /// True where one association at most lives on it.
    pub(crate) fn has_one(&self) -> bool {
        self.members.load(Ordering::Relaxed) <= 1
    }

    /// Watches over its associations, until the end.
    async fn watch(&self) {
        let (vigil, mut seen) = (Vigil::default(), 0);
        while !self.has_ended.load(Ordering::Acquire) {
            self.bell.notified().await;
            let stirs = self.stirs.load(Ordering::Relaxed);
            if vigil.pays(stirs.wrapping_sub(seen)) {
                self.is_watched.store(true, Ordering::Release);
                if !self.look(stirs).await {
                    vigil.overrun();
                }
                self.is_watched.store(false, Ordering::Release);
            }
            seen = stirs;
        }
    }

    /// Looks as long as something comes; false where others have to run.
    async fn look(&self, mut seen: u32) -> bool {
        let mut look = Look::begin();
        // Who never waits is not judged.
        for _ in 0..LOOKS {
            // Whoever has something to do does it, and what has come is heard of.
            yield_now().await;
            let stirs = self.stirs.load(Ordering::Relaxed);
            if stirs != seen {
                (seen, look) = (stirs, Look::begin());
            } else if let Some(goes_on) = look.go_on() {
                if !goes_on {
                    return true;
                }
            } else {
                return false;
            }
        }
        true
    }
}

/// A task for an association, on its lane; `None` for the runtime of whoever calls.
pub(crate) fn spawn(member: Option<Member>, task: impl Future<Output = ()> + Send + 'static) {
    let Some(member) = member else {
        tokio::spawn(task);
        return;
    };
    let runtime = member.0.runtime.clone();
    runtime.spawn(async move {
        task.await;
        drop(member);
    });
}

/// A task that belongs to an association of this lane, and is not one itself.
pub(crate) fn beside(lane: Option<&Arc<Lane>>, task: impl Future<Output = ()> + Send + 'static) {
    match lane {
        Some(lane) => drop(lane.runtime.spawn(task)),
        None => drop(tokio::spawn(task)),
    }
}

/// Does something on a lane, for as long as it is waited for.
pub(crate) async fn run<T: Send + 'static>(
    lane: Option<&Arc<Lane>>,
    what: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let Some(lane) = lane else { return Some(what.await) };
    let task = lane.runtime.spawn(what);
    let _guard = Cancel(task.abort_handle());
    // A lane that ends takes it along.
    task.await.ok()
}

/// One association more on a lane, until it is dropped.
pub(crate) struct Member(Arc<Lane>);

impl Member {
    pub(crate) fn lane(&self) -> &Arc<Lane> {
        &self.0
    }

    fn of(lane: &Arc<Lane>) -> Self {
        lane.members.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(lane))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.0.members.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Cancel(AbortHandle);

impl Drop for Cancel {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those that begin at the same time are counted before they have begun.
    #[test]
    fn places_are_taken_when_they_are_given() {
        let lanes = Lanes::start(3).unwrap();
        let given: Vec<Member> = (0..6).filter_map(|_| lanes.place()).collect();
        let of = |lane: &Arc<Lane>| given.iter().filter(|one| Arc::ptr_eq(one.lane(), lane)).count();
        let each: Vec<usize> = lanes.0.as_ref().unwrap().lanes.iter().map(of).collect();
        assert_eq!(each, [2, 2, 2]);
        drop(given);
        assert!(lanes.0.as_ref().unwrap().lanes.iter().all(|lane| lane.members.load(Ordering::Relaxed) == 0));
        lanes.end();
    }
}
