//! Maximum Length Sub-Item (PS3.8 D.1): how long the content of a P-DATA-TF PDU may be that its sender receives; 0 is unlimited.

use radiogram_core::Result;

use crate::Fault;
use crate::wire::{Reader, put_item};

/// The type of the sub-item.
pub(crate) const KIND: u8 = 0x51;

pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<u32, Fault> {
    content.u32()
}

pub(crate) fn encode(length: u32, out: &mut Vec<u8>) -> Result<()> {
    put_item(out, KIND, |out| {
        out.extend_from_slice(&length.to_be_bytes());
        Ok(())
    })
}
