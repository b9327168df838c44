//! How connections are secured, as Python holds it: read once from PEM, then used for many associations, which resume each other's sessions.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use radiogram_engine::tls::{Client, Clients, Identity, Profile, Server, Trust};

use super::unpicklable;
use crate::errors;

enum Side {
    Client(Client),
    Server(Server),
}

/// What a side of a connection shows, and whom it believes.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetSecurity {
    side: Side,
    profile: Profile,
}

impl NetSecurity {
    /// For those that ask for associations.
    pub(crate) fn client(&self, py: Python<'_>) -> PyResult<Client> {
        match &self.side {
            Side::Client(client) => Ok(client.clone()),
            Side::Server(_) => Err(wrong(py, "this security is for a server: make one for a client")),
        }
    }

    /// For a server.
    pub(crate) fn server(&self, py: Python<'_>) -> PyResult<Server> {
        match &self.side {
            Side::Server(server) => Ok(server.clone()),
            Side::Client(_) => Err(wrong(py, "this security is for a client: make one for a server")),
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
        let raise = |error: radiogram_core::Error| errors::raise(py, &error);
        let profile = Profile::named(profile).ok_or_else(|| {
            let known: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
            wrong(py, &format!("there is no profile {profile:?}, only {}", known.join(", ")))
        })?;
        let identity = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(Identity::from_pem(certificate, key).map_err(raise)?),
            (None, None) => None,
            _ => return Err(wrong(py, "a certificate needs its key, and a key its certificate")),
        };
        let trust = trust.map(|given| believed(py, given, revoked)).transpose()?;
        let side = match clients {
            None => {
                let trust = trust.map_or_else(|| Trust::system().map_err(raise), Ok)?;
                Side::Client(Client::new(profile, trust, identity.as_ref(), check_name).map_err(raise)?)
            }
            Some(clients) => {
                let needed =
                    || wrong(py, "clients that show certificates need trust: the authorities of these");
                let clients = match clients {
                    "anonymous" => Clients::Anonymous,
                    "optional" => Clients::Optional(trust.ok_or_else(needed)?),
                    "required" => Clients::Required(trust.ok_or_else(needed)?),
                    _ => return Err(wrong(py, "clients are \"required\", \"optional\" or \"anonymous\"")),
                };
                let identity =
                    identity.ok_or_else(|| wrong(py, "a server needs a certificate and its key"))?;
                Side::Server(Server::new(profile, &identity, clients).map_err(raise)?)
            }
        };
        Ok(Self { side, profile })
    }

    #[getter]
    fn profile(&self) -> &'static str {
        self.profile.name()
    }

    /// The cipher suites of the profile, the one that is liked best first.
    #[getter]
    fn suites(&self) -> Vec<String> {
        self.profile.suites().collect()
    }

    #[getter]
    fn is_server(&self) -> bool {
        matches!(self.side, Side::Server(_))
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

fn believed(py: Python<'_>, given: &Bound<'_, PyAny>, revoked: Option<&[u8]>) -> PyResult<Trust> {
    let raise = |error: radiogram_core::Error| errors::raise(py, &error);
    let trust = match given.cast::<PyBytes>() {
        Ok(pem) => Trust::from_pem(pem.as_bytes()).map_err(raise)?,
        Err(_) if given.extract::<&str>().is_ok_and(|word| word == "system") => {
            Trust::system().map_err(raise)?
        }
        Err(_) => return Err(wrong(py, "trust is certificates in PEM, or \"system\"")),
    };
    revoked.map_or(Ok(trust.clone()), |lists| trust.revoking(lists).map_err(raise))
}

fn wrong(py: Python<'_>, message: &str) -> PyErr {
    errors::named(py, "ArgumentError", message)
}
