//! How an association ended.

use std::fmt;

use radiogram_net::Fault;
use radiogram_net::pdu::{Abort, AssociateRj};

use crate::Error;
use crate::tls::Failure;

/// The end of an association.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It was released, by whichever side.
    Released,
    /// The peer has aborted it.
    Aborted(Abort),
    /// We have aborted it.
    Dropped,
    /// It was rejected: by the peer where we asked for it, else by us.
    Rejected(AssociateRj),
    /// The peer broke the protocol, and we have aborted it.
    Failed(Fault),
    /// Nothing came, or nothing was taken, for too long.
    TimedOut(&'static str),
    /// The connection could not be secured, or is not secure any more.
    Insecure(Failure),
    /// The connection is gone.
    Lost,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Error::from(*self).fmt(f)
    }
}

impl From<Ending> for Error {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Released => Self::Released,
            Ending::Aborted(abort) => Self::Aborted(abort),
            Ending::Dropped => Self::Dropped,
            Ending::Rejected(why) => Self::Rejected(why),
            Ending::Failed(fault) => Self::Failed(fault),
            Ending::TimedOut(what) => Self::TimedOut(what),
            Ending::Insecure(failure) => failure.into(),
            Ending::Lost => Self::Lost,
        }
    }
}
