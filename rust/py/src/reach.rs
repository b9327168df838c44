//! What can be reached from a data set: there are no ways up, so what was changed below is found by going down.

use std::collections::HashSet;
use std::sync::Arc;

use pyo3::prelude::*;
use radiogram_core::Tag;

use crate::dataset::Dataset;
use crate::items::Items;

/// The sequences that were handed out and are still what the data set holds: row, tag, items.
pub(crate) fn pinned<'py>(dataset: &Bound<'py, Dataset>) -> Vec<(u32, Tag, Bound<'py, Items>)> {
    let (py, this) = (dataset.py(), dataset.get());
    let home = Dataset::home(dataset).get();
    let mut found = Vec::new();
    for (row, object) in home.pins.all(py) {
        let Some(entry) = this.document().entry(row) else { continue };
        if let Ok(items) = object.cast_into::<Items>()
            && this.row(entry.tag) == Some(row)
            && !home.overlay.is_moved(row)
            && this.shows(py, entry.tag, row)
        {
            found.push((row, entry.tag, items));
        }
    }
    found.sort_unstable_by_key(|(row, ..)| *row);
    found
}

/// True where a data set itself was changed, whatever became of those in it.
pub(crate) fn is_changed(dataset: &Bound<'_, Dataset>) -> bool {
    let this = dataset.get();
    if this.opened.is_blank() || this.overlay.is_changed() {
        return true;
    }
    this.whole.as_ref().is_some_and(|whole| {
        let overlay = &whole.get().overlay;
        !overlay.is_plain() && this.children().iter().any(|row| overlay.is_moved(*row))
    })
}

/// True where a data set is not what was read, at any depth, its file meta information too.
pub(crate) fn is_edited(dataset: &Bound<'_, Dataset>) -> bool {
    let (py, this) = (dataset.py(), dataset.get());
    if !this.opened.is_touched() {
        return false;
    }
    let mut waiting = vec![dataset.clone()];
    if this.id == this.document().root() {
        let set = this.overlay.meta(py).map(|meta| meta.into_bound(py));
        let meta = set.or_else(|| this.pins.get(py, &this.document().meta().0));
        if let Some(meta) = meta.and_then(|meta| meta.cast_into::<Dataset>().ok()) {
            // A copy has the same file meta information: set, and still what was read.
            if !Arc::ptr_eq(&meta.get().opened, &this.opened) || !meta.get().is_meta() {
                return true;
            }
            waiting.push(meta);
        }
    }
    let mut seen = HashSet::new();
    while let Some(dataset) = waiting.pop() {
        if !seen.insert(dataset.as_ptr() as usize) {
            continue;
        }
        if is_changed(&dataset) {
            return true;
        }
        for (_, _, items) in pinned(&dataset) {
            if items.get().list(py).is_some() {
                return true;
            }
            waiting.extend(items.get().pinned(py).into_iter().map(|(_, item)| item));
        }
    }
    false
}
