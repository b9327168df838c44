//! DCMTK on the other side: what it sends arrives, and what we send it has. Left out where its programs are not installed.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use radiogram_data::meta::Meta;
use radiogram_engine::sink::{FileStore, Promise, Template};
use radiogram_engine::{Arrival, Body, CallConfig, Caller, Config, Rules, Server, Sink, implementation};
use radiogram_io::Disk;
use radiogram_net::negotiation::{Acceptor, Offer, Proposal, storage_classes};
use radiogram_net::{AeTitle, Uid};

const VERIFICATION: &str = "1.2.840.10008.1.1";
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const IMPLICIT: &str = "1.2.840.10008.1.2";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("radiogram-dcmtk-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok()
}

fn run(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.env("TCP_NODELAY", "1").args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().unwrap().success()
}

/// A data set in explicit VR little endian, whose elements DCMTK needs.
fn data_set(uid: &str, pixels: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut put = |group: u16, element: u16, vr: &str, value: &[u8]| {
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&element.to_le_bytes());
        out.extend_from_slice(vr.as_bytes());
        let odd = value.len() % 2;
        let length = value.len() + odd;
        if vr == "OW" {
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
        } else {
            out.extend_from_slice(&u16::try_from(length).unwrap().to_le_bytes());
        }
        out.extend_from_slice(value);
        out.resize(out.len() + odd, 0);
    };
    put(8, 0x16, "UI", CT.as_bytes());
    put(8, 0x18, "UI", uid.as_bytes());
    put(0x7FE0, 0x10, "OW", &(0..=255).cycle().take(pixels).collect::<Vec<u8>>());
    out
}

fn file(folder: &Path, uid: &str, pixels: usize) -> PathBuf {
    let meta = Meta {
        sop_class: CT.into(),
        sop_instance: uid.into(),
        transfer_syntax: EXPLICIT.into(),
        source: None,
    };
    let path = folder.join(format!("{uid}.dcm"));
    std::fs::write(&path, [meta.compose(), data_set(uid, pixels)].concat()).unwrap();
    path
}

struct Into(Sink);

impl Rules for Into {
    fn sink(&self, _: &Arrival) -> Sink {
        self.0.clone()
    }
}

fn serve(folder: &Path) -> Server {
    let template = Template::new("{sop_instance}").unwrap();
    let store = FileStore::new(Arc::new(Disk), folder, template, Promise::Power).unwrap();
    let mut acceptor = Acceptor::new(implementation());
    acceptor.offers.add(Uid::new(VERIFICATION), Offer::provided(Vec::new()));
    storage_classes().for_each(|class| acceptor.offers.add(class, Offer::provided(Vec::new())));
    let rules = Arc::new(Into(Sink::File(Arc::new(store))));
    Server::start("127.0.0.1:0".parse().unwrap(), Config::new(acceptor, rules)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_it_sends_arrives_as_it_left() {
    if !is_installed("storescu") {
        return;
    }
    let (sent, received) = (Folder::new("sent"), Folder::new("received"));
    let server = serve(&received.0);
    let port = server.address().port().to_string();
    assert!(run("echoscu", &["-aec", "ANY", "127.0.0.1", &port]));
    let sizes = [0, 16_000, 700_000];
    let paths: Vec<PathBuf> =
        sizes.iter().map(|size| file(&sent.0, &format!("1.2.3.{size}"), *size)).collect();
    // The shortest and the longest PDUs that it sends.
    for pdu in ["4096", "131072"] {
        let mut arguments = vec!["-aec", "ANY", "--max-send-pdu", pdu, "127.0.0.1", &port];
        arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
        assert!(run("storescu", &arguments));
        for size in sizes {
            let uid = format!("1.2.3.{size}");
            let file = std::fs::read(received.0.join(&uid)).unwrap();
            let (meta, begin) = Meta::find(&file).unwrap();
            assert_eq!((meta.transfer_syntax.as_str(), meta.sop_instance), (EXPLICIT, uid.clone()));
            assert!(file.get(begin..).unwrap() == data_set(&uid, size), "{uid} by PDUs of {pdu}");
            std::fs::remove_file(received.0.join(&uid)).unwrap();
        }
    }
    server.stop(Duration::from_secs(5)).await;
}

/// Ends with the test.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_we_send_is_what_it_has() {
    if !is_installed("storescp") {
        return;
    }
    let folder = Folder::new("peer");
    let port = both::free_port();
    let child = Command::new("storescp")
        .env("TCP_NODELAY", "1")
        .args(["+B", "-od", folder.0.to_str().unwrap(), &port.to_string()])
        .spawn();
    let _peer = Peer(child.unwrap());
    let title = AeTitle::new("TEST").unwrap();
    let mut proposal = Proposal::new(title, title, implementation());
    let echo = proposal.propose(Uid::new(VERIFICATION), vec![Uid::new(IMPLICIT)]).unwrap();
    let ct = proposal.propose(Uid::new(CT), vec![Uid::new(EXPLICIT)]).unwrap();
    let request = proposal.finish();
    let end = Instant::now() + both::LONG;
    let caller = Caller::new(CallConfig::default());
    let client = loop {
        match caller.associate(([127, 0, 0, 1], port).into(), request.clone()).await {
            Ok(client) => break client,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(client.echo(echo).await.unwrap().status.0, 0);
    for size in [0, 20_001, 700_000] {
        let uid = format!("1.2.4.{size}");
        let data = data_set(&uid, size);
        let body = Body::bytes(data.clone());
        let outcome = client.store(ct, Uid::new(CT), Uid::new(&uid), body).await.unwrap();
        assert_eq!(outcome.status.0, 0);
        let names: Vec<PathBuf> =
            std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path()).collect();
        let path = names.iter().find(|path| path.to_string_lossy().ends_with(&uid)).unwrap();
        let file = std::fs::read(path).unwrap();
        let (_, begin) = Meta::find(&file).unwrap();
        assert!(file.get(begin..).unwrap() == data, "{uid}");
    }
    client.release().await.unwrap();
}
