//! A-ASSOCIATE-RJ (PS3.8 9.3.4): the association is rejected, for ever or for now, by whom and why.

use std::fmt;

use crate::Fault;
use crate::wire::Reader;

/// The type of the PDU.
pub(crate) const KIND: u8 = 0x03;

/// Who rejects and why (PS3.8 table 9-21): source and reason, which mean something together alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum RejectReason {
    /// The application (source 1) gives no reason.
    User,
    /// The application does not know the application context.
    ApplicationContext,
    /// The application does not know who calls.
    CallingTitle,
    /// The application is not the one that was called.
    CalledTitle,
    /// The provider of the association (source 2) gives no reason.
    Provider,
    /// The provider does not speak this version of the protocol.
    ProtocolVersion,
    /// The provider of the presentation (source 3) has too much to do.
    Congestion,
    /// The provider has no room for one more association.
    LocalLimit,
    /// Source and reason that the standard does not have.
    Other(u8, u8),
}

impl RejectReason {
    /// Source and reason as they are sent.
    pub const fn codes(self) -> (u8, u8) {
        match self {
            Self::User => (1, 1),
            Self::ApplicationContext => (1, 2),
            Self::CallingTitle => (1, 3),
            Self::CalledTitle => (1, 7),
            Self::Provider => (2, 1),
            Self::ProtocolVersion => (2, 2),
            Self::Congestion => (3, 1),
            Self::LocalLimit => (3, 2),
            Self::Other(source, reason) => (source, reason),
        }
    }

    /// What source and reason stand for.
    pub const fn of(source: u8, reason: u8) -> Self {
        match (source, reason) {
            (1, 1) => Self::User,
            (1, 2) => Self::ApplicationContext,
            (1, 3) => Self::CallingTitle,
            (1, 7) => Self::CalledTitle,
            (2, 1) => Self::Provider,
            (2, 2) => Self::ProtocolVersion,
            (3, 1) => Self::Congestion,
            (3, 2) => Self::LocalLimit,
            _ => Self::Other(source, reason),
        }
    }

    /// In words.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::User => "the application refuses the association and gives no reason",
            Self::ApplicationContext => "the application does not know the application context name",
            Self::CallingTitle => {
                "the application does not know the calling AE title: it has to be configured there"
            }
            Self::CalledTitle => "the called AE title is not that of the application",
            Self::Provider => "the peer's network layer refuses the association and gives no reason",
            Self::ProtocolVersion => "the peer does not speak version 1 of the protocol",
            Self::Congestion => "the peer has too much to do at the moment",
            Self::LocalLimit => "the peer has as many associations as it takes",
            Self::Other(..) => "a reason that the standard does not have",
        }
    }

    /// Who says so, in words.
    pub const fn source(self) -> &'static str {
        match self.codes().0 {
            1 => "application (service user)",
            2 => "network layer (service provider, ACSE)",
            3 => "network layer (service provider, presentation)",
            _ => "source that the standard does not have",
        }
    }
}

/// An association that was rejected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct AssociateRj {
    /// True where it may be worth while to try again later.
    pub is_transient: bool,
    /// Who rejects and why.
    pub reason: RejectReason,
}

impl AssociateRj {
    /// Rejected for ever.
    pub const fn permanent(reason: RejectReason) -> Self {
        Self { is_transient: false, reason }
    }

    /// Rejected for now.
    pub const fn transient(reason: RejectReason) -> Self {
        Self { is_transient: true, reason }
    }

    /// Reads what is behind the PDU's length. A result that the standard does not have counts as permanent.
    pub fn decode(body: &[u8]) -> Result<Self, Fault> {
        let [_, result, source, reason] = Reader::new(body).array()?;
        Ok(Self { is_transient: result == 2, reason: RejectReason::of(source, reason) })
    }

    /// Appends the PDU.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let (source, reason) = self.reason.codes();
        out.extend_from_slice(&[KIND, 0, 0, 0, 0, 4, 0, 1 + u8::from(self.is_transient), source, reason]);
    }
}

impl fmt::Display for AssociateRj {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.is_transient { "rejected for now" } else { "rejected" };
        write!(f, "{how} by the {}: {}", self.reason.source(), self.reason.explanation())
    }
}

#[cfg(test)]
mod tests {
    use super::{AssociateRj, RejectReason};

    #[test]
    fn every_source_and_reason_goes_there_and_back() {
        for source in 0..=u8::MAX {
            for reason in 0..=u8::MAX {
                assert_eq!(RejectReason::of(source, reason).codes(), (source, reason));
            }
        }
    }

    #[test]
    fn a_rejection_says_why() {
        let mut out = Vec::new();
        AssociateRj::transient(RejectReason::LocalLimit).encode(&mut out);
        assert_eq!(out, [3, 0, 0, 0, 0, 4, 0, 2, 3, 2]);
        let said = AssociateRj::decode(&out[6..]).unwrap().to_string();
        assert_eq!(
            said,
            "rejected for now by the network layer (service provider, presentation): the peer has as many associations as it takes"
        );
    }
}
