//! A batch as lists of Python values, for whoever has nothing that reads Arrow.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, Time64MicrosecondType,
    TimestampMicrosecondType, TimestampNanosecondType, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, RecordBatch, StringArray};
use arrow_schema::{DataType, TimeUnit};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

/// Each column of a batch: texts as they are, numbers, and days and times as the numbers that Arrow has for them.
pub(super) fn columns<'py>(py: Python<'py>, batch: &RecordBatch) -> PyResult<Vec<Bound<'py, PyList>>> {
    batch.columns().iter().map(|column| list(py, column)).collect()
}

fn list<'py>(py: Python<'py>, column: &ArrayRef) -> PyResult<Bound<'py, PyList>> {
    match column.data_type() {
        DataType::Utf8 => PyList::new(py, column.as_string::<i32>()),
        DataType::Dictionary(..) => codes(py, column),
        DataType::UInt16 => numbers::<UInt16Type>(py, column),
        DataType::UInt32 => numbers::<UInt32Type>(py, column),
        DataType::UInt64 => numbers::<UInt64Type>(py, column),
        DataType::Int16 => numbers::<Int16Type>(py, column),
        DataType::Int32 => numbers::<Int32Type>(py, column),
        DataType::Int64 => numbers::<Int64Type>(py, column),
        DataType::Float32 => numbers::<Float32Type>(py, column),
        DataType::Float64 => numbers::<Float64Type>(py, column),
        DataType::Date32 => numbers::<Date32Type>(py, column),
        DataType::Time64(_) => numbers::<Time64MicrosecondType>(py, column),
        DataType::Timestamp(TimeUnit::Microsecond, _) => numbers::<TimestampMicrosecondType>(py, column),
        DataType::Timestamp(..) => numbers::<TimestampNanosecondType>(py, column),
        other => Err(PyTypeError::new_err(format!("a column of {other} is no list of plain values"))),
    }
}

fn numbers<'py, T: ArrowPrimitiveType>(py: Python<'py>, column: &ArrayRef) -> PyResult<Bound<'py, PyList>>
where
    T::Native: IntoPyObject<'py>,
{
    PyList::new(py, column.as_primitive::<T>())
}

/// Each of the different texts is made once.
fn codes<'py>(py: Python<'py>, column: &ArrayRef) -> PyResult<Bound<'py, PyList>> {
    let codes = column.as_dictionary::<Int32Type>();
    let texts: &StringArray = codes.values().as_string();
    let made: Vec<Bound<'py, PyString>> =
        texts.iter().map(|text| PyString::new(py, text.unwrap_or_default())).collect();
    let of = |key: Option<i32>| key.and_then(|key| made.get(usize::try_from(key).ok()?));
    PyList::new(py, codes.keys().iter().map(of))
}
