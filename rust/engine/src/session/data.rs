//! The data sets that come: into a sink, into memory within bounds, or past us.

use std::future::{Future as _, poll_fn};
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use radiogram_data::excerpt::Taken;
use radiogram_net::dimse::{CommandField, Message, Outcome, Status, c_store};
use radiogram_net::{AbortReason, Fault};

use super::Session;
use super::jobs::{About, Done, Waiting};
use super::messages::{failure, fault, stored};
use crate::ground::{Ground, Held};
use crate::receive::Intake;
use crate::rules::{Answer, Stored};
use crate::sink::{Arrival, Kept, Spare};
use crate::{Handle, Rules};

/// What the data set that comes is for.
pub(super) enum Doing {
    Nothing,
    /// An instance is received.
    Receiving(Box<Receiving>),
    /// A message is taken as a whole.
    Gathering(Box<Gathered>),
    /// It is passed over; then this is answered on a context.
    Skipping(u8, Option<Box<Message>>),
}

pub(super) struct Receiving {
    pub(super) context: u8,
    pub(super) request: c_store::Request,
    pub(super) intake: Intake,
    /// Bytes of its data set so far.
    pub(super) bytes: usize,
}

impl Receiving {
    async fn end(self) -> Complete {
        let Self { context, request, intake, bytes } = self;
        let began = intake.began;
        let (kept, arrival, spare) = intake.end().await;
        Complete { context, request, began, kept, arrival, spare, bytes }
    }
}

/// An instance that is where it belongs, or nowhere.
pub(super) struct Complete {
    context: u8,
    request: c_store::Request,
    began: Instant,
    kept: Result<(Kept, Option<Taken>), Outcome>,
    arrival: Arrival,
    spare: Spare,
    bytes: usize,
}

impl Complete {
    /// Tells the application, once, and gives what is answered.
    fn tell(&mut self, rules: &dyn Rules, association: &Handle) -> Answer<Outcome> {
        let kept = std::mem::replace(&mut self.kept, Err(Outcome::default()));
        let Self { context, request: command, arrival, .. } = self;
        match kept {
            Ok((kept, index)) => {
                rules.stored(Stored { association, context: *context, command, arrival, kept, index })
            }
            Err(outcome) => Answer::Now(outcome),
        }
    }

    /// As [`Complete::tell`], where nobody waits for an answer any more.
    fn tell_late(mut self, ground: &Ground, association: &Handle) {
        match self.tell(&*ground.rules, association) {
            Answer::Now(outcome) if outcome.status != Status::SUCCESS => ground.metrics.not_stored.one(),
            _ => ground.metrics.stored.one(),
        }
    }
}

/// A message with its data set.
pub(super) struct Gathered {
    pub(super) context: u8,
    pub(super) message: Message,
    pub(super) data: Option<Vec<u8>>,
    /// The bytes of it.
    pub(super) held: Option<Held>,
}

impl Doing {
    pub(super) fn gather(context: u8, message: Message) -> Self {
        Self::Gathering(Box::new(Gathered { context, message, data: Some(Vec::new()), held: None }))
    }
}

impl Session {
    /// Bytes of the data set of the last command.
    pub(super) async fn data(&mut self, bytes: &[u8], is_last: bool) -> Result<(), Fault> {
        self.clock.came();
        match &mut self.doing {
            Doing::Nothing => {}
            Doing::Skipping(context, answer) => {
                if is_last {
                    let (context, answer) = (*context, answer.take());
                    self.doing = Doing::Nothing;
                    if let Some(answer) = answer {
                        self.answer(context, &answer);
                    }
                }
            }
            Doing::Receiving(receiving) => {
                receiving.bytes = receiving.bytes.saturating_add(bytes.len());
                receiving.intake.take(bytes, is_last).await;
                if is_last {
                    self.received().await;
                }
            }
            Doing::Gathering(_) => return self.gather(bytes, is_last),
        }
        Ok(())
    }

    fn gather(&mut self, bytes: &[u8], is_last: bool) -> Result<(), Fault> {
        let Doing::Gathering(gathered) = &mut self.doing else { return Ok(()) };
        let data = gathered.data.get_or_insert_default();
        let is_granted = if let Some(held) = &mut gathered.held {
            held.grow(bytes.len())
        } else {
            gathered.held = Held::new(&self.ground, bytes.len());
            gathered.held.is_some()
        };
        if is_granted && data.try_reserve(bytes.len()).is_ok() {
            data.extend_from_slice(bytes);
            if is_last && let Doing::Gathering(gathered) = std::mem::replace(&mut self.doing, Doing::Nothing)
            {
                return self.gathered(*gathered);
            }
            return Ok(());
        }
        let (context, message) = (gathered.context, &gathered.message);
        let CommandField::Request(_) = message.field() else {
            return Err(fault(AbortReason::NotSpecified, "a response with more data than the limit"));
        };
        // PS3.7 C.5.19: resource limitation.
        let answer = failure(message.field().code(), message.id(), 0x0213);
        self.doing = Doing::Skipping(context, answer.map(Box::new));
        if is_last {
            let Doing::Skipping(_, Some(answer)) = std::mem::replace(&mut self.doing, Doing::Nothing) else {
                return Ok(());
            };
            self.answer(context, &answer);
        }
        Ok(())
    }

    /// An instance is complete. Where the peer may send further ones meanwhile, they are received while this one becomes durable.
    async fn received(&mut self) {
        let Doing::Receiving(receiving) = std::mem::replace(&mut self.doing, Doing::Nothing) else { return };
        let Receiving { request, bytes, .. } = &*receiving;
        let about = About { id: request.id, instance: Some(request.sop_instance.clone()), bytes: *bytes };
        // A future of some kilobytes, which an idle association need not hold.
        let mut end = Box::pin(receiving.end());
        if !self.has_window() {
            let complete = end.await;
            return self.kept(complete);
        }
        // Mostly there is nothing to wait for.
        if !self.jobs.has_receipt()
            && let Poll::Ready(complete) = poll_fn(|context| Poll::Ready(end.as_mut().poll(context))).await
        {
            return self.kept(complete);
        }
        self.jobs.add_receipt(Box::pin(async move { Done::Kept(Box::new(end.await)) }), about);
    }

    /// The end of an association takes nothing back: instances whose last byte came before become what they are to be, and the application hears
    /// of them before it hears of the end of the connection.
    pub(super) async fn receipts(&mut self) {
        while self.jobs.has_receipt() {
            if let Done::Kept(complete) = self.jobs.next().await {
                self.kept(*complete);
            }
        }
    }

    /// What is known by now of the instances that came is answered: it was, before whatever comes next.
    pub(super) fn answers_by_now(&mut self) {
        while let Some(done) = self.jobs.next_by_now() {
            match done {
                Done::Kept(complete) => self.kept(*complete),
                Done::Stored(waiting, outcome) => self.stored(*waiting, outcome),
                Done::Negotiated(..) => {}
            }
        }
    }

    /// As [`Session::receipts`], where there is nobody left to wait for them.
    pub(super) fn outlive(&mut self) {
        let receipts = self.jobs.end();
        let runtime = tokio::runtime::Handle::try_current();
        let Some(runtime) = runtime.ok().filter(|_| !receipts.is_empty() && !std::thread::panicking()) else {
            return;
        };
        let (ground, handle) = (Arc::clone(&self.ground), self.handle.clone());
        // All of them go on at once, and are told one after the other.
        let receipts: Vec<_> = receipts.into_iter().map(|receipt| runtime.spawn(receipt)).collect();
        runtime.spawn(async move {
            for receipt in receipts {
                if let Ok(Done::Kept(complete)) = receipt.await {
                    complete.tell_late(&ground, &handle);
                }
            }
        });
    }

    /// An instance is where it belongs: the application hears of it.
    pub(super) fn kept(&mut self, mut complete: Complete) {
        if self.link.ending().is_some() {
            return complete.tell_late(&self.ground, &self.handle);
        }
        let answer = complete.tell(&*self.ground.rules, &self.handle);
        let Complete { context, request, began, arrival, spare, bytes, .. } = complete;
        self.spare = spare;
        let waiting = Waiting { context, id: request.id, arrival, began };
        match answer {
            Answer::Now(outcome) => self.stored(waiting, outcome),
            Answer::Later(outcome) => {
                let waiting = Box::new(waiting);
                let about = About { id: request.id, instance: Some(request.sop_instance), bytes };
                self.jobs.add(Box::pin(async move { Done::Stored(waiting, outcome.await) }), about);
            }
        }
    }

    /// It is known what is answered.
    pub(super) fn stored(&mut self, waiting: Waiting, outcome: Outcome) {
        let Waiting { context, id, arrival, began } = waiting;
        let metrics = Arc::clone(&self.ground.metrics);
        if outcome.status == Status::SUCCESS {
            metrics.stored.one();
        } else {
            metrics.not_stored.one();
        }
        metrics.store_time.add(began.elapsed());
        // As with the last answer to any other request.
        self.clock.came();
        self.answer(context, &stored(id, Some((&arrival.sop_class, &arrival.sop_instance)), outcome));
    }
}
