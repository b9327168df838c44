//! The rules by which instances are placed, as Python gives them: the first one that fits decides.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use radiogram_core::{Error, ErrorKind};
use radiogram_engine::sink::{FileStore, Promise, Template};
use radiogram_engine::{Arrival, Rules, Sink};
use radiogram_io::Disk;
use radiogram_net::dimse::Outcome;

use crate::errors;

/// No such SOP class here (PS3.7 C): what no rule takes.
const NOT_TAKEN: u16 = 0x0122;

struct Rule {
    calling: Option<String>,
    called: Option<String>,
    sop_class: Option<String>,
    transfer_syntax: Option<String>,
    sop_instance: Option<String>,
    sink: Sink,
    checks: bool,
}

/// Rules, in their order.
pub(crate) struct Table(Vec<Rule>);

impl Table {
    /// Reads a list of dicts.
    pub(crate) fn read(py: Python<'_>, given: &[Bound<'_, PyDict>]) -> PyResult<Self> {
        given.iter().map(|dict| rule(py, dict)).collect::<PyResult<_>>().map(Self)
    }

    fn of(&self, arrival: &Arrival) -> Option<&Rule> {
        self.0.iter().find(|rule| {
            let fits = |pattern: &Option<String>, text: &str| {
                pattern.as_ref().is_none_or(|pattern| is_like(pattern.as_bytes(), text.as_bytes()))
            };
            fits(&rule.calling, &arrival.calling.to_text())
                && fits(&rule.called, &arrival.called.to_text())
                && fits(&rule.sop_class, arrival.sop_class.as_str())
                && fits(&rule.transfer_syntax, arrival.transfer_syntax.as_str())
                && fits(&rule.sop_instance, arrival.sop_instance.as_str())
        })
    }
}

impl Rules for Table {
    fn sink(&self, arrival: &Arrival) -> Sink {
        let refused = || Sink::Refuse(Outcome::with_comment(NOT_TAKEN, "such instances are not taken here"));
        self.of(arrival).map_or_else(refused, |rule| rule.sink.clone())
    }

    fn checks(&self, arrival: &Arrival) -> bool {
        self.of(arrival).is_none_or(|rule| rule.checks)
    }
}

fn rule(py: Python<'_>, dict: &Bound<'_, PyDict>) -> PyResult<Rule> {
    let mut rule = Rule {
        calling: None,
        called: None,
        sop_class: None,
        transfer_syntax: None,
        sop_instance: None,
        sink: Sink::Discard,
        checks: true,
    };
    let mut has_sink = false;
    for (key, value) in dict {
        let key: String = key.extract()?;
        match key.as_str() {
            "calling" => rule.calling = value.extract()?,
            "called" => rule.called = value.extract()?,
            "sop_class" => rule.sop_class = value.extract()?,
            "transfer_syntax" => rule.transfer_syntax = value.extract()?,
            "sop_instance" => rule.sop_instance = value.extract()?,
            "check" => rule.checks = value.extract()?,
            "sink" => {
                rule.sink = sink(py, value.cast::<PyTuple>()?)?;
                has_sink = true;
            }
            other => return Err(wrong(py, &format!("a rule has no {other:?}"))),
        }
    }
    if has_sink { Ok(rule) } else { Err(wrong(py, "a rule without a sink")) }
}

fn sink(py: Python<'_>, given: &Bound<'_, PyTuple>) -> PyResult<Sink> {
    let kind: String = given.get_item(0)?.extract()?;
    match kind.as_str() {
        "discard" => Ok(Sink::Discard),
        "memory" => Ok(Sink::Memory { limit: given.get_item(1)?.extract()? }),
        "refuse" => {
            let (_, status, comment): (String, u16, String) = given.extract()?;
            Ok(Sink::Refuse(Outcome::with_comment(status, &comment)))
        }
        "file" => {
            let (_, folder, template, durability): (String, PathBuf, String, String) = given.extract()?;
            let promise = match durability.as_str() {
                "fsync" => Promise::Power,
                "os" => Promise::Process,
                "none" => Promise::Nothing,
                _ => return Err(wrong(py, "durability is \"fsync\", \"os\" or \"none\"")),
            };
            let store = py.detach(|| {
                let template = Template::new(&template)?;
                FileStore::new(Arc::new(Disk), &folder, template, promise)
            });
            store.map(|store| Sink::File(Arc::new(store))).map_err(|error| errors::raise(py, &error))
        }
        other => Err(wrong(py, &format!("there is no sink {other:?}"))),
    }
}

/// Whether a text is like a pattern, in which `*` is any characters and `?` is one. It goes back to the last `*` alone, so it takes no more steps
/// than pattern times text.
fn is_like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut last: Option<(usize, usize)> = None;
    while let Some(&byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                last = Some((p, t));
                p += 1;
            }
            Some(&wanted) if wanted == b'?' || wanted == byte => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((star, at)) = last else { return false };
                last = Some((star, at + 1));
                (p, t) = (star + 1, at + 1);
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

fn wrong(py: Python<'_>, message: &str) -> PyErr {
    errors::raise(py, &Error::new(ErrorKind::Argument, message))
}
