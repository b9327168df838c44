//! SCP/SCU Role Selection Sub-Item (PS3.7 D.3.3.4): who is user and who is provider of a SOP class.

use radiogram_core::Result;

use crate::wire::{Reader, put_counted, put_item};
use crate::{Fault, Uid};

/// The type of the sub-item.
pub(crate) const KIND: u8 = 0x54;

/// The roles of the requestor of the association for one SOP class: proposed by it, or agreed to by the acceptor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RoleSelection {
    /// The SOP class or meta SOP class.
    pub sop_class: Uid,
    /// The requestor is a user.
    pub scu: bool,
    /// The requestor is a provider.
    pub scp: bool,
}

impl RoleSelection {
    pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<Self, Fault> {
        let sop_class = Uid::of(content.counted()?);
        let [scu, scp] = content.array()?;
        Ok(Self { sop_class, scu: scu != 0, scp: scp != 0 })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            put_counted(out, |out| self.sop_class.encode(out))?;
            out.extend_from_slice(&[u8::from(self.scu), u8::from(self.scp)]);
            Ok(())
        })
    }
}
