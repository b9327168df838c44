//! Why an association came to nothing, or to an end.

use std::fmt;

use radiogram_net::Fault;
use radiogram_net::pdu::{Abort, AssociateRj};

use crate::tls::Failure;

/// What went wrong.
#[derive(Debug)]
pub enum Error {
    /// The peer has rejected the association.
    Rejected(AssociateRj),
    /// The peer has aborted it.
    Aborted(Abort),
    /// We have aborted it.
    Dropped,
    /// It was released.
    Released,
    /// The peer did something wrong, and we have aborted it.
    Failed(Fault),
    /// The connection could not be secured, or is not secure any more; with what is known beyond that.
    Insecure(Failure, Box<str>),
    /// The connection is gone.
    Lost,
    /// Nothing came for too long.
    TimedOut(&'static str),
    /// The system refused.
    Io(std::io::Error),
    /// What was asked for cannot be done.
    Refused(radiogram_core::Error),
}

/// The result of what needs a peer.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Something that was given cannot be meant.
    pub fn argument(message: &'static str) -> Self {
        radiogram_core::Error::new(radiogram_core::ErrorKind::Argument, message).into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(why) => write!(f, "the association was {why}"),
            Self::Aborted(why) => write!(f, "the association was {why}"),
            Self::Dropped => f.write_str("the association was aborted on this side"),
            Self::Released => f.write_str("the association was released"),
            Self::Failed(fault) => write!(f, "the peer broke the protocol: {fault}"),
            Self::Insecure(failure, why) if why.is_empty() => {
                write!(f, "the connection is not secure: {failure}")
            }
            Self::Insecure(failure, why) => write!(f, "the connection is not secure: {failure}: {why}"),
            Self::Lost => f.write_str("the peer closed the connection"),
            Self::TimedOut(what) => write!(f, "the peer took too long: {what}"),
            Self::Io(error) => write!(f, "the connection failed: {error}"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Insecure(failure, "".into())
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<radiogram_core::Error> for Error {
    fn from(error: radiogram_core::Error) -> Self {
        Self::Refused(error)
    }
}
