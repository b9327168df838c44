//! What Python says to a request for an association.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use radiogram_engine::Decision;
use radiogram_net::item::{IdentityAc, OperationsWindow};
use radiogram_net::negotiation::Verdict;
use radiogram_net::pdu::{AssociateRj, RejectReason};

use super::terms;
use crate::errors;

/// Reads a decision: `True` as the engine decides, `False` or a dict of what is different.
pub(crate) fn read(said: &Bound<'_, PyAny>) -> PyResult<Decision> {
    let py = said.py();
    let mut decision = Decision::default();
    if let Ok(is_accepted) = said.extract::<bool>() {
        if !is_accepted {
            decision.rejection = Some(AssociateRj::permanent(RejectReason::User));
        }
        return Ok(decision);
    }
    let dict = said.cast::<PyDict>().map_err(|_| wrong(py, "a decision is a bool or a dict"))?;
    let (mut is_accepted, mut rejection) = (true, None);
    for (key, value) in dict {
        let key: String = key.extract()?;
        if value.is_none() {
            continue;
        }
        match key.as_str() {
            "accept" => is_accepted = value.extract()?,
            "reject" => rejection = Some(value.extract::<(u8, u8, u8)>()?),
            "identity_response" => {
                decision.identity = Some(Verdict::Known(IdentityAc { response: value.extract()? }));
            }
            "extended" => decision.extended = terms::extended(value.extract()?),
            "operations_window" => {
                let (invoked, performed) = value.extract::<(u16, u16)>()?;
                // What the requestor may invoke is what we perform.
                decision.window = Some(OperationsWindow { invoked: performed, performed: invoked });
            }
            other => return Err(wrong(py, &format!("a decision has no {other:?}"))),
        }
    }
    if let Some((result, source, reason)) = rejection {
        let reason = RejectReason::of(source, reason);
        decision.rejection = Some(AssociateRj { is_transient: result == 2, reason });
    } else if !is_accepted {
        decision.rejection = Some(AssociateRj::permanent(RejectReason::User));
    }
    Ok(decision)
}

fn wrong(py: Python<'_>, message: &str) -> PyErr {
    errors::named(py, "ArgumentError", message)
}
