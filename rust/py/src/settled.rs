//! A data set as a document, for what works on documents: what was read where nothing that matters was changed.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use radiogram_core::Tag;
use radiogram_data::write::{WriteOptions, plan};
use radiogram_data::{NodeId, Options, Source, read};

use crate::dataset::Dataset;
use crate::draft::{drafts, file_meta};
use crate::gate;
use crate::opened::{Opened, Origin};
use crate::overlay::edits;
use crate::reach::{is_edited, pinned};

/// Where a data set is as it is now.
pub(crate) fn settled(dataset: &Bound<'_, Dataset>) -> PyResult<(Arc<Opened>, NodeId)> {
    if is_edited(dataset) { snapshot(dataset) } else { Ok(as_read(dataset)) }
}

/// Where a data set is as it is now, as far as its pixels go: what else was changed does not matter.
pub(crate) fn settled_pixels(dataset: &Bound<'_, Dataset>) -> PyResult<(Arc<Opened>, NodeId)> {
    let is_other =
        is_edited(dataset) && edited_tags(dataset).into_iter().any(radiogram_pixel::concerns_pixels);
    if is_other || says_other_syntax(dataset) { snapshot(dataset) } else { Ok(as_read(dataset)) }
}

/// True where the file meta information names a transfer syntax that was not read.
fn says_other_syntax(dataset: &Bound<'_, Dataset>) -> bool {
    let meta = file_meta(dataset);
    meta.is_some_and(|meta| meta.get().overlay.changed_tags().contains_key(&Tag::TRANSFER_SYNTAX))
}

fn as_read(dataset: &Bound<'_, Dataset>) -> (Arc<Opened>, NodeId) {
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

/// The data set written to memory and read again; the same one until anything is edited.
fn snapshot(dataset: &Bound<'_, Dataset>) -> PyResult<(Arc<Opened>, NodeId)> {
    let (py, this) = (dataset.py(), dataset.get());
    let now = edits();
    if let Some(opened) = this.snapshot.of(now) {
        let root = opened.document.root();
        return Ok((opened, root));
    }
    let drafts = drafts(dataset)?;
    let opened = gate::brief(py, || {
        let bytes = plan(&drafts.0, &drafts.1, &WriteOptions::default())?.to_vec()?;
        let options = Options {
            bare: false,
            force: true,
            strict: false,
            costly: false,
            only: None,
            ..this.opened.options.clone()
        };
        let document = read(Source::Memory(Arc::new(bytes)), &options)?;
        Ok(Arc::new(Opened::new(document, Origin::Memory, options, None)))
    })?;
    this.snapshot.keep(now, &opened);
    let root = opened.document.root();
    Ok((opened, root))
}

/// A data set as it was after so many edits.
#[derive(Default)]
pub(crate) struct Snapshot(Mutex<Option<Box<(u64, Arc<Opened>)>>>);

impl Snapshot {
    fn of(&self, edits: u64) -> Option<Arc<Opened>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|held| held.0 == edits).map(|held| Arc::clone(&held.1))
    }

    fn keep(&self, edits: u64, opened: &Arc<Opened>) {
        let made = Some(Box::new((edits, Arc::clone(opened))));
        let before = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), made);
        drop(before);
    }
}
