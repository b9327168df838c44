//! Writing a data set, as it is now: to a file that is there as a whole or not at all, to an object of Python's, to memory.

use std::any::Any;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use radiogram_core::{Error, ErrorKind, Limits, ReadAt, Result, Syntax};
use radiogram_data::Draft;
use radiogram_data::write::{Form, Lengths, PREAMBLE, Plan, Sink, WriteOptions, plan};
use radiogram_io::{Durability, Existing, NewFile, PathFile};

use crate::dataset::Dataset;
use crate::draft::drafts;
use crate::gate;
use crate::opened::Origin;

/// How much the system copies between two looks at whether it is still wanted: some hundredths of a second.
const AT_ONCE: u64 = 32 << 20;

/// How to write: transfer syntax, form, lengths, repair, preamble.
pub(crate) type Asked = (Option<String>, String, String, bool, Option<Vec<u8>>);

/// Adds what this file gives to Python.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(save_file, module)?)?;
    module.add_function(wrap_pyfunction!(save_into, module)?)?;
    module.add_function(wrap_pyfunction!(save_bytes, module)?)
}

/// Writes a data set to a path. `durable`: it is on the disk when this returns; `overwrite`: a file there is replaced.
#[pyfunction]
fn save_file(
    dataset: &Bound<'_, Dataset>,
    path: PathBuf,
    asked: Asked,
    durable: bool,
    overwrite: bool,
) -> PyResult<()> {
    let (py, drafts) = (dataset.py(), drafts(dataset)?);
    let own = match &dataset.get().opened.origin {
        Origin::Path(file) => Some(file),
        Origin::Remote(_) | Origin::Memory | Origin::Nothing => None,
    };
    let durability = if durable { Durability::Disk } else { Durability::System };
    let existing = if overwrite { Existing::Replace } else { Existing::Keep };
    gate::brief(py, || {
        let plan = planned(drafts, &asked)?;
        let mut file = NewFile::beside(&path)?;
        plan.write_to(&mut Writing(&mut file))?;
        // Whoever has yet to read from the file that is replaced can still do it.
        if let Some(old) = file.replaces() {
            let sources = plan.sources().filter_map(path_file);
            for source in sources.chain(own.map(|file| &**file)).filter(|source| source.stamp() == old) {
                source.hold()?;
            }
        }
        file.commit(durability, existing)
    })
}

/// Writes a data set by a function that takes bytes, some MiB at a time.
#[pyfunction]
fn save_into(dataset: &Bound<'_, Dataset>, write: Py<PyAny>, asked: Asked) -> PyResult<()> {
    let (py, drafts) = (dataset.py(), drafts(dataset)?);
    let mut failure = None;
    let outcome = gate::brief(py, || {
        planned(drafts, &asked)?.write_to(&mut |bytes: &[u8]| {
            Python::attach(|py| write.call1(py, (PyBytes::new(py, bytes),)).map(drop)).map_err(|raised| {
                failure = Some(raised);
                Error::new(ErrorKind::Io { errno: 0 }, "the object to write to raised")
            })
        })
    });
    match failure {
        Some(raised) => Err(raised),
        None => outcome,
    }
}

/// The bytes of a data set.
#[pyfunction]
fn save_bytes<'py>(dataset: &Bound<'py, Dataset>, asked: Asked) -> PyResult<Bound<'py, PyBytes>> {
    let (py, drafts) = (dataset.py(), drafts(dataset)?);
    let bytes = gate::brief(py, || planned(drafts, &asked)?.to_vec())?;
    Ok(PyBytes::new(py, &bytes))
}

/// A file that is being written, as the plan sees it.
struct Writing<'f>(&'f mut NewFile);

impl Sink for Writing<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        wanted()?;
        self.0.write(bytes)
    }

    fn take(&mut self, file: &dyn ReadAt, mut offset: u64, mut count: u64) -> Result<bool> {
        let Some(file) = path_file(file) else { return Ok(false) };
        while count > 0 {
            wanted()?;
            let most = count.min(AT_ONCE);
            self.0.copy(file, offset, most)?;
            (offset, count) = (offset + most, count - most);
        }
        Ok(true)
    }
}

/// Long files are given up when Ctrl-C is pressed.
fn wanted() -> Result<()> {
    if gate::interrupted() { Err(Error::new(ErrorKind::Interrupted, "interrupted")) } else { Ok(()) }
}

fn planned((data_set, meta): (Draft, Draft), asked: &Asked) -> Result<Plan> {
    plan(&data_set, &meta, &options(asked)?)
}

fn options((syntax, form, lengths, repair, preamble): &Asked) -> Result<WriteOptions> {
    let wrong = |message: &str| Error::new(ErrorKind::Argument, message);
    let known = |uid: &String| Syntax::from_uid(uid).ok_or_else(|| wrong("no such transfer syntax"));
    let fixed = |preamble: &Vec<u8>| {
        <[u8; PREAMBLE]>::try_from(preamble.as_slice())
            .map_err(|_| wrong("a preamble has 128 bytes (PS3.10 7.1)"))
    };
    Ok(WriteOptions {
        syntax: syntax.as_ref().map(known).transpose()?,
        form: match form.as_str() {
            "as read" => Form::AsRead,
            "file" => Form::File,
            "dataset" => Form::DataSet,
            _ => return Err(wrong("a form is \"as read\", \"file\" or \"dataset\"")),
        },
        lengths: match lengths.as_str() {
            "as read" => Lengths::AsRead,
            "defined" => Lengths::Defined,
            "undefined" => Lengths::Undefined,
            _ => return Err(wrong("lengths are \"as read\", \"defined\" or \"undefined\"")),
        },
        repair: *repair,
        preamble: preamble.as_ref().map(fixed).transpose()?,
        limits: Limits::DEFAULT,
    })
}

/// A file of this machine behind what is read at a place.
fn path_file(source: &dyn ReadAt) -> Option<&PathFile> {
    (source as &dyn Any).downcast_ref()
}
