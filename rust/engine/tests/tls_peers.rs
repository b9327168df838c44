//! Others at the far end of secured connections: OpenSSL and DCMTK. What is not installed is left out.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;
mod certificates;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use both::{App, Folder, LONG, context, data_set, file, free_port, proposal, wait_for};
use certificates::{Authority, Papers};
use radiogram_engine::sink::{FileStore, Promise, Template};
use radiogram_engine::tls::{self, Clients, Failure, Profile};
use radiogram_engine::{Body, Error, Handle, Server, Sink};
use radiogram_io::Disk;
use radiogram_net::Uid;
use radiogram_net::dimse::Outcome;

/// Ends with the test.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_installed(program: &str) -> bool {
    let silent = Command::new(program).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    silent.is_ok()
}

/// What a program prints; nothing where it fails.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    let output = command.env("TCP_NODELAY", "1").args(arguments).stdin(Stdio::null()).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn serve(server: tls::Server, sink: Sink) -> (Server, String) {
    let app = Arc::new(App { sink, ..App::default() });
    let server = both::start(app, |config| config.tls = Some(server));
    let port = server.address().port().to_string();
    (server, port)
}

/// Calls a peer that has just been started.
async fn reach(port: u16, client: &tls::Client) -> Result<Handle, Error> {
    let caller = both::caller(Arc::new(App::default()), |config| config.tls = Some(client.clone()));
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        match caller.associate(([127, 0, 0, 1], port).into(), proposal().finish()).await {
            Err(Error::Io(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            reached => return reached,
        }
    }
    panic!("nobody came to port {port}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_gets_no_old_version_and_no_weak_suite() {
    if !is_installed("openssl") {
        return;
    }
    let identity = Authority::new("CA").papers(&["127.0.0.1"]).identity();
    let ports = Profile::ALL.map(|profile| {
        serve(tls::Server::new(profile, &identity, Clients::Anonymous).unwrap(), Sink::Discard)
    });
    let reaches = |arguments: &[&str], index: usize| {
        let to = format!("127.0.0.1:{}", ports[index].1);
        let mut all = vec!["s_client", "-connect", &to];
        all.extend_from_slice(arguments);
        output("openssl", &all).is_some_and(|text| text.contains("Cipher is") && !text.contains("(NONE)"))
    };
    let allows = |arguments: &[&str]| [0, 1, 2].map(|index| reaches(arguments, index));
    assert_eq!(allows(&["-tls1_3"]), [true; 3]);
    assert_eq!(allows(&["-tls1_2"]), [true, true, false]);
    for old in ["-tls1_1", "-tls1"] {
        assert_eq!(allows(&[old, "-cipher", "ALL:@SECLEVEL=0"]), [false; 3], "{old}");
    }
    for weak in [
        "AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES128-SHA256",
        "ECDHE-ECDSA-AES128-SHA",
        "eNULL",
        "AECDH-AES128-SHA",
    ] {
        assert_eq!(allows(&["-tls1_2", "-cipher", &format!("{weak}:@SECLEVEL=0")]), [false; 3], "{weak}");
    }
    let chacha = ["-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"];
    assert_eq!(allows(&chacha), [true, false, false]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_as_a_server_of_old_versions_is_not_believed() {
    if !is_installed("openssl") {
        return;
    }
    let folder = Folder::new("openssl");
    let authority = Authority::new("CA");
    let papers = authority.papers(&["127.0.0.1"]);
    let (chain, key) =
        (folder.put("chain", papers.chain.as_bytes()), folder.put("key", papers.key.as_bytes()));
    for (version, suite) in
        [("-tls1_1", "ALL:@SECLEVEL=0"), ("-tls1_2", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0")]
    {
        let port = free_port();
        let mut command = Command::new("openssl");
        command.args(["s_server", "-quiet", version, "-cipher", suite, "-accept", &port.to_string()]);
        command.arg("-cert").arg(&chain).arg("-key").arg(&key);
        let _peer =
            Peer(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let client = tls::Client::new(Profile::Bcp195, authority.trust(), None, true).unwrap();
        let Err(error) = reach(port, &client).await else { panic!("{version} {suite}") };
        let told = matches!(error, Error::Insecure(Failure::Told(40 | 70) | Failure::NothingInCommon, _));
        assert!(told, "{version}: {error}");
    }
}

/// Sessions of TLS 1.2, by tickets and by what the server has kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_goes_on_with_its_sessions() {
    if !is_installed("openssl") {
        return;
    }
    let identity = Authority::new("CA").papers(&["127.0.0.1"]).identity();
    for profile in [Profile::Bcp195, Profile::Bcp195Extended] {
        let (server, port) =
            serve(tls::Server::new(profile, &identity, Clients::Anonymous).unwrap(), Sink::Discard);
        let to = format!("127.0.0.1:{port}");
        for (more, resumed) in [(None, 5), (Some("-no_ticket"), 10)] {
            let mut arguments = vec!["s_client", "-connect", &to, "-tls1_2", "-reconnect"];
            arguments.extend(more);
            let said = output("openssl", &arguments).unwrap();
            assert_eq!(said.matches("Reused, TLSv1.2").count(), 5, "{said}");
            wait_for(|| server.metrics().handshakes_resumed.get() == resumed).await;
        }
        assert_eq!(server.metrics().handshakes.get(), 12);
    }
}

fn write_papers(folder: &Folder, name: &str, papers: &Papers) -> [String; 2] {
    let path = |kind: &str, text: &str| folder.put(&format!("{name}.{kind}"), text.as_bytes());
    [path("key", &papers.key), path("crt", &papers.chain)].map(|path| path.to_str().unwrap().to_owned())
}

/// An identity of each kind that DCMTK's profiles ask for, for both sides.
fn kinds(authority: &Authority) -> Vec<(&'static str, Papers, Papers)> {
    let names = ["127.0.0.1", "localhost"];
    let mut kinds = vec![("ecdsa", authority.papers(&names), authority.papers(&names))];
    if let Some(key) =
        output("openssl", &["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
    {
        kinds.push(("rsa", authority.papers_of_key(&key, &names), authority.papers_of_key(&key, &names)));
    }
    kinds
}

fn is_equal(path: &Path, uid: &str, size: usize) -> bool {
    std::fs::read(path).unwrap().ends_with(&data_set(uid, size))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dcmtk_sends_to_us_and_shows_its_papers() {
    if !is_installed("storescu") || !is_installed("openssl") {
        return;
    }
    let folder = Folder::new("dcmtk-sends");
    let (received, authority) = (folder.0.join("received"), Authority::new("CA"));
    let anchors = folder.put("ca", authority.pem.as_bytes());
    let anchors = anchors.to_str().unwrap();
    let sizes = [0, 16_000, 700_000];
    let paths: Vec<PathBuf> = sizes
        .iter()
        .map(|size| folder.put(&format!("{size}.dcm"), &file(&format!("1.2.{size}"), *size)))
        .collect();
    for (kind, ours, theirs) in kinds(&authority) {
        let [key, chain] = write_papers(&folder, kind, &theirs);
        let store = FileStore::new(
            Arc::new(Disk),
            &received,
            Template::new("{sop_instance}").unwrap(),
            Promise::Process,
        );
        let sink = Sink::File(Arc::new(store.unwrap()));
        let required = Clients::Required(authority.trust());
        let server = tls::Server::new(Profile::Bcp195, &ours.identity(), required).unwrap();
        let (server, port) = serve(server, sink.clone());
        // Non-downgrading and Extended: TLS 1.3, and 1.2.
        for profile in ["+py", "+pz"] {
            let mut arguments =
                vec!["+tls", &key, &chain, "+cf", anchors, profile, "-aec", "ANY", "127.0.0.1", &port];
            arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
            assert!(output("storescu", &arguments).is_some(), "{kind} {profile}");
            for size in sizes {
                let uid = format!("1.2.{size}");
                assert!(is_equal(&received.join(&uid), &uid, size), "{kind} {profile} {size}");
                std::fs::remove_file(received.join(&uid)).unwrap();
            }
        }
        assert!(
            output("echoscu", &["+tla", "+cf", anchors, "127.0.0.1", &port]).is_none(),
            "it has to show its papers"
        );
        let optional = Clients::Optional(authority.trust());
        let server_too = tls::Server::new(Profile::Bcp195, &ours.identity(), optional).unwrap();
        let (other, port) = serve(server_too, sink);
        assert!(
            output("echoscu", &["+tla", "+pz", "+cf", anchors, "127.0.0.1", &port]).is_some(),
            "it need not"
        );
        drop((server, other));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dcmtk_receives_from_us_and_asks_for_ours() {
    if !is_installed("storescp") || !is_installed("openssl") {
        return;
    }
    let folder = Folder::new("dcmtk-receives");
    let authority = Authority::new("CA");
    let anchors = folder.put("ca", authority.pem.as_bytes());
    let target = folder.0.join("received");
    std::fs::create_dir_all(&target).unwrap();
    for (kind, ours, theirs) in kinds(&authority) {
        let [key, chain] = write_papers(&folder, kind, &theirs);
        for profile in ["+py", "+pz"] {
            let port = free_port();
            let mut command = Command::new("storescp");
            command.env("TCP_NODELAY", "1").args([
                "+B",
                "-od",
                target.to_str().unwrap(),
                "+tls",
                &key,
                &chain,
            ]);
            command.args(["+cf", anchors.to_str().unwrap(), profile, &port.to_string()]);
            let _peer = Peer(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
            let client =
                |identity| tls::Client::new(Profile::Bcp195, authority.trust(), identity, true).unwrap();
            let papers = ours.identity();
            let association = reach(port, &client(Some(&papers))).await;
            let association = association.unwrap();
            let version = if profile == "+py" { "TLSv1.3" } else { "TLSv1.2" };
            assert_eq!(association.security().unwrap().version, version);
            for size in [0, 20_001, 700_000] {
                let uid = format!("1.3.{size}");
                let body = Body::bytes(data_set(&uid, size));
                let stored = association.store(context::CT, Uid::new(both::CT), Uid::new(&uid), body).await;
                assert_eq!(stored.unwrap(), Outcome::default());
                let names = std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().path());
                let path = names.into_iter().find(|path| path.to_string_lossy().ends_with(&uid)).unwrap();
                assert!(is_equal(&path, &uid, size), "{kind} {profile} {size}");
                std::fs::remove_file(path).unwrap();
            }
            association.release().await.unwrap();
            assert!(reach(port, &client(None)).await.is_err(), "we have to show our papers");
        }
    }
}
