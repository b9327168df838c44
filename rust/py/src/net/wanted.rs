//! What Python wants to hear of: names, as a set that can change while the network runs.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, atomic::AtomicU32};

use pyo3::prelude::*;

use super::runtime::held;
use crate::errors;

macro_rules! wants {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal,)*) => {
        /// What can be wanted.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u32)]
        pub(crate) enum Want {
            $($(#[doc = $doc])* $name,)*
        }

        const ALL: &[(&str, Want)] = &[$(($word, Want::$name),)*];
    };
}

wants! {
    /// Requests for associations, before they are answered.
    Negotiate = "negotiate",
    /// Instances that are where they belong, before they are answered.
    Instance = "instance",
    /// C-ECHO, which is a request then.
    Echo = "echo",
    /// Requests that are served in Python.
    Request = "request",
    /// An association was asked for.
    Requested = "requested",
    /// An association stands.
    Established = "established",
    /// A connection is open.
    Opened = "connection-open",
    /// A connection is closed.
    Closed = "connection-close",
    /// A PDU has come.
    PduReceived = "pdu-received",
    /// A PDU goes.
    PduSent = "pdu-sent",
    /// The state table made a step.
    Step = "fsm",
    /// Bytes have come.
    BytesReceived = "data-received",
    /// Bytes were sent.
    BytesSent = "data-sent",
    /// A message has come.
    MessageReceived = "message-received",
    /// A message goes.
    MessageSent = "message-sent",
}

/// Names of endings, which always come.
const ENDINGS: [&str; 5] = ["released", "aborted", "rejected", "lost", "failed"];

/// What is wanted of all associations, and of some that have their own wishes.
#[derive(Default)]
pub(crate) struct Wanted {
    all: AtomicU32,
    own: Mutex<HashMap<u64, u32>>,
    /// How many have wishes of their own: nobody looks for them where there are none.
    owners: AtomicUsize,
}

/// The bits of names.
fn bits(py: Python<'_>, names: &HashSet<String>) -> PyResult<u32> {
    let mut bits = 0;
    for name in names {
        match ALL.iter().find(|(word, _)| word == name) {
            Some((_, want)) => bits |= 1 << (*want as u32),
            None if ENDINGS.contains(&name.as_str()) => {}
            None => {
                let known: Vec<&str> = ALL.iter().map(|(word, _)| *word).collect();
                let message = format!("there is no {name:?} to want, only {}", known.join(", "));
                return Err(errors::named(py, "ArgumentError", &message));
            }
        }
    }
    Ok(bits)
}

impl Wanted {
    pub(crate) fn new(py: Python<'_>, names: &HashSet<String>) -> PyResult<Self> {
        let wanted = Self::default();
        wanted.set(py, names)?;
        Ok(wanted)
    }

    pub(crate) fn set(&self, py: Python<'_>, names: &HashSet<String>) -> PyResult<()> {
        self.all.store(bits(py, names)?, Ordering::Release);
        Ok(())
    }

    /// The wishes of one association, instead of everybody's.
    pub(crate) fn set_of(&self, py: Python<'_>, association: u64, names: &HashSet<String>) -> PyResult<()> {
        let bits = bits(py, names)?;
        let mut own = held(&self.own);
        own.insert(association, bits);
        self.owners.store(own.len(), Ordering::Release);
        Ok(())
    }

    /// An association is over.
    pub(crate) fn forget(&self, association: u64) {
        if self.owners.load(Ordering::Acquire) > 0 {
            let mut own = held(&self.own);
            own.remove(&association);
            self.owners.store(own.len(), Ordering::Release);
        }
    }

    fn of(&self, association: u64) -> u32 {
        let has_own = self.owners.load(Ordering::Acquire) > 0;
        let own = if has_own { held(&self.own).get(&association).copied() } else { None };
        own.unwrap_or_else(|| self.all.load(Ordering::Acquire))
    }

    /// Whether something is wanted of an association.
    pub(crate) fn has(&self, association: u64, want: Want) -> bool {
        self.of(association) & (1 << (want as u32)) != 0
    }

    /// Whether anything is wanted of it: then its end has to be told.
    pub(crate) fn has_some(&self, association: u64) -> bool {
        self.of(association) != 0
    }

    /// Whether nothing is wanted of any.
    pub(crate) fn has_none(&self) -> bool {
        self.all.load(Ordering::Acquire) == 0
            && (self.owners.load(Ordering::Acquire) == 0 || held(&self.own).values().all(|bits| *bits == 0))
    }

    /// Whether it is wanted of any association.
    pub(crate) fn has_any(&self, want: Want) -> bool {
        let bit = 1 << (want as u32);
        self.all.load(Ordering::Acquire) & bit != 0
            || self.owners.load(Ordering::Acquire) > 0 && held(&self.own).values().any(|bits| bits & bit != 0)
    }
}
