//! stub
use pyo3::prelude::*;
use radiogram_core::dictionary::UserDictionary;
pub(crate) fn user() -> Option<std::sync::Arc<UserDictionary>> {
    None
}
pub(crate) fn register(_m: &Bound<'_, PyModule>) -> PyResult<()> {
    Ok(())
}
