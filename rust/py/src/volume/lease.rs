//! A file that is opened once for many reads: as long as one call lasts, and no longer.

use std::sync::{Arc, PoisonError, RwLock};

use radiogram_core::{ReadAt, Result};
use radiogram_io::{OpenFile, PathFile};

/// A file by its path; open while it is lent.
pub(crate) struct Lease {
    file: PathFile,
    open: RwLock<Option<Arc<OpenFile>>>,
}

/// Lends the file until it is dropped.
pub(crate) struct Lent<'l>(&'l Lease);

impl Lease {
    pub(super) fn new(file: PathFile) -> Self {
        Self { file, open: RwLock::new(None) }
    }

    /// Size and time of change of the file, as it was opened.
    pub(super) fn stamp(&self) -> (u64, i128) {
        let stamp = self.file.stamp();
        (stamp.size, stamp.modified_ns)
    }

    /// Opens the file for all reads until the result is dropped. One that was changed since is an error.
    pub(super) fn lend(&self) -> Result<Lent<'_>> {
        let open = Arc::new(self.file.open()?);
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Some(open);
        Ok(Lent(self))
    }

    fn opened(&self) -> Option<Arc<OpenFile>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        *self.0.open.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl ReadAt for Lease {
    fn size(&self) -> u64 {
        self.file.size()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        match self.opened() {
            Some(file) => file.read_at(offset, into),
            None => self.file.read_at(offset, into),
        }
    }

    fn append_at(&self, offset: u64, count: usize, into: &mut Vec<u8>) -> Result<usize> {
        match self.opened() {
            Some(file) => file.append_at(offset, count, into),
            None => self.file.append_at(offset, count, into),
        }
    }
}
