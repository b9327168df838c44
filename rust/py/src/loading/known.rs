//! What was learnt of files whose frames were read: by device and inode, and believed as long as size and time of change are the same. Where
//! that is wanted, the files themselves as well, mapped.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock, TryLockError, TryLockResult};
use std::thread::yield_now;

use radiogram_io::{Mapping, Stamp};
use radiogram_pixel::frames::{Places, Recipe};

/// The most bytes of memory for it: about half a million single frames. What comes after that is looked at each time.
const MOST: usize = 64 << 20;
/// The last recipes that a new one is compared with: of a series they are few.
const RECENT: usize = 16;

/// Files that stay mapped: systems have a bound of 65,530 maps a process, for all that it does. Others are mapped for each frame.
const MAPS: usize = 16 << 10;

/// How often a lock is tried.
const TRIES: u32 = 64;

/// A file as it was.
struct File {
    stamp: Stamp,
    places: Places,
    recipe: Arc<Recipe>,
    map: Option<Arc<Mapping>>,
}

#[derive(Default)]
struct State {
    files: HashMap<(u64, u64), File>,
    recent: Vec<Arc<Recipe>>,
    weight: usize,
    maps: usize,
}

/// The files.
///
/// No lock is waited for: it is tried some times, as whoever has it has it for less than a microsecond. A child of `fork` may have inherited one
/// that is closed for ever; it then learns nothing, and reads as if it knew nothing.
#[derive(Default)]
pub(super) struct Known {
    state: RwLock<State>,
    /// It was closed all of those times: who comes next tries once.
    is_stuck: AtomicBool,
}

impl Known {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.tried(|| self.state.try_read()).map_or(0, |state| state.files.len())
    }

    /// A lock, where it can be had at once or nearly so.
    fn tried<G>(&self, lock: impl Fn() -> TryLockResult<G>) -> Option<G> {
        let tries = if self.is_stuck.load(Ordering::Relaxed) { 1 } else { TRIES };
        for _ in 0..tries {
            match lock() {
                Ok(guard) => {
                    self.is_stuck.store(false, Ordering::Relaxed);
                    return Some(guard);
                }
                Err(TryLockError::Poisoned(_)) => return None,
                Err(TryLockError::WouldBlock) => yield_now(),
            }
        }
        self.is_stuck.store(true, Ordering::Relaxed);
        None
    }

    /// What is known of the file in this state.
    pub(super) fn get(&self, stamp: &Stamp) -> Option<(Arc<Recipe>, Places, Option<Arc<Mapping>>)> {
        let state = self.tried(|| self.state.try_read())?;
        let file = state.files.get(&(stamp.device, stamp.inode)).filter(|file| file.stamp == *stamp)?;
        Some((Arc::clone(&file.recipe), file.places.clone(), file.map.clone()))
    }

    /// Keeps a file mapped.
    pub(super) fn keep(&self, stamp: &Stamp, map: &Arc<Mapping>) {
        let Some(mut state) = self.tried(|| self.state.try_write()) else { return };
        let State { files, maps, .. } = &mut *state;
        let file = files.get_mut(&(stamp.device, stamp.inode)).filter(|file| file.stamp == *stamp);
        if let Some(file) = file.filter(|file| *maps < MAPS && file.map.is_none()) {
            file.map = Some(Arc::clone(map));
            *maps += 1;
        }
    }

    /// Keeps what was learnt of a file. One without an inode has nothing to be known by.
    pub(super) fn put(&self, stamp: Stamp, (recipe, places): (Recipe, Places)) {
        let Some(mut state) = self.tried(|| self.state.try_write()) else { return };
        if stamp.inode == 0 || state.weight >= MOST {
            return;
        }
        let shared = state.recent.iter().find(|known| known.is_like(&recipe)).map(Arc::clone);
        let recipe = shared.unwrap_or_else(|| {
            let recipe = Arc::new(recipe);
            state.weight += recipe.weight();
            if state.recent.len() == RECENT {
                state.recent.remove(0);
            }
            state.recent.push(Arc::clone(&recipe));
            recipe
        });
        // A table is about half empty.
        state.weight += 2 * size_of::<((u64, u64), File)>() + places.weight();
        let file = File { stamp, places, recipe, map: None };
        if let Some(before) = state.files.insert((stamp.device, stamp.inode), file) {
            state.weight -= 2 * size_of::<((u64, u64), File)>() + before.places.weight();
            state.maps -= usize::from(before.map.is_some());
        }
    }
}
