//! One association of a server, from the first byte to the last.

use std::net::SocketAddr;
use std::sync::Arc;

use radiogram_net::association::{Artim, Indication};
use radiogram_net::dimse::{
    Assembler, Command, CommandField, Message, Outcome, Part, Pieces, Status, Unreadable, c_echo, c_store,
};
use radiogram_net::item::{Extended, IdentityRq};
use radiogram_net::negotiation::{Agreement, Decide, Verdict};
use radiogram_net::pdu::data_tf::content_room;
use radiogram_net::pdu::{AssociateRj, AssociateRq, RejectReason};
use radiogram_net::{AbortReason, AeTitle, Association, Fault, Fragment};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::quotas::Place;
use crate::receive::Intake;
use crate::server::{Phase, Shared, until};
use crate::sink::{Arrival, Rules};
use crate::times::PACE;

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

/// What the data set that comes is for.
enum Doing {
    Nothing,
    /// An instance is received on a context.
    Receiving(u8, Box<Intake>),
    /// It is passed over; then this is answered on a context.
    Skipping(u8, Option<Box<Message>>),
}

/// The deadlines of PS3.8 and of our own.
struct Clock {
    artim: Artim,
    deadline: Instant,
    /// Bytes of the message since the deadline was set.
    paced: u64,
    is_idle: bool,
}

/// The rules, as those that decide on an association.
struct Deciding<'r>(&'r dyn Rules);

impl Decide for Deciding<'_> {
    fn identity(&mut self, identity: &IdentityRq) -> Option<Verdict> {
        self.0.identity(identity)
    }

    fn extended(&mut self, proposed: &Extended) -> Option<Vec<u8>> {
        self.0.extended(proposed)
    }
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
        let deadline = Instant::now() + shared.config.times.artim;
        let clock = Clock { artim: association.artim(), deadline, paced: 0, is_idle: false };
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
        let deadline = self.deadline();
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

    /// When it is enough.
    fn deadline(&mut self) -> Instant {
        let times = self.shared.config.times;
        let now = Instant::now();
        if self.association.artim() != Artim::Stopped {
            if self.clock.artim != self.association.artim() {
                self.clock.artim = self.association.artim();
                self.clock.deadline = now + times.artim;
            }
            return self.clock.deadline;
        }
        let is_idle = self.is_idle();
        if self.clock.artim != Artim::Stopped
            || is_idle != self.clock.is_idle
            || self.clock.paced >= PACE
            || is_idle
        {
            self.clock.artim = Artim::Stopped;
            self.clock.is_idle = is_idle;
            self.clock.paced = 0;
            self.clock.deadline = now + if is_idle { times.idle } else { times.dimse };
        }
        self.clock.deadline
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
                self.clock.paced += count as u64;
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

    fn decide(&mut self, request: &AssociateRq) {
        let config = &self.shared.config;
        let metrics = &self.shared.metrics;
        match config.acceptor.answer(request, &mut Deciding(&*config.rules)) {
            Ok((answer, agreement)) => {
                if self.association.accept(&answer).is_ok() {
                    metrics.accepted.one();
                    let (calling, called) = (request.calling, request.called);
                    self.agreed = Some(Box::new(Agreed { agreement, calling, called }));
                } else {
                    // An answer that no length field can say, to a request that just fits.
                    let _ = self.association.reject(AssociateRj::permanent(RejectReason::Provider));
                    metrics.rejected.one();
                }
            }
            Err(why) => {
                metrics.rejected.one();
                let _ = self.association.reject(why);
            }
        }
    }

    async fn fragment(&mut self, fragment: Fragment<'_>) -> Result<(), Fault> {
        let is_agreed = |agreed: &Agreed| agreed.agreement.context(fragment.context).is_some();
        if !self.agreed.as_deref().is_some_and(is_agreed) {
            return Err(fault(AbortReason::InvalidParameter, "a presentation context that was not accepted"));
        }
        match self.assembler.take(fragment)? {
            Part::Pending => Ok(()),
            Part::Command(context, command) => self.command(context, *command),
            Part::Unreadable(context, unreadable) => self.unreadable(context, unreadable),
            Part::Data { bytes, is_last } => {
                self.data(bytes, is_last).await;
                Ok(())
            }
        }
    }

    fn command(&mut self, context: u8, command: Command) -> Result<(), Fault> {
        let Command { message, has_data } = command;
        match message {
            Message::CStoreRq(request) if has_data => {
                self.store(context, &request);
                return Ok(());
            }
            Message::CStoreRq(request) => {
                let outcome = Outcome::with_comment(0xC000, "a C-STORE without a data set");
                self.answer(
                    context,
                    stored(request.id, Some((&request.sop_class, &request.sop_instance)), outcome),
                );
            }
            Message::CEchoRq(request) => {
                self.shared.metrics.echoes.one();
                let (sop_class, id) = (Some(request.sop_class), request.id);
                let answer = c_echo::Response { sop_class, id, outcome: Outcome::default() };
                self.then(context, has_data, Some(answer.into()));
            }
            // Nothing of what goes on can be cancelled.
            Message::CCancelRq(_) => self.then(context, has_data, None),
            other => match other.field() {
                CommandField::Request(_) => {
                    self.then(context, has_data, failure(other.field().code(), other.id(), 0x0211));
                }
                _ => return Err(fault(AbortReason::UnexpectedParameter, "an answer that nobody waits for")),
            },
        }
        Ok(())
    }

    /// A command that cannot be read is answered where it says to whom; else there is nobody to answer.
    fn unreadable(&mut self, context: u8, unreadable: Unreadable) -> Result<(), Fault> {
        match (unreadable.code, unreadable.id) {
            (Some(code), Some(id)) if code & 0x8000 == 0 => {
                let answer = failure(code, id, unreadable.status());
                if answer.is_none() {
                    return Err(unreadable.fault);
                }
                self.then(context, unreadable.has_data, answer);
                Ok(())
            }
            _ => Err(unreadable.fault),
        }
    }

    /// Answers, after the data set where one follows.
    fn then(&mut self, context: u8, has_data: bool, answer: Option<Message>) {
        if has_data {
            self.doing = Doing::Skipping(context, answer.map(Box::new));
        } else if let Some(answer) = answer {
            self.answer(context, answer);
        }
    }

    fn store(&mut self, context: u8, request: &c_store::Request) {
        let Some(agreed) = &self.agreed else { return };
        let Some(found) = agreed.agreement.context(context) else { return };
        let identity = Some((&request.sop_class, &request.sop_instance));
        // PS3.7 C: the peer is no user of the class, or the class is not that of the context.
        let refused = if !found.requestor_is_scu {
            Some(Outcome::with_comment(0x0124, "the peer is no user of the SOP class"))
        } else if found.abstract_syntax != request.sop_class {
            Some(Outcome::with_comment(0x0122, "the SOP class is not that of the context"))
        } else {
            None
        };
        if let Some(outcome) = refused {
            self.shared.metrics.not_stored.one();
            let answer = stored(request.id, identity, outcome);
            self.doing = Doing::Skipping(context, Some(Box::new(answer)));
            return;
        }
        let arrival = Arrival {
            peer: self.peer,
            calling: agreed.calling,
            called: agreed.called,
            sop_class: request.sop_class.clone(),
            sop_instance: request.sop_instance.clone(),
            transfer_syntax: found.transfer_syntax.clone(),
            originator: request.originator.map(|title| (title, request.originator_id)),
        };
        let spare = std::mem::take(&mut self.spare);
        let intake = Intake::begin(request, arrival, &*self.shared.config.rules, spare);
        self.doing = Doing::Receiving(context, Box::new(intake));
    }

    async fn data(&mut self, bytes: &[u8], is_last: bool) {
        match &mut self.doing {
            Doing::Nothing => {}
            Doing::Skipping(context, answer) => {
                if is_last {
                    let (context, answer) = (*context, answer.take());
                    self.doing = Doing::Nothing;
                    if let Some(answer) = answer {
                        self.answer(context, *answer);
                    }
                }
            }
            Doing::Receiving(_, intake) => {
                intake.take(bytes, is_last).await;
                if is_last {
                    self.received().await;
                }
            }
        }
    }

    async fn received(&mut self) {
        let Doing::Receiving(context, intake) = std::mem::replace(&mut self.doing, Doing::Nothing) else {
            return;
        };
        let (id, began) = (intake.id, intake.began);
        let (outcome, arrival, spare) = intake.end(&*self.shared.config.rules).await;
        self.spare = spare;
        let metrics = &self.shared.metrics;
        if outcome.status == Status::SUCCESS {
            metrics.stored.one();
        } else {
            metrics.not_stored.one();
        }
        metrics.store_time.add(began.elapsed());
        self.answer(context, stored(id, Some((&arrival.sop_class, &arrival.sop_instance)), outcome));
    }

    /// Puts an answer into the output. Where the association has ended meanwhile there is nobody to answer.
    fn answer(&mut self, context: u8, message: Message) {
        let Some(agreed) = &self.agreed else { return };
        let mut bytes = Vec::new();
        let is_written = Command { message, has_data: false }.encode(&mut bytes).is_ok();
        let room = content_room(agreed.agreement.sendable);
        let (true, Some(room)) = (is_written, room) else {
            self.association.abort();
            return;
        };
        for (head, content) in Pieces::new(context, true, true, &bytes, room) {
            if self.association.send(head, content).is_err() {
                return;
            }
        }
    }
}

/// Returns when the server closes, or is no more.
async fn closing(phase: &mut watch::Receiver<Phase>) {
    let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
}

const fn fault(reason: AbortReason, message: &'static str) -> Fault {
    Fault { reason, message, offset: 0 }
}

fn stored(
    id: u16,
    identity: Option<(&radiogram_net::Uid, &radiogram_net::Uid)>,
    outcome: Outcome,
) -> Message {
    let (sop_class, sop_instance) =
        identity.map(|(class, instance)| (class.clone(), instance.clone())).unzip();
    c_store::Response { sop_class, id, outcome, sop_instance }.into()
}

/// The answer to a request that is not served: a response of its own kind, `None` for a kind that nobody knows.
fn failure(code: u16, id: u16, status: u16) -> Option<Message> {
    Message::failure(CommandField::of(code)?, id, Outcome::of(status))
}
