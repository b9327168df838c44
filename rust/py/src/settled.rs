//! A data set as a document, for what works on documents: what was read where nothing that matters was changed.

use std::sync::Arc;

use pyo3::prelude::*;
use radiogram_core::Tag;
use radiogram_data::NodeId;

use crate::dataset::Dataset;
use crate::errors;
use crate::opened::Opened;
use crate::reach::{is_edited, pinned};

/// Where a data set is as it is now.
pub(crate) fn settled(dataset: &Bound<'_, Dataset>) -> PyResult<(Arc<Opened>, NodeId)> {
    if is_edited(dataset) { snapshot(dataset) } else { Ok(read(dataset)) }
}

/// Where a data set is as it is now, as far as its pixels go: what else was changed does not matter.
pub(crate) fn settled_pixels(dataset: &Bound<'_, Dataset>) -> PyResult<(Arc<Opened>, NodeId)> {
    if is_edited(dataset) && edited_tags(dataset).into_iter().any(radiogram_pixel::concerns_pixels) {
        snapshot(dataset)
    } else {
        Ok(read(dataset))
    }
}

fn read(dataset: &Bound<'_, Dataset>) -> (Arc<Opened>, NodeId) {
    (Arc::clone(&dataset.get().opened), dataset.get().id)
}

/// The tags of a data set whose elements are not what was read, at any depth below them.
fn edited_tags(dataset: &Bound<'_, Dataset>) -> Vec<Tag> {
    let py = dataset.py();
    let mut tags: Vec<Tag> = dataset.get().overlay.changed_tags().into_keys().collect();
    tags.extend(Dataset::shared(dataset).iter().map(|element| element.get().tag_number()));
    for (_, tag, items) in pinned(dataset) {
        let items = items.get();
        if items.list(py).is_some() || items.pinned(py).iter().any(|(_, item)| is_edited(item)) {
            tags.push(tag);
        }
    }
    tags
}

/// The data set written to memory and read again.
fn snapshot(dataset: &Bound<'_, Dataset>) -> PyResult<(Arc<Opened>, NodeId)> {
    let message = "an edited dataset cannot be written yet, which this needs";
    Err(errors::named(dataset.py(), "UnsupportedError", message))
}
