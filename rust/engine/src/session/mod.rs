//! One association, from the first byte to the last: a task that reads, writes, and does what those who hold it want, at the same time.

mod begin;
mod clock;
mod data;
mod decide;
mod feed;
mod jobs;
mod leave;
mod messages;
mod orders;
mod outbox;
mod stream;
mod told;

use std::sync::Arc;
use std::time::Duration;

use radiogram_net::Association;
use radiogram_net::association::{Artim, Indication};
use radiogram_net::dimse::{Assembler, Service};
use radiogram_net::machine::State;
use radiogram_net::pdu::{AssociateRj, AssociateRq};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until, timeout};

use clock::{Clock, Waits};
use data::Doing;
use jobs::{Done, Jobs};
use messages::Parked;
use outbox::Outbox;

use crate::connection::Connection;
use crate::exchange::Answers;
use crate::ground::{Ground, Held};
use crate::link::Link;
use crate::quotas::Place;
use crate::request::Served;
use crate::server::Shared;
use crate::sink::Spare;
use crate::{Ending, Error, Handle, Notice, Times, Wants};

/// How long memory and a file are kept for the next instance.
const KEEP: Duration = Duration::from_secs(2);
/// How long is waited for what a peer has said whose connection is broken: it was said before that.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Bytes after which other associations of the thread have their turn, however quick the peer is.
const TURN: usize = 1 << 20;
/// Bytes that are read at once of a peer whose requests are as many as may be: what it sends beyond them has to be kept.
const CAREFUL: usize = 4 << 10;

pub(crate) use messages::served_at_once;

pub(crate) struct Session {
    ground: Arc<Ground>,
    times: Arc<Times>,
    side: Side,
    link: Arc<Link>,
    handle: Handle,
    wants: Wants,
    connection: Connection,
    association: Association,
    assembler: Assembler,
    outbox: Outbox,
    doing: Doing,
    /// Requests of ours that are not answered yet, in the order in which they were asked.
    asked: Vec<Asked>,
    /// Contexts and numbers of C-FINDs that ended with a warning: some say that they ended once more.
    limited: Vec<(u8, u16)>,
    /// Requests of the peer that the application answers.
    serving: Vec<Serving>,
    jobs: Jobs,
    /// A request of the peer that waits for a place.
    parked: Option<Box<Parked>>,
    /// The association is to be released once everything is sent.
    is_releasing: bool,
    /// The peer has asked for its release, which is agreed to once it has its answers, or at this time.
    leaving: Option<Instant>,
    /// The peer takes nothing any more: what it has said is read, then the connection is closed.
    is_mute: bool,
    /// Bytes that were read and written since others had their turn.
    turn: usize,
    /// What is there for the next instance.
    spare: Spare,
    clock: Clock,
}

enum Side {
    Acceptor {
        server: Arc<Shared>,
        _place: Place,
        member: u64,
        /// With what every request is rejected, where none is taken.
        refusal: Option<AssociateRj>,
    },
    Requestor {
        request: Option<Box<AssociateRq>>,
    },
}

struct Asked {
    id: u16,
    context: u8,
    service: Service,
    answers: Arc<Answers>,
    /// A C-CANCEL was sent for it.
    is_cancelled: bool,
}

struct Serving {
    served: Arc<Served>,
    /// The bytes of its data set.
    held: Option<Held>,
}

/// What was waited for.
enum Woken {
    Ready(bool),
    Broken,
    Ordered,
    Fetched,
    Unfetched(u16, crate::Error),
    Done(Done),
    Late,
}

impl Session {
    pub(crate) async fn run(mut self) {
        self.notice(Notice::Opened(self.link.peer));
        loop {
            self.obey();
            self.told_steps();
            if !self.write() || self.leave() && !self.write() {
                self.mute();
            }
            self.told_steps();
            if self.association.is_over() && !self.outbox.has_bytes(self.association.output()) {
                break;
            }
            if self.turn >= TURN {
                // There may be more to write at once: nothing is waited for.
                self.turn = 0;
                yield_now().await;
            } else if !self.unpark().await {
                self.wait().await;
            }
        }
        // What a connection still holds back is pushed out before it is closed.
        while self.connection.is_pending() {
            let pushed = timeout(self.times.send, self.connection.ready(false, true)).await;
            if !matches!(pushed, Ok(Ok(_))) || self.connection.write(&[]).is_err() {
                break;
            }
        }
        self.receipts().await;
    }

    /// Waits for what comes next, and does it.
    async fn wait(&mut self) {
        if self.is_mute && self.may_read() {
            // It is there even where it was not heard of yet.
            let _ = timeout(LAST_WORDS, self.connection.ready(true, false)).await;
            if !self.read().await {
                self.closed();
            }
            return;
        }
        // Where others have requests at the same time, this thread has no time that is left over.
        if self.link.lane.as_ref().is_some_and(|lane| lane.has_one()) {
            self.spare.begin();
        }
        let awaited = (self.waits(), self.awaited());
        let deadline = self.clock.deadline(self.association.artim(), awaited, &self.times);
        let keep = self.spare.is_held().then(|| Instant::now() + KEEP);
        let nearest = [deadline, keep, self.leaving].into_iter().flatten().min();
        let (read, write) = (self.may_read(), self.outbox.has_bytes(self.association.output()));
        let is_fetching = self.outbox.is_fetching();
        let Self { connection, link, outbox, jobs, is_mute, .. } = self;
        let write = write || connection.is_pending();
        if let Some(lane) = &link.lane {
            lane.stir();
        }
        let woken = tokio::select! {
            ready = connection.ready(read, write), if !*is_mute => ready.map_or(Woken::Broken, Woken::Ready),
            () = link.bell.notified() => Woken::Ordered,
            fetched = outbox.fetched(), if is_fetching => match fetched {
                Ok(()) => Woken::Fetched,
                Err((id, error)) => Woken::Unfetched(id, error),
            },
            done = jobs.next(), if !jobs.is_empty() => Woken::Done(done),
            () = alarm(nearest) => Woken::Late,
        };
        match woken {
            Woken::Ready(true) if read => {
                self.read().await;
            }
            Woken::Ready(_) | Woken::Ordered | Woken::Fetched => {}
            Woken::Broken => self.closed(),
            Woken::Unfetched(id, error) => self.unfetched(id, error),
            Woken::Done(Done::Negotiated(request, decision)) => self.decided(&request, *decision),
            Woken::Done(Done::Stored(waiting, outcome)) => self.stored(*waiting, outcome),
            Woken::Done(Done::Kept(complete)) => self.kept(*complete),
            Woken::Late if nearest < deadline || deadline.is_none() => self.spare = Spare::default(),
            // A machine that has stood still has the alarm and the peer's bytes at once: who has sent, or taken, in time is not late.
            Woken::Late if self.clock.is_first() => {
                let has_come = read && self.read().await;
                if !has_come && self.clock.waits() != Waits::Taking {
                    self.expired();
                }
            }
            Woken::Late => self.expired(),
        }
    }

    /// Whose turn it is.
    fn waits(&self) -> Waits {
        if self.is_mute {
            return Waits::Taking;
        }
        let is_up = self.association.may_send();
        let is_between = self.association.is_between() && self.assembler.is_between();
        match self.association.state() {
            State::Sta3 => Waits::Us,
            _ if !is_up => Waits::Peer,
            // It has its own bound.
            _ if self.leaving.is_some() => Waits::Us,
            _ if self.outbox_is_busy() || self.connection.is_pending() => {
                if self.outbox.is_fetching() {
                    Waits::Us
                } else {
                    Waits::Taking
                }
            }
            _ if self.is_held_up() => Waits::Us,
            _ if !is_between => Waits::Message,
            _ if !self.serving.is_empty() || !self.jobs.is_empty() || !self.asked.is_empty() => Waits::Us,
            _ => Waits::Idle,
        }
    }

    /// The operation of ours that is to be answered next, whatever we do meanwhile: the first, as whoever does one after the other has not begun
    /// with those behind it. None while it is not out, or where it waits for us: answers are not taken, or the instances that it brings are not
    /// stored.
    fn awaited(&self) -> Option<u16> {
        if self.is_mute || self.leaving.is_some() || !self.association.may_send() {
            return None;
        }
        if self.asked.iter().any(|one| one.answers.is_crammed()) {
            return None;
        }
        let first = self.asked.iter().find(|one| !one.answers.is_full())?;
        let is_for_us = self.outbox.holds(first.id)
            || first.service == Service::CGet && !(self.serving.is_empty() && self.jobs.is_empty());
        (!is_for_us).then_some(first.id)
    }

    fn outbox_is_busy(&self) -> bool {
        self.outbox.is_busy(self.association.said())
    }

    /// True while something of ours has to happen before more is read. Answers that are not taken are enough while none of another operation is
    /// waited for, which whoever takes them may need first.
    fn is_held_up(&self) -> bool {
        let is_full = |one: &Asked| one.answers.is_full();
        self.parked.is_some()
            || self.asked.iter().any(is_full)
                && (self.asked.iter().all(is_full) || self.asked.iter().any(|one| one.answers.is_crammed()))
    }

    fn may_read(&self) -> bool {
        !self.is_held_up() && !self.outbox.is_full(self.association.said())
    }

    fn expired(&mut self) {
        self.ground.metrics.timed_out.one();
        if self.clock.waits() == Waits::Idle && self.times.releases_idle && self.association.may_send() {
            self.is_releasing = true;
            return;
        }
        let ending = Ending::TimedOut(match (self.association.artim(), self.clock.waits()) {
            (Artim::Running(_), _) => "no request for an association, or no end of the connection",
            (_, Waits::Peer) => "no answer to the request for an association, or to its release",
            _ if self.clock.is_unanswered() => "no answer to a message",
            (_, Waits::Idle | Waits::Us) => "nothing was sent",
            (_, Waits::Message) => "a message did not come to its end",
            (_, Waits::Taking) => "what is sent is not taken",
        });
        let is_stuck = self.clock.waits() == Waits::Taking;
        if self.association.artim() == Artim::Stopped {
            self.association.abort();
        } else {
            self.association.artim_expired();
        }
        self.conclude(ending);
        if is_stuck || self.association.is_over() {
            // Who takes nothing takes no abort, and nothing that was to go before.
            self.closed();
        }
    }

    /// The peer takes nothing any more. It may have said why, and other things before, which are heard as if it were still there.
    fn mute(&mut self) {
        self.leaving = None;
        self.is_mute = true;
        self.outbox.clear(&mut self.association, &self.link);
        for serving in &self.serving {
            serving.served.cancel();
        }
    }

    /// The connection is no more.
    fn closed(&mut self) {
        self.outbox.clear(&mut self.association, &self.link);
        let is_lost = self.association.closed().is_some();
        if is_lost {
            self.ground.metrics.lost.one();
        }
        self.conclude(Ending::Lost);
    }

    /// Writes as much as is taken; false where nothing will be any more.
    fn write(&mut self) -> bool {
        if self.is_mute {
            return false;
        }
        if self.connection.is_pending() && self.connection.write(&[]).is_err() {
            return false;
        }
        loop {
            if !self.association.may_send() {
                self.outbox.stop(&mut self.association);
            }
            if !self.outbox_is_busy() {
                if self.is_releasing && self.association.may_send() {
                    self.is_releasing = false;
                    // The table has a cell for it in the state in which data may be sent.
                    let _ = self.association.release();
                    continue;
                }
                return true;
            }
            match self.write_once() {
                Ok(written) => {
                    self.ground.metrics.bytes_out.add(written.bytes as u64);
                    self.clock.wrote(written.bytes);
                    self.turn += written.bytes;
                    if written.is_blocked || self.turn >= TURN {
                        return true;
                    }
                }
                Err(_) => return false,
            }
        }
    }

    /// Reads what there is; false where there is nothing now. The buffer goes back before anything is sent, so that a peer that takes nothing
    /// holds none.
    async fn read(&mut self) -> bool {
        let ground = Arc::clone(&self.ground);
        let Some(mut lent) = ground.buffers.lend().await else { return false };
        let most = if self.has_place() { lent.len() } else { CAREFUL };
        let read = self.connection.read(&mut lent, most);
        match read {
            Ok(None) => return false,
            Ok(Some(0)) => self.closed(),
            Err(error) => {
                if let Error::Insecure(failure, _) = error {
                    self.conclude(Ending::Insecure(failure));
                }
                self.closed();
            }
            Ok(Some(count)) => {
                ground.metrics.bytes_in.add(count as u64);
                self.clock.count(count);
                self.turn += count;
                let bytes = lent.get(..count).unwrap_or_default();
                if self.wants.bytes {
                    self.notice(Notice::BytesReceived(bytes));
                }
                self.process(bytes).await;
            }
        }
        true
    }

    /// Takes bytes, as far as requests have places.
    async fn process(&mut self, bytes: &[u8]) {
        let mut input = bytes;
        while let Some(indication) = self.association.receive(&mut input) {
            self.told_pdu(&indication);
            match indication {
                Indication::Requested(request) => {
                    self.link.set_security(self.connection.security());
                    self.requested(request);
                }
                Indication::Accepted(answer) => self.accepted(&answer),
                Indication::Data(fragment) => {
                    if let Err(fault) = self.fragment(fragment).await {
                        self.fail(fault);
                    }
                }
                Indication::ReleaseRequested => self.asked_to_leave(),
                Indication::Released => {
                    // Both have released, and the requestor has answered first (AR-10).
                    let _ = self.association.answer_release();
                    self.conclude(Ending::Released);
                }
                Indication::Aborted(abort) => {
                    self.ground.metrics.aborted_by_peer.one();
                    self.conclude(Ending::Aborted(abort));
                }
                Indication::Failed(fault) => {
                    self.ground.metrics.aborted_by_us.one();
                    self.conclude(Ending::Failed(fault));
                }
                Indication::Rejected(why) => {
                    self.ground.metrics.rejected.one();
                    self.conclude(Ending::Rejected(why));
                }
                Indication::Lost => {
                    self.ground.metrics.lost.one();
                    self.conclude(Ending::Lost);
                }
            }
            if self.parked.is_some() {
                return self.park(input);
            }
        }
        self.concluded();
    }
}

/// Rings at a time, or never.
async fn alarm(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::Session;

    fn size<S, F>(_: impl Fn(S) -> F) -> usize {
        size_of::<F>()
    }

    /// Thousands of associations do nothing most of the time: what is rare and large has memory of its own.
    #[test]
    fn a_task_is_small() {
        assert!(size(Session::run) < 3500, "{} bytes", size(Session::run));
    }
}
