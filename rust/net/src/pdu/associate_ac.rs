//! A-ASSOCIATE-AC (PS3.8 9.3.3): the association is accepted, with an answer to each proposed context.

use radiogram_core::Result;

use super::associate::{Fixed, VERSION, decode_items, encode_items};
use crate::item::{ContextAnswer, UserInformation, application_context, presentation_ac};
use crate::pdu::AssociateRq;
use crate::wire::{Reader, put_pdu};
use crate::{AeTitle, Fault, Uid};

/// The type of the PDU.
pub(crate) const KIND: u8 = 0x02;

/// An association that was accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssociateAc {
    /// The versions of the protocol that the acceptor speaks, a bit each.
    pub version: u16,
    /// The title that was called, repeated; not to be tested.
    pub called: AeTitle,
    /// The title that called, repeated; not to be tested.
    pub calling: AeTitle,
    /// The reserved bytes, repeated.
    pub reserved: [u8; 32],
    /// The application context.
    pub application_context: Uid,
    /// The answers to the proposed contexts.
    pub contexts: Vec<ContextAnswer>,
    /// What the acceptor says of itself.
    pub user: UserInformation,
}

impl AssociateAc {
    /// An answer that repeats what is to be repeated of a request (PS3.8 table 9-17), without contexts and user information.
    pub fn to(request: &AssociateRq) -> Self {
        Self {
            version: VERSION,
            called: request.called,
            calling: request.calling,
            reserved: request.reserved,
            application_context: Uid::new(application_context::DICOM),
            contexts: Vec::new(),
            user: UserInformation::default(),
        }
    }

    /// Reads what is behind the PDU's length.
    pub fn decode(body: &[u8]) -> std::result::Result<Self, Fault> {
        let mut body = Reader::new(body);
        let Fixed { version, called, calling, reserved } = Fixed::decode(&mut body)?;
        let mut contexts = Vec::new();
        let (application_context, user) = decode_items(&mut body, presentation_ac::KIND, |content| {
            contexts.push(ContextAnswer::decode(content)?);
            Ok(())
        })?;
        Ok(Self { version, called, calling, reserved, application_context, contexts, user })
    }

    /// Appends the PDU. An item that is too long for its length field is an `Argument` error, and nothing is appended.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        let Self { version, called, calling, reserved, .. } = *self;
        put_pdu(out, KIND, |out| {
            Fixed { version, called, calling, reserved }.encode(out);
            encode_items(&self.application_context, &self.user, out, |out| {
                self.contexts.iter().try_for_each(|context| context.encode(out))
            })
        })
    }
}
