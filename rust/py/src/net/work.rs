//! One thing that the network has for Python: to decide, to answer, or to know.

use std::ffi::OsString;
use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyAttributeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use radiogram_data::excerpt::Taken;
use radiogram_engine::{Body, Decision, Kept as Held, Replies, Request, Stored};
use radiogram_net::dimse::{Command, Message, Outcome, c_store};
use radiogram_net::pdu::AssociateRq;
use tokio::sync::oneshot;

use super::association::{Ends, NetAssociation};
use super::later::{Later, Then};
use super::notice::Details;
use super::runtime::{Kept, held};
use super::{command, decision, failure, unpicklable};

/// An answer that somebody waits for, once.
type Answer<T> = Mutex<Option<oneshot::Sender<T>>>;

/// What is in the inbox.
pub(crate) enum Work {
    /// Whether an association is accepted.
    Negotiate { ends: Arc<Ends>, request: Arc<AssociateRq>, answer: oneshot::Sender<Decision> },
    /// An instance is where it belongs.
    Instance(Box<Instance>),
    /// A request is to be served.
    Request(Arc<Ends>, Box<Request>),
    /// Something has happened.
    Notice { ends: Arc<Ends>, name: &'static str, details: Details },
    /// What a caller began is done.
    Done { ends: Option<Arc<Ends>>, token: Py<PyAny>, value: Later },
}

/// An instance, and who waits for its answer.
pub(crate) struct Instance {
    ends: Arc<Ends>,
    context: u8,
    command: c_store::Request,
    transfer_syntax: radiogram_net::Uid,
    kept: Held,
    index: Option<Taken>,
    answer: oneshot::Sender<Outcome>,
}

impl Instance {
    pub(crate) fn new(ends: Arc<Ends>, stored: Stored<'_>, answer: oneshot::Sender<Outcome>) -> Self {
        Self {
            ends,
            context: stored.context,
            command: stored.command.clone(),
            transfer_syntax: stored.arrival.transfer_syntax.clone(),
            kept: stored.kept,
            index: stored.index,
            answer,
        }
    }
}

/// What a work is about, without who is to answer it.
struct About {
    kind: &'static str,
    name: &'static str,
    ends: Option<Arc<Ends>>,
    /// Context, SOP class, transfer syntax.
    context: Option<(u8, String, String)>,
    command: Option<Command>,
    data: Held,
    index: Option<Taken>,
    asked: Option<Arc<AssociateRq>>,
    reply: Reply,
}

/// How it is answered.
enum Reply {
    Nothing,
    Decision(Answer<Decision>),
    Outcome(Answer<Outcome>),
    Responses(Arc<Replies>),
}

/// One thing that Python has to know or to decide.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetWork {
    about: Kept<About>,
    /// What can hold anything, this work too: found by the garbage collector. For it zeros are a valid value, as in [`crate::pins`].
    token: Mutex<Option<Py<PyAny>>>,
    details: Mutex<Option<Py<PyDict>>>,
    association: PyOnceLock<Py<NetAssociation>>,
    command: PyOnceLock<Option<Py<PyDict>>>,
    data: PyOnceLock<Option<Py<PyBytes>>>,
}

impl NetWork {
    pub(crate) fn new(py: Python<'_>, work: Work) -> PyResult<Self> {
        let (mut token, mut details) = (None, None);
        let blank = |kind, ends| About {
            kind,
            name: "",
            ends,
            context: None,
            command: None,
            data: Held::Nothing,
            index: None,
            asked: None,
            reply: Reply::Nothing,
        };
        let about = match work {
            Work::Negotiate { ends, request, answer } => About {
                asked: Some(request),
                reply: Reply::Decision(Answer::new(Some(answer))),
                ..blank("negotiate", Some(ends))
            },
            Work::Instance(instance) => {
                let Instance { ends, context, command, transfer_syntax, kept, index, answer } = *instance;
                let class = ends.abstract_syntax(context);
                About {
                    context: Some((context, class, transfer_syntax.as_str().to_owned())),
                    command: Some(Command { message: command.into(), has_data: true }),
                    data: kept,
                    index,
                    reply: Reply::Outcome(Answer::new(Some(answer))),
                    ..blank("instance", Some(ends))
                }
            }
            Work::Request(ends, request) => {
                let Request { context, command: message, data, replies, .. } = *request;
                let syntaxes = (context.abstract_syntax.as_str(), context.transfer_syntax.as_str());
                About {
                    context: Some((context.id, syntaxes.0.to_owned(), syntaxes.1.to_owned())),
                    command: Some(Command { message, has_data: data.is_some() }),
                    data: data.map_or(Held::Nothing, Held::Memory),
                    reply: Reply::Responses(Arc::new(replies)),
                    ..blank("request", Some(ends))
                }
            }
            Work::Notice { ends, name, details: said } => {
                details = Some(said.dict(py)?.unbind());
                About { name, ..blank("notice", Some(ends)) }
            }
            Work::Done { ends, token: given, value } => {
                token = Some(given);
                let dict = PyDict::new(py);
                match value(py) {
                    Ok(value) => dict.set_item("value", value)?,
                    Err(raised) => dict.set_item("error", raised.value(py))?,
                }
                details = Some(dict.unbind());
                blank("done", ends)
            }
        };
        let (association, command, data) = (PyOnceLock::new(), PyOnceLock::new(), PyOnceLock::new());
        let (token, details) = (Mutex::new(token), Mutex::new(details));
        Ok(Self { about: Kept::new(about), token, details, association, command, data })
    }

    fn request(about: &About) -> Option<&Message> {
        about.command.as_ref().map(|command| &command.message)
    }
}

#[pymethods]
impl NetWork {
    #[getter]
    fn kind(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.about.get(py)?.kind)
    }

    #[getter]
    fn name(&self, py: Python<'_>) -> PyResult<&'static str> {
        Ok(self.about.get(py)?.name)
    }

    #[getter]
    fn association(&self, py: Python<'_>) -> PyResult<Option<Py<NetAssociation>>> {
        let Some(ends) = &self.about.get(py)?.ends else { return Ok(None) };
        let made =
            self.association.get_or_try_init(py, || Py::new(py, NetAssociation::new(Arc::clone(ends))))?;
        Ok(Some(made.clone_ref(py)))
    }

    #[getter]
    fn token(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        held(&self.token).as_ref().map(|token| token.clone_ref(py))
    }

    #[getter]
    fn context<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let context = self.about.get(py)?.context.as_ref();
        context.map(|(id, class, syntax)| (id, class, syntax).into_pyobject(py)).transpose()
    }

    #[getter]
    fn command(&self, py: Python<'_>) -> PyResult<Option<Py<PyDict>>> {
        let about = self.about.get(py)?;
        let made = self.command.get_or_try_init(py, || {
            let dict = about.command.as_ref().map(|said| command::dict(py, said)).transpose()?;
            Ok::<_, PyErr>(dict.map(Bound::unbind))
        })?;
        Ok(made.as_ref().map(|dict| dict.clone_ref(py)))
    }

    /// Bytes of the data set of a request, or of the whole file of an instance in memory.
    #[getter]
    fn data(&self, py: Python<'_>) -> PyResult<Option<Py<PyBytes>>> {
        let about = self.about.get(py)?;
        let made = self.data.get_or_init(py, || {
            let of = |one: &Held| match one {
                Held::Memory(bytes) => Some(PyBytes::new(py, bytes).unbind()),
                _ => None,
            };
            each(&about.data).find_map(of)
        });
        Ok(made.as_ref().map(|bytes| bytes.clone_ref(py)))
    }

    #[getter]
    fn path(&self, py: Python<'_>) -> PyResult<Option<OsString>> {
        Ok(each(&self.about.get(py)?.data).find_map(path_of))
    }

    /// Whether what came is kept, or was meant to go nowhere, whether anybody takes it from here or not.
    #[getter]
    fn is_lasting(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.about.get(py)?.data.is_lasting())
    }

    /// What each sink has kept, by its kind: a path, or what went wrong where a sink may fail.
    #[getter]
    fn kept<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for one in each(&self.about.get(py)?.data) {
            match one {
                Held::Nothing | Held::Several(_) => list.append(("discard",))?,
                Held::Memory(_) => list.append(("memory",))?,
                Held::File(_) => list.append(("file", path_of(one)))?,
                Held::Spooled(_) => list.append(("spool", path_of(one)))?,
                Held::Failed(outcome) => {
                    let comment = outcome.comment.as_ref().map_or("", |comment| comment.as_str());
                    list.append(("failed", outcome.status.0, comment))?;
                }
            }
        }
        Ok(list)
    }

    /// The elements that the rule wants, as a small file of their own; `None` where it wants none.
    #[getter]
    fn index<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        Ok(self.about.get(py)?.index.as_ref().map(|taken| PyBytes::new(py, &taken.file)))
    }

    /// False where wanted elements can be in the data set that are not in the index.
    #[getter]
    fn index_complete(&self, py: Python<'_>) -> PyResult<bool> {
        let index = self.about.get(py)?.index.as_ref();
        Ok(index.is_some_and(|taken| taken.is_complete && taken.left_out.is_empty()))
    }

    #[getter]
    fn details(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let about = self.about.get(py)?;
        if let Some(details) = &*held(&self.details) {
            return Ok(details.clone_ref(py));
        }
        let dict = PyDict::new(py);
        if let Some(asked) = &about.asked {
            dict.set_item("request", super::terms::request(py, asked)?)?;
        }
        // Of two threads that look at once the first one's is the one.
        Ok(held(&self.details).get_or_insert(dict.unbind()).clone_ref(py))
    }

    /// True once the peer has sent C-CANCEL for it, or is gone.
    #[getter]
    fn cancelled(&self, py: Python<'_>) -> PyResult<bool> {
        let about = self.about.get(py)?;
        Ok(match &about.reply {
            Reply::Responses(replies) => replies.is_cancelled(),
            _ => about.ends.as_ref().is_some_and(|ends| ends.handle.outcome().is_some()),
        })
    }

    /// True once it was answered to the end, or cannot be answered any more.
    #[getter]
    fn answered(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(match &self.about.get(py)?.reply {
            Reply::Nothing => true,
            Reply::Decision(answer) => held(answer).is_none(),
            Reply::Outcome(answer) => held(answer).is_none(),
            Reply::Responses(replies) => replies.is_done(),
        })
    }

    /// Answers; `False` where the association is over.
    #[pyo3(signature = (command, data = None, *, to = None, token = None))]
    fn respond(
        &self,
        py: Python<'_>,
        command: &Bound<'_, PyDict>,
        data: Option<PyBackedBytes>,
        to: Option<&Bound<'_, super::inbox::NetInbox>>,
        token: Option<Py<PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let about = self.about.get(py)?;
        if matches!(about.reply, Reply::Nothing | Reply::Decision(_)) {
            return Err(unanswerable());
        }
        let response = command::read(command, data.is_some(), Self::request(about))?.message;
        let Some(ends) = &about.ends else { return Err(unanswerable()) };
        let then = Then::new(py, &ends.home, Some(ends), to, token)?;
        match &about.reply {
            Reply::Responses(replies) => {
                let (replies, body) = (Arc::clone(replies), data.map(Body::bytes));
                then.run(py, None, async move { replies.send(response, body).await }, |py, sent| {
                    given(py, sent)
                })
            }
            Reply::Outcome(answer) => {
                let outcome = response.outcome().cloned().unwrap_or_default();
                let answer = held(answer).take();
                let was_open = answer.is_some_and(|answer| answer.send(outcome).is_ok());
                then.run(py, None, async move { was_open }, |py, sent| {
                    Ok(sent.into_pyobject(py)?.to_owned().into_any().unbind())
                })
            }
            Reply::Nothing | Reply::Decision(_) => Err(unanswerable()),
        }
    }

    /// Answers with many data sets, a response with the same fields for each, until the peer cancels; `False` where the association is over.
    fn respond_many(
        &self,
        py: Python<'_>,
        command: &Bound<'_, PyDict>,
        data: Vec<PyBackedBytes>,
    ) -> PyResult<Py<PyAny>> {
        let about = self.about.get(py)?;
        let (Reply::Responses(replies), Some(ends)) = (&about.reply, &about.ends) else {
            return Err(unanswerable());
        };
        let response = command::read(command, true, Self::request(about))?.message;
        // Copied: they are given back on a thread that has no interpreter, and are small.
        let bodies: Vec<Vec<u8>> = data.iter().map(|one| one.to_vec()).collect();
        let replies = Arc::clone(replies);
        let send = async move {
            for body in bodies {
                // PS3.4 C.4.1.2.2: nothing pending once the peer has cancelled.
                if replies.is_cancelled() {
                    break;
                }
                replies.send(response.clone(), Some(Body::bytes(body))).await?;
            }
            Ok(())
        };
        let then = Then::new(py, &ends.home, Some(ends), None, None)?;
        then.run(py, None, send, given)
    }

    /// Decides on a request for an association.
    fn answer(&self, py: Python<'_>, said: &Bound<'_, PyAny>) -> PyResult<bool> {
        let about = self.about.get(py)?;
        let Reply::Decision(answer) = &about.reply else { return Err(unanswerable()) };
        let decision = decision::read(said)?;
        let answer = held(answer).take();
        Ok(answer.is_some_and(|answer| answer.send(decision).is_ok()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Ok(token) = self.token.try_lock() {
            visit.call(&*token)?;
        }
        if let Ok(details) = self.details.try_lock() {
            visit.call(&*details)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let token = self.token.try_lock().ok().and_then(|mut token| token.take());
        let details = self.details.try_lock().ok().and_then(|mut details| details.take());
        drop((token, details));
    }

    fn __repr__(&self) -> String {
        match self.about.peek() {
            Some(about) if about.name.is_empty() => format!("<NetWork {}>", about.kind),
            Some(about) => format!("<NetWork {} {}>", about.kind, about.name),
            None => "<NetWork of another process>".to_owned(),
        }
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

/// What was kept, one by one, where a sink is several.
fn each(kept: &Held) -> std::vec::IntoIter<&Held> {
    let mut found = Vec::new();
    let mut waiting = vec![kept];
    while let Some(one) = waiting.pop() {
        match one {
            Held::Several(several) => waiting.extend(several.iter().rev()),
            other => found.push(other),
        }
    }
    found.into_iter()
}

fn path_of(kept: &Held) -> Option<OsString> {
    match kept {
        Held::File(path) => Some(path.clone().into_os_string()),
        Held::Spooled(file) => Some(file.path().as_os_str().to_owned()),
        _ => None,
    }
}

/// `True`, or `False` where the association was over.
fn given(py: Python<'_>, sent: radiogram_engine::Result<()>) -> PyResult<Py<PyAny>> {
    use radiogram_engine::Error;
    let sent = match sent {
        Ok(()) => true,
        Err(error @ (Error::Refused(_) | Error::Io(_))) => return Err(failure::raise(py, &error)),
        Err(_) => false,
    };
    Ok(sent.into_pyobject(py)?.to_owned().into_any().unbind())
}

fn unanswerable() -> PyErr {
    PyAttributeError::new_err("there is nothing to answer here")
}
