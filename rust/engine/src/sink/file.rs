//! Files that instances go into.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use radiogram_core::{Error, ErrorKind, Result};
use radiogram_io::storage::sweep;
use radiogram_io::{Committer, Durability, Storage};
use tokio::task::spawn_blocking;

use super::{Arrival, Template};

/// What the answer "success" promises of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Promise {
    /// It survives a loss of power.
    #[default]
    Power,
    /// It survives the end of this process.
    Process,
    /// Nothing: the answer may come before the file has its name.
    Nothing,
}

impl Promise {
    pub(crate) fn durability(self) -> Durability {
        match self {
            Self::Power => Durability::Disk,
            Self::Process | Self::Nothing => Durability::System,
        }
    }
}

/// A folder that receives.
#[derive(Debug)]
pub struct FileStore {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) committer: Committer,
    root: PathBuf,
    template: Template,
    promise: Promise,
    pace: Pace,
}

/// A write that takes longer is not for a thread of the network.
const LONG: Duration = Duration::from_millis(10);
/// Writes after a long one that go to threads that may wait.
const WARY: u32 = 100;

/// Whether writes are short at the moment, as those into the system's memory are. Handing one to another thread and back costs more than
/// itself, but a disk may stop at any time: so no more than one is written by a thread of the network, of which there are two at least, and
/// none for a while after a long one.
#[derive(Debug, Default)]
struct Pace {
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
}

impl FileStore {
    /// A store below `root`, which is made where it is not there, and cleared of what an earlier run did not finish.
    pub fn new(storage: Arc<dyn Storage>, root: &Path, template: Template, promise: Promise) -> Result<Self> {
        storage.create_folder(root)?;
        sweep(&*storage, root)?;
        let committer = Committer::new(Arc::clone(&storage), root.to_owned());
        Ok(Self { storage, committer, root: root.to_owned(), template, promise, pace: Pace::default() })
    }

    /// Does what may take its time: on a thread that may wait, or at once where nothing has to reach the disk and the last ones were quick.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        reaches_disk: bool,
        what: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if !reaches_disk && self.pace.enter() {
            let began = Instant::now();
            let done = what();
            self.pace.leave(began.elapsed());
            return done;
        }
        let done = spawn_blocking(what).await;
        done.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Io { errno: 0 }, "the thread that writes has ended"))
        })
    }

    /// Where an instance goes.
    pub fn place(&self, arrival: &Arrival) -> PathBuf {
        self.template.place(&self.root, arrival)
    }

    /// What is promised.
    pub fn promise(&self) -> Promise {
        self.promise
    }
}
