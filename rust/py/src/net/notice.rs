//! What happened, in words and in a dict.

use std::net::SocketAddr;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use radiogram_engine::{Ending, Notice};
use radiogram_net::dimse::Command;
use radiogram_net::machine::{Action, Event, State};
use radiogram_net::pdu::PduKind;

use super::wanted::Want;
use super::{command, failure, terms};

/// What there is to say of something that happened.
pub(crate) enum Details {
    Nothing,
    /// How the association ended.
    Ended(Ending),
    Address(SocketAddr),
    Bytes(Vec<u8>),
    Pdu(PduKind),
    Step {
        from: State,
        event: Event,
        action: Action,
        to: State,
    },
    Message(u8, Box<Command>),
}

/// What is wanted where this is told, the word for it, and what is said.
pub(crate) fn said(notice: Notice<'_>) -> (Option<Want>, &'static str, Details) {
    match notice {
        Notice::Opened(peer) => (Some(Want::Opened), "connection-open", Details::Address(peer)),
        Notice::Closed(peer) => (Some(Want::Closed), "connection-close", Details::Address(peer)),
        Notice::Requested => (Some(Want::Requested), "requested", Details::Nothing),
        Notice::Established => (Some(Want::Established), "established", Details::Nothing),
        Notice::Ended(ending) => (None, ended(&ending), Details::Ended(ending)),
        Notice::BytesReceived(bytes) => {
            (Some(Want::BytesReceived), "data-received", Details::Bytes(bytes.to_vec()))
        }
        Notice::BytesSent(bytes) => (Some(Want::BytesSent), "data-sent", Details::Bytes(bytes.to_vec())),
        Notice::PduReceived(kind) => (Some(Want::PduReceived), "pdu-received", Details::Pdu(kind)),
        Notice::PduSent(kind) => (Some(Want::PduSent), "pdu-sent", Details::Pdu(kind)),
        Notice::Transition { from, event, action, to } => {
            (Some(Want::Step), "fsm", Details::Step { from, event, action, to })
        }
        Notice::MessageReceived(context, command) => {
            let details = Details::Message(context, Box::new(command.clone()));
            (Some(Want::MessageReceived), "message-received", details)
        }
        Notice::MessageSent(context, command) => {
            (Some(Want::MessageSent), "message-sent", Details::Message(context, Box::new(command.clone())))
        }
    }
}

/// The name of an end.
fn ended(ending: &Ending) -> &'static str {
    match ending {
        Ending::TimedOut(_) | Ending::Insecure(_) => "failed",
        _ => failure::word(ending),
    }
}

impl Details {
    /// The dict of them.
    pub(crate) fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        match self {
            Self::Nothing => {}
            Self::Ended(ending) => dict.set_item("outcome", failure::ending(py, ending)?)?,
            Self::Address(address) => dict.set_item("address", terms::place(py, *address)?)?,
            Self::Bytes(bytes) => dict.set_item("data", PyBytes::new(py, bytes))?,
            Self::Pdu(kind) => dict.set_item("pdu", kind.code())?,
            Self::Step { from, event, action, to } => {
                dict.set_item("current_state", format!("{from:?}"))?;
                dict.set_item("fsm_event", format!("{event:?}"))?;
                dict.set_item("action", format!("{action:?}"))?;
                dict.set_item("next_state", format!("{to:?}"))?;
            }
            Self::Message(context, said) => {
                dict.set_item("context", context)?;
                dict.set_item("command", command::dict(py, said)?)?;
            }
        }
        Ok(dict)
    }
}
