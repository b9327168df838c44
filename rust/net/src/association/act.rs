//! What the actions of the state table do (PS3.8 tables 9-6 to 9-9), apart from the indications, which need what was received.

use super::{Artim, Association, Indication};
use crate::machine::{Action, Event, State, transition};
use crate::pdu::{Abort, release_rp, release_rq};
use crate::{AbortReason, Fault};

impl Association {
    /// Goes where the table leads.
    pub(super) fn step(&mut self, event: Event, condition: bool) -> Option<Action> {
        let (action, next) = transition(self.state, event, condition)?;
        if let Some(steps) = &mut self.steps {
            steps.push((self.state, event, action, next));
        }
        self.state = next;
        if action == Action::Ae5 {
            self.start();
        }
        Some(action)
    }

    /// Something that the peer has sent: an indication where the table has it, else what the table does about it.
    pub(super) fn arrived<'b>(
        &mut self,
        event: Event,
        indication: impl FnOnce(Action) -> Option<Indication<'b>>,
    ) -> Option<Indication<'b>> {
        let action = self.step(event, self.is_requestor)?;
        match action {
            Action::Ae3 | Action::Dt2 | Action::Ar2 | Action::Ar6 | Action::Ar8 | Action::Ar10 => {
                indication(action)
            }
            Action::Ae4 | Action::Ar3 | Action::Aa3 | Action::Aa2 => {
                self.finish();
                indication(action).filter(|_| action != Action::Aa2)
            }
            other => self.out_of_place(other),
        }
    }

    /// Something that may not come now.
    pub(super) fn out_of_place<'b>(&mut self, action: Action) -> Option<Indication<'b>> {
        let fault = Fault::of(AbortReason::UnexpectedPdu, "a PDU that may not come at this time");
        match action {
            Action::Aa8 => {
                self.abort_for(fault);
                Some(Indication::Failed(fault))
            }
            // AA-1: before there is an association, the abort is the user's (PS3.8 table 9-9), and the user hears of nothing.
            other => {
                self.act(other);
                None
            }
        }
    }

    pub(super) fn abort_for(&mut self, fault: Fault) {
        Abort::provider(fault.reason).encode(&mut self.output);
        self.start();
    }

    /// The actions that need nothing else.
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Ar1 => release_rq::encode(&mut self.output),
            Action::Ar4 => {
                release_rp::encode(&mut self.output);
                self.start();
            }
            Action::Ar9 => release_rp::encode(&mut self.output),
            Action::Aa1 => {
                Abort::USER.encode(&mut self.output);
                self.start();
            }
            Action::Aa2 => self.finish(),
            Action::Aa7 => Abort::provider(AbortReason::UnexpectedPdu).encode(&mut self.output),
            // What these do is done where they are asked for, or they do nothing.
            _ => {}
        }
    }

    pub(super) fn start(&mut self) {
        self.starts = self.starts.wrapping_add(1);
        self.artim = Artim::Running(self.starts);
    }

    pub(super) fn stop(&mut self) {
        self.artim = Artim::Stopped;
    }

    /// The connection is to be closed.
    pub(super) fn finish(&mut self) {
        self.stop();
        self.state = State::Sta1;
        self.is_over = true;
    }
}
