//! Files that instances go into.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use radiogram_core::Result;
use radiogram_io::storage::sweep;
use radiogram_io::{Committer, Durability, Storage};

use super::{Arrival, Template};

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

impl Promise {
    pub(crate) fn durability(self) -> Durability {
        match self {
            Self::Power => Durability::Disk,
            Self::Process | Self::Nothing => Durability::System,
        }
    }
}

/// A folder that receives.
#[derive(Debug)]
pub struct FileStore {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) committer: Committer,
    root: PathBuf,
    template: Template,
    promise: Promise,
}

impl FileStore {
    /// A store below `root`, which is made where it is not there, and cleared of what an earlier run did not finish.
    pub fn new(storage: Arc<dyn Storage>, root: &Path, template: Template, promise: Promise) -> Result<Self> {
        storage.create_folder(root)?;
        sweep(&*storage, root)?;
        let committer = Committer::new(Arc::clone(&storage), root.to_owned());
        Ok(Self { storage, committer, root: root.to_owned(), template, promise })
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
