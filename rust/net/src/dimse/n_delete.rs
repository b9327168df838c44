//! N-DELETE (PS3.7 10.1.6, 10.3.6): an instance is removed.

use super::Outcome;
use super::message::message;
use crate::Uid;

message! {
    /// N-DELETE-RQ (PS3.7 table 10.3-11).
    Request {
        /// Requested SOP Class UID.
        sop_class: Uid = 0x0000_0003,
        /// Message ID.
        id: u16 = 0x0000_0110,
        /// Requested SOP Instance UID.
        sop_instance: Uid = 0x0000_1001,
    }
}

message! {
    /// N-DELETE-RSP (PS3.7 table 10.3-12).
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
