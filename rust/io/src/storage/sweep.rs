//! What earlier runs left of files that had not arrived.

use std::path::Path;

use radiogram_core::{Error, ErrorKind, Result};

use super::Storage;

/// Removes parts of files below a folder that nobody writes any more, and gives how many there were. What another process, another machine or
/// another server of this process is writing is left alone (`claim`), as are files of all other names, and a sub-folder that may not be read, as
/// that of a file system for what it has found: nothing of ours is in it.
pub fn sweep(storage: &dyn Storage, root: &Path) -> Result<usize> {
    let mut waiting = vec![root.to_owned()];
    let mut count = 0;
    while let Some(folder) = waiting.pop() {
        let listed = match storage.list(&folder) {
            Err(error) if folder != root && is_forbidden(&error) => continue,
            listed => listed?,
        };
        for (path, is_folder) in listed {
            if is_folder {
                waiting.push(path);
            } else if let Some(process) = path.file_name().and_then(|name| name.to_str()).and_then(writer) {
                count += usize::from(storage.remove_abandoned(&path, process)?);
            }
        }
    }
    Ok(count)
}

fn is_forbidden(error: &Error) -> bool {
    let ErrorKind::Io { errno } = error.kind() else { return false };
    std::io::Error::from_raw_os_error(errno).kind() == std::io::ErrorKind::PermissionDenied
}

/// The process that a part was written by: `.NAME.PROCESS-NUMBER.part`.
fn writer(name: &str) -> Option<u32> {
    let inner = name.strip_prefix('.')?.strip_suffix(".part")?;
    let (process, number) = inner.rsplit_once('.')?.1.split_once('-')?;
    number.bytes().all(|digit| digit.is_ascii_digit()).then(|| process.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use radiogram_core::{Error, Result};

    use super::super::{Disk, Storage, StoredFile};
    use super::{sweep, writer};

    /// A disk with a folder that may not be read, whoever asks.
    #[derive(Debug)]
    struct Guarded(PathBuf);

    impl Storage for Guarded {
        fn create(&self, path: &Path) -> Result<Box<dyn StoredFile>> {
            Disk.create(path)
        }
        fn rename(&self, from: &Path, to: &Path) -> Result<()> {
            Disk.rename(from, to)
        }
        fn remove(&self, path: &Path) -> Result<()> {
            Disk.remove(path)
        }
        fn remove_abandoned(&self, path: &Path, process: u32) -> Result<bool> {
            Disk.remove_abandoned(path, process)
        }
        fn create_folder(&self, path: &Path) -> Result<()> {
            Disk.create_folder(path)
        }
        fn sync_folder(&self, path: &Path) -> Result<()> {
            Disk.sync_folder(path)
        }
        fn list(&self, path: &Path) -> Result<Vec<(PathBuf, bool)>> {
            if path == self.0 {
                return Err(Error::from(std::io::Error::from_raw_os_error(if cfg!(windows) {
                    5
                } else {
                    13
                })));
            }
            Disk.list(path)
        }
    }

    #[test]
    fn a_sub_folder_that_may_not_be_read_is_passed_over() {
        let root = std::env::temp_dir().join(format!("radiogram-guarded-{}", std::process::id()));
        for name in ["found", "other"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
            std::fs::write(root.join(name).join(format!(".1.dcm.{}-1.part", std::process::id())), b"left")
                .unwrap();
        }
        assert_eq!(sweep(&Guarded(root.join("found")), &root).unwrap(), 1);
        assert!(sweep(&Guarded(root.clone()), &root).is_err());
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn parts_are_told_from_files_of_others() {
        assert_eq!(writer(".1.2.3.dcm.4711-0.part"), Some(4711));
        for name in
            ["1.2.3.part", ".part", ".a.part", ".a.1.part", ".a.x-1.part", ".a.1-x.part", ".a.1-2.dcm"]
        {
            assert_eq!(writer(name), None, "{name}");
        }
    }
}
