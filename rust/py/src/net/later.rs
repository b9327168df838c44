//! What is waited for: here and now, or by an inbox that hears of its end.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use tokio::task::AbortHandle;

use super::association::Ends;
use super::failure;
use super::inbox::{NetInbox, Queue};
use super::runtime::{Home, Kept};
use super::unpicklable;
use super::wait::wait;
use super::work::Work;

/// A value that becomes a Python object on the thread that takes it.
pub(crate) type Later = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// Where the end of an operation goes.
pub(crate) struct Then {
    home: Arc<Home>,
    ends: Option<Arc<Ends>>,
    to: Option<(Arc<Queue>, Py<PyAny>)>,
}

impl Then {
    pub(crate) fn new(
        py: Python<'_>,
        home: &Arc<Home>,
        ends: Option<&Arc<Ends>>,
        to: Option<&Bound<'_, NetInbox>>,
        token: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let queue = to.map(|inbox| inbox.get().queue(py)).transpose()?;
        let to = queue.map(|queue| (queue, token.unwrap_or_else(|| py.None())));
        Ok(Self { home: Arc::clone(home), ends: ends.cloned(), to })
    }

    /// Waits for a future and gives what it gives; or lets an inbox have it, and gives a [`NetPending`] at once.
    pub(crate) fn run<T: Send + 'static>(
        self,
        py: Python<'_>,
        timeout: Option<Duration>,
        future: impl Future<Output = T> + Send + 'static,
        show: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Py<PyAny>> {
        let runtime = self.home.handle().clone();
        let Some((queue, token)) = self.to else {
            let value = wait(py, &runtime, timeout, future)?.ok_or_else(|| late(py))?;
            return show(py, value);
        };
        let ends = self.ends;
        let task = runtime.spawn(async move {
            let value: Later = match timeout {
                None => {
                    let value = future.await;
                    Box::new(move |py| show(py, value))
                }
                Some(timeout) => match tokio::time::timeout(timeout, future).await {
                    Ok(value) => Box::new(move |py| show(py, value)),
                    Err(_) => Box::new(|py| Err(late(py))),
                },
            };
            queue.put_now(Work::Done { ends, token, value });
        });
        Ok(Py::new(py, NetPending(Kept::new(task.abort_handle())))?.into_any())
    }
}

/// Something that an inbox will hear of.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetPending(Kept<AbortHandle>);

#[pymethods]
impl NetPending {
    /// Nobody waits for it any more: what is under way is given up, and the inbox hears nothing of it, unless it was done already.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        self.0.get(py)?.abort();
        Ok(())
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

/// Nothing to show.
pub(crate) fn nothing(py: Python<'_>, done: radiogram_engine::Result<()>) -> PyResult<Py<PyAny>> {
    done.map(|()| py.None()).map_err(|error| failure::raise(py, &error))
}

fn late(py: Python<'_>) -> PyErr {
    crate::errors::named(py, "NetworkTimeoutError", "the time that the caller gave is over")
}
