//! What Python code writes for a tag: a number, a pair, a keyword, `"(gggg,eeee)"`.

use std::sync::{Arc, Mutex, PoisonError};

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
        // What is no text is no keyword either.
        let text = text.to_string_lossy();
        return Ok(of_keyword(&text).or_else(|| spelled(&text)));
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

/// The tags that several keys name, in ascending order. Those of the call before are remembered: who reads many files asks each for
/// the same.
pub(crate) fn tags(keys: &Bound<'_, PyAny>) -> PyResult<Arc<[Tag]>> {
    // An iterator is asked how long it is, which costs more than a list has.
    let keys: Vec<Bound<'_, PyAny>> = if let Ok(keys) = keys.cast::<PyTuple>() {
        keys.iter().collect()
    } else if let Ok(keys) = keys.cast::<PyList>() {
        keys.iter().collect()
    } else {
        keys.try_iter()?.collect::<PyResult<_>>()?
    };
    if let Some(found) = remembered(&keys) {
        return Ok(found);
    }
    let mut tags = keys.iter().map(|key| tag(key).map(Tag)).collect::<PyResult<Vec<_>>>()?;
    tags.sort_unstable();
    tags.dedup();
    let tags: Arc<[Tag]> = tags.into();
    // Text and numbers do not change; an object that is the same is the same key.
    let is_constant = |key: &Bound<'_, PyAny>| {
        key.is_exact_instance_of::<PyString>() || key.is_exact_instance_of::<PyInt>()
    };
    if keys.iter().all(is_constant) {
        let keys = keys.into_iter().map(Bound::unbind).collect();
        let before = LAST
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(Asked { keys, tags: Arc::clone(&tags) });
        drop(before);
    }
    Ok(tags)
}

/// What one call asked for.
struct Asked {
    keys: Vec<Py<PyAny>>,
    tags: Arc<[Tag]>,
}

static LAST: Mutex<Option<Asked>> = Mutex::new(None);

fn remembered(keys: &[Bound<'_, PyAny>]) -> Option<Arc<[Tag]>> {
    let last = LAST.try_lock().ok()?;
    let asked = last.as_ref()?;
    let is_same = asked.keys.len() == keys.len() && asked.keys.iter().zip(keys).all(|(old, new)| old.is(new));
    is_same.then(|| Arc::clone(&asked.tags))
}
