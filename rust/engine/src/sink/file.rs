//! Files that instances go into.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Result};
use radiogram_io::storage::sweep;
use radiogram_io::{Committer, Durability, Storage};

use super::{Arrival, LONG_WRITE, Template};
use crate::pace::Pace;

/// What the answer "success" promises of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Promise {
    /// It survives a loss of power.
    #[default]
    Power,
    /// It survives the end of this process.
    Process,
    /// Nothing: the answer may come before the file has its name.
    Nothing,
}

/// The name of a folder must last as well, and those of the folders above it, whoever made them. One that we may not read is none of ours, and
/// those above it neither.
fn sync_names(storage: &dyn Storage, folder: &Path) -> Result<()> {
    for above in folder.ancestors().filter_map(Path::parent) {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        match storage.sync_folder(above) {
            Err(error) if is_forbidden(&error) => return Ok(()),
            synced => synced?,
        }
    }
    Ok(())
}

fn is_forbidden(error: &Error) -> bool {
    let kind = |errno| std::io::Error::from_raw_os_error(errno).kind();
    matches!(error.kind(), ErrorKind::Io { errno } if kind(errno) == std::io::ErrorKind::PermissionDenied)
}

impl Promise {
    pub(super) fn durability(self) -> Durability {
        match self {
            Self::Power => Durability::Disk,
            Self::Process | Self::Nothing => Durability::System,
        }
    }
}

/// A folder that receives.
#[derive(Debug)]
pub struct FileStore {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) committer: Committer,
    root: PathBuf,
    template: Template,
    promise: Promise,
    pub(super) pace: Pace,
}

impl FileStore {
    /// A store below `root`, which is made where it is not there, and cleared of what an earlier run did not finish.
    pub fn new(storage: Arc<dyn Storage>, root: &Path, template: Template, promise: Promise) -> Result<Self> {
        storage.create_folder(root)?;
        if promise == Promise::Power {
            sync_names(&*storage, root)?;
        }
        sweep(&*storage, root)?;
        let committer = Committer::new(Arc::clone(&storage), root.to_owned());
        Ok(Self { storage, committer, root: root.to_owned(), template, promise, pace: Pace::new(LONG_WRITE) })
    }

    /// Where an instance goes.
    pub fn place(&self, arrival: &Arrival) -> PathBuf {
        self.template.place(&self.root, arrival)
    }

    /// What is promised.
    pub fn promise(&self) -> Promise {
        self.promise
    }
}
