//! User Information Item (PS3.8 table 9-16, PS3.7 Annex D): what both sides say of themselves and of their SOP classes.

use radiogram_core::Result;

use super::{
    CommonExtended, Extended, IdentityAc, IdentityRq, OperationsWindow, RoleSelection, common_extended,
    extended, identity_ac, identity_rq, implementation, maximum_length, operations_window, role_selection,
};
use crate::limits::UNSAID_MAXIMUM;
use crate::wire::{Reader, put_item};
use crate::{AeTitle, Fault, Uid};

/// The type of the item.
pub(crate) const KIND: u8 = 0x50;

/// The user information of one side. Of a sub-item that may come once and comes again, the last one counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserInformation {
    /// The longest P-DATA-TF PDU that this side receives, 0 for any; `None` where the mandatory sub-item is missing.
    pub maximum_length: Option<u32>,
    /// The implementation class UID, empty where the mandatory sub-item is missing.
    pub implementation_class: Uid,
    /// The implementation version name.
    pub implementation_version: Option<AeTitle>,
    /// How many operations may be under way.
    pub window: Option<OperationsWindow>,
    /// The roles of SOP classes.
    pub roles: Vec<RoleSelection>,
    /// Extended negotiation of SOP classes.
    pub extended: Vec<Extended>,
    /// Common extended negotiation: of requestors alone.
    pub common_extended: Vec<CommonExtended>,
    /// The identity of the user: of requestors alone.
    pub identity: Option<IdentityRq>,
    /// The answer to it: of acceptors alone.
    pub identity_answer: Option<IdentityAc>,
}

impl UserInformation {
    /// The longest P-DATA-TF PDU to send to this side; `None` where it sets no bound.
    pub fn sendable(&self) -> Option<u32> {
        match self.maximum_length {
            Some(0) => None,
            Some(length) => Some(length),
            None => Some(UNSAID_MAXIMUM),
        }
    }

    pub(crate) fn decode(&mut self, mut content: Reader<'_>) -> std::result::Result<(), Fault> {
        while !content.is_empty() {
            let (kind, _, mut field) = content.item()?;
            match kind {
                maximum_length::KIND => self.maximum_length = Some(maximum_length::decode(field)?),
                implementation::CLASS => self.implementation_class = Uid::of(field.rest()),
                implementation::VERSION => {
                    self.implementation_version = Some(implementation::decode_version(field));
                }
                operations_window::KIND => self.window = Some(OperationsWindow::decode(field)?),
                role_selection::KIND => self.roles.push(RoleSelection::decode(field)?),
                extended::KIND => self.extended.push(Extended::decode(field)?),
                common_extended::KIND => self.common_extended.push(CommonExtended::decode(field)?),
                identity_rq::KIND => self.identity = Some(IdentityRq::decode(field)?),
                identity_ac::KIND => self.identity_answer = Some(IdentityAc::decode(field)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// In the order of the types, as PS3.7 D.3.3 lists them and some peers expect them.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            if let Some(length) = self.maximum_length {
                maximum_length::encode(length, out)?;
            }
            if self.implementation_class != Uid::default() {
                implementation::encode_class(&self.implementation_class, out)?;
            }
            self.window.map_or(Ok(()), |window| window.encode(out))?;
            self.roles.iter().try_for_each(|role| role.encode(out))?;
            if let Some(name) = &self.implementation_version {
                implementation::encode_version(name, out)?;
            }
            self.extended.iter().try_for_each(|one| one.encode(out))?;
            self.common_extended.iter().try_for_each(|one| one.encode(out))?;
            self.identity.iter().try_for_each(|identity| identity.encode(out))?;
            self.identity_answer.iter().try_for_each(|answer| answer.encode(out))
        })
    }
}
