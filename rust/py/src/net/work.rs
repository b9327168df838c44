//! One thing that the network has for Python: to decide, to answer, or to know.

use std::sync::Arc;

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use radiogram_engine::rules::{Decision, Stored};
use radiogram_engine::{Body, Kept as Held, Replies, Request};
use radiogram_net::dimse::{Command, Message, Outcome, c_store};
use radiogram_net::pdu::AssociateRq;
use tokio::sync::oneshot;

use super::association::{Ends, NetAssociation};
use super::later::{Later, Then};
use super::notice::Details;
use super::runtime::{Kept, held};
use super::{command, decision, failure};

/// An answer that somebody waits for, once.
type Answer<T> = std::sync::Mutex<Option<oneshot::Sender<T>>>;

/// What is in the inbox.
pub(crate) enum Work {
    /// Whether an association is accepted.
    Negotiate { ends: Ends, request: Arc<AssociateRq>, answer: oneshot::Sender<Decision> },
    /// An instance is where it belongs.
    Instance(Box<Instance>),
    /// A request is to be served.
    Request(Ends, Box<Request>),
    /// Something has happened.
    Notice { ends: Ends, name: &'static str, details: Details },
    /// What a caller began is done.
    Done { ends: Ends, token: Py<PyAny>, value: Later },
}

/// An instance, and who waits for its answer.
pub(crate) struct Instance {
    ends: Ends,
    context: u8,
    command: c_store::Request,
    transfer_syntax: radiogram_net::Uid,
    kept: Held,
    answer: oneshot::Sender<Outcome>,
}

impl Instance {
    pub(crate) fn new(ends: Ends, stored: Stored<'_>, answer: oneshot::Sender<Outcome>) -> Self {
        Self {
            ends,
            context: stored.context,
            command: stored.command.clone(),
            transfer_syntax: stored.arrival.transfer_syntax.clone(),
            kept: stored.kept,
            answer,
        }
    }
}

/// What a work is about, without who is to answer it.
struct About {
    kind: &'static str,
    name: &'static str,
    ends: Ends,
    /// Context, SOP class, transfer syntax.
    context: Option<(u8, String, String)>,
    command: Option<Command>,
    data: Held,
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
    token: Option<Py<PyAny>>,
    association: PyOnceLock<Py<NetAssociation>>,
    command: PyOnceLock<Option<Py<PyDict>>>,
    data: PyOnceLock<Option<Py<PyBytes>>>,
    details: PyOnceLock<Py<PyDict>>,
}

impl NetWork {
    pub(crate) fn new(py: Python<'_>, work: Work) -> PyResult<Self> {
        let details = PyOnceLock::new();
        let mut token = None;
        let blank = |kind, ends| About {
            kind,
            name: "",
            ends,
            context: None,
            command: None,
            data: Held::Nothing,
            asked: None,
            reply: Reply::Nothing,
        };
        let about = match work {
            Work::Negotiate { ends, request, answer } => About {
                asked: Some(request),
                reply: Reply::Decision(Answer::new(Some(answer))),
                ..blank("negotiate", ends)
            },
            Work::Instance(instance) => {
                let Instance { ends, context, command, transfer_syntax, kept, answer } = *instance;
                let class = ends.abstract_syntax(context);
                About {
                    context: Some((context, class, transfer_syntax.as_str().to_owned())),
                    command: Some(Command { message: command.into(), has_data: true }),
                    data: kept,
                    reply: Reply::Outcome(Answer::new(Some(answer))),
                    ..blank("instance", ends)
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
                    ..blank("request", ends)
                }
            }
            Work::Notice { ends, name, details: said } => {
                let _ = details.set(py, said.dict(py, &ends)?.unbind());
                About { name, ..blank("notice", ends) }
            }
            Work::Done { ends, token: given, value } => {
                token = Some(given);
                let dict = PyDict::new(py);
                match value(py) {
                    Ok(value) => dict.set_item("value", value)?,
                    Err(raised) => dict.set_item("error", raised.value(py))?,
                }
                let _ = details.set(py, dict.unbind());
                blank("done", ends)
            }
        };
        let (association, command, data) = (PyOnceLock::new(), PyOnceLock::new(), PyOnceLock::new());
        Ok(Self { about: Kept::new(about), token, association, command, data, details })
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
    fn association(&self, py: Python<'_>) -> PyResult<Py<NetAssociation>> {
        let about = self.about.get(py)?;
        let made = self.association.get_or_try_init(py, || Py::new(py, NetAssociation::new(about.ends.clone())))?;
        Ok(made.clone_ref(py))
    }

    #[getter]
    fn token(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.token.as_ref().map(|token| token.clone_ref(py))
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
        let made = self.data.get_or_init(py, || match &about.data {
            Held::Memory(bytes) => Some(PyBytes::new(py, bytes).unbind()),
            _ => None,
        });
        Ok(made.as_ref().map(|bytes| bytes.clone_ref(py)))
    }

    #[getter]
    fn path(&self, py: Python<'_>) -> PyResult<Option<String>> {
        Ok(match &self.about.get(py)?.data {
            Held::File(path) => Some(path.to_string_lossy().into_owned()),
            _ => None,
        })
    }

    #[getter]
    fn details(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let about = self.about.get(py)?;
        let made = self.details.get_or_try_init(py, || {
            let dict = PyDict::new(py);
            if let Some(asked) = &about.asked {
                dict.set_item("request", super::terms::request(py, asked)?)?;
            }
            Ok::<_, PyErr>(dict.unbind())
        })?;
        Ok(made.clone_ref(py))
    }

    /// True once the peer has sent C-CANCEL for it, or is gone.
    #[getter]
    fn cancelled(&self, py: Python<'_>) -> PyResult<bool> {
        let about = self.about.get(py)?;
        Ok(match &about.reply {
            Reply::Responses(replies) => replies.is_cancelled(),
            _ => about.ends.handle.outcome().is_some(),
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
        let response = command::read(command, data.is_some(), Self::request(about))?.message;
        let then = Then::new(py, &about.ends, to, token)?;
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
                then.run(py, None, async move { was_open }, |py, sent| Ok(sent.into_pyobject(py)?.to_owned().into_any().unbind()))
            }
            Reply::Nothing | Reply::Decision(_) => Err(unanswerable()),
        }
    }

    /// Decides on a request for an association.
    fn answer(&self, py: Python<'_>, said: &Bound<'_, PyAny>) -> PyResult<bool> {
        let about = self.about.get(py)?;
        let (Reply::Decision(answer), Some(asked)) = (&about.reply, &about.asked) else {
            return Err(unanswerable());
        };
        let decision = decision::read(said, asked)?;
        let answer = held(answer).take();
        Ok(answer.is_some_and(|answer| answer.send(decision).is_ok()))
    }

    fn __repr__(&self) -> String {
        match self.about.peek() {
            Some(about) if about.name.is_empty() => format!("<NetWork {}>", about.kind),
            Some(about) => format!("<NetWork {} {}>", about.kind, about.name),
            None => "<NetWork of another process>".to_owned(),
        }
    }

    fn __reduce__(&self, py: Python<'_>) -> PyResult<()> {
        Err(super::unpicklable(py, "NetWork"))
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
