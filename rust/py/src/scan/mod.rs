//! `rg.scan`: a plan of columns and a condition; a stream of batches that the plan makes of what Python has to scan.

mod arrow;
mod condition;
mod load;
mod plain;
mod series;
mod stream;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use arrow_schema::SchemaRef;
use pyo3::prelude::*;
use radiogram_core::{Tag, Vr};
use radiogram_data::Options;
use radiogram_data::scan::{Column, Front, Kind, Of, Predicate};

use crate::{errors, gate};
use arrow::Form;
use stream::{Batch, Stream};

/// What a scan is to find: the same for all files.
pub(crate) struct Plan {
    pub(super) columns: Vec<Column>,
    pub(super) schema: SchemaRef,
    pub(super) form: Form,
    pub(super) predicate: Option<Predicate>,
    pub(super) options: Options,
    /// The same for remote objects.
    pub(super) costly: Options,
    /// What tells that a file is not wanted before all of that is read.
    pub(super) early: Option<Early>,
}

/// What a condition looks at, where it is less than the columns ask for.
pub(crate) struct Early {
    /// Some elements; none where it is nothing that is in the file.
    pub(super) elements: Option<Options>,
}

impl Plan {
    fn new(columns: Vec<Column>, predicate: Option<Predicate>, force: bool, form: Form) -> Self {
        let asked = || predicate.iter().flat_map(Predicate::columns);
        let options = Options {
            force,
            only: Some(Column::wanted(columns.iter().chain(asked())).into()),
            sought: Some(Column::sought(columns.iter().chain(asked())).into()),
            dictionary: crate::dictionary::user(),
            ..Options::default()
        };
        let last = options.only.as_ref().and_then(|only| only.last().copied());
        let early = match predicate.as_ref().map(Predicate::front) {
            Some(Front::Nothing) => Some(Early { elements: None }),
            Some(Front::Elements(tags)) if tags.last().copied() < last => {
                let sought = Some(Column::sought(asked()).into());
                Some(Early { elements: Some(Options { only: Some(tags.into()), sought, ..options.clone() }) })
            }
            _ => None,
        };
        let schema = arrow::schema(&columns, form);
        let costly = Options { costly: true, ..options.clone() };
        Self { columns, schema, form, predicate, options, costly, early }
    }

    /// The same condition for what reads other elements than its columns.
    fn reading(&self, tags: Vec<Tag>) -> Self {
        let asked = || self.predicate.iter().flat_map(Predicate::columns);
        let mut only = tags.clone();
        only.extend(Column::wanted(asked()));
        let mut sought = tags;
        sought.extend(Column::sought(asked()));
        for list in [&mut only, &mut sought] {
            list.sort_unstable();
            list.dedup();
        }
        let options =
            Options { only: Some(only.into()), sought: Some(sought.into()), ..self.options.clone() };
        let costly = Options { costly: true, ..options.clone() };
        let (schema, predicate) = (Arc::clone(&self.schema), self.predicate.clone());
        Self { columns: Vec::new(), schema, form: self.form, predicate, options, costly, early: None }
    }
}

/// The columns and the condition of a scan.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct ScanPlan(Arc<Plan>);

/// The VRs that files say of elements which no dictionary knows, by the names of their columns.
type Said = HashMap<String, String>;

/// A column by its name in a table: what is known of the file, else a place in the dataset.
fn column(py: Python<'_>, name: &str, said: &Said) -> PyResult<Column> {
    let of = match name {
        "path" => Of::Path,
        "size" => Of::Size,
        "mtime" => Of::Modified,
        "problems" => Of::Problems,
        "error" => Of::Error,
        _ => {
            let user = crate::dictionary::user();
            let letters = said.get(name).and_then(|letters| letters.as_bytes().first_chunk().copied());
            let vr = letters.and_then(Vr::from_bytes);
            return Column::of_said(name, user.as_deref(), vr).map_err(|error| errors::raise(py, &error));
        }
    };
    Ok(Column::about(name, of))
}

#[pymethods]
impl ScanPlan {
    #[new]
    #[pyo3(signature = (columns, condition=None, *, force=false, views=false, said=None))]
    fn new(
        py: Python<'_>,
        columns: Vec<String>,
        condition: Option<Vec<Bound<'_, PyAny>>>,
        force: bool,
        views: bool,
        said: Option<Said>,
    ) -> PyResult<Self> {
        let said = said.unwrap_or_default();
        let columns = columns.iter().map(|name| column(py, name, &said)).collect::<PyResult<Vec<_>>>()?;
        let predicate = condition.map(|ops| condition::parse(py, &ops, &said)).transpose()?;
        let form = if views { Form::Views } else { Form::Plain };
        Ok(Self(Arc::new(Plan::new(columns, predicate, force, form))))
    }

    /// Name, type and whether it is a list, of each column.
    #[getter]
    fn fields(&self) -> Vec<(String, &'static str, bool)> {
        let columns = self.0.columns.iter();
        columns.map(|column| (column.name.clone(), kind(column.kind), column.is_list)).collect()
    }

    /// A stream of batches from an iterator of lists of sources.
    #[pyo3(signature = (loads, *, rows, threads, progress, folder=None))]
    fn open(
        &self,
        loads: Bound<'_, PyAny>,
        rows: usize,
        threads: Option<i64>,
        progress: Option<Py<PyAny>>,
        folder: Option<Py<PyAny>>,
    ) -> PyResult<Stream> {
        let threads = gate::threads(loads.py(), threads)?;
        let loads = loads.try_iter()?.unbind();
        Ok(Stream::new(Arc::clone(&self.0), loads.into_any(), rows, threads, (progress, folder)))
    }

    /// What is there sorted into series, each with the verdict on its geometry; and the files that could not be read.
    #[pyo3(signature = (loads, *, threads, progress, folder))]
    fn series<'py>(
        &self,
        loads: Bound<'py, PyAny>,
        threads: Option<i64>,
        progress: Option<Py<PyAny>>,
        folder: Py<PyAny>,
    ) -> PyResult<(Vec<Bound<'py, pyo3::types::PyDict>>, Vec<(String, String)>)> {
        let threads = gate::threads(loads.py(), threads)?;
        series::sorted(&self.0, &loads, threads, progress, &folder)
    }

    /// The VRs that the first sources say of each column's element, as many of them as are to be read.
    fn said(
        &self,
        py: Python<'_>,
        loads: Bound<'_, PyAny>,
        most: usize,
    ) -> PyResult<HashMap<String, BTreeSet<String>>> {
        let loads = loads.try_iter()?.unbind().into_any();
        let mut found: HashMap<String, BTreeSet<String>> = HashMap::new();
        let (mut done, mut is_more) = (0, true);
        while is_more && done < most {
            let mut taken = VecDeque::new();
            is_more = load::fetch(py, &loads, 1, &mut taken)?;
            taken.truncate(most - done);
            done += taken.len();
            let plan = &self.0;
            gate::brief(py, || {
                for load in &taken {
                    load.show(plan, false, &mut |row| {
                        let Ok(document) = row.outcome else { return };
                        for column in &plan.columns {
                            column.vrs(document, &mut |vr| {
                                found.entry(column.name.clone()).or_default().insert(vr.to_string());
                            });
                        }
                    });
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// The names of columns that have bytes because no dictionary knows what their elements are.
    #[getter]
    fn unknown(&self) -> Vec<String> {
        let user = crate::dictionary::user();
        let asked = self.0.predicate.iter().flat_map(Predicate::columns);
        let columns = self.0.columns.iter().chain(asked);
        columns
            .filter(|column| column.is_unknown(user.as_deref()))
            .map(|column| column.name.clone())
            .collect()
    }

    /// A stream of batches that were made before.
    fn made(&self, batches: Vec<Bound<'_, Batch>>) -> Stream {
        Stream::of_made(Arc::clone(&self.0), batches.into_iter().map(|batch| batch.get().0.clone()).collect())
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyCapsule>> {
        stream::schema_capsule(py, &self.0.schema)
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "string",
        Kind::Code => "code",
        Kind::U16 => "uint16",
        Kind::U32 => "uint32",
        Kind::U64 => "uint64",
        Kind::I16 => "int16",
        Kind::I32 => "int32",
        Kind::I64 => "int64",
        Kind::F32 => "float32",
        Kind::F64 => "float64",
        Kind::Date => "date",
        Kind::Time => "time",
        Kind::Moment => "datetime",
        Kind::Stamp => "timestamp",
        Kind::Bytes => "binary",
    }
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ScanPlan>()?;
    module.add_class::<Stream>()?;
    module.add_class::<Batch>()
}
