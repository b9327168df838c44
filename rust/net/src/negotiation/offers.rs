//! Which SOP classes an acceptor supports, in which transfer syntaxes and roles.

use std::collections::HashMap;

use crate::Uid;
use crate::item::ProposedContext;

/// Which of several transfer syntaxes is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Choice {
    /// The first of the peer's that we support: it knows best what its instances are in.
    #[default]
    Theirs,
    /// The first of ours that the peer proposes.
    Ours,
}

/// What is said to the roles that a requestor proposes for a class (PS3.7 D.3.3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Roles {
    /// Nothing: whatever it proposes, it is a user of the class.
    #[default]
    Unsaid,
    /// It may be a user and a provider, where it proposes to be; where it proposes nothing it is a user.
    Granted {
        /// A user.
        scu: bool,
        /// A provider.
        scp: bool,
    },
}

/// How a SOP class is supported.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Offer {
    /// The transfer syntaxes, the best one first; none is any that is proposed.
    pub transfer_syntaxes: Vec<Uid>,
    /// What the peer may be.
    pub roles: Roles,
}

impl Offer {
    /// A class that we provide.
    pub fn provided(transfer_syntaxes: Vec<Uid>) -> Self {
        Self { transfer_syntaxes, roles: Roles::Granted { scu: true, scp: false } }
    }

    /// The transfer syntax for a proposed context.
    pub fn choose<'p>(&self, proposed: &'p ProposedContext, choice: Choice) -> Option<&'p Uid> {
        let theirs = &proposed.transfer_syntaxes;
        if self.transfer_syntaxes.is_empty() {
            return theirs.first();
        }
        match choice {
            Choice::Theirs => theirs.iter().find(|uid| self.transfer_syntaxes.contains(uid)),
            Choice::Ours => {
                self.transfer_syntaxes.iter().find_map(|ours| theirs.iter().find(|uid| *uid == ours))
            }
        }
    }
}

/// The SOP classes that an acceptor supports.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    by_class: HashMap<Uid, Offer>,
    /// For every class that is not listed and that PS3.6 does not have: private ones, and those of later editions.
    pub strangers: Option<Offer>,
    /// For every other class that is not listed; `None` refuses them.
    pub others: Option<Offer>,
}

impl Offers {
    /// Supports a class; an earlier offer of it is replaced.
    pub fn add(&mut self, sop_class: Uid, offer: Offer) {
        self.by_class.insert(sop_class, offer);
    }

    /// How a class is supported.
    pub fn get(&self, sop_class: &Uid) -> Option<&Offer> {
        let stranger =
            || self.strangers.as_ref().filter(|_| radiogram_core::uid::lookup(sop_class.as_str()).is_none());
        self.by_class.get(sop_class).or_else(stranger).or(self.others.as_ref())
    }

    /// Whether a class is listed: `get` also answers for others.
    pub fn lists(&self, sop_class: &Uid) -> bool {
        self.by_class.contains_key(sop_class)
    }
}

/// Every storage SOP class of the standard, retired ones too: those whose instances are data sets that C-STORE sends (PS3.4 B.5).
pub fn storage_classes() -> impl Iterator<Item = Uid> {
    radiogram_core::uid::iter()
        .filter(|entry| entry.kind == "SOP Class" && entry.uid.starts_with("1.2.840.10008.5.1.4."))
        .filter(|entry| entry.name.contains("Storage") && !entry.name.contains("Storage Commitment"))
        .map(|entry| Uid::new(entry.uid))
}
