//! The pyclass of a data element: a row of a document, seen through the data set it lies in, or one that was set.

use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use radiogram_core::vr::Storage;
use radiogram_core::{Tag, Vr, dictionary};
use radiogram_data::{Document, Entry, Flags};

use crate::dataset::Dataset;
use crate::owned::{Own, given};
use crate::{array, classes, errors, gate, value};

/// An element of a data set: tag, VR and value (PS3.5 7.1).
/// What was read is a view: a row of a data set. An element that was set is its own; so is a view since its value was set.
#[pyclass(frozen, weakref, module = "radiogram._core")]
pub(crate) struct DataElement {
    /// The data set that the row is of. All zeros are a valid element, for the collector: one of nothing.
    dataset: Option<Py<Dataset>>,
    row: u32,
    own: Option<Arc<Own>>,
}

impl DataElement {
    /// A row of a data set.
    pub(crate) fn new(dataset: Py<Dataset>, row: u32) -> Self {
        Self { dataset: Some(dataset), row, own: None }
    }

    /// An element with a value of its own.
    pub(crate) fn owned(own: Own) -> Self {
        Self { dataset: None, row: 0, own: Some(Arc::new(own)) }
    }

    /// Its own value: set when it was made, or since.
    pub(crate) fn own(&self, py: Python<'_>) -> Option<Arc<Own>> {
        match (&self.own, &self.dataset) {
            (Some(own), _) => Some(Arc::clone(own)),
            (None, Some(dataset)) => {
                dataset.get().overlay.moved(py, self.row).and_then(|moved| moved.get().own.clone())
            }
            (None, None) => None,
        }
    }

    /// The row it shows, where it has no value of its own.
    pub(crate) fn view(&self) -> Option<(&Py<Dataset>, u32)> {
        self.dataset.as_ref().map(|dataset| (dataset, self.row))
    }

    /// Gives a row that has no value of its own the one given, and its element; the element that another thread gave it
    /// before is returned.
    pub(crate) fn take_over(
        slf: &Bound<'_, Self>,
        vr: Option<Vr>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<Option<Arc<Own>>> {
        let (py, this) = (slf.py(), slf.get());
        let Some((home, row)) = this.view() else { return Ok(None) };
        let (entry, dataset) = (this.entry(), home.get());
        let own = Own::new(entry.tag, vr.unwrap_or(entry.vr), value.clone(), this.creator(py)?);
        own.set_home(home.bind(py))?;
        let made = Py::new(py, Self::owned(own))?;
        let is_here = dataset.row(entry.tag) == Some(row);
        dataset.opened.touch();
        let before = dataset.overlay.take_over(py, row, entry.tag, made, is_here);
        Ok(before.and_then(|found| found.get().own.clone()))
    }

    fn document(&self) -> Option<&Document> {
        self.dataset.as_ref().map(|dataset| dataset.get().document())
    }

    /// The entry of the row; of an element of its own what can be said of it.
    fn entry(&self) -> Entry {
        let found = self.document().and_then(|document| document.entry(self.row).copied());
        found.unwrap_or(Entry {
            tag: self.own.as_ref().map_or(Tag(0), |own| own.tag),
            vr: Vr::UN,
            flags: Flags::default(),
            header: 0,
            depth: 0,
            offset: 0,
            length: 0,
            end: 0,
        })
    }

    pub(crate) fn tag_number(&self) -> Tag {
        self.entry().tag
    }

    /// The VR in force.
    pub(crate) fn vr_now(&self, py: Python<'_>) -> Vr {
        self.own(py).map_or_else(|| self.entry().vr, |own| own.vr())
    }

    /// The value in force.
    pub(crate) fn value_now<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match (self.own(py), self.view()) {
            (Some(own), _) => Ok(own.value(py)),
            (None, Some((dataset, row))) => Dataset::value(dataset.bind(py), row),
            (None, None) => Ok(py.None().into_bound(py)),
        }
    }

    /// The text of the private creator that owns this element (PS3.5 7.8.1).
    fn creator(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let tag = self.entry().tag;
        if !tag.is_private() || tag.element() < 0x1000 {
            return Ok(None);
        }
        if let Some(own) = self.own(py) {
            return Ok(own.creator());
        }
        match self.view() {
            Some((dataset, _)) => Dataset::creator_of(dataset.bind(py), tag),
            None => Ok(None),
        }
    }
}

impl DataElement {
    /// The first bytes of the value, read from the file straight into the object and not kept here.
    fn beginning<'py>(&self, py: Python<'py>, count: u64) -> PyResult<Bound<'py, PyBytes>> {
        let Some(document) = self.document() else { return Ok(PyBytes::new(py, &[])) };
        let (row, count) = (self.row, usize::try_from(count).unwrap_or(usize::MAX));
        PyBytes::new_with(py, count, |bytes| gate::brief(py, || document.read_into(row, 0, bytes)))
    }

    /// How many bytes were read, without delimiters.
    fn read_length(&self) -> u64 {
        self.document().map_or(0, |document| document.extent(self.row).1)
    }
}

#[pymethods]
impl DataElement {
    /// An element with this tag, VR and value.
    #[new]
    #[pyo3(signature = (tag, VR, value))]
    #[expect(non_snake_case, reason = "pydicom's parameter")]
    fn make(tag: &Bound<'_, PyAny>, VR: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (tag, vr) = (Tag(crate::key::tag(tag)?), known(tag.py(), VR)?);
        Ok(Self::owned(Own::new(tag, vr, given(vr, value)?, None)))
    }

    /// The tag.
    #[getter]
    fn tag<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value::tag(py, self.entry().tag)
    }

    /// The VR that the value is read by.
    #[getter(VR)]
    fn vr(&self, py: Python<'_>) -> &'static str {
        self.vr_now(py).as_str()
    }

    #[setter(VR)]
    fn set_vr(slf: &Bound<'_, Self>, vr: &str) -> PyResult<()> {
        let vr = known(slf.py(), vr)?;
        let before = match slf.get().own(slf.py()) {
            Some(own) => Some(own),
            None => Self::take_over(slf, Some(vr), &slf.get().value_now(slf.py())?)?,
        };
        if let Some(own) = before {
            own.set_vr(vr);
        }
        Ok(())
    }

    /// The value, as pydicom gives it.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.value_now(py)
    }

    /// Sets the value: it becomes what an element of this VR holds.
    #[setter]
    fn set_value(slf: &Bound<'_, Self>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let value = given(this.vr_now(py), value)?;
        let before = match this.own(py) {
            Some(own) => Some(own),
            None => Self::take_over(slf, None, &value)?,
        };
        if let Some(own) = before {
            own.set_value(value);
        }
        Ok(())
    }

    /// How many values there are: 1 for a sequence and for a block of bytes, as pydicom counts.
    #[getter(VM)]
    fn vm(&self, py: Python<'_>) -> PyResult<usize> {
        let vr = self.vr_now(py);
        if vr == Vr::SQ {
            return Ok(1);
        }
        if vr.storage() == Storage::Bytes && self.own(py).is_none() {
            return Ok(usize::from(self.read_length() > 0));
        }
        let value = self.value_now(py)?;
        match value.cast::<PyList>() {
            Ok(values) => Ok(values.len()),
            Err(_) => Ok(usize::from(!value.is_none() && !value.len().is_ok_and(|length| length == 0))),
        }
    }

    /// True where there is no value, or a sequence without items.
    #[getter]
    fn is_empty(&self, py: Python<'_>) -> PyResult<bool> {
        if self.vr_now(py) == Vr::SQ {
            return self.value_now(py)?.is_truthy().map(|has_items| !has_items);
        }
        self.vm(py).map(|count| count == 0)
    }

    /// What an element of this VR without a value gives.
    #[getter]
    fn empty_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.vr_now(py) {
            Vr::SQ => Ok(PyList::empty(py).into_any()),
            vr => value::empty(py, vr),
        }
    }

    /// Sets the value to that of an element without one.
    fn clear(slf: &Bound<'_, Self>) -> PyResult<()> {
        Self::set_value(slf, &slf.get().empty_value(slf.py())?)
    }

    /// True where the standard has retired the element.
    #[getter]
    fn is_retired(&self) -> bool {
        let tag = self.entry().tag;
        let found = crate::dictionary::element(tag);
        // What the dictionary says of group lengths, it says of all of them; those with a keyword are elements.
        found.is_some_and(|(.., keyword, _, retired)| {
            retired && !tag.is_private() && !(tag.is_group_length() && keyword.is_empty())
        })
    }

    /// The value in no more than a line.
    #[getter]
    fn repval(slf: &Bound<'_, Self>) -> PyResult<String> {
        slf.py().import("radiogram.dataset.show")?.getattr("in_short")?.call1((slf,))?.extract()
    }

    /// False: a value is decoded when it is touched, and pydicom's raw elements are not needed.
    #[getter]
    #[expect(clippy::unused_self, reason = "a property of each element, in Python's eyes")]
    fn is_raw(&self) -> bool {
        false
    }

    /// False: a value is never a stream.
    #[getter]
    #[expect(clippy::unused_self, reason = "a property of each element, in Python's eyes")]
    fn is_buffered(&self) -> bool {
        false
    }

    /// The same as `offset`, as in pydicom.
    #[getter]
    fn file_tell(&self, py: Python<'_>) -> Option<u64> {
        self.offset(py)
    }

    /// The same as `name`, as in pydicom.
    fn description(&self, py: Python<'_>) -> PyResult<String> {
        self.name(py)
    }

    /// Pickled as the data set and the tag, one that was set as tag, VR and value.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let tag = self.entry().tag;
        if let (None, Some((dataset, row))) = (self.own(py), self.view())
            && dataset.get().shows(py, tag, row)
        {
            let getitem = py.import("operator")?.getattr("getitem")?;
            return Ok((getitem, (dataset, tag.0).into_pyobject(py)?));
        }
        let arguments = (tag.0, self.vr_now(py).as_str(), self.value_now(py)?).into_pyobject(py)?;
        Ok((py.get_type::<Self>().into_any(), arguments))
    }

    /// The keyword, empty where the dictionary has none.
    #[getter]
    fn keyword(&self) -> String {
        crate::dictionary::element(self.entry().tag).map(|(.., keyword, _, _)| keyword).unwrap_or_default()
    }

    /// The private creator that owns the element, or `None`.
    #[getter]
    fn private_creator(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.creator(py)
    }

    /// The name in the dictionary.
    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<String> {
        let tag = self.entry().tag;
        if tag.is_group_length() && tag.is_private() {
            return Ok("Group Length".to_owned());
        }
        if tag.is_private_creator() {
            return Ok("Private Creator".to_owned());
        }
        if tag.is_private() {
            let Some(creator) = self.creator(py)? else { return Ok("Private tag data".to_owned()) };
            let user = crate::dictionary::user();
            let known = match &user {
                Some(user) => user.private.lookup(&creator, tag),
                None => dictionary::private::lookup(&creator, tag),
            };
            return Ok(
                known.map_or_else(|| "Private tag data".to_owned(), |entry| format!("[{}]", entry.name))
            );
        }
        Ok(crate::dictionary::element(tag).map(|(.., name, _)| name).unwrap_or_default())
    }

    /// True for an odd group.
    #[getter]
    fn is_private(&self) -> bool {
        self.entry().tag.is_private()
    }

    /// True where the length in the bytes is FFFFFFFF.
    #[getter]
    fn is_undefined_length(&self) -> bool {
        self.entry().flags.has(Flags::UNDEFINED)
    }

    /// True where the bytes hold no VR for this element.
    #[getter(is_implicit_VR)]
    fn is_implicit(&self) -> bool {
        self.entry().flags.has(Flags::IMPLICIT)
    }

    /// True where numbers have the lowest byte first.
    #[getter]
    fn is_little_endian(&self) -> bool {
        !self.entry().flags.has(Flags::BIG_ENDIAN)
    }

    /// Where the value begins in the source, in bytes; `None` for one that was set.
    #[getter]
    fn offset(&self, py: Python<'_>) -> Option<u64> {
        self.own(py).is_none().then(|| self.entry().offset)
    }

    /// How many bytes the value has, without delimiters: of one that was set, those that would be written.
    #[getter]
    fn length(&self, py: Python<'_>) -> PyResult<u64> {
        match self.own(py) {
            None => Ok(self.read_length()),
            Some(own) => Ok(written(py, &own)?.as_bytes().len() as u64),
        }
    }

    /// The two letters in the bytes, `None` where there are none.
    #[getter]
    fn written_vr(&self, py: Python<'_>) -> Option<String> {
        match self.own(py) {
            None => self.document()?.written_vr(self.row).map(std::borrow::Cow::into_owned),
            Some(_) => None,
        }
    }

    /// The bytes of the value as they are in the source; of one that was set, as they would be written: in the encoding and the
    /// character set of the data set that it was put into, in explicit VR little endian where it is in none.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        if let Some(own) = self.own(py) {
            return written(py, &own);
        }
        let Some((dataset, row)) = self.view() else { return Ok(PyBytes::new(py, &[])) };
        let opened = &dataset.get().opened;
        let document = &opened.document;
        if self.entry().is_container() && document.present(row).is_none() {
            // The index keeps what is in it, not the whole: that is read again.
            return self.beginning(py, document.extent(row).1);
        }
        Ok(PyBytes::new(py, value::bytes(py, opened, row)?))
    }

    /// The bytes of the value for somebody else, who keeps them: what is still in the file is not kept here too.
    fn _given_away<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyBytes>> {
        let (py, this) = (slf.py(), slf.get());
        match (this.own(py), this.document()) {
            (None, Some(document)) if document.present(this.row).is_none() => {
                this.beginning(py, document.extent(this.row).1)
            }
            _ => this.raw(py),
        }
    }

    /// What a line about this element needs, in one call: tag, VR, where the value begins, its length, its first bytes.
    fn _glance<'py>(
        &self,
        py: Python<'py>,
        limit: u64,
    ) -> PyResult<(u32, &'static str, u64, u64, Option<Bound<'py, PyBytes>>)> {
        let entry = self.entry();
        let (Some(document), None) = (self.document(), self.own(py)) else {
            return Ok((entry.tag.0, self.vr_now(py).as_str(), 0, 0, None));
        };
        let (offset, length) = document.extent(self.row);
        let head = if entry.is_container() {
            None
        } else if let Some(bytes) = document.present(self.row) {
            let shown = usize::try_from(limit).ok().and_then(|limit| bytes.get(..limit)).unwrap_or(bytes);
            Some(PyBytes::new(py, shown))
        } else {
            Some(self.beginning(py, length.min(limit))?)
        };
        Ok((entry.tag.0, entry.vr.as_str(), offset, length, head))
    }

    /// The numbers of the value: a read-only view for binary VRs, parsed for DS and IS.
    #[getter]
    fn array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match (self.own(py), self.view()) {
            (None, Some((dataset, row))) => array::of_element(py, &dataset.get().opened, row),
            (Some(own), _) => classes::NUMBERS.get(py)?.call1((own.vr().as_str(), own.value(py))),
            (None, None) => Ok(py.None().into_bound(py)),
        }
    }

    /// Offset and length of each fragment of encapsulated data, `None` for other values.
    fn _fragments(&self, py: Python<'_>) -> Option<Vec<(u64, u64)>> {
        if self.own(py).is_some() { None } else { fragments(self.document()?, self.row) }
    }

    /// The data set it was read in, `None` for one that was made.
    #[getter]
    fn _dataset(&self, py: Python<'_>) -> Option<Py<Dataset>> {
        self.dataset.as_ref().map(|dataset| dataset.clone_ref(py))
    }

    /// A part of the value: an item of a sequence, a value of several.
    fn __getitem__<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.value_now(key.py())?.get_item(key)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        slf.py().import("radiogram.dataset.show")?.getattr("element")?.call1((slf,))?.extract()
    }

    fn __eq__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("radiogram.dataset.compare")?.getattr("elements_equal")?.call1((slf, other))
    }

    #[classattr]
    fn __hash__(py: Python<'_>) -> Py<PyAny> {
        py.None()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.dataset.iter().try_for_each(|dataset| visit.call(dataset))?;
        self.own.iter().try_for_each(|own| own.traverse(&visit))
    }

    fn __clear__(&self) {
        if let Some(own) = &self.own {
            own.clear();
        }
    }
}

/// The bytes that an element with a value of its own would have in the data set it was put into.
fn written<'py>(py: Python<'py>, own: &Own) -> PyResult<Bound<'py, PyBytes>> {
    let arguments = (own.tag.0, own.vr().as_str(), own.value(py), own.home(py));
    Ok(classes::WRITTEN.get(py)?.call1(arguments)?.cast_into()?)
}

/// A VR by what Python code calls it.
fn known(py: Python<'_>, vr: &str) -> PyResult<Vr> {
    Vr::from_text(vr).ok_or_else(|| errors::named(py, "InvalidValueError", "there is no such VR"))
}

/// The rows of a list of data sets that hold encapsulated fragments: (offset, length) of each.
fn fragments(document: &Document, row: u32) -> Option<Vec<(u64, u64)>> {
    document.fragments(row)
}
