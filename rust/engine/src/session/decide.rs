//! Whether an association is accepted.

use radiogram_net::item::{Extended, IdentityRq};
use radiogram_net::negotiation::{Decide, Verdict};
use radiogram_net::pdu::{AssociateRj, AssociateRq, RejectReason};

use super::{Agreed, Session};
use crate::sink::Rules;

/// The rules, as those that decide on an association.
struct Deciding<'r>(&'r dyn Rules);

impl Decide for Deciding<'_> {
    fn identity(&mut self, identity: &IdentityRq) -> Option<Verdict> {
        self.0.identity(identity)
    }

    fn extended(&mut self, proposed: &Extended) -> Option<Vec<u8>> {
        self.0.extended(proposed)
    }
}
impl Session {
    /// Answers a request for an association.
    pub(super) fn decide(&mut self, request: &AssociateRq) {
        let config = &self.shared.config;
        let metrics = &self.shared.metrics;
        match config.acceptor.answer(request, &mut Deciding(&*config.rules)) {
            Ok((answer, agreement)) => {
                if self.association.accept(&answer).is_ok() {
                    metrics.accepted.one();
                    let (calling, called) = (request.calling, request.called);
                    self.agreed = Some(Box::new(Agreed { agreement, calling, called }));
                } else {
                    // An answer that no length field can say, to a request that just fits.
                    let _ = self.association.reject(AssociateRj::permanent(RejectReason::Provider));
                    metrics.rejected.one();
                }
            }
            Err(why) => {
                metrics.rejected.one();
                let _ = self.association.reject(why);
            }
        }
    }
}
