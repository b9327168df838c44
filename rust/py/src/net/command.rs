//! Commands as dicts: keyword to number, text, or list of tags. Which keyword has which is the network's to know.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString};
use radiogram_core::Tag;
use radiogram_net::dimse::{Command, Message, Value};

use crate::errors;

/// A command as a dict.
pub(crate) fn dict<'py>(py: Python<'py>, command: &Command) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (keyword, value) in command.fields().map_err(|error| errors::raise(py, &error))? {
        match value {
            Value::Number(number) => dict.set_item(keyword, number)?,
            Value::Text(text) => dict.set_item(keyword, text)?,
            Value::Tags(tags) => dict.set_item(keyword, PyList::new(py, tags.iter().map(|tag| tag.0))?)?,
        }
    }
    Ok(dict)
}

/// The command that a dict says; what a response leaves out is taken from its request.
pub(crate) fn read(dict: &Bound<'_, PyDict>, has_data: bool, request: Option<&Message>) -> PyResult<Command> {
    let py = dict.py();
    let (mut fields, mut keywords) = (Vec::new(), Vec::new());
    for (keyword, given) in dict {
        // A field without a value is one that is missing.
        if given.is_none() {
            continue;
        }
        let keyword: String = keyword.extract()?;
        fields.push(value(&keyword, &given)?);
        keywords.push(keyword);
    }
    let fields: Vec<(&str, Value)> = keywords.iter().map(String::as_str).zip(fields).collect();
    Command::of_fields(&fields, has_data, request).map_err(|error| errors::raise(py, &error))
}

fn value(keyword: &str, given: &Bound<'_, PyAny>) -> PyResult<Value> {
    let wrong = |_| {
        errors::named(
            given.py(),
            "ArgumentError",
            &format!("{keyword} of a command cannot hold such a value"),
        )
    };
    if given.is_instance_of::<PyInt>() {
        return given.extract().map(Value::Number).map_err(wrong);
    }
    if given.is_instance_of::<PyString>() {
        return given.extract().map(Value::Text).map_err(wrong);
    }
    let tags: Vec<u32> = given.extract().map_err(wrong)?;
    Ok(Value::Tags(tags.into_iter().map(Tag).collect()))
}
