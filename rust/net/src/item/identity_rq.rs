//! User Identity Sub-Item of an A-ASSOCIATE-RQ (PS3.7 D.3.3.7): who is behind the requestor.

use std::fmt;

use radiogram_core::Result;

use crate::Fault;
use crate::wire::{Reader, put_counted, put_item};

/// The type of the sub-item.
pub(crate) const KIND: u8 = 0x58;

/// How a user is identified (PS3.7 table D.3-14).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum IdentityKind {
    /// A name, in UTF-8.
    Username,
    /// A name and a passcode.
    UsernameAndPasscode,
    /// A Kerberos service ticket.
    Kerberos,
    /// A SAML assertion.
    Saml,
    /// A JSON web token.
    Jwt,
    /// A kind that the standard does not have yet.
    Other(u8),
}

impl IdentityKind {
    /// The number in the sub-item.
    pub const fn code(self) -> u8 {
        match self {
            Self::Username => 1,
            Self::UsernameAndPasscode => 2,
            Self::Kerberos => 3,
            Self::Saml => 4,
            Self::Jwt => 5,
            Self::Other(code) => code,
        }
    }

    /// What a number stands for.
    pub const fn of(code: u8) -> Self {
        match code {
            1 => Self::Username,
            2 => Self::UsernameAndPasscode,
            3 => Self::Kerberos,
            4 => Self::Saml,
            5 => Self::Jwt,
            other => Self::Other(other),
        }
    }
}

/// The identity of a user. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityRq {
    /// How the user is identified.
    pub kind: IdentityKind,
    /// True where the acceptor is asked to say that it knows the user.
    pub wants_response: bool,
    /// The name, ticket, assertion or token.
    pub primary: Vec<u8>,
    /// The passcode, empty for all other kinds.
    pub secondary: Vec<u8>,
}

impl fmt::Debug for IdentityRq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdentityRq({:?}, {} bytes)", self.kind, self.primary.len())
    }
}

impl IdentityRq {
    /// A second field that is not there at all, as some peers leave it, is an empty one.
    pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<Self, Fault> {
        let [kind, response] = content.array()?;
        let primary = content.counted()?.to_vec();
        let secondary = if content.is_empty() { Vec::new() } else { content.counted()?.to_vec() };
        Ok(Self { kind: IdentityKind::of(kind), wants_response: response == 1, primary, secondary })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            out.extend_from_slice(&[self.kind.code(), u8::from(self.wants_response)]);
            for field in [&self.primary, &self.secondary] {
                put_counted(out, |out| {
                    out.extend_from_slice(field);
                    Ok(())
                })?;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{IdentityKind, IdentityRq};

    #[test]
    fn nothing_of_a_user_is_shown() {
        let identity = IdentityRq {
            kind: IdentityKind::UsernameAndPasscode,
            wants_response: true,
            primary: b"somebody".to_vec(),
            secondary: b"secret".to_vec(),
        };
        assert_eq!(format!("{identity:?}"), "IdentityRq(UsernameAndPasscode, 8 bytes)");
        assert!((0..=u8::MAX).all(|code| IdentityKind::of(code).code() == code));
    }
}
