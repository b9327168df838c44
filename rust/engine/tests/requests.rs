//! Requests that an application answers: many responses, cancellation, windows, and what is answered where nobody does.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use both::{App, FIND, connect, context, proposal, start, wait_for};
use radiogram_engine::{Body, Ending, Error, Request, Response, implementation};
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Message, Outcome, c_find, c_get};
use radiogram_net::item::OperationsWindow;
use radiogram_net::negotiation::{Acceptor, Offer};
use radiogram_net::pdu::Abort;
use radiogram_net::{AbortReason, Framer, Limits, Uid, Unit};
use tokio::sync::Semaphore;

fn find() -> c_find::Request {
    c_find::Request { sop_class: Uid::new(FIND), id: 0, priority: Priority::Medium }
}

fn found(status: u16) -> c_find::Response {
    c_find::Response { sop_class: Some(Uid::new(FIND)), id: 0, outcome: Outcome::of(status) }
}

fn status(response: &Response) -> u16 {
    response.message.outcome().unwrap().status.0
}

/// Answers with as many pending responses as are taken until it is cancelled, and counts them.
fn endless(count: Arc<AtomicUsize>) -> App {
    App::serving(move |request: Request| {
        let count = Arc::clone(&count);
        tokio::spawn(async move {
            let identifier = request.data.clone().unwrap_or_default();
            while !request.replies.is_cancelled() {
                if request.replies.send(found(0xFF00), Some(identifier.clone().into())).await.is_err() {
                    return;
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
            let _ = request.replies.send(found(0xFE00), None).await;
        });
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_come_one_after_the_other_and_can_be_cancelled() {
    let server = start(Arc::new(endless(Arc::default())), |_| {});
    let association = connect(&server).await;
    let identifier = vec![8, 0, 0x52, 0, 4, 0, 0, 0, b'S', b'T', b'U', b'D'];
    for round in 1..=3 {
        let exchange =
            association.request(context::FIND, find(), Some(identifier.clone().into())).await.unwrap();
        assert_eq!(exchange.message_id(), round);
        for _ in 0..500 {
            let response = exchange.next().await.unwrap().unwrap();
            assert_eq!((status(&response), response.data.as_ref()), (0xFF00, Some(&identifier)));
        }
        exchange.cancel();
        let mut last = 0xFF00;
        while let Some(response) = exchange.next().await.unwrap() {
            last = status(&response);
        }
        assert_eq!(last, 0xFE00);
        assert_eq!(exchange.next().await.unwrap(), None);
    }
    assert_eq!(association.echo(context::VERIFICATION).await.unwrap(), Outcome::default());
    association.release().await.unwrap();
    assert_eq!(association.outcome(), Some(Ending::Released));
}

/// Who does not take responses holds up those who make them, and nothing grows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_holds_the_responses_up() {
    let count = Arc::new(AtomicUsize::new(0));
    let server = start(Arc::new(endless(Arc::clone(&count))), |_| {});
    let association = connect(&server).await;
    let identifier = vec![0; 100_000];
    let exchange = association.request(context::FIND, find(), Some(identifier.into())).await.unwrap();
    exchange.next().await.unwrap().unwrap();
    let mut made = usize::MAX;
    while made != count.load(Ordering::Relaxed) {
        made = count.load(Ordering::Relaxed);
        assert!(made < 1000, "it goes on without being read");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    // What both systems hold for a connection, 1 MiB of ours, and 32 replies.
    assert!(made < 300, "{made} responses of 100 kB");
    for _ in 0..2 * made {
        exchange.next().await.unwrap().unwrap();
    }
    // Nobody wants them any more, but the association lives.
    exchange.cancel();
    drop(exchange);
    wait_for(|| server.handles().len() == 1).await;
    assert_eq!(association.echo(context::VERIFICATION).await.unwrap(), Outcome::default());
    association.release().await.unwrap();
}

/// As many operations as were agreed on are under way, the next one waits for a place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operations_are_as_many_as_were_agreed_on() {
    let gate = Arc::new(Semaphore::new(0));
    let begun: Arc<Mutex<Vec<u16>>> = Arc::default();
    let (opened, seen) = (Arc::clone(&gate), Arc::clone(&begun));
    let app = App::serving(move |request: Request| {
        let opened = Arc::clone(&opened);
        seen.lock().unwrap().push(request.command.id());
        tokio::spawn(async move {
            opened.acquire().await.unwrap().forget();
            request.replies.send(found(0), None).await.unwrap();
        });
    });
    let server = start(Arc::new(app), |_| {});
    let mut wanted = proposal();
    wanted.user().window = Some(OperationsWindow { invoked: 3, performed: 1 });
    let caller = both::caller(Arc::new(App::default()), |_| {});
    let association = caller.associate(server.address(), wanted.finish()).await.unwrap();
    let body = || Some(Body::bytes(vec![0; 8]));
    let mut exchanges = Vec::new();
    for _ in 0..3 {
        exchanges.push(association.request(context::FIND, find(), body()).await.unwrap());
    }
    let fourth =
        tokio::time::timeout(Duration::from_millis(200), association.request(context::FIND, find(), body()));
    assert!(fourth.await.is_err(), "a fourth operation has begun");
    wait_for(|| begun.lock().unwrap().len() == 3).await;
    gate.add_permits(1);
    let fourth = association.request(context::FIND, find(), body()).await.unwrap();
    gate.add_permits(3);
    exchanges.push(fourth);
    for exchange in exchanges {
        assert_eq!(exchange.outcome().await.unwrap(), Outcome::default());
    }
    assert_eq!(*begun.lock().unwrap(), [1, 2, 3, 4]);
    association.release().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_serves_is_answered_with_the_reason() {
    let server = start(Arc::new(App::default()), |_| {});
    let association = connect(&server).await;
    let outcome = |status| async move { Outcome::of(status) };
    let asked = association.request(context::FIND, find(), Some(vec![0; 8].into())).await.unwrap();
    assert_eq!(asked.outcome().await.unwrap(), outcome(0x0211).await);

    // An application that forgets it.
    let server = start(Arc::new(App::serving(drop)), |config| config.quotas.of_a_message = 1000);
    let association = connect(&server).await;
    let asked = association.request(context::FIND, find(), Some(vec![0; 8].into())).await.unwrap();
    assert_eq!(asked.outcome().await.unwrap(), outcome(0x0110).await);
    // A data set that is larger than the application takes.
    let asked = association.request(context::FIND, find(), Some(vec![0; 100_000].into())).await.unwrap();
    assert_eq!(asked.outcome().await.unwrap(), outcome(0x0213).await);
    let asked = association.request(context::FIND, find(), Some(vec![0; 8].into())).await.unwrap();
    assert_eq!(asked.outcome().await.unwrap(), outcome(0x0110).await);

    assert!(matches!(association.request(99, find(), None).await, Err(Error::Refused(_))));
    assert!(matches!(association.request(context::FIND, found(0), None).await, Err(Error::Refused(_))));
    association.release().await.unwrap();
    assert!(matches!(association.echo(1).await, Err(Error::Released)));
}

/// An answer that never comes ends the association, for both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_does_not_come_is_not_waited_for() {
    let held: Arc<Mutex<Vec<Request>>> = Arc::default();
    let shelf = Arc::clone(&held);
    let server = start(Arc::new(App::serving(move |request| shelf.lock().unwrap().push(request))), |_| {});
    let caller = both::caller(Arc::new(App::default()), |config| {
        config.times.dimse = Duration::from_millis(300);
    });
    let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
    let exchange = association.request(context::FIND, find(), Some(vec![0; 8].into())).await.unwrap();
    assert!(matches!(exchange.next().await, Err(Error::TimedOut(_))));
    assert!(matches!(association.outcome(), Some(Ending::TimedOut(_))));
    wait_for(|| held.lock().unwrap().len() == 1).await;
    let request = held.lock().unwrap().pop().unwrap();
    request.replies.cancelled().await;
    assert!(matches!(request.association.ended().await, Ending::Aborted(_)));
    assert!(request.replies.send(found(0), None).await.is_err());
}

/// A pending response is progress, and so is work of our own. A machine that stands still is given more time, which tells nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_still_answers_is_waited_for() {
    for patience in [1200, 4800] {
        if answered_within(Duration::from_millis(patience)).await {
            return;
        }
    }
    assert!(answered_within(Duration::from_secs(20)).await, "it was not waited for");
}

/// True where answers that take one and a half times as long as that in all, each a quarter of it, are waited for.
async fn answered_within(patience: Duration) -> bool {
    let app = App::serving(move |request: Request| {
        tokio::spawn(async move {
            for _ in 0..6 {
                tokio::time::sleep(patience / 4).await;
                let get = |status, remaining| c_get::Response {
                    sop_class: None,
                    id: 0,
                    outcome: Outcome::of(status),
                    remaining,
                    completed: None,
                    failed: None,
                    warnings: None,
                };
                if request.replies.send(get(0xFF00, Some(1)), None).await.is_err() {
                    return;
                }
            }
            drop(request);
        });
    });
    let server = start(Arc::new(app), |config| config.times.idle = patience);
    let caller = both::caller(Arc::new(App::default()), |config| config.times.dimse = patience);
    let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
    let get = c_get::Request { sop_class: Uid::new(both::GET), id: 7, priority: Priority::Medium };
    let exchange = association.request(context::GET, get, Some(vec![0; 8].into())).await.unwrap();
    assert_eq!(exchange.message_id(), 7);
    let mut count = 0;
    loop {
        let said = match exchange.next().await {
            Err(Error::TimedOut(_) | Error::Aborted(_)) => return false,
            other => other.unwrap(),
        };
        let Some(response) = said else { break };
        assert!(matches!(response.message, Message::CGetRsp(_)), "{response:?}");
        count += 1;
    }
    assert_eq!(count, 7);
    association.release().await.unwrap();
    true
}

/// Whoever goes away in the middle of an answer is noticed by the one who answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_goes_away_is_noticed_by_who_answers() {
    let held: Arc<Mutex<Vec<Request>>> = Arc::default();
    let shelf = Arc::clone(&held);
    let server = start(Arc::new(App::serving(move |request| shelf.lock().unwrap().push(request))), |_| {});
    let association = connect(&server).await;
    let exchange = association.request(context::FIND, find(), Some(vec![0; 8].into())).await.unwrap();
    wait_for(|| held.lock().unwrap().len() == 1).await;
    association.abort();
    assert!(matches!(exchange.next().await, Err(Error::Dropped)));
    let request = held.lock().unwrap().pop().unwrap();
    tokio::time::timeout(both::LONG, request.replies.cancelled()).await.unwrap();
    assert!(request.replies.send(found(0xFF00), None).await.is_err());
    drop(request);
}

/// What was asked before the release is answered before it, as long as that does not take too long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_come_before_the_release_that_was_asked_for_behind_them() {
    let app = App::serving(|request: Request| {
        tokio::spawn(async move {
            request.replies.cancelled().await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            request.replies.send(found(0xFE00), None).await.unwrap();
        });
    });
    let server = start(Arc::new(app), |_| {});
    let association = connect(&server).await;
    let exchange = association.request(context::FIND, find(), Some(vec![0; 8].into())).await.unwrap();
    association.release().await.unwrap();
    assert_eq!(exchange.outcome().await.unwrap(), Outcome::of(0xFE00));

    // What is asked after our release is not sent, and that is told.
    let association = connect(&server).await;
    let (released, asked) = tokio::join!(association.release(), association.echo(context::VERIFICATION));
    released.unwrap();
    assert!(matches!(asked, Err(Error::Released)), "{asked:?}");

    // An application that never answers.
    let held: Arc<Mutex<Vec<Request>>> = Arc::default();
    let shelf = Arc::clone(&held);
    let server =
        start(Arc::new(App::serving(move |request| shelf.lock().unwrap().push(request))), |config| {
            config.times.artim = Duration::from_millis(300);
        });
    let association = connect(&server).await;
    let exchange = association.request(context::FIND, find(), Some(vec![0; 8].into())).await.unwrap();
    wait_for(|| held.lock().unwrap().len() == 1).await;
    association.release().await.unwrap();
    assert!(matches!(exchange.next().await, Err(Error::Released)));
    let request = held.lock().unwrap().pop().unwrap();
    assert_eq!(request.association.ended().await, Ending::Released);
}

/// A peer that takes no more has said why, and that is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abort_is_heard_although_the_rest_cannot_be_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let peer = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut framer, mut buffer) = (Framer::new(Limits::DEFAULT), [0; 4096]);
        let request = loop {
            let count = stream.read(&mut buffer).unwrap();
            let mut input = buffer.get(..count).unwrap();
            if let Some(Unit::AssociateRq(request)) = framer.next(&mut input).unwrap() {
                break request;
            }
        };
        let mut acceptor = Acceptor::new(implementation());
        acceptor.offers.others = Some(Offer::provided(Vec::new()));
        let mut pdus = Vec::new();
        acceptor.answer(&request, &mut ()).unwrap().0.encode(&mut pdus).unwrap();
        stream.write_all(&pdus).unwrap();
        // It takes some, aborts, and closes with bytes that it has not read: the connection is reset.
        stream.read_exact(&mut [0; 4096]).unwrap();
        pdus.clear();
        Abort::provider(AbortReason::InvalidParameter).encode(&mut pdus);
        stream.write_all(&pdus).unwrap();
    });
    let caller = both::caller(Arc::new(App::default()), |_| {});
    let association = caller.associate(address, proposal().finish()).await.unwrap();
    let body = Body::bytes(vec![0; 50_000_000]);
    let outcome = association.store(context::CT, Uid::new(both::CT), Uid::new("1.2"), body).await;
    assert!(matches!(outcome, Err(Error::Aborted(_))), "{outcome:?}");
    peer.join().unwrap();
}
