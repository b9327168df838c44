//! An association, of either role, as Python holds it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict, PyList, PyTuple};
use radiogram_engine::{Body, Handle};
use radiogram_net::item::ContextResult;

use super::app::App;
use super::exchange::NetExchange;
use super::inbox::NetInbox;
use super::later::{Then, nothing};
use super::runtime::{Home, Kept, Stops};
use super::setting::times;
use super::wait::seconds;
use super::{command, failure, sending, terms, unpicklable};
use crate::errors;

/// What there is of an association: the engine's handle, the application that it serves, the runtime that it lives on.
pub(crate) struct Ends {
    pub(crate) handle: Handle,
    pub(crate) app: Arc<App>,
    pub(crate) home: Arc<Home>,
}

/// The interpreter ends: a peer is told so where it listens.
impl Stops for Ends {
    fn stop(&self, patience: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let handle = self.handle.clone();
        Box::pin(async move {
            if tokio::time::timeout(patience, handle.release()).await.is_err() {
                handle.abort();
                let _ = tokio::time::timeout(patience, handle.ended()).await;
            }
        })
    }
}

impl Ends {
    /// The SOP class of a context; empty where there is no such context.
    pub(crate) fn abstract_syntax(&self, context: u8) -> String {
        let found = self.handle.agreement().and_then(|agreement| agreement.context(context));
        found.map_or_else(String::new, |context| context.abstract_syntax.as_str().to_owned())
    }
}

/// An association.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetAssociation(Kept<Arc<Ends>>);

impl NetAssociation {
    pub(crate) fn new(ends: Arc<Ends>) -> Self {
        Self(Kept::new(ends))
    }

    pub(crate) fn ends(&self, py: Python<'_>) -> PyResult<&Arc<Ends>> {
        self.0.get(py)
    }

    fn handle(&self, py: Python<'_>) -> PyResult<&Handle> {
        Ok(&self.ends(py)?.handle)
    }
}

#[pymethods]
impl NetAssociation {
    /// A number that no other association of this process has or will have.
    #[getter]
    fn id(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.handle(py)?.id())
    }

    #[getter]
    fn is_requestor(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.handle(py)?.is_requestor())
    }

    #[getter]
    fn local<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        terms::place(py, self.handle(py)?.local())
    }

    #[getter]
    fn peer<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        terms::place(py, self.handle(py)?.peer())
    }

    #[getter]
    fn calling(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.handle(py)?.calling().to_text())
    }

    #[getter]
    fn called(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.handle(py)?.called().to_text())
    }

    /// The contexts that can be used: number, SOP class, transfer syntax, whether the requestor is a user and a provider.
    #[getter]
    fn contexts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for one in self.handle(py)?.agreement().into_iter().flat_map(|agreement| &agreement.contexts) {
            let (class, syntax) = (one.abstract_syntax.as_str(), one.transfer_syntax.as_str());
            list.append((one.id, class, syntax, one.requestor_is_scu, one.requestor_is_scp))?;
        }
        Ok(list)
    }

    /// The contexts that cannot: number, SOP class, the result that was answered.
    #[getter]
    fn refused<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        let handle = self.handle(py)?;
        let (Some(asked), Some(answer)) = (handle.request_pdu(), handle.answer_pdu()) else {
            return Ok(list);
        };
        for said in answer.contexts.iter().filter(|said| said.result != ContextResult::Accepted) {
            let proposed = asked.contexts.iter().find(|proposed| proposed.id == said.id);
            let class = proposed.map_or("", |proposed| proposed.abstract_syntax.as_str());
            list.append((said.id, class, said.result.code()))?;
        }
        Ok(list)
    }

    /// Counters by name: of this association where we asked for it, else of its server.
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, count) in self.ends(py)?.app.counts() {
            dict.set_item(name, count)?;
        }
        Ok(dict)
    }

    /// The request for the association as it was said; empty before there is one.
    #[getter]
    fn request<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let said = self.handle(py)?.request_pdu();
        said.map_or_else(|| Ok(PyDict::new(py)), |said| terms::request(py, &said))
    }

    /// The answer to it as it was said, where the association was accepted.
    #[getter]
    fn response<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let said = self.handle(py)?.answer_pdu();
        said.map(|said| terms::response(py, &said)).transpose()
    }

    /// The state of PS3.8 9.2: `Sta6` while data can be sent.
    #[getter]
    fn state(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("{:?}", self.handle(py)?.state()))
    }

    #[getter]
    fn is_established(&self, py: Python<'_>) -> PyResult<bool> {
        let handle = self.handle(py)?;
        Ok(handle.agreement().is_some() && handle.outcome().is_none())
    }

    #[getter]
    fn over(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.handle(py)?.outcome().is_some())
    }

    #[getter]
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let ending = self.handle(py)?.outcome();
        ending.map(|ending| failure::ending(py, &ending)).transpose()
    }

    /// How the connection is secured; `None` where it is not, or not yet.
    #[getter]
    fn security<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(security) = self.handle(py)?.security() else { return Ok(None) };
        let dict = PyDict::new(py);
        dict.set_item("version", security.version)?;
        dict.set_item("suite", &security.suite)?;
        dict.set_item("resumed", security.is_resumed)?;
        let shown = security.certificates.iter().map(|one| PyBytes::new(py, one));
        dict.set_item("certificates", PyList::new(py, shown.collect::<Vec<_>>())?)?;
        Ok(Some(dict))
    }

    /// Operations that this side may invoke and perform at once; 0 is any number.
    #[getter]
    fn window(&self, py: Python<'_>) -> PyResult<(u16, u16)> {
        let agreement = self.handle(py)?.agreement();
        Ok(agreement.map_or((1, 1), |agreement| (agreement.invoked, agreement.performed)))
    }

    /// What is wanted of this association, whatever is of others.
    fn want(&self, py: Python<'_>, names: HashSet<String>) -> PyResult<()> {
        let ends = self.ends(py)?;
        ends.app.wanted.set_of(py, ends.handle.id(), &names)?;
        ends.handle.watch_anew();
        Ok(())
    }

    /// How long is waited from now on; `None` is for ever.
    fn set_times(
        &self,
        py: Python<'_>,
        acse_timeout: Option<f64>,
        dimse_timeout: Option<f64>,
        network_timeout: Option<f64>,
        releases_idle: bool,
    ) -> PyResult<()> {
        let times = times(py, None, acse_timeout, dimse_timeout, network_timeout, releases_idle)?;
        self.handle(py)?.set_times(times);
        Ok(())
    }

    /// Sends a request, once there is a place for it in the window of operations.
    #[pyo3(signature = (context, command, data = None, *, to = None, token = None))]
    fn send(
        &self,
        py: Python<'_>,
        context: u8,
        command: &Bound<'_, PyDict>,
        data: Option<&Bound<'_, PyAny>>,
        to: Option<&Bound<'_, NetInbox>>,
        token: Option<Py<PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let ends = self.ends(py)?;
        let data = data.filter(|data| !data.is_none()).map(Data::read).transpose()?;
        let message = command::read(command, data.is_some(), None)?.message;
        let handle = ends.handle.clone();
        let future = async move {
            let body = data.map(Data::body).transpose()?;
            handle.request(context, message, body).await
        };
        let held = Arc::clone(ends);
        Then::new(py, &ends.home, Some(ends), to, token)?.run(py, None, future, move |py, sent| {
            let exchange = sent.map_err(|error| failure::raise(py, &error))?;
            Ok(Py::new(py, NetExchange::new(held, exchange))?.into_any())
        })
    }

    /// Sends instances: files by their paths, or whole files in memory. Gives status, comment and error of each, in their order.
    #[pyo3(signature = (sources, *, priority = 0, originator = None))]
    fn store<'py>(
        &self,
        py: Python<'py>,
        sources: Vec<Bound<'py, PyAny>>,
        priority: u16,
        originator: Option<(String, u16)>,
    ) -> PyResult<Bound<'py, PyList>> {
        sending::here(py, self.ends(py)?, &sources, sending::options(py, priority, originator)?)
    }

    /// Ends the association in order.
    #[pyo3(signature = (*, timeout = None, to = None, token = None))]
    fn release(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        to: Option<&Bound<'_, NetInbox>>,
        token: Option<Py<PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let ends = self.ends(py)?;
        let timeout = seconds(py, "timeout", timeout)?;
        let handle = ends.handle.clone();
        Then::new(py, &ends.home, Some(ends), to, token)?.run(
            py,
            timeout,
            async move { handle.release().await },
            nothing,
        )
    }

    /// Waits for its end, and gives the outcome.
    #[pyo3(signature = (timeout = None, *, to = None, token = None))]
    fn ended(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        to: Option<&Bound<'_, NetInbox>>,
        token: Option<Py<PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let ends = self.ends(py)?;
        let timeout = seconds(py, "timeout", timeout)?;
        let handle = ends.handle.clone();
        Then::new(py, &ends.home, Some(ends), to, token)?.run(
            py,
            timeout,
            async move { handle.ended().await },
            |py, ending| Ok(failure::ending(py, &ending)?.into_any().unbind()),
        )
    }

    /// Ends it at once.
    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        self.handle(py)?.abort();
        Ok(())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let same = |a: &Ends, b: &Ends| a.handle.id() == b.handle.id();
        let other = other.cast::<Self>().ok().and_then(|other| other.get().0.peek());
        self.0.peek().zip(other).is_some_and(|(a, b)| same(a, b))
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<u64> {
        self.id(py)
    }

    fn __repr__(&self) -> String {
        match self.0.peek() {
            Some(ends) => format!("<NetAssociation {} {:?}>", ends.handle.id(), ends.handle),
            None => "<NetAssociation of another process>".to_owned(),
        }
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

/// A data set that goes out.
enum Data {
    Bytes(PyBackedBytes),
    File(PathBuf, u64),
}

impl Data {
    /// Bytes, or `("file", path, offset)`.
    fn read(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok((kind, path, offset)) = given.extract::<(String, PathBuf, u64)>()
            && kind == "file"
        {
            return Ok(Self::File(path, offset));
        }
        let wrong =
            |_| errors::named(given.py(), "ArgumentError", "data are bytes, or (\"file\", path, offset)");
        given.extract().map(Self::Bytes).map_err(wrong)
    }

    fn body(self) -> radiogram_engine::Result<Body> {
        match self {
            Self::Bytes(bytes) => Ok(Body::bytes(bytes)),
            Self::File(path, offset) => Body::file(&path, offset),
        }
    }
}
