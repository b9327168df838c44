//! What a data set holds as it is now: its elements by tag, their values, and how they are found under the changes.

use std::sync::{Arc, OnceLock};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyWeakrefReference};
use radiogram_core::{Tag, Vr};
use radiogram_data::{Document, NodeId};

use crate::classes;
use crate::dataset::{Dataset, Node};
use crate::element::DataElement;
use crate::fresh;
use crate::items::Items;
use crate::opened::Opened;
use crate::overlay::{Change, Overlay};
use crate::pins::Pins;
use crate::settled::Snapshot;
use crate::value;

/// An element of a data set, as it is found by its tag.
pub(crate) enum Found {
    /// It was read, and may have got another value since.
    Row(u32),
    /// It was set.
    Element(Py<DataElement>),
}

impl Dataset {
    pub(crate) fn on(
        opened: Arc<Opened>,
        id: NodeId,
        part: Option<Vec<u32>>,
        whole: Option<Py<Self>>,
    ) -> Self {
        Self {
            opened,
            id,
            is_part: part.is_some(),
            children: part.map(OnceLock::from).unwrap_or_default(),
            whole,
            overlay: Overlay::default(),
            pins: Pins::default(),
            snapshot: Snapshot::default(),
        }
    }

    pub(crate) fn document(&self) -> &Document {
        &self.opened.document
    }

    /// Rows of the elements that were read, in ascending order of their tags.
    pub(crate) fn children(&self) -> &[u32] {
        self.children.get_or_init(|| self.document().children(self.id))
    }

    /// The tags of the elements, in ascending order.
    pub(crate) fn tags(&self) -> Vec<u32> {
        let rows = self.document().rows();
        let read = self.children().iter().filter_map(|row| rows.get(*row as usize).map(|entry| entry.tag));
        let changed = self.overlay.changed_tags();
        if changed.is_empty() {
            return read.map(|tag| tag.0).collect();
        }
        let mut tags: Vec<u32> = read.filter(|tag| !changed.contains_key(tag)).map(|tag| tag.0).collect();
        tags.extend(changed.into_iter().filter_map(|(tag, is_set)| is_set.then_some(tag.0)));
        tags.sort_unstable();
        tags
    }

    /// The row of an element that was read.
    pub(crate) fn row(&self, tag: Tag) -> Option<u32> {
        let (document, rows) = (self.document(), self.document().rows());
        if self.children.get().is_none() && document.is_small(self.id) {
            return document.find(self.id, tag);
        }
        let children = self.children();
        let at = children
            .binary_search_by_key(&tag, |row| rows.get(*row as usize).map_or(Tag(0), |entry| entry.tag))
            .ok()?;
        children.get(at).copied()
    }

    /// The element with a tag.
    pub(crate) fn find(&self, py: Python<'_>, tag: Tag) -> Option<Found> {
        match self.overlay.change(py, tag) {
            None => self.row(tag).map(Found::Row),
            Some(change) => change.map(Found::Element),
        }
    }

    /// True where a row is what is found under its tag.
    pub(crate) fn shows(&self, py: Python<'_>, tag: Tag, row: u32) -> bool {
        matches!(self.find(py, tag), Some(Found::Row(found)) if found == row)
    }

    /// The data set that views of the rows are on.
    pub(crate) fn home<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, Self> {
        slf.get().whole.as_ref().map_or(slf, |whole| whole.bind(slf.py()))
    }

    /// True for the file meta information of a document.
    pub(crate) fn is_meta(&self) -> bool {
        self.id == self.document().meta()
    }

    /// True where views of the rows are on this data set itself.
    pub(crate) fn is_home(&self) -> bool {
        self.whole.is_none()
    }

    /// The object that is pinned for a row, made and pinned now if there is none.
    pub(crate) fn pinned<'py>(
        &self,
        py: Python<'py>,
        row: u32,
        make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.pins.get(py, &row) {
            Some(found) => Ok(found),
            None => Ok(self.pins.pin(row, make()?)),
        }
    }

    /// The value that was read for a row of this data set, which is no other's part.
    pub(crate) fn value<'py>(slf: &Bound<'py, Self>, row: u32) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        if this.document().entry(row).is_some_and(|entry| entry.vr == Vr::SQ) {
            return this.pinned(py, row, || Items::of_row(py, &this.opened, row));
        }
        if let Some(list) = this.overlay.list(py, row) {
            return Ok(list.into_bound(py));
        }
        let value = value::of_row(py, &this.opened, row)?;
        if value.is_instance_of::<PyList>() {
            // It is met again, as a sequence is, and tells when it is written to. It does not keep the data set alive: values of millions
            // of files may be held when the files are long forgotten, and a write to such a list concerns nobody else.
            value.setattr(intern!(py, "owner"), PyWeakrefReference::new(slf)?)?;
            return Ok(this.overlay.keep_list(row, value));
        }
        Ok(value)
    }

    /// The value of an element as it is now.
    pub(crate) fn value_of<'py>(slf: &Bound<'py, Self>, found: Found) -> PyResult<Bound<'py, PyAny>> {
        match found {
            Found::Element(element) => element.get().value_now(slf.py()),
            Found::Row(row) => {
                let home = Self::home(slf);
                match home.get().overlay.moved(slf.py(), row) {
                    Some(moved) => moved.get().value_now(slf.py()),
                    None => Self::value(home, row),
                }
            }
        }
    }

    /// An element as a Python object.
    pub(crate) fn element_of(slf: &Bound<'_, Self>, found: Found) -> PyResult<Py<DataElement>> {
        match found {
            Found::Element(element) => Ok(element),
            Found::Row(row) => Py::new(slf.py(), DataElement::new(Self::home(slf).clone().unbind(), row)),
        }
    }

    /// Elements of rows that got another value by the data set that shares them.
    pub(crate) fn shared(slf: &Bound<'_, Self>) -> Vec<Py<DataElement>> {
        let (py, this) = (slf.py(), slf.get());
        let Some(whole) = &this.whole else { return Vec::new() };
        let overlay = &whole.get().overlay;
        if overlay.is_plain() {
            return Vec::new();
        }
        let is_here =
            |row: u32| this.document().entry(row).is_some_and(|entry| this.shows(py, entry.tag, row));
        let moved = |row: &u32| overlay.moved(py, *row).filter(|_| is_here(*row));
        this.children().iter().filter_map(moved).collect()
    }

    /// The text of the private creator that a private element's block has here (PS3.5 7.8.1).
    pub(crate) fn creator_of(slf: &Bound<'_, Self>, tag: Tag) -> PyResult<Option<String>> {
        let creator = Tag::new(tag.group(), tag.element() >> 8);
        match slf.get().find(slf.py(), creator) {
            Some(found) => Ok(Self::value_of(slf, found)?.extract().ok()),
            None => Ok(None),
        }
    }

    /// What this data set shows, with the elements that are shared with it.
    pub(crate) fn node(slf: &Bound<'_, Self>, part: Option<Vec<u32>>, changes: Vec<(Tag, Change)>) -> Node {
        let this = slf.get();
        let whole = Some(Self::home(slf).clone().unbind());
        Node { opened: Arc::clone(&this.opened), id: this.id, part, whole, changes }
    }
}

/// A `Dataset` of Python's class, without its `__init__`, which is for those that Python code makes.
pub(crate) fn show<'py>(py: Python<'py>, opened: &Arc<Opened>, id: NodeId) -> PyResult<Bound<'py, PyAny>> {
    let node = Node { opened: Arc::clone(opened), id, part: None, whole: None, changes: Vec::new() };
    fresh::instance(classes::DATASET.get(py)?, &(Bound::new(py, node)?,).into_pyobject(py)?)
}
