//! SOP Class Common Extended Negotiation Sub-Item (PS3.7 D.3.3.6): to which service class a SOP class belongs, and which general ones it is kin to.

use radiogram_core::Result;

use crate::wire::{Reader, put_counted, put_item};
use crate::{Fault, Uid};

/// The type of the sub-item.
pub(crate) const KIND: u8 = 0x57;

/// What a requestor says of a SOP class that the acceptor may not know. An acceptor says nothing of the kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommonExtended {
    /// The SOP class.
    pub sop_class: Uid,
    /// Its service class.
    pub service_class: Uid,
    /// General SOP classes, as one of which an instance may be treated.
    pub related: Vec<Uid>,
}

impl CommonExtended {
    /// What is behind the related classes belongs to versions that are not yet: it is passed over.
    pub(crate) fn decode(mut content: Reader<'_>) -> std::result::Result<Self, Fault> {
        let sop_class = Uid::of(content.counted()?);
        let service_class = Uid::of(content.counted()?);
        let mut pairs = Reader::new(content.counted()?);
        let mut related = Vec::new();
        while !pairs.is_empty() {
            related.push(Uid::of(pairs.counted()?));
        }
        Ok(Self { sop_class, service_class, related })
    }

    /// The second byte is the version of the sub-item, which is 0.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        put_item(out, KIND, |out| {
            put_counted(out, |out| self.sop_class.encode(out))?;
            put_counted(out, |out| self.service_class.encode(out))?;
            put_counted(out, |out| {
                self.related.iter().try_for_each(|uid| put_counted(out, |out| uid.encode(out)))
            })
        })
    }
}
