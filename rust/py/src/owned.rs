//! An element that is not in a document: its VR and its value, a Python object, behind a lock that is never held while
//! Python code runs. And how a list that was handed out for a row becomes the value of such an element.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};
use radiogram_core::{Tag, Vr};

use crate::classes;
use crate::dataset::Dataset;
use crate::element::DataElement;
use crate::overlay::count_edit;

/// Tag, VR and value of an element that was set.
pub(crate) struct Own {
    pub(crate) tag: Tag,
    state: Mutex<State>,
}

struct State {
    vr: Vr,
    /// `None` only after the garbage collector took it.
    value: Option<Py<PyAny>>,
    /// The private creator of the data set that the element was put into last (PS3.5 7.8.1).
    creator: Option<String>,
    /// The data set that the element was put into last, which says how it is encoded.
    home: Option<Py<PyWeakrefReference>>,
}

impl Own {
    /// An element with a value that is what the VR holds already.
    pub(crate) fn new(tag: Tag, vr: Vr, value: Bound<'_, PyAny>, creator: Option<String>) -> Self {
        Self { tag, state: Mutex::new(State { vr, value: Some(value.unbind()), creator, home: None }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn vr(&self) -> Vr {
        self.state().vr
    }

    pub(crate) fn set_vr(&self, vr: Vr) {
        self.state().vr = vr;
        count_edit();
    }

    pub(crate) fn value<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        let value = self.state().value.as_ref().map(|value| value.clone_ref(py));
        value.unwrap_or_else(|| py.None()).into_bound(py)
    }

    /// Sets a value that is what the VR holds already.
    pub(crate) fn set_value(&self, value: Bound<'_, PyAny>) {
        let before = self.state().value.replace(value.unbind());
        count_edit();
        drop(before);
    }

    pub(crate) fn creator(&self) -> Option<String> {
        self.state().creator.clone()
    }

    pub(crate) fn set_creator(&self, creator: Option<String>) {
        self.state().creator = creator;
    }

    /// The data set that the element was put into last, as long as that is there.
    pub(crate) fn home<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let home = self.state().home.as_ref().map(|home| home.clone_ref(py));
        home.and_then(|home| home.bind(py).upgrade())
    }

    pub(crate) fn set_home(&self, dataset: &Bound<'_, Dataset>) -> PyResult<()> {
        let home = PyWeakrefReference::new(dataset)?.unbind();
        let before = self.state().home.replace(home);
        drop(before);
        Ok(())
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(state) = self.state.try_lock() else { return Ok(()) };
        state.value.iter().try_for_each(|value| visit.call(value))
    }

    /// Lets the value go; what that drops is dropped without the lock.
    pub(crate) fn clear(&self) {
        let dropped = self.state.try_lock().ok().and_then(|mut state| state.value.take());
        drop(dropped);
    }
}

/// What an element of a VR holds when Python code sets `value`.
pub(crate) fn given<'py>(vr: Vr, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    classes::GIVEN.get(value.py())?.call1((vr.as_str(), value))
}

/// A list that was handed out for a row was written to: it becomes the value of the element.
pub(crate) fn list_written(dataset: &Bound<'_, Dataset>, list: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = list.py();
    list.setattr(intern!(py, "owner"), classes::COUNT_EDIT.get(py)?)?;
    let Some(row) = dataset.get().overlay.row_of(list) else { return Ok(()) };
    let view = Bound::new(py, DataElement::new(dataset.clone().unbind(), row))?;
    // Where the element got another value meanwhile, the list is no longer its value, as in pydicom.
    DataElement::take_over(&view, None, list).map(drop)
}
