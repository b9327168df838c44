//! C-MOVE (PS3.7 9.1.4, 9.3.4): instances are sent to somebody.

use super::Outcome;
use super::element::Priority;
use super::message::message;
use crate::{AeTitle, Uid};

message! {
    /// C-MOVE-RQ (PS3.7 table 9.3-9).
    Request {
        /// Affected SOP Class UID.
        sop_class: Uid = 0x0000_0002,
        /// Message ID.
        id: u16 = 0x0000_0110,
        /// Move Destination.
        destination: AeTitle = 0x0000_0600,
        /// Priority.
        priority: Priority = 0x0000_0700,
    }
}

message! {
    /// C-MOVE-RSP (PS3.7 table 9.3-10).
    Response {
        /// Affected SOP Class UID.
        sop_class: Option<Uid> = 0x0000_0002,
        /// Message ID Being Responded To.
        id: u16 = 0x0000_0120,
        /// Status, and what is said about it.
        outcome: Outcome = 0x0000_0900,
        /// Number of Remaining Sub-operations.
        remaining: Option<u16> = 0x0000_1020,
        /// Number of Completed Sub-operations.
        completed: Option<u16> = 0x0000_1021,
        /// Number of Failed Sub-operations.
        failed: Option<u16> = 0x0000_1022,
        /// Number of Warning Sub-operations.
        warnings: Option<u16> = 0x0000_1023,
    }
}
