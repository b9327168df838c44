//! N-EVENT-REPORT (PS3.7 10.1.1, 10.3.1): a provider tells what happened to an instance.

use super::Outcome;
use super::message::message;
use crate::Uid;

message! {
    /// N-EVENT-REPORT-RQ (PS3.7 table 10.3-1).
    Request {
        /// Affected SOP Class UID.
        sop_class: Uid = 0x0000_0002,
        /// Message ID.
        id: u16 = 0x0000_0110,
        /// Affected SOP Instance UID.
        sop_instance: Uid = 0x0000_1000,
        /// Event Type ID.
        event_type: u16 = 0x0000_1002,
    }
}

message! {
    /// N-EVENT-REPORT-RSP (PS3.7 table 10.3-2).
    Response {
        /// Affected SOP Class UID.
        sop_class: Option<Uid> = 0x0000_0002,
        /// Message ID Being Responded To.
        id: u16 = 0x0000_0120,
        /// Status, and what is said about it.
        outcome: Outcome = 0x0000_0900,
        /// Affected SOP Instance UID.
        sop_instance: Option<Uid> = 0x0000_1000,
        /// Event Type ID.
        event_type: Option<u16> = 0x0000_1002,
    }
}
