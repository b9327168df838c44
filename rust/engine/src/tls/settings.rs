//! How connections are secured: of a server, and of a client. Both are cheap to clone, and what is cloned shares its sessions, so that one
//! association can go on where another one stopped.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use radiogram_core::Result;
use rustls::client::Resumption;
use rustls::crypto::ring::Ticketer;
use rustls::pki_types::ServerName;
use rustls::server::{NoClientAuth, ServerSessionMemoryCache};
use rustls::{ClientConfig, ServerConfig};

use super::failure::refused;
use super::outgoing::Spare;
use super::{Identity, Profile, Trust, verifier};

/// Sessions of TLS 1.2 that a server keeps for clients that know no tickets, and servers that a client keeps sessions of.
const SESSIONS: usize = 1024;

/// What clients have to show.
#[derive(Clone, Debug)]
pub enum Clients {
    /// Nothing: they stay anonymous.
    Anonymous,
    /// A certificate that leads to these, where they have one at all.
    Optional(Trust),
    /// A certificate that leads to these.
    Required(Trust),
}

/// How a server secures its connections.
#[derive(Clone)]
pub struct Server {
    pub(super) config: Arc<ServerConfig>,
    pub(super) spare: Arc<Spare>,
}

impl Server {
    /// By a profile, as somebody, and with clients that have to show this.
    ///
    /// # Errors
    ///
    /// `Argument` for what cannot be used.
    pub fn new(profile: Profile, identity: &Identity, clients: Clients) -> Result<Self> {
        let verifier: Arc<dyn rustls::server::danger::ClientCertVerifier> = match clients {
            Clients::Anonymous => Arc::new(NoClientAuth),
            Clients::Optional(trust) => Arc::new(verifier::Clients::new(profile, trust, false)?),
            Clients::Required(trust) => Arc::new(verifier::Clients::new(profile, trust, true)?),
        };
        let wrong = |error: rustls::Error| refused(&error.to_string());
        let mut config = ServerConfig::builder_with_provider(profile.provider())
            .with_protocol_versions(profile.versions())
            .map_err(wrong)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(identity.chain.clone(), identity.key.clone_key())
            .map_err(wrong)?;
        // RFC 9325 4.2.1: what the server likes best, not what a client does.
        config.ignore_client_order = true;
        config.require_ems = profile.needs_extended_master_secret();
        // RFC 9325 3.4: tickets are sealed with a key of this process alone, which changes every six hours.
        config.ticketer = Ticketer::new().map_err(wrong)?;
        config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        Ok(Self { config: Arc::new(config), spare: Arc::default() })
    }
}

/// How a client secures its connections.
#[derive(Clone)]
pub struct Client {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: Option<ServerName<'static>>,
    pub(super) spare: Arc<Spare>,
}

impl Client {
    /// By a profile, with servers that lead to these anchors, and as somebody where servers ask who we are. `checks_name` is to be false only
    /// where the certificates of servers do not say where these are: then any of the trusted ones can be taken for any other.
    ///
    /// # Errors
    ///
    /// `Argument` for what cannot be used.
    pub fn new(
        profile: Profile,
        trust: Trust,
        identity: Option<&Identity>,
        checks_name: bool,
    ) -> Result<Self> {
        let verifier = Arc::new(verifier::Servers::new(profile, trust, checks_name)?);
        let wrong = |error: rustls::Error| refused(&error.to_string());
        let builder = ClientConfig::builder_with_provider(profile.provider())
            .with_protocol_versions(profile.versions())
            .map_err(wrong)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let mut config = match identity {
            Some(identity) => builder
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .map_err(wrong)?,
            None => builder.with_no_client_auth(),
        };
        config.require_ems = profile.needs_extended_master_secret();
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Ok(Self { config: Arc::new(config), name: None, spare: Arc::default() })
    }

    /// The same for a server of this name or address, which its certificate must have. Without a name it is the address of the connection.
    ///
    /// # Errors
    ///
    /// `Argument` for what is neither.
    pub fn for_server(&self, name: &str) -> Result<Self> {
        let name = ServerName::try_from(name.to_owned())
            .map_err(|_| refused("the name of the server is neither a host name nor an address"))?;
        Ok(Self { name: Some(name), ..self.clone() })
    }

    pub(super) fn name_or(&self, address: IpAddr) -> ServerName<'static> {
        self.name.clone().unwrap_or_else(|| ServerName::IpAddress(address.into()))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("name", &self.name).finish_non_exhaustive()
    }
}
