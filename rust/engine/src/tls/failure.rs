//! Why a connection could not be secured, or could not stay so, in words that say what to do.

use std::fmt;

use radiogram_core::{Error, ErrorKind};
use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage, PeerIncompatible};

/// Characters of what is said beside a failure.
const LONGEST: usize = 500;

/// What went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The peer has refused, by this alert (RFC 8446 6.2).
    Told(u8),
    /// The peer's certificate is not believed.
    Certificate,
    /// The peer has shown no certificate.
    NoCertificate,
    /// There is no version, cipher suite or signature that both sides have.
    NothingInCommon,
    /// The peer speaks DICOM without TLS.
    Plain,
    /// The peer does not speak TLS.
    NotTls,
    /// The connection ended before it was secure.
    Ended,
    /// The peer broke the protocol.
    Broken,
}

/// An error of what was given.
pub(super) fn refused(message: &str) -> Error {
    Error::new(ErrorKind::Argument, message)
}

impl Failure {
    /// What rustls says, when the peer's first byte was this, and what is to be said beside it.
    pub(super) fn of(error: &TlsError, first: Option<u8>) -> (Self, String) {
        match error {
            TlsError::AlertReceived(alert) => (Self::Told(u8::from(*alert)), String::new()),
            TlsError::InvalidCertificate(why) => (Self::Certificate, tamed(&certificate(why))),
            TlsError::NoCertificatesPresented => (Self::NoCertificate, String::new()),
            TlsError::PeerIncompatible(why) => (Self::NothingInCommon, tamed(&incompatible(why))),
            // PS3.8 9.3.1: the types of PDUs are 1 to 7; those of records are 20 to 24.
            TlsError::InvalidMessage(_) if first.is_some_and(|byte| (1..=7).contains(&byte)) => {
                (Self::Plain, String::new())
            }
            TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => (Self::NotTls, String::new()),
            other => (Self::Broken, tamed(&other.to_string())),
        }
    }
}

/// Names in a certificate are the peer's own words: they get no line of a log for themselves, and no book.
fn tamed(text: &str) -> String {
    text.chars().take(LONGEST).map(|one| if one.is_control() { '\u{FFFD}' } else { one }).collect()
}

fn certificate(why: &CertificateError) -> String {
    let words = match why {
        CertificateError::UnknownIssuer => {
            "it leads to none of the trust anchors: add the certificate of its authority, or have the peer send what is between"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet: is the clock right?"
        }
        CertificateError::Revoked => "it was revoked",
        CertificateError::BadSignature => "its signature is wrong",
        CertificateError::BadEncoding => "it cannot be read",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not meant for this side of a connection (extended key usage)"
        }
        other => return other.to_string(),
    };
    words.to_owned()
}

fn incompatible(why: &PeerIncompatible) -> String {
    let words = match why {
        PeerIncompatible::NoCipherSuitesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => {
            "no cipher suite or signature of the profile is known to both sides"
        }
        PeerIncompatible::NoSignatureSchemesInCommon => "no signature of the profile is known to both sides",
        PeerIncompatible::NoKxGroupsInCommon => "no key exchange of the profile is known to both sides",
        PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        | PeerIncompatible::Tls13RequiredForQuic
        | PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig => {
            "the peer knows no version of TLS that the profile allows: 1.1 and older are not secure"
        }
        PeerIncompatible::ExtendedMasterSecretExtensionRequired => {
            "the profile allows TLS 1.2 with the extended master secret alone, which the peer does not know"
        }
        other => return format!("the peer lacks what is needed: {other:?}"),
    };
    words.to_owned()
}

/// What an alert means for whoever has to mend it (RFC 8446 6, RFC 5246 7.2).
fn alert(code: u8) -> &'static str {
    match AlertDescription::from(code) {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            "it wants a certificate of ours, and we have shown none"
        }
        AlertDescription::UnknownCA => {
            "it does not know the authority of our certificate: add that to its trust anchors"
        }
        AlertDescription::BadCertificate => "it does not like our certificate",
        AlertDescription::UnsupportedCertificate => "it has no use for certificates of our kind",
        AlertDescription::CertificateRevoked => "our certificate was revoked",
        AlertDescription::CertificateExpired => "our certificate has expired, or is not valid yet",
        AlertDescription::CertificateUnknown => "it does not believe our certificate",
        AlertDescription::AccessDenied => "it believes our certificate and yet lets us not in",
        AlertDescription::HandshakeFailure => {
            "there is no cipher suite, key exchange or signature that both sides allow, or it wants a certificate of ours"
        }
        AlertDescription::ProtocolVersion => "there is no version of TLS that both sides allow",
        AlertDescription::InsufficientSecurity => "what we offer is not secure enough for it",
        AlertDescription::InappropriateFallback => {
            "it was offered less than could be had: somebody may be in between"
        }
        AlertDescription::UnrecognisedName => "it does not know the name by which we called it",
        AlertDescription::DecryptError => "a signature or a check of ours was wrong to it",
        AlertDescription::BadRecordMac => "a record of ours was damaged on its way",
        AlertDescription::RecordOverflow => "a record of ours was too long for it",
        AlertDescription::UnexpectedMessage => {
            "a message of ours came out of its turn: does it speak TLS on this port?"
        }
        AlertDescription::DecodeError | AlertDescription::IllegalParameter => {
            "it could not read a message of ours"
        }
        AlertDescription::InternalError => "something is wrong with itself",
        AlertDescription::UserCanceled => "somebody has cancelled the connection",
        _ => "it gives no other reason",
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(code) => {
                let name = AlertDescription::from(*code);
                write!(f, "the peer has refused: {} (TLS alert {code}, {name:?})", alert(*code))
            }
            Self::Certificate => f.write_str("the peer's certificate is not believed"),
            Self::NoCertificate => f.write_str("the peer has shown no certificate, and has to"),
            Self::NothingInCommon => f.write_str("both sides have too little in common"),
            Self::Plain => f.write_str("the peer speaks DICOM without TLS on this port"),
            Self::NotTls => f.write_str("the peer does not speak TLS on this port"),
            Self::Ended => f.write_str(
                "the peer closed the connection before it was secure: it may not speak TLS on this port, or not believe us",
            ),
            Self::Broken => f.write_str("the peer broke the protocol of TLS"),
        }
    }
}

impl std::error::Error for Failure {}
