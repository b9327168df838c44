//! From the core's values to Python's.

use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use radiogram_core::vr::Storage;
use radiogram_core::{Tag, Vr};
use radiogram_data::value::{self, Scalar};

use crate::opened::Opened;
use crate::{classes, fresh, gate, recurring};

/// The value of a row that is no sequence.
pub(crate) fn of_row<'py>(py: Python<'py>, opened: &Opened, row: u32) -> PyResult<Bound<'py, PyAny>> {
    let document = &opened.document;
    let Some(entry) = document.entry(row) else { return Ok(py.None().into_bound(py)) };
    let bytes = bytes(py, opened, row)?;
    let charset = if entry.vr.has_charset() { opened.charset(row) } else { radiogram_core::Charset::DEFAULT };
    if bytes.is_empty() {
        return empty(py, entry.vr);
    }
    let big_endian = entry.flags.has(radiogram_data::Flags::BIG_ENDIAN);
    let mut found = Vec::new();
    let mut values = Values {
        py,
        list_of: (bytes.len() > 2).then_some(entry.tag),
        vr: entry.vr,
        is_meta: entry.tag.group() == 2,
        first: None,
        list: None,
        failure: None,
    };
    value::each(
        entry.vr,
        bytes,
        big_endian,
        &charset,
        &mut |kind, assumed| found.push((kind, assumed)),
        &mut |scalar| values.push(scalar),
    );
    if !found.is_empty() {
        opened.note(py, row, found)?;
    }
    let Values { first, list, failure, .. } = values;
    match (failure, list, first) {
        (Some(failure), ..) => Err(failure),
        (None, Some(list), _) => Ok(list.into_any()),
        (None, None, Some(only)) => Ok(only),
        (None, None, None) if is_block(entry.vr) => Ok(PyBytes::new(py, bytes).into_any()),
        (None, None, None) => empty(py, entry.vr),
    }
}

/// True for VRs whose value is one block of bytes.
fn is_block(vr: Vr) -> bool {
    vr.is_bulk() || vr == Vr::UsOrSs
}

/// The values of an element as they come: one alone stays alone, the second opens a list.
struct Values<'py> {
    py: Python<'py>,
    /// The tag, where there is room for several values of two bytes.
    list_of: Option<Tag>,
    vr: Vr,
    /// It is one of the file meta information.
    is_meta: bool,
    first: Option<Bound<'py, PyAny>>,
    list: Option<Bound<'py, PyList>>,
    failure: Option<PyErr>,
}

impl Values<'_> {
    fn push(&mut self, scalar: Scalar<'_>) {
        if self.failure.is_none()
            && let Err(failure) = self.try_push(scalar)
        {
            self.failure = Some(failure);
        }
    }

    fn try_push(&mut self, scalar: Scalar<'_>) -> PyResult<()> {
        let scalar = match self.list_of.take() {
            Some(tag) => value::first_of(tag, scalar),
            None => scalar,
        };
        let value = match scalar {
            // Python code may say how a private transfer syntax is encoded: of this UID, and of no other.
            Scalar::Uid(text) if self.is_meta => uid(self.py, &text)?,
            scalar => one(self.py, self.vr, scalar)?,
        };
        if let Some(list) = &self.list {
            return list.append(value);
        }
        let Some(first) = self.first.take() else {
            self.first = Some(value);
            return Ok(());
        };
        let list = fresh::LIST.make(classes::MULTI.get(self.py)?, &PyTuple::empty(self.py))?;
        list.setattr(intern!(self.py, "type_constructor"), constructor(self.py, self.vr)?)?;
        let list = list.cast_into::<PyList>()?;
        list.append(first)?;
        list.append(value)?;
        self.list = Some(list);
        Ok(())
    }
}

/// The bytes of a row, read now (without the interpreter) where they are not in memory.
pub(crate) fn bytes<'a>(py: Python<'_>, opened: &'a Opened, row: u32) -> PyResult<&'a [u8]> {
    match opened.document.present(row) {
        Some(bytes) => Ok(bytes),
        None => gate::brief(py, || opened.document.bytes(row)),
    }
}

/// A tag of Python's class.
pub(crate) fn tag(py: Python<'_>, tag: Tag) -> PyResult<Bound<'_, PyAny>> {
    fresh::INT.make(classes::TAG.get(py)?, &(tag.0,).into_pyobject(py)?)
}

/// What makes a value of text or a number that is put into a list later.
fn constructor(py: Python<'_>, vr: Vr) -> PyResult<Bound<'_, PyAny>> {
    let class = match vr {
        Vr::DS => classes::DECIMAL.get(py)?,
        Vr::IS => classes::INTEGER.get(py)?,
        Vr::PN => classes::NAME.get(py)?,
        Vr::UI => classes::UID.get(py)?,
        Vr::DA => classes::DATE.get(py)?,
        Vr::TM => classes::TIME.get(py)?,
        Vr::DT => classes::MOMENT.get(py)?,
        Vr::AT => classes::TAG.get(py)?,
        _ => {
            let name = match vr.storage() {
                Storage::Text => "str",
                Storage::Float(_) => "float",
                _ => "int",
            };
            return py.import("builtins")?.getattr(name);
        }
    };
    Ok(class.clone().into_any())
}

/// A number of a class of ours that keeps its text.
fn with_text<'py>(number: Bound<'py, PyAny>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    number.setattr(intern!(number.py(), "original_string"), text)?;
    Ok(number)
}

/// What an element without a value gives: empty text for text, else `None`.
pub(crate) fn empty(py: Python<'_>, vr: Vr) -> PyResult<Bound<'_, PyAny>> {
    match vr {
        Vr::PN => classes::NAME.get(py)?.call1((intern!(py, ""),)),
        Vr::DS | Vr::IS => Ok(py.None().into_bound(py)),
        _ if vr.storage() == Storage::Text => Ok(intern!(py, "").clone().into_any()),
        _ => Ok(py.None().into_bound(py)),
    }
}

fn one<'py>(py: Python<'py>, vr: Vr, scalar: Scalar<'_>) -> PyResult<Bound<'py, PyAny>> {
    match scalar {
        Scalar::Int(number) => number.into_bound_py_any(py),
        Scalar::Uint(number) => number.into_bound_py_any(py),
        Scalar::Float(number) => number.into_bound_py_any(py),
        Scalar::Text(text) => match vr {
            Vr::DA => classes::DATE.get(py)?.call1((text,)),
            Vr::TM => classes::TIME.get(py)?.call1((text,)),
            Vr::DT => classes::MOMENT.get(py)?.call1((text,)),
            _ => Ok(PyString::new(py, &text).into_any()),
        },
        Scalar::Decimal { number, text } => {
            let make = |class: &classes::Class| {
                let made = fresh::FLOAT.make(class.get(py)?, &(number,).into_pyobject(py)?)?;
                with_text(fresh::untracked(made), &text)
            };
            if vr == Vr::IS {
                return make(&classes::REAL);
            }
            recurring::DECIMALS.get(py, &text, || make(&classes::DECIMAL))
        }
        Scalar::Integer { number, text } => {
            let made =
                fresh::untracked(fresh::INT.make(classes::INTEGER.get(py)?, &(number,).into_pyobject(py)?)?);
            // `str(IS)` is the number unless the text is another one.
            if is_plain(&text) { Ok(made) } else { with_text(made, &text) }
        }
        Scalar::Tag(number) => tag(py, number),
        Scalar::Name(text) => classes::NAME.get(py)?.call1((text,)),
        Scalar::Uid(text) => recurring::UIDS.get(py, &text, || uid(py, &text)),
        Scalar::Missing => Ok(intern!(py, "").clone().into_any()),
    }
}

fn uid<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let made = fresh::TEXT.make(classes::UID.get(py)?, &(text,).into_pyobject(py)?)?;
    Ok(fresh::untracked(made))
}

/// True where an integer's text is what Python prints for it.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && (digits == text || digits != "0")
        && (digits.len() == 1 || !digits.starts_with('0'))
}
