//! One association of a server, from the first byte to the last.

mod clock;
mod decide;
mod messages;

use std::net::SocketAddr;
use std::sync::Arc;

use radiogram_net::association::{Artim, Indication};
use radiogram_net::dimse::Assembler;
use radiogram_net::negotiation::Agreement;
use radiogram_net::pdu::{AssociateRj, RejectReason};
use radiogram_net::{AeTitle, Association, Fault};
use tokio::sync::watch;
use tokio::time::Instant;

use clock::Clock;
use messages::Doing;

use crate::connection::Connection;
use crate::quotas::Place;
use crate::server::{Phase, Shared, until};

/// How long memory is kept for the next instance.
const KEEP: std::time::Duration = std::time::Duration::from_secs(2);

pub(crate) struct Session {
    shared: Arc<Shared>,
    connection: Connection,
    peer: SocketAddr,
    phase: watch::Receiver<Phase>,
    association: Association,
    assembler: Assembler,
    agreed: Option<Box<Agreed>>,
    doing: Doing,
    /// Memory of the last instance.
    spare: Vec<u8>,
    clock: Clock,
    _place: Place,
}
/// What is known once the association is accepted.
struct Agreed {
    agreement: Agreement,
    calling: AeTitle,
    called: AeTitle,
}
/// Counts a panic, which ends this association and no other.
struct Watch(Arc<Shared>);

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.metrics.panics.one();
        }
    }
}

impl Session {
    pub(crate) fn new(
        shared: Arc<Shared>,
        connection: Connection,
        peer: SocketAddr,
        place: Place,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        let limits = shared.config.limits;
        let mut association = Association::acceptor(limits);
        // PS3.8 table 9-21: temporary congestion, and local limit exceeded.
        if *phase.borrow() != Phase::Open {
            association.refuse(AssociateRj::transient(RejectReason::Congestion));
        } else if !place.is_within {
            association.refuse(AssociateRj::transient(RejectReason::LocalLimit));
        }
        let clock = Clock::new(association.artim(), &shared.config.times);
        Self {
            shared,
            connection,
            peer,
            phase,
            association,
            assembler: Assembler::new(limits),
            agreed: None,
            doing: Doing::Nothing,
            spare: Vec::new(),
            clock,
            _place: place,
        }
    }

    pub(crate) async fn run(mut self) {
        let _watch = Watch(Arc::clone(&self.shared));
        while !self.association.is_over() {
            self.step().await;
            self.flush().await;
        }
    }

    /// Waits for what comes next, and does it.
    async fn step(&mut self) {
        let deadline =
            self.clock.deadline(self.association.artim(), self.is_idle(), &self.shared.config.times);
        let keep = Instant::now() + KEEP;
        let has_spare = !self.spare.is_empty() || self.spare.capacity() > 0;
        let nearest = if has_spare { deadline.min(keep) } else { deadline };
        let ready = tokio::select! {
            ready = until(nearest, self.connection.readable()) => ready,
            () = closing(&mut self.phase) => return self.close().await,
        };
        match ready {
            Some(Ok(())) => self.read().await,
            Some(Err(_)) => self.closed(),
            None if nearest < deadline => self.spare = Vec::new(),
            None => self.expired(),
        }
    }

    /// The server goes.
    async fn close(&mut self) {
        self.association.abort();
        self.flush().await;
        if !self.association.is_over() {
            self.closed();
        }
    }
    fn is_idle(&self) -> bool {
        self.association.is_between() && self.assembler.is_between()
    }

    fn expired(&mut self) {
        self.shared.metrics.timed_out.one();
        if self.association.artim() == Artim::Stopped {
            self.association.abort();
        } else {
            self.association.artim_expired();
        }
    }

    fn closed(&mut self) {
        self.doing = Doing::Nothing;
        if self.association.closed().is_some() {
            self.shared.metrics.lost.one();
        }
    }

    async fn flush(&mut self) {
        match self.connection.flush(self.association.output()).await {
            Ok(sent) => self.shared.metrics.bytes_out.add(sent),
            Err(_) => self.closed(),
        }
    }

    /// Reads what there is. The buffer goes back before anything is sent, so that a peer that takes nothing holds none.
    async fn read(&mut self) {
        let shared = Arc::clone(&self.shared);
        let Some(mut lent) = shared.buffers.lend().await else { return };
        match self.connection.read(&mut lent) {
            Ok(None) => {}
            Ok(Some(0)) | Err(_) => self.closed(),
            Ok(Some(count)) => {
                shared.metrics.bytes_in.add(count as u64);
                self.clock.count(count);
                self.process(lent.get(..count).unwrap_or_default()).await;
            }
        }
    }

    async fn process(&mut self, bytes: &[u8]) {
        let mut input = bytes;
        while let Some(indication) = self.association.receive(&mut input) {
            let metrics = &self.shared.metrics;
            match indication {
                Indication::Requested(request) => self.decide(&request),
                Indication::Data(fragment) => {
                    if let Err(fault) = self.fragment(fragment).await {
                        self.fail(fault);
                    }
                }
                Indication::ReleaseRequested => {
                    metrics.released.one();
                    // The table has an answer in each state in which a peer can ask.
                    let _ = self.association.answer_release();
                }
                Indication::Aborted(_) => {
                    metrics.aborted_by_peer.one();
                    self.doing = Doing::Nothing;
                }
                Indication::Failed(_) => {
                    metrics.aborted_by_us.one();
                    self.doing = Doing::Nothing;
                }
                Indication::Lost => metrics.lost.one(),
                Indication::Accepted(_) | Indication::Rejected(_) | Indication::Released => {}
            }
        }
    }

    fn fail(&mut self, fault: Fault) {
        if self.association.invalid(fault).is_some() {
            self.shared.metrics.aborted_by_us.one();
        }
        self.doing = Doing::Nothing;
    }
}

/// Returns when the server closes, or is no more.
async fn closing(phase: &mut watch::Receiver<Phase>) {
    let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
}
