//! Many instances over one association: their bytes do not pass through Python, what became of each does.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use radiogram_engine::sending::{store_as_they_come, store_over};
use radiogram_engine::{Feed, Instance, NotSent, SendOptions, Sending, Sent};
use radiogram_net::dimse::element::Priority;

use super::association::{Ends, NetAssociation};
use super::inbox::{NetInbox, Queue};
use super::runtime::{Kept, held};
use super::wait::wait;
use super::work::Work;
use super::{terms, unpicklable};
use crate::errors;

/// What is sent with all of them.
pub(crate) fn options(
    py: Python<'_>,
    priority: u16,
    originator: Option<(String, u16)>,
) -> PyResult<SendOptions> {
    let priority = match priority {
        0 => Priority::Medium,
        1 => Priority::High,
        2 => Priority::Low,
        _ => return Err(errors::named(py, "ArgumentError", "priority is 0 (medium), 1 (high) or 2 (low)")),
    };
    let originator = originator.map(|(title, id)| Ok::<_, PyErr>((terms::title(py, &title)?, id)));
    Ok(SendOptions { priority, originator: originator.transpose()? })
}

/// The path of a file, or the bytes of a whole one.
fn instance(given: &Bound<'_, PyAny>) -> PyResult<Instance> {
    if given.is_instance_of::<PyBytes>() {
        return Ok(Instance::Bytes(Arc::new(given.extract::<PyBackedBytes>()?)));
    }
    Ok(Instance::File(given.extract::<PathBuf>()?))
}

/// Sends instances over one association or several: here and now, or by an inbox.
pub(crate) fn send(
    py: Python<'_>,
    over: &[Arc<Ends>],
    sources: &[Bound<'_, PyAny>],
    options: SendOptions,
    told: Option<&Bound<'_, PyAny>>,
    to: Option<(Arc<Queue>, Py<PyAny>)>,
) -> PyResult<Py<PyAny>> {
    let Some(first) = over.first() else {
        return Err(errors::named(py, "ArgumentError", "there is no association to send by"));
    };
    let instances = sources.iter().map(instance).collect::<PyResult<Vec<_>>>()?;
    let count = instances.len();
    let begun = {
        let _entered = first.home.handle().enter();
        store_over(over.iter().map(|ends| ends.handle.clone()).collect(), instances, options)
    };
    if let Some((queue, token)) = to {
        elsewhere(py, first, begun, queue, token);
        return Ok(py.None());
    }
    Ok(here(py, first, count, begun, told)?.into_any().unbind())
}

/// Sends instances over several associations at once: whichever is free takes the next one.
#[pyfunction]
#[pyo3(signature = (associations, sources, *, priority = 0, originator = None, on_result = None, to = None, token = None))]
#[expect(clippy::too_many_arguments, reason = "the options of sending, by name")]
pub(crate) fn net_store_over(
    py: Python<'_>,
    associations: Vec<Bound<'_, NetAssociation>>,
    sources: Vec<Bound<'_, PyAny>>,
    priority: u16,
    originator: Option<(String, u16)>,
    on_result: Option<&Bound<'_, PyAny>>,
    to: Option<&Bound<'_, NetInbox>>,
    token: Option<Py<PyAny>>,
) -> PyResult<Py<PyAny>> {
    let over = associations.iter().map(|one| Ok(Arc::clone(one.get().ends(py)?)));
    let over: Vec<Arc<Ends>> = over.collect::<PyResult<_>>()?;
    let to = destination(py, to, token)?;
    send(py, &over, &sources, options(py, priority, originator)?, on_result, to)
}

/// Instances that are sent over an association as they come: what became of each goes into an inbox, by the number it was given under.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetFeed(Kept<Mutex<Option<Feed>>>);

#[pymethods]
impl NetFeed {
    #[new]
    #[pyo3(signature = (association, to, *, priority = 0, originator = None))]
    fn new(
        py: Python<'_>,
        association: &Bound<'_, NetAssociation>,
        to: &Bound<'_, NetInbox>,
        priority: u16,
        originator: Option<(String, u16)>,
    ) -> PyResult<Self> {
        let ends = association.get().ends(py)?;
        let options = options(py, priority, originator)?;
        let (feed, sending) = {
            let _entered = ends.home.handle().enter();
            store_as_they_come(vec![ends.handle.clone()], options)
        };
        elsewhere(py, ends, sending, to.get().queue(py)?, py.None());
        Ok(Self(Kept::new(Mutex::new(Some(feed)))))
    }

    /// Gives one more.
    fn push(&self, py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<()> {
        let instance = instance(source)?;
        let feed = held(self.0.get(py)?);
        let Some(feed) = &*feed else {
            return Err(errors::named(py, "ArgumentError", "this feed is closed"));
        };
        feed.push([instance]);
        Ok(())
    }

    /// Takes back what nobody has begun to read, and gives how many these are: nothing comes of them.
    fn take_back(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(held(self.0.get(py)?).as_ref().map_or(0, Feed::take_back))
    }

    /// There are no more.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let closed = held(self.0.get(py)?).take();
        drop(closed);
        Ok(())
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

/// Where results go that are not waited for.
pub(crate) fn destination(
    py: Python<'_>,
    to: Option<&Bound<'_, NetInbox>>,
    token: Option<Py<PyAny>>,
) -> PyResult<Option<(Arc<Queue>, Py<PyAny>)>> {
    let queue = to.map(|inbox| inbox.get().queue(py)).transpose()?;
    Ok(queue.map(|queue| (queue, token.unwrap_or_else(|| py.None()))))
}

/// Sends them while the caller waits: what became of each, in their order.
fn here<'py>(
    py: Python<'py>,
    ends: &Arc<Ends>,
    count: usize,
    mut sending: Sending,
    told: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    let mut rows: Vec<Option<Bound<'py, PyTuple>>> = vec![None; count];
    while let Some(sent) = wait(py, ends.home.handle(), None, sending.next())?.flatten() {
        let row = row(py, &sent)?;
        if let Some(told) = told {
            told.call1((sent.index, row.clone()))?;
        }
        if let Some(place) = rows.get_mut(sent.index) {
            *place = Some(row);
        }
    }
    let missing = |row: Option<Bound<'py, PyTuple>>| match row {
        Some(row) => Ok(row),
        None => (None::<u16>, "", "it was not sent").into_pyobject(py),
    };
    PyList::new(py, rows.into_iter().map(missing).collect::<PyResult<Vec<_>>>()?)
}

/// Sends them while the caller does something else: each has a work in the inbox, which waits for a place there.
fn elsewhere(py: Python<'_>, ends: &Arc<Ends>, mut sending: Sending, queue: Arc<Queue>, token: Py<PyAny>) {
    let held = Arc::clone(ends);
    let token = Arc::new(token);
    py.detach(|| {
        ends.handle.spawn(async move {
            while let Some(sent) = sending.next().await {
                let (ends, token) = (Arc::clone(&held), Arc::clone(&token));
                if !queue.put(Work::Sent { ends, token, sent: Box::new(sent) }).await {
                    return;
                }
            }
        });
    });
}

/// Status, comment, and why it was not sent.
fn row<'py>(py: Python<'py>, sent: &Sent) -> PyResult<Bound<'py, PyTuple>> {
    match &sent.result {
        Ok(outcome) => {
            let comment = outcome.comment.as_ref().map_or("", |comment| comment.as_str());
            (outcome.status.0, comment, None::<&str>).into_pyobject(py)
        }
        Err(why) => (None::<u16>, "", words(why).1).into_pyobject(py),
    }
}

/// What became of an instance, as a dict.
pub(crate) fn details<'py>(py: Python<'py>, sent: &Sent) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let why = sent.result.as_ref().err().map(words);
    let outcome = sent.result.as_ref().ok();
    let comment = outcome.and_then(|outcome| outcome.comment.as_ref());
    dict.set_item(intern!(py, "index"), sent.index)?;
    dict.set_item(intern!(py, "status"), outcome.map(|outcome| outcome.status.0))?;
    dict.set_item(intern!(py, "comment"), comment.map_or("", |comment| comment.as_str()))?;
    dict.set_item(intern!(py, "error"), why.as_ref().map(|(_, sentence)| sentence))?;
    dict.set_item(intern!(py, "why"), why.as_ref().map(|(word, _)| word))?;
    Ok(dict)
}

/// Why an instance was not sent: a word, and a sentence.
fn words(why: &NotSent) -> (&'static str, String) {
    match why {
        NotSent::Unreadable(error) => ("unreadable", format!("it cannot be read: {error}")),
        NotSent::Unfit(why) => ("unfit", (*why).to_owned()),
        NotSent::Cut(why) => ("cut", (*why).to_owned()),
        NotSent::NoContext => (
            "no_context",
            "no context: the peer has accepted none of its SOP class in its transfer syntax".to_owned(),
        ),
        NotSent::Ended(error) => ("ended", error.to_string()),
    }
}
