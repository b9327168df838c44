//! How many associations there may be: of one peer, and of all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Bounds on associations. What is above them is rejected in order, with "local limit exceeded".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quotas {
    /// At once, from all peers.
    pub associations: usize,
    /// At once, from one address.
    pub of_a_peer: usize,
    /// Bytes that are lent to all associations to read into.
    pub memory: usize,
    /// Bytes of data sets that are held for the messages of all associations: requests and responses that an application takes as a whole, and
    /// answers that are still to go out when an association is ended.
    pub held: usize,
    /// Bytes of the data set of one message, and of the answers that are still to go out when one association is ended.
    pub of_a_message: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            associations: 20_000,
            of_a_peer: 10_000,
            memory: 64 << 20,
            held: 512 << 20,
            of_a_message: 128 << 20,
        }
    }
}

/// Who is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// A place, as long as it is held.
#[derive(Debug)]
pub(crate) struct Place {
    ledger: Ledger,
    peer: IpAddr,
    /// False for one above the quotas, which is there to be rejected.
    pub(crate) is_within: bool,
}

impl Ledger {
    /// A place for a peer. Above the quotas there is room for a few more, to tell them so; then there is none.
    pub(crate) fn enter(&self, peer: IpAddr, quotas: &Quotas) -> Option<Place> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= quotas.associations.saturating_add(quotas.associations / 4 + 16) {
            return None;
        }
        let of_peer = counts.by_peer.get(&peer).copied().unwrap_or(0);
        let is_within = counts.all < quotas.associations && of_peer < quotas.of_a_peer;
        if !is_within && of_peer >= quotas.of_a_peer.saturating_add(quotas.of_a_peer / 4 + 16) {
            return None;
        }
        counts.all += 1;
        *counts.by_peer.entry(peer).or_insert(0) += 1;
        Some(Place { ledger: self.clone(), peer, is_within })
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.ledger.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        if let Some(of_peer) = counts.by_peer.get_mut(&self.peer) {
            *of_peer -= 1;
            if *of_peer == 0 {
                counts.by_peer.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::{Ledger, Quotas};

    #[test]
    fn places_are_counted_and_given_back() {
        let quotas = Quotas { associations: 3, of_a_peer: 2, memory: 0, ..Quotas::default() };
        let peer = |last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last));
        let ledger = Ledger::default();
        let mut held: Vec<_> =
            [1, 1, 1, 2, 3].iter().map(|last| ledger.enter(peer(*last), &quotas).unwrap()).collect();
        let within: Vec<bool> = held.iter().map(|place| place.is_within).collect();
        assert_eq!(within, [true, true, false, false, false]);
        held.clear();
        assert_eq!(ledger.count(), 0);
        let crowd: Vec<_> = (0..100).map_while(|_| ledger.enter(peer(9), &quotas)).collect();
        assert_eq!(crowd.len(), 18, "there is an end of those that are told");
    }
}
