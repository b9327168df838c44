//! What is to be scanned next, as Python hands it over, and the reading of one of it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use pyo3::exceptions::{PyStopIteration, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use radiogram_core::{Error, ErrorKind, ReadAt, Result};
use radiogram_data::scan::Row;
use radiogram_data::{Document, Options, Source, read};
use radiogram_io::{OpenFile, RemoteFile, Stamp};

use super::Plan;
use crate::remote::{Door, attached};

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
    /// The same of what goes by: it is read before Python is asked for anything else.
    Passing(Py<PyAny>),
    /// An object of a store, which is asked for ranges.
    Remote(Py<PyAny>),
}

/// Takes sources from an iterator of Python's until there are enough; false once it has no more.
pub(super) fn fetch(
    py: Python<'_>,
    iterator: &Py<PyAny>,
    wanted: usize,
    into: &mut VecDeque<Load>,
) -> PyResult<bool> {
    let (mut held, mut is_passing) = (0, false);
    while into.len() < wanted && held < ROUND && !is_passing {
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
            is_passing |= matches!(load, Load::Named { content: Content::Passing(_), .. });
            into.push_back(load);
        }
    }
    Ok(true)
}

/// `(name, size, time of change, content)`, where content is bytes, what went wrong in words, (path, offset), or what opens it.
fn named(one: &Bound<'_, PyAny>) -> PyResult<Load> {
    // As of a file: a name need not be text.
    let (name, size, modified_ns, given): (OsString, Option<u64>, Option<i64>, Bound<'_, PyAny>) =
        one.extract()?;
    let name = shown(Path::new(&name)).into_owned();
    let content = if let Ok(bytes) = given.cast::<PyBytes>() {
        Content::Bytes(Arc::new(PyBackedBytes::from(bytes.clone())))
    } else if let Ok(message) = given.cast::<PyString>() {
        Content::Failed(Error::new(ErrorKind::Io { errno: 0 }, message.to_string_lossy()))
    } else if given.is_instance_of::<PyTuple>() {
        let (path, offset) = given.extract()?;
        Content::Part { path, offset, size: size.unwrap_or(0) }
    } else if Door::is_one(&given)? {
        Content::Remote(given.unbind())
    } else if given.hasattr(intern!(given.py(), "passes"))? {
        Content::Passing(given.unbind())
    } else if given.is_callable() {
        Content::Opener(given.unbind())
    } else {
        return Err(PyTypeError::new_err(
            "no source: bytes, text, a place in a file, what opens one, or what is asked for ranges",
        ));
    };
    Ok(Load::Named { name, size, modified_ns, content })
}

impl Load {
    /// Reads it, and shows what came of it as a row, if the plan's condition does not rule it out before; what goes wrong is in the row, but
    /// that it is a folder: the path of one is given back, if `is_folder_welcome`.
    pub(super) fn show(
        &self,
        plan: &Plan,
        is_folder_welcome: bool,
        show: &mut dyn FnMut(&Row<'_>),
    ) -> Option<&Path> {
        match self {
            Self::File(path) => {
                let name = shown(path);
                let opened = OpenFile::open(path);
                if is_folder_welcome && opened.as_ref().is_err_and(is_of_folder) {
                    return Some(path);
                }
                let stamp = opened.as_ref().ok().map(OpenFile::stamp);
                let (size, modified_ns) = (stamp.map(|stamp| stamp.size), stamp.and_then(modified));
                let facts = Facts { path: &name, size, modified_ns };
                let outcome = match opened.map(Arc::new) {
                    Ok(file) => {
                        let outcome = plan.head(Arc::clone(&file) as _, &facts);
                        // What one reading gave is of one state, unless that is one of a file that is still being written.
                        let may_mix =
                            |head: &Document| head.store().held() > plan.options.first() || head.is_damaged();
                        outcome.map(|outcome| match outcome {
                            Ok(head) if may_mix(&head) => file.is_still().map(|()| head),
                            outcome => outcome,
                        })
                    }
                    Err(error) => Some(Err(error)),
                };
                if let Some(outcome) = outcome {
                    show(&facts.row(outcome.as_ref()));
                }
            }
            Self::Named { name, size, modified_ns, content } => {
                let mut facts = Facts { path: name, size: *size, modified_ns: *modified_ns };
                let outcome = content.read(plan, &mut facts);
                if let Some(outcome) = outcome.transpose() {
                    show(&facts.row(outcome.as_ref()));
                }
            }
        }
        None
    }
}

/// What a table calls a file: its path, or the URI of one that is no text (RFC 8089), which leads back to it.
fn shown(path: &Path) -> Cow<'_, str> {
    let bytes = match path.to_str() {
        Some(text) => return Cow::Borrowed(text),
        None => path.as_os_str().as_encoded_bytes(),
    };
    if cfg!(not(unix)) || bytes.first() != Some(&b'/') {
        return path.to_string_lossy();
    }
    let mut name = String::from("file://");
    for byte in bytes {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => name.push(char::from(*byte)),
            _ if byte.is_ascii_alphanumeric() => name.push(char::from(*byte)),
            _ => {
                // Text has room for text.
                let _ = write!(name, "%{byte:02X}");
            }
        }
    }
    Cow::Owned(name)
}

/// What is known of a source beside its content.
pub(super) struct Facts<'f> {
    path: &'f str,
    size: Option<u64>,
    modified_ns: Option<i64>,
}

impl Facts<'_> {
    fn row<'r>(&'r self, outcome: std::result::Result<&'r Document, &'r Error>) -> Row<'r> {
        Row { path: self.path, size: self.size, modified_ns: self.modified_ns, outcome }
    }
}

/// EISDIR.
fn is_of_folder(error: &Error) -> bool {
    error.kind() == ErrorKind::Io { errno: 21 }
}

impl Content {
    /// What is read of it; none where the plan's condition rules it out.
    fn read(&self, plan: &Plan, facts: &mut Facts<'_>) -> Result<Option<Document>> {
        match self {
            Self::Bytes(bytes) => read(Source::Memory(Arc::clone(bytes) as _), &plan.options).map(Some),
            Self::Failed(error) => Err(error.clone()),
            Self::Part { path, offset, size } => {
                let file = OpenFile::open(path)?;
                if facts.modified_ns.is_some() && facts.modified_ns != modified(file.stamp()) {
                    let message = "the archive was changed after its members were listed";
                    return Err(Error::new(ErrorKind::SourceChanged, message));
                }
                plan.head(Arc::new(Part { file, offset: *offset, size: *size }), facts).transpose()
            }
            Self::Opener(opener) | Self::Passing(opener) => {
                let object = Arc::new(Object::open(opener, facts.size)?);
                let outcome = plan.head(Arc::clone(&object) as _, facts);
                object.close();
                outcome.transpose()
            }
            Self::Remote(door) => {
                if facts.size.is_some() && facts.modified_ns.is_some() && !plan.may_want(facts) {
                    return Ok(None);
                }
                let door = Python::attach(|py| Door::new(door.bind(py)));
                let file = RemoteFile::open(Box::new(door), plan.costly.first())?;
                facts.size = Some(file.size());
                facts.modified_ns = file.modified_ns().or(facts.modified_ns);
                plan.head(Arc::new(file), facts).transpose()
            }
        }
    }
}

impl Plan {
    /// Reads what the columns ask for, in two steps where the condition looks at less than they do: a file that is not wanted is left
    /// as soon as that is known.
    fn head(&self, file: Arc<dyn ReadAt>, facts: &Facts<'_>) -> Option<Result<Document>> {
        let is_remote = (&*file as &dyn std::any::Any).is::<RemoteFile>();
        let options = if is_remote { &self.costly } else { &self.options };
        let Some(early) = &self.early else { return Some(head(file, options)) };
        let Some(front) = &early.elements else {
            return self.may_want(facts).then(|| head(file, options));
        };
        let front = Options { costly: options.costly, ..front.clone() };
        let file = Arc::new(Again { file, front: OnceLock::new() });
        let wants = |document: &Document| {
            self.predicate.as_ref().is_none_or(|predicate| predicate.holds(&facts.row(Ok(document))))
        };
        match head(Arc::clone(&file) as _, &front) {
            Ok(document) if wants(&document) => Some(head(file, options)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// False where the condition looks at nothing that is in the file, and is not met.
    fn may_want(&self, facts: &Facts<'_>) -> bool {
        let is_known = self.early.as_ref().is_some_and(|early| early.elements.is_none());
        let unread = Error::new(ErrorKind::Interrupted, "not read");
        !is_known || self.predicate.as_ref().is_none_or(|predicate| predicate.holds(&facts.row(Err(&unread))))
    }
}

/// A scan is done with a source before it is closed: what comes later is read through the same opening.
fn head(file: Arc<dyn ReadAt>, options: &Options) -> Result<Document> {
    read(Source::File { source: Arc::clone(&file), reader: file }, options)
}

/// A file that is gone through twice: its first bytes are read once.
struct Again {
    file: Arc<dyn ReadAt>,
    front: OnceLock<Vec<u8>>,
}

impl ReadAt for Again {
    fn size(&self) -> u64 {
        self.file.size()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        match self.held(offset, into.len()) {
            Some(bytes) => bytes.read_at(0, into),
            None => self.file.read_at(offset, into),
        }
    }

    fn append_at(&self, offset: u64, count: usize, into: &mut Vec<u8>) -> Result<usize> {
        if let Some(bytes) = self.held(offset, count) {
            return bytes.append_at(0, count, into);
        }
        let from = into.len();
        let read = self.file.append_at(offset, count, into)?;
        if offset == 0 && self.front.get().is_none() {
            // Only one thread reads it; were there two, both would have read the same.
            let _ = self.front.set(into.get(from..).unwrap_or_default().to_vec());
        }
        Ok(read)
    }
}

impl Again {
    fn held(&self, offset: u64, count: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset).ok()?;
        self.front.get()?.get(from..from.checked_add(count)?)
    }
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
