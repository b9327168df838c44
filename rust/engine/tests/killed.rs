//! The end of the process at any moment (SIGKILL): what was acknowledged is there as a whole, and what was not is there as a whole or not at all.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use radiogram_data::meta::Meta;
use radiogram_engine::sink::{FileStore, Promise, Template};
use radiogram_engine::{Arrival, Body, CallConfig, Caller, Config, Rules, Server, Sink, implementation};
use radiogram_io::Disk;
use radiogram_net::negotiation::{Acceptor, Offer, Proposal, storage_classes};
use radiogram_net::{AeTitle, Uid};

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const IMPLICIT: &str = "1.2.840.10008.1.2";
const FOLDER: &str = "RADIOGRAM_TEST_SERVE";

struct Into(Sink);

impl Rules for Into {
    fn sink(&self, _: &Arrival) -> Sink {
        self.0.clone()
    }
}

fn store_at(folder: &Path) -> FileStore {
    let template = Template::new("{sop_instance}").unwrap();
    FileStore::new(Arc::new(Disk), folder, template, Promise::Process).unwrap()
}

/// The process that is killed: this very test, when another one has said where it is to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let mut acceptor = Acceptor::new(implementation());
    storage_classes().for_each(|class| acceptor.offers.add(class, Offer::provided(Vec::new())));
    let rules = Arc::new(Into(Sink::File(Arc::new(store_at(&folder.join("files"))))));
    let server = Server::start("127.0.0.1:0".parse().unwrap(), Config::new(acceptor, rules)).unwrap();
    std::fs::write(folder.join("address.new"), server.address().to_string()).unwrap();
    std::fs::rename(folder.join("address.new"), folder.join("address")).unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
}

fn data_set(uid: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut put = |group: u16, element: u16, value: &[u8]| {
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&element.to_le_bytes());
        let odd = value.len() % 2;
        out.extend_from_slice(&u32::try_from(value.len() + odd).unwrap().to_le_bytes());
        out.extend_from_slice(value);
        out.resize(out.len() + odd, 0);
    };
    put(8, 0x16, CT.as_bytes());
    put(8, 0x18, uid.as_bytes());
    put(0x7FE0, 0x10, &uid.as_bytes().repeat(200_000));
    out
}

/// Sends until it cannot any more; what was acknowledged.
async fn send(address: SocketAddr, sender: u32, sent: Arc<AtomicU32>) -> Vec<String> {
    let title = AeTitle::new("TEST").unwrap();
    let mut proposal = Proposal::new(title, title, implementation());
    let context = proposal.propose(Uid::new(CT), vec![Uid::new(IMPLICIT)]).unwrap();
    let mut told = Vec::new();
    let Ok(client) = Caller::new(CallConfig::default()).associate(address, proposal.finish()).await else {
        return told;
    };
    for number in 0.. {
        let uid = format!("1.2.{sender}.{number}");
        let data = Body::bytes(data_set(&uid));
        match client.store(context, Uid::new(CT), Uid::new(&uid), data).await {
            Ok(outcome) if outcome.status.0 == 0 => told.push(uid),
            _ => break,
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_the_process() {
    for round in 0..5 {
        let folder = std::env::temp_dir().join(format!("radiogram-killed-{}-{round}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_process_that_is_killed"])
            .env(FOLDER, &folder)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let address = loop {
            match std::fs::read_to_string(folder.join("address")) {
                Ok(address) => break address.parse().unwrap(),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        };
        let sent = Arc::new(AtomicU32::new(0));
        let senders: Vec<_> = (0..3).map(|one| tokio::spawn(send(address, one, Arc::clone(&sent)))).collect();
        while sent.load(Ordering::Relaxed) < 10 + 7 * round {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        let files = folder.join("files");
        let is_whole = |uid: &str| {
            let file = std::fs::read(files.join(uid)).unwrap();
            let (meta, begin) = Meta::find(&file).unwrap();
            meta.sop_instance == uid && file.get(begin..).unwrap() == data_set(uid)
        };
        let mut acknowledged = 0;
        for sender in senders {
            for uid in sender.await.unwrap() {
                assert!(is_whole(&uid), "{uid}");
                acknowledged += 1;
            }
        }
        assert!(acknowledged >= 10);
        drop(store_at(&files));
        for entry in std::fs::read_dir(&files).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(is_whole(&name), "{name} after the next start");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
