//! From the core's values to Python's.

use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};
use radiogram_core::Vr;
use radiogram_core::vr::Storage;
use radiogram_data::value::{self, Scalar, Value};

use crate::classes;
use crate::gate;
use crate::opened::Opened;

/// The value of a row that is no sequence.
pub(crate) fn of_row<'py>(py: Python<'py>, opened: &Opened, row: u32) -> PyResult<Bound<'py, PyAny>> {
    let document = &opened.document;
    let Some(entry) = document.entry(row) else { return Ok(py.None().into_bound(py)) };
    let bytes = bytes(py, opened, row)?;
    let charset = if entry.vr.has_charset() { opened.charset(row) } else { radiogram_core::Charset::DEFAULT };
    let mut found = Vec::new();
    let big_endian = entry.flags.has(radiogram_data::Flags::BIG_ENDIAN);
    let value = value::decode(entry.vr, bytes, big_endian, &charset, &mut |kind, assumed| {
        found.push((kind, assumed))
    });
    if !found.is_empty() {
        opened.note(py, row, found)?;
    }
    to_python(py, entry.vr, value)
}

/// The bytes of a row, read now (without the interpreter) where they are not in memory.
pub(crate) fn bytes<'a>(py: Python<'_>, opened: &'a Opened, row: u32) -> PyResult<&'a [u8]> {
    match opened.document.present(row) {
        Some(bytes) => Ok(bytes),
        None => gate::brief(py, || opened.document.bytes(row)),
    }
}

fn to_python<'py>(py: Python<'py>, vr: Vr, value: Value<'_>) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Empty => empty(py, vr),
        Value::One(scalar) => one(py, vr, scalar),
        Value::Many(scalars) => {
            let mut values = Vec::new();
            values.try_reserve_exact(scalars.len()).map_err(|_| {
                crate::errors::named(py, "LimitError", "no memory for the values of an element")
            })?;
            for scalar in scalars {
                values.push(one(py, vr, scalar)?);
            }
            let list = PyList::new(py, values)?;
            classes::MULTI.get(py)?.call1((list,))
        }
        Value::Bytes(bytes) => Ok(PyBytes::new(py, bytes).into_any()),
    }
}

/// What an element without a value gives: empty text for text, else `None`.
fn empty(py: Python<'_>, vr: Vr) -> PyResult<Bound<'_, PyAny>> {
    match vr {
        Vr::PN => classes::NAME.get(py)?.call1((intern!(py, ""),)),
        Vr::DS | Vr::IS => Ok(py.None().into_bound(py)),
        _ if vr.storage() == Storage::Text => Ok(intern!(py, "").clone().into_any()),
        _ => Ok(py.None().into_bound(py)),
    }
}

fn one<'py>(py: Python<'py>, vr: Vr, scalar: Scalar<'_>) -> PyResult<Bound<'py, PyAny>> {
    match scalar {
        Scalar::Int(number) => number.into_bound_py_any(py),
        Scalar::Uint(number) => number.into_bound_py_any(py),
        Scalar::Float(number) => number.into_bound_py_any(py),
        Scalar::Text(text) => match vr {
            Vr::DA => classes::DATE.get(py)?.call1((text,)),
            Vr::TM => classes::TIME.get(py)?.call1((text,)),
            Vr::DT => classes::MOMENT.get(py)?.call1((text,)),
            _ => Ok(PyString::new(py, &text).into_any()),
        },
        Scalar::Decimal { number: _, text } => classes::DECIMAL.get(py)?.call1((text,)),
        Scalar::Integer { number: _, text } => classes::INTEGER.get(py)?.call1((text,)),
        Scalar::Tag(tag) => classes::TAG.get(py)?.call1((tag.0,)),
        Scalar::Name(text) => classes::NAME.get(py)?.call1((text,)),
        Scalar::Uid(text) => classes::UID.get(py)?.call1((text,)),
        Scalar::Missing => Ok(intern!(py, "").clone().into_any()),
    }
}
