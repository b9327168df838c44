//! Names on the disk, for many files at once: whoever waits for a folder while it is being synced shares the next sync with all others.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use radiogram_core::Result;

use super::Storage;

/// Syncs the folders below a root.
#[derive(Debug)]
pub struct Committer {
    storage: Arc<dyn Storage>,
    root: PathBuf,
    folders: Mutex<Folders>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Folders {
    /// Folders that somebody waits for.
    busy: HashMap<PathBuf, Turn>,
    /// Folders whose own names are on the disk, and with them those above.
    lasting: HashSet<PathBuf>,
}

/// The syncs of one folder. A sync covers whoever asked before it began.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    asked: u64,
    done: u64,
    waiting: u32,
    is_running: bool,
}

impl Committer {
    /// For files at any depth below `root`, which is itself on the disk.
    pub fn new(storage: Arc<dyn Storage>, root: PathBuf) -> Self {
        Self { storage, root, folders: Mutex::default(), changed: Condvar::new() }
    }

    /// Returns once the name of a file is on the disk, with the names of the folders above it.
    pub fn sync_above(&self, file: &Path) -> Result<()> {
        let Some(folder) = file.parent() else { return Ok(()) };
        self.sync(folder)?;
        // A folder that is new, whoever made it, is a name in the one above.
        let mut below = folder;
        while below != self.root
            && let Some(above) = below.parent().filter(|above| !above.as_os_str().is_empty())
            && !self.lock().lasting.contains(below)
        {
            self.sync(above)?;
            self.lock().lasting.insert(below.to_owned());
            below = above;
        }
        Ok(())
    }

    /// Returns once the names that a folder has now are on the disk.
    fn sync(&self, folder: &Path) -> Result<()> {
        let mut folders = self.lock();
        let turn = folders.busy.entry(folder.to_owned()).or_default();
        turn.asked += 1;
        turn.waiting += 1;
        let mine = turn.asked;
        let result = loop {
            let turn = folders.busy.entry(folder.to_owned()).or_default();
            if turn.done >= mine {
                break Ok(());
            }
            if turn.is_running {
                folders = self.changed.wait(folders).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            turn.is_running = true;
            let covers = turn.asked;
            drop(folders);
            let synced = self.storage.sync_folder(folder);
            folders = self.lock();
            let turn = folders.busy.entry(folder.to_owned()).or_default();
            turn.is_running = false;
            if synced.is_ok() {
                turn.done = turn.done.max(covers);
            }
            self.changed.notify_all();
            // Where it failed, each of the others tries for itself.
            if synced.is_err() {
                break synced;
            }
        };
        let turn = folders.busy.entry(folder.to_owned()).or_default();
        turn.waiting -= 1;
        if turn.waiting == 0 {
            folders.busy.remove(folder);
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Folders> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
