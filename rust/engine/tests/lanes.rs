//! Associations on threads of their own: spread over them, ended with them, and gone where nobody waits for them.

mod both;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use both::{App, caller, proposal, start};
use radiogram_engine::{Answer, CallConfig, Caller, Decision, Ending, Lanes};

#[tokio::test(flavor = "multi_thread")]
async fn associations_are_spread_over_all_lanes_and_none_is_elsewhere() {
    let lanes = Lanes::start(3).unwrap();
    let seen = Arc::new(Mutex::new(Vec::<ThreadId>::new()));
    let app = App {
        decide: Some(Box::new({
            let seen = Arc::clone(&seen);
            move |_| {
                assert_eq!(thread::current().name(), Some("radiogram-lane"));
                seen.lock().unwrap().push(thread::current().id());
                Answer::Now(Decision::default())
            }
        })),
        ..App::default()
    };
    let server = start(Arc::new(app), |config| config.lanes = lanes.clone());
    let mut held = Vec::new();
    for _ in 0..6 {
        let own = Caller::new(CallConfig::default());
        held.push(own.associate(server.address(), proposal().finish()).await.unwrap());
    }
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 3);
    assert!(seen.chunks(3).all(|three| three.iter().collect::<HashSet<_>>().len() == 3), "{seen:?}");
    for one in &held {
        assert_eq!(one.echo(1).await.unwrap().status.0, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_lanes_is_the_end_of_what_lives_there() {
    let lanes = Lanes::start(2).unwrap();
    let server = start(Arc::new(App::default()), |_| {});
    let own = caller(Arc::new(App::default()), |config| config.lanes = lanes.clone());
    let held = own.associate(server.address(), proposal().finish()).await.unwrap();
    tokio::task::spawn_blocking({
        let lanes = lanes.clone();
        move || lanes.end()
    })
    .await
    .unwrap();
    assert_eq!(held.outcome(), Some(Ending::Lost));
    assert!(held.echo(1).await.is_err());
    assert!(
        own.associate(server.address(), proposal().finish()).await.is_err(),
        "nothing lives there any more"
    );
    // Twice is once.
    lanes.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_waiting_for_an_association_has_none() {
    let (asked, mut told) = tokio::sync::mpsc::unbounded_channel();
    let app = App {
        decide: Some(Box::new(move |_| {
            asked.send(()).unwrap();
            Answer::Later(Box::pin(std::future::pending()))
        })),
        ..App::default()
    };
    let server = start(Arc::new(app), |_| {});
    let own = caller(Arc::new(App::default()), |_| {});
    let asking = tokio::spawn({
        let address = server.address();
        async move { own.associate(address, proposal().finish()).await }
    });
    told.recv().await.unwrap();
    asking.abort();
    while server.associations() > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
