//! How long is waited for what comes next.

use radiogram_net::association::Artim;
use tokio::time::Instant;

use crate::Times;
use crate::times::PACE;

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Waits {
    /// For the answer to a request for an association, or for its release.
    Peer,
    /// For a message, when none is under way.
    Idle,
    /// For the rest of a message.
    Message,
    /// For the answer to a message.
    Answer,
    /// For the peer to take what it is sent.
    Taking,
    /// For our own application.
    Us,
}

/// The deadlines of PS3.8 and of our own.
#[derive(Debug)]
pub(super) struct Clock {
    artim: Artim,
    deadline: Option<Instant>,
    /// Bytes that have come, or have gone, since the deadline was set.
    paced: u64,
    waits: Waits,
    /// It was looked once more for what may have come before the deadline.
    is_looked: bool,
}

impl Clock {
    /// At the beginning of an association.
    pub(super) fn new(artim: Artim, times: &Times) -> Self {
        Self {
            artim,
            deadline: Some(Instant::now() + times.artim),
            paced: 0,
            waits: Waits::Peer,
            is_looked: false,
        }
    }

    /// Bytes of a message have come.
    pub(super) fn count(&mut self, bytes: usize) {
        if self.waits != Waits::Taking {
            self.paced = self.paced.saturating_add(bytes as u64);
        }
    }

    /// Bytes have gone.
    pub(super) fn wrote(&mut self, bytes: usize) {
        if self.waits == Waits::Taking {
            self.paced = self.paced.saturating_add(bytes as u64);
        }
    }

    /// What was waited for has come.
    pub(super) fn restart(&mut self) {
        self.paced = PACE;
    }

    /// The times are others: what is waited for is waited for from now on, ARTIM as well.
    pub(super) fn begin_anew(&mut self) {
        self.restart();
        self.artim = Artim::Stopped;
    }

    /// True the first time that a deadline has passed: whoever sends on and on is not heard for ever.
    pub(super) fn is_first(&mut self) -> bool {
        !std::mem::replace(&mut self.is_looked, true)
    }

    /// What is waited for at the moment.
    pub(super) fn waits(&self) -> Waits {
        self.waits
    }

    /// When it is enough. ARTIM runs from its start whatever comes; the time of a message begins anew where enough of it has come.
    pub(super) fn deadline(&mut self, artim: Artim, waits: Waits, times: &Times) -> Option<Instant> {
        if artim != Artim::Stopped {
            if self.artim != artim {
                (self.artim, self.deadline) = (artim, Some(Instant::now() + times.artim));
                self.is_looked = false;
            }
            return self.deadline;
        }
        let is_anew = self.artim != Artim::Stopped || waits != self.waits;
        if is_anew || self.paced >= PACE || waits == Waits::Idle {
            let time = match waits {
                Waits::Peer => Some(times.artim),
                Waits::Idle => Some(times.idle),
                Waits::Message | Waits::Answer => Some(times.dimse),
                Waits::Taking => Some(times.send),
                Waits::Us => None,
            };
            let deadline = time.map(|time| Instant::now() + time);
            *self = Self { artim, deadline, paced: 0, waits, is_looked: false };
        }
        self.deadline
    }
}
