//! The Python extension module `radiogram._core`.
#![deny(unsafe_code)]

use pyo3::prelude::*;

/// The Rust core of radiogram.
#[pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
