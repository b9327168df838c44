//! Memory of a document as a Python buffer: what zero-copy arrays hold on to.
#![expect(
    unsafe_code,
    reason = "the buffer protocol hands out a pointer; this file is where we answer for it"
)]

use std::ffi::{c_int, c_void};
use std::sync::Arc;

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;
use radiogram_core::Result;

use crate::opened::Opened;

/// A part of a document's bytes: read-only, alive as long as anything that looks at it.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Bytes {
    opened: Arc<Opened>,
    offset: u64,
    length: u64,
    meta: bool,
}

impl Bytes {
    /// The bytes of a row's value, which are in memory by now.
    pub(crate) fn of_row(opened: &Arc<Opened>, row: u32) -> Result<Self> {
        opened.document.bytes(row)?;
        let (offset, length) = opened.document.extent(row);
        let meta = row < opened.document.root().0;
        Ok(Self { opened: Arc::clone(opened), offset, length, meta })
    }

    fn bytes(&self) -> &[u8] {
        self.opened.document.part(self.meta, self.offset, self.length).unwrap_or_default()
    }
}

#[pymethods]
impl Bytes {
    fn __len__(&self) -> usize {
        self.bytes().len()
    }

    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no view to fill"));
        }
        if flags & ffi::PyBUF_WRITABLE == ffi::PyBUF_WRITABLE {
            return Err(PyBufferError::new_err("the bytes of a source are read-only"));
        }
        let bytes = slf.get().bytes();
        let length =
            ffi::Py_ssize_t::try_from(bytes.len()).map_err(|e| PyBufferError::new_err(e.to_string()))?;
        let pointer: *mut c_void = bytes.as_ptr().cast_mut().cast();
        // SAFETY: `view` is not null and ours to fill. The pointer stays valid for as long as `slf` lives, which the view
        // holds a reference to: loaded bytes of a document are never moved, changed or freed before it is dropped.
        let filled = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), pointer, length, 1, flags) };
        if filled == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}
