//! The file system.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use radiogram_core::Result;

use super::{Storage, StoredFile, claim};

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Storage for Disk {
    fn create(&self, path: &Path) -> Result<Box<dyn StoredFile>> {
        let file = File::options().write(true).create_new(true).open(path)?;
        if claim::claim(&file) {
            return Ok(Box::new(file));
        }
        // Somebody swept in between: the name is as good as taken.
        let exists = if cfg!(windows) { 80 } else { 17 };
        Err(std::io::Error::from_raw_os_error(exists).into())
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        Ok(std::fs::rename(from, to)?)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        Ok(std::fs::remove_file(path)?)
    }

    fn remove_abandoned(&self, path: &Path, process: u32) -> Result<bool> {
        claim::remove_abandoned(path, process)
    }

    fn create_folder(&self, path: &Path) -> Result<()> {
        Ok(std::fs::create_dir_all(path)?)
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &Path) -> Result<()> {
        Ok(File::open(path)?.sync_all()?)
    }

    /// Elsewhere a folder cannot be opened, and the system sees to its names.
    #[cfg(not(unix))]
    fn sync_folder(&self, _path: &Path) -> Result<()> {
        Ok(())
    }

    fn list(&self, path: &Path) -> Result<Vec<(PathBuf, bool)>> {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            // A link is never followed: what it leads to is not in this folder.
            found.push((entry.path(), entry.file_type()?.is_dir()));
        }
        Ok(found)
    }
}

impl StoredFile for File {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.write_all(bytes)?)
    }

    fn sync(&mut self) -> Result<()> {
        Ok(self.sync_data()?)
    }
}
