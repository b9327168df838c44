//! An association, as those see it who use it: cheap to copy, and the same for both roles.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Command, CommandField, Message, Outcome, c_echo, c_store};
use radiogram_net::machine::State;
use radiogram_net::negotiation::Agreement;
use radiogram_net::pdu::{AssociateAc, AssociateRq, HEAD};
use radiogram_net::{AeTitle, Uid};

use crate::body::Body;
use crate::exchange::{Answers, Exchange};
use crate::lanes::{self, Lane};
use crate::link::{Letter, Link, Order};
use crate::tls::Security;
use crate::{Ending, Error, Result, Times};

/// An association. All that hold it hold the same one.
///
/// One that we have asked for is released when nobody holds it any more; one of a server lives as long as its peer wants.
pub struct Handle {
    link: Arc<Link>,
    /// False for the task's own.
    counts: bool,
}

impl Handle {
    /// The task's own.
    pub(crate) fn of_task(link: Arc<Link>) -> Self {
        Self { link, counts: false }
    }

    /// A number that no other association of this process has, or will have.
    pub fn id(&self) -> u64 {
        self.link.id
    }

    /// True where this side asked for the association.
    pub fn is_requestor(&self) -> bool {
        self.link.is_requestor
    }

    /// Where its task lives.
    pub(crate) fn lane(&self) -> Option<Arc<Lane>> {
        self.link.lane.clone()
    }

    /// A task beside the association's own: what comes for it wakes no other thread. Called on a runtime.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        lanes::beside(self.link.lane.as_ref(), task);
    }

    /// Our end of the connection.
    pub fn local(&self) -> SocketAddr {
        self.link.local
    }

    /// The peer's end.
    pub fn peer(&self) -> SocketAddr {
        self.link.peer
    }

    /// The title of who asked; blank before it is known.
    pub fn calling(&self) -> AeTitle {
        self.link.asked.get().map(|asked| asked.calling).unwrap_or_default()
    }

    /// The title of who was asked; blank before it is known.
    pub fn called(&self) -> AeTitle {
        self.link.asked.get().map(|asked| asked.called).unwrap_or_default()
    }

    /// The request as it was said, once it was.
    pub fn request_pdu(&self) -> Option<AssociateRq> {
        let asked = self.link.asked.get()?;
        AssociateRq::decode(asked.request.get(HEAD..)?).ok()
    }

    /// The answer as it was said, where the association was accepted.
    pub fn answer_pdu(&self) -> Option<AssociateAc> {
        let agreed = self.link.agreed.get()?;
        AssociateAc::decode(agreed.answer.get(HEAD..)?).ok()
    }

    /// What was agreed on, once it was.
    pub fn agreement(&self) -> Option<&Agreement> {
        self.link.agreed.get().map(|agreed| &agreed.agreement)
    }

    /// How the connection is secured, once that is known; nothing for one that is not.
    pub fn security(&self) -> Option<&Security> {
        self.link.security.get().map(|security| &**security)
    }

    /// The state of PS3.8 9.2.
    pub fn state(&self) -> State {
        self.link.state()
    }

    /// How it ended, once it has.
    pub fn outcome(&self) -> Option<Ending> {
        self.link.ending()
    }

    /// Waits for its end.
    pub async fn ended(&self) -> Ending {
        self.link.ended().await
    }

    /// Waits until it is established; why it is not, where it came to nothing.
    pub async fn established(&self) -> Result<()> {
        self.link.established().await
    }

    /// Sends a request, once the window of asynchronous operations has a place for it (PS3.7 D.3.3.3). What it is answered comes by the exchange.
    ///
    /// The number of the message is taken where it is free: no operation has it that may still be answered (PS3.7 9.1). It is chosen where it is 0
    /// or is not.
    pub async fn request(
        &self,
        context: u8,
        message: impl Into<Message>,
        body: Option<Body>,
    ) -> Result<Exchange> {
        let mut message = message.into();
        let CommandField::Request(service) = message.field() else {
            return Err(Error::argument("a response or C-CANCEL is no request"));
        };
        self.check(context)?;
        let link = &self.link;
        let id = link.begin(message.id()).await?;
        message.set_id(id);
        let mut command = Vec::new();
        if let Err(error) = (Command { message, has_data: body.is_some() }).encode(&mut command) {
            link.end(id);
            return Err(error.into());
        }
        let answers = Arc::new(Answers::default());
        link.order(Order::Ask(Letter { context, id, command, body }, service, Arc::clone(&answers)));
        if link.ending().is_some() {
            // The task may have gone before it could see the order.
            answers.close();
        }
        Ok(Exchange::new(Arc::clone(link), answers, context, id))
    }

    /// Asks whether anybody is there (C-ECHO).
    pub async fn echo(&self, context: u8) -> Result<Outcome> {
        let request = c_echo::Request { sop_class: Uid::new("1.2.840.10008.1.1"), id: 0 };
        self.request(context, request, None).await?.outcome().await
    }

    /// Stores an instance, whose data set is in the transfer syntax of the context (C-STORE).
    pub async fn store(&self, context: u8, sop_class: Uid, sop_instance: Uid, body: Body) -> Result<Outcome> {
        let (priority, originator, originator_id) = (Priority::Medium, None, None);
        let request =
            c_store::Request { sop_class, id: 0, priority, sop_instance, originator, originator_id };
        self.request(context, request, Some(body)).await?.outcome().await
    }

    /// Ends the association in order: what was ordered before is sent, what was not answered is not.
    pub async fn release(&self) -> Result<()> {
        if self.link.ending().is_none() {
            self.link.order(Order::Release);
        }
        match self.ended().await {
            Ending::Released => Ok(()),
            other => Err(other.into()),
        }
    }

    /// Ends it at once.
    pub fn abort(&self) {
        if self.link.ending().is_none() {
            self.link.order(Order::Abort);
        }
    }

    /// The watcher wants to hear of other things than at the beginning: it is asked anew.
    pub fn watch_anew(&self) {
        self.link.order(Order::Look);
    }

    /// From now on it waits for so long.
    pub fn set_times(&self, times: Times) {
        if self.link.ending().is_none() {
            self.link.order(Order::Wait(Arc::new(times)));
        }
    }

    fn check(&self, context: u8) -> Result<()> {
        if let Some(ending) = self.outcome() {
            return Err(ending.into());
        }
        let agreement = self.agreement().ok_or(Error::argument("the association is not established"))?;
        let context = agreement.context(context);
        context.map(drop).ok_or(Error::argument("the presentation context was not accepted"))
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        self.link.holders.fetch_add(1, Ordering::Relaxed);
        Self { link: Arc::clone(&self.link), counts: true }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let is_last = self.counts && self.link.holders.fetch_sub(1, Ordering::AcqRel) == 1;
        if is_last && self.link.is_requestor && self.link.ending().is_none() {
            self.link.order(Order::Release);
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (calling, called) = (self.calling(), self.called());
        write!(f, "Handle({calling} to {called}, {}, {:?})", self.link.peer, self.state())
    }
}
