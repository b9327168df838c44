//! From what Python calls a source to bytes: a path, `bytes`, another buffer, a file-like object.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyTypeError, PyUnicodeEncodeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyString};
use radiogram_core::Charset;
use radiogram_data::{Options, Source, read};
use radiogram_io::{Mapping, OpenFile, PathFile, RemoteFile};

use crate::gate;
use crate::opened::{Opened, Origin};
use crate::remote::Door;

/// A source that needs no more of Python.
pub(crate) enum Given {
    /// A path, to be read or to be mapped.
    Path(PathBuf, bool),
    /// An object of a store.
    Remote(Door),
    /// Memory that does not change.
    Bytes(PyBackedBytes),
    /// Memory of ours.
    Owned(Vec<u8>),
}

/// Takes a source from Python. File-like objects are read to their end now and not held.
pub(crate) fn given(source: &Bound<'_, PyAny>, mmap: bool) -> PyResult<Given> {
    if let Ok(bytes) = source.cast::<PyBytes>() {
        return Ok(Given::Bytes(PyBackedBytes::from(bytes.clone())));
    }
    if source.is_instance_of::<PyString>() || source.hasattr(intern!(source.py(), "__fspath__"))? {
        let path = source.extract().map_err(|error| unnamed(source.py(), error))?;
        return Ok(Given::Path(absolute(path, source.py())?, mmap));
    }
    if Door::is_one(source)? {
        return Ok(Given::Remote(Door::new(source)));
    }
    if let Ok(buffer) = PyBuffer::<u8>::get(source) {
        // Its owner can change it at any time: we keep a copy.
        return Ok(Given::Owned(buffer.to_vec(source.py())?));
    }
    if source.hasattr("read")? {
        let mut content = source.call_method0("read")?;
        // Just written, and not rewound: pydicom goes back to the start too.
        if content.is_empty()? && is_seekable(source)? {
            source.call_method1("seek", (0,))?;
            content = source.call_method0("read")?;
        }
        let bytes = content
            .cast::<PyBytes>()
            .map_err(|_| PyTypeError::new_err("a file-like source must be binary"))?;
        return Ok(Given::Bytes(PyBackedBytes::from(bytes.clone())));
    }
    Err(PyTypeError::new_err("a source is a path, bytes, a buffer of bytes, or a binary file-like object"))
}

/// Code points that are no characters, and no bytes of a name either, are no path.
fn unnamed(py: Python<'_>, error: PyErr) -> PyErr {
    if !error.is_instance_of::<PyUnicodeEncodeError>(py) {
        return error;
    }
    let message = "no file has this name: it has code points that are no characters";
    crate::errors::named(py, "ArgumentError", message)
}

/// Whether a file-like object goes back: a pipe has the method all the same.
fn is_seekable(source: &Bound<'_, PyAny>) -> PyResult<bool> {
    if source.hasattr("seekable")? {
        return source.call_method0("seekable")?.is_truthy();
    }
    source.hasattr("seek")
}

/// The path from the root. One that begins there and goes straight on is taken as it is.
fn absolute(path: PathBuf, py: Python<'_>) -> PyResult<PathBuf> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let is_straight = |pair: &[u8]| !matches!(pair, b"//" | b"/.");
    if cfg!(unix) && bytes.first() == Some(&b'/') && bytes.windows(2).all(is_straight) {
        return Ok(path);
    }
    std::path::absolute(&path).map_err(|error| crate::errors::raise(py, &radiogram_core::Error::from(error)))
}

/// Reads a source, without the interpreter.
pub(crate) fn open(
    py: Python<'_>,
    given: Given,
    options: Options,
    charset: Option<Charset>,
) -> PyResult<Arc<Opened>> {
    let mut options = options;
    options.costly = matches!(given, Given::Remote(_));
    gate::brief(py, || {
        let (source, origin) = match given {
            Given::Remote(door) => {
                let file = Arc::new(RemoteFile::open(Box::new(door), options.first())?);
                let source = Source::File { source: Arc::clone(&file) as _, reader: Arc::clone(&file) as _ };
                (source, Origin::Remote(file))
            }
            Given::Path(path, false) => {
                let reader = OpenFile::open(&path)?;
                let stamp = reader.stamp();
                let file = Arc::new(PathFile::new(path, stamp));
                let source = Source::File { source: Arc::clone(&file) as _, reader: Arc::new(reader) };
                (source, Origin::Path(file))
            }
            Given::Path(path, true) => {
                let stamp = OpenFile::open(&path)?.stamp();
                let mapping = Mapping::of(&path)?;
                (Source::Memory(Arc::new(mapping)), Origin::Path(Arc::new(PathFile::new(path, stamp))))
            }
            Given::Bytes(bytes) => (Source::Memory(Arc::new(bytes)), Origin::Memory),
            Given::Owned(bytes) => (Source::Memory(Arc::new(bytes)), Origin::Memory),
        };
        let document = read(source, &options)?;
        Ok(Arc::new(Opened::new(document, origin, options, charset)))
    })
}
