//! Where instances go: decided by the rules of an application before the first byte of a data set is read.

pub mod choices;
pub mod file;
pub mod identity;
mod leaf;
mod spare;
pub mod spool;
mod tee;
pub mod template;

pub use choices::{Choice, Choices, Pattern};
pub use file::{FileStore, Promise};
pub(crate) use spare::Spare;
pub use spool::Spool;
pub(crate) use tee::Places;
pub use template::Template;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use radiogram_data::excerpt::Wanted;
use radiogram_io::Temporary;
use radiogram_net::dimse::Outcome;
use radiogram_net::{AeTitle, Uid};

/// A write that takes longer is not for a thread of the network.
const LONG_WRITE: Duration = Duration::from_millis(10);

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
    /// Into memory while it is small, else into a file that vanishes.
    Spool(Arc<Spool>),
    /// Into several at once.
    Tee(Arc<[Branch]>),
    /// It is not taken, with this answer.
    Refuse(Outcome),
}

impl Sink {
    /// True where what comes is kept, or was meant to go nowhere, whether anybody takes it from here or not.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Discard | Self::File(_) | Self::Refuse(_) => true,
            Self::Memory { .. } | Self::Spool(_) => false,
            Self::Tee(branches) => branches.iter().any(|branch| branch.sink.is_lasting()),
        }
    }
}

/// One of several sinks.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The sink.
    pub sink: Sink,
    /// Where this one fails the answer is its failure, and the others keep nothing; else it is only told what failed.
    pub is_required: bool,
}

/// What becomes of an instance.
#[derive(Clone, Debug)]
pub struct Reception {
    /// Where it goes.
    pub sink: Sink,
    /// Whether the data set must name the instance of the command: one that names another is refused (A900), and so is what names none, or
    /// is no data set (C000).
    pub checks: bool,
    /// The elements that are taken out of it on its way.
    pub wanted: Option<Arc<Wanted>>,
}

impl Reception {
    /// Into a sink, with its instance looked at, and nothing else.
    pub fn of(sink: Sink) -> Self {
        Self { sink, checks: true, wanted: None }
    }
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
    /// A file that is there as long as anybody holds this.
    Spooled(Arc<Temporary>),
    /// What each of several sinks has kept, in their order.
    Several(Vec<Kept>),
    /// Nothing, by one of several that is not required: this went wrong.
    Failed(Outcome),
}

impl Kept {
    /// True where it is kept, or was meant to go nowhere, whether anybody takes it from here or not.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Nothing | Self::File(_) => true,
            Self::Memory(_) | Self::Spooled(_) | Self::Failed(_) => false,
            Self::Several(each) => each.iter().any(Self::is_lasting),
        }
    }
}
