//! From the value of an element that was set to a draft's: what the VR stores decides.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple};
use radiogram_core::path::Step;
use radiogram_core::vr::Storage;
use radiogram_core::{Error, ErrorKind, Path, Tag, Vr};
use radiogram_data::Flags;
use radiogram_data::draft::Value;
use radiogram_data::write::decimal;

use crate::dataset::Dataset;
use crate::element::DataElement;
use crate::opened::Opened;
use crate::{errors, value};

/// Why an element cannot be written. The words never carry the value.
pub(crate) enum Refusal {
    /// It holds something that its VR does not.
    Value(Tag, &'static str),
    /// Python code raised.
    Python(PyErr),
}

impl From<PyErr> for Refusal {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl Refusal {
    /// The exception, for an element of the data set at a path.
    pub(crate) fn raised(self, py: Python<'_>, path: &Path) -> PyErr {
        match self {
            Self::Python(error) => error,
            Self::Value(tag, words) => {
                let mut steps = path.0.clone();
                steps.push(Step { tag, item: None });
                let message = format!("an element has {words}");
                errors::raise(py, &Error::new(ErrorKind::Value, message).in_path(&Path(steps)))
            }
        }
    }
}

/// The value of an element that is no sequence.
pub(crate) fn of_element(element: &Bound<'_, DataElement>) -> Result<Value, Refusal> {
    let (py, this) = (element.py(), element.get());
    let (tag, vr) = (this.tag_number(), this.vr_now(py));
    if this.own(py).is_none()
        && vr.is_bulk()
        && let Some((dataset, row)) = this.view()
    {
        return Ok(stored(py, dataset.get(), row, vr)?);
    }
    of_python(tag, vr, &this.value_now(py)?)
}

/// The bytes of a row of some document, held and not copied.
struct Stored {
    opened: Arc<Opened>,
    row: u32,
}

impl AsRef<[u8]> for Stored {
    fn as_ref(&self) -> &[u8] {
        self.opened.document.present(self.row).unwrap_or_default()
    }
}

fn stored(py: Python<'_>, dataset: &Dataset, row: u32, vr: Vr) -> PyResult<Value> {
    let opened = &dataset.opened;
    let bytes = value::bytes(py, opened, row)?;
    let is_big = opened.document.entry(row).is_some_and(|entry| entry.flags.has(Flags::BIG_ENDIAN));
    let size = match vr.storage() {
        Storage::Unsigned(size) | Storage::Signed(size) | Storage::Float(size) => usize::from(size),
        _ => 1,
    };
    if bytes.is_empty() {
        return Ok(Value::Empty);
    }
    if is_big && size > 1 {
        let swapped: Vec<u8> = bytes.chunks(size).flat_map(|word| word.iter().rev().copied()).collect();
        return Ok(Value::Bytes(Arc::new(swapped)));
    }
    Ok(Value::Bytes(Arc::new(Stored { opened: Arc::clone(opened), row })))
}

/// A Python value, as an element with this VR holds it.
fn of_python(tag: Tag, vr: Vr, value: &Bound<'_, PyAny>) -> Result<Value, Refusal> {
    if value.is_none() {
        return Ok(Value::Empty);
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        let bytes = PyBackedBytes::from(bytes.clone());
        return Ok(if bytes.is_empty() { Value::Empty } else { Value::Bytes(Arc::new(bytes)) });
    }
    let several = value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
    let values = if several { value.extract::<Vec<Bound<'_, PyAny>>>()? } else { vec![value.clone()] };
    if values.is_empty() {
        return Ok(Value::Empty);
    }
    match vr.storage() {
        Storage::Text => {
            let texts = values.iter().map(|value| text(tag, vr, value)).collect::<Result<Vec<_>, _>>()?;
            Ok(if texts == [""] { Value::Empty } else { Value::Text(texts) })
        }
        _ if !several && value.cast::<PyString>().is_ok_and(|text| text.is_empty().unwrap_or(false)) => {
            Ok(Value::Empty)
        }
        Storage::Float(_) => numbers(tag, &values, "a value that is no number").map(Value::Floats),
        Storage::Unsigned(_) | Storage::Signed(_) | Storage::Tags => {
            numbers(tag, &values, "a value that is no whole number").map(Value::Integers)
        }
        Storage::Bytes | Storage::Items => Err(Refusal::Value(tag, "a value that is not bytes")),
    }
}

fn numbers<'py, T>(tag: Tag, values: &[Bound<'py, PyAny>], words: &'static str) -> Result<Vec<T>, Refusal>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    values.iter().map(|value| value.extract().map_err(|_| Refusal::Value(tag, words))).collect()
}

/// The text of one value: a number that was read, or made from text, keeps it.
fn text(tag: Tag, vr: Vr, value: &Bound<'_, PyAny>) -> Result<String, Refusal> {
    if value.is_none() {
        return Ok(String::new());
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.extract()?);
    }
    let original = value.getattr_opt("original_string")?;
    if matches!(vr, Vr::DS | Vr::IS)
        && let Some(original) = original
        && let Ok(original) = original.extract()
    {
        return Ok(original);
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return decimal(number.value())
            .map_err(|_| Refusal::Value(tag, "a number that is no decimal string"));
    }
    let is_name = value.is_instance(crate::classes::NAME.get(value.py())?)?;
    if is_name || value.is_instance_of::<PyInt>() || vr == Vr::DS {
        return Ok(value.str()?.extract()?);
    }
    Err(Refusal::Value(tag, "a value that is no text"))
}
