//! Associations over a real connection, our client with our server: where instances go, and what becomes of those that cannot.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as it should be ends a test")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use radiogram_data::meta::Meta;
use radiogram_engine::body::{Future, Source};
use radiogram_engine::sink::{FileStore, Promise, Template};
use radiogram_engine::{
    Answer, Arrival, Body, CallConfig, Caller, Config, Ending, Error, Handle, Kept, Rules, Server, Sink,
    Stored, implementation,
};
use radiogram_io::storage::recorded::Recorded;
use radiogram_io::{Disk, Storage};
use radiogram_net::dimse::{Command, Outcome, c_echo};
use radiogram_net::negotiation::{Acceptor, Calls, Offer, Proposal, storage_classes};
use radiogram_net::pdu::{AssociateRq, DataHead, RejectReason};
use radiogram_net::{AeTitle, Uid};
use tokio::io::Interest;
use tokio::net::TcpStream;

const VERIFICATION: &str = "1.2.840.10008.1.1";
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const IMPLICIT: &str = "1.2.840.10008.1.2";

/// Instances go to a sink, and what was kept is remembered.
struct Shelf {
    sink: Sink,
    kept: Mutex<Vec<(Arrival, Kept)>>,
}

impl Rules for Shelf {
    fn sink(&self, _: &Arrival) -> Sink {
        self.sink.clone()
    }

    fn stored(&self, stored: Stored<'_>) -> Answer<Outcome> {
        self.kept.lock().unwrap().push((stored.arrival.clone(), stored.kept));
        Answer::Now(Outcome::default())
    }
}

fn title(text: &str) -> AeTitle {
    AeTitle::new(text).unwrap()
}

fn start(sink: Sink, change: impl FnOnce(&mut Config)) -> (Server, Arc<Shelf>) {
    let shelf = Arc::new(Shelf { sink, kept: Mutex::default() });
    let mut acceptor = Acceptor::new(implementation());
    acceptor.called = Calls::Only(vec![title("SERVER")]);
    acceptor.offers.add(Uid::new(VERIFICATION), Offer::provided(Vec::new()));
    storage_classes().for_each(|class| acceptor.offers.add(class, Offer::provided(Vec::new())));
    let rules: Arc<dyn Rules> = shelf.clone();
    let mut config = Config::new(acceptor, rules);
    change(&mut config);
    (Server::start("127.0.0.1:0".parse().unwrap(), config).unwrap(), shelf)
}

fn request() -> AssociateRq {
    let mut proposal = Proposal::new(title("CLIENT"), title("SERVER"), implementation());
    proposal.propose(Uid::new(VERIFICATION), vec![Uid::new(IMPLICIT)]);
    proposal.propose(Uid::new(CT), vec![Uid::new(IMPLICIT)]);
    proposal.finish()
}

async fn call(address: SocketAddr, request: AssociateRq) -> radiogram_engine::Result<Handle> {
    Caller::new(CallConfig::default()).associate(address, request).await
}

async fn connect(server: &Server) -> Handle {
    call(server.address(), request()).await.unwrap()
}

/// A data set in pieces.
struct Pieces(std::vec::IntoIter<Vec<u8>>);

impl Source for Pieces {
    fn next(&mut self) -> Future<'_, radiogram_engine::Result<Vec<u8>>> {
        Box::pin(async { Ok(self.0.next().unwrap_or_default()) })
    }
}

fn data_set(uid: &str, pixels: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut put = |group: u16, element: u16, value: &[u8]| {
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&element.to_le_bytes());
        out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
        out.extend_from_slice(value);
    };
    let padded = |text: &str| [text.as_bytes(), &[0][..text.len() % 2]].concat();
    put(8, 0x16, &padded(CT));
    put(8, 0x18, &padded(uid));
    put(0x7FE0, 0x10, &vec![7; pixels]);
    out
}

async fn store(client: &Handle, uid: &str, data: &[u8]) -> u16 {
    let pieces: Vec<Vec<u8>> = data.chunks(100_000).map(<[u8]>::to_vec).collect();
    let body = Body::source(Pieces(pieces.into_iter()));
    client.store(3, Uid::new(CT), Uid::new(uid), body).await.unwrap().status.0
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("radiogram-engine-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn store(&self, promise: Promise) -> Sink {
        let template = Template::new("{calling}/{sop_instance}.dcm").unwrap();
        Sink::File(Arc::new(FileStore::new(Arc::new(Disk), &self.0, template, promise).unwrap()))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echo_is_answered() {
    let (server, _) = start(Sink::Discard, |_| {});
    let client = connect(&server).await;
    for _ in 0..100 {
        assert_eq!(client.echo(1).await.unwrap(), Outcome::default());
    }
    client.release().await.unwrap();
    assert_eq!(server.metrics().echoes.get(), 100);
    server.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_becomes_a_file_as_it_came() {
    for promise in [Promise::Power, Promise::Process, Promise::Nothing] {
        let folder = Folder::new(&format!("{promise:?}"));
        let (server, shelf) = start(folder.store(promise), |_| {});
        let client = connect(&server).await;
        for pixels in [0, 10, 300_000, 2_000_000] {
            let uid = format!("1.2.3.{pixels}");
            let data = data_set(&uid, pixels);
            assert_eq!(store(&client, &uid, &data).await, 0);
            let path = folder.0.join("CLIENT").join(format!("{uid}.dcm"));
            if promise == Promise::Nothing {
                while !path.exists() {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            let file = std::fs::read(&path).unwrap();
            let (meta, begin) = Meta::find(&file).unwrap();
            assert_eq!(
                (meta.sop_class.as_str(), meta.sop_instance, meta.transfer_syntax.as_str()),
                (CT, uid, IMPLICIT)
            );
            assert!(file[begin..] == data, "the data set is as it came");
            assert_eq!(shelf.kept.lock().unwrap().last().unwrap().1, Kept::File(path));
        }
        client.release().await.unwrap();
        assert_eq!(std::fs::read_dir(folder.0.join("CLIENT")).unwrap().count(), 4, "no part is left");
        server.stop(Duration::from_secs(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_has_a_limit() {
    let (server, shelf) = start(Sink::Memory { limit: 100_000 }, |_| {});
    let client = connect(&server).await;
    assert_eq!(store(&client, "1.2", &data_set("1.2", 50_000)).await, 0);
    assert_eq!(store(&client, "1.3", &data_set("1.3", 5_000_000)).await, 0xA700);
    assert_eq!(store(&client, "1.4", &data_set("1.4", 10)).await, 0);
    let kept = shelf.kept.lock().unwrap();
    let Kept::Memory(file) = &kept[0].1 else { panic!("{:?}", kept[0].1) };
    assert_eq!(Meta::find(file).unwrap().0.sop_instance, "1.2");
    assert_eq!(kept.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_what_it_says_is_refused_and_leaves_nothing() {
    let folder = Folder::new("refused");
    let (server, shelf) = start(folder.store(Promise::Process), |_| {});
    let client = connect(&server).await;
    assert_eq!(store(&client, "1.2", &data_set("1.9", 400_000)).await, 0xA900);
    assert_eq!(store(&client, "../../../tmp/x", &data_set("../../../tmp/x", 10)).await, 0x0117);
    assert_eq!(store(&client, "1.3", &[0xFF; 4000]).await, 0xC000);
    assert_eq!(store(&client, "1.4", &[]).await, 0xC000);
    assert_eq!(store(&client, "1.5", &data_set("1.5", 10)).await, 0);
    assert_eq!(shelf.kept.lock().unwrap().len(), 1);
    let names = |path: &Path| std::fs::read_dir(path).unwrap().count();
    assert_eq!((names(&folder.0), names(&folder.0.join("CLIENT"))), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_and_the_next_instance_may_fit() {
    let recorded = Recorded::default();
    let storage: Arc<dyn Storage> = Arc::new(recorded.clone());
    let template = Template::new("{sop_instance}").unwrap();
    let store_of =
        FileStore::new(Arc::clone(&storage), Path::new("/full"), template, Promise::Power).unwrap();
    let (server, _) = start(Sink::File(Arc::new(store_of)), |_| {});
    let client = connect(&server).await;
    assert_eq!(store(&client, "1.1", &data_set("1.1", 10)).await, 0);
    recorded.fail_after(2);
    assert_eq!(store(&client, "1.2", &data_set("1.2", 1_000_000)).await, 0xA700);
    assert_eq!(recorded.files().len(), 1);
    recorded.fail_after(1000);
    assert_eq!(store(&client, "1.2", &data_set("1.2", 1_000_000)).await, 0);
    assert_eq!(recorded.files().len(), 2);
}

/// Breaks off in the middle.
struct Broken(Option<Vec<u8>>);
impl Source for Broken {
    fn next(&mut self) -> Future<'_, radiogram_engine::Result<Vec<u8>>> {
        Box::pin(async { self.0.take().ok_or(Error::Lost) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_goes_away_leaves_the_good_copy() {
    let folder = Folder::new("gone");
    let (server, _) = start(folder.store(Promise::Process), |_| {});
    let client = connect(&server).await;
    let data = data_set("1.2", 1000);
    assert_eq!(store(&client, "1.2", &data).await, 0);

    let other = data_set("1.2", 900_000);
    let body = Body::source(Broken(Some(other[..700_000].to_vec())));
    assert!(client.store(3, Uid::new(CT), Uid::new("1.2"), body).await.is_err());
    while server.associations() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let file = std::fs::read(folder.0.join("CLIENT/1.2.dcm")).unwrap();
    assert!(file.ends_with(&data));
    assert_eq!(std::fs::read_dir(folder.0.join("CLIENT")).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_senders_of_one_instance_leave_one() {
    let folder = Folder::new("eight");
    let (server, _) = start(folder.store(Promise::Power), |_| {});
    let mut senders = Vec::new();
    for number in 0..8 {
        let address = server.address();
        senders.push(tokio::spawn(async move {
            let client = call(address, request()).await.unwrap();
            let data = data_set("1.2", 100_000 + 2 * number);
            for _ in 0..5 {
                assert_eq!(store(&client, "1.2", &data).await, 0);
            }
            client.release().await.unwrap();
        }));
    }
    for sender in senders {
        sender.await.unwrap();
    }
    let file = std::fs::read(folder.0.join("CLIENT/1.2.dcm")).unwrap();
    let (_, begin) = Meta::find(&file).unwrap();
    assert!((0..8).any(|number| file[begin..] == data_set("1.2", 100_000 + 2 * number)));
    assert_eq!(std::fs::read_dir(folder.0.join("CLIENT")).unwrap().count(), 1);
    assert_eq!(server.metrics().stored.get(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejection_says_why() {
    let (server, _) = start(Sink::Discard, |config| config.quotas.associations = 2);
    let mut wrong = request();
    wrong.called = title("NOBODY");
    let rejected = call(server.address(), wrong).await.unwrap_err();
    assert!(
        rejected.to_string().contains("the called AE title is not that of the application"),
        "{rejected}"
    );
    while server.associations() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let held = [connect(&server).await, connect(&server).await];
    let Err(Error::Rejected(why)) = call(server.address(), request()).await else {
        panic!("a third association")
    };
    assert_eq!((why.is_transient, why.reason), (true, RejectReason::LocalLimit));
    for client in held {
        client.release().await.unwrap();
    }
}

async fn is_closed_within(stream: &TcpStream, time: Duration) -> bool {
    let mut buffer = [0; 64];
    let closed = async {
        loop {
            stream.ready(Interest::READABLE).await.unwrap();
            match stream.try_read(&mut buffer) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    };
    tokio::time::timeout(time, closed).await.is_ok()
}

/// Who sends a byte now and then holds nothing for ever: neither before the association nor in a message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_peers_come_to_an_end() {
    let (server, _) = start(Sink::Discard, |config| {
        config.times.artim = Duration::from_millis(300);
        config.times.dimse = Duration::from_millis(300);
        config.times.idle = Duration::from_millis(300);
    });
    let mut pdu = Vec::new();
    request().encode(&mut pdu).unwrap();
    let begins: [&[u8]; 4] = [&[], &pdu[..20], &pdu, &[&pdu[..], &[4, 0, 0, 0]].concat()];
    for begin in begins {
        let stream = TcpStream::connect(server.address()).await.unwrap();
        stream.writable().await.unwrap();
        assert_eq!(stream.try_write(begin).unwrap(), begin.len());
        if begin.len() == pdu.len() {
            assert!(is_closed_within(&stream, Duration::from_secs(20)).await, "idle");
            continue;
        }
        let drip = async {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                if stream.try_write(&[0]).is_err() {
                    return;
                }
            }
        };
        let ended = async {
            tokio::select! {
                () = drip => true,
                closed = is_closed_within(&stream, Duration::from_secs(20)) => closed,
            }
        };
        assert!(ended.await, "{} bytes", begin.len());
    }
    while server.associations() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stops_in_order() {
    let (server, _) = start(Sink::Discard, |_| {});
    let address = server.address();
    let busy = connect(&server).await;
    let stopping = tokio::spawn(server.stop(Duration::from_secs(60)));
    // It may not have begun to stop yet.
    let why = loop {
        match call(address, request()).await {
            Err(Error::Rejected(why)) => break why,
            other => other.unwrap().release().await.unwrap(),
        }
    };
    assert_eq!(why.reason, RejectReason::Congestion);
    assert_eq!(busy.echo(1).await.unwrap(), Outcome::default(), "what goes on goes on");
    busy.release().await.unwrap();
    stopping.await.unwrap();
    assert!(call(address, request()).await.is_err());
}

/// Who does not go in that time is sent away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_has_so_much_patience() {
    let (server, _) = start(Sink::Discard, |_| {});
    let idle = connect(&server).await;
    server.stop(Duration::from_millis(100)).await;
    assert!(matches!(idle.ended().await, Ending::Aborted(_)), "{:?}", idle.outcome());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_other_internet_protocol() {
    let (server, _) = start(Sink::Discard, |_| {});
    let shelf = Shelf { sink: Sink::Discard, kept: Mutex::default() };
    let config = Config::new(Acceptor::new(implementation()), Arc::new(shelf));
    // A machine can be without it.
    let Ok(six) = Server::start("[::1]:0".parse().unwrap(), config) else { return };
    let client = call(six.address(), request()).await.unwrap();
    assert!(client.agreement().unwrap().contexts.is_empty(), "nothing was offered");
    client.release().await.unwrap();
    drop(server);
}

/// A peer that asks and takes no answer holds nothing for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_takes_nothing_comes_to_an_end() {
    let (server, _) = start(Sink::Discard, |config| config.times.send = Duration::from_millis(300));
    let mut bytes = Vec::new();
    request().encode(&mut bytes).unwrap();
    let message = c_echo::Request { sop_class: Uid::new(VERIFICATION), id: 1 }.into();
    let mut command = Vec::new();
    Command { message, has_data: false }.encode(&mut command).unwrap();
    let length = command.len().try_into().unwrap();
    let head = DataHead { context: 1, is_command: true, is_last: true, length }.encode();
    for _ in 0..200_000 {
        bytes.extend_from_slice(&head);
        bytes.extend_from_slice(&command);
    }
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let mut rest = bytes.as_slice();
    let flood = async {
        while !rest.is_empty() {
            stream.writable().await.unwrap();
            match stream.try_write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), flood).await.unwrap();
    assert!(!rest.is_empty(), "the server has taken all of it");
    let other = connect(&server).await;
    assert_eq!(other.echo(1).await.unwrap(), Outcome::default());
    other.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_associations_lose_and_double_nothing() {
    let folder = Folder::new("many");
    let (server, shelf) = start(folder.store(Promise::Process), |_| {});
    let mut senders = Vec::new();
    for number in 0..40 {
        let address = server.address();
        senders.push(tokio::spawn(async move {
            let client = call(address, request()).await.unwrap();
            for instance in 0..20 {
                let uid = format!("1.{number}.{instance}");
                assert_eq!(store(&client, &uid, &data_set(&uid, 5000 * instance)).await, 0);
            }
            client.release().await.unwrap();
        }));
    }
    for sender in senders {
        sender.await.unwrap();
    }
    for number in 0..40 {
        for instance in 0..20 {
            let uid = format!("1.{number}.{instance}");
            let file = std::fs::read(folder.0.join(format!("CLIENT/{uid}.dcm"))).unwrap();
            assert!(file.ends_with(&data_set(&uid, 5000 * instance)));
        }
    }
    assert_eq!(std::fs::read_dir(folder.0.join("CLIENT")).unwrap().count(), 800);
    assert_eq!((server.metrics().stored.get(), shelf.kept.lock().unwrap().len()), (800, 800));
}
