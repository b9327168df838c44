//! N-GET (PS3.7 10.1.2, 10.3.2): attributes of an instance are asked for.

use super::Outcome;
use super::message::message;
use crate::Uid;
use radiogram_core::Tag;

message! {
    /// N-GET-RQ (PS3.7 table 10.3-3).
    Request {
        /// Requested SOP Class UID.
        sop_class: Uid = 0x0000_0003,
        /// Message ID.
        id: u16 = 0x0000_0110,
        /// Requested SOP Instance UID.
        sop_instance: Uid = 0x0000_1001,
        /// Attribute Identifier List; none is all.
        attributes: Vec<Tag> = 0x0000_1005,
    }
}

message! {
    /// N-GET-RSP (PS3.7 table 10.3-4).
    Response {
        /// Affected SOP Class UID.
        sop_class: Option<Uid> = 0x0000_0002,
        /// Message ID Being Responded To.
        id: u16 = 0x0000_0120,
        /// Status, and what is said about it.
        outcome: Outcome = 0x0000_0900,
        /// Affected SOP Instance UID.
        sop_instance: Option<Uid> = 0x0000_1000,
    }
}
