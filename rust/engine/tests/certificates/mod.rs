//! Certificates for the tests, made when they run.
#![allow(dead_code, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

use radiogram_engine::tls::{Client, Clients, Identity, Profile, Server, Trust};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};

/// Somebody who signs certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub(crate) pem: String,
}

/// Certificates and a key, as PEM.
pub(crate) struct Papers {
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Papers {
    pub(crate) fn identity(&self) -> Identity {
        Identity::from_pem(self.chain.as_bytes(), self.key.as_bytes()).unwrap()
    }
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::from_pem(self.pem.as_bytes()).unwrap()
    }

    /// A certificate for these names and addresses.
    pub(crate) fn papers(&self, names: &[&str]) -> Papers {
        self.papers_with(names, |_| {})
    }

    pub(crate) fn papers_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Papers {
        self.papers_of(&KeyPair::generate().unwrap(), names, change)
    }

    /// For a key that somebody else has made.
    pub(crate) fn papers_of_key(&self, key: &str, names: &[&str]) -> Papers {
        let papers = self.papers_of(&KeyPair::from_pem(key).unwrap(), names, |_| {});
        Papers { key: key.to_owned(), ..papers }
    }

    fn papers_of(
        &self,
        key: &KeyPair,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Papers {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, "a peer");
        params.use_authority_key_identifier_extension = true;
        change(&mut params);
        let chain = params.signed_by(key, &self.issuer).unwrap().pem();
        Papers { chain, key: key.serialize_pem() }
    }

    /// One that was valid once.
    pub(crate) fn expired(&self, names: &[&str]) -> Papers {
        self.papers_with(names, |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        })
    }

    /// A list of revoked certificates with this number on it.
    pub(crate) fn revoke(&self, number: u64) -> String {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(number),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2124, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

/// A certificate that has signed itself, as devices come with it: an authority and a peer in one.
pub(crate) fn self_signed(names: &[&str]) -> Papers {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    Papers { chain: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

/// A server that wants nothing of its clients, and a client that believes it.
pub(crate) fn both(profile: Profile) -> (Server, Client) {
    let authority = Authority::new("CA");
    let server = Server::new(profile, &authority.papers(&["127.0.0.1"]).identity(), Clients::Anonymous);
    (server.unwrap(), Client::new(profile, authority.trust(), None, true).unwrap())
}
