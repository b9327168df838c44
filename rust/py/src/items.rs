//! The pyclass of a sequence's items: rows of a document until the structure is changed, a list from then on.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::{PyIndexError, PyOverflowError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PySlice, PyTuple};
use radiogram_data::NodeId;

use crate::classes;
use crate::contents::show;
use crate::dataset::Dataset;
use crate::opened::Opened;
use crate::overlay::count_edit;
use crate::pins::Pins;

/// The items of a row, for a new `Sequence`.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Rows {
    opened: Arc<Opened>,
    rows: Arc<[NodeId]>,
}

/// The items of a sequence: the part of `Sequence` that lives in the core.
#[pyclass(frozen, subclass, weakref, module = "radiogram._core")]
pub(crate) struct Items {
    /// Where the items are, for a sequence that was read.
    read: Option<(Arc<Opened>, Arc<[NodeId]>)>,
    pins: Pins<usize>,
    /// The items themselves, since the structure was changed. A list, because Python's is safe in every thread.
    list: Mutex<Option<Py<PyList>>>,
}

impl Items {
    /// A `Sequence` of Python's class for a row, without its `__init__`, which is for those that Python code makes.
    pub(crate) fn of_row<'py>(
        py: Python<'py>,
        opened: &Arc<Opened>,
        row: u32,
    ) -> PyResult<Bound<'py, PyAny>> {
        static NEW: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let new = NEW.get_or_try_init(py, || {
            let new = py.get_type::<Self>().getattr("__new__")?;
            let partial = py.import("functools")?.getattr("partial")?;
            partial.call1((new, classes::SEQUENCE.get(py)?)).map(Bound::unbind)
        })?;
        let rows = Rows { opened: Arc::clone(opened), rows: opened.document.items(row).collect() };
        new.bind(py).call1((Bound::new(py, rows)?,))
    }

    /// The list that it is since its structure was changed.
    pub(crate) fn list<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyList>> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.as_ref().map(|list| list.bind(py).clone())
    }

    /// Where the items were read.
    pub(crate) fn read(&self) -> Option<(&Arc<Opened>, &[NodeId])> {
        self.read.as_ref().map(|(opened, rows)| (opened, &**rows))
    }

    /// The items that were read.
    pub(crate) fn rows(&self) -> &[NodeId] {
        self.read.as_ref().map_or(&[], |(_, rows)| rows)
    }

    /// The items that were handed out of those that were read, by their numbers.
    pub(crate) fn pinned<'py>(&self, py: Python<'py>) -> Vec<(usize, Bound<'py, Dataset>)> {
        let pins = self.pins.all(py).into_iter();
        let mut pinned: Vec<_> =
            pins.filter_map(|(number, item)| Some((number, item.cast_into().ok()?))).collect();
        pinned.sort_unstable_by_key(|(number, _)| *number);
        pinned
    }

    /// Item `number` of those that were read, the same object each time.
    fn read_item<'py>(&self, py: Python<'py>, number: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some((opened, rows)) = &self.read else { return Ok(None) };
        let Some(&id) = rows.get(number) else { return Ok(None) };
        if let Some(found) = self.pins.get(py, &number) {
            return Ok(Some(found));
        }
        Ok(Some(self.pins.pin(number, show(py, opened, id)?)))
    }

    /// Item `number`, the same object each time, or `None` past the end.
    pub(crate) fn item<'py>(&self, py: Python<'py>, number: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.list(py) {
            // Another thread may have made it shorter: past its end there is no item.
            Some(list) => Ok(list.get_item(number).ok()),
            None => self.read_item(py, number),
        }
    }

    pub(crate) fn count(&self, py: Python<'_>) -> usize {
        self.list(py).map_or_else(|| self.rows().len(), |list| list.len())
    }
}

#[pymethods]
impl Items {
    /// Shows rows; from anything else, and from nothing, an empty sequence, which Python's `__init__` fills.
    #[new]
    #[pyo3(signature = (*arguments, **_options))]
    fn new(arguments: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> Self {
        let first = arguments.get_item(0).ok();
        let rows = first.as_ref().and_then(|first| first.cast::<Rows>().ok());
        let list = rows.is_none().then(|| PyList::empty(arguments.py()).unbind());
        let read = rows.map(|rows| (Arc::clone(&rows.get().opened), Arc::clone(&rows.get().rows)));
        Self { read, pins: Pins::default(), list: Mutex::new(list) }
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.count(py)
    }

    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = index.py();
        let length = self.count(py);
        if let Ok(slice) = index.cast::<PySlice>() {
            let part = slice.indices(isize::try_from(length).unwrap_or(isize::MAX))?;
            let items = PyList::empty(py);
            let mut at = part.start;
            for _ in 0..part.slicelength {
                if let Some(item) = self.item(py, at.unsigned_abs())? {
                    items.append(item)?;
                }
                at = at.wrapping_add(part.step);
            }
            return Ok(items.into_any());
        }
        let at = match index.extract::<isize>() {
            Ok(number) if number < 0 => length.checked_sub(number.unsigned_abs()),
            Ok(number) => Some(number.unsigned_abs()),
            // A number that does not fit is the number of no item.
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => None,
            Err(error) => return Err(error),
        };
        let item = at.map(|at| self.item(py, at)).transpose()?.flatten();
        item.ok_or_else(|| PyIndexError::new_err(format!("item {index} of a sequence of {length}")))
    }

    /// The items as the list that they are from now on: what is done to it is done to the sequence.
    fn _list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        if let Some(list) = self.list(py) {
            return Ok(list);
        }
        let list = PyList::empty(py);
        for number in 0..self.rows().len() {
            if let Some(item) = self.read_item(py, number)? {
                list.append(item)?;
            }
        }
        if let Some((opened, _)) = &self.read {
            opened.touch();
        }
        let mut held = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been faster: then that one's list is the one.
        let list = held.get_or_insert_with(|| list.unbind()).bind(py).clone();
        drop(held);
        count_edit();
        Ok(list)
    }

    /// True where it is still the rows that were read, whatever became of the items.
    #[getter]
    fn _is_read(&self, py: Python<'_>) -> bool {
        self.list(py).is_none()
    }

    /// The rows it shows, for a second sequence on them.
    #[getter]
    fn _rows(&self) -> Option<Rows> {
        let (opened, rows) = self.read.as_ref()?;
        Some(Rows { opened: Arc::clone(opened), rows: Arc::clone(rows) })
    }

    /// The items that were handed out of those that were read, by their numbers.
    fn _pinned<'py>(&self, py: Python<'py>) -> Vec<(usize, Bound<'py, Dataset>)> {
        self.pinned(py)
    }

    /// Makes a data set the item with this number of those that were read.
    fn _pin(&self, number: usize, item: Bound<'_, PyAny>) {
        drop(self.pins.pin(number, item));
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.pins.traverse(&visit)?;
        let Ok(list) = self.list.try_lock() else { return Ok(()) };
        list.iter().try_for_each(|list| visit.call(list))
    }

    fn __clear__(&self) {
        self.pins.clear();
        let dropped = self.list.try_lock().ok().and_then(|mut list| list.take());
        drop(dropped);
    }
}
