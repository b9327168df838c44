//! The profiles of PS3.15 Annex B: which versions and cipher suites there are.

use std::sync::Arc;

use rustls::crypto::ring::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 as ECDSA_128,
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 as ECDSA_256,
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 as ECDSA_CHACHA,
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 as RSA_128, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 as RSA_256,
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 as RSA_CHACHA, TLS13_AES_128_GCM_SHA256 as AES_128,
    TLS13_AES_256_GCM_SHA384 as AES_256, TLS13_CHACHA20_POLY1305_SHA256 as CHACHA,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, SupportedCipherSuite, SupportedProtocolVersion};

/// What a connection must be like to be called secure.
///
/// No profile knows TLS 1.1 or older, SSL, static keys, CBC, or a way back to them: what is not there cannot be fallen back to. Certificates
/// are RSA of 2048 bits or more, ECDSA on P-256 or P-384, or Ed25519, signed with SHA-256 or better, as B.13 wants them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Profile {
    /// `BCP195`: the BCP 195 RFC 8996, 9325 TLS Secure Transport Connection Profile (PS3.15 B.12), and with it the older B.9 and B.10, whose
    /// weaker suites RFC 9325 no longer wants: TLS 1.3, and 1.2 with forward-secret keys and authenticated encryption.
    #[default]
    Bcp195,
    /// `BCP195-extended`: what the Extended profile (B.11, retired) and the Modified one (B.13) have in common as far as it can be had
    /// without CCM, Camellia and finite fields: the longer keys first, and no TLS 1.2 without the extended master secret (RFC 7627).
    Bcp195Extended,
    /// `modern`: TLS 1.3 alone. B.12 wants 1.2 as well; this is for those who have both ends in their hands.
    Modern,
}

/// RFC 9325 4.2 names those of 128 bits first; they are enough, and the quickest.
const BCP195: &[SupportedCipherSuite] =
    &[AES_128, AES_256, CHACHA, ECDSA_128, RSA_128, ECDSA_256, RSA_256, ECDSA_CHACHA, RSA_CHACHA];
/// PS3.15 B.11 names no others of TLS 1.2.
const EXTENDED: &[SupportedCipherSuite] = &[AES_256, CHACHA, AES_128, ECDSA_256, RSA_256, ECDSA_128, RSA_128];
const MODERN: &[SupportedCipherSuite] = &[AES_128, AES_256, CHACHA];

static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
static LATEST: [&SupportedProtocolVersion; 1] = [&TLS13];

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 3] = [Self::Bcp195, Self::Bcp195Extended, Self::Modern];

    /// A profile by its name, whatever the case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bcp195 => "BCP195",
            Self::Bcp195Extended => "BCP195-extended",
            Self::Modern => "modern",
        }
    }

    /// The names of its cipher suites, the one that is liked best first.
    pub fn suites(self) -> impl Iterator<Item = String> {
        self.list().iter().map(|suite| suite_name(suite.suite()))
    }

    fn list(self) -> &'static [SupportedCipherSuite] {
        match self {
            Self::Bcp195 => BCP195,
            Self::Bcp195Extended => EXTENDED,
            Self::Modern => MODERN,
        }
    }

    pub(super) fn provider(self) -> Arc<CryptoProvider> {
        Arc::new(CryptoProvider { cipher_suites: self.list().to_vec(), ..ring::default_provider() })
    }

    /// B.12: TLS 1.3 is tried first where both have it.
    pub(super) fn versions(self) -> &'static [&'static SupportedProtocolVersion] {
        match self {
            Self::Bcp195 | Self::Bcp195Extended => &BOTH,
            Self::Modern => &LATEST,
        }
    }

    pub(super) fn needs_extended_master_secret(self) -> bool {
        self == Self::Bcp195Extended
    }
}

/// The name of a suite in the registry of IANA, which does not say in a name that a suite is of TLS 1.3.
pub(super) fn suite_name(suite: CipherSuite) -> String {
    suite.as_str().unwrap_or("TLS_UNKNOWN").replace("TLS13_", "TLS_")
}

#[cfg(test)]
mod tests {
    use super::Profile;

    #[test]
    fn profiles_have_names_and_no_weak_suite() {
        for profile in Profile::ALL {
            assert_eq!(Profile::named(&profile.name().to_uppercase()), Some(profile));
            for suite in profile.suites() {
                let is_of_13 = ["TLS_AES_", "TLS_CHACHA20_"].iter().any(|start| suite.starts_with(start));
                assert!(is_of_13 || suite.starts_with("TLS_ECDHE_"), "{suite}");
                assert!(suite.contains("_GCM_") || suite.contains("_POLY1305_"), "{suite}");
            }
        }
        assert_eq!(Profile::named("AES"), None);
        assert_eq!(Profile::Modern.versions().len(), 1);
    }
}
