//! A request of the peer that the application answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use radiogram_net::dimse::{Command, CommandField, Message, Outcome, Service};
use radiogram_net::negotiation::Context;
use tokio::sync::Notify;

use crate::body::Body;
use crate::link::{Letter, Link, Order};
use crate::{Error, Handle, Result};

/// A request.
#[derive(Debug)]
pub struct Request {
    /// The association that it came by.
    pub association: Handle,
    /// The presentation context.
    pub context: Context,
    /// The request.
    pub command: Message,
    /// Its data set, in the transfer syntax of the context.
    pub data: Option<Vec<u8>>,
    /// How it is answered.
    pub replies: Replies,
}

/// What the task and whoever answers share of a request.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) id: u16,
    is_cancelled: AtomicBool,
    bell: Notify,
}

impl Served {
    pub(crate) fn new(id: u16) -> Self {
        Self { id, is_cancelled: AtomicBool::new(false), bell: Notify::new() }
    }

    /// The peer does not want it any more, or is gone.
    pub(crate) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Release);
        self.bell.notify_waiters();
    }
}

/// The answers to a request: any number of pending ones, then the last. Where there is none when this is dropped, a failure is answered
/// (0110, processing failure), so that nobody waits for ever.
pub struct Replies {
    link: Arc<Link>,
    served: Arc<Served>,
    context: u8,
    service: Service,
    is_done: AtomicBool,
}

impl Replies {
    pub(crate) fn new(link: Arc<Link>, served: Arc<Served>, context: u8, service: Service) -> Self {
        Self { link, served, context, service, is_done: AtomicBool::new(false) }
    }

    /// The number of the message that is answered.
    pub fn message_id(&self) -> u16 {
        self.served.id
    }

    /// Queues a response: the last one, where its status is not pending. Waits while the peer takes nothing; an error once the association is
    /// over.
    pub async fn send(&self, message: impl Into<Message>, body: Option<Body>) -> Result<()> {
        let mut message = message.into();
        if message.field() != CommandField::Response(self.service) {
            return Err(Error::argument("the response is none to this request"));
        }
        let is_last = !message.outcome().is_some_and(|outcome| outcome.status.is_pending());
        message.set_id(self.served.id);
        let mut command = Vec::new();
        Command { message, has_data: body.is_some() }.encode(&mut command)?;
        if self.is_done.load(Ordering::Acquire) {
            return Err(Error::argument("the last response was given"));
        }
        self.link.reply_room().await?;
        if is_last && self.is_done.swap(true, Ordering::AcqRel) {
            self.link.replied();
            return Err(Error::argument("the last response was given"));
        }
        self.order(command, body, is_last, true);
        Ok(())
    }

    /// Answers with nothing but an outcome, which is the last response. It does not wait.
    pub fn fail(&self, outcome: Outcome) {
        let message = Message::failure(CommandField::Request(self.service), self.served.id, outcome);
        let Some(message) = message.filter(|_| !self.is_done.swap(true, Ordering::AcqRel)) else { return };
        let mut command = Vec::new();
        if (Command { message, has_data: false }).encode(&mut command).is_ok() {
            self.order(command, None, true, false);
        }
    }

    fn order(&self, command: Vec<u8>, body: Option<Body>, is_last: bool, is_counted: bool) {
        let letter = Letter { context: self.context, id: self.served.id, command, body };
        self.link.order(Order::Reply { letter, served: Arc::clone(&self.served), is_last, is_counted });
    }

    /// True once the peer has asked for an end by C-CANCEL, or the association is over.
    pub fn is_cancelled(&self) -> bool {
        self.served.is_cancelled.load(Ordering::Acquire)
    }

    /// Waits for that.
    pub async fn cancelled(&self) {
        loop {
            let told = self.served.bell.notified();
            if self.is_cancelled() {
                return;
            }
            told.await;
        }
    }

    /// True once the last response was given.
    pub fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Acquire)
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        self.fail(Outcome::of(0x0110));
    }
}

impl std::fmt::Debug for Replies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replies(to message {} of {})", self.served.id, self.service.name())
    }
}
