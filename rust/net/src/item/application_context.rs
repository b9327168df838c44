//! Application Context Item (PS3.8 table 9-12): which rules the messages follow. There is one set of them (PS3.7 A.2.1).

use radiogram_core::Result;

use crate::Uid;
use crate::wire::put_item;

/// The type of the item.
pub(crate) const KIND: u8 = 0x10;

/// DICOM's own application context, the only one there is (PS3.7 A.2.1).
pub const DICOM: &str = "1.2.840.10008.3.1.1.1";

pub(crate) fn encode(name: &Uid, out: &mut Vec<u8>) -> Result<()> {
    put_item(out, KIND, |out| name.encode(out))
}
