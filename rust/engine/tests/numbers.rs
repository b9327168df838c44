//! Numbers of messages where a peer answers late: none is given again while something may still be said of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as it should be ends a test")]

mod both;

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use both::{App, FIND, GET, context, proposal};
use radiogram_engine::{Ending, Exchange, Handle, implementation};
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Command, Message, Outcome, Pieces, c_find, c_get};
use radiogram_net::item::OperationsWindow;
use radiogram_net::negotiation::{Acceptor, Offer};
use radiogram_net::{Framer, Limits, Uid, Unit};

const ONCE_MORE: u16 = 0xB001;

/// A peer whose every word is said by a test.
struct Peer {
    stream: TcpStream,
    framer: Framer,
    command: Vec<u8>,
    heard: VecDeque<Message>,
}

impl Peer {
    /// Accepts an association, with any window that is proposed.
    fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let framer = Framer::new(Limits::DEFAULT);
        let mut peer = Self { stream, framer, command: Vec::new(), heard: VecDeque::new() };
        let mut acceptor = Acceptor::new(implementation());
        acceptor.window = OperationsWindow { invoked: 0, performed: 0 };
        acceptor.offers.others = Some(Offer::provided(Vec::new()));
        let mut answer = Vec::new();
        while answer.is_empty() {
            peer.read(|unit| {
                if let Unit::AssociateRq(request) = unit {
                    acceptor.answer(&request, &mut ()).unwrap().0.encode(&mut answer).unwrap();
                }
            });
        }
        peer.stream.write_all(&answer).unwrap();
        peer
    }

    fn read(&mut self, mut take: impl FnMut(Unit<'_>)) {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the connection is closed");
        let mut input = &buffer[..count];
        while let Some(unit) = self.framer.next(&mut input).unwrap() {
            take(unit);
        }
    }

    /// The number of the next request, or of its C-CANCEL.
    fn next(&mut self) -> u16 {
        while self.heard.is_empty() {
            let (mut command, mut heard) = (std::mem::take(&mut self.command), VecDeque::new());
            self.read(|unit| {
                if let Unit::Fragment(one) = unit
                    && one.is_command
                {
                    command.extend_from_slice(one.bytes);
                    if one.is_last {
                        heard.push_back(Command::decode(&std::mem::take(&mut command)).unwrap().message);
                    }
                }
            });
            (self.command, self.heard) = (command, heard);
        }
        self.heard.pop_front().unwrap().id()
    }

    fn say(&mut self, context: u8, message: impl Into<Message>, data: Option<&[u8]>) {
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
        self.stream.write_all(&out).unwrap();
    }

    /// Answers a C-FIND: with a match where it is pending.
    fn find(&mut self, id: u16, status: u16) {
        let message = c_find::Response { sop_class: Some(Uid::new(FIND)), id, outcome: Outcome::of(status) };
        self.say(context::FIND, message, (status == 0xFF00).then_some(&[0; 8]));
    }

    /// Answers a C-GET.
    fn get(&mut self, id: u16, status: u16) {
        let (sop_class, outcome) = (Some(Uid::new(GET)), Outcome::of(status));
        let remaining = (status == 0xFF00).then_some(1);
        let (completed, failed, warnings) = (None, None, None);
        let message = c_get::Response { sop_class, id, outcome, remaining, completed, failed, warnings };
        self.say(context::GET, message, None);
    }

    /// Waits until the other side has ended the association, and closes the connection.
    fn end(mut self) {
        let _ = self.stream.read(&mut [0; 4096]);
    }
}

fn listen(script: impl FnOnce(Peer) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, std::thread::spawn(move || script(Peer::accept(&listener))))
}

/// An association that has so many operations at once.
async fn connect(address: SocketAddr, invoked: u16) -> Handle {
    let mut wanted = proposal();
    wanted.user().window = Some(OperationsWindow { invoked, performed: 1 });
    both::caller(Arc::new(App::default()), |_| {}).associate(address, wanted.finish()).await.unwrap()
}

/// A query whose number is wanted to be 1, as that of each query is whose user gives none.
async fn find(association: &Handle) -> Exchange {
    let request = c_find::Request { sop_class: Uid::new(FIND), id: 1, priority: Priority::Medium };
    association.request(context::FIND, request, Some(vec![0; 8].into())).await.unwrap()
}

async fn get(association: &Handle) -> Exchange {
    let request = c_get::Request { sop_class: Uid::new(GET), id: 1, priority: Priority::Medium };
    association.request(context::GET, request, Some(vec![0; 8].into())).await.unwrap()
}

/// All that it is answered.
async fn statuses(exchange: &Exchange) -> Vec<u16> {
    let mut all = Vec::new();
    while let Some(response) = exchange.next().await.unwrap() {
        all.push(response.message.outcome().unwrap().status.0);
    }
    all
}

/// A repository says success after its limit, when the next query is there already: that query is not ended by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_after_a_limit_does_not_end_the_next_query() {
    let (address, peer) = listen(|mut peer| {
        let first = peer.next();
        peer.find(first, 0xFF00);
        peer.find(first, ONCE_MORE);
        let second = peer.next();
        peer.find(first, 0);
        peer.find(second, 0xFF00);
        peer.find(second, 0);
        let third = peer.next();
        peer.find(third, 0);
        peer.end();
    });
    let association = connect(address, 1).await;
    let first = find(&association).await;
    assert_eq!((first.message_id(), statuses(&first).await), (1, vec![0xFF00, ONCE_MORE]));
    let second = find(&association).await;
    assert_eq!((second.message_id(), statuses(&second).await), (2, vec![0xFF00, 0]));
    // All was said of the first one.
    let third = find(&association).await;
    assert_eq!((third.message_id(), statuses(&third).await), (1, vec![0]));
    association.abort();
    peer.join().unwrap();
}

/// Nor where several have reached their limits, whichever of them is spoken of again, and when.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_query_that_reached_its_limit_may_be_spoken_of_again() {
    let (address, peer) = listen(|mut peer| {
        let numbers = [peer.next(), peer.next()];
        for number in numbers {
            peer.find(number, ONCE_MORE);
        }
        let third = peer.next();
        for number in numbers {
            peer.find(number, 0);
        }
        peer.find(third, 0);
        // Once more is not twice more.
        peer.find(numbers[0], 0);
        peer.end();
    });
    let association = connect(address, 2).await;
    let (first, second) = (find(&association).await, find(&association).await);
    assert_eq!((statuses(&first).await, statuses(&second).await), (vec![ONCE_MORE], vec![ONCE_MORE]));
    let third = find(&association).await;
    assert_eq!((third.message_id(), statuses(&third).await), (3, vec![0]));
    assert!(matches!(association.ended().await, Ending::Failed(_)));
    peer.join().unwrap();
}

/// Who does not want the answers any more gets none of them for those of the next operation.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_abandoned_is_outstanding_until_its_last_answer() {
    let (address, peer) = listen(|mut peer| {
        let (query, retrieval) = (peer.next(), peer.next());
        peer.find(query, 0xFF00);
        peer.get(retrieval, 0xFF00);
        let numbers = [peer.next(), peer.next()];
        peer.find(query, 0xFF00);
        peer.find(query, 0);
        peer.get(retrieval, 0xB000);
        peer.find(numbers[0], 0xFF00);
        peer.find(numbers[0], 0);
        peer.get(numbers[1], 0);
        let last = peer.next();
        peer.find(last, 0);
        peer.end();
    });
    let association = connect(address, 0).await;
    let (query, retrieval) = (find(&association).await, get(&association).await);
    assert_eq!((query.message_id(), retrieval.message_id()), (1, 2));
    query.next().await.unwrap().unwrap();
    retrieval.next().await.unwrap().unwrap();
    drop((query, retrieval));
    let (query, retrieval) = (find(&association).await, get(&association).await);
    assert_eq!((query.message_id(), retrieval.message_id()), (3, 4));
    assert_eq!((statuses(&query).await, statuses(&retrieval).await), (vec![0xFF00, 0], vec![0]));
    let last = find(&association).await;
    assert_eq!((last.message_id(), statuses(&last).await), (1, vec![0]));
    association.abort();
    peer.join().unwrap();
}

/// A C-CANCEL that has met the last answer on its way names an operation that is no more, and none that comes later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_a_cancellation_that_came_too_late_is_not_given_again() {
    for (answer, next) in [(0, 2), (0xFE00, 1)] {
        let (address, peer) = listen(move |mut peer| {
            let first = peer.next();
            peer.find(first, 0xFF00);
            assert_eq!(peer.next(), first, "its C-CANCEL");
            peer.find(first, answer);
            let second = peer.next();
            peer.find(second, 0);
            peer.end();
        });
        let association = connect(address, 1).await;
        let first = find(&association).await;
        first.next().await.unwrap().unwrap();
        first.cancel();
        assert_eq!(statuses(&first).await, [answer]);
        let second = find(&association).await;
        assert_eq!((second.message_id(), statuses(&second).await), (next, vec![0]));
        association.abort();
        peer.join().unwrap();
    }
}
