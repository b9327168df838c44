//! `encode_part10`: Python values to the bytes of a file.

use std::vec;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple};
use radiogram_core::{Error, ErrorKind, Limits, Path, Tag, Vr};
use radiogram_data::write::{FileMeta, SOP_CLASS_UID, SOP_INSTANCE_UID, Writer, file};

use crate::errors::raise;

/// Adds what this file gives to Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(encode_part10, module)?)
}

/// Tag, VR, value.
type Element<'py> = (u32, String, Bound<'py, PyAny>);

/// The bytes of a Part 10 file, explicit VR little endian, with native pixels.
///
/// An element is (tag, VR, value); tags ascend. A value is `None`, `str`, `bytes`, `int`, `float`, or a list
/// of `str`, `int` or `float`; that of SQ is a list of items, each a list of elements. The SOP class and
/// instance of the file meta information are the data set's.
#[pyfunction]
fn encode_part10<'py>(py: Python<'py>, elements: Vec<Element<'py>>) -> PyResult<Bound<'py, PyBytes>> {
    let sop_class_uid = uid(&elements, SOP_CLASS_UID)?;
    let sop_instance_uid = uid(&elements, SOP_INSTANCE_UID)?;
    let meta = FileMeta { sop_class_uid: &sop_class_uid, sop_instance_uid: &sop_instance_uid };
    let mut writer = file(&meta).map_err(|error| raise(py, &error))?;
    write_all(&mut writer, elements, py)?;
    let bytes = writer.finish().map_err(|error| raise(py, &error))?;
    Ok(PyBytes::new(py, &bytes))
}

/// A UID that the file meta information repeats.
fn uid(elements: &[Element<'_>], tag: Tag) -> PyResult<String> {
    let found = elements.iter().find(|(number, _, _)| *number == tag.0);
    match found {
        Some((_, _, value)) => value.extract(),
        None => Err(PyErr::from(Refusal(tag, "is needed for the file meta information"))),
    }
}

/// A data set or a sequence that is being written, and what of it is left.
enum Level<'py> {
    Dataset(vec::IntoIter<Element<'py>>),
    Sequence(vec::IntoIter<Bound<'py, PyAny>>),
}

/// Writes a data set and what is nested in it, without recursion.
fn write_all<'py>(writer: &mut Writer, elements: Vec<Element<'py>>, py: Python<'py>) -> PyResult<()> {
    let deepest = 2 * Limits::DEFAULT.depth as usize;
    let mut levels = vec![Level::Dataset(elements.into_iter())];
    while let Some(level) = levels.last_mut() {
        let deeper = match level {
            Level::Dataset(elements) => {
                if let Some((number, vr, value)) = elements.next() {
                    write_element(writer, Tag(number), &vr, &value)?
                } else {
                    levels.pop();
                    if !levels.is_empty() {
                        writer.end_item().map_err(|error| raise(py, &error))?;
                    }
                    None
                }
            }
            Level::Sequence(items) => {
                if let Some(item) = items.next() {
                    writer.begin_item().map_err(|error| raise(py, &error))?;
                    Some(Level::Dataset(item.extract::<Vec<Element<'py>>>()?.into_iter()))
                } else {
                    levels.pop();
                    writer.end_sequence().map_err(|error| raise(py, &error))?;
                    None
                }
            }
        };
        if let Some(deeper) = deeper {
            if levels.len() > deepest {
                return Err(raise(py, &Error::new(ErrorKind::Limit, "sequences nested too deep")));
            }
            levels.push(deeper);
        }
    }
    Ok(())
}

/// Writes one element; a sequence is opened, and its items are given back.
fn write_element<'py>(
    writer: &mut Writer,
    tag: Tag,
    vr: &str,
    value: &Bound<'py, PyAny>,
) -> PyResult<Option<Level<'py>>> {
    let letters: Option<[u8; 2]> = vr.as_bytes().try_into().ok();
    let Some(vr) = letters.and_then(Vr::from_bytes) else {
        return Err(Refusal(tag, "has no such VR").into());
    };
    if vr == Vr::SQ {
        writer.begin_sequence(tag).map_err(|error| raise(value.py(), &error))?;
        return Ok(Some(Level::Sequence(value.extract::<Vec<Bound<'py, PyAny>>>()?.into_iter())));
    }
    let written = if value.is_none() {
        writer.bytes(tag, vr, &[])
    } else if let Ok(text) = value.cast::<PyString>() {
        writer.text(tag, vr, text.to_cow()?.as_ref())
    } else if let Ok(bytes) = value.cast::<PyBytes>() {
        writer.bytes(tag, vr, bytes.as_bytes())
    } else {
        let values = if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            value.extract::<Vec<Bound<'py, PyAny>>>()?
        } else {
            vec![value.clone()]
        };
        return write_values(writer, tag, vr, &values).map(|()| None);
    };
    written.map_err(|error| raise(value.py(), &error))?;
    Ok(None)
}

/// Writes one or several numbers, or several texts.
fn write_values(writer: &mut Writer, tag: Tag, vr: Vr, values: &[Bound<'_, PyAny>]) -> PyResult<()> {
    let all = |is: fn(&Bound<'_, PyAny>) -> bool| values.iter().all(is);
    let written = if all(|value| value.is_instance_of::<PyString>()) {
        let texts = values.iter().map(PyAnyMethods::extract::<String>).collect::<PyResult<Vec<_>>>()?;
        writer.text(tag, vr, &texts.join("\\"))
    } else if all(|value| value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>()) {
        let numbers = values.iter().map(PyAnyMethods::extract::<i64>).collect::<PyResult<Vec<_>>>()?;
        writer.integers(tag, vr, &numbers)
    } else if all(|value| value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>()) {
        let numbers = values.iter().map(PyAnyMethods::extract::<f64>).collect::<PyResult<Vec<_>>>()?;
        writer.floats(tag, vr, &numbers)
    } else {
        return Err(Refusal(tag, "has a value that is no str, bytes, int, float or list of them").into());
    };
    match (written, values.first()) {
        (Err(error), Some(value)) => Err(raise(value.py(), &error)),
        (Err(_), None) | (Ok(()), _) => Ok(()),
    }
}

/// What is wrong with an element that Python gave.
struct Refusal(Tag, &'static str);

impl From<Refusal> for PyErr {
    fn from(Refusal(tag, message): Refusal) -> Self {
        let error = Error::new(ErrorKind::Value, format!("an element {message}")).in_path(&Path::of(tag));
        Python::attach(|py| raise(py, &error))
    }
}
