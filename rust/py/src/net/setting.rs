//! Options that servers and callers have in common.

use std::net::SocketAddr;
use std::time::Duration;

use pyo3::prelude::*;
use radiogram_engine::{Error, Result, Times};
use radiogram_net::negotiation::Implementation;
use radiogram_net::{AeTitle, Uid};

use super::wait::{EVER, seconds};
use crate::errors;

/// The times that a caller names; a name that is left out is the engine's.
pub(crate) fn times(
    py: Python<'_>,
    connection: Option<f64>,
    acse: Option<f64>,
    dimse: Option<f64>,
    network: Option<f64>,
    releases_idle: bool,
) -> PyResult<Times> {
    let time = |name, given| Ok::<Duration, PyErr>(seconds(py, name, given)?.unwrap_or(EVER));
    Ok(Times {
        connect: time("connection_timeout", connection)?,
        artim: time("acse_timeout", acse)?,
        dimse: time("dimse_timeout", dimse)?,
        idle: time("network_timeout", network)?,
        releases_idle,
        ..Times::default()
    })
}

/// Who we say that we are.
pub(crate) fn implementation(
    py: Python<'_>,
    uid: Option<&str>,
    version: Option<&str>,
) -> PyResult<Implementation> {
    let own = radiogram_engine::implementation();
    let version = version.map(AeTitle::new).transpose().map_err(|_| {
        errors::named(py, "ArgumentError", "an implementation version name has 1 to 16 characters of ASCII")
    })?;
    Ok(Implementation { class: uid.map_or(own.class, Uid::new), version: version.unwrap_or(own.version) })
}

/// The addresses of a host: of a name all that it has, of none all that this machine has.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>> {
    let host = if host.is_empty() { "0.0.0.0" } else { host };
    // An address in brackets, as in a URL.
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let found: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    if found.is_empty() { Err(Error::Io(std::io::ErrorKind::NotFound.into())) } else { Ok(found) }
}
