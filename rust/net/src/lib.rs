//! DICOM's network without a network: PDUs (PS3.8), the state table, associations and DIMSE messages (PS3.7), bytes in and bytes out.
//!
//! Nothing here opens a socket, starts a thread or reads a clock: whoever has a connection hands its bytes to an [`Association`], sends what
//! that wants sent, and tells it when a timer that it asked for has run out. What a peer sends is never trusted: it is read by `get`, nothing
//! is allocated by a length that it names, and what cannot be read past is a [`Fault`] that says how to abort.
#![forbid(unsafe_code)]

pub mod association;
pub mod dimse;
pub mod fault;
pub mod framer;
pub mod fuzz;
pub mod item;
pub mod limits;
pub mod machine;
pub mod negotiation;
pub mod pdu;
mod tables;
pub mod text;
mod wire;

pub use association::Association;
pub use fault::{AbortReason, Fault};
pub use framer::{Fragment, Framer, Unit};
pub use limits::Limits;
pub use text::{AeTitle, Uid};
