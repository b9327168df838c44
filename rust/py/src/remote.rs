//! The one door from threads that read to a store that Python knows: an object with `fetch(offset, count)`, which is one request.
//!
//! The interpreter is held for the request alone, and libraries let it go while they wait for an answer.

use std::sync::Arc;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use radiogram_core::{Error, ErrorKind, Result};
use radiogram_io::remote::{Answer, Answered, Ranges};

use crate::{errors, gate};

/// What asks for ranges, as Python gives it.
pub(crate) struct Door(Py<PyAny>);

impl Door {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> Self {
        Self(object.clone().unbind())
    }

    /// True for an object that can be asked for ranges.
    pub(crate) fn is_one(object: &Bound<'_, PyAny>) -> PyResult<bool> {
        object.hasattr(intern!(object.py(), "fetch"))
    }
}

/// Where the bytes begin, the bytes, the object's size, what tells its state, nanoseconds of its last change.
type Told<'py> = (u64, Bound<'py, PyAny>, Option<u64>, Option<String>, Option<i64>);

impl Ranges for Door {
    fn fetch(&self, offset: u64, count: usize) -> Result<Answer> {
        attached(|py| {
            let told = self.0.bind(py).call_method1(intern!(py, "fetch"), (offset, count))?;
            let (start, bytes, size, state, modified_ns): Told<'_> = told.extract()?;
            let bytes: Answered = match bytes.cast::<PyBytes>() {
                Ok(bytes) => Arc::new(PyBackedBytes::from(bytes.clone())),
                Err(_) => Arc::new(PyBuffer::<u8>::get(&bytes)?.to_vec(py)?),
            };
            Ok(Answer { start, bytes, size, state, modified_ns })
        })
    }
}

/// Runs Python code in a thread that works without the interpreter; its exception becomes an error, and one that is to end the program
/// waits for the call that began the work.
pub(crate) fn attached<T>(work: impl FnOnce(Python<'_>) -> PyResult<T>) -> Result<T> {
    Python::attach(|py| {
        work(py).map_err(|raised| {
            if raised.is_instance_of::<PyException>(py) {
                return as_error(py, &raised);
            }
            gate::hold(raised);
            Error::new(ErrorKind::Interrupted, "interrupted")
        })
    })
}

fn as_error(py: Python<'_>, raised: &PyErr) -> Error {
    let value = raised.value(py);
    let class = raised.get_type(py).name().map_or_else(|_| String::new(), |name| name.to_string());
    if let Some(kind) = errors::kind_of(&class) {
        let message = value.getattr("message").and_then(|message| message.extract::<String>());
        return Error::new(kind, message.unwrap_or_else(|_| value.to_string()));
    }
    let number = value.getattr("errno").and_then(|number| number.extract::<i32>());
    let errno = number.unwrap_or(if raised.is_instance_of::<pyo3::exceptions::PyFileNotFoundError>(py) {
        NO_ENTRY
    } else {
        0
    });
    Error::new(ErrorKind::Io { errno }, format!("{class}: {value}"))
}

/// ENOENT, which stores do not number.
const NO_ENTRY: i32 = 2;
