//! How far a peer can drive one association.

/// Bounds on what one association takes from its peer. The defaults are far above what real peers need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an A-ASSOCIATE-RQ or -AC, which are held until they are complete. 128 presentation contexts with 60 transfer syntaxes each and
    /// 64 KiB of user information need half of it.
    pub associate: u32,
    /// Bytes that a P-DATA-TF PDU may announce. They are never held, so a PDU above the length that we told the peer is met as well.
    pub data: u32,
    /// Bytes of a command set, which is held until it is complete.
    pub command: u32,
}

impl Limits {
    /// What an association uses when nothing is said.
    pub const DEFAULT: Self = Self { associate: 512 << 10, data: 256 << 20, command: 64 << 10 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The longest P-DATA-TF PDU that we send to a peer that sets no bound (PS3.8 D.1: 0 is unlimited), and the bound that we tell a peer:
/// beyond it nothing gets faster.
pub const OUR_MAXIMUM: u32 = 256 << 10;

/// The bound taken for a peer that says none: what everybody has always been able to receive.
pub const UNSAID_MAXIMUM: u32 = 16 << 10;

/// Bytes in front of the content of the only PDV of a PDU, counted from behind the PDU's length: the PDV's length, context and control header.
pub const PDV_HEAD: u32 = 6;

/// The least bound with which anything can be sent: a head, and two bytes, since fragments have an even length (PS3.8 E.1).
pub const LEAST_MAXIMUM: u32 = PDV_HEAD + 2;
