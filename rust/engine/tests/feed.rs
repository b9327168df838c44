//! Instances that are given to who sends them as they come: each is told of once it is answered, whether more come or not.
//!
//! Seen to fail: without the wait for more in `Work::last` what comes later is never sent; without telling in `Sender::coming` an answered one
//! is told of only with the one after it, where several may be under way.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use both::{App, CT, file, proposal, start, wait_for};
use radiogram_engine::{Answer, Handle, Instance, NotSent, SendOptions, Sending, Sent, store_as_they_come};
use radiogram_net::item::OperationsWindow;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Longer than anything takes that is not held up.
const SOON: Duration = Duration::from_millis(100);

fn instance(number: usize) -> Instance {
    Instance::Bytes(Arc::new(file(&format!("1.2.3.{number}"), 20_000)))
}

async fn next(sending: &mut Sending) -> Sent {
    timeout(both::LONG, sending.next()).await.unwrap().unwrap()
}

async fn associate(server: &radiogram_engine::Server, window: u16) -> Handle {
    let mut wanted = proposal();
    wanted.user().window = Some(OperationsWindow { invoked: window, performed: 1 });
    both::caller(Arc::default(), |_| {}).associate(server.address(), wanted.finish()).await.unwrap()
}

/// A peer that answers so many.
fn answering(gate: &Arc<Semaphore>) -> App {
    let gate = Arc::clone(gate);
    App {
        answer: Some(Box::new(move |outcome| {
            let gate = Arc::clone(&gate);
            Answer::Later(Box::pin(async move {
                gate.acquire().await.unwrap().forget();
                outcome
            }))
        })),
        ..App::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_told_of_before_the_next_one_is_there() {
    let server = start(Arc::default(), |_| {});
    for window in [1, 3] {
        let association = associate(&server, window).await;
        let (feed, mut sending) = store_as_they_come(vec![association.clone()], SendOptions::default());
        for number in 0..20 {
            feed.push([instance(number)]);
            let sent = next(&mut sending).await;
            assert_eq!((sent.index, sent.sop_class.as_str(), sent.result.is_ok()), (number, CT, true));
        }
        feed.push((20..40).map(instance));
        drop(feed);
        let mut places = Vec::new();
        while let Some(sent) = timeout(both::LONG, sending.next()).await.unwrap() {
            places.push(sent.index);
        }
        places.sort_unstable();
        assert_eq!(places, (20..40).collect::<Vec<_>>());
        association.release().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_begun_is_taken_back() {
    let gate = Arc::new(Semaphore::new(0));
    let app = Arc::new(answering(&gate));
    let server = start(Arc::clone(&app), |_| {});
    let association = associate(&server, 1).await;
    let (feed, mut sending) = store_as_they_come(vec![association], SendOptions::default());
    feed.push((0..10).map(instance));
    wait_for(|| !app.kept.lock().unwrap().is_empty()).await;
    // The second one is read by then.
    tokio::time::sleep(SOON).await;
    let mut back = feed.take_back();
    back.sort_unstable();
    assert_eq!((back, feed.take_back()), ((1..10).collect(), Vec::new()));
    gate.add_permits(100);
    assert_eq!(next(&mut sending).await.index, 0);
    assert!(timeout(SOON, sending.next()).await.is_err(), "nothing is told of what was taken back");
    feed.push([instance(10)]);
    assert_eq!(next(&mut sending).await.index, 10);
    drop(feed);
    assert!(sending.next().await.is_none());
    assert_eq!(app.kept.lock().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_after_the_end_of_the_association_is_told_to_be_late() {
    let server = start(Arc::default(), |_| {});
    let association = associate(&server, 1).await;
    let (feed, mut sending) = store_as_they_come(vec![association.clone()], SendOptions::default());
    feed.push([instance(0)]);
    assert!(next(&mut sending).await.result.is_ok());
    association.abort();
    association.ended().await;
    feed.push([instance(1), instance(2)]);
    for place in [1, 2] {
        let sent = next(&mut sending).await;
        assert!(sent.index == place && matches!(sent.result, Err(NotSent::Ended(_))), "{sent:?}");
    }
}

/// Who has no interest in them any more ends it, with the feed open or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_listener_no_more_are_sent() {
    let gate = Arc::new(Semaphore::new(0));
    let app = Arc::new(answering(&gate));
    let server = start(Arc::clone(&app), |_| {});
    let association = associate(&server, 1).await;
    let alive = Arc::new(AtomicUsize::new(0));
    let counted = |number: usize| {
        let counted = Counted(file(&format!("1.2.3.{number}"), 100), Arc::clone(&alive));
        alive.fetch_add(1, Ordering::Relaxed);
        Instance::Bytes(Arc::new(counted))
    };
    let (feed, sending) = store_as_they_come(vec![association.clone()], SendOptions::default());
    feed.push((0..5).map(counted));
    wait_for(|| app.kept.lock().unwrap().len() == 1).await;
    drop(sending);
    gate.add_permits(100);
    feed.take_back();
    wait_for(|| alive.load(Ordering::Relaxed) == 0).await;
    assert!(app.kept.lock().unwrap().len() <= 2);
    drop(feed);
    association.release().await.unwrap();
}

/// Says when it is gone.
struct Counted(Vec<u8>, Arc<AtomicUsize>);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.1.fetch_sub(1, Ordering::Relaxed);
    }
}
