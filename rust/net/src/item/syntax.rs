//! Abstract and Transfer Syntax Sub-Items (PS3.8 tables 9-14, 9-15): the UIDs within a presentation context.

use radiogram_core::Result;

use crate::Uid;
use crate::wire::put_item;

/// The type of an abstract syntax, which names a SOP class.
pub(crate) const ABSTRACT: u8 = 0x30;
/// The type of a transfer syntax.
pub(crate) const TRANSFER: u8 = 0x40;

pub(crate) fn encode(kind: u8, uid: &Uid, out: &mut Vec<u8>) -> Result<()> {
    put_item(out, kind, |out| uid.encode(out))
}
