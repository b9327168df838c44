//! Certificates, keys and trust anchors: what is read, and what is refused before anybody connects.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;
mod certificates;

use std::process::{Command, Stdio};
use std::sync::Arc;

use both::{App, Folder, proposal};
use certificates::{Authority, self_signed};
use radiogram_engine::tls::{self, Clients, Identity, Profile, Trust};

fn is_installed(program: &str) -> bool {
    let silent = Command::new(program).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    silent.is_ok()
}

fn make(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_every_form_are_read() {
    if !is_installed("openssl") {
        return;
    }
    let folder = Folder::new("keys");
    let path = |name: &str| folder.0.join(name).to_str().unwrap().to_owned();
    make(&["genrsa", "-traditional", "-out", &path("pkcs1"), "2048"]);
    make(&["ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", &path("sec1")]);
    make(&["pkcs8", "-topk8", "-nocrypt", "-in", &path("pkcs1"), "-out", &path("pkcs8")]);
    make(&["genpkey", "-algorithm", "ed25519", "-out", &path("ed25519")]);
    make(&["rsa", "-aes128", "-passout", "pass:x", "-in", &path("pkcs1"), "-out", &path("locked")]);
    for (form, label) in
        [("pkcs1", "RSA PRIVATE"), ("sec1", "EC PRIVATE"), ("pkcs8", "PRIVATE"), ("ed25519", "PRIVATE")]
    {
        let key = std::fs::read_to_string(path(form)).unwrap();
        assert!(key.contains(&format!("-----BEGIN {label} KEY-----")), "{key}");
        let names = ["-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
        let mut arguments = vec!["req", "-x509", "-new", "-sha256", "-key"];
        let (key_path, chain_path) = (path(form), path("chain"));
        arguments.extend_from_slice(&[&key_path, "-out", &chain_path]);
        arguments.extend_from_slice(&names);
        make(&arguments);
        let chain = std::fs::read_to_string(path("chain")).unwrap();
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        let server = tls::Server::new(Profile::Bcp195Extended, &identity, Clients::Anonymous).unwrap();
        let server = both::start(Arc::new(App::default()), |config| config.tls = Some(server));
        let trust = Trust::from_pem(chain.as_bytes()).unwrap();
        let client = tls::Client::new(Profile::Bcp195Extended, trust, None, true).unwrap();
        let caller = both::caller(Arc::new(App::default()), |config| config.tls = Some(client));
        let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
        association.release().await.unwrap();
    }
    let locked = std::fs::read(path("locked")).unwrap();
    let chain = std::fs::read(path("chain")).unwrap();
    assert!(Identity::from_pem(&chain, &locked).unwrap_err().to_string().contains("encrypted"));
}

#[test]
fn what_cannot_be_used_is_told_at_once() {
    let (one, other) = (Authority::new("CA"), self_signed(&["x.example"]));
    let papers = one.papers(&["x.example"]);
    let wrong = |certificates: &str, key: &str| {
        Identity::from_pem(certificates.as_bytes(), key.as_bytes()).unwrap_err().to_string()
    };
    assert!(wrong("", &papers.key).contains("no certificate"));
    assert!(wrong(&papers.chain, &papers.chain).contains("no private key"));
    assert!(wrong(&papers.chain, &other.key).contains("not that of"));
    let encrypted = papers.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    assert!(wrong(&papers.chain, &encrypted).contains("encrypted"));
    assert!(wrong(&papers.chain, &papers.key.replace('M', "!")).contains("cannot be read"));
    assert!(Trust::from_pem(b"nothing").is_err() && one.trust().revoking(b"nothing").is_err());
    let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(Trust::from_pem(garbled.as_bytes()).unwrap_err().to_string().contains("trust anchor 1"));
    let shown = format!("{:?}", papers.identity());
    assert!(!shown.contains(papers.key.lines().nth(1).unwrap()), "{shown}");
}
