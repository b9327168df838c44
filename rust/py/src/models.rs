//! Data sets as text, and back: the DICOM JSON Model, the Native DICOM Model in XML.

use std::collections::BTreeMap;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyString;
use radiogram_core::{Error, ErrorKind, Limits, Path, Problem, ProblemKind, Result, Syntax};
use radiogram_data::bulk::bulk_rows;
use radiogram_data::said::{Read, set_utf8};
use radiogram_data::write::{Form, WriteOptions, plan};
use radiogram_data::{Document, NodeId, Options, Source, json, read, xml};

use crate::contents::show;
use crate::dataset::Dataset;
use crate::gate;
use crate::opened::{Opened, Origin};
use crate::settled::settled;

/// Adds what this file gives to Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(bulk_paths, module)?)?;
    module.add_function(wrap_pyfunction!(to_text, module)?)?;
    module.add_function(wrap_pyfunction!(from_text, module)?)
}

/// Encapsulated Uncompressed Explicit VR Little Endian (PS3.5 A.4.11).
const ENCAPSULATED: &str = "1.2.840.10008.1.2.1.98";

/// Which text.
#[derive(Clone, Copy)]
enum Model {
    Json,
    Xml,
}

impl Model {
    fn of(name: &str) -> Result<Self> {
        match name {
            "json" => Ok(Self::Json),
            "xml" => Ok(Self::Xml),
            _ => Err(Error::new(ErrorKind::Argument, "a text is \"json\" or \"xml\"")),
        }
    }
}

/// A path as Python has it: tags, and the numbers of items, which the last one lacks.
type Places = Vec<(u32, Option<u32>)>;

fn places(path: &Path) -> Places {
    path.0.iter().map(|step| (step.tag.0, step.item)).collect()
}

/// The paths of values that are one block of more than so many bytes, in the order of the data set.
#[pyfunction]
fn bulk_paths(dataset: &Bound<'_, Dataset>, more_than: u64) -> PyResult<Vec<Places>> {
    let (opened, node) = settled(dataset)?;
    let document = &opened.document;
    let path = |row| places(&below(document, node, row));
    Ok(bulk_rows(document, node, more_than).into_iter().map(path).collect())
}

/// The path of a row from a data set, which may be an item.
fn below(document: &Document, node: NodeId, row: u32) -> Path {
    let (outer, whole) = (document.path(node.0), document.path(row));
    Path(whole.0.into_iter().skip(outer.0.len()).collect())
}

/// A data set as text. `uris` has what stands for the values of `bulk_paths(dataset, more_than)`, `None` for those that stay.
#[pyfunction]
fn to_text<'py>(
    dataset: &Bound<'py, Dataset>,
    model: &str,
    more_than: u64,
    uris: Vec<Option<String>>,
) -> PyResult<Bound<'py, PyString>> {
    let py = dataset.py();
    let (opened, node) = settled(dataset)?;
    let text = gate::brief(py, || {
        let document = &opened.document;
        let rows = if uris.is_empty() { Vec::new() } else { bulk_rows(document, node, more_than) };
        let named = rows.into_iter().zip(uris).filter_map(|(row, uri)| Some((row, uri?)));
        let (named, mut text) = (named.collect::<BTreeMap<_, _>>(), Vec::new());
        match Model::of(model)? {
            Model::Json => json::write(document, node, opened.charset, &named, &mut text)?,
            Model::Xml => xml::write(document, node, opened.charset, &named, &mut text)?,
        }
        Ok(text)
    })?;
    PyString::from_bytes(py, &text)
}

/// What `from_text` found elsewhere: the element, its VR, its URI.
type Found = (Places, &'static str, String);

/// The data set that a text is, and the values that are elsewhere, whose elements are empty.
#[pyfunction]
fn from_text<'py>(py: Python<'py>, model: &str, text: &str) -> PyResult<(Bound<'py, PyAny>, Vec<Found>)> {
    let limits = Limits::DEFAULT;
    let (document, elsewhere, options) = gate::brief(py, || {
        let said = match Model::of(model)? {
            Model::Json => json::read(text, &limits)?,
            Model::Xml => xml::read(text, &limits)?,
        };
        let bytes = bytes(&said)?;
        let interrupted = Some(gate::interrupted as fn() -> bool);
        let options = Options { bare: said.is_bare(), limits, interrupted, ..Options::default() };
        let document = read(Source::Memory(Arc::new(bytes)), &options)?;
        Ok((document, said.elsewhere, options))
    })?;
    let opened = Arc::new(Opened::new(document, Origin::Memory, options, None));
    for value in &elsewhere {
        let kind = ProblemKind::ValueElsewhere;
        let assumed = "the element is empty".into();
        opened.keep(py, Problem { kind, path: value.path.clone(), offset: value.offset, assumed })?;
    }
    let root = opened.document.root();
    let found = elsewhere.into_iter().map(|value| (places(&value.path), value.vr.as_str(), value.uri));
    Ok((show(py, &opened, root)?, found.collect()))
}

/// The bytes of what was said, in the character set that it names.
fn bytes(said: &Read) -> Result<Vec<u8>> {
    let form = if said.is_bare() { Form::DataSet } else { Form::File };
    // Fragments need an encapsulated syntax to be written in; which one they are in is not said.
    let syntax = Syntax::from_uid(ENCAPSULATED).filter(|_| said.is_bare() && said.has_fragments());
    let options = WriteOptions { form, syntax, ..WriteOptions::default() };
    let written = plan(&said.data_set, &said.meta, &options).and_then(|plan| plan.to_vec());
    match written {
        Err(error) if said.beyond_ascii => {
            // PS3.18 F.2.2: the set that is named is that of the source; the text may have characters that it lacks.
            let mut again = said.data_set.clone();
            set_utf8(&mut again);
            plan(&again, &said.meta, &options).and_then(|plan| plan.to_vec()).map_err(|_| error)
        }
        written => written,
    }
}
