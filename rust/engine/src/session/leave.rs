//! The peer asks for the release of the association: what it has asked before is answered first (PS3.8 AR-7), within bounds.

use tokio::time::Instant;

use super::Session;
use crate::Ending;

impl Session {
    /// Who releases wants nothing more: what takes long is told so, and makes an end.
    pub(super) fn asked_to_leave(&mut self) {
        self.leaving = Some(Instant::now() + self.times.artim);
        for serving in &self.serving {
            serving.served.cancel();
        }
        self.leave();
    }

    /// Agrees to the release, where it is time to; true where that was done now.
    pub(super) fn leave(&mut self) -> bool {
        let Some(latest) = self.leaving else { return false };
        let is_answered = self.serving.is_empty() && self.jobs.is_empty();
        // Requests of our own would not be answered any more.
        let is_sent = !self.outbox_is_busy() || !self.asked.is_empty();
        if !(is_answered && is_sent) && Instant::now() < latest {
            return false;
        }
        self.leaving = None;
        self.ground.metrics.released.one();
        self.outbox.settle(&mut self.association, &self.ground);
        self.outbox.stop(&mut self.association);
        // The table has an answer in each state in which a peer can ask.
        let _ = self.association.answer_release();
        self.conclude(Ending::Released);
        true
    }
}
