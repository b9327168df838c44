//! N-CREATE (PS3.7 10.1.5, 10.3.5): an instance is made.

use super::Outcome;
use super::message::message;
use crate::Uid;

message! {
    /// N-CREATE-RQ (PS3.7 table 10.3-9).
    Request {
        /// Affected SOP Class UID.
        sop_class: Uid = 0x0000_0002,
        /// Message ID.
        id: u16 = 0x0000_0110,
        /// Affected SOP Instance UID.
        sop_instance: Option<Uid> = 0x0000_1000,
    }
}

message! {
    /// N-CREATE-RSP (PS3.7 table 10.3-10).
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
