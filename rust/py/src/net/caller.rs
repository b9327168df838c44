//! Asking for an association.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use radiogram_engine::{CallConfig, Caller, Error, Handle, Result};
use radiogram_net::Uid;
use radiogram_net::item::ProposedContext;
use radiogram_net::limits::OUR_MAXIMUM;
use radiogram_net::negotiation::Proposal;
use radiogram_net::pdu::AssociateRq;

use super::app::App;
use super::association::{Ends, NetAssociation};
use super::failure;
use super::inbox::NetInbox;
use super::later::Then;
use super::rules;
use super::runtime::{Home, Stops};
use super::security::NetSecurity;
use super::setting::{implementation, resolve, times};
use super::terms::{self, CommonGiven, ExtendedGiven, IdentityGiven, RoleGiven};
use super::wanted::Wanted;

/// A context to propose: its number, the SOP class, the transfer syntaxes.
type ContextGiven = (u8, String, Vec<String>);

/// Opens a connection and asks for an association; an exception says why there is none.
#[pyfunction]
#[pyo3(signature = (
    host, port, *, calling, called, contexts, roles = Vec::new(), max_pdu = None, operations_window = None,
    extended = Vec::new(), common_extended = Vec::new(), identity = None, implementation_uid = None,
    implementation_version = None, bind = None, tls = None, server_name = None, inbox = None, wants = HashSet::new(), rules = Vec::new(),
    connection_timeout = 15.0, acse_timeout = 30.0, dimse_timeout = 60.0, network_timeout = 600.0, to = None, token = None
))]
#[expect(
    clippy::too_many_arguments,
    clippy::similar_names,
    reason = "the options of an association, by name"
)]
pub(crate) fn net_associate(
    py: Python<'_>,
    host: String,
    port: u16,
    calling: &str,
    called: &str,
    contexts: Vec<ContextGiven>,
    roles: Vec<RoleGiven>,
    max_pdu: Option<u32>,
    operations_window: Option<(u16, u16)>,
    extended: Vec<ExtendedGiven>,
    common_extended: Vec<CommonGiven>,
    identity: Option<IdentityGiven>,
    implementation_uid: Option<&str>,
    implementation_version: Option<&str>,
    bind: Option<(String, u16)>,
    tls: Option<&Bound<'_, NetSecurity>>,
    server_name: Option<String>,
    inbox: Option<&Bound<'_, NetInbox>>,
    wants: HashSet<String>,
    rules: Vec<Bound<'_, PyDict>>,
    connection_timeout: Option<f64>,
    acse_timeout: Option<f64>,
    dimse_timeout: Option<f64>,
    network_timeout: Option<f64>,
    to: Option<&Bound<'_, NetInbox>>,
    token: Option<Py<PyAny>>,
) -> PyResult<Py<PyAny>> {
    let own = implementation(py, implementation_uid, implementation_version)?;
    let mut proposal = Proposal::new(terms::title(py, calling)?, terms::title(py, called)?, own);
    let user = proposal.user();
    user.maximum_length = Some(max_pdu.unwrap_or(OUR_MAXIMUM));
    user.window = operations_window.map(terms::window);
    user.roles = terms::roles(&roles);
    user.extended = terms::extended(extended);
    user.common_extended = terms::common(&common_extended);
    user.identity = identity.map(terms::identity);
    let mut request = proposal.finish();
    let proposed = |(id, class, syntaxes): ContextGiven| ProposedContext {
        id,
        abstract_syntax: Uid::new(&class),
        transfer_syntaxes: terms::uids(&syntaxes),
    };
    request.contexts = contexts.into_iter().map(proposed).collect();
    let times = times(py, connection_timeout, acse_timeout, dimse_timeout, network_timeout, false)?;
    let home = Home::get(py)?;
    let queue = inbox.map(|inbox| inbox.get().queue(py)).transpose()?;
    let rules = rules::read(py, &rules)?;
    let app = App::new(Arc::clone(&home), rules, queue, Wanted::new(py, &wants)?);
    let tls = tls.map(|security| security.get().client(py)).transpose()?;
    let name = server_name.unwrap_or_else(|| host.clone());
    let config = CallConfig {
        rules: app.clone(),
        watcher: Some(app.clone()),
        times,
        tls,
        lanes: home.lanes(),
        ..CallConfig::default()
    };
    let bare = host.trim_matches(['[', ']']);
    let whom = if bare.contains(':') { format!("[{bare}]:{port}") } else { format!("{bare}:{port}") };
    let counted = Arc::clone(&app);
    let asked = ask((host, port), name, bind, config, request, times.connect, counted);
    Then::new(py, &home, None, to, token)?.run(py, None, asked, move |py, answered| {
        let handle = answered.map_err(|error| failure::raise_of(py, &error, &whom))?;
        let ends = Arc::new(Ends { handle, app, home: Arc::clone(&home) });
        let weak: Weak<Ends> = Arc::downgrade(&ends);
        home.watch(weak as Weak<dyn Stops>);
        Ok(Py::new(py, NetAssociation::new(ends))?.into_any())
    })
}

/// Asks whichever address of a host answers first.
async fn ask(
    (host, port): (String, u16),
    name: String,
    bind: Option<(String, u16)>,
    config: CallConfig,
    request: AssociateRq,
    patience: Duration,
    app: Arc<App>,
) -> Result<Handle> {
    let local: Option<SocketAddr> = match bind {
        Some((host, port)) => match resolve(&host, port).await {
            Ok(found) => found.first().copied(),
            Err(_) => return Err(Error::argument("the host of `bind_address` is not known")),
        },
        None => None,
    };
    let caller = Caller::new(CallConfig { local, ..config });
    app.count_by(caller.metrics());
    let found = tokio::time::timeout(patience, resolve(&host, port)).await;
    let found = found.map_err(|_| Error::TimedOut("the address of the host was not found"))??;
    let is_like = |one: &SocketAddr| local.is_none_or(|local| local.is_ipv4() == one.is_ipv4());
    let addresses: Vec<SocketAddr> = found.into_iter().filter(is_like).collect();
    if addresses.is_empty() {
        return Err(Error::argument("the host has no address of the kind of `bind_address` (IPv4 or IPv6)"));
    }
    caller.associate_with(addresses, &name, request).await
}

/// Who we say that we are where nothing else is said: Implementation Class UID and Implementation Version Name.
#[pyfunction]
pub(crate) fn net_implementation() -> (String, String) {
    let own = radiogram_engine::implementation();
    (own.class.as_str().to_owned(), own.version.to_text())
}
