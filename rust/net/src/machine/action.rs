//! The actions of the upper layer (PS3.8 tables 9-6 to 9-9).

/// An action, named as in the standard.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Action {
    /// AE-1: open a connection.
    Ae1,
    /// AE-2: send A-ASSOCIATE-RQ.
    Ae2,
    /// AE-3: tell the user that the association is accepted.
    Ae3,
    /// AE-4: tell the user that it is rejected, and close the connection.
    Ae4,
    /// AE-5: a connection was opened; start ARTIM.
    Ae5,
    /// AE-6: stop ARTIM; ask the user, or reject what the provider cannot accept and start ARTIM.
    Ae6,
    /// AE-7: send A-ASSOCIATE-AC.
    Ae7,
    /// AE-8: send A-ASSOCIATE-RJ and start ARTIM.
    Ae8,
    /// DT-1: send P-DATA-TF.
    Dt1,
    /// DT-2: give data to the user.
    Dt2,
    /// AR-1: send A-RELEASE-RQ.
    Ar1,
    /// AR-2: tell the user that the peer releases.
    Ar2,
    /// AR-3: tell the user that the association is released, and close the connection.
    Ar3,
    /// AR-4: send A-RELEASE-RP and start ARTIM.
    Ar4,
    /// AR-5: stop ARTIM.
    Ar5,
    /// AR-6: give data to the user, although it releases.
    Ar6,
    /// AR-7: send P-DATA-TF, although the peer releases.
    Ar7,
    /// AR-8: tell the user that both release.
    Ar8,
    /// AR-9: send A-RELEASE-RP.
    Ar9,
    /// AR-10: tell the user that the peer has agreed to its release.
    Ar10,
    /// AA-1: send A-ABORT as the user, start ARTIM anew.
    Aa1,
    /// AA-2: stop ARTIM and close the connection.
    Aa2,
    /// AA-3: tell the user that the peer has aborted, and close the connection.
    Aa3,
    /// AA-4: tell the user that the connection is gone.
    Aa4,
    /// AA-5: stop ARTIM.
    Aa5,
    /// AA-6: pass over it.
    Aa6,
    /// AA-7: send A-ABORT.
    Aa7,
    /// AA-8: send A-ABORT as the provider, tell the user, start ARTIM.
    Aa8,
}
