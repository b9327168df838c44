//! What was changed over the elements that were read: behind one lock, which is never held while Python code runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use radiogram_core::Tag;

use crate::element::DataElement;

/// Counts the edits of this process: what was made of a data set is good for as long as the number is the same.
static EDITS: AtomicU64 = AtomicU64::new(0);

/// Notes an edit, after it was made.
pub(crate) fn count_edit() {
    EDITS.fetch_add(1, Ordering::AcqRel);
}

/// How many edits there were; to be asked before an edited data set is looked at.
#[pyfunction]
pub(crate) fn edits() -> u64 {
    EDITS.load(Ordering::Acquire)
}

/// Notes an edit of a value that Python code changes in place: what owned lists call.
#[pyfunction]
#[pyo3(name = "count_edit")]
pub(crate) fn count_edit_of(_value: &Bound<'_, PyAny>) {
    count_edit();
}

/// The element that a tag has now; `None`: it was removed.
pub(crate) type Change = Option<Py<DataElement>>;

#[derive(Default)]
struct Layer {
    /// Elements that are not those that were read.
    changes: BTreeMap<Tag, Change>,
    /// Elements that were read and then given another value, by their rows: views that were handed out find them here.
    moved: HashMap<u32, Py<DataElement>>,
    /// The lists that were handed out, by their rows, which mostly come in order.
    lists: Vec<(u32, Py<PyAny>)>,
    /// The file meta information, where it is not what was read.
    meta: Option<Py<PyAny>>,
}

/// Some elements were changed.
const CHANGED: u8 = 1;
/// Some rows were given another value.
const MOVED: u8 = 2;
/// Some lists were handed out.
const LISTS: u8 = 4;

/// The changes of a data set. All zeros are a valid one, as `Pins` needs it too; marks say without the lock what is there.
#[derive(Default)]
pub(crate) struct Overlay {
    marks: AtomicU8,
    layer: Mutex<Option<Box<Layer>>>,
}

impl Overlay {
    fn has(&self, mark: u8) -> bool {
        self.marks.load(Ordering::Acquire) & mark != 0
    }

    fn mark(&self, mark: u8) {
        self.marks.fetch_or(mark, Ordering::AcqRel);
    }

    fn layer(&self) -> MutexGuard<'_, Option<Box<Layer>>> {
        self.layer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True where no element was ever set or removed.
    pub(crate) fn is_plain(&self) -> bool {
        !self.has(CHANGED)
    }

    /// What was changed of a tag.
    pub(crate) fn change(&self, py: Python<'_>, tag: Tag) -> Option<Change> {
        if self.is_plain() {
            return None;
        }
        self.layer().as_ref()?.changes.get(&tag).map(|change| cloned(py, change))
    }

    /// All changes, by tag.
    pub(crate) fn changes(&self, py: Python<'_>) -> Vec<(Tag, Change)> {
        if self.is_plain() {
            return Vec::new();
        }
        let layer = self.layer();
        let changes = layer.iter().flat_map(|layer| &layer.changes);
        changes.map(|(tag, change)| (*tag, cloned(py, change))).collect()
    }

    /// Tags that were set (true) or removed (false).
    pub(crate) fn changed_tags(&self) -> BTreeMap<Tag, bool> {
        if self.is_plain() {
            return BTreeMap::new();
        }
        let layer = self.layer();
        layer.iter().flat_map(|layer| &layer.changes).map(|(tag, change)| (*tag, change.is_some())).collect()
    }

    /// True where a change is in force.
    pub(crate) fn is_changed(&self) -> bool {
        !self.is_plain() && self.layer().as_ref().is_some_and(|layer| !layer.changes.is_empty())
    }

    /// Sets an element.
    pub(crate) fn set(&self, tag: Tag, element: Py<DataElement>) {
        let before = self.layer().get_or_insert_default().changes.insert(tag, Some(element));
        self.mark(CHANGED);
        count_edit();
        // Dropped without the lock: it may be the last reference to anything.
        drop(before);
    }

    /// Removes an element; false where there was none. `was_read`: there is one below.
    pub(crate) fn remove(&self, tag: Tag, was_read: bool) -> bool {
        let before = {
            let mut layer = self.layer();
            let changes = &mut layer.get_or_insert_default().changes;
            if was_read { changes.insert(tag, None) } else { changes.remove(&tag) }
        };
        self.mark(CHANGED);
        count_edit();
        match before {
            Some(change) => change.is_some(),
            None => was_read,
        }
    }

    /// Lets the element that was read be seen again.
    pub(crate) fn restore(&self, tag: Tag) {
        let before = self.layer().as_mut().and_then(|layer| layer.changes.remove(&tag));
        count_edit();
        drop(before);
    }

    /// The element that a row was given another value in.
    pub(crate) fn moved(&self, py: Python<'_>, row: u32) -> Option<Py<DataElement>> {
        if !self.has(MOVED) {
            return None;
        }
        self.layer().as_ref()?.moved.get(&row).map(|element| element.clone_ref(py))
    }

    /// True where a row was given another value.
    pub(crate) fn is_moved(&self, row: u32) -> bool {
        self.has(MOVED) && self.layer().as_ref().is_some_and(|layer| layer.moved.contains_key(&row))
    }

    /// Makes a row the element given, unless another thread was faster: then that one's is the one, and is given back.
    /// `is_here`: the row is what the data set shows under its tag, where that was not changed.
    pub(crate) fn take_over(
        &self,
        py: Python<'_>,
        row: u32,
        tag: Tag,
        element: Py<DataElement>,
        is_here: bool,
    ) -> Option<Py<DataElement>> {
        {
            let mut layer = self.layer();
            let layer = layer.get_or_insert_default();
            if let Some(found) = layer.moved.get(&row) {
                return Some(found.clone_ref(py));
            }
            if is_here {
                layer.changes.entry(tag).or_insert_with(|| Some(element.clone_ref(py)));
            }
            layer.moved.insert(row, element);
        }
        self.mark(CHANGED | MOVED);
        count_edit();
        None
    }

    /// The list that was handed out for a row.
    pub(crate) fn list(&self, py: Python<'_>, row: u32) -> Option<Py<PyAny>> {
        if !self.has(LISTS) {
            return None;
        }
        let layer = self.layer();
        let lists = &layer.as_ref()?.lists;
        let at = lists.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        lists.get(at).map(|(_, list)| list.clone_ref(py))
    }

    /// The row that a list was handed out for.
    pub(crate) fn row_of(&self, list: &Bound<'_, PyAny>) -> Option<u32> {
        let layer = self.layer();
        let held = layer.as_ref()?.lists.iter().find(|(_, held)| held.as_ptr() == list.as_ptr());
        held.map(|(row, _)| *row)
    }

    /// Keeps the list of a row, unless another thread was faster: then that one's is the one, and is given back.
    pub(crate) fn keep_list<'py>(&self, row: u32, list: Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        let py = list.py();
        let kept = {
            let mut layer = self.layer();
            let lists = &mut layer.get_or_insert_default().lists;
            match lists.binary_search_by_key(&row, |(row, _)| *row) {
                Ok(at) => lists.get(at).map(|(_, found)| found.clone_ref(py)),
                Err(at) => {
                    lists.insert(at, (row, list.clone().unbind()));
                    None
                }
            }
        };
        self.mark(LISTS);
        kept.map_or(list, |kept| kept.into_bound(py))
    }

    /// The file meta information that was set.
    pub(crate) fn meta(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.layer().as_ref()?.meta.as_ref().map(|meta| meta.clone_ref(py))
    }

    /// Sets the file meta information.
    pub(crate) fn set_meta(&self, meta: Py<PyAny>) {
        let before = self.layer().get_or_insert_default().meta.replace(meta);
        count_edit();
        drop(before);
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(layer) = self.layer.try_lock() else { return Ok(()) };
        let Some(layer) = layer.as_ref() else { return Ok(()) };
        layer.changes.values().flatten().try_for_each(|element| visit.call(element))?;
        layer.moved.values().try_for_each(|element| visit.call(element))?;
        layer.lists.iter().try_for_each(|(_, list)| visit.call(list))?;
        layer.meta.iter().try_for_each(|meta| visit.call(meta))
    }

    /// Lets all go; what that drops is dropped without the lock.
    pub(crate) fn clear(&self) {
        let dropped = self.layer.try_lock().ok().and_then(|mut layer| layer.take());
        drop(dropped);
    }
}

fn cloned(py: Python<'_>, change: &Change) -> Change {
    change.as_ref().map(|element| element.clone_ref(py))
}
