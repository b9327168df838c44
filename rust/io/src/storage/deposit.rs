//! A file that arrives: under a name of its own beside its place, and at its place once it is complete.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use radiogram_core::{Error, ErrorKind, Result};

use super::{Committer, Storage, StoredFile, claim};
use crate::Durability;

/// Characters of the final name that the name beside it repeats: of four bytes each, and with what is added, they stay below 255 bytes.
const NAME: usize = 45;
/// How often another name is tried.
const TRIES: u32 = 100;

/// A file that is arriving. Dropping it before [`Deposit::commit`] removes it; what was at its place before stays untouched.
#[derive(Debug)]
pub struct Deposit {
    storage: Arc<dyn Storage>,
    file: Box<dyn StoredFile>,
    part: PathBuf,
    target: PathBuf,
    is_done: bool,
}

impl Deposit {
    /// Begins a file that is to be at `target`; its folder is made.
    pub fn begin(storage: &Arc<dyn Storage>, target: PathBuf) -> Result<Self> {
        let mut tried = 0;
        loop {
            let part = part_beside(&target)?;
            match storage.create(&part) {
                Ok(file) => {
                    return Ok(Self { storage: Arc::clone(storage), file, part, target, is_done: false });
                }
                Err(error) if tried < TRIES && is(&error, std::io::ErrorKind::NotFound) => {
                    storage.create_folder(target.parent().unwrap_or(Path::new(".")))?;
                }
                Err(error) if tried < TRIES && is(&error, std::io::ErrorKind::AlreadyExists) => {}
                Err(error) => return Err(error),
            }
            tried += 1;
        }
    }

    /// Begins a file of which the folder alone is known, which is there: [`Deposit::aim`] says the rest.
    pub fn begin_in(storage: &Arc<dyn Storage>, folder: &Path) -> Result<Self> {
        let target = folder.join("next");
        let part = part_beside(&target)?;
        let file = storage.create(&part)?;
        Ok(Self { storage: Arc::clone(storage), file, part, target, is_done: false })
    }

    /// It is to be there.
    pub fn aim(&mut self, target: PathBuf) {
        self.target = target;
    }

    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write(bytes)
    }

    /// Where it will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Puts it at its place, and returns once that will last: the end of this process, or a loss of power.
    ///
    /// Before the name the bytes must be on the disk: else a loss of power leaves a name with nothing behind it, where a good file may
    /// have been before.
    pub fn commit(mut self, durability: Durability, committer: &Committer) -> Result<()> {
        if durability == Durability::Disk {
            self.file.sync()?;
        }
        self.storage.rename(&self.part, &self.target)?;
        self.is_done = true;
        if durability == Durability::Disk {
            committer.sync_above(&self.target)?;
        }
        Ok(())
    }
}

impl Drop for Deposit {
    fn drop(&mut self) {
        if !self.is_done {
            // There is nobody left to tell; what stays is swept at the next start.
            let _ = self.storage.remove(&self.part);
        }
    }
}

impl Deposit {
    /// Leaves it where it is, under its own name, until what is given is dropped: for a file that is read and then no longer needed.
    pub fn keep(mut self) -> Temporary {
        self.is_done = true;
        // It is no longer open, and a file a sender keeps its descriptor for would soon be one too many.
        claim::keep(&self.part);
        Temporary { storage: Arc::clone(&self.storage), path: std::mem::take(&mut self.part) }
    }
}

/// A file that vanishes with this.
#[derive(Debug)]
pub struct Temporary {
    storage: Arc<dyn Storage>,
    path: PathBuf,
}

impl Temporary {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The same file.
impl PartialEq for Temporary {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Temporary {}

impl Drop for Temporary {
    fn drop(&mut self) {
        claim::forget(&self.path);
        // There is nobody left to tell; what stays is swept at the next start.
        let _ = self.storage.remove(&self.path);
    }
}

/// A name beside a place that no other file of this process has; one of an earlier process can.
pub(crate) fn part_beside(target: &Path) -> Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = target.file_name().ok_or_else(|| Error::new(ErrorKind::Argument, "the path names no file"))?;
    let name = name.to_string_lossy();
    let end = name.char_indices().nth(NAME).map_or(name.len(), |(end, _)| end);
    let name = name.get(..end).unwrap_or_default();
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    Ok(target.with_file_name(format!(".{name}.{}-{number}.part", std::process::id())))
}

fn is(error: &Error, kind: std::io::ErrorKind) -> bool {
    matches!(error.kind(), ErrorKind::Io { errno } if std::io::Error::from_raw_os_error(errno).kind() == kind)
}
