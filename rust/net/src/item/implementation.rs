//! Implementation Class UID and Version Name Sub-Items (PS3.7 D.3.3.2): which software a peer is.

use radiogram_core::Result;

use crate::text::trimmed;
use crate::wire::{Reader, put_item};
use crate::{AeTitle, Uid};

/// The type of the class UID.
pub(crate) const CLASS: u8 = 0x52;
/// The type of the version name.
pub(crate) const VERSION: u8 = 0x55;

pub(crate) fn encode_class(uid: &Uid, out: &mut Vec<u8>) -> Result<()> {
    put_item(out, CLASS, |out| uid.encode(out))
}

/// The version name has at most 16 characters (PS3.7 D.3.3.2.3), what is behind them is passed over: as long as a title, and shown like one.
pub(crate) fn decode_version(mut content: Reader<'_>) -> AeTitle {
    AeTitle::of_value(trimmed(content.rest()))
}

pub(crate) fn encode_version(name: &AeTitle, out: &mut Vec<u8>) -> Result<()> {
    put_item(out, VERSION, |out| {
        out.extend_from_slice(name.trimmed());
        Ok(())
    })
}
