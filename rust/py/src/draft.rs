//! From the Python objects of an edited data set to a `Draft`, which knows nothing of Python: under the interpreter's lock,
//! in one go, without recursion. Parts that nobody touched are not looked at.

use std::vec;

use pyo3::prelude::*;
use radiogram_core::path::Step;
use radiogram_core::{Error, ErrorKind, Limits, Path, Tag, Vr};
use radiogram_data::draft::{Base, Change, Value};
use radiogram_data::{Draft, NodeId};

use crate::dataset::Dataset;
use crate::draft_value::{Refusal, of_element};
use crate::element::DataElement;
use crate::errors;
use crate::items::Items;
use crate::opened::Opened;
use crate::reach::pinned;

/// More items than any file has: one data set that is in many sequences at every level would never end.
const MOST_ITEMS: u32 = 1 << 24;

/// The drafts of a data set and of its file meta information.
pub(crate) fn drafts(dataset: &Bound<'_, Dataset>) -> PyResult<(Draft, Draft)> {
    Ok((draft(dataset)?, meta(dataset)?))
}

/// The draft of the file meta information.
fn meta(dataset: &Bound<'_, Dataset>) -> PyResult<Draft> {
    let this = dataset.get();
    match file_meta(dataset) {
        Some(meta) => draft(&meta),
        None if this.opened.is_blank() => Ok(Draft::default()),
        None => Ok(read(&this.opened, this.document().meta())),
    }
}

/// The file meta information, where Python code has set it or looked at it.
pub(crate) fn file_meta<'py>(dataset: &Bound<'py, Dataset>) -> Option<Bound<'py, Dataset>> {
    let (py, this) = (dataset.py(), dataset.get());
    let set = this.overlay.meta(py).map(|meta| meta.into_bound(py));
    let seen = || this.pins.get(py, &this.document().meta().0);
    set.or_else(seen)?.cast_into::<Dataset>().ok()
}

/// What was read, unchanged.
fn read(opened: &Opened, id: NodeId) -> Draft {
    let base = Base { document: opened.document.clone(), node: id, part: None, charset: opened.charset };
    Draft { base: Some(base), ..Draft::default() }
}

/// A sequence that is being gone through.
struct Job<'py> {
    tag: Tag,
    row: Option<u32>,
    items: Bound<'py, Items>,
    /// It is what the base has under this tag, unless an item turns out to be another one.
    is_base: bool,
    /// It is no longer the rows that were read: `waiting` are all its items, and else those that were handed out.
    is_list: bool,
    waiting: vec::IntoIter<(usize, Bound<'py, Dataset>)>,
    entered: usize,
    done: Vec<(usize, Draft)>,
}

impl<'py> Job<'py> {
    fn new(tag: Tag, row: Option<u32>, items: Bound<'py, Items>, is_base: bool) -> PyResult<Self> {
        let py = items.py();
        let list = items.get().list(py);
        let waiting = match &list {
            Some(list) => {
                let item = |(number, item): (usize, Bound<'py, PyAny>)| Ok((number, item.cast_into()?));
                list.iter().enumerate().map(item).collect::<PyResult<Vec<_>>>()?
            }
            None => items.get().pinned(py),
        };
        let waiting = waiting.into_iter();
        Ok(Self { tag, row, items, is_base, is_list: list.is_some(), waiting, entered: 0, done: Vec::new() })
    }

    /// What becomes of the sequence; `None` where it is what was read.
    fn finish(self) -> Option<Change> {
        if self.is_list {
            let items = self.done.into_iter().map(|(_, draft)| draft).collect();
            return Some(Change::Items { row: self.row, items });
        }
        if self.is_base && self.done.iter().all(|(_, draft)| draft.is_untouched()) {
            return None;
        }
        let (opened, rows) = self.items.get().read()?;
        let mut items: Vec<Draft> = rows.iter().map(|id| read(opened, *id)).collect();
        for (number, draft) in self.done {
            if let Some(item) = items.get_mut(number) {
                *item = draft;
            }
        }
        Some(Change::Items { row: self.row, items })
    }
}

/// A data set whose draft is being made.
struct Frame<'py> {
    draft: Draft,
    jobs: Vec<Job<'py>>,
}

impl<'py> Frame<'py> {
    fn new(dataset: &Bound<'py, Dataset>) -> Result<Self, Refusal> {
        let (py, this) = (dataset.py(), dataset.get());
        let mut draft = Draft::default();
        if !this.opened.is_blank() {
            let part = this.is_part.then(|| this.children().to_vec());
            let base = read(&this.opened, this.id).base;
            draft.base = base.map(|base| Base { part, ..base });
        }
        let mut frame = Self { draft, jobs: Vec::new() };
        for element in Dataset::shared(dataset) {
            frame.set(dataset, element.bind(py))?;
        }
        for (tag, change) in this.overlay.changes(py) {
            match change {
                Some(element) => frame.set(dataset, element.bind(py))?,
                None => drop(frame.draft.changes.insert(tag, Change::Remove)),
            }
        }
        for (row, tag, items) in pinned(dataset) {
            frame.jobs.push(Job::new(tag, Some(row), items, true)?);
        }
        Ok(frame)
    }

    fn set(
        &mut self,
        dataset: &Bound<'py, Dataset>,
        element: &Bound<'py, DataElement>,
    ) -> Result<(), Refusal> {
        let py = element.py();
        let (tag, vr) = (element.get().tag_number(), element.get().vr_now(py));
        if vr != Vr::SQ {
            let value = of_element(element)?;
            self.draft.changes.insert(tag, Change::Set { vr, value });
            return Ok(());
        }
        let value = element.get().value_now(py)?;
        let items =
            value.cast_into::<Items>().map_err(|_| Refusal::Value(tag, "a value that is no sequence"))?;
        let this = dataset.get();
        let is_sequence = |row: &u32| this.document().entry(*row).is_some_and(|entry| entry.vr == Vr::SQ);
        let row = this.row(tag).filter(is_sequence);
        self.jobs.push(Job::new(tag, row, items, false)?);
        Ok(())
    }
}

/// The draft of a data set.
fn draft(dataset: &Bound<'_, Dataset>) -> PyResult<Draft> {
    let py = dataset.py();
    let deepest = dataset.get().opened.options.limits.depth.max(Limits::DEFAULT.depth) as usize;
    let mut stack = vec![Frame::new(dataset).map_err(|refusal| refusal.raised(py, &Path::default()))?];
    let mut left = MOST_ITEMS;
    loop {
        let depth = stack.len();
        let Some(frame) = stack.last_mut() else { return Ok(Draft::default()) };
        let Some(job) = frame.jobs.last_mut() else {
            // This data set is done: it is an item of the one below it, or the answer.
            let Some(done) = stack.pop() else { return Ok(Draft::default()) };
            match stack.last_mut().and_then(|below| below.jobs.last_mut()) {
                Some(job) => job.done.push((job.entered, done.draft)),
                None => return Ok(done.draft),
            }
            continue;
        };
        if let Some((number, item)) = job.waiting.next() {
            job.entered = number;
            left = left.saturating_sub(1);
            if depth > deepest || left == 0 {
                return Err(too_much(py, &path(&stack), depth > deepest));
            }
            match Frame::new(&item) {
                Ok(frame) => stack.push(frame),
                Err(refusal) => return Err(refusal.raised(py, &path(&stack))),
            }
        } else if let Some(job) = frame.jobs.pop() {
            let tag = job.tag;
            if let Some(change) = job.finish() {
                frame.draft.changes.insert(tag, change);
            }
        }
    }
}

/// Where the data set on top of the stack, or the item that is about to be entered, lies.
fn path(stack: &[Frame<'_>]) -> Path {
    let step = |job: &Job<'_>| Step { tag: job.tag, item: u32::try_from(job.entered).ok() };
    Path(stack.iter().filter_map(|frame| frame.jobs.last().map(step)).collect())
}

fn too_much(py: Python<'_>, path: &Path, is_deep: bool) -> PyErr {
    let message = if is_deep { "sequences nest too deep, or one is within itself" } else { "too many items" };
    // A path of hundreds of steps says no more than its beginning.
    let start = Path(path.0.iter().take(8).copied().collect());
    errors::raise(py, &Error::new(ErrorKind::Limit, message).in_path(&start))
}

/// A draft in words, for tests and for looking at: where, and what becomes of it.
pub(crate) fn in_words(draft: &Draft) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut waiting = vec![(Path::default(), draft)];
    while let Some((path, draft)) = waiting.pop() {
        for (tag, change) in &draft.changes {
            let at = |item: Option<u32>| {
                let mut steps = path.0.clone();
                steps.push(Step { tag: *tag, item });
                Path(steps)
            };
            let words = match change {
                Change::Remove => "remove".to_owned(),
                Change::Set { vr, value } => format!("{vr} {}", kind(value)),
                Change::Items { items, .. } => {
                    let numbered = (0_u32..).zip(items);
                    waiting.extend(numbered.map(|(number, item)| (at(Some(number)), item)));
                    format!("{} items", items.len())
                }
            };
            lines.push((at(None).to_string(), words));
        }
    }
    lines.sort();
    lines
}

fn kind(value: &Value) -> String {
    match value {
        Value::Empty => "empty".to_owned(),
        Value::Bytes(bytes) => format!("{} bytes", (**bytes).as_ref().len()),
        Value::Text(texts) => format!("text {}", texts.join("\\")),
        Value::Integers(numbers) => format!("integers {numbers:?}"),
        Value::Floats(numbers) => format!("floats {numbers:?}"),
    }
}
