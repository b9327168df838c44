//! What is left to be sent, for whoever of the senders is free, and how more of it comes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::load::{Loaded, load};
use super::{Instance, NotSent};
use crate::pace::Pace;

/// A read that takes longer is not for a thread of the network.
const LONG_READ: Duration = Duration::from_millis(1);

/// What is to be sent, by whoever is free.
pub(super) struct Work {
    left: Mutex<Left>,
    /// Something came, was left to the others, or nothing will be.
    changed: Notify,
    pace: Pace,
}

struct Left {
    instances: VecDeque<(usize, Instance)>,
    /// How many there were so far.
    count: usize,
    /// More may come.
    is_open: bool,
    /// Those who send.
    senders: usize,
    /// Those that are read, or are being read, and not begun: they may be left to others yet, or taken back.
    held: Vec<usize>,
}

impl Work {
    pub(super) fn new(senders: usize) -> Arc<Self> {
        let left = Left { instances: VecDeque::new(), count: 0, is_open: true, senders, held: Vec::new() };
        Arc::new(Self { left: Mutex::new(left), changed: Notify::new(), pace: Pace::new(LONG_READ) })
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next instance, read, if there is one now.
    pub(super) async fn next(self: &Arc<Self>) -> Option<Next> {
        let ((index, instance), held) = {
            let mut left = self.left();
            let taken = left.instances.pop_front()?;
            left.held.push(taken.0);
            let held = Held { work: Arc::clone(self), index: taken.0, is_over: false };
            (taken, held)
        };
        let read = instance.clone();
        let loaded = self.pace.work(false, move || load(read)).await;
        let loaded = loaded.unwrap_or(Err(NotSent::Unfit("the thread that reads has ended")));
        Some(Next { index, instance, loaded, held })
    }

    /// The next instance, read. Where there is none but one may come, or others hold some, it waits for that, or until these are begun or left;
    /// then there is one sender less.
    pub(super) async fn last(self: &Arc<Self>) -> Option<Next> {
        loop {
            let changed = self.changed.notified();
            if let Some(next) = self.next().await {
                return Some(next);
            }
            {
                let mut left = self.left();
                if left.instances.is_empty() && left.held.is_empty() && !left.is_open {
                    left.senders -= 1;
                    return None;
                }
            }
            changed.await;
        }
    }

    /// How many each of several senders should have under way, so that none is without work while others wait behind one another.
    pub(super) fn share(&self) -> usize {
        let left = self.left();
        if left.senders > 1 { left.instances.len() / left.senders + 2 } else { usize::MAX }
    }

    /// Leaves an instance that is not begun to the other senders; `false` where there is none.
    pub(super) fn leave(&self, held: &mut Held, instance: &Instance) -> bool {
        let mut left = self.left();
        let has_others = left.senders > 1;
        if has_others {
            left.senders -= 1;
            if left.ends(held.index) {
                left.instances.push_front((held.index, instance.clone()));
            }
            // Another one may hold it by now.
            held.is_over = true;
        }
        has_others
    }
}

impl Left {
    /// An instance is not held any longer; `false` where it was not: it was taken back.
    fn ends(&mut self, index: usize) -> bool {
        let place = self.held.iter().position(|held| *held == index);
        place.map(|place| self.held.swap_remove(place)).is_some()
    }
}

/// Gives instances to those who send, as they come. Dropping it says that there are no more.
pub struct Feed(pub(super) Arc<Work>);

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").finish_non_exhaustive()
    }
}

impl Feed {
    /// Gives more instances, and gives the number of the first one: they are counted on from those before.
    pub fn push(&self, instances: impl IntoIterator<Item = Instance>) -> usize {
        let mut left = self.0.left();
        let first = left.count;
        for instance in instances {
            let index = left.count;
            left.count += 1;
            left.instances.push_back((index, instance));
        }
        drop(left);
        self.0.changed.notify_waiters();
        first
    }

    /// Takes back those that are not begun, and gives which these are. Nothing is told of them.
    pub fn take_back(&self) -> Vec<usize> {
        let mut left = self.0.left();
        let waiting = std::mem::take(&mut left.instances).into_iter().map(|(index, _)| index);
        std::mem::take(&mut left.held).into_iter().chain(waiting).collect()
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.0.left().is_open = false;
        self.0.changed.notify_waiters();
    }
}

/// That an instance is read and not begun.
pub(super) struct Held {
    work: Arc<Work>,
    index: usize,
    is_over: bool,
}

impl Held {
    /// It is begun; `false` where it was taken back.
    pub(super) fn begin(mut self) -> bool {
        self.is_over = true;
        self.work.left().ends(self.index)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_over {
            self.work.left().ends(self.index);
        }
        self.work.changed.notify_waiters();
    }
}

pub(super) struct Next {
    pub(super) index: usize,
    pub(super) instance: Instance,
    pub(super) loaded: Result<Loaded, NotSent>,
    pub(super) held: Held,
}
