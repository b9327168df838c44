//! A request that was sent, and what it is answered.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use radiogram_net::dimse::{Command, Message, Outcome, c_cancel};
use tokio::sync::Notify;

use crate::Result;
use crate::ground::Held;
use crate::link::{Letter, Link, Order};

/// Responses that wait for being taken, and bytes of their data sets. Beyond them nothing is read from the peer, which then waits, but for the
/// answers to other operations. What comes in front of those counts among what is held for all messages (`Quotas`).
const RESPONSES: usize = 64;
const BYTES: usize = 1 << 20;
/// Responses beyond which nothing is read for other operations either.
const CRAMMED: usize = 100_000;

/// A response, and its data set where it has one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// The message.
    pub message: Message,
    /// The data set, in the transfer syntax of the context.
    pub data: Option<Vec<u8>>,
}

#[derive(Default)]
struct Heard {
    /// Each with what it holds beyond what every operation may have.
    queue: VecDeque<(Response, Option<Held>)>,
    bytes: usize,
    /// Nothing more comes.
    is_closed: bool,
    /// The last response has come.
    is_complete: bool,
    /// Nobody takes them.
    is_dropped: bool,
    /// Why the request could not be sent.
    error: Option<crate::Error>,
}

/// What has come and was not taken yet.
#[derive(Default)]
pub(crate) struct Answers {
    heard: Mutex<Heard>,
    bell: Notify,
    level: AtomicU8,
}

/// How much has come and was not taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Room,
    Full,
    Crammed,
}

impl Answers {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A response has come.
    pub(crate) fn push(&self, (response, held): (Response, Option<Held>), is_last: bool) {
        let mut heard = self.heard();
        heard.is_complete |= is_last;
        heard.is_closed |= is_last;
        if !heard.is_dropped {
            heard.bytes += response.data.as_ref().map_or(0, Vec::len);
            heard.queue.push_back((response, held.filter(|_| self.is_full())));
            if heard.queue.len() >= CRAMMED {
                self.level.store(Level::Crammed as u8, Ordering::Release);
            } else if heard.queue.len() >= RESPONSES || heard.bytes >= BYTES {
                self.level.store(Level::Full as u8, Ordering::Release);
            }
        }
        drop(heard);
        self.bell.notify_waiters();
    }

    /// The request cannot be sent as a whole, for this reason: it is told when the association has ended of it.
    pub(crate) fn break_off(&self, error: crate::Error) {
        self.heard().error = Some(error);
    }

    /// Nothing more comes.
    pub(crate) fn close(&self) {
        self.heard().is_closed = true;
        self.bell.notify_waiters();
    }

    /// True while nothing more should be read for it.
    pub(crate) fn is_full(&self) -> bool {
        self.level.load(Ordering::Acquire) >= Level::Full as u8
    }

    /// True while nothing more should be read at all.
    pub(crate) fn is_crammed(&self) -> bool {
        self.level.load(Ordering::Acquire) >= Level::Crammed as u8
    }

    /// There is less of it; true where it may be read on.
    fn lower(&self, level: Level) -> bool {
        self.level.fetch_min(level as u8, Ordering::AcqRel) > level as u8
    }
}

/// A request that was sent. Whoever drops it does not want its answers any more; the peer may send them all the same.
pub struct Exchange {
    link: Arc<Link>,
    answers: Arc<Answers>,
    context: u8,
    id: u16,
}

impl Exchange {
    pub(crate) fn new(link: Arc<Link>, answers: Arc<Answers>, context: u8, id: u16) -> Self {
        Self { link, answers, context, id }
    }

    /// The number of its message.
    pub fn message_id(&self) -> u16 {
        self.id
    }

    /// Its presentation context.
    pub fn context(&self) -> u8 {
        self.context
    }

    /// The next response; `None` once the last one was given. An error where the association ends before.
    ///
    /// Responses that are not taken hold the association up: once there are many, nothing more is read until they are, unless another operation
    /// waits for its own.
    pub async fn next(&self) -> Result<Option<Response>> {
        loop {
            let told = self.answers.bell.notified();
            if let Some(known) = self.take() {
                return known;
            }
            told.await;
        }
    }

    /// What is known already; `None` while more is to come.
    fn take(&self) -> Option<Result<Option<Response>>> {
        let mut heard = self.answers.heard();
        if let Some((response, _held)) = heard.queue.pop_front() {
            heard.bytes -= response.data.as_ref().map_or(0, Vec::len);
            let has_room = heard.queue.len() <= RESPONSES / 2 && heard.bytes <= BYTES / 2;
            let is_lower = has_room && self.answers.lower(Level::Room)
                || heard.queue.len() <= CRAMMED / 2 && self.answers.lower(Level::Full);
            if is_lower {
                self.link.bell.notify_one();
            }
            return Some(Ok(Some(response)));
        }
        if heard.is_complete {
            return Some(Ok(None));
        }
        heard.is_closed.then(|| Err(heard.error.take().unwrap_or_else(|| self.link.over())))
    }

    /// The outcome of the last response; those in front of it are passed over.
    pub async fn outcome(self) -> Result<Outcome> {
        let mut last = None;
        while let Some(response) = self.next().await? {
            last = response.message.outcome().cloned();
        }
        last.ok_or_else(|| self.link.over())
    }

    /// Asks the peer to make an end of it (C-CANCEL), which it answers by the last response. After that response nothing is sent.
    pub fn cancel(&self) {
        if self.answers.heard().is_closed {
            return;
        }
        let message: Message = c_cancel::Request { id: self.id }.into();
        let mut command = Vec::new();
        if (Command { message, has_data: false }).encode(&mut command).is_ok() {
            let (context, id) = (self.context, self.id);
            let letter = Letter { context, id, command, body: None };
            self.link.order(Order::Cancel(letter, Arc::clone(&self.answers)));
        }
    }

    /// True once the last response has come, or the association has ended.
    pub fn is_over(&self) -> bool {
        self.answers.heard().is_closed
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut heard = self.answers.heard();
        heard.is_dropped = true;
        (heard.queue, heard.bytes) = (VecDeque::new(), 0);
        if self.answers.lower(Level::Room) {
            self.link.bell.notify_one();
        }
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Exchange(message {} on context {})", self.id, self.context)
    }
}
