//! The events of the upper layer: the rows of PS3.8 table 9-10.

/// An event, in the order of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Event {
    /// A-ASSOCIATE request, of the local user.
    AssociateRequest,
    /// The connection that was asked for is open.
    TransportConfirm,
    /// A-ASSOCIATE-AC was received.
    AssociateAcPdu,
    /// A-ASSOCIATE-RJ was received.
    AssociateRjPdu,
    /// A peer has opened a connection.
    TransportIndication,
    /// A-ASSOCIATE-RQ was received.
    AssociateRqPdu,
    /// A-ASSOCIATE response, of the local user: accepted.
    AssociateAccept,
    /// A-ASSOCIATE response, of the local user: rejected.
    AssociateReject,
    /// P-DATA request, of the local user.
    DataRequest,
    /// P-DATA-TF was received.
    DataPdu,
    /// A-RELEASE request, of the local user.
    ReleaseRequest,
    /// A-RELEASE-RQ was received.
    ReleaseRqPdu,
    /// A-RELEASE-RP was received.
    ReleaseRpPdu,
    /// A-RELEASE response, of the local user.
    ReleaseResponse,
    /// A-ABORT request, of the local user.
    AbortRequest,
    /// A-ABORT was received.
    AbortPdu,
    /// The connection is closed.
    TransportClosed,
    /// ARTIM, the association request/reject/release timer, has run out.
    ArtimExpired,
    /// A PDU was received that is not recognised or not valid.
    InvalidPdu,
}

impl Event {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 19] = [
        Self::AssociateRequest,
        Self::TransportConfirm,
        Self::AssociateAcPdu,
        Self::AssociateRjPdu,
        Self::TransportIndication,
        Self::AssociateRqPdu,
        Self::AssociateAccept,
        Self::AssociateReject,
        Self::DataRequest,
        Self::DataPdu,
        Self::ReleaseRequest,
        Self::ReleaseRqPdu,
        Self::ReleaseRpPdu,
        Self::ReleaseResponse,
        Self::AbortRequest,
        Self::AbortPdu,
        Self::TransportClosed,
        Self::ArtimExpired,
        Self::InvalidPdu,
    ];
}
