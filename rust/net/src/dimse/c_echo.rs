//! C-ECHO (PS3.7 9.1.5, 9.3.5): is anybody there?

use super::Outcome;
use super::message::message;
use crate::Uid;

message! {
    /// C-ECHO-RQ (PS3.7 table 9.3-12).
    Request {
        /// Affected SOP Class UID.
        sop_class: Uid = 0x0000_0002,
        /// Message ID.
        id: u16 = 0x0000_0110,
    }
}

message! {
    /// C-ECHO-RSP (PS3.7 table 9.3-13).
    Response {
        /// Affected SOP Class UID.
        sop_class: Option<Uid> = 0x0000_0002,
        /// Message ID Being Responded To.
        id: u16 = 0x0000_0120,
        /// Status, and what is said about it.
        outcome: Outcome = 0x0000_0900,
    }
}
