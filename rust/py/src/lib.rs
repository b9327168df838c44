//! The Python extension module `radiogram._core`.
#![deny(unsafe_code)]

mod write;

use pyo3::prelude::*;

/// The Rust core of radiogram.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::write::register(module)
    }
}
