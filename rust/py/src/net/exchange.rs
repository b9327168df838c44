//! A request that was sent, and what it is answered.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use radiogram_engine::{Exchange, Response, Result};
use radiogram_net::dimse::Command;

use super::association::Ends;
use super::inbox::NetInbox;
use super::later::Then;
use super::runtime::Kept;
use super::wait::seconds;
use super::{command, failure, unpicklable};

/// A request that was sent. It holds its association.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetExchange(Kept<(Arc<Ends>, Arc<Exchange>)>);

impl NetExchange {
    pub(crate) fn new(ends: Arc<Ends>, exchange: Exchange) -> Self {
        Self(Kept::new((ends, Arc::new(exchange))))
    }
}

#[pymethods]
impl NetExchange {
    #[getter]
    fn message_id(&self, py: Python<'_>) -> PyResult<u16> {
        Ok(self.0.get(py)?.1.message_id())
    }

    #[getter]
    fn context(&self, py: Python<'_>) -> PyResult<u8> {
        Ok(self.0.get(py)?.1.context())
    }

    /// True once the last response has come, or the association has ended.
    #[getter]
    fn complete(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.0.get(py)?.1.is_over())
    }

    /// The next response and its data set; `None` after the last one.
    #[pyo3(signature = (timeout = None, *, to = None, token = None))]
    fn next(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        to: Option<&Bound<'_, NetInbox>>,
        token: Option<Py<PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let (ends, exchange) = self.0.get(py)?;
        let timeout = seconds(py, "timeout", timeout)?;
        let exchange = Arc::clone(exchange);
        let then = Then::new(py, &ends.home, Some(ends), to, token)?;
        then.run(py, timeout, async move { exchange.next().await }, show)
    }

    /// Asks the peer to make an end of it.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        self.0.get(py)?.1.cancel();
        Ok(())
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}

fn show(py: Python<'_>, heard: Result<Option<Response>>) -> PyResult<Py<PyAny>> {
    let Some(Response { message, data }) = heard.map_err(|error| failure::raise(py, &error))? else {
        return Ok(py.None());
    };
    let said = command::dict(py, &Command { message, has_data: data.is_some() })?;
    let data = data.map(|data| PyBytes::new(py, &data));
    Ok((said, data).into_pyobject(py)?.into_any().unbind())
}
