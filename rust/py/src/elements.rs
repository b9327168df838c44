//! Going through what a data set holds: its elements one after another, and those in its sequences.

use std::sync::{Mutex, PoisonError};

use pyo3::IntoPyObjectExt;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use radiogram_core::{Error, ErrorKind, Limits, Tag, Vr};

use crate::contents::Found;
use crate::dataset::Dataset;
use crate::element::DataElement;
use crate::errors;
use crate::items::Items;

/// How far to go, and what to give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Going {
    /// The elements of the data set alone.
    Flat,
    /// Those in sequences too.
    Deep,
    /// Pairs of data set and element, those of the data set alone.
    FlatWalk,
    /// Pairs, those in sequences too.
    Walk,
}

impl Going {
    fn is_deep(self) -> bool {
        matches!(self, Self::Deep | Self::Walk)
    }
}

/// What is being gone through, and how far.
enum Level {
    /// A data set: its rows, or its tags where it was changed before. What is removed meanwhile is passed over.
    Dataset { dataset: Py<Dataset>, next: usize, tags: Option<Vec<u32>> },
    /// A sequence.
    Items { items: Py<Items>, next: usize },
}

impl Level {
    fn of(dataset: &Bound<'_, Dataset>) -> Self {
        let this = dataset.get();
        let tags = (!this.overlay.is_plain()).then(|| this.tags());
        Self::Dataset { dataset: dataset.clone().unbind(), next: 0, tags }
    }
}

/// What a step came to.
enum Step {
    Element(Py<Dataset>, Found),
    Item(Py<Items>, usize),
    /// The last element that was given, if it is a sequence, is to be entered now.
    Enter(Py<Dataset>, Py<DataElement>),
}

#[derive(Default)]
struct State {
    stack: Vec<Level>,
    /// The sequence that was given last: it is entered with the next step, so that it can be changed before.
    given: Option<(Py<Dataset>, Py<DataElement>)>,
}

/// An iterator over elements. All zeros are a valid one, for the collector: nothing to go through.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Elements {
    state: Mutex<Option<Box<State>>>,
    going: Going,
    /// The largest number of levels: of each depth a data set and a sequence.
    deepest: usize,
}

impl Elements {
    /// The elements of a data set.
    pub(crate) fn of(dataset: &Bound<'_, Dataset>, going: Going) -> Self {
        let state = State { stack: vec![Level::of(dataset)], given: None };
        let depth = dataset.get().opened.options.limits.depth.max(Limits::DEFAULT.depth);
        Self { state: Mutex::new(Some(Box::new(state))), going, deepest: 2 * depth as usize }
    }

    /// Goes one level down; not past the limit, which a data set within itself would never reach.
    fn enter(&self, py: Python<'_>, level: Level) -> PyResult<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let stack = &mut state.get_or_insert_default().stack;
        if stack.len() <= self.deepest {
            stack.push(level);
            return Ok(());
        }
        drop(state);
        let message = "sequences nest too deep, or one is within itself";
        Err(errors::raise(py, &Error::new(ErrorKind::Limit, message)))
    }

    /// The next thing to look at. The lock is not held when this returns.
    fn step(&self, py: Python<'_>) -> Option<Step> {
        // What is done with is dropped when the lock is free again: it may be the last reference to it.
        let mut done = Vec::new();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let held = state.as_mut()?;
        let step = loop {
            if let Some((dataset, element)) = held.given.take() {
                break Some(Step::Enter(dataset, element));
            }
            match held.stack.last_mut() {
                None => break None,
                Some(Level::Items { items, next }) if *next < items.get().count(py) => {
                    *next += 1;
                    break Some(Step::Item(items.clone_ref(py), *next - 1));
                }
                Some(Level::Dataset { dataset, next, tags }) => {
                    if let Some(found) = next_element(py, dataset.get(), next, tags.as_deref()) {
                        break Some(Step::Element(dataset.clone_ref(py), found));
                    }
                }
                Some(Level::Items { .. }) => {}
            }
            done.extend(held.stack.pop());
        };
        drop(state);
        drop(done);
        step
    }
}

/// The next element of a data set that is still there.
fn next_element(py: Python<'_>, dataset: &Dataset, next: &mut usize, tags: Option<&[u32]>) -> Option<Found> {
    loop {
        let tag = if let Some(tags) = tags {
            Tag(*tags.get(*next)?)
        } else {
            let row = *dataset.children().get(*next)?;
            if dataset.overlay.is_plain() {
                *next += 1;
                return Some(Found::Row(row));
            }
            dataset.document().entry(row)?.tag
        };
        *next += 1;
        if let Some(found) = dataset.find(py, tag) {
            return Some(found);
        }
    }
}

#[pymethods]
impl Elements {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        while let Some(step) = self.step(py) {
            match step {
                Step::Item(items, number) => {
                    if let Some(item) = items.get().item(py, number)? {
                        self.enter(py, Level::of(item.cast::<Dataset>()?))?;
                    }
                }
                Step::Enter(dataset, element) => {
                    let is_there = self.going == Going::Deep
                        || dataset.get().find(py, element.get().tag_number()).is_some();
                    if is_there && let Ok(items) = element.get().value_now(py)?.cast_into::<Items>() {
                        self.enter(py, Level::Items { items: items.unbind(), next: 0 })?;
                    }
                }
                Step::Element(dataset, found) => return self.give(py, dataset, found).map(Some),
            }
        }
        Ok(None)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(state) = self.state.try_lock() else { return Ok(()) };
        let Some(state) = state.as_ref() else { return Ok(()) };
        for level in &state.stack {
            match level {
                Level::Dataset { dataset, .. } => visit.call(dataset)?,
                Level::Items { items, .. } => visit.call(items)?,
            }
        }
        state.given.iter().try_for_each(|(dataset, element)| {
            visit.call(dataset)?;
            visit.call(element)
        })
    }

    fn __clear__(&self) {
        let dropped = self.state.try_lock().ok().and_then(|mut state| state.take());
        drop(dropped);
    }
}

impl Elements {
    /// The element as Python gets it.
    fn give<'py>(&self, py: Python<'py>, dataset: Py<Dataset>, found: Found) -> PyResult<Bound<'py, PyAny>> {
        let may_be_entered = self.going.is_deep()
            && match &found {
                Found::Row(row) => {
                    let entry = dataset.get().document().entry(*row);
                    !dataset.get().is_home() || entry.is_some_and(|entry| entry.vr == Vr::SQ)
                }
                Found::Element(_) => true,
            };
        let element = Dataset::element_of(dataset.bind(py), found)?;
        if may_be_entered && element.get().vr_now(py) == Vr::SQ {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.get_or_insert_default().given = Some((dataset.clone_ref(py), element.clone_ref(py)));
        }
        match self.going {
            Going::Flat | Going::Deep => element.into_bound_py_any(py),
            Going::FlatWalk | Going::Walk => (dataset, element).into_bound_py_any(py),
        }
    }
}
