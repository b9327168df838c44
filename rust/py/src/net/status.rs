//! What a peer has answered, as a data set: there is one for each of thousands of instances.

use pyo3::prelude::*;
use radiogram_core::{Tag, Vr};

use crate::classes;
use crate::dataset::Dataset;
use crate::element::DataElement;
use crate::fresh;
use crate::owned::Own;

/// Status (PS3.7 C.1).
const STATUS: Tag = Tag(0x0000_0900);

/// A `Dataset` of Python's class with this Status alone.
#[pyfunction]
pub(crate) fn net_status(py: Python<'_>, code: u16) -> PyResult<Bound<'_, PyAny>> {
    let made = fresh::instance(classes::DATASET.get(py)?, &().into_pyobject(py)?)?;
    let value = code.into_pyobject(py)?.into_any();
    let status = Bound::new(py, DataElement::owned(Own::new(STATUS, Vr::US, value, None)))?;
    Dataset::_put(made.cast::<Dataset>()?, &status)?;
    Ok(made)
}
