//! The pyclass of a data element: a row of a document, seen through the data set it lies in.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use radiogram_core::vr::Storage;
use radiogram_core::{Tag, Vr, dictionary, try_vec};
use radiogram_data::{Document, Entry, Flags};

use crate::dataset::Dataset;
use crate::{array, gate, value};

/// An element of a data set: tag, VR and value (PS3.5 7.1).
#[pyclass(frozen, weakref, module = "radiogram._core")]
pub(crate) struct DataElement {
    pub(crate) dataset: Py<Dataset>,
    pub(crate) row: u32,
}

impl DataElement {
    pub(crate) fn new(dataset: Py<Dataset>, row: u32) -> Self {
        Self { dataset, row }
    }

    fn entry(&self) -> Entry {
        let rows = self.dataset.get().opened.document.rows();
        // The row was taken from this very document.
        rows.get(self.row as usize).copied().unwrap_or(Entry {
            tag: Tag(0),
            vr: Vr::UN,
            flags: Flags::default(),
            header: 0,
            depth: 0,
            offset: 0,
            length: 0,
            end: 0,
        })
    }

    /// The text of the private creator that owns this element (PS3.5 7.8.1).
    fn creator(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let tag = self.entry().tag;
        if !tag.is_private() || tag.element() < 0x1000 {
            return Ok(None);
        }
        let dataset = self.dataset.get();
        let Some(row) = dataset.row(Tag::new(tag.group(), tag.element() >> 8)) else { return Ok(None) };
        dataset.value(py, row)?.extract().map(Some)
    }
}

impl DataElement {
    /// The first bytes of the value, read from the file and not kept.
    fn beginning<'py>(&self, py: Python<'py>, count: u64) -> PyResult<Bound<'py, PyBytes>> {
        let document = &self.dataset.get().opened.document;
        let bytes = gate::brief(py, || {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let mut bytes = try_vec(count)?;
            bytes.resize(count, 0);
            document.read_into(self.row, 0, &mut bytes)?;
            Ok(bytes)
        })?;
        Ok(PyBytes::new(py, &bytes))
    }
}

#[pymethods]
impl DataElement {
    /// The tag.
    #[getter]
    fn tag<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        value::tag(py, self.entry().tag)
    }

    /// The VR that the value is read by.
    #[getter(VR)]
    fn vr(&self) -> &'static str {
        self.entry().vr.as_str()
    }

    /// The value, as pydicom gives it.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.dataset.get().value(py, self.row)
    }

    /// How many values there are: 1 for a sequence and for a block of bytes, as pydicom counts.
    #[getter(VM)]
    fn vm(&self, py: Python<'_>) -> PyResult<usize> {
        let vr = self.entry().vr;
        if vr == Vr::SQ {
            return Ok(1);
        }
        if vr.storage() == Storage::Bytes {
            return Ok(usize::from(self.length() > 0));
        }
        let value = self.value(py)?;
        match value.cast::<PyList>() {
            Ok(values) => Ok(values.len()),
            Err(_) => Ok(usize::from(!value.is_none() && !value.len().is_ok_and(|length| length == 0))),
        }
    }

    /// True where there is no value, or a sequence without items.
    #[getter]
    fn is_empty(&self, py: Python<'_>) -> PyResult<bool> {
        if self.entry().vr == Vr::SQ {
            return self.value(py)?.is_truthy().map(|has_items| !has_items);
        }
        self.vm(py).map(|count| count == 0)
    }

    /// What an element of this VR without a value gives.
    #[getter]
    fn empty_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.entry().vr {
            Vr::SQ => Ok(PyList::empty(py).into_any()),
            vr => value::empty(py, vr),
        }
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
    fn file_tell(&self) -> u64 {
        self.offset()
    }

    /// The same as `name`, as in pydicom.
    fn description(&self, py: Python<'_>) -> PyResult<String> {
        self.name(py)
    }

    /// Pickled as the data set and the tag.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Py<Dataset>, u32))> {
        let getitem = py.import("operator")?.getattr("getitem")?;
        Ok((getitem, (self.dataset.clone_ref(py), self.entry().tag.0)))
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

    /// Where the value begins in the source, in bytes.
    #[getter]
    fn offset(&self) -> u64 {
        self.entry().offset
    }

    /// How many bytes the value has, without delimiters.
    #[getter]
    fn length(&self) -> u64 {
        self.dataset.get().opened.document.extent(self.row).1
    }

    /// The two letters in the bytes, `None` where there are none.
    #[getter]
    fn written_vr(&self) -> Option<String> {
        self.dataset.get().opened.document.written_vr(self.row).map(std::borrow::Cow::into_owned)
    }

    /// The bytes of the value as they are in the source.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let opened = &self.dataset.get().opened;
        let document = &opened.document;
        if self.entry().is_container() && document.present(self.row).is_none() {
            // The index keeps what is in it, not the whole: that is read again.
            return self.beginning(py, document.extent(self.row).1);
        }
        Ok(PyBytes::new(py, value::bytes(py, opened, self.row)?))
    }

    /// What a line about this element needs, in one call: tag, VR, where the value begins, its length, its first bytes.
    fn _glance<'py>(
        &self,
        py: Python<'py>,
        limit: u64,
    ) -> PyResult<(u32, &'static str, u64, u64, Option<Bound<'py, PyBytes>>)> {
        let entry = self.entry();
        let document = &self.dataset.get().opened.document;
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
        array::of_element(py, &self.dataset.get().opened, self.row)
    }

    /// Offset and length of each fragment of encapsulated data, `None` for other values.
    fn _fragments(&self) -> Option<Vec<(u64, u64)>> {
        fragments(&self.dataset.get().opened.document, self.row)
    }

    /// The data set it lies in.
    #[getter]
    fn _dataset(&self, py: Python<'_>) -> Py<Dataset> {
        self.dataset.clone_ref(py)
    }

    /// A part of the value: an item of a sequence, a value of several.
    fn __getitem__<'py>(&self, key: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.dataset.get().value(key.py(), self.row)?.get_item(key)
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
}

/// The rows of a list of data sets that hold encapsulated fragments: (offset, length) of each.
fn fragments(document: &Document, row: u32) -> Option<Vec<(u64, u64)>> {
    document.entry(row).filter(|entry| entry.flags.has(Flags::FRAGMENTS))?;
    Some(document.items(row).map(|item| document.extent(item.0)).collect())
}
