//! The pyclasses of a data set: `Node` (what it shows), `Dataset`, `Sequence`.
//!
//! A `Dataset` is a node of a document that never changes, and what is pinned in it: the objects that Python code
//! holds on to and expects to meet again. Edits will lie in the same place, over the node, behind the same lock. The lock is
//! never held while Python code runs.

use std::sync::{Arc, OnceLock};

use numpy::PyArray1;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyString};
use radiogram_core::{Tag, Vr};
use radiogram_data::{Document, Flags, NodeId, Options};

use crate::classes;
use crate::element::DataElement;
use crate::elements::{Elements, Items};
use crate::gate;
use crate::key::{of_keyword, tag_of};
use crate::opened::{Opened, Origin};
use crate::pins::Pins;
use crate::value;

/// What a new `Dataset` is to show.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Node {
    pub(crate) opened: Arc<Opened>,
    pub(crate) id: NodeId,
    /// The rows to show, where it is a part of the node's elements and not all.
    part: Option<Vec<u32>>,
}

/// A data set: a node of a document, and what is pinned in it.
///
/// No `dict` here: Python would make it between allocating the object and our filling it, and if the garbage collector ran
/// then, it would go through pins that are not there yet. The subclass in Python brings its own, which is made later.
#[pyclass(frozen, subclass, weakref, module = "radiogram._core")]
pub(crate) struct Dataset {
    pub(crate) opened: Arc<Opened>,
    pub(crate) id: NodeId,
    children: OnceLock<Vec<u32>>,
    is_part: bool,
    /// Objects by the row they show: sequences, and the file meta information.
    pins: Pins<u32>,
}

impl Dataset {
    pub(crate) fn document(&self) -> &Document {
        &self.opened.document
    }

    /// Rows of the elements, in ascending order of their tags.
    pub(crate) fn children(&self) -> &[u32] {
        self.children.get_or_init(|| self.document().children(self.id))
    }

    /// The tags of the elements, in ascending order.
    fn tags(&self) -> Vec<u32> {
        let rows = self.document().rows();
        self.children().iter().filter_map(|row| rows.get(*row as usize).map(|entry| entry.tag.0)).collect()
    }

    /// The row of an element.
    pub(crate) fn row(&self, tag: Tag) -> Option<u32> {
        let rows = self.document().rows();
        let children = self.children();
        let at = children
            .binary_search_by_key(&tag, |row| rows.get(*row as usize).map_or(Tag(0), |entry| entry.tag))
            .ok()?;
        children.get(at).copied()
    }

    /// The object that is pinned for a row, made and pinned now if there is none.
    fn pinned<'py>(
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

    /// The value of a row of this data set.
    pub(crate) fn value<'py>(&self, py: Python<'py>, row: u32) -> PyResult<Bound<'py, PyAny>> {
        if self.document().entry(row).is_some_and(|entry| entry.vr == Vr::SQ) {
            return self.pinned(py, row, || {
                let rows = self.document().items(row).collect();
                let items = Items::new(&self.opened, rows);
                classes::SEQUENCE.get(py)?.call1((Bound::new(py, items)?,))
            });
        }
        value::of_row(py, &self.opened, row)
    }
}

/// A `Dataset` of Python's class.
pub(crate) fn show<'py>(py: Python<'py>, opened: &Arc<Opened>, id: NodeId) -> PyResult<Bound<'py, PyAny>> {
    classes::DATASET.get(py)?.call1((Bound::new(py, Node { opened: Arc::clone(opened), id, part: None })?,))
}

/// `object.__getattribute__`: what is no keyword is looked up as Python does.
fn generic<'py>(slf: &Bound<'py, Dataset>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    static GENERIC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = slf.py();
    let found = GENERIC.get_or_try_init(py, || {
        py.import("builtins")?.getattr("object")?.getattr("__getattribute__").map(Bound::unbind)
    })?;
    found.bind(py).call1((slf, name))
}

#[pymethods]
impl Dataset {
    #[new]
    fn new(node: &Node) -> Self {
        Self {
            opened: Arc::clone(&node.opened),
            id: node.id,
            children: node.part.clone().map(OnceLock::from).unwrap_or_default(),
            is_part: node.part.is_some(),
            pins: Pins::default(),
        }
    }

    /// Keywords of the dictionary begin with a capital, and Python's own names do not: one look tells them apart.
    fn __getattribute__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let text = name.to_str()?;
        if !text.as_bytes().first().is_some_and(u8::is_ascii_uppercase) {
            return generic(slf, name);
        }
        let this = slf.get();
        if let Some(row) = of_keyword(text).and_then(|tag| this.row(tag)) {
            return this.value(slf.py(), row);
        }
        generic(slf, name)
    }

    /// Asked when `__getattribute__` finds nothing: Python code makes the exception, with the nearest names.
    fn __getattr__<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        Err(slf.call_method1(intern!(slf.py(), "_missing"), (name,)).map_or_else(|e| e, PyErr::from_value))
    }

    fn __len__(&self) -> usize {
        self.children().len()
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        match tag_of(key) {
            Ok(tag) => Ok(tag.is_some_and(|tag| self.row(tag).is_some())),
            // A number that is no tag is in no data set.
            Err(error)
                if error.is_instance_of::<PyTypeError>(key.py())
                    || error.is_instance_of::<PyValueError>(key.py())
                    || error.is_instance_of::<PyOverflowError>(key.py()) =>
            {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// The tags, in ascending order, as numbers.
    fn _tags(&self) -> Vec<u32> {
        self.tags()
    }

    /// The element with this key, or `None`.
    fn _element(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<Option<DataElement>> {
        let Some(row) = tag_of(key)?.and_then(|tag| slf.get().row(tag)) else { return Ok(None) };
        Ok(Some(DataElement::new(slf.clone().unbind(), row)))
    }

    /// The value of the element with this key, or `None`, and whether there is one.
    fn _value<'py>(&self, py: Python<'py>, key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        match tag_of(key)?.and_then(|tag| self.row(tag)) {
            Some(row) => self.value(py, row).map(Some),
            None => Ok(None),
        }
    }

    fn __iter__(slf: &Bound<'_, Self>) -> Elements {
        Elements::of(slf, false)
    }

    /// All elements, those in sequences too, in the order of the data set.
    fn iterall(slf: &Bound<'_, Self>) -> Elements {
        Elements::of(slf, true)
    }

    /// What this data set shows, for a second `Dataset` on it.
    #[getter]
    fn _node(&self) -> Node {
        let part = self.is_part.then(|| self.children().to_vec());
        Node { opened: Arc::clone(&self.opened), id: self.id, part }
    }

    /// The tags it shows, where they are a part of the elements that are there.
    #[getter]
    fn _part_tags(&self) -> Option<Vec<u32>> {
        self.is_part.then(|| self.tags())
    }

    /// What shows only these of its elements; the tags ascend.
    fn _part(&self, tags: Vec<u32>) -> Node {
        let part = Some(tags.into_iter().filter_map(|tag| self.row(Tag(tag))).collect());
        Node { opened: Arc::clone(&self.opened), id: self.id, part }
    }

    /// True for the data set of a file, false for a part of it, an item or the file meta information.
    #[getter]
    fn _is_root(&self) -> bool {
        self.document().root() == self.id && !self.is_part
    }

    /// The file meta information, the same object each time.
    #[getter]
    fn _meta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let meta = self.document().meta();
        self.pinned(py, meta.0, || show(py, &self.opened, meta))
    }

    /// Problems known so far as (kind, path, offset, assumed).
    fn _problems(&self) -> Vec<(&'static str, String, u64, String)> {
        self.opened
            .problems()
            .into_iter()
            .map(|p| (p.kind.as_str(), p.path.to_string(), p.offset, p.assumed.into_owned()))
            .collect()
    }

    /// Transfer Syntax UID as the file names it; whether values are implicit and little endian as they were found.
    fn _syntax(&self) -> (Option<&str>, bool, bool) {
        let document = self.document();
        (document.transfer_syntax(), document.is_implicit(), !document.is_big_endian())
    }

    /// The defined terms of the character set in force here.
    fn _charset(&self) -> Vec<&'static str> {
        self.opened.charset(self.id.0).terms().collect()
    }

    /// The numbers of all elements that a path names, and where those of each begin.
    #[expect(clippy::type_complexity, reason = "two arrays, as the caller gets them")]
    fn _gather<'py>(
        &self,
        py: Python<'py>,
        path: &str,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>)> {
        crate::array::gather(py, &self.opened, self.id, path)
    }

    /// Where the source is: an absolute path and (device, inode, size, mtime_ns), or `None` for memory.
    fn _origin(&self) -> Option<(std::path::PathBuf, (u64, u64, u64, i128))> {
        match &self.opened.origin {
            Origin::Path(file) => {
                let stamp = file.stamp();
                Some((file.path().to_owned(), (stamp.device, stamp.inode, stamp.size, stamp.modified_ns)))
            }
            Origin::Memory => None,
        }
    }

    /// Reads all of the source into memory, so that it is not needed any more.
    fn _retain(&self, py: Python<'_>) -> PyResult<()> {
        match &self.opened.origin {
            Origin::Path(file) => gate::brief(py, || file.retain()),
            Origin::Memory => Ok(()),
        }
    }

    /// True where nothing but memory is needed.
    #[getter]
    fn _is_retained(&self) -> bool {
        match &self.opened.origin {
            Origin::Path(file) => file.is_retained(),
            Origin::Memory => true,
        }
    }

    /// All bytes of the source, read again where it is a file.
    fn _source_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let document = self.document();
        let size = usize::try_from(document.source_size()).unwrap_or(usize::MAX);
        let mut bytes = gate::brief(py, || radiogram_core::try_vec(size))?;
        gate::brief(py, || {
            bytes.resize(size, 0);
            document.read_source(&mut bytes)
        })?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Up to `count` bytes from the start of the source.
    fn _head<'py>(&self, py: Python<'py>, count: usize) -> PyResult<Bound<'py, PyBytes>> {
        let document = self.document();
        let size = usize::try_from(document.source_size()).unwrap_or(usize::MAX).min(count);
        let mut bytes = vec![0; size.min(1 << 16)];
        gate::brief(py, || document.read_source(&mut bytes))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The options it was read with: force, strict, only, stop_before_pixels, charset, depth, inflated.
    #[expect(clippy::type_complexity, reason = "the arguments of read, in their order")]
    fn _options(&self) -> (bool, bool, Option<Vec<u32>>, bool, Option<Vec<&'static str>>, u32, Option<u64>) {
        let Options { force, strict, only, stop_before_pixels, limits, trusting, .. } = &self.opened.options;
        let only = only.as_ref().map(|tags| tags.iter().map(|tag| tag.0).collect());
        let charset = self.opened.charset.map(|charset| charset.terms().collect());
        (
            *force,
            *strict,
            only,
            *stop_before_pixels,
            charset,
            limits.depth,
            trusting.then_some(limits.inflated),
        )
    }

    /// The row of this data set in the index of its document: with it a copy can be found again.
    #[getter]
    fn _row(&self) -> u32 {
        self.id.0
    }

    /// For an item: where its tag begins in the source, and whether its length is undefined.
    #[getter]
    fn _place(&self) -> (u64, bool) {
        let entry = self.document().entry(self.id.0);
        entry.map_or((0, false), |entry| (entry.start(), entry.flags.has(Flags::UNDEFINED)))
    }

    /// The data set at a row of the same document.
    fn _at<'py>(&self, py: Python<'py>, row: u32) -> PyResult<Bound<'py, PyAny>> {
        show(py, &self.opened, NodeId(row))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.pins.traverse(&visit)
    }

    fn __clear__(&self) {
        self.pins.clear();
    }
}
