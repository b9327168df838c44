//! Laws of whole associations: whatever both sides do at once, each request has its answers and no other; whatever a peer sends, nothing of it
//! stays.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as it should be ends a test")]

mod both;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use both::{App, COMMITMENT, CT, FIND, context, data_set, proposal, start, wait_for};
use radiogram_data::meta::Meta;
use radiogram_engine::{Body, Ending, Handle, Kept, Notice, Request, Wants, Watcher};
use radiogram_mutator::{Random, mutate, rounds};
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Message, Outcome, c_find, n_event_report};
use radiogram_net::item::OperationsWindow;
use radiogram_net::{Limits, Uid};

/// Answers a C-FIND by as many identifiers as its first byte says, each with its number, and everything else with success.
fn counting() -> App {
    App::serving(|request: Request| {
        tokio::spawn(async move {
            let data = request.data.clone().unwrap_or_default();
            if let Message::CFindRq(_) = request.command {
                for number in 0..data[0] {
                    let body = vec![number; usize::from(data[1]) * 100 + 2];
                    request.replies.send(found(0xFF00), Some(body.into())).await.unwrap();
                }
                request.replies.send(found(0), None).await.unwrap();
            } else {
                request.replies.fail(Outcome::default());
            }
        });
    })
}

fn found(status: u16) -> c_find::Response {
    c_find::Response { sop_class: None, id: 0, outcome: Outcome::of(status) }
}

/// One operation, and whether it is answered as it should be.
async fn operate(handle: Handle, mut random: Random, number: usize) {
    match random.below(4) {
        0 => assert_eq!(handle.echo(context::VERIFICATION).await.unwrap(), Outcome::default()),
        1 => {
            let uid = format!("1.2.{number}");
            let body = Body::bytes(data_set(&uid, 2 * random.below(150_000)));
            let outcome = handle.store(context::CT, Uid::new(CT), Uid::new(&uid), body).await.unwrap();
            assert_eq!(outcome, Outcome::default());
        }
        2 => {
            let (count, size) = (random.byte(), random.byte());
            let find = c_find::Request { sop_class: Uid::new(FIND), id: 0, priority: Priority::Low };
            let body = Some(vec![count, size].into());
            let exchange = handle.request(context::FIND, find, body).await.unwrap();
            for expected in 0..count {
                let response = exchange.next().await.unwrap().unwrap();
                assert_eq!(response.data.unwrap(), vec![expected; usize::from(size) * 100 + 2]);
            }
            assert_eq!(exchange.next().await.unwrap().unwrap().data, None);
            assert_eq!(exchange.next().await.unwrap(), None);
        }
        _ => {
            let sop_instance = Uid::new("1.2.3");
            let sop_class = Uid::new(COMMITMENT);
            let event = n_event_report::Request { sop_class, id: 0, sop_instance, event_type: 1 };
            let body = Some(vec![7; random.below(100_000)].into());
            let exchange = handle.request(context::COMMITMENT, event, body).await.unwrap();
            assert_eq!(exchange.outcome().await.unwrap(), Outcome::default());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_has_its_answers() {
    let mut random = Random(7);
    for round in rounds(30) {
        let apps = [Arc::new(counting()), Arc::new(counting())];
        let length = u32::try_from(100 + 2 * random.below(20_000)).unwrap();
        let server = start(Arc::clone(&apps[0]), |config| config.acceptor.maximum_length = length);
        let mut wanted = proposal();
        let window = |random: &mut Random| u16::try_from(random.below(5)).unwrap();
        let (invoked, performed) = (window(&mut random), window(&mut random));
        wanted.user().window = Some(OperationsWindow { invoked, performed });
        wanted.user().maximum_length = Some(u32::try_from(200 + 2 * random.below(40_000)).unwrap());
        // Both sides may ask for everything.
        for class in [FIND, both::VERIFICATION] {
            let role =
                radiogram_net::item::RoleSelection { sop_class: Uid::new(class), scu: true, scp: true };
            wanted.select_role(role);
        }
        let caller = both::caller(Arc::clone(&apps[1]), |_| {});
        let association = caller.associate(server.address(), wanted.finish()).await.unwrap();
        let theirs = server.handles().pop().unwrap();
        let mut tasks = Vec::new();
        for number in 0..30 {
            let handle = if random.below(2) == 0 { &association } else { &theirs };
            let chance = Random(random.below(usize::MAX) as u64);
            tasks.push(tokio::spawn(operate(handle.clone(), chance, number)));
        }
        for task in tasks {
            tokio::time::timeout(2 * both::LONG, task).await.expect("it stands still").unwrap();
        }
        let closer = if random.below(2) == 0 { &association } else { &theirs };
        closer.release().await.unwrap();
        assert_eq!((association.ended().await, theirs.ended().await), (Ending::Released, Ending::Released));
        for app in &apps {
            for (arrival, kept) in app.kept.lock().unwrap().iter() {
                let Kept::Memory(bytes) = kept else { panic!("{round}: {kept:?}") };
                let (meta, begin) = Meta::find(bytes).unwrap();
                let data = bytes.get(begin..).unwrap();
                let uid = arrival.sop_instance.as_str();
                assert_eq!(meta.sop_instance, uid);
                assert!(data == data_set(uid, data.len() - data_set(uid, 0).len()), "another instance");
            }
        }
        wait_for(|| server.associations() == 0).await;
    }
}

/// Keeps the bytes that one side sends.
#[derive(Default)]
struct Tape(Mutex<Vec<u8>>);

impl Watcher for Tape {
    fn wants(&self) -> Wants {
        Wants { bytes: true, ..Wants::default() }
    }

    fn notice(&self, _: &Handle, notice: Notice<'_>) {
        if let Notice::BytesSent(bytes) = notice {
            self.0.lock().unwrap().extend_from_slice(bytes);
        }
    }
}

/// What both sides of an association with a bit of everything send.
async fn recorded() -> [Vec<u8>; 2] {
    let (ours, theirs) = (Arc::new(Tape::default()), Arc::new(Tape::default()));
    let server = start(Arc::new(counting()), |config| config.watcher = Some(theirs.clone()));
    let caller = both::caller(Arc::new(counting()), |config| config.watcher = Some(ours.clone()));
    let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
    for number in 0..20 {
        operate(association.clone(), Random(number as u64), number).await;
        let handle = server.handles().pop().unwrap();
        handle.store(context::CT, Uid::new(CT), Uid::new("1.2"), data_set("1.2", 2000).into()).await.unwrap();
    }
    association.release().await.unwrap();
    wait_for(|| server.associations() == 0).await;
    [ours, theirs].map(|tape| std::mem::take(&mut *tape.0.lock().unwrap()))
}

/// Says damaged bytes, hears nothing of what it is answered, or all.
fn say(mut stream: TcpStream, bytes: &[u8], hears: bool, random: &mut Random) {
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    for piece in bytes.chunks(1 + random.below(50_000)) {
        if stream.write_all(piece).is_err() {
            return;
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
    let mut buffer = [0; 4096];
    while hears && stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
}

fn quick(times: &mut radiogram_engine::Times) {
    let short = Duration::from_millis(300);
    (times.artim, times.dimse, times.idle, times.send) = (short, short, short, short);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn nothing_stays_of_what_a_peer_says() {
    let tapes = recorded().await;
    assert!(tapes.iter().all(|tape| tape.len() > 10_000));
    let limits = Limits { data: 1 << 20, ..Limits::DEFAULT };
    let server = start(Arc::new(counting()), |config| {
        config.limits = limits;
        quick(&mut config.times);
    });
    let address = server.address();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = listener.local_addr().unwrap();
    let caller = both::caller(Arc::new(counting()), |config| {
        config.limits = limits;
        quick(&mut config.times);
    });
    let mut random = Random(3);
    for round in rounds(150) {
        let mut bytes = tapes[round % 2].clone();
        // Mostly in the middle of an association, rather than in its request.
        let begin = if random.below(4) == 0 { 0 } else { bytes.len().min(700) };
        let mut behind = bytes.split_off(begin);
        behind.truncate(1 + random.below(60_000));
        mutate(
            &mut random,
            &mut behind,
            &[b"\x04\0\0\0", b"\x05\0\0\0\0\x04\0\0\0\0", b"\xFF\xFF\xFF\xFF", &[0]],
        );
        bytes.extend_from_slice(&behind);
        let (hears, mut chance) = (random.below(2) == 0, random.clone());
        if round % 2 == 0 {
            let saying = move || say(TcpStream::connect(address).unwrap(), &bytes, hears, &mut chance);
            tokio::task::spawn_blocking(saying).await.unwrap();
        } else {
            let listener = listener.try_clone().unwrap();
            let saying = move || say(listener.accept().unwrap().0, &bytes, hears, &mut chance);
            let saying = tokio::task::spawn_blocking(saying);
            if let Ok(association) = caller.associate(elsewhere, proposal().finish()).await {
                let asked = association.echo(context::VERIFICATION);
                let _ = tokio::time::timeout(both::LONG, asked).await.expect("nobody is told");
                association.abort();
                association.ended().await;
            }
            saying.await.unwrap();
        }
    }
    wait_for(|| server.associations() == 0).await;
    assert_eq!((server.metrics().panics.get(), caller.metrics().panics.get()), (0, 0));
    assert_eq!((server.held(), caller.held()), (0, 0));
}
