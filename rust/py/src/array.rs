//! Values as numpy arrays: views on the bytes where the VR is binary, numbers parsed from text where it is not.

use std::sync::Arc;

use numpy::{
    Element, PyArray1, PyArrayDescr, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyMemoryError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyTuple, PyType};
use radiogram_core::vr::Storage;
use radiogram_core::{ProblemKind, Vr, try_vec};
use radiogram_data::gather::Pattern;
use radiogram_data::value::{count_values, decimals_into, integers_into};
use radiogram_data::{Entry, Flags, NodeId};
use radiogram_pixel::Dtype;

use crate::opened::Opened;
use crate::owner::Bytes;
use crate::{errors, gate, value};

/// The dtype of a binary VR's numbers, in numpy's words; `None` for text and items.
fn dtype(entry: &Entry) -> Option<String> {
    let order = if entry.flags.has(Flags::BIG_ENDIAN) { '>' } else { '<' };
    Some(match entry.vr.storage() {
        Storage::Bytes => "u1".to_owned(),
        Storage::Tags => format!("{order}u2"),
        Storage::Unsigned(size) => format!("{order}u{size}"),
        Storage::Signed(size) => format!("{order}i{size}"),
        Storage::Float(size) => format!("{order}f{size}"),
        Storage::Text | Storage::Items => return None,
    })
}

/// The numbers of an element.
pub(crate) fn of_element<'py>(
    py: Python<'py>,
    opened: &Arc<Opened>,
    row: u32,
) -> PyResult<Bound<'py, PyAny>> {
    let Some(entry) = opened.document.entry(row).copied() else { return Ok(py.None().into_bound(py)) };
    match entry.vr {
        Vr::DS => decimals(py, opened, row),
        Vr::IS => integers(py, opened, row),
        vr => {
            let Some(dtype) = dtype(&entry) else {
                return Err(errors::named(py, "InvalidValueError", &format!("{vr} values are no numbers")));
            };
            view(py, opened, row, &dtype)
        }
    }
}

/// A read-only view on the bytes of a row.
pub(crate) fn view<'py>(
    py: Python<'py>,
    opened: &Arc<Opened>,
    row: u32,
    dtype: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let owner = gate::brief(py, || Bytes::of_row(opened, row))?;
    let numpy = py.import("numpy")?;
    let size: u64 = dtype.get(dtype.len() - 1..).and_then(|digit| digit.parse().ok()).unwrap_or(1);
    let count = opened.document.extent(row).1 / size;
    if count == 0 {
        return numpy.getattr("empty")?.call1((0, dtype));
    }
    let options =
        [("dtype", dtype.into_pyobject(py)?.into_any()), ("count", count.into_pyobject(py)?.into_any())];
    numpy.getattr("frombuffer")?.call((Bound::new(py, owner)?,), Some(&options.into_py_dict(py)?))
}

/// A read-only view on the bytes of a row, in C order; those past the shape's end are left out.
pub(crate) fn view_shaped<'py>(
    py: Python<'py>,
    opened: &Arc<Opened>,
    row: u32,
    shape: &[u64],
    dtype: &str,
) -> PyResult<Bound<'py, PyAny>> {
    static ARRAY: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let owner = gate::brief(py, || Bytes::of_row(opened, row))?;
    ARRAY.import(py, "numpy", "ndarray")?.call1((PyTuple::new(py, shape)?, dtype, owner))
}

/// The numbers of all elements that a path names: (values, offsets).
pub(crate) fn gather<'py>(
    py: Python<'py>,
    opened: &Arc<Opened>,
    node: NodeId,
    path: &str,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>)> {
    let leaves = gate::brief(py, || opened.document.leaves(node, &Pattern::parse(path)?))?;
    // numpy asks the system for large pages, which for millions of numbers is half of the work.
    let values =
        py.import("numpy")?.getattr("empty")?.call1((leaves.count(),))?.cast_into::<PyArray1<f64>>()?;
    {
        let mut guard = values.readwrite();
        let out = guard.as_slice_mut()?;
        gate::brief(py, || opened.document.gather_into(&leaves, out))?;
    }
    Ok((values, PyArray1::from_vec(py, leaves.offsets)))
}

fn decimals<'py>(py: Python<'py>, opened: &Arc<Opened>, row: u32) -> PyResult<Bound<'py, PyAny>> {
    let bytes = value::bytes(py, opened, row)?;
    let (numbers, filled) = gate::brief(py, || {
        let count = count_values(bytes);
        let mut numbers = try_vec(count)?;
        numbers.resize(count, f64::NAN);
        let filled = decimals_into(bytes, &mut numbers);
        Ok((numbers, filled))
    })?;
    if filled.bad > 0 {
        opened.note(py, row, vec![(ProblemKind::BadDecimal, "NaN".into())])?;
    }
    Ok(PyArray1::from_vec(py, numbers).into_any())
}

fn integers<'py>(py: Python<'py>, opened: &Arc<Opened>, row: u32) -> PyResult<Bound<'py, PyAny>> {
    let bytes = value::bytes(py, opened, row)?;
    let (numbers, filled) = gate::brief(py, || {
        let count = count_values(bytes);
        let mut numbers = try_vec(count)?;
        numbers.resize(count, 0_i64);
        let filled = integers_into(bytes, &mut numbers);
        Ok((numbers, filled))
    })?;
    if filled.bad + filled.missing > 0 {
        let message = "an IS value is no integer: there is no int64 for it";
        return Err(errors::named(py, "InvalidValueError", message));
    }
    Ok(PyArray1::from_vec(py, numbers).into_any())
}

/// The numpy dtype of samples.
fn descriptor(py: Python<'_>, dtype: Dtype) -> Bound<'_, PyArrayDescr> {
    match dtype {
        Dtype::U8 => u8::get_dtype(py),
        Dtype::I8 => i8::get_dtype(py),
        Dtype::U16 => u16::get_dtype(py),
        Dtype::I16 => i16::get_dtype(py),
        Dtype::U32 => u32::get_dtype(py),
        Dtype::I32 => i32::get_dtype(py),
        Dtype::U64 => u64::get_dtype(py),
        Dtype::I64 => i64::get_dtype(py),
        Dtype::F32 => f32::get_dtype(py),
        Dtype::F64 => f64::get_dtype(py),
    }
}

/// An array whose samples are not set yet. Too large a one is a `LimitError`, as everything that is too large.
pub(crate) fn empty(
    py: Python<'_>,
    shape: impl Iterator<Item = usize>,
    dtype: Dtype,
) -> PyResult<Bound<'_, PyAny>> {
    static EMPTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    made(EMPTY.import(py, "numpy", "empty")?, shape, dtype)
}

/// An array of zeros, whose memory the system gives when it is touched.
pub(crate) fn zeros(
    py: Python<'_>,
    shape: impl Iterator<Item = usize>,
    dtype: Dtype,
) -> PyResult<Bound<'_, PyAny>> {
    static ZEROS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    made(ZEROS.import(py, "numpy", "zeros")?, shape, dtype)
}

/// What one of numpy's functions gives for a shape and a type; where there is no memory for it, that is a `LimitError`.
fn made<'py>(
    function: &Bound<'py, PyAny>,
    shape: impl Iterator<Item = usize>,
    dtype: Dtype,
) -> PyResult<Bound<'py, PyAny>> {
    let py = function.py();
    let shape: Vec<usize> = shape.collect();
    let made = function.call1((PyTuple::new(py, shape)?, descriptor(py, dtype)));
    made.map_err(|error| {
        if error.is_instance_of::<PyMemoryError>(py) {
            return errors::named(py, "LimitError", "no memory for an array of this size");
        }
        error
    })
}

/// What was given as an array, if it is none yet.
pub(crate) fn untyped<'py>(given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyUntypedArray>> {
    static AS_ARRAY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if let Ok(array) = given.cast::<PyUntypedArray>() {
        return Ok(array.clone());
    }
    let made = AS_ARRAY.import(given.py(), "numpy", "asarray")?.call1((given,))?;
    Ok(made.cast_into::<PyUntypedArray>()?)
}

/// The same numbers in C order, aligned, of this type and of the host's byte order; the same array where it is that.
///
/// A view on bytes, such as pixels of 32 bits in the middle of a file, may lie at any address.
pub(crate) fn contiguous(
    array: Bound<'_, PyUntypedArray>,
    dtype: Dtype,
) -> PyResult<Bound<'_, PyUntypedArray>> {
    static REQUIRE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = array.py();
    let wanted = descriptor(py, dtype);
    if array.is_c_contiguous() && array.dtype().is_equiv_to(&wanted) && is_aligned(&array)? {
        return Ok(array);
    }
    let made = REQUIRE.import(py, "numpy", "require")?.call1((array, wanted, ("C", "A", "E")))?;
    Ok(made.cast_into::<PyUntypedArray>()?)
}

/// Whether each sample lies where its type may.
fn is_aligned(array: &Bound<'_, PyUntypedArray>) -> PyResult<bool> {
    array.getattr(intern!(array.py(), "flags"))?.getattr(intern!(array.py(), "aligned"))?.extract()
}

/// Gives the bytes of a C-contiguous array of integers in the host's order to `work`.
pub(crate) fn with_samples<T>(
    array: &Bound<'_, PyUntypedArray>,
    work: impl FnOnce(&[u8]) -> PyResult<T>,
) -> PyResult<T> {
    let wrong = |message: &str| errors::named(array.py(), "ArgumentError", message);
    macro_rules! bytes_of {
        ($type:ty) => {{
            let array = array.cast::<PyArrayDyn<$type>>().map_err(|_| wrong("samples are integers"))?;
            let guard = array.try_readonly().map_err(|_| wrong("the array is being written to"))?;
            let samples = guard.as_slice().map_err(|_| wrong("the array is not contiguous"))?;
            work(bytemuck::cast_slice(samples))
        }};
    }
    match (array.dtype().kind(), array.dtype().itemsize()) {
        (b'u', 1) => bytes_of!(u8),
        (b'i', 1) => bytes_of!(i8),
        (b'u', 2) => bytes_of!(u16),
        (b'i', 2) => bytes_of!(i16),
        (b'u', 4) => bytes_of!(u32),
        (b'i', 4) => bytes_of!(i32),
        (b'u', 8) => bytes_of!(u64),
        _ => bytes_of!(i64),
    }
}
