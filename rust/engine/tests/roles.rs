//! Both roles on one association: sub-operations of C-GET, events, large messages in both directions at the same time.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::sync::Arc;
use std::time::Duration;

use both::{App, COMMITMENT, CT, Folder, connect_with, context, data_set, file, proposal, start, wait_for};
use radiogram_engine::{
    Answer, Body, Decision, Ending, Error, Instance, Kept, NotSent, Request, SendOptions, Sent, Sink,
    store_over,
};
use radiogram_net::Uid;
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Message, Outcome, c_get, n_event_report};
use radiogram_net::item::{Extended, IdentityAc, IdentityKind, IdentityRq, OperationsWindow};
use radiogram_net::negotiation::Verdict;
use radiogram_net::pdu::{AssociateRj, RejectReason};

/// Serves C-GET by sending the files of a folder.
fn getting(files: Vec<Vec<u8>>) -> App {
    let files: Vec<Arc<Vec<u8>>> = files.into_iter().map(Arc::new).collect();
    App::serving(move |request: Request| {
        let files = files.clone();
        tokio::spawn(async move {
            let all = files.into_iter().map(|file| Instance::Bytes(file)).collect();
            let mut sending = request.association.store_all(all, SendOptions::default());
            let (mut completed, mut failed) = (0, 0);
            let count = |status, completed, failed| c_get::Response {
                sop_class: None,
                id: 0,
                outcome: Outcome::of(status),
                remaining: None,
                completed: Some(completed),
                failed: Some(failed),
                warnings: Some(0),
            };
            while let Some(sent) = sending.next().await {
                let is_good = sent.result.is_ok_and(|outcome| outcome.status.0 == 0);
                (completed, failed) = (completed + u16::from(is_good), failed + u16::from(!is_good));
                request.replies.send(count(0xFF00, completed, failed), None).await.unwrap();
            }
            request.replies.send(count(0, completed, failed), None).await.unwrap();
        });
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_for_comes_by_the_same_association() {
    let sizes = [0, 1000, 300_001, 3_000_000];
    let uid = |size: usize| format!("1.2.3.{size}");
    let server = start(Arc::new(getting(sizes.map(|size| file(&uid(size), size)).to_vec())), |_| {});
    let app = Arc::new(App::default());
    let association = connect_with(&server, Arc::clone(&app)).await;
    for round in 1..=2 {
        let get = c_get::Request { sop_class: Uid::new(both::GET), id: 0, priority: Priority::Medium };
        let exchange = association.request(context::GET, get, Some(vec![0; 8].into())).await.unwrap();
        let mut last = None;
        while let Some(response) = exchange.next().await.unwrap() {
            last = Some(response.message);
        }
        let Some(Message::CGetRsp(last)) = last else { panic!("{last:?}") };
        assert_eq!((last.completed, last.failed, last.outcome.status.0), (Some(4), Some(0), 0));
        let kept = app.kept.lock().unwrap();
        assert_eq!(kept.len(), 4 * round);
        for ((arrival, kept), size) in kept.iter().rev().zip(sizes.iter().rev()) {
            let Kept::Memory(bytes) = kept else { panic!("{kept:?}") };
            assert!(bytes.ends_with(&data_set(&uid(*size), *size)));
            assert_eq!(arrival.sop_instance.as_str(), uid(*size));
        }
    }
    association.release().await.unwrap();
}

/// An event for an association on which nothing goes on, told by either side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_are_told_by_either_side() {
    let hears = || {
        Arc::new(App::serving(|request: Request| {
            let Message::NEventReportRq(event) = &request.command else { panic!("{:?}", request.command) };
            assert_eq!((event.event_type, request.data.as_deref()), (2, Some(&[1, 2, 3, 4][..])));
            request.replies.fail(Outcome::default());
        }))
    };
    let server = start(hears(), |_| {});
    let association = connect_with(&server, hears()).await;
    let event = n_event_report::Request {
        sop_class: Uid::new(COMMITMENT),
        id: 0,
        sop_instance: Uid::new("1.2.840.10008.1.20.1.1"),
        event_type: 2,
    };
    let [theirs] = &server.handles()[..] else { panic!("one association") };
    for handle in [theirs, &association] {
        for _ in 0..3 {
            let body = Some(Body::bytes(vec![1, 2, 3, 4]));
            let told = handle.request(context::COMMITMENT, event.clone(), body).await.unwrap();
            assert_eq!(told.outcome().await.unwrap(), Outcome::default());
        }
    }
    association.release().await.unwrap();
    assert_eq!(theirs.ended().await, Ending::Released);
}

struct Shared(Arc<Vec<u8>>);
impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Neither side stops reading while it writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_messages_in_both_directions_pass_each_other() {
    let (ours, theirs) = (Arc::new(App::default()), Arc::new(App::default()));
    let server = start(Arc::clone(&theirs), |_| {});
    let association = connect_with(&server, Arc::clone(&ours)).await;
    let other = server.handles().pop().unwrap();
    let data = Arc::new(data_set("1.2.3", 40_000_000));
    let store = |handle: radiogram_engine::Handle| {
        let body = Body::bytes(Shared(Arc::clone(&data)));
        async move { handle.store(context::CT, Uid::new(CT), Uid::new("1.2.3"), body).await }
    };
    let (a, b) = tokio::join!(tokio::spawn(store(association.clone())), tokio::spawn(store(other)));
    assert_eq!((a.unwrap().unwrap(), b.unwrap().unwrap()), (Outcome::default(), Outcome::default()));
    for app in [ours, theirs] {
        let kept = app.kept.lock().unwrap();
        let Kept::Memory(bytes) = &kept[0].1 else { panic!("nothing was kept") };
        assert!(bytes.ends_with(&data));
    }
    association.release().await.unwrap();
}

async fn all(mut sending: radiogram_engine::Sending) -> Vec<Sent> {
    let mut all = Vec::new();
    while let Some(sent) = sending.next().await {
        all.push(sent);
    }
    all.sort_by_key(|sent| sent.index);
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_go_as_they_are_and_each_has_its_result() {
    let folder = Folder::new("files");
    let sizes = [0, 20_001, 524_288, (1 << 20) - 400, 1 << 20, 5_000_000];
    let uid = |size: usize| format!("1.2.3.{size}");
    let mut paths: Vec<_> =
        sizes.iter().map(|size| folder.put(&uid(*size), &file(&uid(*size), *size))).collect();
    paths.push(folder.put("text", b"no DICOM file"));
    paths.push(folder.0.join("missing"));
    let mut other = file("1.2.3.9", 1000);
    let at = other.windows(7).rposition(|bytes| bytes == b"1.2.3.9").unwrap();
    other[at + 6] = b'8';
    paths.push(folder.put("other", &other));
    let mr = file("1.2.3.7", 10);
    let (from, to) = (both::CT.as_bytes(), b"1.2.840.10008.5.1.4.1.1.4");
    let mr: Vec<u8> = {
        let mut mr = mr;
        while let Some(at) = mr.windows(from.len()).position(|bytes| bytes == from) {
            mr[at..at + to.len()].copy_from_slice(to);
        }
        mr
    };
    paths.push(folder.put("mr", &mr));
    for window in [1, 0, 4] {
        let app = Arc::new(App::default());
        let server = start(Arc::clone(&app), |config| config.acceptor.maximum_length = 16 << 10);
        let mut wanted = proposal();
        wanted.user().window = Some(OperationsWindow { invoked: window, performed: 1 });
        let association = both::caller(Arc::new(App::default()), |_| {})
            .associate(server.address(), wanted.finish())
            .await
            .unwrap();
        let sent = all(association.store_files(paths.clone(), SendOptions::default())).await;
        assert_eq!(sent.len(), paths.len());
        for (sent, size) in sent.iter().zip(sizes) {
            assert_eq!(sent.result.as_ref().unwrap(), &Outcome::default(), "{size}");
            assert_eq!((sent.sop_class.as_str(), sent.sop_instance.as_str()), (CT, uid(size).as_str()));
        }
        assert!(matches!(sent[6].result, Err(NotSent::Unfit(_))));
        assert!(matches!(sent[7].result, Err(NotSent::Unreadable(_))));
        assert!(matches!(sent[8].result, Err(NotSent::Unfit(_))), "{:?}", sent[8]);
        assert!(matches!(sent[9].result, Err(NotSent::NoContext)), "{:?}", sent[9]);
        let kept = std::mem::take(&mut *app.kept.lock().unwrap());
        assert_eq!(kept.len(), sizes.len());
        for (arrival, kept) in kept {
            let size: usize = arrival.sop_instance.as_str().rsplit('.').next().unwrap().parse().unwrap();
            let Kept::Memory(bytes) = kept else { panic!("{kept:?}") };
            assert!(bytes.ends_with(&data_set(&uid(size), size)), "{size}");
        }
        association.release().await.unwrap();
    }
}

/// Several associations share the work; what one of them has not begun when it ends is done by the others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn associations_share_the_work() {
    let app = Arc::new(App::default());
    let server = start(Arc::clone(&app), |_| {});
    let mut associations = Vec::new();
    for _ in 0..4 {
        associations.push(connect_with(&server, Arc::new(App::default())).await);
    }
    let uid = |number: usize| format!("1.2.3.{number}");
    let files: Vec<Instance> =
        (0..100).map(|number| Instance::Bytes(Arc::new(file(&uid(number), 10_000 * (number % 7))))).collect();
    let sent = all(store_over(associations.clone(), files.clone(), SendOptions::default())).await;
    assert!(sent.iter().all(|sent| sent.result.as_ref().is_ok_and(|one| *one == Outcome::default())));
    assert_eq!((sent.len(), app.kept.lock().unwrap().len()), (100, 100));
    associations[1].abort();
    associations[1].ended().await;
    let sent = all(store_over(associations.clone(), files, SendOptions::default())).await;
    let good = sent.iter().filter(|sent| sent.result.is_ok()).count();
    assert_eq!((sent.len(), good), (100, 100));
}

/// A file whose end cannot be had ends the association: half a message cannot be taken back. What comes later says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_changes_is_not_sent_as_two_halves() {
    let folder = Folder::new("changes");
    let path = folder.put("file", &file("1.2.3.4", 30_000_000));
    let server = start(Arc::new(App::default()), |_| {});
    let association = connect_with(&server, Arc::new(App::default())).await;
    let body = Body::file(&path, 132).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(20_000_000).unwrap();
    let outcome = association.store(context::CT, Uid::new(CT), Uid::new("1.2.3.4"), body).await;
    assert!(matches!(outcome, Err(Error::Refused(_))), "{outcome:?}");
    assert_eq!(association.outcome(), Some(Ending::Dropped));
    wait_for(|| server.associations() == 0).await;
    let whole = folder.put("whole", &file("1.2.3.5", 1000));
    let sent = all(association.store_files([path, whole], SendOptions::default())).await;
    assert!(matches!(sent[0].result, Err(NotSent::Cut(_))), "{sent:?}");
    assert!(matches!(sent[1].result, Err(NotSent::Ended(_))), "{sent:?}");
}

/// Decisions that take their time hold their own association up, and no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_may_come_later() {
    let app = App {
        decide: Some(Box::new(|request| {
            let identity = request.user.identity.clone();
            Answer::Later(Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                let Some(user) = identity else { return Decision::default() };
                if user.primary == b"undecided" {
                    std::future::pending::<()>().await;
                }
                if user.primary == b"nobody" {
                    let rejection = Some(AssociateRj::permanent(RejectReason::User));
                    return Decision { rejection, ..Decision::default() };
                }
                let answer = IdentityAc { response: b"ticket".to_vec() };
                let extended = vec![Extended { sop_class: Uid::new(CT), information: vec![2, 0, 1] }];
                Decision { identity: Some(Verdict::Known(answer)), extended, ..Decision::default() }
            }))
        })),
        answer: Some(Box::new(|outcome| {
            Answer::Later(Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                outcome
            }))
        })),
        sink: Sink::Discard,
        ..App::default()
    };
    let server = start(Arc::new(app), |_| {});
    let caller = both::caller(Arc::new(App::default()), |_| {});
    let with = |primary: &[u8]| {
        let mut wanted = proposal();
        let kind = IdentityKind::Username;
        let (primary, secondary) = (primary.to_vec(), Vec::new());
        wanted.user().identity = Some(IdentityRq { kind, wants_response: true, primary, secondary });
        for class in [CT, both::FIND] {
            wanted.user().extended.push(Extended { sop_class: Uid::new(class), information: vec![1, 1, 1] });
        }
        wanted.finish()
    };
    let refused = caller.associate(server.address(), with(b"nobody")).await.unwrap_err();
    assert!(matches!(refused, Error::Rejected(why) if why.reason == RejectReason::User), "{refused}");
    let association = caller.associate(server.address(), with(b"somebody")).await.unwrap();
    let answer = association.answer_pdu().unwrap();
    let extended = Extended { sop_class: Uid::new(CT), information: vec![2, 0, 1] };
    assert_eq!(answer.user.extended, [extended]);
    assert_eq!(answer.user.identity_answer.unwrap().response, b"ticket");
    assert_eq!(association.request_pdu().unwrap().calling, both::title("CLIENT"));
    for uid in ["1.2.3", "1.2.4"] {
        let body = Body::bytes(data_set(uid, 100_000));
        let outcome = association.store(context::CT, Uid::new(CT), Uid::new(uid), body).await.unwrap();
        assert_eq!(outcome, Outcome::default());
    }
    association.release().await.unwrap();
    // Whoever goes while a decision is awaited is not held.
    let calling = tokio::time::timeout(
        Duration::from_millis(50),
        caller.associate(server.address(), with(b"undecided")),
    );
    assert!(calling.await.is_err());
    wait_for(|| server.associations() == 0).await;
}

/// An association that nobody holds is released.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_holds_is_released() {
    let server = start(Arc::new(App::default()), |_| {});
    let association = connect_with(&server, Arc::new(App::default())).await;
    let theirs = server.handles().pop().unwrap();
    let copy = association.clone();
    drop(association);
    assert_eq!(copy.echo(context::VERIFICATION).await.unwrap(), Outcome::default());
    drop(copy);
    assert_eq!(theirs.ended().await, Ending::Released);
    wait_for(|| server.associations() == 0).await;
}
