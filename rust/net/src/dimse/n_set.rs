//! N-SET (PS3.7 10.1.3, 10.3.3): attributes of an instance are changed.

use super::Outcome;
use super::message::message;
use crate::Uid;

message! {
    /// N-SET-RQ (PS3.7 table 10.3-5).
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
    /// N-SET-RSP (PS3.7 table 10.3-6).
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
