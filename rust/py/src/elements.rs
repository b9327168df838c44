//! Going through what a data set holds: the items of a sequence, its elements one after another.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use radiogram_core::Vr;
use radiogram_data::NodeId;

use crate::dataset::{Dataset, show};
use crate::element::DataElement;
use crate::opened::Opened;
use crate::pins::Pins;

/// The items of a sequence: the part of `Sequence` that lives in the core.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Items {
    opened: Arc<Opened>,
    rows: Vec<NodeId>,
    pins: Pins<usize>,
}

impl Items {
    pub(crate) fn new(opened: &Arc<Opened>, rows: Vec<NodeId>) -> Self {
        Self { opened: Arc::clone(opened), rows, pins: Pins::default() }
    }
}

#[pymethods]
impl Items {
    fn __len__(&self) -> usize {
        self.rows.len()
    }

    /// Item `number`, the same object each time.
    fn item<'py>(&self, py: Python<'py>, number: usize) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(&id) = self.rows.get(number) else { return Ok(None) };
        if let Some(found) = self.pins.get(py, &number) {
            return Ok(Some(found));
        }
        Ok(Some(self.pins.pin(number, show(py, &self.opened, id)?)))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.pins.traverse(&visit)
    }

    fn __clear__(&self) {
        self.pins.clear();
    }
}

/// A data set that is being gone through, and how far.
struct Level {
    dataset: Py<Dataset>,
    next: usize,
}

impl Level {
    fn of(dataset: &Bound<'_, Dataset>) -> Self {
        Self { dataset: dataset.clone().unbind(), next: 0 }
    }
}

/// An iterator over elements.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Elements {
    deep: bool,
    stack: Mutex<Vec<Level>>,
}

impl Elements {
    /// The elements of a data set; `deep`: those in its sequences too, in the order of the data set.
    pub(crate) fn of(dataset: &Bound<'_, Dataset>, deep: bool) -> Self {
        Self { deep, stack: Mutex::new(vec![Level::of(dataset)]) }
    }

    /// The next element and, where it is a sequence to go into, its row. The lock is not held when this returns.
    fn step(&self, py: Python<'_>) -> Option<(Py<Dataset>, u32, bool)> {
        let mut stack = self.stack.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let level = stack.last_mut()?;
            let dataset = level.dataset.get();
            if let Some(&row) = dataset.children().get(level.next) {
                level.next += 1;
                let entry = dataset.document().entry(row);
                let enter = self.deep && entry.is_some_and(|e| e.vr == Vr::SQ && e.end > row + 1);
                return Some((level.dataset.clone_ref(py), row, enter));
            }
            stack.pop();
        }
    }
}

#[pymethods]
impl Elements {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<DataElement>> {
        let Some((dataset, row, enter)) = self.step(py) else { return Ok(None) };
        if enter {
            let sequence = dataset.get().value(py, row)?;
            let mut levels = Vec::new();
            for item in sequence.try_iter()? {
                levels.push(Level::of(item?.cast::<Dataset>()?));
            }
            levels.reverse();
            self.stack.lock().unwrap_or_else(PoisonError::into_inner).append(&mut levels);
        }
        Ok(Some(DataElement::new(dataset, row)))
    }
}
