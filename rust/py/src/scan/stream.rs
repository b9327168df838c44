//! Batches one after the other, for Python and for everything that reads Arrow's C stream.
//!
//! A round takes as many sources from Python as the threads have to do for a while, and reads them without the interpreter; its
//! batches are given out in the order of the sources. No more than a round is ever held.

use std::collections::VecDeque;
use std::ffi::CStr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};
use radiogram_core::{Error, ErrorKind};
use radiogram_data::scan;

use super::load::{Load, fetch};
use super::{Plan, arrow, plain};
use crate::gate::{self, Progress};

/// Rows of the first batch: who looks at a few gets them soon.
const FIRST: usize = 1024;

/// Rows of many columns.
#[pyclass(frozen, module = "radiogram._core", name = "ScanBatch")]
pub(crate) struct Batch(pub(super) RecordBatch);

#[pymethods]
impl Batch {
    #[getter]
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    /// The columns as lists: texts and numbers, days and times as Arrow's numbers.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyList>>> {
        plain::columns(py, &self.0)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.0.schema())
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        // The consumer casts: what it would rather have is a wish (Arrow PyCapsule Interface, schema requests).
        drop(requested_schema);
        let array = FFI_ArrowArray::new(&StructArray::from(self.0.clone()).into_data());
        Ok((schema_capsule(py, &self.0.schema())?, PyCapsule::new_with_value(py, array, ARRAY)?))
    }
}

const ARRAY: &CStr = c"arrow_array";
const SCHEMA: &CStr = c"arrow_schema";
const STREAM: &CStr = c"arrow_array_stream";

/// A schema for whoever reads Arrow.
pub(super) fn schema_capsule<'py>(py: Python<'py>, schema: &SchemaRef) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(&DataType::Struct(schema.fields().clone())).map_err(failed)?;
    PyCapsule::new_with_value(py, schema, SCHEMA)
}

fn failed(error: impl std::fmt::Display) -> PyErr {
    PyRuntimeError::new_err(format!("radiogram: {error}"))
}

/// What one thread makes of its sources: a batch, and the folders among them.
type Part = (Result<RecordBatch, ArrowError>, Vec<PathBuf>);

/// Batches one after the other.
#[pyclass(frozen, module = "radiogram._core", name = "ScanStream")]
pub(crate) struct Stream(Arc<Shared>);

struct Shared {
    plan: Arc<Plan>,
    rows: usize,
    threads: Option<usize>,
    progress: Option<Py<PyAny>>,
    /// Called with the path of what turns out to be a folder; gives an iterator of what is in it.
    folder: Option<Py<PyAny>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The iterators of Python that have more; the last is asked first.
    loads: Vec<Py<PyAny>>,
    /// Sources that were taken and are not read yet.
    taken: VecDeque<Load>,
    ready: VecDeque<RecordBatch>,
    /// Rows of a batch; it grows to what was asked for.
    rows: usize,
    /// Sources that were read.
    done: usize,
}

impl Stream {
    pub(super) fn new(
        plan: Arc<Plan>,
        loads: Py<PyAny>,
        rows: usize,
        threads: Option<usize>,
        (progress, folder): (Option<Py<PyAny>>, Option<Py<PyAny>>),
    ) -> Self {
        let rows = rows.max(1);
        let state = State { loads: vec![loads], rows: FIRST.min(rows), ..State::default() };
        Self(Arc::new(Shared { plan, rows, threads, progress, folder, state: Mutex::new(state) }))
    }

    pub(super) fn of_made(plan: Arc<Plan>, ready: VecDeque<RecordBatch>) -> Self {
        let state = Mutex::new(State { ready, ..State::default() });
        Self(Arc::new(Shared { plan, rows: 1, threads: None, progress: None, folder: None, state }))
    }
}

#[pymethods]
impl Stream {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Batch>> {
        Ok(self.0.next(py)?.map(Batch))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        schema_capsule(py, &self.0.plan.schema)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let stream = FFI_ArrowArrayStream::new(Box::new(Reader(Arc::clone(&self.0))));
        PyCapsule::new_with_value(py, stream, STREAM)
    }
}

impl Shared {
    /// The next batch with a row in it.
    fn next(&self, py: Python<'_>) -> PyResult<Option<RecordBatch>> {
        loop {
            let (mut taken, mut iterators, rows) = {
                let mut state = self.lock();
                if let Some(batch) = state.ready.pop_front() {
                    return Ok(Some(batch));
                }
                (std::mem::take(&mut state.taken), std::mem::take(&mut state.loads), state.rows)
            };
            // The lock is not held while Python code runs. Who asks from a second thread meanwhile finds the stream at its end.
            let threads = self.threads.unwrap_or_else(radiogram_io::pool::default_threads);
            let wanted = rows.saturating_mul(threads);
            while let Some(loads) = iterators.last().filter(|_| taken.len() < wanted) {
                if fetch(py, loads, wanted, &mut taken)? {
                    break;
                }
                iterators.pop();
            }
            if taken.is_empty() {
                return Ok(None);
            }
            let later = taken.split_off(wanted.min(taken.len()));
            let done = self.lock().done;
            let count = taken.len();
            let (ready, folders) = self.read(py, &Vec::from(taken), threads, done)?;
            for path in folders.into_iter().rev() {
                if let Some(folder) = &self.folder {
                    iterators.push(folder.call1(py, (path,))?.bind(py).try_iter()?.unbind().into_any());
                }
            }
            let mut state = self.lock();
            state.done += count;
            state.ready.extend(ready.into_iter().filter(|batch| batch.num_rows() > 0));
            state.taken = later;
            state.loads = iterators;
            state.rows = rows.saturating_mul(2).min(self.rows);
        }
    }

    /// Reads one round of sources: their batches in order, and the folders among them.
    fn read(
        &self,
        py: Python<'_>,
        loads: &[Load],
        threads: usize,
        before: usize,
    ) -> PyResult<(Vec<RecordBatch>, Vec<PathBuf>)> {
        let done = AtomicUsize::new(before);
        let made = if threads == 1 {
            // On this very thread: nobody is woken, and nobody waited for.
            vec![gate::brief(py, || Ok(self.part(&gate::interrupted, loads, &done)))?]
        } else {
            self.parts(py, loads, threads, &done)?
        };
        if let Some(callback) = &self.progress {
            callback.call1(py, (done.load(Ordering::Relaxed), 0))?;
        }
        let (mut batches, mut folders) = (Vec::new(), Vec::new());
        for (batch, found) in made {
            batches.push(batch.map_err(failed)?);
            folders.extend(found);
        }
        Ok((batches, folders))
    }

    /// Reads sources on several threads.
    fn parts(
        &self,
        py: Python<'_>,
        loads: &[Load],
        threads: usize,
        done: &AtomicUsize,
    ) -> PyResult<Vec<Part>> {
        // More parts than threads: who is done first takes another.
        let size = loads.len().div_ceil(threads * 2).max(1);
        let parts: Vec<&[Load]> = loads.chunks(size).collect();
        let made: Vec<Mutex<Option<Part>>> = parts.iter().map(|_| Mutex::new(None)).collect();
        let callback = self.progress.as_ref().map(|callback| callback.clone_ref(py));
        let watch = Progress { done, total: 0, callback };
        gate::watched(py, Some(threads), &watch, |crew| {
            crew.run(parts.len(), &|number| {
                if let (Some(part), Some(slot)) = (parts.get(number), made.get(number)) {
                    let batch = self.part(&|| crew.is_cancelled(), part, done);
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(batch);
                }
            });
            Ok(())
        })?;
        let made = made.into_iter().map(|slot| slot.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(made.flatten().collect())
    }

    fn part(&self, is_cancelled: &dyn Fn() -> bool, loads: &[Load], done: &AtomicUsize) -> Part {
        let Plan { columns, schema, predicate, .. } = &*self.plan;
        let mut batch = scan::Batch::new(columns, loads.len());
        let mut folders = Vec::new();
        for load in loads {
            if is_cancelled() {
                break;
            }
            let folder =
                load.show(&self.plan, self.folder.is_some(), &mut |row| batch.push(row, predicate.as_ref()));
            folders.extend(folder.map(PathBuf::from));
            done.fetch_add(1, Ordering::Relaxed);
        }
        (arrow::batch(columns, schema, batch), folders)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stream for whoever reads it through Arrow's C interface, on whatever thread, with the interpreter or without.
struct Reader(Arc<Shared>);

impl Iterator for Reader {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = Python::try_attach(|py| self.0.next(py));
        let ended = || {
            ArrowError::ExternalError(Box::new(Error::new(ErrorKind::Interrupted, "Python is at its end")))
        };
        next.unwrap_or_else(|| Err(failed(ended())))
            .map_err(|error| ArrowError::ExternalError(Box::new(error)))
            .transpose()
    }
}

impl RecordBatchReader for Reader {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.plan.schema)
    }
}
