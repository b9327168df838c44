//! What an association keeps from one instance for the next one: memory, and a file that is begun while the peer makes its next request.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use radiogram_io::Deposit;

use super::{FileStore, Promise};

/// Files of this process that are begun before anybody asks for them: descriptors are for those that are asked for.
const FILES: usize = 64;

static BEGUN: AtomicUsize = AtomicUsize::new(0);

/// What is there for the next instance.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    pub(super) memory: Vec<u8>,
    next: Option<Box<Next>>,
}

/// Where the last instance went: after two in one folder a third is expected there.
#[derive(Debug)]
struct Next {
    store: Arc<FileStore>,
    folder: PathBuf,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Once,
    Due,
    Begun(Deposit, Place),
}

impl Spare {
    /// True where something is held that is not to be held for long.
    pub(crate) fn is_held(&self) -> bool {
        self.memory.capacity() > 0 || self.next.is_some()
    }

    /// An instance went into a file. One that has to wait for a disk all the same gains nothing by this.
    pub(super) fn stored(&mut self, store: &Arc<FileStore>, target: &Path) {
        let Some(folder) = target.parent().filter(|_| store.promise() == Promise::Process) else { return };
        match &mut self.next {
            Some(next) if next.is_for(store, folder) => next.stage = Stage::Due,
            next => {
                let (store, folder) = (Arc::clone(store), folder.to_owned());
                *next = Some(Box::new(Next { store, folder, stage: Stage::Once }));
            }
        }
    }

    /// Begins the file that is expected, where that can be done at once.
    pub(crate) fn begin(&mut self) {
        let Some(next) = &mut self.next else { return };
        if !matches!(next.stage, Stage::Due) {
            return;
        }
        let (store, folder) = (&next.store, &next.folder);
        let begun = Place::take().and_then(|place| {
            let deposit = store.pace.at_once(|| Deposit::begin_in(&store.storage, folder))?;
            // What goes wrong is said when the file is asked for.
            Some(Stage::Begun(deposit.ok()?, place))
        });
        next.stage = begun.unwrap_or(Stage::Once);
    }

    /// The file that was begun, where it is in the right folder.
    pub(super) fn take(&mut self, store: &Arc<FileStore>, target: &Path) -> Option<Deposit> {
        let next = self
            .next
            .as_mut()
            .filter(|next| target.parent().is_some_and(|folder| next.is_for(store, folder)))?;
        match std::mem::replace(&mut next.stage, Stage::Once) {
            Stage::Begun(mut deposit, _) => {
                deposit.aim(target.to_owned());
                Some(deposit)
            }
            Stage::Once | Stage::Due => None,
        }
    }
}

impl Next {
    fn is_for(&self, store: &Arc<FileStore>, folder: &Path) -> bool {
        Arc::ptr_eq(&self.store, store) && self.folder.as_os_str() == folder.as_os_str()
    }
}

/// One of the files that may be begun.
#[derive(Debug)]
struct Place;

impl Place {
    fn take() -> Option<Self> {
        let place = Self;
        (BEGUN.fetch_add(1, Ordering::Relaxed) < FILES).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        BEGUN.fetch_sub(1, Ordering::Relaxed);
    }
}
