//! What a watcher is told.

use radiogram_net::association::Indication;
use radiogram_net::dimse::Command;
use radiogram_net::machine::Action;
use radiogram_net::pdu::PduKind;

use super::Session;
use super::outbox::{Tell, Written};
use crate::link::Letter;
use crate::{Notice, Result};

impl Session {
    pub(super) fn notice(&self, notice: Notice<'_>) {
        if let Some(watcher) = &self.ground.watcher
            && !std::thread::panicking()
        {
            watcher.notice(&self.handle, notice);
        }
    }

    /// Writes, and tells which bytes.
    pub(super) fn write_once(&mut self) -> Result<Written> {
        let Self { ground, handle, wants, outbox, association, connection, link, .. } = self;
        let watcher = ground.watcher.as_ref().filter(|_| wants.bytes);
        let mut tell = |bytes: &[u8]| {
            if let Some(watcher) = watcher {
                watcher.notice(handle, Notice::BytesSent(bytes));
            }
        };
        let told: Option<Tell<'_>> = if watcher.is_some() { Some(&mut tell) } else { None };
        outbox.write(association, connection, link, told)
    }

    /// The steps of the state table since the last time, and the PDUs that were sent by them.
    pub(super) fn told_steps(&mut self) {
        for (from, event, action, to) in self.association.take_steps() {
            if self.wants.transitions {
                self.notice(Notice::Transition { from, event, action, to });
            }
            if let Some(kind) = sends(action).filter(|_| self.wants.pdus) {
                self.notice(Notice::PduSent(kind));
            }
        }
    }

    /// A PDU has come.
    pub(super) fn told_pdu(&mut self, indication: &Indication<'_>) {
        if self.wants.pdus {
            let kind = match indication {
                Indication::Requested(_) => Some(PduKind::AssociateRq),
                Indication::Accepted(_) => Some(PduKind::AssociateAc),
                Indication::Rejected(_) => Some(PduKind::AssociateRj),
                Indication::Data(_) => Some(PduKind::DataTf),
                Indication::ReleaseRequested => Some(PduKind::ReleaseRq),
                Indication::Released => Some(PduKind::ReleaseRp),
                Indication::Aborted(_) => Some(PduKind::Abort),
                Indication::Failed(_) | Indication::Lost => None,
            };
            if let Some(kind) = kind {
                self.notice(Notice::PduReceived(kind));
            }
        }
        self.told_steps();
    }

    /// A message goes.
    pub(super) fn told_letter(&self, letter: &Letter) {
        if self.wants.messages
            && let Ok(command) = Command::decode(&letter.command)
        {
            self.notice(Notice::MessageSent(letter.context, &command));
        }
    }
}

/// The PDU that an action sends.
const fn sends(action: Action) -> Option<PduKind> {
    Some(match action {
        Action::Ae2 => PduKind::AssociateRq,
        Action::Ae7 => PduKind::AssociateAc,
        Action::Ae8 => PduKind::AssociateRj,
        Action::Dt1 | Action::Ar7 => PduKind::DataTf,
        Action::Ar1 => PduKind::ReleaseRq,
        Action::Ar4 | Action::Ar9 => PduKind::ReleaseRp,
        Action::Aa1 | Action::Aa7 | Action::Aa8 => PduKind::Abort,
        _ => return None,
    })
}
