//! From the core's one error to the exceptions of `radiogram.errors`.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;
use radiogram_core::{Error, ErrorKind};

static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

fn module(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    let module =
        ERRORS.get_or_try_init(py, || PyModule::import(py, "radiogram.errors").map(Bound::unbind))?;
    Ok(module.bind(py))
}

/// The Python exception for an error, with its place.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).unwrap_or_else(|failure| failure)
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let path = error.path().to_string();
    let errors = module(py)?;
    let made = match error.kind() {
        ErrorKind::Io { errno } => {
            errors.getattr("source_error")?.call1((error.message(), errno, error.offset(), path))?
        }
        kind => errors.getattr(kind.class())?.call1((error.message(), error.offset(), path))?,
    };
    Ok(PyErr::from_value(made))
}

/// An exception of ours by the name of its class, for what goes wrong in the binding itself.
pub(crate) fn named(py: Python<'_>, class: &str, message: &str) -> PyErr {
    let made = module(py).and_then(|errors| errors.getattr(class)?.call1((message,)));
    made.map_or_else(|failure| failure, PyErr::from_value)
}

/// The kind of error that one of our own classes stands for, where Python code of ours raises it below the core.
pub(crate) fn kind_of(class: &str) -> Option<ErrorKind> {
    [ErrorKind::SourceChanged, ErrorKind::Limit, ErrorKind::Unsupported, ErrorKind::Argument]
        .into_iter()
        .find(|kind| kind.class() == class)
}
