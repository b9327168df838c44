//! What Python objects hold on to of each other.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

/// Objects that are held for as long as their holder lives, so that they are met again.
///
/// CPython 3.11 can collect garbage between allocating an object and our filling it in; `__traverse__` then sees zeros.
/// So the map lies behind a pointer for which zero is a valid value: nothing pinned.
pub(crate) struct Pins<K>(Mutex<Option<Box<HashMap<K, Py<PyAny>>>>>);

impl<K> Default for Pins<K> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<K: Copy + Eq + std::hash::Hash> Pins<K> {
    /// All that is pinned, in no order.
    pub(crate) fn all<'py>(&self, py: Python<'py>) -> Vec<(K, Bound<'py, PyAny>)> {
        let pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pins.iter().flat_map(|map| map.iter()).map(|(key, object)| (*key, object.bind(py).clone())).collect()
    }

    /// The object that is pinned under a key.
    pub(crate) fn get<'py>(&self, py: Python<'py>, key: &K) -> Option<Bound<'py, PyAny>> {
        let pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pins.as_ref()?.get(key).map(|object| object.bind(py).clone())
    }

    /// Pins an object, unless another thread was faster: then that one's is the one.
    pub(crate) fn pin<'py>(&self, key: K, object: Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        let py = object.py();
        let mut pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pins.get_or_insert_default().entry(key).or_insert_with(|| object.unbind()).bind(py).clone()
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(pins) = self.0.try_lock() else { return Ok(()) };
        pins.iter().flat_map(|map| map.values()).try_for_each(|object| visit.call(object))
    }

    /// Lets all go; what that drops is dropped without the lock.
    pub(crate) fn clear(&self) {
        let dropped = self.0.try_lock().ok().and_then(|mut pins| pins.take());
        drop(dropped);
    }
}
