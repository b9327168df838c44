//! Whether a certificate is believed: by rustls' own rules, and two habits of hospitals beside them. A device often has a certificate that it
//! signed itself, which is then given to its peers as it is; and is reached by an address that no certificate names.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::failure::refused;
use super::{Profile, Trust};

/// Verifies servers.
#[derive(Debug)]
pub(super) struct Servers {
    rules: Arc<WebPkiServerVerifier>,
    trust: Trust,
    checks_name: bool,
}

impl Servers {
    pub(super) fn new(profile: Profile, trust: Trust, checks_name: bool) -> radiogram_core::Result<Self> {
        let builder =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&trust.anchors), profile.provider());
        let rules = builder
            .with_crls(trust.revoked.iter().cloned())
            .allow_unknown_revocation_status()
            .build()
            .map_err(|error| refused(&error.to_string()))?;
        Ok(Self { rules, trust, checks_name })
    }
}

/// Verifies clients.
#[derive(Debug)]
pub(super) struct Clients {
    rules: Arc<dyn ClientCertVerifier>,
    trust: Trust,
}

impl Clients {
    pub(super) fn new(profile: Profile, trust: Trust, is_required: bool) -> radiogram_core::Result<Self> {
        let builder =
            WebPkiClientVerifier::builder_with_provider(Arc::clone(&trust.anchors), profile.provider());
        let builder = builder.with_crls(trust.revoked.iter().cloned()).allow_unknown_revocation_status();
        let builder = if is_required { builder } else { builder.allow_unauthenticated() };
        let rules = builder.build().map_err(|error| refused(&error.to_string()))?;
        Ok(Self { rules, trust })
    }
}

/// Whether all that speaks against a certificate is that it is an authority's, and it is one of those that we were told to believe: it has
/// signed itself, is within its time (which was looked at before), and its owner proves by a signature to have the key.
fn is_given(error: &Error, certificate: &CertificateDer<'_>, trust: &Trust) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(cause)) = error else { return false };
    cause.0.downcast_ref::<webpki::Error>() == Some(&webpki::Error::CaUsedAsEndEntity)
        && trust.certificates.iter().any(|given| given == certificate)
}

impl ServerCertVerifier for Servers {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = match self.rules.verify_server_cert(certificate, others, name, ocsp, now) {
            Err(error) if is_given(&error, certificate, &self.trust) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)
                    .map(|()| ServerCertVerified::assertion())
            }
            verified => verified,
        };
        match verified {
            // The name is looked at last: all else is as it should be.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !self.checks_name => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.rules.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.rules.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rules.supported_verify_schemes()
    }
}

impl ClientCertVerifier for Clients {
    fn offer_client_auth(&self) -> bool {
        self.rules.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.rules.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.rules.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match self.rules.verify_client_cert(certificate, others, now) {
            Err(error) if is_given(&error, certificate, &self.trust) => Ok(ClientCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.rules.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.rules.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rules.supported_verify_schemes()
    }
}
