//! On which terms associations with a server begin. They can be changed while it runs: an association goes by those of the moment in which its
//! request is decided on.

use std::sync::Arc;

use radiogram_net::negotiation::Acceptor;

use crate::{Quotas, Times};

/// The terms of a server.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which associations and contexts it accepts.
    pub acceptor: Arc<Acceptor>,
    /// How many associations there may be. What all of them share of the memory is settled when the server starts.
    pub quotas: Quotas,
    /// How long is waited.
    pub times: Arc<Times>,
}
