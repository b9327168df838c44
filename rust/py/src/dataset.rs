//! The pyclasses of a data set: `Node` (what it shows) and `Dataset`.
//!
//! A `Dataset` is a node of a document that never changes, the changes over it, and what is pinned in it: the objects that
//! Python code holds on to and expects to meet again. No lock is ever held while Python code runs.

use std::sync::{Arc, OnceLock};

use numpy::PyArray1;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use radiogram_core::Tag;
use radiogram_data::{Flags, NodeId, Options};

use crate::contents::{Found, show};
use crate::draft::{drafts, in_words};
use crate::element::DataElement;
use crate::elements::{Elements, Going};
use crate::errors;
use crate::gate;
use crate::items::Items;
use crate::key::{of_keyword, tag_of};
use crate::opened::{Opened, Origin};
use crate::overlay::{Change, Overlay};
use crate::owned::list_written;
use crate::pins::Pins;
use crate::reach::{is_edited, pinned};
use crate::settled::{Snapshot, settled};

/// What a new `Dataset` is to show.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Node {
    pub(crate) opened: Arc<Opened>,
    pub(crate) id: NodeId,
    /// The rows to show, where it is a part of the node's elements and not all.
    pub(crate) part: Option<Vec<u32>>,
    /// The data set that it shares elements with.
    pub(crate) whole: Option<Py<Dataset>>,
    /// Elements that are not those that were read.
    pub(crate) changes: Vec<(Tag, Change)>,
}

/// A data set: a node of a document, what was changed over it, and what is pinned in it.
///
/// No `dict` here: Python would make it between allocating the object and our filling it, and if the garbage collector ran
/// then, it would go through pins that are not there yet. The subclass in Python brings its own, which is made later.
#[pyclass(frozen, subclass, weakref, module = "radiogram._core")]
pub(crate) struct Dataset {
    pub(crate) opened: Arc<Opened>,
    pub(crate) id: NodeId,
    pub(crate) children: OnceLock<Vec<u32>>,
    pub(crate) is_part: bool,
    /// For a slice or a shallow copy: the data set whose rows these are, so that both have the same elements.
    pub(crate) whole: Option<Py<Dataset>>,
    pub(crate) overlay: Overlay,
    /// Objects by the row they show: sequences, and the file meta information.
    pub(crate) pins: Pins<u32>,
    /// What was made of it after edits, for what works on documents.
    pub(crate) snapshot: Snapshot,
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
    /// Shows a node; from anything else, and from nothing, an empty data set, which Python's `__init__` fills.
    #[new]
    #[pyo3(signature = (*arguments, **_options))]
    fn new(arguments: &Bound<'_, PyTuple>, _options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = arguments.py();
        let first = arguments.get_item(0).ok();
        let Some(node) = first.as_ref().and_then(|first| first.cast::<Node>().ok()) else {
            let opened = Opened::blank().map_err(|error| errors::raise(py, &error))?;
            let id = opened.document.root();
            return Ok(Self::on(opened, id, None, None));
        };
        let node = node.get();
        let whole = node.whole.as_ref().map(|whole| whole.clone_ref(py));
        let made = Self::on(Arc::clone(&node.opened), node.id, node.part.clone(), whole);
        for (tag, change) in &node.changes {
            match change {
                Some(element) => made.overlay.set(*tag, element.clone_ref(py)),
                None => drop(made.overlay.remove(*tag, true)),
            }
        }
        Ok(made)
    }

    /// Keywords of the dictionary begin with a capital, and Python's own names do not: one look tells them apart.
    fn __getattribute__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        // What is no text is no keyword.
        let text = &*name.to_string_lossy();
        if !text.as_bytes().first().is_some_and(u8::is_ascii_uppercase) {
            return generic(slf, name);
        }
        if let Some(found) = of_keyword(text).and_then(|tag| slf.get().find(slf.py(), tag)) {
            return Self::value_of(slf, found);
        }
        generic(slf, name)
    }

    /// Asked when `__getattribute__` finds nothing: Python code makes the exception, with the nearest names.
    fn __getattr__<'py>(slf: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        Err(slf.call_method1(intern!(slf.py(), "_missing"), (name,)).map_or_else(|e| e, PyErr::from_value))
    }

    fn __len__(&self) -> usize {
        if self.overlay.is_plain() { self.children().len() } else { self.tags().len() }
    }

    fn __contains__(&self, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        match tag_of(key) {
            Ok(tag) => Ok(tag.is_some_and(|tag| self.find(key.py(), tag).is_some())),
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
    fn _element(slf: &Bound<'_, Self>, key: &Bound<'_, PyAny>) -> PyResult<Option<Py<DataElement>>> {
        let found = tag_of(key)?.and_then(|tag| slf.get().find(slf.py(), tag));
        found.map(|found| Self::element_of(slf, found)).transpose()
    }

    /// The value of the element with this key, or `None`.
    fn _value<'py>(slf: &Bound<'py, Self>, key: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = tag_of(key)?.and_then(|tag| slf.get().find(slf.py(), tag));
        found.map(|found| Self::value_of(slf, found)).transpose()
    }

    /// Puts an element here, under its tag.
    pub(crate) fn _put(slf: &Bound<'_, Self>, element: &Bound<'_, DataElement>) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let tag = element.get().tag_number();
        this.opened.touch();
        if let (Some((home, row)), Some(read)) = (element.get().view(), this.row(tag))
            && row == read
            && home.is(Self::home(slf))
            && !home.get().overlay.is_moved(row)
        {
            this.overlay.restore(tag);
            return Ok(());
        }
        if let Some(own) = element.get().own(py) {
            own.set_home(slf)?;
            if tag.is_private()
                && tag.element() >= 0x1000
                && let Some(creator) = Self::creator_of(slf, tag)?
            {
                own.set_creator(Some(creator));
            }
        }
        this.overlay.set(tag, element.clone().unbind());
        Ok(())
    }

    /// Takes the element with this tag out; false where there is none.
    fn _remove(&self, tag: u32) -> bool {
        let tag = Tag(tag);
        self.opened.touch();
        self.overlay.remove(tag, self.row(tag).is_some())
    }

    fn __iter__(slf: &Bound<'_, Self>) -> Elements {
        Elements::of(slf, Going::Flat)
    }

    /// All elements, those in sequences too, in the order of the data set.
    fn iterall(slf: &Bound<'_, Self>) -> Elements {
        Elements::of(slf, Going::Deep)
    }

    /// Pairs of data set and element, as `iterall`; a sequence that was taken out meanwhile is not gone into.
    #[pyo3(signature = (*, recursive))]
    fn _walked(slf: &Bound<'_, Self>, recursive: bool) -> Elements {
        Elements::of(slf, if recursive { Going::Walk } else { Going::FlatWalk })
    }

    /// What this data set shows, for a second `Dataset` with the same elements.
    #[getter]
    fn _node(slf: &Bound<'_, Self>) -> Node {
        let part = slf.get().is_part.then(|| slf.get().children().to_vec());
        Self::node(slf, part, slf.get().overlay.changes(slf.py()))
    }

    /// What was read, without the changes, for a copy that shares nothing else.
    #[getter]
    fn _base(&self) -> Node {
        let part = self.is_part.then(|| self.children().to_vec());
        Node { opened: Arc::clone(&self.opened), id: self.id, part, whole: None, changes: Vec::new() }
    }

    /// The tags of the elements that were read, where they are a part of those that are there.
    #[getter]
    fn _part_tags(&self) -> Option<Vec<u32>> {
        let rows = self.document().rows();
        let tag = |row: &u32| rows.get(*row as usize).map(|entry| entry.tag.0);
        self.is_part.then(|| self.children().iter().filter_map(tag).collect())
    }

    /// What shows only these of its elements; the tags ascend.
    fn _part(slf: &Bound<'_, Self>, tags: Vec<u32>) -> Node {
        let this = slf.get();
        let (mut rows, mut changes) = (Vec::new(), Vec::new());
        for tag in tags.into_iter().map(Tag) {
            match this.find(slf.py(), tag) {
                Some(Found::Row(row)) => rows.push(row),
                Some(Found::Element(element)) => changes.push((tag, Some(element))),
                None => {}
            }
        }
        Self::node(slf, Some(rows), changes)
    }

    /// Elements that were set, and `None` for each that was removed, by their tags.
    fn _changes(&self, py: Python<'_>) -> Vec<(u32, Change)> {
        self.overlay.changes(py).into_iter().map(|(tag, change)| (tag.0, change)).collect()
    }

    /// Elements of rows that got another value by the data set that shares them.
    fn _shared(slf: &Bound<'_, Self>) -> Vec<Py<DataElement>> {
        Self::shared(slf)
    }

    /// The sequences that were handed out and are still what the data set holds, with their rows.
    fn _pinned<'py>(slf: &Bound<'py, Self>) -> Vec<(u32, Bound<'py, Items>)> {
        pinned(slf).into_iter().map(|(row, _, items)| (row, items)).collect()
    }

    /// Pins a sequence to a row.
    fn _pin(&self, row: u32, sequence: Bound<'_, PyAny>) {
        drop(self.pins.pin(row, sequence));
    }

    /// True where it is not what was read, at any depth, or never was.
    #[getter]
    fn _is_edited(slf: &Bound<'_, Self>) -> bool {
        is_edited(slf)
    }

    /// True where it was made from nothing.
    #[getter]
    fn _is_blank(&self) -> bool {
        self.opened.is_blank()
    }

    /// True for the data set of a file, false for a part of it, an item or the file meta information.
    #[getter]
    fn _is_root(&self) -> bool {
        self.document().root() == self.id && !self.is_part
    }

    /// True for the file meta information that was read.
    #[getter]
    fn _is_meta(&self) -> bool {
        self.is_meta()
    }

    /// The file meta information, the same object each time.
    #[getter]
    fn _meta<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(meta) = self.overlay.meta(py) {
            return Ok(meta.into_bound(py));
        }
        let meta = self.document().meta();
        self.pinned(py, meta.0, || show(py, &self.opened, meta))
    }

    /// Sets the file meta information.
    fn _set_meta(&self, meta: &Bound<'_, Self>) {
        self.opened.touch();
        self.overlay.set_meta(meta.clone().into_any().unbind());
    }

    /// What is to be written, in words: of the data set, of its file meta information.
    fn _drafted(slf: &Bound<'_, Self>) -> PyResult<(Vec<(String, String)>, Vec<(String, String)>)> {
        let (dataset, meta) = drafts(slf)?;
        Ok((in_words(&dataset), in_words(&meta)))
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
        slf: &Bound<'py, Self>,
        path: &Bound<'py, PyString>,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<i64>>)> {
        let (opened, id) = settled(slf)?;
        crate::array::gather(slf.py(), &opened, id, &path.to_string_lossy())
    }

    /// Bytes of memory: of what was read with its index, for the data set of a file; of itself, for an item.
    fn __sizeof__(&self) -> usize {
        let is_whole = self.id == self.opened.document.root();
        size_of::<Self>() + if is_whole { self.opened.document.held() } else { 0 }
    }

    /// Where the source is: an absolute path and (device, inode, size, mtime_ns), or `None` for memory.
    fn _origin(&self) -> Option<(std::path::PathBuf, (u64, u64, u64, i128))> {
        match &self.opened.origin {
            Origin::Path(file) => {
                let stamp = file.stamp();
                Some((file.path().to_owned(), (stamp.device, stamp.inode, stamp.size, stamp.modified_ns)))
            }
            Origin::Remote(_) | Origin::Memory | Origin::Nothing => None,
        }
    }

    /// Reads all of the source into memory, so that it is not needed any more.
    fn _retain(&self, py: Python<'_>) -> PyResult<()> {
        match &self.opened.origin {
            Origin::Path(file) => gate::brief(py, || file.retain()),
            Origin::Remote(file) => gate::brief(py, || file.retain()),
            Origin::Memory | Origin::Nothing => Ok(()),
        }
    }

    /// True where it does not need what its path leads to.
    #[getter]
    fn _is_apart(&self) -> bool {
        match &self.opened.origin {
            Origin::Path(file) => file.is_apart(),
            Origin::Remote(file) => file.is_retained(),
            Origin::Memory | Origin::Nothing => true,
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

    /// Every header of the source in the order of the bytes: depth, where it begins, tag, VR, length field, where it ends.
    #[expect(clippy::type_complexity, reason = "a row a header, as the caller prints it")]
    fn _layout(&self, py: Python<'_>) -> PyResult<Vec<(usize, u64, u32, Option<String>, u32, u64)>> {
        let places = gate::brief(py, || radiogram_data::layout::layout(self.document()))?;
        let row = |at: radiogram_data::layout::Place| {
            let vr = at.letters.map(|two| String::from_utf8_lossy(&two).into_owned());
            (at.depth, at.start, at.tag.0, vr, at.length, at.offset)
        };
        Ok(places.into_iter().map(row).collect())
    }

    /// True where both were read from the same source.
    fn _shares_source(&self, other: &Bound<'_, Self>) -> bool {
        Arc::ptr_eq(&self.opened, &other.get().opened)
    }

    /// The data set at a row of the same document.
    fn _at<'py>(&self, py: Python<'py>, row: u32) -> PyResult<Bound<'py, PyAny>> {
        show(py, &self.opened, NodeId(row))
    }

    /// Makes a list that was handed out, and written to since, the value of its element.
    fn _list_written(slf: &Bound<'_, Self>, list: &Bound<'_, PyAny>) -> PyResult<()> {
        list_written(slf, list)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.whole.iter().try_for_each(|whole| visit.call(whole))?;
        self.overlay.traverse(&visit)?;
        self.pins.traverse(&visit)
    }

    fn __clear__(&self) {
        self.overlay.clear();
        self.pins.clear();
    }
}
