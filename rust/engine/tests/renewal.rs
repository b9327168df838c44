//! Terms of a server that are changed while associations begin: each that is accepted afterwards is accepted on the new ones.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as it should be ends a test")]

mod both;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use both::{App, LONG, proposal, start, wait_for};
use radiogram_engine::{Answer, Decision, Lanes, Quotas, Server, Terms, Times, implementation};
use radiogram_net::negotiation::{Acceptor, Offer};
use radiogram_net::{Framer, Limits, Unit};
use tokio::sync::oneshot;
use tokio::task::yield_now;

/// The lengths of PDUs by which terms are told apart.
const NEW: u32 = 7168;

fn terms(times: Times) -> Terms {
    let mut acceptor = Acceptor::new(implementation());
    acceptor.maximum_length = NEW;
    acceptor.offers.others = Some(Offer::provided(Vec::new()));
    Terms { acceptor: Arc::new(acceptor), quotas: Quotas::default(), times: Arc::new(times) }
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address()).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

fn ask(stream: &mut TcpStream) {
    let mut request = Vec::new();
    proposal().finish().encode(&mut request).unwrap();
    stream.write_all(&request).unwrap();
}

/// The longest PDU that the answer to a request asks for; nothing where the connection is closed, or an abort comes.
async fn answered(stream: &TcpStream) -> Option<u32> {
    let mut stream = stream.try_clone().unwrap();
    let reading = tokio::task::spawn_blocking(move || {
        let (mut framer, mut buffer) = (Framer::new(Limits::DEFAULT), [0; 4096]);
        loop {
            let count = stream.read(&mut buffer).unwrap();
            let mut input = &buffer[..count];
            if count == 0 {
                return None;
            }
            match framer.next(&mut input).unwrap() {
                Some(Unit::AssociateAc(answer)) => return answer.user.maximum_length,
                Some(Unit::Abort(_)) => return None,
                _ => {}
            }
        }
    });
    reading.await.unwrap()
}

fn short(artim: Duration) -> Times {
    Times { artim, ..Times::default() }
}

/// One step of one task after the other: between that which admits a connection and that which is the association comes whoever renews.
#[test]
fn a_connection_that_is_just_admitted_begins_on_the_new_terms() {
    let steps = tokio::runtime::Builder::new_current_thread().event_interval(1).enable_all().build().unwrap();
    steps.block_on(async {
        let server = start(Arc::new(App::default()), |config| config.lanes = Lanes::default());
        let mut caught = 0;
        for _ in 0..20 {
            let mut stream = connect(&server);
            while server.associations() == 0 {
                yield_now().await;
            }
            caught += usize::from(server.handles().is_empty());
            server.renew(terms(Times::default()));
            ask(&mut stream);
            assert_eq!(answered(&stream).await, Some(NEW));
            drop(stream);
            wait_for(|| server.associations() == 0).await;
        }
        assert!(caught > 0, "none was caught between its admission and its beginning");
    });
}

/// The same of how long is waited: ARTIM (PS3.8 9.1.5) ends a connection that asks for nothing.
#[test]
fn a_connection_that_is_just_admitted_is_waited_for_as_long_as_is_said_now() {
    let steps = tokio::runtime::Builder::new_current_thread().event_interval(1).enable_all().build().unwrap();
    steps.block_on(async {
        let mut caught = 0;
        for _ in 0..5 {
            let server = start(Arc::new(App::default()), |config| {
                config.lanes = Lanes::default();
                config.times.artim = 10 * LONG;
            });
            let stream = connect(&server);
            while server.associations() == 0 {
                yield_now().await;
            }
            caught += usize::from(server.handles().is_empty());
            server.renew(terms(short(Duration::from_millis(50))));
            assert_eq!(answered(&stream).await, None);
        }
        assert!(caught > 0, "none was caught between its admission and its beginning");
    });
}

/// Nor is one missed by a server that stops: nobody is left who waits for its request.
#[test]
fn a_connection_that_is_just_admitted_ends_with_the_server() {
    let steps = tokio::runtime::Builder::new_current_thread().event_interval(1).enable_all().build().unwrap();
    steps.block_on(async {
        for is_dropped in [false, true] {
            let server = start(Arc::new(App::default()), |config| {
                config.lanes = Lanes::default();
                (config.times.artim, config.times.send) = (10 * LONG, Duration::from_millis(100));
            });
            let stream = connect(&server);
            while server.associations() == 0 {
                yield_now().await;
            }
            assert!(server.handles().is_empty(), "it has begun already");
            if is_dropped {
                drop(server);
            } else {
                server.stop(Duration::ZERO).await;
            }
            assert_eq!(answered(&stream).await, None);
        }
    });
}

/// Nor does it matter how long a connection was there before it asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_asks_afterwards_is_answered_on_the_new_terms() {
    let server = start(Arc::new(App::default()), |config| config.times.artim = 10 * LONG);
    let (mut asks, silent) = (connect(&server), connect(&server));
    wait_for(|| server.handles().len() == 2).await;
    server.renew(terms(short(10 * LONG)));
    ask(&mut asks);
    assert_eq!(answered(&asks).await, Some(NEW));
    // Its timer runs already.
    server.renew(terms(short(Duration::from_millis(50))));
    assert_eq!(answered(&silent).await, None);
}

/// What an application needs some time to decide on is decided on when it has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_that_comes_afterwards_is_one_on_the_new_terms() {
    let (decide, decided) = oneshot::channel::<()>();
    let decided = Mutex::new(Some(decided));
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let app = App {
        decide: Some(Box::new(move |_| {
            count.fetch_add(1, Ordering::Release);
            let decided = decided.lock().unwrap().take().unwrap();
            Answer::Later(Box::pin(async move {
                decided.await.unwrap();
                Decision::default()
            }))
        })),
        ..App::default()
    };
    let server = start(Arc::new(app), |_| {});
    let mut stream = connect(&server);
    ask(&mut stream);
    wait_for(|| asked.load(Ordering::Acquire) == 1).await;
    server.renew(terms(Times::default()));
    decide.send(()).unwrap();
    assert_eq!(answered(&stream).await, Some(NEW));
}
