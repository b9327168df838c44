//! C-FIND (PS3.7 9.1.2, 9.3.2): instances are looked for.

use super::Outcome;
use super::element::Priority;
use super::message::message;
use crate::Uid;

message! {
    /// C-FIND-RQ (PS3.7 table 9.3-3).
    Request {
        /// Affected SOP Class UID.
        sop_class: Uid = 0x0000_0002,
        /// Message ID.
        id: u16 = 0x0000_0110,
        /// Priority.
        priority: Priority = 0x0000_0700,
    }
}

message! {
    /// C-FIND-RSP (PS3.7 table 9.3-4).
    Response {
        /// Affected SOP Class UID.
        sop_class: Option<Uid> = 0x0000_0002,
        /// Message ID Being Responded To.
        id: u16 = 0x0000_0120,
        /// Status, and what is said about it.
        outcome: Outcome = 0x0000_0900,
    }
}
