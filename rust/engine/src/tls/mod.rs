//! TLS round the connections of associations (PS3.15 Annex B): profiles by name, certificates and keys from PEM, and the records themselves.
//!
//! Nothing here waits: [`Session`] turns bytes of the network into bytes of an association and back, in the memory of its caller, and
//! `connection.rs` does the waiting. A handshake is a part of reading, so that it stands under the same timer and the same quotas as the
//! request for an association that follows it.

mod engine;
mod failure;
mod identity;
mod outgoing;
mod profile;
mod session;
mod settings;
mod slices;
mod trust;
mod verifier;

pub use failure::Failure;
pub use identity::Identity;
pub use profile::Profile;
pub(crate) use session::{LEAST, Session};
pub use settings::{Client, Clients, Server};
pub use trust::Trust;

/// What both sides have agreed on, and who the other one is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Security {
    /// The version of the protocol, as `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite, as the registry of IANA names it.
    pub suite: String,
    /// True where an earlier session was resumed.
    pub is_resumed: bool,
    /// The certificates that the peer has shown, its own first, each in DER; none where it was not asked, or has none.
    pub certificates: Vec<Vec<u8>>,
}
