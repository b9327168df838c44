//! Files that are there as a whole or not at all: written beside the place they are for, then renamed.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use radiogram_core::{Error, ErrorKind, ReadAt, Result, try_vec};

use crate::storage::{claim, part_beside};
use crate::{Disk, PathFile, Stamp, Storage};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 256 << 10;
/// Bytes of another file that go through memory at a time, where the system does not copy them itself.
const CHUNK: usize = 4 << 20;
/// How often another temporary name is tried.
const TRIES: u32 = 100;

/// When a file counts as written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Durability {
    /// Once the system has it: it survives the end of this process, not a power cut.
    #[default]
    System,
    /// Once the disk has it, and the name in its folder: it survives a power cut.
    Disk,
}

/// What becomes of a file that is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Existing {
    /// It is replaced, in one step.
    #[default]
    Replace,
    /// It stays, and there is an error.
    Keep,
}

/// A file that is being written. Until [`NewFile::commit`] it has a name of its own, and dropping it removes it.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    gathered: Vec<u8>,
    part: PathBuf,
    target: PathBuf,
    /// A device takes the bytes as they come, and there is nothing to rename or to remove.
    is_device: bool,
    is_done: bool,
}

impl NewFile {
    /// Begins a file that is to be at `target`; a symbolic link there stays, and what it leads to is replaced. A device, such as
    /// `/dev/null`, is written to, and stays what it is.
    ///
    /// # Errors
    ///
    /// Where there is a pipe or anything else that is no file, which would be replaced by one.
    pub fn beside(target: &Path) -> Result<Self> {
        let is_link = std::fs::symlink_metadata(target).is_ok_and(|found| found.is_symlink());
        let target = if is_link { std::fs::canonicalize(target)? } else { target.to_owned() };
        if let Ok(found) = std::fs::metadata(&target)
            && !found.is_file()
            && !found.is_dir()
        {
            if !is_character_device(&found) {
                return Err(Error::new(ErrorKind::Io { errno: 0 }, "not a regular file"));
            }
            let file = File::options().write(true).open(&target)?;
            let part = target.clone();
            return Ok(Self { file, gathered: Vec::new(), part, target, is_device: true, is_done: false });
        }
        let (part, file) = create(&target)?;
        let made = Self { file, gathered: Vec::new(), part, target, is_device: false, is_done: false };
        // Who could read the old file can read the new one, and nobody else.
        if let Ok(old) = std::fs::metadata(&made.target)
            && old.is_file()
        {
            made.file.set_permissions(old.permissions())?;
        }
        Ok(made)
    }

    /// Where it will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The state of the file that is at the target now, if there is one.
    pub fn replaces(&self) -> Option<Stamp> {
        File::open(&self.target).ok().and_then(|file| Stamp::of(&file).ok())
    }

    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if self.gathered.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            return Ok(self.file.write_all(bytes)?);
        }
        self.gathered.try_reserve(bytes.len()).map_err(|_| no_memory(bytes.len()))?;
        self.gathered.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends a part of another file: the system copies it, without our memory, where it can.
    pub fn copy(&mut self, source: &PathFile, mut offset: u64, mut count: u64) -> Result<()> {
        self.flush()?;
        let open = source.open_now()?;
        if let Some(from) = &open {
            let copied = copy_range(from.file(), offset, &self.file, count)?;
            (offset, count) = (offset + copied, count - copied);
        }
        let mut bytes = try_vec(CHUNK.min(usize::try_from(count).unwrap_or(CHUNK)))?;
        while count > 0 {
            bytes.clear();
            let most = usize::try_from(count).unwrap_or(CHUNK).min(CHUNK);
            let read = match &open {
                Some(from) => from.append_at(offset, most, &mut bytes)?,
                None => source.append_at(offset, most, &mut bytes)?,
            };
            if read == 0 {
                return Err(Error::new(ErrorKind::Truncated, "the bytes are not there").at(offset));
            }
            self.file.write_all(&bytes)?;
            (offset, count) = (offset + read as u64, count - read as u64);
        }
        Ok(())
    }

    /// Gives the file its name.
    pub fn commit(mut self, durability: Durability, existing: Existing) -> Result<()> {
        self.flush()?;
        match existing {
            Existing::Replace if self.is_device => return Ok(()),
            // EEXIST, where there are devices with names.
            Existing::Keep if self.is_device => return Err(std::io::Error::from_raw_os_error(17).into()),
            _ => {}
        }
        if durability == Durability::Disk {
            self.file.sync_all()?;
        }
        match existing {
            Existing::Replace => std::fs::rename(&self.part, &self.target)?,
            Existing::Keep => {
                // A second name is given only where there is none; the first one goes when this is dropped.
                std::fs::hard_link(&self.part, &self.target)?;
                std::fs::remove_file(&self.part)?;
            }
        }
        self.is_done = true;
        if durability == Durability::Disk {
            sync_folder(&self.target)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_done && !self.is_device {
            // Nothing more can be done about a file that cannot be removed; the error that led here is the one to report.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

#[cfg(unix)]
fn is_character_device(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_char_device(&found.file_type())
}

/// Other systems have no names for them in folders.
#[cfg(not(unix))]
fn is_character_device(_found: &std::fs::Metadata) -> bool {
    false
}

/// A new file in the folder of the target, under a name that nobody else has.
fn create(target: &Path) -> Result<(PathBuf, File)> {
    let mut tried = 0;
    loop {
        let part = part_beside(target)?;
        match File::options().write(true).create_new(true).open(&part) {
            Ok(file) if claim(&file) => return Ok((part, file)),
            Ok(_) if tried < TRIES => tried += 1,
            Ok(file) => return Ok((part, file)),
            // Left by another process with this number, which did not come to its end.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && tried < TRIES => tried += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Lets the system copy; gives how many bytes it copied, which are fewer where it cannot copy between these two files. (`copy_file_range`
/// can share blocks on some file systems, but only whole ones, and a value hardly ever begins with one; elsewhere it is the slower of the two.)
#[cfg(target_os = "linux")]
fn copy_range(from: &File, mut offset: u64, to: &File, count: u64) -> Result<u64> {
    let mut done = 0;
    while done < count {
        let most = usize::try_from(count - done).unwrap_or(usize::MAX).min(1 << 30);
        match rustix::fs::sendfile(to, from, Some(&mut offset), most) {
            Ok(0) => break,
            Ok(copied) => done += copied as u64,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) if done > 0 || is_no_space(error) => return Err(std::io::Error::from(error).into()),
            Err(_) => break,
        }
    }
    Ok(done)
}

#[cfg(target_os = "linux")]
fn is_no_space(error: rustix::io::Errno) -> bool {
    matches!(
        error,
        rustix::io::Errno::NOSPC | rustix::io::Errno::DQUOT | rustix::io::Errno::IO | rustix::io::Errno::FBIG
    )
}

/// Other systems have no such call.
#[cfg(not(target_os = "linux"))]
fn copy_range(_from: &File, _offset: u64, _to: &File, _count: u64) -> Result<u64> {
    Ok(0)
}

/// A name lasts once its folder is on the disk.
fn sync_folder(target: &Path) -> Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    Disk.sync_folder(folder.unwrap_or_else(|| Path::new(".")))
}

fn no_memory(count: usize) -> Error {
    Error::new(ErrorKind::Limit, format!("no memory for {count} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenFile;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("radiogram-save-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn names(&self) -> Vec<String> {
            let mut names: Vec<String> = std::fs::read_dir(&self.0)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn a_file_is_there_as_a_whole_or_not_at_all() {
        let folder = Folder::new("whole");
        let target = folder.0.join("a.dcm");
        std::fs::write(&target, b"old").unwrap();
        let mut given_up = NewFile::beside(&target).unwrap();
        given_up.write(b"half").unwrap();
        assert_eq!(folder.names().len(), 2);
        drop(given_up);
        assert_eq!(
            (folder.names(), std::fs::read(&target).unwrap()),
            (vec!["a.dcm".to_owned()], b"old".to_vec())
        );
        for durability in [Durability::System, Durability::Disk] {
            let mut file = NewFile::beside(&target).unwrap();
            for _ in 0..100 {
                file.write(&[7; 9000]).unwrap();
            }
            file.commit(durability, Existing::Replace).unwrap();
            assert_eq!(std::fs::read(&target).unwrap(), vec![7; 900_000]);
        }
        assert_eq!(folder.names(), ["a.dcm"]);
    }

    #[test]
    fn what_is_to_stay_stays() {
        let folder = Folder::new("keep");
        let target = folder.0.join("a.dcm");
        let write = |content: &[u8]| {
            let mut file = NewFile::beside(&target).unwrap();
            file.write(content).unwrap();
            file.commit(Durability::System, Existing::Keep)
        };
        write(b"first").unwrap();
        let error = write(b"second").unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Io { .. }), "{error}");
        assert_eq!(
            (folder.names(), std::fs::read(&target).unwrap()),
            (vec!["a.dcm".to_owned()], b"first".to_vec())
        );
    }

    #[test]
    fn parts_of_another_file_are_copied() {
        let folder = Folder::new("copy");
        let content: Vec<u8> = (0..=255).cycle().take(6 << 20).collect();
        let source = folder.0.join("source");
        std::fs::write(&source, &content).unwrap();
        let stamp = OpenFile::open(&source).unwrap().stamp();
        for is_in_memory in [false, true] {
            let from = PathFile::new(source.clone(), stamp);
            if is_in_memory {
                from.retain().unwrap();
            }
            let mut file = NewFile::beside(&folder.0.join("target")).unwrap();
            file.write(b"head").unwrap();
            file.copy(&from, 1000, 5_000_000).unwrap();
            file.write(b"tail").unwrap();
            let past = file.copy(&from, (6 << 20) - 10, 20).unwrap_err();
            assert_eq!(past.kind(), ErrorKind::Truncated);
            drop(file);
            let mut file = NewFile::beside(&folder.0.join("target")).unwrap();
            file.write(b"head").unwrap();
            file.copy(&from, 1000, 5_000_000).unwrap();
            file.write(b"tail").unwrap();
            file.commit(Durability::System, Existing::Replace).unwrap();
            let written = std::fs::read(folder.0.join("target")).unwrap();
            assert!(written.starts_with(b"head") && written.ends_with(b"tail"));
            assert_eq!(&written[4..5_000_004], &content[1000..5_001_000]);
        }
    }

    #[test]
    fn a_file_that_loses_its_name_is_still_within_reach() {
        let folder = Folder::new("held");
        let target = folder.0.join("a.dcm");
        std::fs::write(&target, b"0123456789").unwrap();
        let old = PathFile::new(target.clone(), OpenFile::open(&target).unwrap().stamp());
        let other = PathFile::new(target.clone(), old.stamp());
        let mut file = NewFile::beside(&target).unwrap();
        assert_eq!(file.replaces(), Some(old.stamp()));
        file.write(b"new").unwrap();
        old.hold().unwrap();
        file.commit(Durability::System, Existing::Replace).unwrap();
        let mut four = [0; 4];
        assert_eq!((old.read_at(3, &mut four).unwrap(), &four), (4, b"3456"));
        assert_eq!(other.read_at(3, &mut four).unwrap_err().kind(), ErrorKind::SourceChanged);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("links");
        let (target, link) = (folder.0.join("a.dcm"), folder.0.join("link.dcm"));
        std::fs::write(&target, b"old").unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut file = NewFile::beside(&link).unwrap();
        file.write(b"new").unwrap();
        file.commit(Durability::System, Existing::Replace).unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }

    /// A file took the place of the device, where the user may do that, and of the socket.
    #[cfg(unix)]
    #[test]
    fn a_device_is_written_to_and_stays_one() {
        use std::os::unix::fs::FileTypeExt;
        let folder = Folder::new("device");
        let link = folder.0.join("null.dcm");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        for existing in [Existing::Replace, Existing::Keep] {
            let mut file = NewFile::beside(&link).unwrap();
            file.write(b"new").unwrap();
            assert_eq!(file.part, Path::new("/dev/null"));
            let is_written = file.commit(Durability::Disk, existing).is_ok();
            assert_eq!(is_written, existing == Existing::Replace);
        }
        drop(NewFile::beside(&link).unwrap());
        assert!(std::fs::metadata(&link).unwrap().file_type().is_char_device());
        let socket = folder.0.join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(NewFile::beside(&socket).unwrap_err().to_string().contains("not a regular file"));
        assert!(std::fs::metadata(&socket).unwrap().file_type().is_socket());
    }

    #[test]
    fn names_of_any_length_and_folders_that_are_not_there() {
        let folder = Folder::new("names");
        let long = folder.0.join("ä".repeat(120));
        let mut file = NewFile::beside(&long).unwrap();
        file.write(b"x").unwrap();
        file.commit(Durability::System, Existing::Replace).unwrap();
        assert_eq!(std::fs::read(&long).unwrap(), b"x");
        assert!(matches!(NewFile::beside(&folder.0.join("no/a")).unwrap_err().kind(), ErrorKind::Io { .. }));
        assert_eq!(NewFile::beside(Path::new("/")).unwrap_err().kind(), ErrorKind::Argument);
    }
}
