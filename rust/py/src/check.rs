//! What the core knows of a value on its own: which rules of its VR it breaks, and how a number is written as DS.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use radiogram_core::{Charset, Vr};
use radiogram_data::{value, write};

use crate::errors::raise;

/// Adds what this file gives to Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(check_value, module)?)?;
    module.add_function(wrap_pyfunction!(decimal_text, module)?)
}

/// The kinds of problems that the reader would report of this value, each once; text is in UTF-8.
#[pyfunction]
fn check_value(vr: &str, value: &[u8]) -> PyResult<Vec<&'static str>> {
    let Some(vr) = Vr::from_text(vr) else {
        return Err(PyValueError::new_err("the VR is not one of the standard's"));
    };
    let charset = if vr.has_charset() { Charset::UTF8 } else { Charset::DEFAULT };
    let mut kinds = Vec::new();
    value::each(vr, value, false, &charset, &mut |kind, _| kinds.push(kind.as_str()), &mut |_| {});
    Ok(kinds)
}

/// A number as the writer puts it into a DS.
#[pyfunction]
fn decimal_text(py: Python<'_>, number: f64) -> PyResult<String> {
    write::decimal(number).map_err(|error| raise(py, &error))
}
