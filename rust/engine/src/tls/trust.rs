//! Whom we believe: the certificates that others must lead to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use radiogram_core::Result;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::failure::refused;
use super::identity::certificates_of;

/// Files in which systems keep their trust anchors.
const FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// Trust anchors, and certificates that were revoked.
#[derive(Clone, Debug)]
pub struct Trust {
    pub(super) anchors: Arc<RootCertStore>,
    /// The same as they came: a peer may show one of them itself.
    pub(super) certificates: Arc<[CertificateDer<'static>]>,
    pub(super) revoked: Vec<CertificateRevocationListDer<'static>>,
}

impl Trust {
    /// Reads a bundle of PEM certificates: authorities, or those of single peers.
    ///
    /// # Errors
    ///
    /// `Argument` for text without any, or with one that cannot be read.
    pub fn from_pem(bundle: &[u8]) -> Result<Self> {
        let certificates = certificates_of(bundle)?;
        let mut anchors = RootCertStore::empty();
        for (number, certificate) in certificates.iter().enumerate() {
            anchors
                .add(certificate.clone())
                .map_err(|error| refused(&format!("trust anchor {} is of no use: {error}", number + 1)))?;
        }
        Ok(Self::of(anchors, certificates))
    }

    /// The trust anchors of the system: the file that `SSL_CERT_FILE` names, or one of those where systems have it. Those of macOS and
    /// Windows are in no file; a bundle has to be given there.
    ///
    /// # Errors
    ///
    /// `Argument` where there is no such file, or nothing that can be read in it.
    pub fn system() -> Result<Self> {
        let chosen = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        let path = chosen
            .or_else(|| FILES.iter().map(PathBuf::from).find(|path| path.is_file()))
            .ok_or_else(|| refused("the system has no file of trust anchors: give a bundle"))?;
        Self::system_file(&path)
    }

    /// Of many certificates that others have gathered some may be of no use to us; that is no reason to refuse the rest.
    fn system_file(path: &Path) -> Result<Self> {
        let certificates = certificates_of(&std::fs::read(path)?)?;
        let mut anchors = RootCertStore::empty();
        anchors.add_parsable_certificates(certificates.iter().cloned());
        if anchors.is_empty() {
            return Err(refused("none of the system's trust anchors is of use"));
        }
        Ok(Self::of(anchors, certificates))
    }

    /// Adds lists of what authorities have revoked (PEM, `X509 CRL`). A certificate of an authority without a list is still believed.
    ///
    /// # Errors
    ///
    /// `Argument` for text without any, or with one that cannot be read.
    pub fn revoking(mut self, lists: &[u8]) -> Result<Self> {
        let before = self.revoked.len();
        for list in CertificateRevocationListDer::pem_slice_iter(lists) {
            let list =
                list.map_err(|error| refused(&format!("a revocation list cannot be read: {error}")))?;
            self.revoked.push(list);
        }
        if self.revoked.len() == before {
            return Err(refused("there is no revocation list in the PEM text"));
        }
        Ok(self)
    }

    fn of(anchors: RootCertStore, certificates: Vec<CertificateDer<'static>>) -> Self {
        Self { anchors: Arc::new(anchors), certificates: certificates.into(), revoked: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::Trust;

    #[test]
    fn what_a_system_has_is_used_as_far_as_it_can_be() {
        let path = std::env::temp_dir().join(format!("radiogram-anchors-{}", std::process::id()));
        let good = CertificateParams::default().self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
        let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        std::fs::write(&path, [bad, &good].concat()).unwrap();
        assert_eq!(Trust::system_file(&path).unwrap().anchors.len(), 1);
        std::fs::write(&path, bad).unwrap();
        assert!(Trust::system_file(&path).is_err());
        std::fs::remove_file(&path).unwrap();
        assert!(Trust::system_file(&path).is_err());
    }
}
