//! A server, as Python holds it.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use radiogram_engine::{Config, Metrics, Server, Terms};

use super::app::App;
use super::association::NetAssociation;
use super::conditions;
use super::inbox::NetInbox;
use super::rules;
use super::runtime::{Home, Kept, Stops, held};
use super::security::NetSecurity;
use super::setting::resolve;
use super::wait::{seconds, wait};
use super::wanted::Wanted;
use super::{failure, terms, unpicklable};
use crate::errors;

/// What runs.
struct Running {
    server: Mutex<Option<Server>>,
    metrics: Arc<Metrics>,
    address: std::net::SocketAddr,
    app: Arc<App>,
    home: Arc<Home>,
}

impl Stops for Running {
    fn stop(&self, patience: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let server = held(&self.server).take();
        Box::pin(async move {
            if let Some(server) = server {
                server.stop(patience).await;
            }
        })
    }
}

/// A server that nobody holds stops.
impl Drop for Running {
    fn drop(&mut self) {
        if held(&self.server).is_some() {
            self.home.handle().spawn(self.stop(Duration::ZERO));
        }
    }
}

/// A server that listens.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetServer(Kept<Arc<Running>>);

#[pymethods]
impl NetServer {
    /// Starts one; what else is given are its terms (`conditions`), which `renew` can change.
    #[new]
    #[pyo3(signature = (host, port, *, rules = Vec::new(), inbox = None, wants = HashSet::new(), tls = None, **terms))]
    #[expect(clippy::too_many_arguments, reason = "the options of a server, by name")]
    fn new(
        py: Python<'_>,
        host: String,
        port: u16,
        rules: Vec<Bound<'_, PyDict>>,
        inbox: Option<&Bound<'_, NetInbox>>,
        wants: HashSet<String>,
        tls: Option<&Bound<'_, NetSecurity>>,
        terms: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let Terms { acceptor, quotas, times } = conditions::read(py, terms)?;
        let home = Home::get(py)?;
        let queue = inbox.map(|inbox| inbox.get().queue(py)).transpose()?;
        let rules = rules::read(py, &rules)?;
        let app = App::new(Arc::clone(&home), rules, queue, Wanted::new(py, &wants)?);
        let mut config = Config::new(Arc::unwrap_or_clone(acceptor), app.clone());
        config.watcher = Some(app.clone());
        config.quotas = quotas;
        config.times = *times;
        config.lanes = home.lanes();
        config.tls = tls.map(|security| security.get().server(py)).transpose()?;
        let started = wait(py, home.handle(), None, async {
            let found = resolve(&host, port).await?;
            let address = *found.first().ok_or(radiogram_engine::Error::Lost)?;
            Server::start(address, config)
        })?;
        let started =
            started.ok_or_else(|| errors::named(py, "NetworkError", "the server was not started"))?;
        let server = started.map_err(|error| failure::raise(py, &error))?;
        let (address, metrics) = (server.address(), Arc::clone(server.metrics()));
        app.count_by(&metrics);
        let server = Mutex::new(Some(server));
        let running = Arc::new(Running { server, metrics, address, app, home: Arc::clone(&home) });
        let weak: Weak<Running> = Arc::downgrade(&running);
        home.watch(weak as Weak<dyn Stops>);
        Ok(Self(Kept::new(running)))
    }

    #[getter]
    fn address<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        terms::place(py, self.0.get(py)?.address)
    }

    #[getter]
    fn is_open(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(held(&self.0.get(py)?.server).is_some())
    }

    /// The associations that are there now.
    #[getter]
    fn associations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let running = self.0.get(py)?;
        let handles = held(&running.server).as_ref().map(Server::handles).unwrap_or_default();
        let list = PyList::empty(py);
        for ends in handles.iter().filter_map(|handle| running.app.ends(handle)) {
            list.append(Py::new(py, NetAssociation::new(ends))?)?;
        }
        Ok(list)
    }

    /// Counters by name, from the start of the server; how it is now; times of C-STORE: how many took no longer than so many seconds.
    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let running = self.0.get(py)?;
        let dict = PyDict::new(py);
        for (name, count) in running.metrics.counts() {
            dict.set_item(name, count)?;
        }
        let (there, bytes) = {
            let server = held(&running.server);
            server.as_ref().map_or((0, 0), |server| (server.associations(), server.held()))
        };
        dict.set_item("associations", there)?;
        dict.set_item("held_bytes", bytes)?;
        let times = PyDict::new(py);
        let classes = running.metrics.store_time.classes();
        times.set_item("count", classes.last().map_or(0, |(_, count)| *count))?;
        times.set_item("seconds", running.metrics.store_time.sum().as_secs_f64())?;
        let bound = |(bound, count): (Option<u64>, u64)| {
            (bound.map_or(f64::INFINITY, |millis| Duration::from_millis(millis).as_secs_f64()), count)
        };
        times.set_item("classes", classes.into_iter().map(bound).collect::<Vec<_>>())?;
        dict.set_item("store_time", times)?;
        Ok(dict)
    }

    /// The same as the text that Prometheus reads.
    fn prometheus(&self, py: Python<'_>) -> PyResult<String> {
        let running = self.0.get(py)?;
        let text = held(&running.server).as_ref().map(Server::prometheus);
        Ok(text.unwrap_or_else(|| running.metrics.prometheus()))
    }

    /// What is wanted of all associations that have no wishes of their own.
    fn want(&self, py: Python<'_>, names: HashSet<String>) -> PyResult<()> {
        let running = self.0.get(py)?;
        running.app.wanted.set(py, &names)?;
        let handles = held(&running.server).as_ref().map(Server::handles).unwrap_or_default();
        handles.iter().for_each(radiogram_engine::Handle::watch_anew);
        Ok(())
    }

    /// Associations begin on these terms from now on; `max_memory` and `max_message` stay as they were.
    #[pyo3(signature = (**terms))]
    fn renew(&self, py: Python<'_>, terms: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let running = self.0.get(py)?;
        let terms = conditions::read(py, terms)?;
        if let Some(server) = held(&running.server).as_ref() {
            server.renew(terms);
        }
        Ok(())
    }

    /// Stops: associations may come to their end for so many seconds, then they are aborted.
    #[pyo3(signature = (patience = 5.0))]
    fn stop(&self, py: Python<'_>, patience: Option<f64>) -> PyResult<()> {
        let running = self.0.get(py)?;
        let patience = seconds(py, "patience", patience)?.unwrap_or(super::wait::EVER);
        if super::runtime::has_ended() {
            return Ok(());
        }
        // On the runtime, so that an interrupt of the waiting does not take it back.
        let stopping = running.home.handle().spawn(running.stop(patience));
        wait(py, running.home.handle(), None, stopping).map(drop)
    }

    fn __repr__(&self) -> String {
        match self.0.peek() {
            Some(running) => format!("<NetServer {}>", running.address),
            None => "<NetServer of another process>".to_owned(),
        }
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}
