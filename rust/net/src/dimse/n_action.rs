//! N-ACTION (PS3.7 10.1.4, 10.3.4): something is done to an instance.

use super::Outcome;
use super::message::message;
use crate::Uid;

message! {
    /// N-ACTION-RQ (PS3.7 table 10.3-7).
    Request {
        /// Requested SOP Class UID.
        sop_class: Uid = 0x0000_0003,
        /// Message ID.
        id: u16 = 0x0000_0110,
        /// Requested SOP Instance UID.
        sop_instance: Uid = 0x0000_1001,
        /// Action Type ID.
        action_type: u16 = 0x0000_1008,
    }
}

message! {
    /// N-ACTION-RSP (PS3.7 table 10.3-8).
    Response {
        /// Affected SOP Class UID.
        sop_class: Option<Uid> = 0x0000_0002,
        /// Message ID Being Responded To.
        id: u16 = 0x0000_0120,
        /// Status, and what is said about it.
        outcome: Outcome = 0x0000_0900,
        /// Affected SOP Instance UID.
        sop_instance: Option<Uid> = 0x0000_1000,
        /// Action Type ID.
        action_type: Option<u16> = 0x0000_1008,
    }
}
