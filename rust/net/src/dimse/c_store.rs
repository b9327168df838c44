//! C-STORE (PS3.7 9.1.1, 9.3.1): an instance is stored.

use super::Outcome;
use super::element::Priority;
use super::message::message;
use crate::{AeTitle, Uid};

message! {
    /// C-STORE-RQ (PS3.7 table 9.3-1).
    Request {
        /// Affected SOP Class UID.
        sop_class: Uid = 0x0000_0002,
        /// Message ID.
        id: u16 = 0x0000_0110,
        /// Priority.
        priority: Priority = 0x0000_0700,
        /// Affected SOP Instance UID.
        sop_instance: Uid = 0x0000_1000,
        /// Move Originator Application Entity Title.
        originator: Option<AeTitle> = 0x0000_1030,
        /// Move Originator Message ID.
        originator_id: Option<u16> = 0x0000_1031,
    }
}

message! {
    /// C-STORE-RSP (PS3.7 table 9.3-2).
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
