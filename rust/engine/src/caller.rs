//! Who asks for associations.

use std::net::SocketAddr;
use std::sync::Arc;

use radiogram_net::Limits;
use radiogram_net::pdu::AssociateRq;

use crate::ground::Ground;
use crate::lanes::{self, Lanes};
use crate::quotas::Quotas;
use crate::rules::ServesNothing;
use crate::session::{Session, served_at_once};
use crate::{Ending, Handle, Metrics, Result, Rules, Times, Watcher, tls};

/// What a caller does.
pub struct CallConfig {
    /// What its application decides about requests of the peer.
    pub rules: Arc<dyn Rules>,
    /// Who hears of what happens.
    pub watcher: Option<Arc<dyn Watcher>>,
    /// How far a peer can drive one association.
    pub limits: Limits,
    /// How long is waited.
    pub times: Times,
    /// Bytes that are lent to all associations to read into, and bytes of data sets that are held for all of them.
    pub quotas: Quotas,
    /// From which address the connection is opened.
    pub local: Option<SocketAddr>,
    /// How connections are secured; where nothing is said they are not.
    pub tls: Option<tls::Client>,
    /// Where its associations live; by default on the runtime of whoever asks for them.
    pub lanes: Lanes,
}

impl Default for CallConfig {
    fn default() -> Self {
        Self {
            rules: Arc::new(ServesNothing),
            watcher: None,
            limits: Limits::DEFAULT,
            times: Times::default(),
            quotas: Quotas::default(),
            local: None,
            tls: None,
            lanes: Lanes::default(),
        }
    }
}

/// Asks for associations, all of which share its rules, memory and counters.
#[derive(Clone)]
pub struct Caller {
    ground: Arc<Ground>,
    times: Arc<Times>,
    local: Option<SocketAddr>,
    tls: Option<tls::Client>,
}

impl Caller {
    /// A caller.
    pub fn new(config: CallConfig) -> Self {
        let CallConfig { rules, watcher, limits, times, quotas, local, tls, lanes } = config;
        let ground = Arc::new(Ground::new(rules, watcher, limits, &quotas, lanes));
        Self { ground, times: Arc::new(times), local, tls }
    }

    /// Opens a connection and asks for an association. Called on a runtime.
    pub async fn associate(&self, to: SocketAddr, request: AssociateRq) -> Result<Handle> {
        self.ask(vec![to], self.tls.as_ref(), request).await
    }

    /// The same of a server of this name, which its certificate must have where connections are secured; else it must have the address. It may
    /// have several, of which the first that answers is taken.
    pub async fn associate_with(
        &self,
        to: Vec<SocketAddr>,
        name: &str,
        request: AssociateRq,
    ) -> Result<Handle> {
        let tls = self.tls.as_ref().map(|tls| tls.for_server(name)).transpose()?;
        self.ask(to, tls.as_ref(), request).await
    }

    async fn ask(
        &self,
        to: Vec<SocketAddr>,
        tls: Option<&tls::Client>,
        mut request: AssociateRq,
    ) -> Result<Handle> {
        request.user.window = request.user.window.map(served_at_once);
        let member = self.ground.lanes.place();
        let lane = member.as_ref().map(|member| Arc::clone(member.lane()));
        let (ground, times, tls) = (Arc::clone(&self.ground), Arc::clone(&self.times), tls.cloned());
        let calling = Session::call(ground, member, times, (to, self.local), tls, request);
        let handle = lanes::run(lane.as_ref(), calling).await.unwrap_or(Err(Ending::Lost.into()))?;
        handle.established().await?;
        Ok(handle)
    }

    /// Bytes that are held at the moment for messages that are under way.
    pub fn held(&self) -> usize {
        self.ground.budget.held()
    }

    /// What all of its associations have counted.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.ground.metrics
    }
}
