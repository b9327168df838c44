//! Many instances over one association or several: their bytes do not pass through Python, what became of each does.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList, PyTuple};
use radiogram_engine::sending::{store_as_they_come, store_over};
use radiogram_engine::{Feed, Instance, NotSent, SendOptions, Sending, Sent};
use radiogram_net::dimse::element::Priority;

use super::association::{Ends, NetAssociation};
use super::inbox::NetInbox;
use super::later::Then;
use super::runtime::{Home, Kept, held};
use super::wait::{seconds, wait};
use super::{terms, unpicklable};
use crate::errors;

/// So many results are waited for together where they come quickly,
const MANY: u32 = 16;
/// or as many as come in this time,
const NAP: Duration = Duration::from_millis(2);
/// so many at least.
const SEVERAL: u32 = 4;

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

/// Sends instances over one association while the caller waits: status, comment and error of each, in their order.
pub(crate) fn here<'py>(
    py: Python<'py>,
    ends: &Arc<Ends>,
    sources: &[Bound<'py, PyAny>],
    options: SendOptions,
) -> PyResult<Bound<'py, PyList>> {
    let instances = sources.iter().map(instance).collect::<PyResult<Vec<_>>>()?;
    let mut rows: Vec<Option<Bound<'py, PyTuple>>> = vec![None; instances.len()];
    let mut sending = {
        let _entered = ends.home.handle().enter();
        store_over(vec![ends.handle.clone()], instances, options)
    };
    while let Some(sent) = wait(py, ends.home.handle(), None, sending.next())?.flatten() {
        let (_, status, comment, error, _) = row(&sent);
        if let Some(place) = rows.get_mut(sent.index) {
            *place = Some((status, comment, error).into_pyobject(py)?);
        }
    }
    let missing = |row: Option<Bound<'py, PyTuple>>| match row {
        Some(row) => Ok(row),
        None => (None::<u16>, "", "it was not sent").into_pyobject(py),
    };
    PyList::new(py, rows.into_iter().map(missing).collect::<PyResult<Vec<_>>>()?)
}

/// Instances on their way over one association or several, whichever is free: given at once, or as they come.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetSending(Kept<Arc<Under>>);

struct Under {
    home: Arc<Home>,
    feed: Mutex<Option<Feed>>,
    /// Not there while somebody waits for it.
    sending: Mutex<Option<Sending>>,
    rhythm: Mutex<Rhythm>,
    has_ended: AtomicBool,
}

#[pymethods]
impl NetSending {
    /// Sends so many, and no more; without `sources` what is pushed, until it is closed.
    #[new]
    #[pyo3(signature = (associations, sources = None, *, priority = 0, originator = None))]
    fn new(
        py: Python<'_>,
        associations: Vec<Bound<'_, NetAssociation>>,
        sources: Option<Vec<Bound<'_, PyAny>>>,
        priority: u16,
        originator: Option<(String, u16)>,
    ) -> PyResult<Self> {
        let over = associations.iter().map(|one| Ok(Arc::clone(one.get().ends(py)?)));
        let over: Vec<Arc<Ends>> = over.collect::<PyResult<_>>()?;
        let Some(first) = over.first() else {
            return Err(errors::named(py, "ArgumentError", "there is no association to send by"));
        };
        let options = options(py, priority, originator)?;
        let sources =
            sources.map(|all| all.iter().map(instance).collect::<PyResult<Vec<_>>>()).transpose()?;
        let rhythm = Rhythm::of(sources.as_ref().map_or(0, Vec::len));
        let handles = over.iter().map(|ends| ends.handle.clone()).collect();
        let (feed, sending) = {
            let _entered = first.home.handle().enter();
            store_as_they_come(handles, options)
        };
        let feed = if let Some(sources) = sources {
            feed.push(sources);
            None
        } else {
            Some(feed)
        };
        Ok(Self(Kept::new(Arc::new(Under {
            home: Arc::clone(&first.home),
            feed: Mutex::new(feed),
            sending: Mutex::new(Some(sending)),
            rhythm: Mutex::new(rhythm),
            has_ended: AtomicBool::new(false),
        }))))
    }

    /// Gives one more, and gives its number.
    fn push(&self, py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<usize> {
        let instance = instance(source)?;
        let feed = held(&self.0.get(py)?.feed);
        let Some(feed) = &*feed else {
            return Err(errors::named(py, "ArgumentError", "no more are taken here"));
        };
        Ok(feed.push([instance]))
    }

    /// Takes back what nobody has begun, and gives which these are: nothing is told of them.
    fn take_back(&self, py: Python<'_>) -> PyResult<Vec<usize>> {
        Ok(held(&self.0.get(py)?.feed).as_ref().map(Feed::take_back).unwrap_or_default())
    }

    /// There are no more.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let closed = held(&self.0.get(py)?.feed).take();
        drop(closed);
        Ok(())
    }

    /// Waits until something became of some of them, so many seconds at most: which one it is, counted from 0, its status, the peer's comment, and
    /// why it was not sent, as a sentence and in a word.
    #[pyo3(signature = (timeout = None))]
    fn take<'py>(&self, py: Python<'py>, timeout: Option<f64>) -> PyResult<Vec<Bound<'py, PyTuple>>> {
        let (under, timeout) = (self.0.get(py)?, seconds(py, "timeout", timeout)?);
        let mut sending = under.lend(py)?;
        let taken = py.detach(|| {
            let taken = sending.at_hand();
            let nap = held(&under.rhythm).nap();
            match nap.filter(|_| taken.is_empty()) {
                Some(nap) => {
                    std::thread::sleep(nap);
                    sending.at_hand()
                }
                None => taken,
            }
        });
        let taken = if taken.is_empty() {
            wait(py, under.home.handle(), timeout, sending.next_many())
        } else {
            Ok(Some(taken))
        };
        if let Ok(Some(taken)) = &taken {
            under.has_ended.store(taken.is_empty(), Ordering::Relaxed);
        }
        *held(&under.sending) = Some(sending);
        let taken = taken?.unwrap_or_default();
        held(&under.rhythm).count(taken.len());
        taken.iter().map(|sent| row(sent).into_pyobject(py)).collect()
    }

    /// The same by an inbox, which hears of it. Whoever cancels that has nothing more sent.
    fn take_later(&self, py: Python<'_>, to: &Bound<'_, NetInbox>, token: Py<PyAny>) -> PyResult<Py<PyAny>> {
        let under = Arc::clone(self.0.get(py)?);
        let then = Then::new(py, &under.home, None, Some(to), Some(token))?;
        let mut sending = under.lend(py)?;
        let results = async move {
            let many = sending.next_many().await;
            under.has_ended.store(many.is_empty(), Ordering::Relaxed);
            *held(&under.sending) = Some(sending);
            many
        };
        then.run(py, None, results, |py, many| {
            let rows = many.iter().map(|sent| row(sent).into_pyobject(py)).collect::<PyResult<Vec<_>>>()?;
            Ok(PyList::new(py, rows)?.into_any().unbind())
        })
    }

    /// True once all was told.
    #[getter]
    fn has_ended(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.0.get(py)?.has_ended.load(Ordering::Relaxed))
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

impl Under {
    /// What one alone waits for, who gives it back.
    fn lend(&self, py: Python<'_>) -> PyResult<Sending> {
        held(&self.sending)
            .take()
            .ok_or_else(|| errors::named(py, "ArgumentError", "another thread waits for these"))
    }
}

/// How quickly results come. To be woken for each of them takes the time of those who send: where many come soon, some are waited for by the
/// clock.
struct Rhythm {
    left: usize,
    last: Instant,
    /// Of a result, by the last ones; none after a pause.
    each: Option<Duration>,
}

impl Rhythm {
    fn of(count: usize) -> Self {
        Self { left: count, last: Instant::now(), each: None }
    }

    /// So many results more.
    fn count(&mut self, results: usize) {
        self.left = self.left.saturating_sub(results);
        let now = Instant::now();
        let taken = now.saturating_duration_since(std::mem::replace(&mut self.last, now));
        self.each = u32::try_from(results).ok().filter(|results| *results > 0).map(|results| {
            let each = taken / results;
            self.each.map_or(each, |known| (known * 3 + each) / 4)
        });
    }

    /// How long it takes until there are some more, where that is soon and they are not the last ones.
    fn nap(&self) -> Option<Duration> {
        let each = self.each?;
        let is_quick = each.saturating_mul(SEVERAL) <= NAP && self.left > 2 * MANY as usize;
        is_quick.then(|| each.saturating_mul(MANY).min(NAP))
    }
}

type Row<'s> = (usize, Option<u16>, &'s str, Option<String>, Option<&'static str>);

/// What became of an instance.
fn row(sent: &Sent) -> Row<'_> {
    match &sent.result {
        Ok(outcome) => {
            let comment = outcome.comment.as_ref().map_or("", |comment| comment.as_str());
            (sent.index, Some(outcome.status.0), comment, None, None)
        }
        Err(why) => {
            let (word, sentence) = words(why);
            (sent.index, None, "", Some(sentence), Some(word))
        }
    }
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
