//! A document with what Python knows of it: where it came from, and the problems that its values showed.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::prelude::*;
use radiogram_core::charset::Charset;
use radiogram_core::{Path, Problem, ProblemKind, Result};
use radiogram_data::{Document, Options, Source, read};
use radiogram_io::{PathFile, RemoteFile};

use crate::errors;

/// Problems of values past this number are not kept.
const MOST: usize = 4096;

/// Where a document was read from.
pub(crate) enum Origin {
    /// A file: its absolute path and its state then.
    Path(Arc<PathFile>),
    /// An object of a store.
    Remote(Arc<RemoteFile>),
    /// Memory.
    Memory,
    /// Nowhere: the data set is made from nothing.
    Nothing,
}

impl Origin {
    /// What errors call it.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Path(file) => Some(file.path().display().to_string()),
            Self::Remote(_) | Self::Memory | Self::Nothing => None,
        }
    }
}

/// What was read, shared by all Python objects that show a part of it.
pub(crate) struct Opened {
    pub(crate) document: Arc<Document>,
    pub(crate) origin: Origin,
    pub(crate) options: Options,
    /// The caller's word on the character set, against the file's.
    pub(crate) charset: Option<Charset>,
    values: Mutex<ValueProblems>,
    /// True once anything was changed over the document.
    touched: AtomicBool,
}

#[derive(Default)]
struct ValueProblems {
    seen: HashSet<(ProblemKind, Path)>,
    list: Vec<Problem>,
}

impl Opened {
    pub(crate) fn new(
        document: Document,
        origin: Origin,
        options: Options,
        charset: Option<Charset>,
    ) -> Self {
        Self::on(Arc::new(document), origin, options, charset)
    }

    fn on(document: Arc<Document>, origin: Origin, options: Options, charset: Option<Charset>) -> Self {
        let touched = AtomicBool::new(false);
        Self { document, origin, options, charset, values: Mutex::default(), touched }
    }

    /// Notes that something is changed over the document.
    pub(crate) fn touch(&self) {
        self.touched.store(true, Ordering::Release);
    }

    /// True where something may be changed over the document.
    pub(crate) fn is_touched(&self) -> bool {
        self.is_blank() || self.touched.load(Ordering::Acquire)
    }

    /// What a data set that is made from nothing lies on.
    pub(crate) fn blank() -> Result<Arc<Self>> {
        static BLANK: OnceLock<Arc<Document>> = OnceLock::new();
        let options = Options { force: true, ..Options::default() };
        let document = if let Some(document) = BLANK.get() {
            document
        } else {
            let document = read(Source::Memory(Arc::new([0_u8; 0])), &options)?;
            BLANK.get_or_init(|| Arc::new(document))
        };
        Ok(Arc::new(Self::on(Arc::clone(document), Origin::Nothing, options, None)))
    }

    /// True for what is made from nothing.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self.origin, Origin::Nothing)
    }

    /// The character set a row is read with.
    pub(crate) fn charset(&self, row: u32) -> Charset {
        self.charset.unwrap_or_else(|| self.document.charset(row))
    }

    /// Keeps what a value showed at its first touch; under `strict` the first is an exception.
    #[cold]
    pub(crate) fn note(
        &self,
        py: Python<'_>,
        row: u32,
        found: Vec<(ProblemKind, std::borrow::Cow<'static, str>)>,
    ) -> PyResult<()> {
        let offset = self.document.entry(row).map_or(0, radiogram_data::Entry::start);
        for (kind, assumed) in found {
            self.keep(py, Problem { kind, path: self.document.path(row), offset, assumed })?;
        }
        Ok(())
    }

    /// Keeps a problem once; under `strict` it is an exception.
    pub(crate) fn keep(&self, py: Python<'_>, problem: Problem) -> PyResult<()> {
        if self.options.strict {
            let error = radiogram_core::Error::new(radiogram_core::ErrorKind::Value, problem.kind.as_str());
            return Err(errors::raise(py, &error.at(problem.offset).in_path(&problem.path)));
        }
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.list.len() < MOST && values.seen.insert((problem.kind, problem.path.clone())) {
            values.list.push(problem);
        }
        Ok(())
    }

    /// All problems known so far: of the structure first, then of the values touched.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let read = if self.is_blank() { &[] } else { self.document.problems() };
        read.iter().chain(&values.list).cloned().collect()
    }
}
