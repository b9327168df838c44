//! Where files are put that arrive one by one and are acknowledged: a trait with the few operations that this needs, so that tests can lose
//! power between any two of them.

mod committer;
mod deposit;
mod disk;
pub mod recorded;
mod sweep;

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
    /// Creates a file for writing, where there is none of the name.
    fn create(&self, path: &Path) -> Result<Box<dyn StoredFile>>;

    /// Gives a file another name, in one step; a file that has it is replaced.
    fn rename(&self, from: &Path, to: &Path) -> Result<()>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> Result<()>;

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
