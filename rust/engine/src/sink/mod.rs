//! Where instances go: decided by the rules of an application before the first byte of a data set is read.

pub mod file;
pub mod identity;
pub mod template;

pub use file::{FileStore, Promise};
pub use template::Template;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use radiogram_net::dimse::Outcome;
use radiogram_net::item::{Extended, IdentityRq};
use radiogram_net::negotiation::Verdict;
use radiogram_net::{AeTitle, Uid};

/// An instance that is about to be received.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Who sends it.
    pub peer: SocketAddr,
    /// Under which title.
    pub calling: AeTitle,
    /// To which title.
    pub called: AeTitle,
    /// Its SOP class, as the command says.
    pub sop_class: Uid,
    /// Its SOP instance, as the command says.
    pub sop_instance: Uid,
    /// The transfer syntax of its data set.
    pub transfer_syntax: Uid,
    /// Who asked for it by C-MOVE, and in which message.
    pub originator: Option<(AeTitle, Option<u16>)>,
}

/// Where it goes.
#[derive(Clone, Debug)]
pub enum Sink {
    /// Nowhere; it is acknowledged all the same.
    Discard,
    /// Into memory, as a file with its meta information, of no more than so many bytes.
    Memory {
        /// Beyond them it is refused: out of resources.
        limit: usize,
    },
    /// Into a file.
    File(Arc<FileStore>),
    /// It is not taken, with this answer.
    Refuse(Outcome),
}

/// What was kept of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// Nothing.
    Nothing,
    /// A file, in memory.
    Memory(Vec<u8>),
    /// A file.
    File(PathBuf),
}

/// The decisions of an application. They are made on the threads of the network and must not wait for anything.
pub trait Rules: Send + Sync {
    /// Where an instance goes.
    fn sink(&self, arrival: &Arrival) -> Sink;

    /// Whether the data set must name the instance of the command: one that names another is refused (A900), and so is what names none, or
    /// is no data set (C000).
    fn checks(&self, arrival: &Arrival) -> bool {
        let _ = arrival;
        true
    }

    /// What is answered once an instance is where it belongs.
    fn stored(&self, arrival: &Arrival, kept: Kept) -> Outcome {
        let _ = (arrival, kept);
        Outcome::default()
    }

    /// Who a user is (PS3.7 D.3.3.7).
    fn identity(&self, identity: &IdentityRq) -> Option<Verdict> {
        let _ = identity;
        None
    }

    /// The answer to extended negotiation (PS3.7 D.3.3.5).
    fn extended(&self, proposed: &Extended) -> Option<Vec<u8>> {
        let _ = proposed;
        None
    }
}
