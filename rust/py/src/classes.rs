//! The Python classes that the core makes instances of, looked up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyAny, PyType};

/// A Python class found at first use.
pub(crate) struct Class {
    module: &'static str,
    name: &'static str,
    found: PyOnceLock<Py<PyType>>,
}

impl Class {
    const fn new(module: &'static str, name: &'static str) -> Self {
        Self { module, name, found: PyOnceLock::new() }
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyType>> {
        self.found.import(py, self.module, self.name)
    }
}

pub(crate) static DATASET: Class = Class::new("radiogram.dataset", "Dataset");
pub(crate) static SEQUENCE: Class = Class::new("radiogram.dataset", "Sequence");
pub(crate) static TAG: Class = Class::new("radiogram.dataset.tag", "Tag");
pub(crate) static UID: Class = Class::new("radiogram.uid", "UID");
pub(crate) static DECIMAL: Class = Class::new("radiogram.values", "DSfloat");
pub(crate) static REAL: Class = Class::new("radiogram.values", "ISfloat");
pub(crate) static INTEGER: Class = Class::new("radiogram.values", "IS");
pub(crate) static NAME: Class = Class::new("radiogram.values", "PersonName");
pub(crate) static MULTI: Class = Class::new("radiogram.values", "MultiValue");
pub(crate) static DATE: Class = Class::new("radiogram.values", "DA");
pub(crate) static TIME: Class = Class::new("radiogram.values", "TM");
pub(crate) static MOMENT: Class = Class::new("radiogram.values", "DT");

/// A Python function found at first use.
pub(crate) struct Function {
    module: &'static str,
    name: &'static str,
    found: PyOnceLock<Py<PyAny>>,
}

impl Function {
    const fn new(module: &'static str, name: &'static str) -> Self {
        Self { module, name, found: PyOnceLock::new() }
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let find = || py.import(self.module)?.getattr(self.name).map(Bound::unbind);
        self.found.get_or_try_init(py, find).map(|found| found.bind(py).clone())
    }
}

/// Makes of what Python code sets what an element of a VR holds.
pub(crate) static GIVEN: Function = Function::new("radiogram.dataset.given", "given");
/// The numbers of a value that was set, as an array.
pub(crate) static NUMBERS: Function = Function::new("radiogram.dataset.given", "numbers");
/// The bytes that a value that was set would have.
pub(crate) static WRITTEN: Function = Function::new("radiogram.dataset.given", "written");
/// What owned lists call after a change.
pub(crate) static COUNT_EDIT: Function = Function::new("radiogram._core", "count_edit");
