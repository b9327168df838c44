//! How long is waited for whom.

use std::time::Duration;

/// The timers of an association.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// ARTIM (PS3.8 9.1.5): for a request after the connection, for the end of the connection after the last PDU.
    pub artim: Duration,
    /// For a message, when none is under way.
    pub idle: Duration,
    /// An association that was idle for so long is released, and not aborted.
    pub releases_idle: bool,
    /// For [`PACE`] bytes more, or the end, of a message that is under way; for the answer to a message.
    pub dimse: Duration,
    /// For a peer to take [`PACE`] bytes more, or all, of what is sent.
    pub send: Duration,
    /// For a connection to be opened.
    pub connect: Duration,
}

/// The bytes that must come in the time for a message: who sends fewer holds the association for its own sake.
pub const PACE: u64 = 1024;

impl Default for Times {
    fn default() -> Self {
        Self {
            artim: Duration::from_secs(30),
            idle: Duration::from_secs(600),
            releases_idle: false,
            dimse: Duration::from_secs(60),
            send: Duration::from_secs(60),
            connect: Duration::from_secs(15),
        }
    }
}
