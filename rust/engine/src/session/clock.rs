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
    /// For the peer to take what it is sent.
    Taking,
    /// For our own application, or for the answer to an operation of ours, which has a time of its own.
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
    /// The operation of ours whose answer is waited for, and until when.
    asked: Option<(u16, Instant)>,
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
            asked: None,
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
        (self.artim, self.asked) = (Artim::Stopped, None);
    }

    /// An operation of ours was answered, if not for the last time.
    pub(super) fn answered(&mut self, id: u16) {
        self.asked = self.asked.filter(|asked| asked.0 != id);
    }

    /// A data set has come, or a piece of one, or something was answered: an answer that is behind it could not come before.
    pub(super) fn came(&mut self) {
        self.asked = None;
    }

    /// True where the answer to an operation is late.
    pub(super) fn is_unanswered(&self) -> bool {
        self.asked.is_some_and(|(_, due)| due <= Instant::now())
    }

    /// True the first time that a deadline has passed: whoever sends on and on is not heard for ever.
    pub(super) fn is_first(&mut self) -> bool {
        !std::mem::replace(&mut self.is_looked, true)
    }

    /// What is waited for at the moment.
    pub(super) fn waits(&self) -> Waits {
        self.waits
    }

    /// When it is enough: for what is waited for, or for the answer to an operation of ours.
    pub(super) fn deadline(
        &mut self,
        artim: Artim,
        (waits, asked): (Waits, Option<u16>),
        times: &Times,
    ) -> Option<Instant> {
        let deadline = self.of(artim, waits, times);
        let due = asked.map(|id| self.due(id, times));
        match due {
            None => {
                self.asked = None;
                deadline
            }
            // Who is busy with one operation need not take the next ones.
            Some(due) if waits == Waits::Taking => Some(due),
            Some(due) => Some(deadline.map_or(due, |deadline| deadline.min(due))),
        }
    }

    /// When an operation has to be answered, from when it was the one that is waited for.
    fn due(&mut self, id: u16, times: &Times) -> Instant {
        match self.asked {
            Some((of, due)) if of == id => due,
            _ => {
                let due = Instant::now() + times.dimse;
                (self.asked, self.is_looked) = (Some((id, due)), false);
                due
            }
        }
    }

    /// ARTIM runs from its start whatever comes; the time of a message begins anew where enough of it has come.
    fn of(&mut self, artim: Artim, waits: Waits, times: &Times) -> Option<Instant> {
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
                Waits::Message => Some(times.dimse),
                Waits::Taking => Some(times.send),
                Waits::Us => None,
            };
            let deadline = time.map(|time| Instant::now() + time);
            *self = Self { artim, deadline, paced: 0, waits, asked: self.asked, is_looked: false };
        }
        self.deadline
    }
}
