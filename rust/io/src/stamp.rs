//! What tells one state of a file from another.

use std::fs::Metadata;

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
    /// The stamp of an open file.
    #[cfg(unix)]
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let modified_ns = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Self { device: metadata.dev(), inode: metadata.ino(), size: metadata.len(), modified_ns }
    }

    /// The stamp of an open file. Where the system gives no inode to safe code, size and time have to do.
    #[cfg(not(unix))]
    pub fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        let modified_ns = modified.map_or(0, |d| i128::try_from(d.as_nanos()).unwrap_or(0));
        Self { device: 0, inode: 0, size: metadata.len(), modified_ns }
    }
}
