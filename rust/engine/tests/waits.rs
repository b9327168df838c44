//! How long is waited, and how much is held, where both sides ask or several operations are under way.
//!
//! Seen to fail: with `Session::awaited` giving nothing while something is served, or the last operation instead of the first; with every full
//! exchange in `Session::is_held_up`; with `Held` let go once a request is complete, without the bound `MOST`, without the arm for `Taking` in
//! `Clock::deadline`, without `Clock::came`; with an hour for `ALONE` of connections.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use both::{App, CT, FIND, GET, LONG, context, data_set, free_port, proposal, start, wait_for};
use radiogram_engine::body::{Future, Source};
use radiogram_engine::{Answer, Body, CallConfig, Ending, Error, Exchange, Handle, Request, Server, Sink};
use radiogram_net::Uid;
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Outcome, c_find, c_get};
use radiogram_net::item::OperationsWindow;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// For answers, where it is to come to an end.
const PATIENCE: Duration = Duration::from_millis(400);

async fn associate(server: &Server, app: Arc<App>, change: impl FnOnce(&mut CallConfig)) -> Handle {
    let mut wanted = proposal();
    wanted.user().window = Some(OperationsWindow { invoked: 16, performed: 16 });
    both::caller(app, change).associate(server.address(), wanted.finish()).await.unwrap()
}

/// An application that answers no instance before there is a permit, but for those behind the first.
fn keeping(first: &Arc<Semaphore>, sink: Sink) -> App {
    let (first, count) = (Arc::clone(first), AtomicUsize::new(0));
    let answer = move |outcome| {
        if count.fetch_add(1, Ordering::Relaxed) > 0 {
            return Answer::Now(outcome);
        }
        let first = Arc::clone(&first);
        Answer::Later(Box::pin(async move {
            first.acquire().await.unwrap().forget();
            outcome
        }))
    };
    App { sink, answer: Some(Box::new(answer)), ..App::default() }
}

async fn store(association: &Handle, uid: &str, data: Vec<u8>) -> Result<Outcome, Error> {
    association.store(context::CT, Uid::new(CT), Uid::new(uid), Body::bytes(data)).await
}

async fn ask(association: &Handle, data: usize) -> Exchange {
    let find = c_find::Request { sop_class: Uid::new(FIND), id: 0, priority: Priority::Medium };
    association.request(context::FIND, find, Some(vec![0; data].into())).await.unwrap()
}

fn found(status: u16) -> c_find::Response {
    c_find::Response { sop_class: Some(Uid::new(FIND)), id: 0, outcome: Outcome::of(status) }
}

/// A data set with so many bytes of zeros at its end.
fn zeros(uid: &str, count: u32) -> Vec<u8> {
    let mut data = data_set(uid, 0);
    data.truncate(data.len() - 4);
    data.extend_from_slice(&count.to_le_bytes());
    data.resize(data.len() + count as usize, 0);
    data
}

/// Who asks for instances and never answers one: neither the association nor who serves it waits for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_of_a_retrieval_that_is_not_answered_is_not_waited_for() {
    let heard: Arc<Mutex<Option<Result<Outcome, Error>>>> = Arc::default();
    let tell = Arc::clone(&heard);
    let app = App::serving(move |request| {
        let tell = Arc::clone(&tell);
        tokio::spawn(async move {
            let Request { association, replies, .. } = request;
            let stored = store(&association, "1.2.3", data_set("1.2.3", 1000)).await;
            drop(replies);
            *tell.lock().unwrap() = Some(stored);
        });
    });
    let server = start(Arc::new(app), |config| config.times.dimse = PATIENCE);
    let never = Arc::new(Semaphore::new(0));
    let association = associate(&server, Arc::new(keeping(&never, Sink::Discard)), |_| {}).await;
    let get = c_get::Request { sop_class: Uid::new(GET), id: 0, priority: Priority::Medium };
    let asked = association.request(context::GET, get, Some(vec![0; 8].into())).await.unwrap();
    let ended = timeout(LONG / 6, asked.outcome()).await.unwrap();
    assert!(matches!(ended, Err(Error::Aborted(_))), "{ended:?}");
    wait_for(|| heard.lock().unwrap().is_some()).await;
    let stored = heard.lock().unwrap().take().unwrap();
    assert!(matches!(stored, Err(Error::TimedOut("no answer to a message"))), "{stored:?}");
}

/// An operation that a peer has lost comes to an end, however many others it answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_all_others_overtake_is_not_waited_for() {
    let never = Arc::new(Semaphore::new(0));
    let server = start(Arc::new(keeping(&never, Sink::Discard)), |_| {});
    let association = associate(&server, Arc::default(), |config| config.times.dimse = PATIENCE).await;
    let lost = association.clone();
    let lost = tokio::spawn(async move { store(&lost, "1.2.3", data_set("1.2.3", 10)).await });
    for number in 0.. {
        sleep(PATIENCE / 8).await;
        let uid = format!("1.2.4.{number}");
        if store(&association, &uid, data_set(&uid, 10)).await.is_err() {
            break;
        }
        assert!(number < 200, "it is waited for");
    }
    assert!(matches!(lost.await.unwrap(), Err(Error::TimedOut("no answer to a message"))));
}

/// Whoever does one after the other has all the time for each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_behind_a_slow_one_have_their_own_time() {
    // Six, each with half of the patience, one after the other.
    let turn = Arc::new(tokio::sync::Mutex::new(()));
    let answer = move |outcome| {
        let turn = Arc::clone(&turn);
        Answer::Later(Box::pin(async move {
            let _turn = turn.lock().await;
            sleep(PATIENCE).await;
            outcome
        }))
    };
    let app = App { answer: Some(Box::new(answer)), ..App::default() };
    let server = start(Arc::new(app), |_| {});
    let association = associate(&server, Arc::default(), |config| config.times.dimse = 4 * PATIENCE).await;
    let stores: Vec<_> = (0..8)
        .map(|number| {
            let association = association.clone();
            let uid = format!("1.2.3.{number}");
            tokio::spawn(async move { store(&association, &uid, data_set(&uid, 10)).await })
        })
        .collect();
    for one in stores {
        assert_eq!(one.await.unwrap().unwrap(), Outcome::default());
    }
}

/// Gives some bytes now and then.
struct Slow(std::vec::IntoIter<Vec<u8>>);

impl Source for Slow {
    fn next(&mut self) -> Future<'_, radiogram_engine::Result<Vec<u8>>> {
        Box::pin(async {
            sleep(PATIENCE / 4).await;
            Ok(self.0.next().unwrap_or_default())
        })
    }
}

/// An answer is not late while something long comes in front of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_still_sends_something_else_is_waited_for() {
    let app = App::serving(|request| {
        tokio::spawn(async move {
            let pieces: Vec<Vec<u8>> = data_set("1.2.3", 40_000).chunks(4000).map(<[u8]>::to_vec).collect();
            let body = Body::source(Slow(pieces.into_iter()));
            let stored = request.association.store(context::CT, Uid::new(CT), Uid::new("1.2.3"), body).await;
            assert_eq!(stored.unwrap(), Outcome::default());
            request.replies.fail(Outcome::of(0xC001));
        });
    });
    let server = start(Arc::new(app), |_| {});
    let association = associate(&server, Arc::default(), |config| config.times.dimse = PATIENCE).await;
    let answered = ask(&association, 10).await.outcome().await.unwrap();
    assert_eq!(answered.status.0, 0xC001);
}

/// A peer that is busy with one instance need not read the next ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_busy_with_one_need_not_take_the_next() {
    let first = Arc::new(Semaphore::new(0));
    let app = Arc::new(keeping(&first, Sink::Discard));
    let server = start(Arc::clone(&app), |_| {});
    let association = associate(&server, Arc::default(), |config| config.times.send = PATIENCE).await;
    let stores: Vec<_> = (0..3)
        .map(|number| {
            let association = association.clone();
            let uid = format!("1.2.3.{number}");
            tokio::spawn(async move { store(&association, &uid, zeros(&uid, 40 << 20)).await })
        })
        .collect();
    wait_for(|| !app.kept.lock().unwrap().is_empty()).await;
    sleep(3 * PATIENCE).await;
    assert_eq!(app.kept.lock().unwrap().len(), 1, "the next one is not read");
    first.add_permits(1);
    for one in stores {
        assert_eq!(one.await.unwrap().unwrap(), Outcome::default());
    }
}

/// What is asked before the answers to something else were taken is answered, as far as there is memory for those.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_are_not_taken_hold_up_no_other_operation() {
    const COUNT: usize = 300;
    let app = || {
        App::serving(|request: Request| {
            tokio::spawn(async move {
                for _ in 0..COUNT {
                    let body = Body::bytes(vec![0; 20_000]);
                    if request.replies.send(found(0xFF00), Some(body)).await.is_err() {
                        return;
                    }
                }
                let _ = request.replies.send(found(0), None).await;
            });
        })
    };
    for quota in [usize::MAX, 2 << 20] {
        let server = start(Arc::new(app()), |_| {});
        let association = associate(&server, Arc::default(), |config| config.quotas.held = quota).await;
        let asked = ask(&association, 10).await;
        // Nobody takes more than a few.
        assert!(asked.next().await.unwrap().is_some());
        sleep(PATIENCE / 4).await;
        let echoed = timeout(LONG / 6, association.echo(context::VERIFICATION)).await.unwrap();
        if quota == usize::MAX {
            assert_eq!(echoed.unwrap(), Outcome::default());
            for _ in 1..COUNT {
                assert!(asked.next().await.unwrap().is_some());
            }
            assert_eq!(asked.next().await.unwrap().unwrap().message.outcome(), Some(&Outcome::default()));
            assert!(asked.next().await.unwrap().is_none());
            association.release().await.unwrap();
        } else {
            assert!(echoed.is_err());
            assert!(matches!(association.outcome(), Some(Ending::Failed(_))), "{:?}", association.outcome());
        }
    }
}

/// Requests that an application has not answered yet count among what may be held.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_held_until_they_are_answered() {
    let shelf: Arc<Mutex<Vec<Request>>> = Arc::default();
    let kept = Arc::clone(&shelf);
    let app = App::serving(move |request| kept.lock().unwrap().push(request));
    let server = start(Arc::new(app), |config| config.quotas.held = 1_000_000);
    let association = associate(&server, Arc::default(), |_| {}).await;
    let asked = [ask(&association, 400_000).await, ask(&association, 400_000).await];
    wait_for(|| shelf.lock().unwrap().len() == 2).await;
    assert!(server.held() >= 800_000);
    let refused = ask(&association, 400_000).await.outcome().await.unwrap();
    assert_eq!(refused.status.0, 0x0213);
    shelf.lock().unwrap().drain(..).for_each(|request| request.replies.fail(Outcome::of(0xC001)));
    for one in asked {
        assert_eq!(one.outcome().await.unwrap().status.0, 0xC001);
    }
    wait_for(|| server.held() == 0).await;
    let taken = ask(&association, 400_000).await;
    wait_for(|| shelf.lock().unwrap().len() == 1).await;
    association.abort();
    assert!(taken.outcome().await.is_err());
    wait_for(|| server.held() == 0).await;
}

/// A peer that does not answer what we ask has no more of its own taken into memory than there is a bound for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_much_we_ask_not_everything_is_taken() {
    let never = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&never);
    let app = App {
        sink: Sink::Discard,
        answer: Some(Box::new(move |outcome| {
            let gate = Arc::clone(&gate);
            Answer::Later(Box::pin(async move {
                gate.acquire().await.unwrap().forget();
                outcome
            }))
        })),
        serve: Some(Box::new(|request| {
            tokio::spawn(async move {
                let Request { association, replies, .. } = request;
                let _ = store(&association, "1.2.3", data_set("1.2.3", 10)).await;
                drop(replies);
            });
        })),
        ..App::default()
    };
    let app = Arc::new(app);
    let server = start(Arc::clone(&app), |_| {});
    let peer = Arc::new(keeping(&never, Sink::Discard));
    let association = associate(&server, Arc::clone(&peer), |_| {}).await;
    let asked = ask(&association, 10).await;
    wait_for(|| !peer.kept.lock().unwrap().is_empty()).await;
    let large: Arc<[u8]> = zeros("1.2.4", 50 << 20).into();
    for number in 0..6 {
        let (association, large) = (association.clone(), Arc::clone(&large));
        tokio::spawn(async move {
            let stored = association.store(context::CT, Uid::new(CT), Uid::new("1.2.4"), Body::bytes(large));
            assert!(stored.await.is_err(), "none is answered");
        });
        wait_for(|| app.kept.lock().unwrap().len() == number + 1).await;
    }
    let refused = timeout(LONG, store(&association, "1.2.4", zeros("1.2.4", 10))).await.unwrap().unwrap();
    assert_eq!(refused.status.0, 0xA700);
    let refused = timeout(LONG, ask(&association, 10).await.outcome()).await.unwrap().unwrap();
    assert_eq!(refused.status.0, 0x0213);
    association.abort();
    assert!(asked.outcome().await.is_err());
}

/// Who waits for our answer has all its time for its own after that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_time_that_our_own_answer_takes_is_not_the_peers() {
    // The peer asks for an instance's storage first, and then takes some time itself.
    let app = App::serving(|request| {
        tokio::spawn(async move {
            let Request { association, replies, .. } = request;
            let stored = store(&association, "1.2.3", data_set("1.2.3", 10)).await;
            assert_eq!(stored.unwrap(), Outcome::default());
            sleep(PATIENCE * 2 / 3).await;
            replies.fail(Outcome::of(0xC001));
        });
    });
    let server = start(Arc::new(app), |_| {});
    let answer = |outcome| {
        Answer::Later(Box::pin(async move {
            sleep(PATIENCE * 2 / 3).await;
            outcome
        }))
    };
    let own = App { answer: Some(Box::new(answer)), ..App::default() };
    let association = associate(&server, Arc::new(own), |config| config.times.dimse = PATIENCE).await;
    let answered = ask(&association, 10).await.outcome().await.unwrap();
    assert_eq!(answered.status.0, 0xC001);
}

/// Memory is no matter of what is in a file already, or nowhere: what comes behind a large one waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_large_instance_the_next_one_waits() {
    let first = Arc::new(Semaphore::new(0));
    let app = Arc::new(keeping(&first, Sink::Discard));
    let server = start(Arc::clone(&app), |_| {});
    let association = associate(&server, Arc::default(), |_| {}).await;
    let large = association.clone();
    let large = tokio::spawn(async move { store(&large, "1.2.3", zeros("1.2.3", 260 << 20)).await });
    wait_for(|| !app.kept.lock().unwrap().is_empty()).await;
    let next = store(&association, "1.2.4", data_set("1.2.4", 10));
    let mut next = Box::pin(next);
    assert!(timeout(PATIENCE, &mut next).await.is_err(), "it waits");
    first.add_permits(1);
    assert_eq!(next.await.unwrap(), Outcome::default());
    assert_eq!(large.await.unwrap().unwrap(), Outcome::default());
}

/// An address that says nothing, as one does that a firewall swallows, and one where nobody listens: a further one of the same host is taken soon.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_is_reached_by_the_address_that_answers() {
    let server = start(Arc::default(), |_| {});
    let full = TcpSocket::new_v4().unwrap();
    full.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = full.listen(1).unwrap();
    let silent = full.local_addr().unwrap();
    // As many as wait for being accepted, and more: to these the system does not answer.
    let mut crowd = JoinSet::new();
    for _ in 0..8 {
        crowd.spawn(TcpStream::connect(silent));
    }
    sleep(PATIENCE / 4).await;
    let closed = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let caller = both::caller(Arc::default(), |config| config.times.connect = LONG / 4);
    for addresses in [vec![silent, closed, server.address()], vec![closed, server.address(), silent]] {
        let asked = caller.associate_with(addresses, "localhost", proposal().finish());
        let association = timeout(LONG / 12, asked).await.unwrap().unwrap();
        assert_eq!(association.peer(), server.address());
        association.release().await.unwrap();
    }
    let refused = caller.associate_with(vec![closed, closed], "localhost", proposal().finish()).await;
    assert!(matches!(refused, Err(Error::Io(_))), "{refused:?}");
}
