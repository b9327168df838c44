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
