//! The states of the upper layer (PS3.8 tables 9-1 to 9-5).

/// A state, numbered as in the standard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum State {
    /// Idle.
    Sta1,
    /// The connection is open; A-ASSOCIATE-RQ is awaited.
    Sta2,
    /// The local answer to a request is awaited.
    Sta3,
    /// The connection is being opened.
    Sta4,
    /// A-ASSOCIATE-AC or -RJ is awaited.
    Sta5,
    /// The association is established.
    Sta6,
    /// A-RELEASE-RP is awaited.
    Sta7,
    /// The local answer to a release is awaited.
    Sta8,
    /// Both sides release, this one asked for the association: the local answer is awaited.
    Sta9,
    /// Both sides release, the other one asked for the association: A-RELEASE-RP is awaited.
    Sta10,
    /// As `Sta9`, when it was answered: A-RELEASE-RP is awaited.
    Sta11,
    /// As `Sta10`, when A-RELEASE-RP has come: the local answer is awaited.
    Sta12,
    /// The association is no more; the end of the connection is awaited.
    Sta13,
}

impl State {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::Sta1,
        Self::Sta2,
        Self::Sta3,
        Self::Sta4,
        Self::Sta5,
        Self::Sta6,
        Self::Sta7,
        Self::Sta8,
        Self::Sta9,
        Self::Sta10,
        Self::Sta11,
        Self::Sta12,
        Self::Sta13,
    ];
}
