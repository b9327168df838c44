//! C-CANCEL (PS3.7 9.3.2.3, 9.3.3.3, 9.3.4.3): a C-FIND, C-GET or C-MOVE is to end.

use super::message::message;

message! {
    /// C-CANCEL-RQ (PS3.7 tables 9.3-5, 9.3-8, 9.3-11): the same for all three.
    Request {
        /// Message ID Being Responded To.
        id: u16 = 0x0000_0120,
    }
}
