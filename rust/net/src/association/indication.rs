//! What an association tells its user (PS3.8 clause 7: indications and confirmations).

use crate::pdu::{Abort, AssociateAc, AssociateRj, AssociateRq};
use crate::{Fault, Fragment};

/// Something that the user has to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Indication<'b> {
    /// A peer asks for an association, which is to be accepted or rejected.
    Requested(Box<AssociateRq>),
    /// The peer has accepted.
    Accepted(Box<AssociateAc>),
    /// The peer has rejected; the connection is to be closed.
    Rejected(AssociateRj),
    /// A piece of a message.
    Data(Fragment<'b>),
    /// The peer asks for the end of the association, to which is to be agreed.
    ReleaseRequested,
    /// The peer has agreed to the end.
    Released,
    /// The peer has aborted.
    Aborted(Abort),
    /// The peer did something wrong, and the association is aborted.
    Failed(Fault),
    /// The connection is gone.
    Lost,
}
