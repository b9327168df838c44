//! Several operations of an association at once: as many as were agreed on, as far as there is memory for them, and each told of when it is answered.
//!
//! Seen to fail: without the bound on bytes in `UnderWay::fits`, in `Session::has_place`, and without its exception for requests of our own.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::sync::Arc;
use std::time::Duration;

use both::{App, CT, FIND, context, data_set, file, proposal, start, wait_for};
use radiogram_engine::{Answer, Body, Handle, Instance, SendOptions, Server, store_over};
use radiogram_net::Uid;
use radiogram_net::dimse::{Outcome, c_find};
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
            tokio::spawn(async move {
                let uid = Uid::new(&format!("1.2.3.{number}"));
                let data = data_set(uid.as_str(), 10 << 20);
                association.store(context::CT, Uid::new(CT), uid, Body::bytes(data)).await
            })
        })
        .collect();
    for there in 2..=4 {
        wait_for(|| count(&app) == there).await;
        sleep(SOON).await;
        assert_eq!(count(&app), there);
        gate.add_permits(1);
    }
    gate.add_permits(4);
    for store in stores {
        assert_eq!(store.await.unwrap().unwrap(), Outcome::default());
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
                let stored = request.association.store(context::CT, Uid::new(CT), uid, Body::bytes(data)).await;
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
            let request = c_find::Request { sop_class: Uid::new(FIND), id: 0, priority: Default::default() };
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
