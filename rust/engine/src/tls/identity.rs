//! Who we are: a certificate with those that lead from it to a trust anchor, and its private key.

use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::Profile;
use super::failure::refused;
use radiogram_core::Result;

/// A certificate and its key. Printing it shows no key.
#[derive(Debug)]
pub struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Reads PEM text: the certificates, our own first, and the key, in PKCS#8, PKCS#1 (RSA) or SEC1 (elliptic curves). Both texts may be the
    /// same one.
    ///
    /// # Errors
    ///
    /// `Argument` for text in which they are not, for a key that is encrypted, of a kind that is not known, or of another certificate.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self> {
        let chain = certificates_of(certificates)?;
        let private = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
            _ if contains(key, b"ENCRYPTED") => {
                refused("the private key is encrypted: give it without its password (openssl pkey)")
            }
            PemError::NoItemsFound => refused("there is no private key in the PEM text"),
            other => refused(&format!("the private key cannot be read: {other}")),
        })?;
        let provider = Profile::default().provider();
        // Both would only be noticed when somebody connects.
        CertifiedKey::from_der(chain.clone(), private.clone_key(), &provider).map_err(
            |error| match error {
                rustls::Error::InconsistentKeys(_) => {
                    refused("the private key is not that of the first certificate")
                }
                other => refused(&format!("the certificate or its private key is of no use: {other}")),
            },
        )?;
        Ok(Self { chain, key: private })
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

/// All certificates of a PEM text, one at least.
pub(super) fn certificates_of(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| refused(&format!("a certificate cannot be read: {error}")))?;
    if certificates.is_empty() {
        return Err(refused("there is no certificate in the PEM text"));
    }
    Ok(certificates)
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
