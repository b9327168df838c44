//! The Python extension module `radiogram._core`.
#![deny(unsafe_code)]

mod dictionary;

use pyo3::prelude::*;

/// The Rust core of radiogram.
#[pymodule(gil_used = false)]
mod _core {
    use super::{Bound, PyModule, PyResult};

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::dictionary::register(module)
    }
}
