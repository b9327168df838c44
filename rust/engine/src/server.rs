//! A server: it listens, gives each connection a task, and stops in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use radiogram_net::Limits;
use radiogram_net::negotiation::Acceptor;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};

use crate::buffers::Buffers;
use crate::connection::Connection;
use crate::quotas::{Ledger, Quotas};
use crate::session::Session;
use crate::{Metrics, Result, Rules, Times};

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
    /// How far a peer can drive one association.
    pub limits: Limits,
    /// How many associations there may be.
    pub quotas: Quotas,
    /// How long is waited.
    pub times: Times,
}

/// Whether a server goes on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug)]
pub(crate) enum Phase {
    /// It does.
    Open,
    /// New associations are rejected, the others may come to their end.
    Draining,
    /// The others are aborted.
    Closing,
}

/// What all associations of a server share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) buffers: Buffers,
    pub(crate) ledger: Ledger,
}

/// A server that listens.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    phase: watch::Sender<Phase>,
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
        let buffers = Buffers::new(config.quotas.memory);
        let (metrics, ledger) = (Arc::new(Metrics::default()), Ledger::default());
        let shared = Arc::new(Shared { config, metrics, buffers, ledger });
        let (phase, told) = watch::channel(Phase::Open);
        let accepting = tokio::spawn(accept(Arc::clone(&shared), listener, told));
        Ok(Self { shared, address, phase, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has counted.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.shared.metrics
    }

    /// Associations that are there now.
    pub fn associations(&self) -> usize {
        self.shared.ledger.count()
    }

    /// Stops: new associations are rejected, those that are there may come to their end for so long, then they are aborted.
    pub async fn stop(self, patience: Duration) {
        self.phase.send_replace(Phase::Draining);
        self.wait_for_none(Instant::now() + patience).await;
        self.phase.send_replace(Phase::Closing);
        self.accepting.abort();
        self.wait_for_none(Instant::now() + self.shared.config.times.send).await;
    }

    async fn wait_for_none(&self, until: Instant) {
        while self.associations() > 0 && Instant::now() < until {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener, mut phase: watch::Receiver<Phase>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase == Phase::Closing) => return,
        };
        match accepted {
            Ok((stream, peer)) => admit(&shared, stream, peer, &phase),
            // What is refused now stays in the backlog.
            Err(_) => sleep(PAUSE).await,
        }
    }
}

/// A task for a connection, where there is room for it; else it is closed.
fn admit(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr, phase: &watch::Receiver<Phase>) {
    shared.metrics.connections.one();
    let Some(place) = shared.ledger.enter(peer.ip(), &shared.config.quotas) else { return };
    let Ok(connection) = Connection::new(stream, shared.config.times.send) else { return };
    let session = Session::new(Arc::clone(shared), connection, peer, place, phase.clone());
    tokio::spawn(session.run());
}

/// How long is waited for what comes next; in the future when there is no bound.
pub(crate) async fn until<T>(deadline: Instant, what: impl Future<Output = T>) -> Option<T> {
    timeout_at(deadline, what).await.ok()
}
