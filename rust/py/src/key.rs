//! What Python code writes for a tag: a number, a pair, a keyword, `"(gggg,eeee)"`.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyString, PyTuple};
use radiogram_core::{Tag, dictionary};

/// The tag of a keyword: the standard's, or one that the user added.
pub(crate) fn of_keyword(text: &str) -> Option<Tag> {
    dictionary::by_keyword(text).or_else(|| crate::dictionary::user()?.by_keyword(text))
}

/// A tag from what Python code writes for one: a number, a pair, a keyword, `"(gggg,eeee)"`.
pub(crate) fn tag_of(key: &Bound<'_, PyAny>) -> PyResult<Option<Tag>> {
    if let Ok(number) = key.cast::<PyInt>() {
        // A number that does not fit is no tag, just as an unknown keyword is none.
        return Ok(number.extract::<u32>().ok().map(Tag));
    }
    if let Ok(text) = key.cast::<PyString>() {
        let text = text.to_str()?;
        return Ok(of_keyword(text).or_else(|| spelled(text)));
    }
    if (key.is_instance_of::<PyTuple>() || key.is_instance_of::<PyList>())
        && let Ok([group, element]) = key.extract::<[u16; 2]>()
    {
        return Ok(Some(Tag::new(group, element)));
    }
    Err(PyTypeError::new_err("an element is named by a keyword, a number, or a pair (group, element)"))
}

/// `(0010,0010)`, `0010,0010`, `00100010` or `0x00100010`.
fn spelled(text: &str) -> Option<Tag> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: String = text.chars().filter(|c| !matches!(c, '(' | ')' | ',' | ' ')).collect();
    if digits.len() != 8 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(&digits, 16).ok().map(Tag)
}

/// The tag that a keyword, a pair or a spelled tag names.
#[pyfunction]
pub(crate) fn tag(key: &Bound<'_, PyAny>) -> PyResult<u32> {
    match tag_of(key)? {
        Some(tag) => Ok(tag.0),
        None => Err(crate::errors::named(key.py(), "UnknownTagError", "there is no such tag or keyword")),
    }
}

/// The tags that several keys name, in ascending order.
pub(crate) fn tags(keys: &Bound<'_, PyAny>) -> PyResult<Arc<[Tag]>> {
    let mut tags = keys.try_iter()?.map(|key| tag(&key?).map(Tag)).collect::<PyResult<Vec<_>>>()?;
    tags.sort_unstable();
    Ok(tags.into())
}
