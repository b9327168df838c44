//! Instances in memory, as long as they are small, and else in files that vanish with those who hold them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use radiogram_core::Result;
use radiogram_io::Storage;
use radiogram_io::storage::sweep;

use super::LONG_WRITE;
use crate::pace::Pace;

/// A folder for instances that are too large for memory, and pass by.
#[derive(Debug)]
pub struct Spool {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) target: PathBuf,
    pub(super) memory: usize,
    pub(super) limit: u64,
    pub(super) pace: Pace,
}

impl Spool {
    /// Instances of up to `memory` bytes stay there, and larger ones are files in `folder`; those of more than `limit` bytes are refused: out
    /// of resources. The folder is made where it is not there, and cleared of what an earlier run has left.
    pub fn new(storage: Arc<dyn Storage>, folder: &Path, memory: usize, limit: u64) -> Result<Self> {
        storage.create_folder(folder)?;
        sweep(&*storage, folder)?;
        Ok(Self { storage, target: folder.join("instance"), memory, limit, pace: Pace::new(LONG_WRITE) })
    }
}
