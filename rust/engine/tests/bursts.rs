//! Messages and an A-ABORT in one burst: what was complete before the abort counts, in both directions.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as it should be ends a test")]

mod both;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use both::{App, CT, FIND, context, data_set, proposal, start, wait_for};
use radiogram_engine::sink::{FileStore, Promise, Template};
use radiogram_engine::{Answer, Body, Error, Request, Sink, implementation};
use radiogram_io::Disk;
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Command, Message, Outcome, Pieces, c_find, c_store};
use radiogram_net::item::OperationsWindow;
use radiogram_net::negotiation::{Acceptor, Offer};
use radiogram_net::pdu::Abort;
use radiogram_net::{Framer, Limits, Uid, Unit};
use tokio::sync::Semaphore;

fn message(context: u8, message: impl Into<Message>, data: Option<&[u8]>) -> Vec<u8> {
    let (mut command, mut out) = (Vec::new(), Vec::new());
    Command { message: message.into(), has_data: data.is_some() }.encode(&mut command).unwrap();
    for (is_command, bytes) in [(true, Some(&command[..])), (false, data)] {
        for (head, content) in Pieces::new(context, is_command, true, bytes.unwrap_or_default(), 16_000) {
            if bytes.is_some() {
                out.extend_from_slice(&head.encode());
                out.extend_from_slice(content);
            }
        }
    }
    out
}

fn abort() -> Vec<u8> {
    let mut pdu = Vec::new();
    Abort::USER.encode(&mut pdu);
    pdu
}

fn found(id: u16, status: u16) -> c_find::Response {
    c_find::Response { sop_class: Some(Uid::new(FIND)), id, outcome: Outcome::of(status) }
}

fn find(id: u16) -> c_find::Request {
    c_find::Request { sop_class: Uid::new(FIND), id, priority: Priority::Medium }
}

fn stores(count: usize) -> Vec<u8> {
    let one = |number: usize| {
        let uid = format!("1.2.3.{number}");
        let request = c_store::Request {
            sop_class: Uid::new(CT),
            id: u16::try_from(number + 1).unwrap(),
            priority: Priority::Medium,
            sop_instance: Uid::new(&uid),
            originator: None,
            originator_id: None,
        };
        message(context::CT, request, Some(&data_set(&uid, 3000)))
    };
    (0..count).flat_map(one).collect()
}

/// Asks for an association, and waits for the answer without reading it.
fn ask(address: SocketAddr, window: Option<OperationsWindow>) -> TcpStream {
    let mut request = proposal();
    request.user().window = window;
    let mut pdu = Vec::new();
    request.finish().encode(&mut pdu).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    // What is written is with the server: the system does not wait for what was written before to be acknowledged.
    stream.set_nodelay(true).unwrap();
    stream.write_all(&pdu).unwrap();
    assert!(stream.peek(&mut [0; 10]).unwrap() > 0);
    stream
}

/// Reads to an abort, or the end of the connection: how many messages were complete, and whether an abort came behind them.
fn heard(stream: &mut TcpStream) -> (usize, bool) {
    let (mut framer, mut buffer) = (Framer::new(Limits::DEFAULT), [0; 4096]);
    let (mut command, mut count) = (Vec::new(), 0);
    loop {
        let read = stream.read(&mut buffer).unwrap();
        if read == 0 {
            return (count, false);
        }
        let mut input = &buffer[..read];
        while let Some(unit) = framer.next(&mut input).unwrap() {
            match unit {
                Unit::Fragment(one) if one.is_command => {
                    command.extend_from_slice(one.bytes);
                    if one.is_last && !Command::decode(&command).unwrap().has_data {
                        count += 1;
                    }
                    if one.is_last {
                        command.clear();
                    }
                }
                Unit::Fragment(one) => count += usize::from(one.is_last),
                Unit::Abort(_) => return (count, true),
                _ => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_in_front_of_an_abort_reach_who_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let peer = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut framer, mut buffer) = (Framer::new(Limits::DEFAULT), [0; 4096]);
        let mut burst = Vec::new();
        loop {
            let count = stream.read(&mut buffer).unwrap();
            let mut input = &buffer[..count];
            while let Some(unit) = framer.next(&mut input).unwrap() {
                match unit {
                    Unit::AssociateRq(request) => {
                        let mut acceptor = Acceptor::new(implementation());
                        acceptor.offers.others = Some(Offer::provided(Vec::new()));
                        let mut pdu = Vec::new();
                        acceptor.answer(&request, &mut ()).unwrap().0.encode(&mut pdu).unwrap();
                        stream.write_all(&pdu).unwrap();
                    }
                    Unit::Fragment(one) if !one.is_command && one.is_last => {
                        for _ in 0..300 {
                            burst.extend(message(context::FIND, found(1, 0xFF00), Some(&[0; 3000])));
                        }
                        burst.extend(abort());
                        return stream.write_all(&burst).unwrap();
                    }
                    _ => {}
                }
            }
        }
    });
    let caller = both::caller(Arc::new(App::default()), |_| {});
    let association = caller.associate(address, proposal().finish()).await.unwrap();
    let exchange = association.request(context::FIND, find(1), Some(vec![0; 10].into())).await.unwrap();
    for taken in 0..300 {
        let response = exchange.next().await.unwrap_or_else(|error| panic!("{taken}: {error}"));
        assert_eq!(response.unwrap().data.unwrap().len(), 3000);
    }
    assert!(matches!(exchange.next().await, Err(Error::Aborted(_))));
    peer.join().unwrap();
}

/// The peer sends requests without waiting, aborts, and closes with bytes that it has not read: the connection is reset, and whatever is
/// answered to the first of them cannot be sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_in_front_of_an_abort_are_kept_though_nobody_hears_of_it() {
    let (gate, opened) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let app = Arc::new(App {
        answer: Some(Box::new({
            let (gate, opened) = (Arc::clone(&gate), Arc::clone(&opened));
            move |outcome| {
                let gate = Arc::clone(&gate);
                opened.add_permits(1);
                Answer::Later(Box::pin(async move {
                    drop(gate.acquire().await);
                    outcome
                }))
            }
        })),
        ..App::default()
    });
    let server = start(app.clone(), |_| {});
    let mut stream = ask(server.address(), None);
    stream.write_all(&[stores(9), abort()].concat()).unwrap();
    // The first one is there, and the others wait behind it.
    opened.acquire().await.unwrap().forget();
    drop(stream);
    gate.add_permits(1000);
    wait_for(|| server.associations() == 0).await;
    assert_eq!(app.kept.lock().unwrap().len(), 9);
    assert_eq!(server.metrics().aborted_by_peer.get(), 1);
    assert_eq!(server.metrics().lost.get(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_that_are_on_their_way_to_the_disk_are_not_taken_back() {
    let folder = both::Folder::new("burst");
    let template = Template::new("{sop_instance}.dcm").unwrap();
    let store = FileStore::new(Arc::new(Disk), &folder.0, template, Promise::Power).unwrap();
    let app = Arc::new(App { sink: Sink::File(Arc::new(store)), ..App::default() });
    let server = start(app.clone(), |_| {});
    let mut stream = ask(server.address(), Some(OperationsWindow { invoked: 20, performed: 1 }));
    stream.write_all(&[stores(9), abort()].concat()).unwrap();
    wait_for(|| app.kept.lock().unwrap().len() == 9).await;
    wait_for(|| server.associations() == 0).await;
    let files = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(files.filter(|name| name.to_string_lossy().ends_with(".dcm")).count(), 9);
    assert_eq!(server.metrics().stored.get(), 9);
}

/// Answers with so many responses of so many bytes each, all of them ready at once, and aborts.
fn answering(count: usize, bytes: usize) -> App {
    App::serving(move |request: Request| {
        tokio::spawn(async move {
            for _ in 0..count {
                let body = Body::bytes(vec![0; bytes]);
                request.replies.send(found(0, 0xFF00), Some(body)).await.unwrap();
            }
            request.replies.send(found(0, 0), None).await.unwrap();
            request.association.abort();
        });
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_in_front_of_our_abort_leave_before_it() {
    // Small ones, such as are sent by themselves, and such as a socket does not take at once.
    for (count, bytes) in [(30, 100), (25, 20_000), (10, 2_000_000)] {
        let server = start(Arc::new(answering(count, bytes)), |_| {});
        let mut stream = ask(server.address(), None);
        stream.write_all(&message(context::FIND, find(1), Some(&[0; 10]))).unwrap();
        let read = tokio::task::spawn_blocking(move || heard(&mut stream)).await.unwrap();
        assert_eq!(read, (count + 1, true), "{count} of {bytes} bytes");
        wait_for(|| server.associations() == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_has_answered_before() {
    let answered = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&answered);
    let app = App::serving(move |request: Request| {
        let told = Arc::clone(&told);
        tokio::spawn(async move {
            for _ in 0..20 {
                let body = Body::bytes(vec![0; 50_000]);
                request.replies.send(found(0, 0xFF00), Some(body)).await.unwrap();
            }
            told.add_permits(1);
            // What is not answered is no answer.
            request.replies.cancelled().await;
        });
    });
    let server = start(Arc::new(app), |_| {});
    let mut stream = ask(server.address(), None);
    stream.write_all(&message(context::FIND, find(1), Some(&[0; 10]))).unwrap();
    answered.acquire().await.unwrap().forget();
    let at = server.metrics().bytes_in.get();
    // One that waits for the first to be answered, and what is not read before it is.
    stream.write_all(&message(context::FIND, find(2), Some(&[0; 10]))).unwrap();
    wait_for(|| server.metrics().bytes_in.get() > at).await;
    // More than its peer has room for, and all of it with the system.
    wait_for(|| server.metrics().bytes_out.get() > 1_000_000).await;
    stream.write_all(&message(context::FIND, find(3), Some(&vec![0; 30_000]))).unwrap();
    server.stop(Duration::ZERO).await;
    // Closed with bytes that were not read the connection would be reset, and what has not arrived yet be lost.
    let read = tokio::task::spawn_blocking(move || heard(&mut stream)).await.unwrap();
    assert_eq!(read, (20, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_nothing_before_an_abort_is_not_waited_for() {
    let server = start(Arc::new(answering(20, 2_000_000)), |config| {
        config.times.artim = Duration::from_millis(300);
    });
    let mut stream = ask(server.address(), None);
    stream.write_all(&message(context::FIND, find(1), Some(&[0; 10]))).unwrap();
    wait_for(|| server.metrics().timed_out.get() > 0).await;
    wait_for(|| server.associations() == 0).await;
    drop(stream);
}

/// Answers whose copies would be more than may be held: the first ones leave, and the last of them is none that says that all were sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_there_is_no_memory_for_are_left_out_from_the_first_one_on() {
    // Even half of it is more than the system takes of what nobody reads.
    const QUOTA: usize = 32 << 20;
    for of_all in [usize::MAX, QUOTA] {
        let server = start(Arc::new(answering(31, 4_000_000)), |config| {
            config.quotas.of_a_message = if of_all == QUOTA { usize::MAX } else { QUOTA };
            config.quotas.held = of_all;
        });
        let mut streams = [ask(server.address(), None), ask(server.address(), None)];
        for stream in &mut streams {
            stream.write_all(&message(context::FIND, find(1), Some(&[0; 10]))).unwrap();
        }
        // Nothing is read before both have ended.
        let has_ended = || server.handles().iter().filter(|one| one.outcome().is_some()).count() == 2;
        wait_for(has_ended).await;
        assert!(server.held() > QUOTA / 2, "{} bytes are held", server.held());
        let most = if of_all == QUOTA { QUOTA } else { 2 * QUOTA };
        for mut stream in streams {
            assert!(server.held() <= most, "{} bytes are held", server.held());
            let (count, is_aborted) = tokio::task::spawn_blocking(move || heard(&mut stream)).await.unwrap();
            assert!(is_aborted && count < 31, "{count} messages, abort: {is_aborted}");
        }
        wait_for(|| server.associations() == 0).await;
        assert_eq!(server.held(), 0, "what has left, or cannot, is held no more");
    }
}

/// A peer that releases while we ask it something, and has not taken the answers to what it asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_leave_before_a_release_that_meets_a_request_of_ours() {
    let app = App::serving(|request: Request| {
        let association = request.association.clone();
        // Nobody answers it.
        tokio::spawn(async move { association.echo(context::VERIFICATION).await });
        tokio::spawn(async move {
            for _ in 0..20 {
                request.replies.send(found(0, 0xFF00), Some(Body::bytes(vec![0; 2_000_000]))).await.unwrap();
            }
            request.replies.send(found(0, 0), None).await.unwrap();
        });
    });
    let server = start(Arc::new(app), |config| config.times.artim = Duration::from_secs(2));
    let mut stream = ask(server.address(), None);
    stream.write_all(&message(context::FIND, find(1), Some(&[0; 10]))).unwrap();
    let sent = || server.metrics().bytes_out.get();
    wait_for(|| sent() > 1_000_000).await;
    let before = server.metrics().bytes_in.get();
    // A-RELEASE-RQ.
    stream.write_all(&[5, 0, 0, 0, 0, 4, 0, 0, 0, 0]).unwrap();
    wait_for(|| server.metrics().bytes_in.get() > before).await;
    let read = tokio::task::spawn_blocking(move || heard(&mut stream)).await.unwrap();
    assert_eq!(read, (22, false));
}
