//! What two sides say of themselves when an association begins, as dicts and back.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use radiogram_net::item::{
    CommonExtended, Extended, IdentityKind, IdentityRq, OperationsWindow, RoleSelection, UserInformation,
};
use radiogram_net::pdu::{AssociateAc, AssociateRq};
use radiogram_net::{AeTitle, Uid};

use crate::errors;

/// A SOP class and the information that its service class defines.
pub(crate) type ExtendedGiven = (String, Vec<u8>);
/// A SOP class, its service class, those that it is kin to.
pub(crate) type CommonGiven = (String, String, Vec<String>);
/// A SOP class, and whether the requestor is a user and a provider of it.
pub(crate) type RoleGiven = (String, bool, bool);
/// Kind, whether an answer is wanted, primary and secondary field.
pub(crate) type IdentityGiven = (u8, bool, Vec<u8>, Vec<u8>);

/// A title that a caller gives.
pub(crate) fn title(py: Python<'_>, text: &str) -> PyResult<AeTitle> {
    AeTitle::new(text).map_err(|error| errors::raise(py, &error))
}

/// UIDs that a caller gives.
pub(crate) fn uids(given: &[String]) -> Vec<Uid> {
    given.iter().map(|uid| Uid::new(uid)).collect()
}

pub(crate) fn extended(given: Vec<ExtendedGiven>) -> Vec<Extended> {
    let one = |(class, information): ExtendedGiven| Extended { sop_class: Uid::new(&class), information };
    given.into_iter().map(one).collect()
}

pub(crate) fn common(given: &[CommonGiven]) -> Vec<CommonExtended> {
    let one = |(class, service, related): &CommonGiven| CommonExtended {
        sop_class: Uid::new(class),
        service_class: Uid::new(service),
        related: uids(related),
    };
    given.iter().map(one).collect()
}

pub(crate) fn roles(given: &[RoleGiven]) -> Vec<RoleSelection> {
    let one =
        |(class, scu, scp): &RoleGiven| RoleSelection { sop_class: Uid::new(class), scu: *scu, scp: *scp };
    given.iter().map(one).collect()
}

pub(crate) fn identity(given: IdentityGiven) -> IdentityRq {
    let (kind, wants_response, primary, secondary) = given;
    IdentityRq { kind: IdentityKind::of(kind), wants_response, primary, secondary }
}

pub(crate) const fn window((invoked, performed): (u16, u16)) -> OperationsWindow {
    OperationsWindow { invoked, performed }
}

/// A request as it was said.
pub(crate) fn request<'py>(py: Python<'py>, said: &AssociateRq) -> PyResult<Bound<'py, PyDict>> {
    let dict = user(py, &said.calling, &said.called, &said.user)?;
    dict.set_item("version", said.version)?;
    dict.set_item("application_context", said.application_context.as_str())?;
    let contexts = PyList::empty(py);
    for context in &said.contexts {
        let syntaxes: Vec<&str> = context.transfer_syntaxes.iter().map(Uid::as_str).collect();
        contexts.append((context.id, context.abstract_syntax.as_str(), syntaxes))?;
    }
    dict.set_item("contexts", contexts)?;
    let identity = said.user.identity.as_ref().map(|one| {
        let (primary, secondary) = (PyBytes::new(py, &one.primary), PyBytes::new(py, &one.secondary));
        (one.kind.code(), one.wants_response, primary, secondary)
    });
    dict.set_item("identity", identity)?;
    Ok(dict)
}

/// An answer as it was said.
pub(crate) fn response<'py>(py: Python<'py>, said: &AssociateAc) -> PyResult<Bound<'py, PyDict>> {
    let dict = user(py, &said.calling, &said.called, &said.user)?;
    dict.set_item("version", said.version)?;
    dict.set_item("application_context", said.application_context.as_str())?;
    let contexts = PyList::empty(py);
    for context in &said.contexts {
        contexts.append((context.id, context.result.code(), context.transfer_syntax.as_str()))?;
    }
    dict.set_item("contexts", contexts)?;
    let answer = said.user.identity_answer.as_ref().map(|answer| PyBytes::new(py, &answer.response));
    dict.set_item("identity_response", answer)?;
    Ok(dict)
}

fn user<'py>(
    py: Python<'py>,
    calling: &AeTitle,
    called: &AeTitle,
    user: &UserInformation,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("calling", calling.to_text())?;
    dict.set_item("called", called.to_text())?;
    dict.set_item("max_pdu", user.maximum_length)?;
    dict.set_item("implementation_uid", user.implementation_class.as_str())?;
    dict.set_item("implementation_version", user.implementation_version.map(|name| name.to_text()))?;
    dict.set_item("operations_window", user.window.map(|one| (one.invoked, one.performed)))?;
    let roles = user.roles.iter().map(|one| (one.sop_class.as_str(), one.scu, one.scp));
    dict.set_item("roles", PyList::new(py, roles.collect::<Vec<_>>())?)?;
    let extended =
        user.extended.iter().map(|one| (one.sop_class.as_str(), PyBytes::new(py, &one.information)));
    dict.set_item("extended", PyList::new(py, extended.collect::<Vec<_>>())?)?;
    let common = user.common_extended.iter().map(|one| {
        let related: Vec<&str> = one.related.iter().map(Uid::as_str).collect();
        (one.sop_class.as_str(), one.service_class.as_str(), related)
    });
    dict.set_item("common_extended", PyList::new(py, common.collect::<Vec<_>>())?)?;
    Ok(dict)
}

/// A place in the network: its address and its port.
pub(crate) fn place(py: Python<'_>, address: std::net::SocketAddr) -> PyResult<Bound<'_, PyTuple>> {
    (address.ip().to_string(), address.port()).into_pyobject(py)
}
