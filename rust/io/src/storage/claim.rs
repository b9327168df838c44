//! Whose a file is that has not arrived: whoever writes one holds the system's lock on it (`flock`), from its beginning to its name.
//!
//! The lock ends with its holder, also where that is killed, and is seen by every process that sees the file: process numbers, which repeat
//! from one container to the next and after a restart, say less. Who sweeps takes the lock before it removes a file, and who begins one looks
//! whether it still has its name once it has the lock: neither takes a file from the other. Some network file systems have no locks; there
//! only what is a day old, of a process that is not here, is taken for abandoned.

use std::collections::HashSet;
use std::fs::{File, Metadata, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use radiogram_core::Result;

/// No instance takes so long to arrive.
const OLD: Duration = Duration::from_secs(24 * 3600);

/// Files that were written, and are read under their own names as long as somebody needs them: nobody holds a lock on these.
static KEPT: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// Takes a file that was just created; false where somebody has swept it meanwhile. Without locks it is ours all the same.
pub(crate) fn claim(file: &File) -> bool {
    match file.try_lock() {
        Ok(()) => file.metadata().map_or(true, |found| has_name(&found)),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => true,
    }
}

/// Removes a file that a process with this number began, unless somebody still writes or reads it; false where it stays, or was gone.
pub(super) fn remove_abandoned(path: &Path, process: u32) -> Result<bool> {
    // What we may not write is none of ours; what is gone is somebody else's.
    let Ok(file) = File::options().write(true).open(path) else { return Ok(false) };
    let is_over = match file.try_lock() {
        Ok(()) => is_gone(process) && is_same(&file, path),
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(_)) => is_gone(process) && is_old(&file),
    };
    if !is_over || is_kept(path) {
        return Ok(false);
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        removed => Ok(removed.map(|()| true)?),
    }
}

/// It stays under its own name, until [`forget`].
pub(super) fn keep(path: &Path) {
    lock().get_or_insert_default().insert(place(path));
}

/// Nobody needs it any more.
pub(super) fn forget(path: &Path) {
    if let Some(kept) = &mut *lock() {
        kept.remove(&place(path));
    }
}

fn is_kept(path: &Path) -> bool {
    lock().as_ref().is_some_and(|kept| !kept.is_empty() && kept.contains(&place(path)))
}

/// Whoever sweeps may know the folder by another name.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| std::fs::canonicalize(folder).ok());
    folder.zip(path.file_name()).map_or_else(|| path.to_owned(), |(folder, name)| folder.join(name))
}

fn lock() -> MutexGuard<'static, Option<HashSet<PathBuf>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_old(file: &File) -> bool {
    let changed = file.metadata().and_then(|found| found.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > OLD))
}

#[cfg(unix)]
fn has_name(found: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) > 0
}

/// The name can be that of another file by now.
#[cfg(unix)]
fn is_same(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |found: Metadata| (found.dev(), found.ino());
    file.metadata().ok().map(number) == std::fs::symlink_metadata(path).ok().map(number)
}

/// What a process that is gone began and nobody has locked is nobody's; of this one nothing is without a lock but what is kept.
#[cfg(unix)]
fn is_gone(process: u32) -> bool {
    if process == std::process::id() {
        return true;
    }
    let Some(process) = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw) else {
        return true;
    };
    rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH)
}

#[cfg(not(unix))]
fn has_name(_: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn is_same(_: &File, _: &Path) -> bool {
    true
}

/// Elsewhere only what this process would write itself is known to be nobody's.
#[cfg(not(unix))]
fn is_gone(process: u32) -> bool {
    process == std::process::id()
}
