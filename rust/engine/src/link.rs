//! What an association's task shares with those who hold it: what they want, what was agreed on, how it ended. An idle one holds no queue.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use radiogram_net::AeTitle;
use radiogram_net::dimse::{Service, Window};
use radiogram_net::machine::State;
use radiogram_net::negotiation::Agreement;
use tokio::sync::{Notify, Semaphore};

use crate::body::Body;
use crate::exchange::Answers;
use crate::lanes::Lane;
use crate::request::Served;
use crate::tls::Security;
use crate::{Ending, Error, Times};

/// Replies that wait for their turn; whoever has more waits.
const REPLIES: usize = 32;
/// Operations that this side has under way where the peer sets no bound.
const OPERATIONS: usize = 256;

/// Something that the task is to do.
pub(crate) enum Order {
    /// Send a request.
    Ask(Letter, Service, Arc<Answers>),
    /// Send a response to a request of the peer.
    Reply {
        letter: Letter,
        served: Arc<Served>,
        is_last: bool,
        /// It takes one of the places for replies.
        is_counted: bool,
    },
    /// Send a C-CANCEL for a request that is answered there.
    Cancel(Letter, Arc<Answers>),
    Release,
    Abort,
    /// Ask the watcher anew what it wants.
    Look,
    /// Wait for so long from now on.
    Wait(Arc<Times>),
    /// Abort, and do not wait for the end of the connection.
    Close,
}

/// A message on its way out.
pub(crate) struct Letter {
    pub(crate) context: u8,
    /// The number of the message, or of that which it answers.
    pub(crate) id: u16,
    /// The command set.
    pub(crate) command: Vec<u8>,
    pub(crate) body: Option<Body>,
}

/// What is known once the association is asked for, and answered.
pub(crate) struct Agreed {
    pub(crate) agreement: Agreement,
    /// The PDU that accepts it. PDUs are kept as they are sent: read they are some times as large.
    pub(crate) answer: Box<[u8]>,
}

/// Who asks whom, and by which PDU.
pub(crate) struct Asked {
    pub(crate) calling: AeTitle,
    pub(crate) called: AeTitle,
    pub(crate) request: Box<[u8]>,
}

#[derive(Default)]
struct Desk {
    orders: VecDeque<Order>,
    window: Option<Window>,
}

/// The number of the last association of this process.
static LAST: AtomicU64 = AtomicU64::new(0);

pub(crate) struct Link {
    pub(crate) id: u64,
    pub(crate) is_requestor: bool,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    /// Where its task lives.
    pub(crate) lane: Option<Arc<Lane>>,
    /// How many hold it. A requestor's association that nobody holds is released.
    pub(crate) holders: AtomicUsize,
    pub(crate) asked: OnceLock<Asked>,
    pub(crate) agreed: OnceLock<Agreed>,
    /// How the connection is secured.
    pub(crate) security: OnceLock<Box<Security>>,
    ending: OnceLock<Ending>,
    state: AtomicU8,
    desk: Mutex<Desk>,
    /// Rings for the task.
    pub(crate) bell: Notify,
    /// Rings when the association is established, and when it ends.
    changed: Notify,
    /// The operations that this side may begin.
    places: Semaphore,
    /// The replies that may be queued.
    replies: Semaphore,
}

impl Link {
    pub(crate) fn new(
        is_requestor: bool,
        local: SocketAddr,
        peer: SocketAddr,
        lane: Option<Arc<Lane>>,
    ) -> Self {
        Self {
            id: LAST.fetch_add(1, Ordering::Relaxed) + 1,
            is_requestor,
            local,
            peer,
            lane,
            holders: AtomicUsize::new(0),
            asked: OnceLock::new(),
            agreed: OnceLock::new(),
            security: OnceLock::new(),
            ending: OnceLock::new(),
            state: AtomicU8::new(0),
            desk: Mutex::default(),
            bell: Notify::new(),
            changed: Notify::new(),
            places: Semaphore::new(0),
            replies: Semaphore::new(REPLIES),
        }
    }

    pub(crate) fn set_security(&self, security: Option<Security>) {
        if let Some(security) = security {
            let _ = self.security.set(Box::new(security));
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands something to the task.
    pub(crate) fn order(&self, order: Order) {
        self.desk().orders.push_back(order);
        self.bell.notify_one();
    }

    /// What the task has to do next.
    pub(crate) fn next_order(&self) -> Option<Order> {
        let mut desk = self.desk();
        let order = desk.orders.pop_front();
        if desk.orders.is_empty() {
            // Memory of a busy time is not kept.
            desk.orders = VecDeque::new();
        }
        order
    }

    /// Waits for a place in the window of operations, and takes a number: the one that is wanted, where it is free.
    pub(crate) async fn begin(&self, wanted: u16) -> Result<u16, Error> {
        let place = self.places.acquire().await.map_err(|_| self.over())?;
        let mut desk = self.desk();
        let id =
            desk.window.as_mut().and_then(|window| window.begin_as(wanted)).ok_or_else(|| self.over())?;
        place.forget();
        Ok(id)
    }

    /// An operation has its last answer, or never began.
    pub(crate) fn end(&self, id: u16) {
        if self.desk().window.as_mut().is_some_and(|window| window.end(id)) {
            self.places.add_permits(1);
        }
    }

    /// As [`Link::end`], of an operation that may be answered once more: its number is not given again before that.
    pub(crate) fn retire(&self, id: u16) {
        if self.desk().window.as_mut().is_some_and(|window| window.retire(id)) {
            self.places.add_permits(1);
        }
    }

    /// It was.
    pub(crate) fn settle(&self, id: u16) {
        if let Some(window) = &mut self.desk().window {
            window.settle(id);
        }
    }

    /// Waits until one more reply may be queued.
    pub(crate) async fn reply_room(&self) -> Result<(), Error> {
        self.replies.acquire().await.map_err(|_| self.over())?.forget();
        Ok(())
    }

    /// A reply has left the queue.
    pub(crate) fn replied(&self) {
        self.replies.add_permits(1);
    }

    /// The association is established.
    pub(crate) fn establish(&self, agreed: Agreed) {
        let most = agreed.agreement.invoked;
        let places = if most == 0 { OPERATIONS } else { usize::from(most).min(OPERATIONS) };
        self.desk().window = Some(Window::new(most));
        let _ = self.agreed.set(agreed);
        self.places.add_permits(places);
        self.changed.notify_waiters();
    }

    /// It is no more; what was ordered is given back, to be ended by the task.
    pub(crate) fn finish(&self, ending: Ending) -> VecDeque<Order> {
        let _ = self.ending.set(ending);
        self.places.close();
        self.replies.close();
        self.changed.notify_waiters();
        std::mem::take(&mut self.desk().orders)
    }

    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending.get().copied()
    }

    /// Why nothing can be done any more.
    pub(crate) fn over(&self) -> Error {
        self.ending().unwrap_or(Ending::Lost).into()
    }

    /// Waits for the end.
    pub(crate) async fn ended(&self) -> Ending {
        loop {
            let told = self.changed.notified();
            if let Some(ending) = self.ending() {
                return ending;
            }
            told.await;
        }
    }

    /// Waits until it is known whether it is established.
    pub(crate) async fn established(&self) -> Result<(), Error> {
        loop {
            let told = self.changed.notified();
            if let Some(ending) = self.ending() {
                return Err(ending.into());
            }
            if self.agreed.get().is_some() {
                return Ok(());
            }
            told.await;
        }
    }

    pub(crate) fn set_state(&self, state: State) {
        self.state.store(state as u8, Ordering::Relaxed);
    }

    pub(crate) fn state(&self) -> State {
        let state = usize::from(self.state.load(Ordering::Relaxed));
        State::ALL.get(state).copied().unwrap_or(State::Sta1)
    }
}
