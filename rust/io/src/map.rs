//! A file mapped into memory: opt-in, because a file that is cut short while it is mapped kills the process (SIGBUS).
#![expect(unsafe_code, reason = "mapping a file is unsafe by nature; this file is its one place")]

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;
use radiogram_core::Result;

use crate::OpenFile;

/// A read-only mapping.
#[derive(Debug)]
pub struct Mapping(Option<Mmap>);

impl Mapping {
    /// Maps a whole file.
    pub fn of(path: &Path) -> Result<Self> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        Self::new(&file, size)
    }

    /// Maps a whole file that is open.
    pub fn of_file(file: &OpenFile) -> Result<Self> {
        Self::new(file.file(), file.stamp().size)
    }

    fn new(file: &File, size: u64) -> Result<Self> {
        if size == 0 {
            return Ok(Self(None));
        }
        // SAFETY: the mapping is read-only and private to us. That nobody else cuts or rewrites the file meanwhile is
        // what the caller answers for who asked for `mmap=True`; the documentation of it says so.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self(Some(map)))
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
