//! The rules by which instances are placed, as Python gives them: a list of dicts, of which the first that fits decides.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use radiogram_core::Tag;
use radiogram_data::excerpt::Wanted;
use radiogram_engine::Sink;
use radiogram_engine::sink::{Branch, Choice, Choices, FileStore, Pattern, Promise, Spool, Template};
use radiogram_io::Disk;
use radiogram_net::dimse::{Category, Outcome, Status};

use crate::errors;

/// Sinks in sinks: more of them help nobody.
const DEPTH: usize = 4;

/// Reads rules.
pub(crate) fn read(py: Python<'_>, given: &[Bound<'_, PyDict>]) -> PyResult<Choices> {
    given.iter().map(|dict| rule(py, dict)).collect::<PyResult<_>>().map(Choices::new)
}

fn rule(py: Python<'_>, dict: &Bound<'_, PyDict>) -> PyResult<Choice> {
    let mut choice = Choice::all(Sink::Discard);
    let mut has_sink = false;
    for (key, value) in dict {
        let key: String = key.extract()?;
        if value.is_none() {
            continue;
        }
        match key.as_str() {
            "calling" => choice.calling = Some(pattern(&value)?),
            "called" => choice.called = Some(pattern(&value)?),
            "sop_class" => choice.sop_class = Some(pattern(&value)?),
            "transfer_syntax" => choice.transfer_syntax = Some(pattern(&value)?),
            "sop_instance" => choice.sop_instance = Some(pattern(&value)?),
            "check" => choice.checks = value.extract()?,
            "tags" => {
                let tags: Vec<u32> = value.extract()?;
                let tags: Vec<Tag> = tags.into_iter().map(Tag).collect();
                let wanted = Wanted::new(&tags).map_err(|error| errors::raise(py, &error))?;
                choice.wanted = Some(Arc::new(wanted));
            }
            "sink" => {
                choice.sink = sink(&value, DEPTH)?;
                has_sink = true;
            }
            other => return Err(wrong(py, &format!("a rule has no {other:?}"))),
        }
    }
    if has_sink { Ok(choice) } else { Err(wrong(py, "a rule without a sink")) }
}

/// A pattern, or several of which one has to fit.
fn pattern(given: &Bound<'_, PyAny>) -> PyResult<Pattern> {
    let patterns: Vec<String> = match given.cast::<PyString>() {
        Ok(text) => vec![text.extract()?],
        Err(_) => given.extract()?,
    };
    Pattern::any_of(patterns).map_err(|error| errors::raise(given.py(), &error))
}

fn sink(given: &Bound<'_, PyAny>, depth: usize) -> PyResult<Sink> {
    let py = given.py();
    let given =
        given.cast::<PyTuple>().map_err(|_| wrong(py, "a sink is a tuple that begins with its kind"))?;
    let kind: String = given.get_item(0)?.extract()?;
    let raise = |error: radiogram_core::Error| errors::raise(py, &error);
    match (kind.as_str(), given.len()) {
        ("discard", 1) => Ok(Sink::Discard),
        ("memory", 2) => Ok(Sink::Memory { limit: number(&given.get_item(1)?, "limit")? }),
        ("refuse", 3) => {
            let status = number(&given.get_item(1)?, "status")?;
            let comment: String = given.get_item(2)?.extract()?;
            // Any other would say of an instance that is gone that it is here.
            if Status(status).category() != Category::Failure {
                return Err(wrong(
                    py,
                    "who refuses an instance says so by the status of a failure (PS3.7 C)",
                ));
            }
            Ok(Sink::Refuse(Outcome::with_comment(status, &comment)))
        }
        ("file", 4) => {
            let (_, folder, template, durability): (String, PathBuf, String, String) = given.extract()?;
            let promise = promise(py, &durability)?;
            let store = py.detach(|| {
                let template = Template::new(&template)?;
                FileStore::new(Arc::new(Disk), &folder, template, promise)
            });
            Ok(Sink::File(Arc::new(store.map_err(raise)?)))
        }
        ("spool", 4) => {
            let folder: PathBuf = given.get_item(1)?.extract()?;
            let (memory, limit) =
                (number(&given.get_item(2)?, "memory")?, number(&given.get_item(3)?, "limit")?);
            let spool = py.detach(|| Spool::new(Arc::new(Disk), &folder, memory, limit));
            Ok(Sink::Spool(Arc::new(spool.map_err(raise)?)))
        }
        ("tee", 2) if depth > 0 => {
            let sinks: Vec<Bound<'_, PyAny>> = given.get_item(1)?.extract()?;
            let branches = sinks.iter().map(|given| branch(given, depth)).collect::<PyResult<Vec<_>>>()?;
            if branches.is_empty() {
                return Err(wrong(py, "a tee of no sinks keeps nothing: (\"discard\",) says so"));
            }
            Ok(Sink::Tee(branches.into()))
        }
        _ => Err(wrong(
            py,
            &format!(
                "there is no sink {kind:?} with {} values: (\"discard\",) (\"memory\", limit) (\"file\", folder, template, durability) \
                 (\"spool\", folder, memory, limit) (\"tee\", [sinks]) (\"refuse\", status, comment)",
                given.len() - 1
            ),
        )),
    }
}

/// A sink of several, or `("optional", sink)`: then only its own share is lost where it fails.
fn branch(given: &Bound<'_, PyAny>, depth: usize) -> PyResult<Branch> {
    if let Ok((kind, inner)) = given.extract::<(String, Bound<'_, PyAny>)>()
        && kind == "optional"
    {
        return Ok(Branch { sink: sink(&inner, depth - 1)?, is_required: false });
    }
    Ok(Branch { sink: sink(given, depth - 1)?, is_required: true })
}

/// A number that is within the bounds of its type.
fn number<T>(given: &Bound<'_, PyAny>, name: &str) -> PyResult<T>
where
    T: TryFrom<i128>,
{
    let number: i128 =
        given.extract().map_err(|_| wrong(given.py(), &format!("{name} is a whole number")))?;
    T::try_from(number).map_err(|_| wrong(given.py(), &format!("{name} is not within its bounds: {number}")))
}

fn promise(py: Python<'_>, durability: &str) -> PyResult<Promise> {
    match durability {
        "fsync" => Ok(Promise::Power),
        "os" => Ok(Promise::Process),
        "none" => Ok(Promise::Nothing),
        _ => Err(wrong(py, "durability is \"fsync\", \"os\" or \"none\"")),
    }
}

fn wrong(py: Python<'_>, message: &str) -> PyErr {
    errors::named(py, "ArgumentError", message)
}
