//! An association of one connection, without the connection: bytes in and indications out, commands in and bytes out (PS3.8 9.2).
//!
//! Who has the connection calls [`Association::receive`] with what has come, sends [`Association::output`], starts and stops the one timer as
//! [`Association::artim`] says, and closes the connection when [`Association::is_over`].

mod act;
mod indication;

pub use indication::Indication;

use radiogram_core::{Error, ErrorKind, Result};

use crate::framer::Unit;
use crate::machine::{Action, Event, State};
use crate::pdu::{Abort, AssociateAc, AssociateRj, AssociateRq, DataHead};
use crate::{Fault, Framer, Limits};

/// The timer of PS3.8 9.1.5, as it should be now. Each start has a number, so that a second start is told from the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Artim {
    /// It does not run.
    #[default]
    Stopped,
    /// It runs since its start with this number.
    Running(u32),
}

/// One side of an association.
#[derive(Clone, Debug)]
pub struct Association {
    state: State,
    is_requestor: bool,
    framer: Framer,
    output: Vec<u8>,
    artim: Artim,
    starts: u32,
    is_over: bool,
    /// What a requestor asks for, until the connection is open.
    request: Option<Box<AssociateRq>>,
    /// With what the provider rejects every request, where it takes none.
    refusal: Option<AssociateRj>,
    /// The steps that were made, where somebody wants to know them.
    steps: Option<Vec<Step>>,
    fault: Option<Fault>,
}

/// A step of the state table: from a state, because of an event, by an action, into a state.
pub type Step = (State, Event, Action, State);

impl Association {
    /// The acceptor's side, when a peer has opened a connection (AE-5).
    pub fn acceptor(limits: Limits) -> Self {
        let mut new = Self::new(limits, false);
        new.step(Event::TransportIndication, true);
        new
    }

    /// The requestor's side. The connection is to be opened, then [`Association::connected`] is to be called (AE-1).
    pub fn requestor(request: AssociateRq, limits: Limits) -> Self {
        let mut new = Self::new(limits, true);
        new.request = Some(Box::new(request));
        new.step(Event::AssociateRequest, true);
        new
    }

    fn new(limits: Limits, is_requestor: bool) -> Self {
        Self {
            state: State::Sta1,
            is_requestor,
            framer: Framer::new(limits),
            output: Vec::new(),
            artim: Artim::Stopped,
            starts: 0,
            is_over: false,
            request: None,
            refusal: None,
            steps: None,
            fault: None,
        }
    }

    /// Rejects whatever is asked for: the provider has no room, or is about to stop (AE-6).
    pub fn refuse(&mut self, with: AssociateRj) {
        self.refusal = Some(with);
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// True for the side that asks for the association.
    pub fn is_requestor(&self) -> bool {
        self.is_requestor
    }

    /// True while data may be sent.
    pub fn may_send(&self) -> bool {
        matches!(self.state, State::Sta6 | State::Sta8)
    }

    /// True once the connection is to be closed, when all of the output is sent.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// True where the peer has sent nothing of a PDU that is not complete.
    pub fn is_between(&self) -> bool {
        self.framer.is_between()
    }

    /// The timer as it should be. When it runs out, [`Association::artim_expired`] is to be called.
    pub fn artim(&self) -> Artim {
        self.artim
    }

    /// What is to be sent; what was sent is to be taken out of it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// What is to be sent, to look at.
    pub fn said(&self) -> &[u8] {
        &self.output
    }

    /// Whether the steps of the state table are kept from now on, until [`Association::take_steps`]: those by which it began as well, where
    /// nothing else has happened yet.
    pub fn record_steps(&mut self, wanted: bool) {
        let opened = (State::Sta1, Event::TransportIndication, Action::Ae5, State::Sta2);
        let asked = (State::Sta1, Event::AssociateRequest, Action::Ae1, State::Sta4);
        let connected = (State::Sta4, Event::TransportConfirm, Action::Ae2, State::Sta5);
        if wanted == self.steps.is_some() {
            return;
        }
        self.steps = wanted.then(|| match self.state {
            State::Sta2 => vec![opened],
            State::Sta4 => vec![asked],
            State::Sta5 => vec![asked, connected],
            _ => Vec::new(),
        });
    }

    /// The steps since the last time, where they are kept.
    pub fn take_steps(&mut self) -> Vec<Step> {
        self.steps.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The connection that a requestor asked for is open (AE-2).
    pub fn connected(&mut self) -> Result<()> {
        self.command(Event::TransportConfirm)?;
        let request = self.request.take().ok_or_else(not_now)?;
        request.encode(&mut self.output)
    }

    /// Takes bytes from the front of `input` until they mean something to the user; `None` when they are used up.
    pub fn receive<'b>(&mut self, input: &mut &'b [u8]) -> Option<Indication<'b>> {
        while !self.is_over {
            let indication = match self.framer.next(input) {
                Ok(Some(unit)) => self.unit(unit),
                Ok(None) => return None,
                Err(fault) => self.invalid(fault),
            };
            if indication.is_some() {
                return indication;
            }
        }
        *input = &[];
        None
    }

    fn unit<'b>(&mut self, unit: Unit<'b>) -> Option<Indication<'b>> {
        match unit {
            Unit::AssociateRq(request) => self.requested(request),
            Unit::AssociateAc(answer) => {
                self.arrived(Event::AssociateAcPdu, |_| Some(Indication::Accepted(answer)))
            }
            Unit::AssociateRj(answer) => {
                self.arrived(Event::AssociateRjPdu, |_| Some(Indication::Rejected(answer)))
            }
            Unit::Fragment(piece) => self.arrived(Event::DataPdu, |_| Some(Indication::Data(piece))),
            Unit::ReleaseRq => self.arrived(Event::ReleaseRqPdu, |_| Some(Indication::ReleaseRequested)),
            Unit::ReleaseRp => self.arrived(Event::ReleaseRpPdu, |_| Some(Indication::Released)),
            Unit::Abort(abort) => self.arrived(Event::AbortPdu, |action| {
                (action == Action::Aa3).then_some(Indication::Aborted(abort))
            }),
        }
    }

    /// AE-6: what is not acceptable to the provider is rejected without asking the user.
    fn requested(&mut self, request: Box<AssociateRq>) -> Option<Indication<'static>> {
        let refusal = self.refusal;
        let action = self.step(Event::AssociateRqPdu, refusal.is_none())?;
        match (action, refusal) {
            (Action::Ae6, None) => {
                self.stop();
                Some(Indication::Requested(request))
            }
            (Action::Ae6, Some(with)) => {
                with.encode(&mut self.output);
                self.start();
                None
            }
            (other, _) => self.out_of_place(other),
        }
    }

    /// A fault of the peer, found here or by whoever reads its messages: the association is aborted (AA-8).
    pub fn invalid(&mut self, fault: Fault) -> Option<Indication<'static>> {
        self.fault = Some(fault);
        match self.step(Event::InvalidPdu, true) {
            Some(Action::Aa8) => {
                self.abort_for(fault);
                Some(Indication::Failed(fault))
            }
            Some(action) => self.out_of_place(action),
            None => None,
        }
    }

    /// The last fault, also one of which the user hears nothing, because there is no association yet (AA-1).
    pub const fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// Accepts what was asked for (AE-7).
    pub fn accept(&mut self, answer: &AssociateAc) -> Result<()> {
        let mut pdu = Vec::new();
        answer.encode(&mut pdu)?;
        self.command(Event::AssociateAccept)?;
        self.output.extend_from_slice(&pdu);
        Ok(())
    }

    /// Rejects what was asked for (AE-8).
    pub fn reject(&mut self, answer: AssociateRj) -> Result<()> {
        self.command(Event::AssociateReject)?;
        answer.encode(&mut self.output);
        self.start();
        Ok(())
    }

    /// Appends a PDU with one fragment to the output (DT-1, AR-7). Who sends much writes heads and data without copying, and asks
    /// [`Association::may_send`].
    pub fn send(&mut self, head: DataHead, content: &[u8]) -> Result<()> {
        self.command(Event::DataRequest)?;
        self.output.extend_from_slice(&head.encode());
        self.output.extend_from_slice(content);
        Ok(())
    }

    /// Asks for the end of the association (AR-1).
    pub fn release(&mut self) -> Result<()> {
        self.command(Event::ReleaseRequest).map(drop)
    }

    /// Agrees to the end of the association (AR-4, AR-9).
    pub fn answer_release(&mut self) -> Result<()> {
        self.command(Event::ReleaseResponse).map(drop)
    }

    /// Ends the association at once, as the user (AA-1, AA-2).
    pub fn abort(&mut self) {
        // Where there is nothing to abort, the table has no cell, and nothing happens.
        if self.state == State::Sta2 {
            Abort::USER.encode(&mut self.output);
            self.finish();
        } else if let Some(action) = self.step(Event::AbortRequest, true) {
            self.act(action);
        }
    }

    /// The timer has run out (AA-2).
    pub fn artim_expired(&mut self) {
        if let Some(action) = self.step(Event::ArtimExpired, true) {
            self.act(action);
        }
    }

    /// The connection is closed, by whomever (AA-4, AA-5, AR-5).
    pub fn closed(&mut self) -> Option<Indication<'static>> {
        let action = self.step(Event::TransportClosed, true)?;
        self.finish();
        (action == Action::Aa4).then_some(Indication::Lost)
    }

    fn command(&mut self, event: Event) -> Result<Action> {
        let action = self.step(event, true).ok_or_else(not_now)?;
        self.act(action);
        Ok(action)
    }
}

fn not_now() -> Error {
    Error::new(ErrorKind::Argument, "the association is in a state in which this cannot be done")
}

#[cfg(test)]
mod tests;
