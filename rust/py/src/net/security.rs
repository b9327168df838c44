//! How connections are secured, as Python holds it: read once from PEM, then used for many associations, which resume each other's sessions.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use radiogram_core::{Error, ErrorKind, Result};
use radiogram_engine::tls::{Client, Clients, Identity, Profile, Server, Trust};

use super::runtime::held;
use super::unpicklable;
use crate::errors;

#[derive(Clone)]
enum Side {
    Client(Client),
    Server(Server),
}

/// What was given: a process that was forked reads it again, since locks of what was made of it may be held by threads it does not have.
struct Given {
    profile: Profile,
    papers: Option<(Vec<u8>, Vec<u8>)>,
    trust: Option<Believed>,
    revoked: Option<Vec<u8>>,
    clients: Option<String>,
    checks_name: bool,
}

/// Who is believed.
enum Believed {
    Pem(Vec<u8>),
    System,
}

/// What a side of a connection shows, and whom it believes.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetSecurity {
    given: Given,
    /// Of a process.
    made: Mutex<Option<(u32, Side)>>,
}

impl NetSecurity {
    fn side(&self, py: Python<'_>) -> PyResult<Side> {
        let process = std::process::id();
        if let Some((of, side)) = &*held(&self.made)
            && *of == process
        {
            return Ok(side.clone());
        }
        let side = py.detach(|| self.given.make()).map_err(|error| errors::raise(py, &error))?;
        let earlier = held(&self.made).replace((process, side.clone()));
        std::mem::forget(earlier);
        Ok(side)
    }

    /// For those that ask for associations.
    pub(crate) fn client(&self, py: Python<'_>) -> PyResult<Client> {
        match self.side(py)? {
            Side::Client(client) => Ok(client),
            Side::Server(_) => Err(wrong(py, "this security is for a server: make one for a client")),
        }
    }

    /// For a server.
    pub(crate) fn server(&self, py: Python<'_>) -> PyResult<Server> {
        match self.side(py)? {
            Side::Server(server) => Ok(server),
            Side::Client(_) => Err(wrong(py, "this security is for a client: make one for a server")),
        }
    }
}

impl Given {
    fn make(&self) -> Result<Side> {
        let identity = self.papers.as_ref().map(|(chain, key)| Identity::from_pem(chain, key)).transpose()?;
        let trust = self.trust.as_ref().map(|trust| self.believed(trust)).transpose()?;
        let Some(clients) = &self.clients else {
            let trust = trust.map_or_else(Trust::system, Ok)?;
            return Client::new(self.profile, trust, identity.as_ref(), self.checks_name).map(Side::Client);
        };
        let needed = || refused("clients that show certificates need trust: the authorities of these");
        let clients = match clients.as_str() {
            "anonymous" => Clients::Anonymous,
            "optional" => Clients::Optional(trust.ok_or_else(needed)?),
            "required" => Clients::Required(trust.ok_or_else(needed)?),
            _ => return Err(refused("clients are \"required\", \"optional\" or \"anonymous\"")),
        };
        let identity = identity.ok_or_else(|| refused("a server needs a certificate and its key"))?;
        Server::new(self.profile, &identity, clients).map(Side::Server)
    }

    fn believed(&self, trust: &Believed) -> Result<Trust> {
        let trust = match trust {
            Believed::Pem(pem) => Trust::from_pem(pem)?,
            Believed::System => Trust::system()?,
        };
        match &self.revoked {
            Some(lists) => trust.revoking(lists),
            None => Ok(trust),
        }
    }
}

#[pymethods]
impl NetSecurity {
    /// `certificate` and `key` are PEM; `trust` is PEM, or `"system"`. A server has `clients`: "required", "optional" or "anonymous"; a client has
    /// none.
    #[new]
    #[pyo3(signature = (
        *, profile = "BCP195", certificate = None, key = None, trust = None, revoked = None, clients = None, check_name = true
    ))]
    #[expect(clippy::too_many_arguments, reason = "the options of TLS, by name")]
    fn new(
        py: Python<'_>,
        profile: &str,
        certificate: Option<&[u8]>,
        key: Option<&[u8]>,
        trust: Option<&Bound<'_, PyAny>>,
        revoked: Option<&[u8]>,
        clients: Option<&str>,
        check_name: bool,
    ) -> PyResult<Self> {
        let profile = Profile::named(profile).ok_or_else(|| {
            let known: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
            wrong(py, &format!("there is no profile {profile:?}, only {}", known.join(", ")))
        })?;
        let papers = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate.to_vec(), key.to_vec())),
            (None, None) => None,
            _ => return Err(wrong(py, "a certificate needs its key, and a key its certificate")),
        };
        let trust = trust.map(|given| believed(py, given)).transpose()?;
        let (revoked, clients) = (revoked.map(<[u8]>::to_vec), clients.map(str::to_owned));
        let given = Given { profile, papers, trust, revoked, clients, checks_name: check_name };
        let security = Self { given, made: Mutex::default() };
        // What cannot be used is refused now.
        security.side(py)?;
        Ok(security)
    }

    #[getter]
    fn profile(&self) -> &'static str {
        self.given.profile.name()
    }

    /// The cipher suites of the profile, the one that is liked best first.
    #[getter]
    fn suites(&self) -> Vec<String> {
        self.given.profile.suites().collect()
    }

    #[getter]
    fn is_server(&self) -> bool {
        self.given.clients.is_some()
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

fn believed(py: Python<'_>, given: &Bound<'_, PyAny>) -> PyResult<Believed> {
    if let Ok(pem) = given.cast::<PyBytes>() {
        return Ok(Believed::Pem(pem.as_bytes().to_vec()));
    }
    if given.extract::<String>().is_ok_and(|word| word == "system") {
        return Ok(Believed::System);
    }
    Err(wrong(py, "trust is certificates in PEM, or \"system\""))
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::Argument, message)
}

fn wrong(py: Python<'_>, message: &str) -> PyErr {
    errors::named(py, "ArgumentError", message)
}
