//! From the engine's errors and endings to Python: an exception that says who, why and what to try; the end of an association as a tuple.

use std::io::ErrorKind;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use radiogram_engine::{Ending, Error};
use radiogram_net::pdu::{Abort, AbortSource, AssociateRj};

use crate::errors;

/// The exception for an error of the engine.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    told(py, error, error.to_string())
}

/// The same, where it is to be said whom we have asked.
pub(crate) fn raise_of(py: Python<'_>, error: &Error, whom: &str) -> PyErr {
    told(py, error, format!("{whom}: {error}"))
}

fn told(py: Python<'_>, error: &Error, said: String) -> PyErr {
    match error {
        Error::Refused(error) => errors::raise(py, error),
        Error::Rejected(why) => {
            let (result, source, reason) = rejection(*why);
            let numbers = [("result", result), ("source", source), ("reason", reason)];
            with(py, errors::named(py, "AssociationRejectedError", &said), &numbers)
        }
        Error::Aborted(abort) => {
            let (source, reason) = abortion(*abort);
            let numbers = [("source", source), ("reason", reason)];
            with(py, errors::named(py, "AssociationAbortedError", &said), &numbers)
        }
        Error::Dropped => errors::named(py, "AssociationAbortedError", &said),
        Error::Released => errors::named(py, "AssociationOverError", &said),
        Error::Failed(_) => errors::named(py, "ProtocolError", &said),
        Error::Lost => errors::named(py, "AssociationLostError", &said),
        Error::TimedOut(_) => errors::named(py, "NetworkTimeoutError", &said),
        Error::Insecure(..) => errors::named(py, "InsecureConnectionError", &said),
        Error::Io(error) => {
            let raised = errors::named(py, "NetworkError", &format!("{said}{}", advice(error.kind())));
            // Without the system's number the exception has none either.
            let _ = raised.value(py).setattr("errno", error.raw_os_error());
            raised
        }
    }
}

fn advice(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => {
            ": nobody listens there; is the peer running, and are address and port its own?"
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            ": there is no way to that address from here"
        }
        ErrorKind::AddrInUse => ": another program, or another server of this one, listens there",
        ErrorKind::AddrNotAvailable => ": this machine has no such address",
        ErrorKind::PermissionDenied => {
            ": ports below 1024 are for the administrator; 11112 is DICOM's other one"
        }
        _ => "",
    }
}

fn with(py: Python<'_>, raised: PyErr, numbers: &[(&str, u8)]) -> PyErr {
    for (name, number) in numbers {
        if let Err(failure) = raised.value(py).setattr(*name, number) {
            return failure;
        }
    }
    raised
}

/// Result, source and reason as they are sent.
fn rejection(why: AssociateRj) -> (u8, u8, u8) {
    let (source, reason) = why.reason.codes();
    (if why.is_transient { 2 } else { 1 }, source, reason)
}

/// Source and reason as they are sent.
pub(crate) fn abortion(abort: Abort) -> (u8, u8) {
    match abort.source {
        AbortSource::User => (0, 0),
        AbortSource::Provider(reason) => (2, reason.code()),
    }
}

/// How an association ended: a word, and what there is to say of it.
pub(crate) fn ending<'py>(py: Python<'py>, ending: &Ending) -> PyResult<Bound<'py, PyTuple>> {
    let word = word(ending);
    match ending {
        Ending::Released | Ending::Lost => (word,).into_pyobject(py),
        Ending::Dropped => (word, 0, 0).into_pyobject(py),
        Ending::Aborted(abort) => {
            let (source, reason) = abortion(*abort);
            (word, source, reason).into_pyobject(py)
        }
        Ending::Rejected(why) => {
            let (result, source, reason) = rejection(*why);
            (word, result, source, reason).into_pyobject(py)
        }
        Ending::Failed(_) | Ending::TimedOut(_) | Ending::Insecure(_) => {
            (word, ending.to_string()).into_pyobject(py)
        }
    }
}

/// The word for how an association ended.
pub(crate) fn word(ending: &Ending) -> &'static str {
    match ending {
        Ending::Released => "released",
        Ending::Aborted(_) | Ending::Dropped => "aborted",
        Ending::Rejected(_) => "rejected",
        Ending::Failed(_) => "failed",
        Ending::TimedOut(_) => "timeout",
        Ending::Insecure(_) => "insecure",
        Ending::Lost => "lost",
    }
}
