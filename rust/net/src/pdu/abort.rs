//! A-ABORT (PS3.8 9.3.8): the association ends now.

use std::fmt;

use crate::wire::Reader;
use crate::{AbortReason, Fault};

/// The type of the PDU.
pub(crate) const KIND: u8 = 0x07;

/// Who aborts (PS3.8 table 9-26); the reason means something for a provider alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum AbortSource {
    /// The application.
    User,
    /// The provider, because of what it received.
    Provider(AbortReason),
}

/// An abort.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Abort {
    /// Who aborts.
    pub source: AbortSource,
}

impl Abort {
    /// By the application.
    pub const USER: Self = Self { source: AbortSource::User };

    /// By the provider.
    pub const fn provider(reason: AbortReason) -> Self {
        Self { source: AbortSource::Provider(reason) }
    }

    /// Reads what is behind the PDU's length. A source that the standard does not have counts as the provider.
    pub fn decode(body: &[u8]) -> Result<Self, Fault> {
        let [_, _, source, reason] = Reader::new(body).array()?;
        Ok(if source == 0 { Self::USER } else { Self::provider(AbortReason::of(reason)) })
    }

    /// Appends the PDU.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (source, reason) = match self.source {
            AbortSource::User => (0, 0),
            AbortSource::Provider(reason) => (2, reason.code()),
        };
        out.extend_from_slice(&[KIND, 0, 0, 0, 0, 4, 0, 0, source, reason]);
    }
}

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            AbortSource::User => f.write_str("aborted by the application"),
            AbortSource::Provider(reason) => {
                write!(f, "aborted by the network layer: {}", reason.explanation())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Abort, AbortSource};
    use crate::AbortReason;

    #[test]
    fn aborts_go_there_and_back() {
        for abort in [Abort::USER, Abort::provider(AbortReason::InvalidParameter)] {
            let mut out = Vec::new();
            abort.encode(&mut out);
            assert_eq!(Abort::decode(&out[6..]), Ok(abort));
        }
        let odd = Abort::decode(&[0, 0, 1, 9]).unwrap();
        assert_eq!(odd.source, AbortSource::Provider(AbortReason::NotSpecified));
    }
}
