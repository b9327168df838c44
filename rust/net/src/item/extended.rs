//! SOP Class Extended Negotiation Sub-Item (PS3.7 D.3.3.5): what a service class has to say of itself, in bytes that it defines.

use radiogram_core::Result;

use crate::wire::{Reader, put_counted, put_item};
use crate::{Fault, Uid};

/// The type of the sub-item.
pub(crate) const KIND: u8 = 0x56;

/// Service-class application information of one SOP class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extended {
    /// The SOP class or meta SOP class.
    pub sop_class: Uid,
    /// The information, as its service class defines it.
    pub information: Vec<u8>,
}

impl Extended {
    pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<Self, Fault> {
        let sop_class = Uid::of(content.counted()?);
        Ok(Self { sop_class, information: content.rest().to_vec() })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            put_counted(out, |out| self.sop_class.encode(out))?;
            out.extend_from_slice(&self.information);
            Ok(())
        })
    }
}
