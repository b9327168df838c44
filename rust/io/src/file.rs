//! Files as [`ReadAt`]: open while the head is read, by path and stamp for all that comes later.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use radiogram_core::{Error, ErrorKind, ReadAt, Result};

use crate::Stamp;

/// A file that is open.
#[derive(Debug)]
pub struct OpenFile {
    file: File,
    stamp: Stamp,
}

impl OpenFile {
    /// Opens a regular file for reading.
    pub fn open(path: &Path) -> Result<Self> {
        let file = open(path)?;
        Ok(Self { stamp: Stamp::of(&file)?, file })
    }

    /// Its state when it was opened.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Refuses a file that is no longer in the state it was in when it was opened.
    pub fn is_still(&self) -> Result<()> {
        if Stamp::of(&self.file)? == self.stamp {
            return Ok(());
        }
        Err(changed("the file was changed while it was read"))
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}

impl ReadAt for OpenFile {
    fn size(&self) -> u64 {
        self.stamp.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match read_some(&self.file, offset + done as u64, rest) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(done)
    }

    /// Fills spare capacity, which need not be cleared first.
    #[cfg(unix)]
    fn append_at(&self, offset: u64, count: usize, into: &mut Vec<u8>) -> Result<usize> {
        let rest = usize::try_from(self.stamp.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = count.min(rest);
        into.try_reserve_exact(count)
            .map_err(|_| Error::new(ErrorKind::Limit, format!("no memory for {count} bytes")))?;
        crate::memory::append(&self.file, offset, count, into)
    }
}

/// Opens without waiting: a pipe would wait for its writer, for ever.
#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

#[cfg(unix)]
fn read_some(file: &File, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, offset)
}

#[cfg(windows)]
fn read_some(file: &File, offset: u64, into: &mut [u8]) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, offset)
}

/// A file by its path, opened anew for each read, and refused once it is no longer the one that was stamped.
#[derive(Debug)]
pub struct PathFile {
    path: PathBuf,
    stamp: Stamp,
    /// The whole file, once somebody asked to be independent of it.
    retained: OnceLock<Vec<u8>>,
    /// The file itself, once another took its name.
    held: OnceLock<OpenFile>,
}

impl PathFile {
    /// The file at an absolute path, in the state `stamp` says.
    pub fn new(path: PathBuf, stamp: Stamp) -> Self {
        Self { path, stamp, retained: OnceLock::new(), held: OnceLock::new() }
    }

    /// Reads the whole file, so that it is not needed any more.
    pub fn retain(&self) -> Result<()> {
        if self.retained.get().is_none() {
            let mut all = Vec::new();
            let size = usize::try_from(self.stamp.size).unwrap_or(usize::MAX);
            self.append_at(0, size, &mut all)?;
            // Another thread may have been faster; both read the same.
            let _ = self.retained.set(all);
        }
        Ok(())
    }

    /// Keeps the file within reach while another takes its name: open where that is enough, in memory where it is not. One that
    /// is no longer what it was has nothing to keep.
    pub fn hold(&self) -> Result<()> {
        if self.held.get().is_some() || self.is_retained() {
            return Ok(());
        }
        if cfg!(unix) {
            // Another thread may have been faster; both opened the same.
            let _ = self.held.set(self.open()?);
            return Ok(());
        }
        self.retain()
    }

    /// The file, open; `None` where it is in memory.
    pub(crate) fn open_now(&self) -> Result<Option<Handle<'_>>> {
        match (self.retained.get(), self.held.get()) {
            (Some(_), _) => Ok(None),
            (None, Some(held)) => Ok(Some(Handle::Held(held))),
            (None, None) => Ok(Some(Handle::Own(self.open()?))),
        }
    }

    /// True once [`PathFile::retain`] was called.
    pub fn is_retained(&self) -> bool {
        self.retained.get().is_some()
    }

    /// True once its path need not lead to it any more: it is in memory, or was held while another file took its name.
    pub fn is_apart(&self) -> bool {
        self.is_retained() || self.held.get().is_some()
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state it must be in.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The file, open; a file that is no longer the one that was stamped is an error.
    ///
    /// # Errors
    ///
    /// `SourceChangedError`.
    pub fn open(&self) -> Result<OpenFile> {
        let file = OpenFile::open(&self.path).map_err(|error| match error.kind() {
            ErrorKind::Io { .. } => changed(&format!("the file cannot be opened again: {}", error.message())),
            _ => error,
        })?;
        if file.stamp != self.stamp {
            return Err(changed("the file was changed after it was read"));
        }
        Ok(file)
    }
}

impl ReadAt for PathFile {
    fn size(&self) -> u64 {
        self.stamp.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        match (self.retained.get(), self.open_now()?) {
            (Some(all), _) => all.as_slice().read_at(offset, into),
            (None, Some(file)) => file.read_at(offset, into),
            (None, None) => Ok(0),
        }
    }

    fn append_at(&self, offset: u64, count: usize, into: &mut Vec<u8>) -> Result<usize> {
        match (self.retained.get(), self.open_now()?) {
            (Some(all), _) => all.as_slice().append_at(offset, count, into),
            (None, Some(file)) => file.append_at(offset, count, into),
            (None, None) => Ok(0),
        }
    }
}

/// A file that is open: for this one read, or since it lost its name.
pub(crate) enum Handle<'f> {
    Own(OpenFile),
    Held(&'f OpenFile),
}

impl std::ops::Deref for Handle<'_> {
    type Target = OpenFile;

    fn deref(&self) -> &OpenFile {
        match self {
            Self::Own(file) => file,
            Self::Held(file) => file,
        }
    }
}

fn changed(message: &str) -> Error {
    Error::new(ErrorKind::SourceChanged, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str, content: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("radiogram-io-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        path
    }

    #[test]
    fn reads_at_a_place_and_stops_at_the_end() {
        let path = scratch("place", b"0123456789");
        let file = OpenFile::open(&path).unwrap();
        let mut four = [0; 4];
        assert_eq!(file.read_at(3, &mut four).unwrap(), 4);
        assert_eq!(&four, b"3456");
        assert_eq!(file.read_at(8, &mut four).unwrap(), 2);
        let again = PathFile::new(path.clone(), file.stamp());
        let mut all = Vec::new();
        assert_eq!(again.append_at(5, 100, &mut all).unwrap(), 5);
        assert_eq!(all, b"56789");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_retained_file_is_not_needed_any_more() {
        let path = scratch("retained", b"0123456789");
        let file = PathFile::new(path.clone(), OpenFile::open(&path).unwrap().stamp());
        file.retain().unwrap();
        std::fs::remove_file(path).unwrap();
        let mut four = [0; 4];
        assert_eq!(file.read_at(6, &mut four).unwrap(), 4);
        assert_eq!(&four, b"6789");
    }

    #[test]
    fn a_changed_file_is_refused() {
        let path = scratch("changed", b"before");
        let stamp = OpenFile::open(&path).unwrap().stamp();
        let file = PathFile::new(path.clone(), stamp);
        std::fs::write(&path, b"afterwards").unwrap();
        let error = file.read_at(0, &mut [0; 2]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SourceChanged);
        std::fs::remove_file(&path).unwrap();
        let error = file.read_at(0, &mut [0; 2]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SourceChanged);
    }
}
