//! What goes over a connection of others, in words: bytes of one direction in, PDUs and commands out. Data sets are counted and not held.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use radiogram_net::dimse::Command;
use radiogram_net::framer::{Fragment, Framer, Unit};
use radiogram_net::{Fault, Limits};

use super::runtime::held;
use super::{command, failure, terms};

struct Heard {
    framer: Framer,
    /// The command whose fragments come.
    command: Vec<u8>,
    /// Bytes of the data set that comes.
    data: u64,
    is_lost: bool,
}

/// One direction of an association that is listened to.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetTap(Mutex<Heard>);

#[pymethods]
impl NetTap {
    #[new]
    fn new() -> Self {
        let framer = Framer::new(Limits::DEFAULT);
        Self(Mutex::new(Heard { framer, command: Vec::new(), data: 0, is_lost: false }))
    }

    /// Gives what is complete with these bytes, as pairs of name and details.
    ///
    /// Behind a fault nothing means anything, and nothing comes any more.
    fn feed<'py>(&self, py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyList>> {
        let told = PyList::empty(py);
        let heard = &mut *held(&self.0);
        let mut input = bytes;
        while !heard.is_lost {
            match heard.framer.next(&mut input) {
                Ok(Some(unit)) => {
                    if let Some(one) = tell(py, &mut heard.command, &mut heard.data, &unit)? {
                        told.append(one)?;
                    }
                }
                Ok(None) => break,
                Err(fault) => {
                    heard.is_lost = true;
                    told.append(("fault", fault_dict(py, fault)?))?;
                }
            }
        }
        Ok(told)
    }
}

fn fault_dict(py: Python<'_>, fault: Fault) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("words", fault.to_string())?;
    Ok(dict)
}

fn tell<'py>(
    py: Python<'py>,
    command: &mut Vec<u8>,
    data: &mut u64,
    unit: &Unit<'_>,
) -> PyResult<Option<(&'static str, Bound<'py, PyDict>)>> {
    let dict = PyDict::new(py);
    Ok(Some(match unit {
        Unit::AssociateRq(said) => ("associate-rq", terms::request(py, said)?),
        Unit::AssociateAc(said) => ("associate-ac", terms::response(py, said)?),
        Unit::AssociateRj(said) => {
            let (source, reason) = said.reason.codes();
            dict.set_item("result", 1 + u8::from(said.is_transient))?;
            dict.set_item("source", source)?;
            dict.set_item("reason", reason)?;
            dict.set_item("words", said.to_string())?;
            ("associate-rj", dict)
        }
        Unit::Abort(said) => {
            let (source, reason) = failure::abortion(*said);
            dict.set_item("source", source)?;
            dict.set_item("reason", reason)?;
            dict.set_item("words", said.to_string())?;
            ("abort", dict)
        }
        Unit::ReleaseRq => ("release-rq", dict),
        Unit::ReleaseRp => ("release-rp", dict),
        Unit::Fragment(fragment) => return fragment_told(py, command, data, *fragment),
    }))
}

fn fragment_told<'py>(
    py: Python<'py>,
    command: &mut Vec<u8>,
    data: &mut u64,
    fragment: Fragment<'_>,
) -> PyResult<Option<(&'static str, Bound<'py, PyDict>)>> {
    let dict = PyDict::new(py);
    dict.set_item("context", fragment.context)?;
    if !fragment.is_command {
        *data += fragment.bytes.len() as u64;
        if !fragment.is_last {
            return Ok(None);
        }
        dict.set_item("bytes", std::mem::take(data))?;
        return Ok(Some(("data", dict)));
    }
    // A command is no longer than this (rust/net/src/limits.rs); what is beyond it is not listened to.
    if command.len() + fragment.bytes.len() <= Limits::DEFAULT.command as usize {
        command.extend_from_slice(fragment.bytes);
    }
    if !fragment.is_last {
        return Ok(None);
    }
    match Command::decode(&std::mem::take(command)) {
        Ok(said) => dict.set_item("command", command::dict(py, &said)?)?,
        Err(unreadable) => dict.set_item("words", unreadable.fault.to_string())?,
    }
    Ok(Some(("command", dict)))
}
