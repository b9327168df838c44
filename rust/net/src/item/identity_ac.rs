//! User Identity Sub-Item of an A-ASSOCIATE-AC (PS3.7 table D.3-15): the acceptor knows the user.

use std::fmt;

use radiogram_core::Result;

use crate::Fault;
use crate::wire::{Reader, put_counted, put_item};

/// The type of the sub-item.
pub(crate) const KIND: u8 = 0x59;

/// The answer to an identity that asked for one. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct IdentityAc {
    /// A Kerberos server ticket or a SAML response; empty for the other kinds.
    pub response: Vec<u8>,
}

impl fmt::Debug for IdentityAc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityAc({} bytes)", self.response.len())
    }
}

impl IdentityAc {
    pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<Self, Fault> {
        Ok(Self { response: content.counted()?.to_vec() })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            put_counted(out, |out| {
                out.extend_from_slice(&self.response);
                Ok(())
            })
        })
    }
}
