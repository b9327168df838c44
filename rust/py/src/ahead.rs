//! Frames one after another, with the next ones rendered on our pool while the caller works with those before.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use radiogram_core::{Error, ErrorKind, Result, try_vec};
use radiogram_pixel::{Dtype, Finding, Plan, Scratch};

use crate::pixels::{Picture, Shown, View};
use crate::{errors, gate};

/// What the jobs share: dropped by the last of them.
struct Work {
    shown: Arc<Shown>,
    plan: Plan,
    size: usize,
    /// Memory of decoders, used again from frame to frame.
    idle: Mutex<Vec<Scratch>>,
    /// True once nobody waits any more: what has not begun is not begun.
    abandoned: AtomicBool,
}

/// The samples of a frame, in the type of the array that they become, or why there are none.
type Outcome = Result<(Cells, Option<Finding>)>;

/// A frame that is being rendered.
#[derive(Default)]
struct Job {
    outcome: Mutex<Option<Outcome>>,
    done: Condvar,
}

/// Frames from the next one on: those that were begun, and the first that was not.
struct Queue {
    jobs: VecDeque<(u64, Arc<Job>)>,
    next: u64,
    /// The process that began them: a child of `fork` has none of its threads.
    process: u32,
}

/// The frames of a picture in order.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Ahead {
    work: Arc<Work>,
    shape: Vec<usize>,
    threads: usize,
    queue: Mutex<Queue>,
}

#[pymethods]
impl Ahead {
    #[new]
    fn new(
        py: Python<'_>,
        picture: &Bound<'_, Picture>,
        units: &str,
        dtype: Option<&str>,
        shape: Vec<usize>,
        threads: Option<i64>,
    ) -> PyResult<Self> {
        let threads = gate::threads(py, threads)?.unwrap_or_else(radiogram_io::pool::default_threads);
        let picture = picture.get();
        let shown = Arc::clone(picture.shown());
        let (plan, size) = gate::brief(py, || {
            let plan = shown.plan(units, dtype, View::Number(0), 0)?;
            let size = plan.frame_len()?;
            Ok((plan, size))
        })?;
        shown.keep(py, plan.findings())?;
        let work = Work { shown, plan, size, idle: Mutex::default(), abandoned: AtomicBool::new(false) };
        let queue = Queue { jobs: VecDeque::new(), next: 0, process: std::process::id() };
        Ok(Self { work: Arc::new(work), shape, threads, queue: Mutex::new(queue) })
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let job = self.begin().map_err(|error| errors::raise(py, &error))?;
        let Some(job) = job else { return Ok(None) };
        let outcome = loop {
            if let Some(outcome) = py.detach(|| job.wait()) {
                break outcome;
            }
            py.check_signals()?;
        };
        let (cells, finding) = outcome.map_err(|error| {
            self.abandon();
            errors::raise(py, &error)
        })?;
        self.work.shown.keep(py, finding.as_slice())?;
        cells.into_array(py, &self.shape).map(Some)
    }

    /// Begins nothing any more.
    fn close(&self) {
        self.abandon();
    }
}

impl Ahead {
    /// Takes the next frame, and begins as many after it as there are threads.
    fn begin(&self) -> Result<Option<Arc<Job>>> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let process = std::process::id();
        if queue.process != process {
            queue.process = process;
            queue.next = queue.jobs.front().map_or(queue.next, |(frame, _)| *frame);
            queue.jobs.clear();
        }
        let count = self.work.shown.layout().frames;
        while queue.jobs.len() <= self.threads && queue.next < count && !self.is_abandoned() {
            let (job, frame) = (Arc::new(Job::default()), queue.next);
            queue.jobs.push_back((frame, Arc::clone(&job)));
            queue.next += 1;
            let work = Arc::clone(&self.work);
            radiogram_io::pool::get(self.threads)?.spawn(move || work.run(frame, &job));
        }
        Ok(if self.is_abandoned() { None } else { queue.jobs.pop_front().map(|(_, job)| job) })
    }

    fn is_abandoned(&self) -> bool {
        self.work.abandoned.load(Ordering::Relaxed)
    }

    fn abandon(&self) {
        self.work.abandoned.store(true, Ordering::Relaxed);
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.abandon();
    }
}

impl Job {
    /// What became of it, `None` where that takes longer than one should wait without looking for signals.
    fn wait(&self) -> Option<Outcome> {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.done.wait_timeout_while(outcome, gate::SIGNALS, |outcome| outcome.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }

    fn finish(&self, outcome: Outcome) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        self.done.notify_all();
    }
}

impl Work {
    fn run(&self, frame: u64, job: &Job) {
        if self.abandoned.load(Ordering::Relaxed) {
            return job.finish(Err(Error::new(ErrorKind::Interrupted, "abandoned")));
        }
        let rendered = catch_unwind(AssertUnwindSafe(|| self.render(frame)));
        let defect = || Error::new(ErrorKind::Pixel, "internal error, please report it");
        job.finish(rendered.unwrap_or_else(|_| Err(defect())));
    }

    fn render(&self, frame: u64) -> Outcome {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut scratch = idle().pop().unwrap_or_default();
        self.shown.admit(&[frame])?;
        let mut cells = Cells::new(self.plan.dtype(), self.size)?;
        let finding = self.shown.frame_into(&self.plan, frame, &mut scratch, cells.bytes())?;
        idle().push(scratch);
        Ok((cells, finding))
    }
}

macro_rules! cells {
    ($($name:ident $type:ty),*) => {
        /// Samples in memory that numpy can take over.
        enum Cells { $($name(Vec<$type>),)* }

        impl Cells {
            fn new(dtype: Dtype, size: usize) -> Result<Self> {
                Ok(match dtype { $(Dtype::$name => Self::$name(zeros(size / dtype.size())?),)* })
            }

            fn bytes(&mut self) -> &mut [u8] {
                match self { $(Self::$name(cells) => bytemuck::cast_slice_mut(cells),)* }
            }

            fn into_array<'py>(self, py: Python<'py>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
                match self { $(Self::$name(cells) => shaped(py, cells, shape),)* }
            }
        }
    };
}

cells!(U8 u8, I8 i8, U16 u16, I16 i16, U32 u32, I32 i32, U64 u64, I64 i64, F32 f32, F64 f64);

fn zeros<T: Copy + Default>(count: usize) -> Result<Vec<T>> {
    let mut cells = try_vec(count)?;
    cells.resize(count, T::default());
    Ok(cells)
}

fn shaped<'py, T: Element>(py: Python<'py>, cells: Vec<T>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyArray1::from_vec(py, cells).reshape(shape)?.into_any())
}
