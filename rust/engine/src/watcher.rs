//! Who wants to know what happens to associations.

use std::net::SocketAddr;

use radiogram_net::dimse::Command;
use radiogram_net::machine::{Action, Event, State};
use radiogram_net::pdu::PduKind;

use crate::{Ending, Handle};

/// What is told beyond the beginning and the end of associations: nothing, by default, and nothing is paid for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a kind of notice that is wanted or not")]
pub struct Wants {
    /// Bytes that come and go.
    pub bytes: bool,
    /// PDUs, by kind.
    pub pdus: bool,
    /// Transitions of the state table.
    pub transitions: bool,
    /// DIMSE messages.
    pub messages: bool,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// A connection is open.
    Opened(SocketAddr),
    /// The peer asks for an association (on the acceptor's side), or was asked for one.
    Requested,
    /// The association is established.
    Established,
    /// The association has ended, or has come to nothing.
    Ended(Ending),
    /// The connection is closed.
    Closed(SocketAddr),
    /// Bytes were received.
    BytesReceived(&'a [u8]),
    /// Bytes were sent.
    BytesSent(&'a [u8]),
    /// A PDU has come; of P-DATA-TF each fragment.
    PduReceived(PduKind),
    /// A PDU goes.
    PduSent(PduKind),
    /// The state table made a step.
    Transition {
        /// From this state,
        from: State,
        /// because of this,
        event: Event,
        /// by doing this,
        action: Action,
        /// into this one.
        to: State,
    },
    /// The command of a message has come, on a context.
    MessageReceived(u8, &'a Command),
    /// A message goes, on a context.
    MessageSent(u8, &'a Command),
}

/// Hears of what happens, on the threads of the network: it must not wait.
pub trait Watcher: Send + Sync {
    /// What it wants to hear beyond the beginning and the end; asked when an association begins, and by [`Handle::watch_anew`].
    fn wants(&self) -> Wants {
        Wants::default()
    }

    /// Something has happened.
    fn notice(&self, association: &Handle, notice: Notice<'_>);
}
