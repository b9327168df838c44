//! On which terms associations with a server begin, as keyword arguments: when it starts, and anew while it runs.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use radiogram_engine::{Quotas, Terms};
use radiogram_net::limits::OUR_MAXIMUM;
use radiogram_net::negotiation::{Acceptor, Calls, Choice, Offer, Roles, storage_classes};
use radiogram_net::{AeTitle, Uid};

use super::setting::{implementation, times};
use super::terms;

/// A SOP class, its transfer syntaxes (none is any), whether the peer may be a user and a provider of it; nothing is said to its roles where that
/// is not said.
type ContextGiven = (String, Vec<String>, Option<bool>, Option<bool>);

/// What was given, each of it or what stands for it where it was not.
struct Given {
    aet: Option<String>,
    contexts: Option<Vec<ContextGiven>>,
    any_storage: bool,
    max_pdu: Option<u32>,
    operations_window: Option<(u16, u16)>,
    choose_ours: bool,
    require_called: bool,
    require_calling: Vec<String>,
    implementation_uid: Option<String>,
    implementation_version: Option<String>,
    quotas: Quotas,
    acse_timeout: Option<f64>,
    dimse_timeout: Option<f64>,
    network_timeout: Option<f64>,
}

/// Reads the terms.
pub(crate) fn read(py: Python<'_>, given: Option<&Bound<'_, PyDict>>) -> PyResult<Terms> {
    let given = Given::read(given)?;
    let (own, version) = (given.implementation_uid.as_deref(), given.implementation_version.as_deref());
    let mut acceptor = Acceptor::new(implementation(py, own, version)?);
    let title = terms::title(py, &given.aet.ok_or_else(|| missing("aet"))?)?;
    if given.require_called {
        acceptor.called = Calls::Only(vec![title]);
    }
    if !given.require_calling.is_empty() {
        let titles: PyResult<Vec<AeTitle>> =
            given.require_calling.iter().map(|text| terms::title(py, text)).collect();
        acceptor.calling = Calls::Only(titles?);
    }
    acceptor.maximum_length = given.max_pdu.unwrap_or(OUR_MAXIMUM);
    acceptor.window = given.operations_window.map(terms::window).unwrap_or_default();
    acceptor.choice = if given.choose_ours { Choice::Ours } else { Choice::Theirs };
    if given.any_storage {
        let any = Offer { transfer_syntaxes: Vec::new(), roles: Roles::Granted { scu: true, scp: true } };
        for class in storage_classes() {
            acceptor.offers.add(class, any.clone());
        }
        acceptor.offers.strangers = Some(any);
    }
    for (class, syntaxes, scu, scp) in given.contexts.ok_or_else(|| missing("contexts"))? {
        let roles = match (scu, scp) {
            (Some(scu), Some(scp)) => Roles::Granted { scu, scp },
            _ => Roles::Unsaid,
        };
        acceptor.offers.add(Uid::new(&class), Offer { transfer_syntaxes: terms::uids(&syntaxes), roles });
    }
    let times = times(py, Some(1.0), given.acse_timeout, given.dimse_timeout, given.network_timeout, false)?;
    Ok(Terms { acceptor: Arc::new(acceptor), quotas: given.quotas, times: Arc::new(times) })
}

impl Given {
    fn read(given: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut made = Self {
            aet: None,
            contexts: None,
            any_storage: false,
            max_pdu: None,
            operations_window: None,
            choose_ours: false,
            require_called: false,
            require_calling: Vec::new(),
            implementation_uid: None,
            implementation_version: None,
            quotas: Quotas::default(),
            acse_timeout: Some(30.0),
            dimse_timeout: Some(60.0),
            network_timeout: Some(600.0),
        };
        for (key, value) in given.into_iter().flatten() {
            made.take(&key.extract::<String>()?, &value)?;
        }
        Ok(made)
    }

    fn take(&mut self, key: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        match key {
            "aet" => self.aet = Some(value.extract()?),
            "contexts" => self.contexts = Some(value.extract()?),
            "any_storage" => self.any_storage = value.extract()?,
            "max_pdu" => self.max_pdu = value.extract()?,
            "operations_window" => self.operations_window = value.extract()?,
            "choose_ours" => self.choose_ours = value.extract()?,
            "require_called" => self.require_called = value.extract()?,
            "require_calling" => self.require_calling = value.extract()?,
            "implementation_uid" => self.implementation_uid = value.extract()?,
            "implementation_version" => self.implementation_version = value.extract()?,
            "max_associations" => set(&mut self.quotas.associations, value)?,
            "max_associations_of_a_peer" => set(&mut self.quotas.of_a_peer, value)?,
            "max_memory" => set(&mut self.quotas.held, value)?,
            "max_message" => set(&mut self.quotas.of_a_message, value)?,
            "acse_timeout" => self.acse_timeout = value.extract()?,
            "dimse_timeout" => self.dimse_timeout = value.extract()?,
            "network_timeout" => self.network_timeout = value.extract()?,
            other => {
                return Err(PyTypeError::new_err(format!("a server has no keyword argument '{other}'")));
            }
        }
        Ok(())
    }
}

/// A bound; where it is `None`, the engine's stays.
fn set(bound: &mut usize, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Some(given) = value.extract()? {
        *bound = given;
    }
    Ok(())
}

fn missing(name: &str) -> PyErr {
    PyTypeError::new_err(format!("a server needs the keyword argument '{name}'"))
}
