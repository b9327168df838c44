//! New instances of the Python classes of values, made past the checks of the classes' own `__new__`: what the core hands over is
//! checked already, and a scan of many files makes dozens for each.
#![expect(
    unsafe_code,
    reason = "the slots of built-in types and the collector's lists are reached through the interface of C alone"
)]

use std::ffi::c_void;
use std::ptr;
use std::sync::OnceLock;

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyList, PyString, PyTuple, PyType};

/// A built-in type that classes of values derive from.
pub(crate) struct Builtin {
    of: fn(Python<'_>) -> Bound<'_, PyType>,
    new: OnceLock<Option<ffi::newfunc>>,
}

pub(crate) static FLOAT: Builtin = Builtin::of(builtin::<PyFloat>);
pub(crate) static INT: Builtin = Builtin::of(builtin::<PyInt>);
pub(crate) static LIST: Builtin = Builtin::of(builtin::<PyList>);
pub(crate) static TEXT: Builtin = Builtin::of(builtin::<PyString>);

fn builtin<T: PyTypeInfo>(py: Python<'_>) -> Bound<'_, PyType> {
    py.get_type::<T>()
}

impl Builtin {
    const fn of(of: fn(Python<'_>) -> Bound<'_, PyType>) -> Self {
        Self { of, new: OnceLock::new() }
    }

    /// `builtin.__new__(class, *arguments)`, where `class` derives from the built-in type.
    pub(crate) fn make<'py>(
        &self,
        class: &Bound<'py, PyType>,
        arguments: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = class.py();
        let new = *self.new.get_or_init(|| {
            let builtin = (self.of)(py);
            // SAFETY: the type lives as long as the interpreter, and that slot of a type holds a `newfunc` or null.
            unsafe {
                let slot = ffi::PyType_GetSlot(builtin.as_type_ptr(), ffi::Py_tp_new);
                std::mem::transmute::<*mut c_void, Option<ffi::newfunc>>(slot)
            }
        });
        let Some(new) = new else { return Err(PyTypeError::new_err("a built-in type without __new__")) };
        debug_assert!(class.is_subclass(&(self.of)(py)).unwrap_or(false));
        // SAFETY: the interpreter is attached, both pointers are alive, no keywords are a null pointer; a new reference or null
        // with an exception set comes back.
        unsafe {
            Bound::from_owned_ptr_or_err(py, new(class.as_type_ptr(), arguments.as_ptr(), ptr::null_mut()))
        }
    }
}

/// `class.__new__(class, *arguments)` without `__init__`, which is for instances that Python code makes.
pub(crate) fn instance<'py>(
    class: &Bound<'py, PyType>,
    arguments: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the class lives as long as this call, and that slot of it holds a `newfunc` or null.
    let new = unsafe {
        let slot = ffi::PyType_GetSlot(class.as_type_ptr(), ffi::Py_tp_new);
        std::mem::transmute::<*mut c_void, Option<ffi::newfunc>>(slot)
    };
    let Some(new) = new else { return Err(PyTypeError::new_err("a class without __new__")) };
    // SAFETY: the interpreter is attached, both pointers are alive, no keywords are a null pointer; a new reference or null
    // with an exception set comes back.
    unsafe {
        Bound::from_owned_ptr_or_err(
            class.py(),
            new(class.as_type_ptr(), arguments.as_ptr(), ptr::null_mut()),
        )
    }
}

/// Takes a value that holds nothing but text off the collector's lists: it can be in no cycle, and millions of such values make
/// each collection long. The tuples and dicts of Python itself do the same.
pub(crate) fn untracked(value: Bound<'_, PyAny>) -> Bound<'_, PyAny> {
    // SAFETY: the first call is true for objects with the collector's header alone, and those may be untracked at any time.
    unsafe {
        if ffi::PyObject_GC_IsTracked(value.as_ptr()) == 1 {
            ffi::PyObject_GC_UnTrack(value.as_ptr().cast());
        }
    }
    value
}
