//! Many instances over one association: heads are read ahead, data sets go from the disk to the peer, and none is held as a whole.

mod left;
mod load;
mod under_way;

use std::fmt;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Outcome, c_store};
use radiogram_net::negotiation::{Way, way_of};
use radiogram_net::{AeTitle, Uid};
use tokio::sync::mpsc;
use tokio::task::yield_now;

use self::left::{Next, Work};
use self::load::Loaded;
use self::under_way::UnderWay;
use crate::{Error, Handle, lanes};

pub use self::left::Feed;

/// Instances that are under way at once, however many the peer would take: of each the beginning is held.
const AT_ONCE: u16 = 16;
/// Results that wait for being taken.
const RESULTS: usize = 64;

/// An instance that is to be sent: a DICOM file.
#[derive(Clone)]
pub enum Instance {
    /// A file.
    File(PathBuf),
    /// The bytes of a file.
    Bytes(Arc<dyn AsRef<[u8]> + Send + Sync>),
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Bytes(bytes) => write!(f, "Bytes({})", (**bytes).as_ref().len()),
        }
    }
}

/// What all of them are sent with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SendOptions {
    /// How urgent it is.
    pub priority: Priority,
    /// Who asked for them by C-MOVE, and in which message.
    pub originator: Option<(AeTitle, u16)>,
}

/// Why an instance was not sent, or not answered.
#[derive(Debug)]
pub enum NotSent {
    /// It cannot be read.
    Unreadable(radiogram_core::Error),
    /// It is no DICOM file that can be sent: why.
    Unfit(&'static str),
    /// It is not all there: why. In no way is it to arrive as if it were.
    Cut(&'static str),
    /// No accepted context carries it as it is: it has to be brought into another transfer syntax, or to be sent elsewhere.
    NoContext,
    /// The association ended.
    Ended(Error),
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Unfit(why) | Self::Cut(why) => f.write_str(why),
            Self::NoContext => f.write_str("no accepted presentation context carries it as it is"),
            Self::Ended(error) => error.fmt(f),
        }
    }
}

/// What became of an instance.
#[derive(Debug)]
pub struct Sent {
    /// Which one it is, counted from 0.
    pub index: usize,
    /// Its SOP class, empty where it could not be read.
    pub sop_class: Uid,
    /// Its SOP instance.
    pub sop_instance: Uid,
    /// Its transfer syntax.
    pub transfer_syntax: Uid,
    /// What it was answered.
    pub result: Result<Outcome, NotSent>,
}

/// Instances on their way. Whoever drops it sends no more of them than those that are under way.
#[derive(Debug)]
pub struct Sending {
    sent: mpsc::Receiver<Sent>,
}

impl Sending {
    /// The next one that was answered, or was not sent; `None` after all of them. With several operations under way they come in the order of
    /// their answers.
    pub async fn next(&mut self) -> Option<Sent> {
        self.sent.recv().await
    }

    /// Waits for the next one, and gives it with those behind it; none after all of them.
    pub async fn next_many(&mut self) -> Vec<Sent> {
        let mut many = Vec::new();
        self.sent.recv_many(&mut many, RESULTS).await;
        many
    }

    /// Those that are there now.
    pub fn at_hand(&mut self) -> Vec<Sent> {
        std::iter::from_fn(|| self.sent.try_recv().ok()).take(RESULTS).collect()
    }
}

impl Handle {
    /// Sends files: each by the context of its class and transfer syntax, as many at once as the window of operations allows, up to 16, or
    /// to 4 MB of them. Called on a runtime.
    pub fn store_files(&self, paths: impl IntoIterator<Item = PathBuf>, options: SendOptions) -> Sending {
        self.store_all(paths.into_iter().map(Instance::File).collect(), options)
    }

    /// As [`Handle::store_files`], of files and bytes.
    pub fn store_all(&self, instances: Vec<Instance>, options: SendOptions) -> Sending {
        store_over(vec![self.clone()], instances, options)
    }
}

/// Sends instances over several associations with the same contexts, each by the one that has room first. Where one of them ends, the others go on
/// with what it has not begun; what was under way on it is told as ended. Called on a runtime.
pub fn store_over(associations: Vec<Handle>, instances: Vec<Instance>, options: SendOptions) -> Sending {
    let (feed, sending) = store_as_they_come(associations, options);
    feed.push(instances);
    sending
}

/// As [`store_over`], of instances that are not all known yet.
pub fn store_as_they_come(associations: Vec<Handle>, options: SendOptions) -> (Feed, Sending) {
    let (tell, sent) = mpsc::channel(RESULTS);
    let work = Work::new(associations.len());
    for handle in associations {
        let lane = handle.lane();
        let sender = Sender { handle, options, tell: tell.clone(), work: Arc::clone(&work) };
        lanes::beside(lane.as_ref(), sender.run());
    }
    (Feed(work), Sending { sent })
}

struct Sender {
    handle: Handle,
    options: SendOptions,
    tell: mpsc::Sender<Sent>,
    work: Arc<Work>,
}

impl Sender {
    async fn run(self) {
        let most = match self.handle.agreement().map_or(1, |agreement| agreement.invoked) {
            0 => AT_ONCE,
            most => most.min(AT_ONCE),
        };
        let mut under_way = UnderWay::new(usize::from(most));
        let (mut read, mut said) = (None, Vec::new());
        loop {
            let next = if let Some(next) = read.take() {
                Some(next)
            } else {
                // It may be long until there is a next one.
                if !self.tell(&mut said).await {
                    return;
                }
                let Some(next) = self.meanwhile(self.work.last(), &mut under_way).await else { return };
                next
            };
            let Some(Next { index, instance, loaded, mut held }) = next else { break };
            let bytes = loaded.as_ref().map_or(0, Loaded::bytes);
            if !self.make_room(bytes, &mut under_way, &mut said).await || self.tell.is_closed() {
                return;
            }
            if self.handle.outcome().is_some() && self.work.leave(&mut held, &instance) {
                break;
            }
            if !held.begin() {
                continue;
            }
            match self.send(index, loaded).await {
                Ok(answered) => under_way.push(Box::pin(answered), bytes),
                Err(sent) => said.push(sent),
            }
            if under_way.is_low() {
                // It is written at once. Where the peer has others, some are written together.
                yield_now().await;
            }
            // Meanwhile it is told what became of those before, and the next one is read.
            if !self.tell(&mut said).await {
                return;
            }
            let Some(next) = self.meanwhile(self.work.next(), &mut under_way).await else { return };
            read = next;
        }
        while self.tell(&mut said).await && !under_way.is_empty() {
            said.push(under_way.next().await);
        }
    }

    /// Waits until one more of so many bytes may begin; where there was no room for it, until there is room for some, which are then written
    /// together while the peer still has others. What is said is to be told; false where nobody wants to know.
    async fn make_room<F>(&self, bytes: usize, under_way: &mut UnderWay<F>, said: &mut Vec<Sent>) -> bool
    where
        F: Future<Output = Sent> + Unpin,
    {
        let share = self.work.share();
        if under_way.has_room(bytes, share) {
            return true;
        }
        loop {
            said.push(under_way.next().await);
            if under_way.has_much_room(bytes, share) {
                return true;
            }
            if !self.tell(said).await {
                return false;
            }
        }
    }

    /// Waits for something, and tells meanwhile what became of those under way; `None` where nobody wants to know.
    async fn meanwhile<T, F>(&self, what: impl Future<Output = T>, under_way: &mut UnderWay<F>) -> Option<T>
    where
        F: Future<Output = Sent> + Unpin,
    {
        let mut what = pin!(what);
        loop {
            tokio::select! {
                biased;
                done = &mut what => return Some(done),
                sent = under_way.next(), if !under_way.is_empty() => {
                    self.tell.send(sent).await.ok()?;
                }
                () = self.tell.closed() => return None,
            }
        }
    }

    /// Tells what became of some; false where nobody wants to know.
    async fn tell(&self, said: &mut Vec<Sent>) -> bool {
        for sent in said.drain(..) {
            if self.tell.send(sent).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Sends one, and gives what waits for its answer; or what there is to say where it is not sent.
    async fn send(
        &self,
        index: usize,
        loaded: Result<Loaded, NotSent>,
    ) -> Result<impl Future<Output = Sent> + Send + use<>, Sent> {
        let Loaded { class, instance, syntax, body } = match loaded {
            Ok(loaded) => loaded,
            Err(why) => return Err(sent(index, Uid::default(), Uid::default(), Uid::default(), Err(why))),
        };
        let way = self.handle.agreement().and_then(|agreement| {
            match way_of(agreement, self.handle.is_requestor(), &class, &syntax) {
                Some(Way::AsIs(context)) => Some(context.id),
                _ => None,
            }
        });
        let Some(context) = way else {
            return Err(sent(index, class, instance, syntax, Err(NotSent::NoContext)));
        };
        let (originator, originator_id) = self.options.originator.unzip();
        let request = c_store::Request {
            sop_class: class.clone(),
            id: 0,
            priority: self.options.priority,
            sop_instance: instance.clone(),
            originator,
            originator_id,
        };
        let exchange = match self.handle.request(context, request, Some(body)).await {
            Ok(exchange) => exchange,
            Err(error) => return Err(sent(index, class, instance, syntax, Err(NotSent::Ended(error)))),
        };
        Ok(async move {
            let outcome = exchange.outcome().await.map_err(NotSent::Ended);
            sent(index, class, instance, syntax, outcome)
        })
    }
}

fn sent(
    index: usize,
    sop_class: Uid,
    sop_instance: Uid,
    transfer_syntax: Uid,
    result: Result<Outcome, NotSent>,
) -> Sent {
    Sent { index, sop_class, sop_instance, transfer_syntax, result }
}
