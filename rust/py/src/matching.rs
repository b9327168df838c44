//! Whether data sets are what a query asks for.

use pyo3::prelude::*;
use radiogram_data::matching::{Options, matches_at};

use crate::dataset::Dataset;
use crate::gate;
use crate::settled::settled;

/// Which of some data sets match a query: in one call, so that a list of candidates is one crossing. The last is what was agreed on: names
/// in any case, names by their sound, a date and its time as one, empty values, the offset from UTC in minutes where zones count.
#[pyfunction]
pub(crate) fn matching(
    py: Python<'_>,
    query: &Bound<'_, Dataset>,
    data_sets: Vec<Bound<'_, Dataset>>,
    agreed: (bool, bool, bool, bool, Option<i32>),
) -> PyResult<Vec<bool>> {
    let (names_ignore_case, names_are_fuzzy, combines_date_and_time, empty_values, zone) = agreed;
    let options = Options { names_ignore_case, names_are_fuzzy, combines_date_and_time, empty_values, zone };
    let (query, root) = settled(query)?;
    let found: Vec<_> = data_sets.iter().map(settled).collect::<PyResult<_>>()?;
    gate::brief(py, || {
        let one = |(opened, node): &(_, _)| -> radiogram_core::Result<bool> {
            let opened: &std::sync::Arc<crate::opened::Opened> = opened;
            matches_at((&query.document, root), (&opened.document, *node), options)
        };
        found.iter().map(one).collect()
    })
}
