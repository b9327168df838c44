//! What an application decides: at once, or later, where it has to ask somebody.

use std::fmt;
use std::sync::Arc;

use radiogram_data::excerpt::Taken;
use radiogram_net::dimse::{Outcome, c_store};
use radiogram_net::item::{Extended, IdentityRq, OperationsWindow};
use radiogram_net::negotiation::{Acceptor, Decide, Verdict};
use radiogram_net::pdu::{AssociateRj, AssociateRq};

use crate::body::Future;
use crate::sink::Reception;
use crate::{Arrival, Handle, Kept, Request, Sink};

/// An answer that is there, or comes. What comes later holds the association up where no further operations were agreed on, and nobody else.
pub enum Answer<T> {
    /// It is there.
    Now(T),
    /// It comes.
    Later(Future<'static, T>),
}

impl<T: fmt::Debug> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(answer) => f.debug_tuple("Now").field(answer).finish(),
            Self::Later(_) => f.write_str("Later"),
        }
    }
}

/// An instance that is where it belongs, and has to be answered.
#[derive(Debug)]
pub struct Stored<'a> {
    /// The association.
    pub association: &'a Handle,
    /// The presentation context.
    pub context: u8,
    /// The request.
    pub command: &'a c_store::Request,
    /// What it is and from whom.
    pub arrival: &'a Arrival,
    /// What was kept of it.
    pub kept: Kept,
    /// The elements that were taken out of it, where some are wanted and its transfer syntax is known.
    pub index: Option<Taken>,
}

/// What an application says to a request for an association, beyond its offers. The default is to say nothing.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// It is rejected.
    pub rejection: Option<AssociateRj>,
    /// Who the user is (PS3.7 D.3.3.7); nothing where identities mean nothing to the application.
    pub identity: Option<Verdict>,
    /// The answers to extended negotiation (PS3.7 D.3.3.5), by SOP class; no answer for those that are missing.
    pub extended: Vec<Extended>,
    /// The operations that this side invokes and performs at once at the most, where that is different for this association.
    pub window: Option<OperationsWindow>,
    /// Other offers for this association alone.
    pub acceptor: Option<Arc<Acceptor>>,
}

impl Decide for Decision {
    fn identity(&mut self, _: &IdentityRq) -> Option<Verdict> {
        self.identity.take()
    }

    fn window(&mut self) -> Option<OperationsWindow> {
        self.window
    }

    fn extended(&mut self, proposed: &Extended) -> Option<Vec<u8>> {
        let is_it = |said: &&Extended| said.sop_class == proposed.sop_class;
        self.extended.iter().find(is_it).map(|said| said.information.clone())
    }
}

/// The decisions of an application. They are made on the threads of the network and must not wait for anything: what has to be asked is
/// answered later.
pub trait Rules: Send + Sync {
    /// Where an instance goes that the peer sends: by C-STORE, or as a sub-operation of our C-GET.
    fn sink(&self, arrival: &Arrival) -> Sink;

    /// Whether the data set must name the instance of the command: one that names another is refused (A900), and so is what names none, or
    /// is no data set (C000).
    fn checks(&self, arrival: &Arrival) -> bool {
        let _ = arrival;
        true
    }

    /// All that is decided of an instance before its first byte is read.
    fn reception(&self, arrival: &Arrival) -> Reception {
        Reception { sink: self.sink(arrival), checks: self.checks(arrival), wanted: None }
    }

    /// What is answered once an instance is where it belongs.
    fn stored(&self, stored: Stored<'_>) -> Answer<Outcome> {
        let _ = stored;
        Answer::Now(Outcome::default())
    }

    /// What is said to a request for an association that is good as far as the acceptor sees.
    fn negotiate(&self, association: &Handle, request: &AssociateRq) -> Answer<Decision> {
        let _ = (association, request);
        Answer::Now(Decision::default())
    }

    /// True where C-ECHO is the application's as well; else it is answered at once.
    fn takes_echo(&self) -> bool {
        false
    }

    /// A request that the engine does not serve: everything but C-ECHO and C-STORE. It is to be handed to whoever answers it.
    fn request(&self, request: Request) {
        request.replies.fail(Outcome::of(0x0211));
    }
}

/// Serves nothing: the rules of those who only ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ServesNothing;

impl Rules for ServesNothing {
    fn sink(&self, _: &Arrival) -> Sink {
        Sink::Refuse(Outcome::with_comment(0x0122, "no instances are taken here"))
    }
}
