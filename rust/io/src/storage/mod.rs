//! Where files are put that arrive one by one and are acknowledged: a trait with the few operations that this needs, so that tests can lose
//! power between any two of them.

mod claim;
mod committer;
mod deposit;
mod disk;
pub mod recorded;
mod sweep;

pub(crate) use claim::claim;
pub use committer::Committer;
pub(crate) use deposit::part_beside;
pub use deposit::{Deposit, Temporary};
pub use disk::Disk;
pub use sweep::sweep;

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use radiogram_core::Result;

/// A place for files.
pub trait Storage: Send + Sync + Debug {
    /// Creates a file for writing, where there is none of the name. As long as it is open nobody takes it for abandoned.
    fn create(&self, path: &Path) -> Result<Box<dyn StoredFile>>;

    /// Gives a file another name, in one step; a file that has it is replaced.
    fn rename(&self, from: &Path, to: &Path) -> Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> Result<()>;

    /// Removes a file that a process with this number began, unless somebody still needs it; false where it stays, or is gone.
    fn remove_abandoned(&self, path: &Path, process: u32) -> Result<bool>;

    /// Makes a folder, and those above it, where they are not there.
    fn create_folder(&self, path: &Path) -> Result<()>;

    /// Returns when the names in a folder are on the disk.
    fn sync_folder(&self, path: &Path) -> Result<()>;

    /// What is in a folder: paths, and whether each is a folder. Nothing for a folder that is not there.
    fn list(&self, path: &Path) -> Result<Vec<(PathBuf, bool)>>;
}

/// A file that is being written.
pub trait StoredFile: Send + Debug {
    /// Appends bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Returns when what was written is on the disk.
    fn sync(&mut self) -> Result<()>;
}

#[cfg(test)]
mod tests;
