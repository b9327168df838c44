//! What the network has for Python: a queue with an end, into which the network waits and out of which any number of threads take.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use radiogram_engine::Vigil;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::runtime::{Home, Kept, held};
use super::unpicklable;
use super::wait::{Listener, seconds};
use super::work::{NetWork, Work};
use crate::errors;

/// The largest capacity: beyond it a queue is a store.
const LARGEST: usize = 1 << 20;

/// Works that may wait for each place there is, whether they need one or not, before no new association is accepted: each would bring more, its
/// end at least.
const CROWD: usize = 64;
/// How often who waits for an end of the crowd looks.
const LOOK: Duration = Duration::from_millis(20);

/// The queue itself, which the network holds as well.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    ready: Condvar,
    /// A permit for each place. The network waits for one before it gives what a peer can cause any number of.
    room: Arc<Semaphore>,
    crowd: usize,
    /// How many works there are: to be looked at without the lock.
    count: AtomicUsize,
    vigil: Vigil,
}

#[derive(Default)]
struct Waiting {
    works: VecDeque<(Work, Option<OwnedSemaphorePermit>)>,
    /// Works for which there was no place when they came, in their order, and what came behind them and needs none (false).
    late: VecDeque<(Work, bool)>,
    /// A task waits for their places.
    is_late: bool,
    /// How many were taken so far.
    taken: u64,
    is_closed: bool,
    /// Threads that have to be woken.
    asleep: usize,
}

impl Queue {
    fn new(capacity: usize) -> Self {
        let (room, crowd) = (Arc::new(Semaphore::new(capacity)), capacity.saturating_mul(CROWD));
        Self {
            waiting: Mutex::default(),
            ready: Condvar::new(),
            room,
            crowd,
            count: AtomicUsize::new(0),
            vigil: Vigil::default(),
        }
    }

    /// Puts something in once there is a place for it; `false` where the queue is closed.
    pub(crate) async fn put(&self, work: Work) -> bool {
        let Ok(place) = Arc::clone(&self.room).acquire_owned().await else { return false };
        self.push(work, Some(place))
    }

    /// True where there are places, and not too much that needs none: who has so much to do gets no more to do.
    pub(crate) fn has_room(&self) -> bool {
        self.room.available_permits() > 0 && self.len() < self.crowd
    }

    /// Waits for that, or for the end of the queue.
    pub(crate) async fn room(&self) {
        while !self.room.is_closed() && self.len() >= self.crowd {
            tokio::time::sleep(LOOK).await;
        }
        drop(self.room.acquire().await);
    }

    /// True while news that nobody has to hear may come in.
    pub(crate) fn takes_news(&self) -> bool {
        let waiting = held(&self.waiting);
        waiting.works.len().saturating_add(waiting.late.len()) < self.crowd.saturating_mul(4)
    }

    /// How much waits.
    fn len(&self) -> usize {
        held(&self.waiting).works.len()
    }

    /// Puts something in, now where there is a place, else by a task that waits for one: whoever hands it over may go. What one hands over stays
    /// in its order.
    pub(crate) fn hand(self: &Arc<Self>, runtime: &Handle, work: Work) {
        let mut waiting = held(&self.waiting);
        if waiting.late.is_empty()
            && let Ok(place) = Arc::clone(&self.room).try_acquire_owned()
        {
            drop(waiting);
            self.push(work, Some(place));
            return;
        }
        waiting.late.push_back((work, true));
        if !std::mem::replace(&mut waiting.is_late, true) {
            drop(waiting);
            let queue = Arc::clone(self);
            runtime.spawn(async move { queue.follow().await });
        }
    }

    /// Puts in what came late, each once there is a place for it.
    async fn follow(&self) {
        loop {
            let place = Arc::clone(&self.room).acquire_owned().await;
            let mut waiting = held(&self.waiting);
            let next = if waiting.is_closed { None } else { waiting.late.pop_front() };
            let Some((work, needs_place)) = next else {
                waiting.is_late = false;
                let late = std::mem::take(&mut waiting.late);
                // What is dropped may answer, which is not done under the lock.
                drop(waiting);
                return drop(late);
            };
            let place = place.ok().filter(|_| needs_place);
            let is_waited_for = self.enter(&mut waiting, work, place);
            drop(waiting);
            if is_waited_for {
                self.ready.notify_one();
            }
        }
    }

    /// Puts something in that has a place of its own: the end of what a caller began.
    pub(crate) fn put_now(&self, work: Work) -> bool {
        self.push(work, None)
    }

    /// Puts news in, which need no place, behind what was handed over before: nobody hears of the end of an association in front of what it brought.
    pub(crate) fn tell(&self, news: Work) {
        let mut waiting = held(&self.waiting);
        if waiting.is_closed || waiting.late.is_empty() {
            drop(waiting);
            self.push(news, None);
        } else {
            waiting.late.push_back((news, false));
        }
    }

    fn push(&self, work: Work, place: Option<OwnedSemaphorePermit>) -> bool {
        let mut waiting = held(&self.waiting);
        if waiting.is_closed {
            return false;
        }
        let is_waited_for = self.enter(&mut waiting, work, place);
        drop(waiting);
        if is_waited_for {
            self.ready.notify_one();
        }
        true
    }

    /// True where a thread has to be woken for it.
    fn enter(&self, waiting: &mut Waiting, work: Work, place: Option<OwnedSemaphorePermit>) -> bool {
        waiting.works.push_back((work, place));
        self.count.store(waiting.works.len(), Ordering::Release);
        waiting.asleep > 0
    }

    /// Nothing more comes in; what is in it can still be taken.
    pub(crate) fn close(&self) {
        held(&self.waiting).is_closed = true;
        self.room.close();
        self.ready.notify_all();
    }

    /// Waits for something and gives as much of it as there is and is wanted, on a thread without the interpreter.
    fn take(&self, deadline: Option<Instant>, most: usize) -> PyResult<Vec<Work>> {
        let mut listener = Listener::new();
        if self.count.load(Ordering::Acquire) == 0
            && deadline.is_none_or(|deadline| deadline > Instant::now())
        {
            self.vigil.look(|| self.count.load(Ordering::Acquire) > 0);
        }
        loop {
            let mut waiting = held(&self.waiting);
            loop {
                if !waiting.works.is_empty() {
                    let count = most.min(waiting.works.len());
                    let taken: Vec<_> = waiting.works.drain(..count).collect();
                    waiting.taken += count as u64;
                    self.count.store(waiting.works.len(), Ordering::Release);
                    drop(waiting);
                    return Ok(taken.into_iter().map(|(work, _place)| work).collect());
                }
                let now = Instant::now();
                if waiting.is_closed || deadline.is_some_and(|deadline| now >= deadline) {
                    return Ok(Vec::new());
                }
                let until = deadline.into_iter().chain(listener.next()).min();
                if until.is_some_and(|until| until <= now) {
                    break;
                }
                waiting.asleep += 1;
                waiting = match until {
                    Some(until) => {
                        let waited = self.ready.wait_timeout(waiting, until.saturating_duration_since(now));
                        waited.unwrap_or_else(PoisonError::into_inner).0
                    }
                    None => self.ready.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                };
                waiting.asleep -= 1;
            }
            drop(waiting);
            listener.look()?;
        }
    }
}

/// A queue from the network to threads of Python. While it is full the network does not read on; when it is closed nothing comes in any more.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct NetInbox(Kept<Arc<Queue>>);

impl NetInbox {
    pub(crate) fn queue(&self, py: Python<'_>) -> PyResult<Arc<Queue>> {
        self.0.get(py).map(Arc::clone)
    }
}

/// Nobody can take what is in it: who waits for an answer hears that there is none.
impl Drop for NetInbox {
    fn drop(&mut self) {
        if let Some(queue) = self.0.peek() {
            queue.close();
            let works = std::mem::take(&mut held(&queue.waiting).works);
            drop(works);
        }
    }
}

#[pymethods]
impl NetInbox {
    #[new]
    #[pyo3(signature = (capacity = 256))]
    fn new(py: Python<'_>, capacity: i64) -> PyResult<Self> {
        let places = usize::try_from(capacity).ok().filter(|places| (1..=LARGEST).contains(places));
        let places = places.ok_or_else(|| {
            errors::named(
                py,
                "ArgumentError",
                &format!("the capacity of an inbox is a number from 1 to {LARGEST}"),
            )
        })?;
        let queue = Arc::new(Queue::new(places));
        Home::get(py)?.watch_queue(&queue);
        Ok(Self(Kept::new(queue)))
    }

    /// Waits for the next work; `None` when the time is over, or the inbox is closed and empty.
    #[pyo3(signature = (timeout = None))]
    fn take(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<NetWork>> {
        Ok(self.take_many(py, 1, timeout)?.pop())
    }

    /// Waits for the next work, and gives it with those behind it; none when the time is over, or the inbox is closed and empty.
    #[pyo3(signature = (most = 64, timeout = None))]
    fn take_many(&self, py: Python<'_>, most: usize, timeout: Option<f64>) -> PyResult<Vec<NetWork>> {
        if most == 0 {
            return Err(errors::named(py, "ArgumentError", "one work at least has to be wanted"));
        }
        let queue = self.queue(py)?;
        let timeout = seconds(py, "timeout", timeout)?;
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let works = py.detach(|| queue.take(deadline, most))?;
        works.into_iter().map(|work| NetWork::new(py, work)).collect()
    }

    #[getter]
    fn closed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(held(&self.queue(py)?.waiting).is_closed)
    }

    /// How many works were taken so far: what is not in it any more is with those who took it.
    #[getter]
    fn taken(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(held(&self.queue(py)?.waiting).taken)
    }

    /// Nothing comes in any more: the network answers what it would have brought as failed.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        self.queue(py)?.close();
        Ok(())
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.queue(py)?.len())
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(unpicklable(slf.as_any()))
    }
}
