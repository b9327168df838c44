//! A-RELEASE-RQ (PS3.8 9.3.6): the association is to end in order. Its four bytes of content say nothing.

/// The type of the PDU.
pub(crate) const KIND: u8 = 0x05;

/// Appends the PDU.
pub fn encode(out: &mut Vec<u8>) {
    out.extend_from_slice(&[KIND, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
}
