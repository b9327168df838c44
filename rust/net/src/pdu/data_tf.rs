//! P-DATA-TF (PS3.8 9.3.5): fragments of messages. What is received is never held here, [`crate::Framer`] gives it as it comes.

use crate::limits::{LEAST_MAXIMUM, OUR_MAXIMUM, PDV_HEAD};

/// The type of the PDU.
pub(crate) const KIND: u8 = 0x04;

/// Bit 0 of the message control header: the fragment belongs to a command (PS3.8 E.2). Bits 2 to 7 are never looked at.
pub(crate) const COMMAND: u8 = 1;
/// Bit 1: it is the last one of its command or data set.
pub(crate) const LAST: u8 = 2;

/// All that is in front of the content of a PDU with one PDV.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataHead {
    /// The presentation context.
    pub context: u8,
    /// True for a fragment of a command, false for one of a data set.
    pub is_command: bool,
    /// True for the last fragment of its command or data set.
    pub is_last: bool,
    /// Bytes of the content.
    pub length: u32,
}

impl DataHead {
    /// Bytes in front of the content.
    pub const LEN: usize = 12;

    /// The bytes in front of the content. A length near 4 GiB, which no PDU has, is cut; [`content_room`] never gives one.
    pub fn encode(&self) -> [u8; Self::LEN] {
        let [p0, p1, p2, p3] = self.length.saturating_add(PDV_HEAD).to_be_bytes();
        let [v0, v1, v2, v3] = self.length.saturating_add(2).to_be_bytes();
        let control = (u8::from(self.is_command) * COMMAND) | (u8::from(self.is_last) * LAST);
        [KIND, 0, p0, p1, p2, p3, v0, v1, v2, v3, self.context, control]
    }
}

/// How many bytes of content a PDU with one PDV has room for, where the peer receives PDUs of up to `maximum` bytes (`None`: any): an even
/// number (PS3.8 E.1), within our own bound. `None` where there is no room for anything.
pub fn content_room(maximum: Option<u32>) -> Option<u32> {
    let maximum = maximum.unwrap_or(OUR_MAXIMUM).min(OUR_MAXIMUM);
    (maximum >= LEAST_MAXIMUM).then(|| (maximum - PDV_HEAD) & !1)
}

#[cfg(test)]
mod tests {
    use super::{DataHead, content_room};

    #[test]
    fn a_head_counts_what_is_behind_it() {
        let head = DataHead { context: 3, is_command: true, is_last: true, length: 10 };
        assert_eq!(head.encode(), [4, 0, 0, 0, 0, 16, 0, 0, 0, 12, 3, 3]);
    }

    #[test]
    fn room_is_even_and_bounded() {
        let bounds = [Some(0), Some(7), Some(8), Some(9), Some(16_384), Some(16_383), Some(u32::MAX), None];
        let rooms = [None, None, Some(2), Some(2), Some(16_378), Some(16_376), Some(262_138), Some(262_138)];
        assert_eq!(bounds.map(content_room), rooms);
    }
}
