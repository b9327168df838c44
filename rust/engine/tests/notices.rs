//! What a watcher is told, and what becomes of peers that ask for more than was agreed on.
#![expect(clippy::unwrap_used, reason = "what is not as it should be ends a test")]

mod both;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use both::{App, FIND, VERIFICATION, context, proposal, start, wait_for};
use radiogram_engine::{Ending, Error, Handle, Notice, Request, Wants, Watcher};
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Assembler, Command, Outcome, Part, Pieces, c_echo, c_find};
use radiogram_net::{Framer, Limits, Uid, Unit};
use tokio::sync::Semaphore;

/// Keeps what it is told, in words.
struct Diary {
    wants: Wants,
    told: Mutex<Vec<String>>,
}

impl Diary {
    fn new(wants: Wants) -> Arc<Self> {
        Arc::new(Self { wants, told: Mutex::default() })
    }

    fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }
}

impl Watcher for Diary {
    fn wants(&self) -> Wants {
        self.wants
    }

    fn notice(&self, _: &Handle, notice: Notice<'_>) {
        self.told.lock().unwrap().push(match notice {
            Notice::Opened(_) => "opened".into(),
            Notice::Requested => "requested".into(),
            Notice::Established => "established".into(),
            Notice::Ended(ending) => format!("ended: {ending}"),
            Notice::Closed(_) => "closed".into(),
            Notice::BytesReceived(bytes) => format!("received {} bytes", bytes.len()),
            Notice::BytesSent(bytes) => format!("sent {} bytes", bytes.len()),
            Notice::PduReceived(kind) => format!("received {kind:?}"),
            Notice::PduSent(kind) => format!("sent {kind:?}"),
            Notice::Transition { from, event, action, to } => format!("{from:?} {event:?} {action:?} {to:?}"),
            Notice::MessageReceived(context, command) => {
                format!("received {} on {context}", command.message.field().name())
            }
            Notice::MessageSent(context, command) => {
                format!("sent {} on {context}", command.message.field().name())
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_beginning_and_the_end_are_told_to_both() {
    let (ours, theirs) = (Diary::new(Wants::default()), Diary::new(Wants::default()));
    let server = start(Arc::new(App::default()), |config| config.watcher = Some(theirs.clone()));
    let caller = both::caller(Arc::new(App::default()), |config| config.watcher = Some(ours.clone()));
    let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
    association.echo(context::VERIFICATION).await.unwrap();
    association.release().await.unwrap();
    let released = ["opened", "requested", "established", "ended: the association was released", "closed"];
    wait_for(|| theirs.told() == released).await;
    wait_for(|| ours.told() == ["opened", "established", "ended: the association was released", "closed"])
        .await;
    ours.told.lock().unwrap().clear();
    theirs.told.lock().unwrap().clear();

    let association = caller.associate(server.address(), proposal().finish()).await.unwrap();
    association.abort();
    wait_for(|| theirs.told().len() == 5 && ours.told().len() == 4).await;
    assert_eq!(theirs.told().get(3).unwrap(), "ended: the association was aborted by the application");
    assert_eq!(ours.told().get(2).unwrap(), "ended: the association was aborted on this side");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wanted_is_told() {
    let wants = Wants { bytes: true, pdus: true, transitions: true, messages: true };
    let theirs = Diary::new(wants);
    let server = start(Arc::new(App::default()), |config| config.watcher = Some(theirs.clone()));
    let association = both::connect(&server).await;
    association.echo(context::VERIFICATION).await.unwrap();
    association.release().await.unwrap();
    wait_for(|| theirs.told().last().is_some_and(|last| last == "closed")).await;
    let told = theirs.told();
    let mut at = 0;
    for expected in [
        "opened",
        "Sta1 TransportIndication Ae5 Sta2",
        "received AssociateRq",
        "Sta2 AssociateRqPdu Ae6 Sta3",
        "requested",
        "Sta3 AssociateAccept Ae7 Sta6",
        "sent AssociateAc",
        "established",
        "received DataTf",
        "Sta6 DataPdu Dt2 Sta6",
        "received C-ECHO-RQ on 1",
        "sent C-ECHO-RSP on 1",
        "Sta6 DataRequest Dt1 Sta6",
        "sent DataTf",
        "received ReleaseRq",
        "sent ReleaseRp",
        "ended: the association was released",
        "closed",
    ] {
        let found = told.iter().skip(at).position(|one| one == expected);
        at += 1 + found.unwrap_or_else(|| panic!("{expected} is not among {:#?}", told.get(at..)));
    }
    for bytes in ["received", "sent"] {
        assert!(told.iter().any(|one| one.starts_with(bytes) && one.ends_with(" bytes")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_rejected_or_no_request_is_told_as_that() {
    let theirs = Diary::new(Wants::default());
    let server = start(Arc::new(App::default()), |config| {
        config.watcher = Some(theirs.clone());
        config.quotas.associations = 1;
    });
    let held = both::connect(&server).await;
    let caller = both::caller(Arc::new(App::default()), |_| {});
    let refused = caller.associate(server.address(), proposal().finish()).await;
    assert!(matches!(refused, Err(Error::Rejected(_))));
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    wait_for(|| theirs.told().iter().filter(|one| one.starts_with("ended")).count() == 2).await;
    let told = theirs.told();
    let ends: Vec<&String> = told.iter().filter(|one| one.starts_with("ended")).collect();
    assert!(ends.iter().any(|one| one.contains("rejected for now")), "{ends:?}");
    assert!(ends.iter().any(|one| one.contains("broke the protocol")), "{ends:?}");
    held.release().await.unwrap();
    assert_eq!(held.outcome(), Some(Ending::Released));
}

/// A peer without a window that asks for everything at once is served one after the other, and what waits is bounded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_beyond_the_window_wait_for_their_turn() {
    let (gate, begun) = (Arc::new(Semaphore::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (opened, seen) = (Arc::clone(&gate), Arc::clone(&begun));
    let app = App::serving(move |request: Request| {
        seen.lock().unwrap().push(request.command.id());
        let opened = Arc::clone(&opened);
        tokio::spawn(async move {
            opened.acquire().await.unwrap().forget();
            request.replies.fail(Outcome::default());
        });
    });
    let server = start(Arc::new(app), |_| {});
    let mut bytes = Vec::new();
    proposal().finish().encode(&mut bytes).unwrap();
    for id in 1..=500 {
        let find = c_find::Request { sop_class: Uid::new(FIND), id, priority: Priority::Medium };
        let echo = c_echo::Request { sop_class: Uid::new(VERIFICATION), id: id + 1000 };
        put(&mut bytes, context::FIND, &Command { message: find.into(), has_data: true });
        for (head, content) in Pieces::new(context::FIND, false, true, &[7; 1000], 16_000) {
            bytes.extend_from_slice(&head.encode());
            bytes.extend_from_slice(content);
        }
        put(&mut bytes, context::VERIFICATION, &Command { message: echo.into(), has_data: false });
    }
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(&bytes).unwrap();
    wait_for(|| begun.lock().unwrap().len() == 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(*begun.lock().unwrap(), [1], "one at a time");
    assert!(server.held() < 300_000, "{} bytes wait", server.held());
    gate.add_permits(500);
    let answers = tokio::task::spawn_blocking(move || answers(stream, 1000)).await.unwrap();
    assert_eq!(answers.len(), 1000);
    for id in 1..=500 {
        let place = |id: u16| answers.iter().position(|one| *one == (id, 0)).unwrap();
        assert!(id == 1 || place(id) > place(id - 1), "in order");
    }
    wait_for(|| server.associations() == 0).await;
    assert_eq!(server.held(), 0);
}

/// A number that is in use means two requests at once (PS3.7 C.5.3): the second is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_stands_for_one_request() {
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let app = App::serving(move |request: Request| {
        let opened = Arc::clone(&opened);
        tokio::spawn(async move {
            opened.acquire().await.unwrap().forget();
            request.replies.fail(Outcome::default());
        });
    });
    let server = start(Arc::new(app), |_| {});
    let mut bytes = Vec::new();
    proposal().finish().encode(&mut bytes).unwrap();
    for _ in 0..2 {
        let find = c_find::Request { sop_class: Uid::new(FIND), id: 7, priority: Priority::Medium };
        put(&mut bytes, context::FIND, &Command { message: find.into(), has_data: true });
        for (head, content) in Pieces::new(context::FIND, false, true, &[7; 1000], 16_000) {
            bytes.extend_from_slice(&head.encode());
            bytes.extend_from_slice(content);
        }
    }
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(&bytes).unwrap();
    let second = stream.try_clone().unwrap();
    let refused = tokio::task::spawn_blocking(move || answers(second, 1)).await.unwrap();
    assert_eq!(refused, [(7, 0x0210)]);
    gate.add_permits(1);
    let answered = tokio::task::spawn_blocking(move || answers(stream, 1)).await.unwrap();
    assert_eq!(answered, [(7, 0)]);
}

fn put(bytes: &mut Vec<u8>, context: u8, command: &Command) {
    let mut set = Vec::new();
    command.encode(&mut set).unwrap();
    for (head, content) in Pieces::new(context, true, true, &set, 16_000) {
        bytes.extend_from_slice(&head.encode());
        bytes.extend_from_slice(content);
    }
}

/// The numbers of the messages that are answered, and with which status.
fn answers(mut stream: TcpStream, count: usize) -> Vec<(u16, u16)> {
    let (mut framer, mut assembler) = (Framer::new(Limits::DEFAULT), Assembler::new(Limits::DEFAULT));
    let (mut found, mut buffer) = (Vec::new(), vec![0; 65_536]);
    while found.len() < count {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "it is closed after {} answers", found.len());
        let mut input = buffer.get(..read).unwrap();
        while let Some(unit) = framer.next(&mut input).unwrap() {
            if let Unit::Fragment(fragment) = unit
                && let Part::Command(_, command) = assembler.take(fragment).unwrap()
            {
                found.push((command.message.id(), command.message.outcome().unwrap().status.0));
            }
        }
    }
    found
}
