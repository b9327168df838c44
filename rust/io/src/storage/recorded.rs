//! A storage in memory that records what is done to it, and shows what a disk could hold after a loss of power at any moment: for tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use radiogram_core::{Error, ErrorKind, Result};

use super::{Storage, StoredFile};

/// Something that was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A file with this number got a first name.
    Create(usize, PathBuf),
    /// Bytes were appended.
    Write(usize, Vec<u8>),
    /// Its bytes were brought to the disk.
    SyncFile(usize),
    /// A name was changed.
    Rename(PathBuf, PathBuf),
    /// A name was removed.
    Remove(PathBuf),
    /// A folder was made.
    CreateFolder(PathBuf),
    /// The names in a folder were brought to the disk.
    SyncFolder(PathBuf),
    /// Somebody was told that a file has arrived: a mark of the test.
    Told(PathBuf, Vec<u8>),
}

/// The storage, which all clones share.
#[derive(Clone, Debug, Default)]
pub struct Recorded(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    steps: Vec<Step>,
    files: usize,
    /// Steps that succeed before all others fail; for disks that are full.
    left: Option<usize>,
}

/// What survives.
pub type Survivors = BTreeMap<PathBuf, Vec<u8>>;

impl Recorded {
    /// A mark in the record.
    pub fn told(&self, path: &Path, content: &[u8]) {
        self.lock().steps.push(Step::Told(path.to_owned(), content.to_vec()));
    }

    /// After so many more steps nothing succeeds any more.
    pub fn fail_after(&self, steps: usize) {
        self.lock().left = Some(steps);
    }

    /// All that was done.
    pub fn steps(&self) -> Vec<Step> {
        self.lock().steps.clone()
    }

    /// What is there now, and after the end of the process.
    pub fn files(&self) -> Survivors {
        survivors(&self.steps(), &|_| true, &|_, bytes| bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, step: Step) -> Result<()> {
        let mut inner = self.lock();
        if let Some(left) = &mut inner.left {
            // The system's number for a disk that is full.
            *left = left.checked_sub(1).ok_or_else(|| Error::from(std::io::Error::from_raw_os_error(28)))?;
        }
        inner.steps.push(step);
        Ok(())
    }
}

/// What may be left of the steps before a loss of power: `lasts` says whether a change of a name that was not synced has reached the disk,
/// `rest` what is left of bytes that were not.
pub fn after_power_loss(
    steps: &[Step],
    lasts: &dyn Fn(usize) -> bool,
    rest: &dyn Fn(usize, Vec<u8>) -> Vec<u8>,
) -> Survivors {
    let is_synced = |at: usize, path: &Path| {
        steps
            .iter()
            .skip(at)
            .any(|step| matches!(step, Step::SyncFolder(folder) if Some(folder.as_path()) == path.parent()))
    };
    let is_lasting = |at: usize| match steps.get(at) {
        Some(
            Step::Create(_, path) | Step::Remove(path) | Step::Rename(_, path) | Step::CreateFolder(path),
        ) => is_synced(at, path) || lasts(at),
        _ => true,
    };
    survivors(steps, &is_lasting, rest)
}

fn survivors(
    steps: &[Step],
    is_lasting: &dyn Fn(usize) -> bool,
    rest: &dyn Fn(usize, Vec<u8>) -> Vec<u8>,
) -> Survivors {
    // Names lead to files by their numbers, as directory entries lead to inodes.
    let (mut now, mut lasting) = (BTreeMap::new(), BTreeMap::new());
    let mut content: BTreeMap<usize, (Vec<u8>, Vec<u8>)> = BTreeMap::new();
    let mut folders = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let lasts = is_lasting(at);
        match step {
            Step::Create(number, path) => {
                now.insert(path.clone(), *number);
                if lasts {
                    lasting.insert(path.clone(), *number);
                }
            }
            Step::Rename(from, to) => {
                let Some(number) = now.remove(from) else { continue };
                now.insert(to.clone(), number);
                if lasts {
                    lasting.remove(from);
                    lasting.insert(to.clone(), number);
                }
            }
            Step::Remove(path) => {
                now.remove(path);
                if lasts {
                    lasting.remove(path);
                }
            }
            Step::Write(number, bytes) => content.entry(*number).or_default().1.extend_from_slice(bytes),
            Step::SyncFile(number) => {
                let (safe, loose) = content.entry(*number).or_default();
                safe.append(loose);
            }
            Step::CreateFolder(path) if !lasts => folders.push(path.clone()),
            Step::CreateFolder(_) | Step::SyncFolder(_) | Step::Told(..) => {}
        }
    }
    let is_there = |path: &Path| !folders.iter().any(|lost| path.starts_with(lost));
    lasting
        .into_iter()
        .filter(|(path, _)| is_there(path))
        .map(|(path, number)| {
            let (safe, loose) = content.get(&number).cloned().unwrap_or_default();
            (path, [safe, rest(number, loose)].concat())
        })
        .collect()
}

#[derive(Debug)]
struct File(Recorded, usize);

impl StoredFile for File {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.push(Step::Write(self.1, bytes.to_vec()))
    }

    fn sync(&mut self) -> Result<()> {
        self.0.push(Step::SyncFile(self.1))
    }
}

impl Storage for Recorded {
    fn create(&self, path: &Path) -> Result<Box<dyn StoredFile>> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let is_made = |step: &Step| matches!(step, Step::CreateFolder(made) if made == folder);
        if !self.steps().iter().any(is_made) {
            return Err(Error::new(ErrorKind::Io { errno: 2 }, "no such folder"));
        }
        let number = {
            let mut inner = self.lock();
            inner.files += 1;
            inner.files
        };
        self.push(Step::Create(number, path.to_owned()))?;
        Ok(Box::new(File(self.clone(), number)))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.push(Step::Rename(from.to_owned(), to.to_owned()))
    }

    /// A disk that is full still forgets.
    fn remove(&self, path: &Path) -> Result<()> {
        self.lock().steps.push(Step::Remove(path.to_owned()));
        Ok(())
    }

    fn remove_abandoned(&self, path: &Path, process: u32) -> Result<bool> {
        let is_ours = process == std::process::id();
        if is_ours {
            self.remove(path)?;
        }
        Ok(is_ours)
    }

    fn create_folder(&self, path: &Path) -> Result<()> {
        // What has nothing above it was always there.
        let mut above: Vec<&Path> = path.ancestors().filter(|one| one.parent().is_some()).collect();
        above.reverse();
        for folder in above {
            let step = Step::CreateFolder(folder.to_owned());
            if !self.steps().contains(&step) {
                self.push(step)?;
            }
        }
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> Result<()> {
        self.push(Step::SyncFolder(path.to_owned()))
    }

    fn list(&self, path: &Path) -> Result<Vec<(PathBuf, bool)>> {
        let files =
            self.files().into_keys().filter(|file| file.parent() == Some(path)).map(|file| (file, false));
        let folders = self.steps().into_iter().filter_map(|step| match step {
            Step::CreateFolder(folder) if folder.parent() == Some(path) => Some((folder, true)),
            _ => None,
        });
        Ok(files.chain(folders).collect())
    }
}
