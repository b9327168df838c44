//! How long is waited for what comes next.

use radiogram_net::association::Artim;
use tokio::time::Instant;

use crate::Times;
use crate::times::PACE;

/// The deadlines of PS3.8 and of our own.
#[derive(Debug)]
pub(super) struct Clock {
    artim: Artim,
    deadline: Instant,
    /// Bytes of the message since the deadline was set.
    paced: u64,
    is_idle: bool,
}

impl Clock {
    /// At the beginning of an association.
    pub(super) fn new(artim: Artim, times: &Times) -> Self {
        Self { artim, deadline: Instant::now() + times.artim, paced: 0, is_idle: false }
    }

    /// Bytes have come.
    pub(super) fn count(&mut self, bytes: usize) {
        self.paced = self.paced.saturating_add(bytes as u64);
    }

    /// When it is enough. ARTIM runs from its start whatever comes; the time of a message begins anew where enough of it has come.
    pub(super) fn deadline(&mut self, artim: Artim, is_idle: bool, times: &Times) -> Instant {
        let now = Instant::now();
        if artim != Artim::Stopped {
            if self.artim != artim {
                self.artim = artim;
                self.deadline = now + times.artim;
            }
            return self.deadline;
        }
        if self.artim != Artim::Stopped || is_idle != self.is_idle || self.paced >= PACE || is_idle {
            *self = Self {
                artim,
                deadline: now + if is_idle { times.idle } else { times.dimse },
                paced: 0,
                is_idle,
            };
        }
        self.deadline
    }
}
