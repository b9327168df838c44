//! A server: it listens, gives each connection a task, and stops in order.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use radiogram_net::Limits;
use radiogram_net::negotiation::Acceptor;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::connection::Connection;
use crate::ground::Ground;
use crate::lanes::{self, Lanes};
use crate::link::{Link, Order};
use crate::metrics::gauge;
use crate::parting::Listening;
use crate::quotas::{Ledger, Quotas};
use crate::session::Session;
use crate::{Handle, Metrics, Result, Rules, Terms, Times, Watcher, tls};

/// Connections that wait in the system for being accepted.
const BACKLOG: u32 = 4096;
/// How long nothing is accepted after the system has refused: it has no more files for us.
const PAUSE: Duration = Duration::from_millis(50);

/// What a server does.
pub struct Config {
    /// Which associations and contexts it accepts.
    pub acceptor: Acceptor,
    /// What its application decides.
    pub rules: Arc<dyn Rules>,
    /// Who hears of what happens.
    pub watcher: Option<Arc<dyn Watcher>>,
    /// How far a peer can drive one association.
    pub limits: Limits,
    /// How many associations there may be.
    pub quotas: Quotas,
    /// How long is waited.
    pub times: Times,
    /// How connections are secured; where nothing is said they are not.
    pub tls: Option<tls::Server>,
    /// Where its associations live; by default on the runtime that it is started on.
    pub lanes: Lanes,
}

impl Config {
    /// With bounds and times that are wide.
    pub fn new(acceptor: Acceptor, rules: Arc<dyn Rules>) -> Self {
        let (limits, quotas, times) = (Limits::DEFAULT, Quotas::default(), Times::default());
        Self { acceptor, rules, watcher: None, limits, quotas, times, tls: None, lanes: Lanes::default() }
    }
}

/// What all associations of a server share.
pub(crate) struct Shared {
    pub(crate) ground: Arc<Ground>,
    pub(crate) members: Members,
    terms: Mutex<Terms>,
    ledger: Ledger,
    tls: Option<tls::Server>,
    is_draining: AtomicBool,
    is_closed: AtomicBool,
}

impl Shared {
    /// True once all associations are to end at once. One asks when it is among the members: who closes the server behind that tells it.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }

    /// False once new associations are rejected.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_draining.load(Ordering::Acquire)
    }

    fn terms(&self) -> MutexGuard<'_, Terms> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which associations and contexts are accepted now.
    pub(crate) fn acceptor(&self) -> Arc<Acceptor> {
        Arc::clone(&self.terms().acceptor)
    }

    /// How long is waited now. An association asks when it is among the members: who changes the times behind that tells it.
    pub(crate) fn times(&self) -> Arc<Times> {
        Arc::clone(&self.terms().times)
    }
}

/// The associations that are there.
#[derive(Default)]
pub(crate) struct Members {
    all: Mutex<HashMap<u64, Arc<Link>>>,
    last: AtomicU64,
}

impl Members {
    fn all(&self) -> MutexGuard<'_, HashMap<u64, Arc<Link>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more; the number by which it leaves.
    pub(crate) fn enter(&self, link: &Arc<Link>) -> u64 {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        self.all().insert(number, Arc::clone(link));
        number
    }

    pub(crate) fn leave(&self, number: u64) {
        self.all().remove(&number);
    }
}

/// A server that listens. Dropped, it stops at once.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Listens at an address. Called on a runtime.
    pub fn start(address: SocketAddr, config: Config) -> Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let Config { acceptor, rules, watcher, limits, quotas, times, tls, lanes } = config;
        let shared = Arc::new(Shared {
            ground: Arc::new(Ground::new(rules, watcher, limits, &quotas, lanes)),
            members: Members::default(),
            terms: Mutex::new(Terms { acceptor: Arc::new(acceptor), quotas, times: Arc::new(times) }),
            ledger: Ledger::default(),
            tls,
            is_draining: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
        });
        let accepting = tokio::spawn(accept(Arc::clone(&shared), Listening(listener)));
        Ok(Self { shared, address, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Associations begin on other terms from now on: each goes by those of the moment in which its request is decided on, whenever its
    /// connection was opened. Those that are there keep what they were accepted with, and wait as long as is said now.
    pub fn renew(&self, terms: Terms) {
        // Held to the end, so that of two that change them the same one is the last for all.
        let mut held = self.shared.terms();
        let times = Arc::clone(&terms.times);
        let earlier = std::mem::replace(&mut *held, terms);
        if earlier.times != times {
            for link in self.shared.members.all().values() {
                link.order(Order::Wait(Arc::clone(&times)));
            }
        }
    }

    /// What it has counted.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.shared.ground.metrics
    }

    /// Bytes that are held at the moment for messages that are under way.
    pub fn held(&self) -> usize {
        self.shared.ground.budget.held()
    }

    /// What it has counted, and how it is now, as the text that Prometheus reads.
    pub fn prometheus(&self) -> String {
        let mut text = self.metrics().prometheus();
        gauge(&mut text, "associations", "Connections that are there now.", self.associations());
        gauge(&mut text, "held_bytes", "Bytes of messages that are under way.", self.held());
        text
    }

    /// Associations that are there now.
    pub fn associations(&self) -> usize {
        self.shared.ledger.count()
    }

    /// The associations that are there now, and connections that may become some.
    pub fn handles(&self) -> Vec<Handle> {
        let links: Vec<Arc<Link>> = self.shared.members.all().values().map(Arc::clone).collect();
        links.into_iter().map(|link| Handle::of_task(link).clone()).collect()
    }

    /// Stops: new associations are rejected, those that are there may come to their end for so long, then they are aborted.
    pub async fn stop(mut self, patience: Duration) {
        self.shared.is_draining.store(true, Ordering::Release);
        self.wait_for_none(Instant::now() + patience).await;
        self.accepting.abort();
        // Then nobody listens any more, and the port can be had again.
        let _ = (&mut self.accepting).await;
        self.close();
        let send = self.shared.terms().times.send;
        self.wait_for_none(Instant::now() + send).await;
    }

    async fn wait_for_none(&self, until: Instant) {
        while self.associations() > 0 && Instant::now() < until {
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends all that are there, and those that are just being admitted.
    fn close(&self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        for link in self.shared.members.all().values() {
            link.order(Order::Close);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_draining.store(true, Ordering::Release);
        self.accepting.abort();
        self.close();
    }
}

async fn accept(shared: Arc<Shared>, listener: Listening) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => admit(&shared, stream, peer),
            // What is refused now stays in the backlog.
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// A task for a connection, where there is room for it; else it is closed.
fn admit(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    shared.ground.metrics.connections.one();
    let quotas = shared.terms().quotas;
    let Some(place) = shared.ledger.enter(peer.ip(), &quotas) else { return };
    let member = shared.ground.lanes.place();
    let begin = {
        let lane = member.as_ref().map(|member| Arc::clone(member.lane()));
        let shared = Arc::clone(shared);
        move |stream| {
            let connection = match &shared.tls {
                None => Connection::new(stream),
                Some(tls) => Connection::accept_secure(stream, tls, &shared.ground.metrics),
            }?;
            let (local, _) = connection.ends()?;
            Result::Ok(Session::answer_to(shared, connection, (local, peer), place, lane))
        }
    };
    // A connection is heard of where its task lives.
    let Ok(stream) = stream.into_std() else { return };
    lanes::spawn(member, async move {
        if let Ok(session) = TcpStream::from_std(stream).map_err(Into::into).and_then(begin) {
            session.run().await;
        }
    });
}
