//! The beginning and the end of an association's task.

use std::net::SocketAddr;
use std::sync::Arc;

use radiogram_net::dimse::Assembler;
use radiogram_net::machine::State;
use radiogram_net::pdu::{AssociateRj, AssociateRq, PduKind, RejectReason};
use radiogram_net::{AbortReason, Association};
use tokio::time::timeout;

use super::clock::Clock;
use super::data::Doing;
use super::jobs::Jobs;
use super::messages::fault;
use super::outbox::Outbox;
use super::{Session, Side};
use crate::connection::Connection;
use crate::ground::Ground;
use crate::lanes::{self, Lane, Member};
use crate::link::{Asked, Link, Order};
use crate::quotas::Place;
use crate::server::Shared;
use crate::sink::Spare;
use crate::{Ending, Error, Handle, Notice, Result, Times, Wants, tls};

impl Session {
    /// For a connection that a peer has opened.
    pub(crate) fn answer_to(
        server: Arc<Shared>,
        connection: Connection,
        (local, peer): (SocketAddr, SocketAddr),
        place: Place,
        lane: Option<Arc<Lane>>,
    ) -> Self {
        let ground = Arc::clone(&server.ground);
        let mut association = Association::acceptor(ground.limits);
        // PS3.8 table 9-21: temporary congestion, and local limit exceeded.
        let reason = match (server.is_open(), place.is_within) {
            (true, true) => None,
            (false, _) => Some(RejectReason::Congestion),
            (true, false) => Some(RejectReason::LocalLimit),
        };
        let refusal = reason.map(AssociateRj::transient);
        if let Some(with) = refusal {
            association.refuse(with);
        }
        let link = Arc::new(Link::new(false, local, peer, lane));
        let member = server.members.enter(&link);
        let times = server.times();
        if server.is_closed() {
            link.order(Order::Close);
        }
        let side = Side::Acceptor { server, _place: place, member, refusal };
        Self::new(ground, times, side, link, connection, association)
    }

    /// Opens a connection and asks for an association. The handle comes before the answer.
    pub(crate) async fn call(
        ground: Arc<Ground>,
        member: Option<Member>,
        times: Arc<Times>,
        (to, from): (Vec<SocketAddr>, Option<SocketAddr>),
        tls: Option<tls::Client>,
        request: AssociateRq,
    ) -> Result<Handle> {
        let mut connection = match timeout(times.connect, Connection::open(&to, from)).await {
            Ok(connection) => connection?,
            Err(_) => return Err(Error::TimedOut("a connection could not be opened")),
        };
        if let Some(client) = tls {
            // What stands before the request for an association stands under its timer (PS3.8 9.1.5).
            let secured = timeout(times.artim, connection.secure(&client, &ground.metrics));
            secured.await.unwrap_or(Err(Error::TimedOut("the connection could not be secured")))?;
        }
        ground.metrics.connections.one();
        let (local, peer) = connection.ends()?;
        let link =
            Arc::new(Link::new(true, local, peer, member.as_ref().map(|member| Arc::clone(member.lane()))));
        link.set_security(connection.security());
        let mut association = Association::requestor(request.clone(), ground.limits);
        association.connected()?;
        let pdu = association.said().into();
        let _ = link.asked.set(Asked { calling: request.calling, called: request.called, request: pdu });
        let side = Side::Requestor { request: Some(Box::new(request)) };
        let session = Self::new(ground, times, side, link, connection, association);
        let handle = session.handle.clone();
        lanes::spawn(member, session.run());
        Ok(handle)
    }

    fn new(
        ground: Arc<Ground>,
        times: Arc<Times>,
        side: Side,
        link: Arc<Link>,
        connection: Connection,
        association: Association,
    ) -> Self {
        link.set_state(association.state());
        let mut new = Self {
            wants: Wants::default(),
            handle: Handle::of_task(Arc::clone(&link)),
            assembler: Assembler::new(ground.limits),
            clock: Clock::new(association.artim(), &times),
            outbox: Outbox::default(),
            doing: Doing::Nothing,
            asked: Vec::new(),
            limited: Vec::new(),
            serving: Vec::new(),
            jobs: Jobs::default(),
            parked: None,
            is_releasing: false,
            leaving: None,
            is_mute: false,
            turn: 0,
            spare: Spare::default(),
            times,
            ground,
            side,
            link,
            connection,
            association,
        };
        new.ask_watcher();
        new
    }

    /// What the watcher wants to hear from now on.
    pub(super) fn ask_watcher(&mut self) {
        self.wants = self.ground.watcher.as_ref().map(|watcher| watcher.wants()).unwrap_or_default();
        self.association.record_steps(self.wants.transitions || self.wants.pdus);
    }

    /// What the provider has ended by itself, and the user heard nothing of: a request that is rejected whatever it asks, and what is none.
    pub(super) fn concluded(&mut self) {
        if self.association.state() != State::Sta13 || self.link.ending().is_some() {
            return;
        }
        let refusal = if let Side::Acceptor { refusal, .. } = &self.side { *refusal } else { None };
        let is_rejected = self.association.said().first() == Some(&PduKind::AssociateRj.code());
        if let Some(why) = refusal.filter(|_| is_rejected) {
            self.ground.metrics.rejected.one();
            self.conclude(Ending::Rejected(why));
        } else {
            self.ground.metrics.aborted_by_us.one();
            let none = fault(AbortReason::UnexpectedPdu, "no request for an association");
            self.conclude(Ending::Failed(self.association.fault().unwrap_or(none)));
        }
    }

    /// The association is no more, whatever becomes of its connection: nobody waits for anything any longer.
    pub(super) fn conclude(&mut self, ending: Ending) {
        if self.link.ending().is_some() {
            return;
        }
        self.doing = Doing::Nothing;
        // Whoever looks into the folder after the end finds instances and nothing else.
        self.spare = Spare::default();
        self.parked = None;
        self.is_releasing = false;
        self.leaving = None;
        self.jobs.keep_receipts();
        self.link.set_state(self.association.state());
        for order in self.link.finish(ending) {
            if let Order::Ask(_, _, answers) = order {
                answers.close();
            }
        }
        for asked in std::mem::take(&mut self.asked) {
            asked.answers.close();
        }
        for serving in std::mem::take(&mut self.serving) {
            serving.served.cancel();
        }
        self.told_steps();
        self.notice(Notice::Ended(ending));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // It ends this association and no other.
            self.ground.metrics.panics.one();
            self.wants = Wants::default();
        }
        self.conclude(Ending::Lost);
        self.outlive();
        self.notice(Notice::Closed(self.link.peer));
        if let Side::Acceptor { server, member, .. } = &self.side {
            server.members.leave(*member);
        }
    }
}
