//! A-ASSOCIATE-RQ (PS3.8 9.3.2): who calls whom, and which SOP classes are proposed in which transfer syntaxes.

use radiogram_core::Result;

use super::associate::{Fixed, VERSION, decode_items, encode_items};
use crate::item::{ProposedContext, UserInformation, application_context, presentation_rq};
use crate::wire::{Reader, put_pdu};
use crate::{AeTitle, Fault, Uid};

/// The type of the PDU.
pub(crate) const KIND: u8 = 0x01;

/// A request for an association.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AssociateRq {
    /// The versions of the protocol that the requestor speaks, a bit each.
    pub version: u16,
    /// Who is called.
    pub called: AeTitle,
    /// Who calls.
    pub calling: AeTitle,
    /// 32 reserved bytes, which an acceptor repeats.
    pub reserved: [u8; 32],
    /// The application context.
    pub application_context: Uid,
    /// The proposed contexts, in the order of the PDU.
    pub contexts: Vec<ProposedContext>,
    /// What the requestor says of itself.
    pub user: UserInformation,
}

impl AssociateRq {
    /// A request without contexts and user information.
    pub fn new(calling: AeTitle, called: AeTitle) -> Self {
        Self {
            version: VERSION,
            called,
            calling,
            reserved: [0; 32],
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
        let (application_context, user) = decode_items(&mut body, presentation_rq::KIND, |content| {
            contexts.push(ProposedContext::decode(content)?);
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
