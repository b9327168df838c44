//! What A-ASSOCIATE-RQ and -AC have in common: the fixed fields in front, and the walk over the items behind them.

use radiogram_core::Result;

use crate::item::{UserInformation, application_context, user_information};
use crate::wire::Reader;
use crate::{AeTitle, Fault, Uid};

/// Version 1 of the protocol is bit 0 (PS3.8 table 9-11); a peer may set others as well.
pub const VERSION: u16 = 1;

/// The fixed fields of both PDUs (PS3.8 tables 9-11, 9-17).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Fixed {
    pub(crate) version: u16,
    pub(crate) called: AeTitle,
    pub(crate) calling: AeTitle,
    pub(crate) reserved: [u8; 32],
}

impl Fixed {
    pub(crate) fn decode(body: &mut Reader<'_>) -> std::result::Result<Self, Fault> {
        let version = body.u16()?;
        let _: [u8; 2] = body.array()?;
        Ok(Self {
            version,
            called: AeTitle::of(body.array()?),
            calling: AeTitle::of(body.array()?),
            reserved: body.array()?,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(self.called.bytes());
        out.extend_from_slice(self.calling.bytes());
        out.extend_from_slice(&self.reserved);
    }
}

/// Reads the items behind the fixed fields: the application context and the user information here, those of type `kind` by `context`.
pub(crate) fn decode_items(
    body: &mut Reader<'_>,
    kind: u8,
    mut context: impl FnMut(Reader<'_>) -> std::result::Result<(), Fault>,
) -> std::result::Result<(Uid, UserInformation), Fault> {
    let mut application = Uid::default();
    let mut user = UserInformation::default();
    while !body.is_empty() {
        let (found, _, mut field) = body.item()?;
        match found {
            application_context::KIND => application = Uid::of(field.rest()),
            user_information::KIND => user.decode(field)?,
            _ if found == kind => context(field)?,
            _ => {}
        }
    }
    Ok((application, user))
}

/// Appends the items in the order of the standard.
pub(crate) fn encode_items(
    application: &Uid,
    user: &UserInformation,
    out: &mut Vec<u8>,
    contexts: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    application_context::encode(application, out)?;
    contexts(out)?;
    user.encode(out)
}
