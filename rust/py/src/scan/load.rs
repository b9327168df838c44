//! What is to be scanned next, as Python hands it over, and the reading of one of it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::exceptions::{PyStopIteration, PyTypeError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use radiogram_core::{Error, ErrorKind, ReadAt, Result};
use radiogram_data::scan::Row;
use radiogram_data::{Document, Options, Source, read};
use radiogram_io::{OpenFile, Stamp};

/// Bytes in memory that one round takes at most, if more than one source is needed for that.
const ROUND: usize = 64 << 20;

/// A source of one row.
pub(super) enum Load {
    /// A file by its path.
    File(PathBuf),
    /// What has a name, and perhaps a size and a time, without being a file.
    Named { name: String, size: Option<u64>, modified_ns: Option<i64>, content: Content },
}

/// Where the bytes of a named source are.
pub(super) enum Content {
    /// Python has read them.
    Bytes(Arc<PyBackedBytes>),
    /// It could not, for this reason.
    Failed(Error),
    /// A part of a file: a member of an archive that does not compress.
    Part { path: PathBuf, offset: u64, size: u64 },
    /// An object of Python's that opens a file-like one.
    Opener(Py<PyAny>),
}

/// Takes sources from an iterator of Python's until there are enough; false once it has no more.
pub(super) fn fetch(
    py: Python<'_>,
    iterator: &Py<PyAny>,
    wanted: usize,
    into: &mut VecDeque<Load>,
) -> PyResult<bool> {
    let mut held = 0;
    while into.len() < wanted && held < ROUND {
        let list = match iterator.bind(py).call_method0("__next__") {
            Ok(list) => list,
            Err(end) if end.is_instance_of::<PyStopIteration>(py) => return Ok(false),
            Err(error) => return Err(error),
        };
        for one in list.cast::<PyList>()? {
            let load =
                if one.is_instance_of::<PyString>() { Load::File(one.extract()?) } else { named(&one)? };
            if let Load::Named { content: Content::Bytes(bytes), .. } = &load {
                held += bytes.len();
            }
            into.push_back(load);
        }
    }
    Ok(true)
}

/// `(name, size, time of change, content)`, where content is bytes, what went wrong in words, (path, offset), or what opens it.
fn named(one: &Bound<'_, PyAny>) -> PyResult<Load> {
    let (name, size, modified_ns, given): (String, Option<u64>, Option<i64>, Bound<'_, PyAny>) =
        one.extract()?;
    let content = if let Ok(bytes) = given.cast::<PyBytes>() {
        Content::Bytes(Arc::new(PyBackedBytes::from(bytes.clone())))
    } else if let Ok(message) = given.cast::<PyString>() {
        Content::Failed(Error::new(ErrorKind::Io { errno: 0 }, message.to_str()?))
    } else if given.is_instance_of::<PyTuple>() {
        let (path, offset) = given.extract()?;
        Content::Part { path, offset, size: size.unwrap_or(0) }
    } else if given.is_callable() {
        Content::Opener(given.unbind())
    } else {
        return Err(PyTypeError::new_err("no source: bytes, text, a place in a file, or what opens one"));
    };
    Ok(Load::Named { name, size, modified_ns, content })
}

impl Load {
    /// Reads it, and shows what came of it as a row; what goes wrong is in the row, but that it is a folder: the path of one is given
    /// back, if `is_folder_welcome`.
    pub(super) fn show(
        &self,
        options: &Options,
        is_folder_welcome: bool,
        show: &mut dyn FnMut(&Row<'_>),
    ) -> Option<&Path> {
        match self {
            Self::File(path) => {
                let name = path.to_str().map_or_else(|| path.to_string_lossy(), Cow::Borrowed);
                let opened = OpenFile::open(path);
                if is_folder_welcome && opened.as_ref().is_err_and(is_of_folder) {
                    return Some(path);
                }
                let stamp = opened.as_ref().ok().map(OpenFile::stamp);
                let outcome = opened.and_then(|file| head(Arc::new(file), options));
                show(&Row {
                    path: &name,
                    size: stamp.map(|stamp| stamp.size),
                    modified_ns: stamp.and_then(modified),
                    outcome: outcome.as_ref(),
                });
            }
            Self::Named { name, size, modified_ns, content } => {
                let outcome = content.read(*size, options);
                show(&Row { path: name, size: *size, modified_ns: *modified_ns, outcome: outcome.as_ref() });
            }
        }
        None
    }
}

/// EISDIR.
fn is_of_folder(error: &Error) -> bool {
    error.kind() == ErrorKind::Io { errno: 21 }
}

impl Content {
    fn read(&self, size: Option<u64>, options: &Options) -> Result<Document> {
        match self {
            Self::Bytes(bytes) => read(Source::Memory(Arc::clone(bytes) as _), options),
            Self::Failed(error) => Err(error.clone()),
            Self::Part { path, offset, size } => {
                let file = OpenFile::open(path)?;
                head(Arc::new(Part { file, offset: *offset, size: *size }), options)
            }
            Self::Opener(opener) => {
                let object = Arc::new(Object::open(opener, size)?);
                let outcome = head(Arc::clone(&object) as _, options);
                object.close();
                outcome
            }
        }
    }
}

/// A scan is done with a source before it is closed: what comes later is read through the same opening.
fn head(file: Arc<dyn ReadAt>, options: &Options) -> Result<Document> {
    read(Source::File { source: Arc::clone(&file), reader: file }, options)
}

fn modified(stamp: Stamp) -> Option<i64> {
    i64::try_from(stamp.modified_ns).ok()
}

/// A part of a file.
struct Part {
    file: OpenFile,
    offset: u64,
    size: u64,
}

impl ReadAt for Part {
    fn size(&self) -> u64 {
        // What an archive claims, up to where it ends.
        self.size.min(self.file.size().saturating_sub(self.offset))
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        let rest = usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = into.len().min(rest);
        self.file.read_at(self.offset.saturating_add(offset), into.get_mut(..count).unwrap_or_default())
    }
}

/// A file-like object of Python's, which seeks and reads. Each is read by one thread.
struct Object {
    file: Py<PyAny>,
    size: u64,
}

impl Object {
    fn open(opener: &Py<PyAny>, size: Option<u64>) -> Result<Self> {
        attached(|py| {
            let file = opener.bind(py).call0()?;
            let size = match size {
                Some(size) => size,
                None => file.call_method1("seek", (0, 2))?.extract()?,
            };
            Ok(Self { file: file.unbind(), size })
        })
    }

    fn close(&self) {
        // Nothing was written: there is nothing to lose.
        let _ = attached(|py| self.file.call_method0(py, "close"));
    }
}

impl ReadAt for Object {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        attached(|py| {
            let file = self.file.bind(py);
            file.call_method1("seek", (offset,))?;
            let mut done = 0;
            while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
                let more = file.call_method1("read", (rest.len(),))?;
                let more = more.cast::<PyBytes>()?.as_bytes();
                let count = more.len().min(rest.len());
                if count == 0 {
                    break;
                }
                if let (Some(to), Some(from)) = (rest.get_mut(..count), more.get(..count)) {
                    to.copy_from_slice(from);
                }
                done += count;
            }
            Ok(done)
        })
    }
}

/// Runs Python code in a thread of the pool; its exception becomes the row's error.
fn attached<T>(work: impl FnOnce(Python<'_>) -> PyResult<T>) -> Result<T> {
    Python::attach(|py| {
        work(py).map_err(|error| {
            let number = error.value(py).getattr("errno").and_then(|number| number.extract::<i32>());
            let class = error.get_type(py).name().map_or_else(|_| String::new(), |name| name.to_string());
            Error::new(ErrorKind::Io { errno: number.unwrap_or(0) }, format!("{class}: {}", error.value(py)))
        })
    })
}
