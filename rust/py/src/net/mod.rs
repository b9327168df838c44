//! The network engine as Python has it: an inbox that brings what is to be done, associations that do what is asked of them, servers.
//!
//! Nothing here knows a service: what is sent and answered are dicts of keywords and bytes.

mod app;
mod association;
mod caller;
mod command;
mod conditions;
mod decision;
mod exchange;
mod failure;
mod inbox;
mod later;
mod notice;
mod rules;
mod runtime;
mod security;
mod sending;
mod server;
mod setting;
mod status;
mod tap;
mod terms;
mod wait;
mod wanted;
mod work;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

/// Adds what this room gives to Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<inbox::NetInbox>()?;
    module.add_class::<later::NetPending>()?;
    module.add_class::<sending::NetSending>()?;
    module.add_class::<work::NetWork>()?;
    module.add_class::<association::NetAssociation>()?;
    module.add_class::<exchange::NetExchange>()?;
    module.add_class::<server::NetServer>()?;
    module.add_class::<tap::NetTap>()?;
    module.add_class::<security::NetSecurity>()?;
    module.add_function(wrap_pyfunction!(caller::net_associate, module)?)?;
    module.add_function(wrap_pyfunction!(runtime::net_end, module)?)?;
    module.add_function(wrap_pyfunction!(runtime::net_is_ended, module)?)?;
    module.add_function(wrap_pyfunction!(caller::net_implementation, module)?)?;
    module.add_function(wrap_pyfunction!(status::net_status, module)?)
}

/// Why a connection is not copied: it is one of this process.
fn unpicklable(object: &Bound<'_, PyAny>) -> PyErr {
    let class = object.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    let message = format!(
        "{class} is a connection of this process: it cannot be pickled or copied, open a new one there"
    );
    PyTypeError::new_err(message)
}
