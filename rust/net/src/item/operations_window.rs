//! Asynchronous Operations Window Sub-Item (PS3.7 D.3.3.3): how many messages may wait for their answers at once.

use radiogram_core::Result;

use crate::Fault;
use crate::wire::{Reader, put_item};

/// The type of the sub-item.
pub(crate) const KIND: u8 = 0x53;

/// How many operations may be under way; 0 is any number. Without the sub-item it is one and one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OperationsWindow {
    /// Operations and notifications that the sender of the item invokes at once.
    pub invoked: u16,
    /// Those that it performs at once.
    pub performed: u16,
}

impl Default for OperationsWindow {
    fn default() -> Self {
        Self { invoked: 1, performed: 1 }
    }
}

impl OperationsWindow {
    pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<Self, Fault> {
        Ok(Self { invoked: content.u16()?, performed: content.u16()? })
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            out.extend_from_slice(&self.invoked.to_be_bytes());
            out.extend_from_slice(&self.performed.to_be_bytes());
            Ok(())
        })
    }
}
