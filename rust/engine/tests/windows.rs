//! Several operations of an association at once: as many as were agreed on, as far as there is memory for them, and each told of when it is answered.
//!
//! Seen to fail: without the bound on bytes in `UnderWay::fits`, in `Session::has_place`, without its exception for requests of our own, with one
//! for C-GET as well; without the order of `Jobs`, without `Session::may_serve`.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use both::{App, CT, FIND, Folder, GET, context, data_set, file, proposal, start, wait_for};
use radiogram_core::Result;
use radiogram_engine::sink::{FileStore, Promise, Template};
use radiogram_engine::{Answer, Body, Handle, Instance, Kept, SendOptions, Server, Sink, store_over};
use radiogram_io::storage::StoredFile;
use radiogram_io::{Disk, Storage};
use radiogram_net::Uid;
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Outcome, c_find, c_get, c_store};
use radiogram_net::item::OperationsWindow;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Longer than anything takes that is not held up.
const SOON: Duration = Duration::from_millis(200);
/// Operations that are agreed on.
const WINDOW: u16 = 16;

async fn associate(server: &Server, app: Arc<App>) -> Handle {
    let mut wanted = proposal();
    wanted.user().window = Some(OperationsWindow { invoked: WINDOW, performed: WINDOW });
    both::caller(app, |_| {}).associate(server.address(), wanted.finish()).await.unwrap()
}

/// A peer that answers so many.
fn answering(gate: &Arc<Semaphore>) -> Arc<App> {
    let gate = Arc::clone(gate);
    let answer = move |outcome| {
        let gate = Arc::clone(&gate);
        Answer::Later(Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            outcome
        }))
    };
    Arc::new(App { answer: Some(Box::new(answer)), ..App::default() })
}

fn count(app: &App) -> usize {
    app.kept.lock().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_many_are_sent_ahead_as_there_may_be_and_each_is_told_of_when_it_is_answered() {
    for (bytes, ahead) in [(1000, usize::from(WINDOW)), (1 << 20, 3), (5 << 20, 1)] {
        let gate = Arc::new(Semaphore::new(0));
        let app = answering(&gate);
        let server = start(Arc::clone(&app), |_| {});
        let association = associate(&server, Arc::default()).await;
        let files = (0..20).map(|number| file(&format!("1.2.3.{number}"), bytes));
        let instances = files.map(|file| Instance::Bytes(Arc::new(file))).collect();
        let mut sending = store_over(vec![association.clone()], instances, SendOptions::default());
        wait_for(|| count(&app) == ahead).await;
        sleep(SOON).await;
        assert_eq!(count(&app), ahead, "{bytes} bytes");
        for place in 0..3 {
            gate.add_permits(1);
            let sent = timeout(both::LONG, sending.next()).await.unwrap().unwrap();
            assert!(sent.index == place && sent.result.is_ok(), "{sent:?}");
            assert!(timeout(SOON / 4, sending.next()).await.is_err(), "no other was answered");
        }
        gate.add_permits(20);
        let mut places = Vec::new();
        while let Some(sent) = timeout(both::LONG, sending.next()).await.unwrap() {
            places.push(sent.index);
        }
        assert_eq!(places, (3..20).collect::<Vec<_>>());
        assert_eq!(count(&app), 20);
        association.release().await.unwrap();
    }
}

/// A peer that takes its time with the first one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_in_any_order_are_those_of_their_instances() {
    let is_first = AtomicBool::new(true);
    let answer = move |outcome| {
        let status = if is_first.swap(false, Ordering::Relaxed) { 0xB007 } else { 0 };
        Answer::Later(Box::pin(async move {
            if status != 0 {
                sleep(SOON).await;
            }
            if status == 0 { outcome } else { Outcome::of(status) }
        }))
    };
    let app = Arc::new(App { answer: Some(Box::new(answer)), ..App::default() });
    let server = start(app, |_| {});
    let association = associate(&server, Arc::default()).await;
    let files = (0..10).map(|number| file(&format!("1.2.3.{number}"), 1000));
    let instances = files.map(|file| Instance::Bytes(Arc::new(file))).collect();
    let mut sending = store_over(vec![association], instances, SendOptions::default());
    let mut places = Vec::new();
    while let Some(sent) = timeout(both::LONG, sending.next()).await.unwrap() {
        assert_eq!(sent.sop_instance.as_str(), format!("1.2.3.{}", sent.index));
        assert_eq!(sent.result.unwrap().status.0, if sent.index == 0 { 0xB007 } else { 0 });
        places.push(sent.index);
    }
    assert_eq!(places.last(), Some(&0));
    places.sort_unstable();
    assert_eq!(places, (0..10).collect::<Vec<_>>());
}

/// What a peer may send ahead by the window does not have to fit into memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_further_one_is_received_while_those_that_wait_hold_much() {
    let gate = Arc::new(Semaphore::new(0));
    let app = answering(&gate);
    let server = start(Arc::clone(&app), |_| {});
    let association = associate(&server, Arc::default()).await;
    let stores: Vec<_> = (0..4)
        .map(|number| {
            let association = association.clone();
            tokio::spawn(async move { store(&association, &format!("1.2.3.{number}"), 10 << 20).await })
        })
        .collect();
    two_at_a_time(&app, &gate).await;
    for store in stores {
        assert_eq!(store.await.unwrap(), Outcome::default());
    }
}

/// Answers to requests of our own come behind whatever the peer asks: they are read while something of these has to wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_heard_behind_a_request_that_waits() {
    // Who is asked for something large asks for an instance first.
    let serving = App::serving(|request| {
        tokio::spawn(async move {
            let is_large = request.data.as_ref().is_some_and(|data| data.len() > 1000);
            if is_large {
                sleep(SOON).await;
                let uid = Uid::new("1.2.3.4");
                let data = data_set(uid.as_str(), 1000);
                let stored =
                    request.association.store(context::CT, Uid::new(CT), uid, Body::bytes(data)).await;
                assert_eq!(stored.unwrap(), Outcome::default());
            }
            request.replies.fail(Outcome::of(if is_large { 0xC001 } else { 0xC002 }));
        });
    });
    let server = start(Arc::new(serving), |_| {});
    let association = associate(&server, Arc::default()).await;
    let ask = |bytes: usize| {
        let association = association.clone();
        async move {
            let (sop_class, priority) = (Uid::new(FIND), Priority::Medium);
            let request = c_find::Request { sop_class, id: 0, priority };
            let body = Body::bytes(vec![0; bytes]);
            association.request(context::FIND, request, Some(body)).await.unwrap().outcome().await.unwrap()
        }
    };
    let large = tokio::spawn(ask(17 << 20));
    sleep(SOON / 4).await;
    let small = tokio::spawn(ask(10));
    let done = timeout(both::LONG / 6, async { (large.await.unwrap(), small.await.unwrap()) }).await;
    let (large, small) = done.unwrap();
    assert_eq!((large.status.0, small.status.0), (0xC001, 0xC002));
}

/// A C-GET is no reason to hold more: its instances do not wait for its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_retrieval_brings_does_not_have_to_fit_into_memory_either() {
    // Who is asked for instances sends four at once.
    let serving = App::serving(|request| {
        tokio::spawn(async move {
            let stores: Vec<_> = (0..4)
                .map(|number| {
                    let association = request.association.clone();
                    tokio::spawn(
                        async move { store(&association, &format!("1.2.3.{number}"), 10 << 20).await },
                    )
                })
                .collect();
            for store in stores {
                assert_eq!(store.await.unwrap(), Outcome::default());
            }
            request.replies.fail(Outcome::of(0xC001));
        });
    });
    let gate = Arc::new(Semaphore::new(0));
    let app = answering(&gate);
    let server = start(Arc::new(serving), |_| {});
    let association = associate(&server, Arc::clone(&app)).await;
    let (sop_class, priority) = (Uid::new(GET), Priority::Medium);
    let request = c_get::Request { sop_class, id: 0, priority };
    let asked = association.request(context::GET, request, Some(Body::bytes(vec![0; 10]))).await.unwrap();
    two_at_a_time(&app, &gate).await;
    assert_eq!(timeout(both::LONG, asked.outcome()).await.unwrap().unwrap().status.0, 0xC001);
}

/// Of four large ones each comes once the one before the last is answered.
async fn two_at_a_time(app: &App, gate: &Semaphore) {
    for there in 2..=4 {
        wait_for(|| count(app) == there).await;
        sleep(SOON).await;
        assert_eq!(count(app), there);
        gate.add_permits(1);
    }
    gate.add_permits(4);
}

async fn store(association: &Handle, uid: &str, bytes: usize) -> Outcome {
    let (uid, body) = (Uid::new(uid), Body::bytes(data_set(uid, bytes)));
    association.store(context::CT, Uid::new(CT), uid, body).await.unwrap()
}

/// However many a side would perform, it agrees to no more than it serves: what a peer says is always read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_is_agreed_to_than_is_served() {
    let server = start(Arc::default(), |_| {});
    for (proposed, agreed) in [(0, 32), (40, 32), (5, 5)] {
        let mut wanted = proposal();
        wanted.user().window = Some(OperationsWindow { invoked: proposed, performed: proposed });
        let association =
            both::caller(Arc::default(), |_| {}).associate(server.address(), wanted.finish()).await.unwrap();
        let known = association.agreement().unwrap();
        assert_eq!((known.invoked, known.performed), (agreed, agreed));
        association.release().await.unwrap();
    }
}

/// A disk that has the first file of a name once it may.
#[derive(Debug, Default)]
struct Hesitating {
    name: &'static str,
    has_begun: AtomicBool,
    may_end: Arc<AtomicBool>,
}

impl Storage for Hesitating {
    fn create(&self, path: &Path) -> Result<Box<dyn StoredFile>> {
        Disk.create(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        if to.ends_with(self.name) && !self.has_begun.swap(true, Ordering::Relaxed) {
            while !self.may_end.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> Result<()> {
        Disk.remove(path)
    }
    fn remove_abandoned(&self, path: &Path, process: u32) -> Result<bool> {
        Disk.remove_abandoned(path, process)
    }
    fn create_folder(&self, path: &Path) -> Result<()> {
        Disk.create_folder(path)
    }
    fn sync_folder(&self, path: &Path) -> Result<()> {
        Disk.sync_folder(path)
    }
    fn list(&self, path: &Path) -> Result<Vec<(PathBuf, bool)>> {
        Disk.list(path)
    }
}

/// An application with such a disk, and what lets it go on.
fn hesitating(folder: &Folder, name: &'static str) -> (Arc<App>, Arc<AtomicBool>) {
    let disk = Hesitating { name, ..Hesitating::default() };
    let may_end = Arc::clone(&disk.may_end);
    let template = Template::new("{sop_instance}").unwrap();
    let files = FileStore::new(Arc::new(disk), &folder.0, template, Promise::Power).unwrap();
    (Arc::new(App { sink: Sink::File(Arc::new(files)), ..App::default() }), may_end)
}

/// Of two versions of an instance the later one stays, and what came first is told first, however long it takes to be durable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_are_told_in_the_order_in_which_they_came() {
    let folder = Folder::new("windows");
    let (app, may_end) = hesitating(&folder, "1.2.1");
    let server = start(Arc::clone(&app), |_| {});
    let association = associate(&server, Arc::default()).await;
    let wanted = ["1.2.1", "1.2.2", "1.2.3", "1.2.1", "1.2.4"];
    let mut asked = Vec::new();
    for (size, uid) in (1000..).zip(wanted) {
        let request = c_store::Request {
            sop_class: Uid::new(CT),
            id: 0,
            priority: Priority::Medium,
            sop_instance: Uid::new(uid),
            originator: None,
            originator_id: None,
        };
        let body = Body::bytes(data_set(uid, 2 * size));
        asked.push(association.request(context::CT, request, Some(body)).await.unwrap());
    }
    sleep(SOON).await;
    assert_eq!(count(&app), 0, "the first one is told first");
    may_end.store(true, Ordering::Relaxed);
    for one in asked {
        assert_eq!(one.outcome().await.unwrap(), Outcome::default());
    }
    let kept = app.kept.lock().unwrap();
    let told: Vec<&str> = kept.iter().map(|(arrival, _)| arrival.sop_instance.as_str()).collect();
    assert_eq!(told, wanted);
    let version = std::fs::read(folder.0.join("1.2.1")).unwrap();
    assert!(version.ends_with(&data_set("1.2.1", 2 * 1003)), "the one that came later");
}

/// What is complete when an association ends is kept, and told before its server has stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_takes_nothing_back_and_is_waited_for() {
    let folder = Folder::new("windows-end");
    let (app, may_end) = hesitating(&folder, "1.2.3.0");
    let server = start(Arc::clone(&app), |_| {});
    let association = associate(&server, Arc::default()).await;
    let mut bytes = 0;
    let before = server.metrics().bytes_in.get();
    for number in 0..4 {
        let association = association.clone();
        let data = data_set(&format!("1.2.3.{number}"), 1000);
        bytes += data.len() as u64;
        tokio::spawn(async move {
            let uid = Uid::new(&format!("1.2.3.{number}"));
            association.store(context::CT, Uid::new(CT), uid, Body::bytes(data)).await
        });
    }
    wait_for(|| server.metrics().bytes_in.get() > before + bytes).await;
    sleep(SOON / 4).await;
    assert!(count(&app) < 4, "one is not there yet, and others may wait behind it");
    association.abort();
    association.ended().await;
    tokio::spawn(async move {
        sleep(SOON).await;
        may_end.store(true, Ordering::Relaxed);
    });
    server.stop(Duration::from_secs(20)).await;
    assert_eq!(count(&app), 4);
    assert!(app.kept.lock().unwrap().iter().all(|(_, kept)| matches!(kept, Kept::File(_))));
}
