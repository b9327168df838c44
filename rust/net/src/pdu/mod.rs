//! The seven PDUs of the upper layer (PS3.8 9.3), one file each.
//!
//! Six of them are small and are decoded as a whole; a P-DATA-TF PDU is never held: [`crate::Framer`] gives its content as it comes.

pub mod abort;
pub mod associate;
pub mod associate_ac;
pub mod associate_rj;
pub mod associate_rq;
pub mod data_tf;
pub mod release_rp;
pub mod release_rq;

pub use abort::{Abort, AbortSource};
pub use associate_ac::AssociateAc;
pub use associate_rj::{AssociateRj, RejectReason};
pub use associate_rq::AssociateRq;
pub use data_tf::DataHead;

/// Bytes in front of a PDU's content: type, a reserved byte, length.
pub const HEAD: usize = 6;

/// The type of a PDU.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum PduKind {
    /// A-ASSOCIATE-RQ.
    AssociateRq,
    /// A-ASSOCIATE-AC.
    AssociateAc,
    /// A-ASSOCIATE-RJ.
    AssociateRj,
    /// P-DATA-TF.
    DataTf,
    /// A-RELEASE-RQ.
    ReleaseRq,
    /// A-RELEASE-RP.
    ReleaseRp,
    /// A-ABORT.
    Abort,
}

impl PduKind {
    /// The number in front of the PDU.
    pub const fn code(self) -> u8 {
        match self {
            Self::AssociateRq => associate_rq::KIND,
            Self::AssociateAc => associate_ac::KIND,
            Self::AssociateRj => associate_rj::KIND,
            Self::DataTf => data_tf::KIND,
            Self::ReleaseRq => release_rq::KIND,
            Self::ReleaseRp => release_rp::KIND,
            Self::Abort => abort::KIND,
        }
    }

    /// What a number stands for.
    pub const fn of(code: u8) -> Option<Self> {
        Some(match code {
            associate_rq::KIND => Self::AssociateRq,
            associate_ac::KIND => Self::AssociateAc,
            associate_rj::KIND => Self::AssociateRj,
            data_tf::KIND => Self::DataTf,
            release_rq::KIND => Self::ReleaseRq,
            release_rp::KIND => Self::ReleaseRp,
            abort::KIND => Self::Abort,
            _ => return None,
        })
    }
}
