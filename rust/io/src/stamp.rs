//! What tells one state of a file from another.

use std::fs::File;
use std::path::Path;

use radiogram_core::{Error, ErrorKind, Result};

/// EISDIR on all systems that number it; a folder opens there, and only reading it fails.
const IS_A_DIRECTORY: i32 = 21;

/// Device, inode, size and time of change: all equal, and the file is taken to be the one that was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Stamp {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of content, in nanoseconds since 1970.
    pub modified_ns: i128,
}

impl Stamp {
    /// The stamp of an open file; folders, pipes and devices have none.
    #[cfg(unix)]
    pub fn of(file: &File) -> Result<Self> {
        // The older call: it is half as expensive as what the standard library asks, and says all that is needed.
        Self::said(&rustix::fs::fstat(file).map_err(std::io::Error::from)?)
    }

    /// The stamp of the file at a path.
    #[cfg(unix)]
    pub fn at(path: &Path) -> Result<Self> {
        Self::said(&rustix::fs::stat(path).map_err(std::io::Error::from)?)
    }

    #[cfg(unix)]
    fn said(stat: &rustix::fs::Stat) -> Result<Self> {
        use rustix::fs::FileType;
        let kind = FileType::from_raw_mode(stat.st_mode);
        refuse(kind == FileType::Directory, kind == FileType::RegularFile)?;
        #[allow(
            clippy::unnecessary_cast,
            clippy::cast_lossless,
            clippy::cast_sign_loss,
            clippy::cast_possible_wrap,
            trivial_numeric_casts,
            reason = "how wide these are, and which have signs, differs from system to system"
        )]
        Ok(Self {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
            size: stat.st_size as u64,
            modified_ns: i128::from(stat.st_mtime as i64) * 1_000_000_000
                + i128::from(stat.st_mtime_nsec as i64),
        })
    }

    /// The stamp of an open file. Where the system gives no inode to safe code, size and time have to do.
    #[cfg(not(unix))]
    pub fn of(file: &File) -> Result<Self> {
        Self::said(&file.metadata()?)
    }

    /// The stamp of the file at a path.
    #[cfg(not(unix))]
    pub fn at(path: &Path) -> Result<Self> {
        Self::said(&std::fs::metadata(path)?)
    }

    #[cfg(not(unix))]
    fn said(metadata: &std::fs::Metadata) -> Result<Self> {
        refuse(metadata.is_dir(), metadata.is_file())?;
        let modified = metadata.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let modified_ns = modified.map_or(0, |d| i128::try_from(d.as_nanos()).unwrap_or(0));
        Ok(Self { device: 0, inode: 0, size: metadata.len(), modified_ns })
    }
}

fn refuse(is_folder: bool, is_file: bool) -> Result<()> {
    match (is_folder, is_file) {
        (true, _) => Err(Error::new(ErrorKind::Io { errno: IS_A_DIRECTORY }, "Is a directory")),
        (false, true) => Ok(()),
        (false, false) => Err(Error::new(ErrorKind::Io { errno: 0 }, "not a regular file")),
    }
}
