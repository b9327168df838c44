//! Records on their way out: in the order in which they were sealed, whoever had them sealed, until the network takes them.

use std::sync::Mutex;

/// Memory that is kept when nobody uses it: so many pieces.
const KEPT: usize = 8;
/// Pieces that are larger than this are not kept.
const LARGEST: usize = 256 << 10;

/// Memory for records, which all connections of a server or a client share.
#[derive(Debug, Default)]
pub(crate) struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    /// A lock that somebody holds, were it a thread that a fork has left behind, is not waited for.
    fn take(&self) -> Vec<u8> {
        self.0.try_lock().ok().and_then(|mut kept| kept.pop()).unwrap_or_default()
    }

    fn give(&self, memory: Vec<u8>) {
        if (1..=LARGEST).contains(&memory.len())
            && let Ok(mut kept) = self.0.try_lock()
            && kept.len() < KEPT
        {
            kept.push(memory);
        }
    }
}

/// Bytes that wait to be sent.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    memory: Vec<u8>,
    begin: usize,
    end: usize,
}

impl Outgoing {
    pub(super) fn is_empty(&self) -> bool {
        self.begin == self.end
    }

    /// What waits.
    pub(super) fn bytes(&self) -> &[u8] {
        self.memory.get(self.begin..self.end).unwrap_or_default()
    }

    /// So much of it was sent. Memory goes back when all of it was.
    pub(super) fn sent(&mut self, count: usize, spare: &Spare) {
        self.begin = (self.begin + count).min(self.end);
        if self.is_empty() {
            spare.give(std::mem::take(&mut self.memory));
            *self = Self::default();
        }
    }

    /// Room for bytes behind those that wait.
    pub(super) fn room(&mut self, size: usize, spare: &Spare) -> &mut [u8] {
        if self.memory.is_empty() {
            self.memory = spare.take();
        }
        let needed = self.end.saturating_add(size);
        if self.memory.len() < needed {
            self.memory.resize(needed, 0);
        }
        self.memory.get_mut(self.end..).unwrap_or_default()
    }

    /// So many bytes of the room were written.
    pub(super) fn written(&mut self, count: usize) {
        self.end = self.end.saturating_add(count).min(self.memory.len());
    }
}
