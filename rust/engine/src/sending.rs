//! Many instances over one association: heads are read ahead, data sets go from the disk to the peer, and none is held as a whole.

use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use radiogram_core::{ProblemKind, ReadAt};
use radiogram_data::meta::Meta;
use radiogram_data::whole;
use radiogram_io::OpenFile;
use radiogram_net::dimse::element::Priority;
use radiogram_net::dimse::{Outcome, c_store};
use radiogram_net::negotiation::{Way, way_of};
use radiogram_net::{AeTitle, Uid};
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinSet, yield_now};

use crate::body::{Body, FileBody};
use crate::lanes;
use crate::pace::Pace;
use crate::receive::is_name;
use crate::sink::identity::{Said, identify};
use crate::{Error, Handle};

/// Bytes of a file that are read at first: its meta information, and as much of its data set as is sent at once.
const FIRST: usize = 1 << 20;
/// Instances that are under way at once, however many the peer would take: of each the beginning is held.
const AT_ONCE: u16 = 16;
/// A read that takes longer is not for a thread of the network.
const LONG_READ: Duration = Duration::from_millis(1);
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
}

impl Handle {
    /// Sends files: each by the context of its class and transfer syntax, as many at once as the window of operations allows. Called on a
    /// runtime.
    pub fn store_files(&self, paths: impl IntoIterator<Item = PathBuf>, options: SendOptions) -> Sending {
        self.store_all(paths.into_iter().map(Instance::File).collect(), options)
    }

    /// As [`Handle::store_files`], of files and bytes.
    pub fn store_all(&self, instances: Vec<Instance>, options: SendOptions) -> Sending {
        store_over(vec![self.clone()], instances, options)
    }
}

/// Sends instances over several associations with the same contexts, each by the one that is free first. Where one of them ends, the others go on
/// with what it has not begun; what was under way on it is told as ended. Called on a runtime.
pub fn store_over(associations: Vec<Handle>, instances: Vec<Instance>, options: SendOptions) -> Sending {
    let (tell, sent) = mpsc::channel(RESULTS);
    let instances = instances.into_iter().enumerate().collect();
    let left = Left { instances, senders: associations.len(), held: 0 };
    let work = Arc::new(Work { left: Mutex::new(left), changed: Notify::new(), pace: Pace::new(LONG_READ) });
    for handle in associations {
        let lane = handle.lane();
        let sender = Sender { handle, options, tell: tell.clone(), work: Arc::clone(&work) };
        lanes::beside(lane.as_ref(), sender.run());
    }
    Sending { sent }
}

/// What is to be sent, by whoever is free.
struct Work {
    left: Mutex<Left>,
    /// Something was left to the others, or nothing will be.
    changed: Notify,
    pace: Pace,
}

struct Left {
    instances: VecDeque<(usize, Instance)>,
    /// Those who send.
    senders: usize,
    /// Instances that are read and not begun: they may be left to others yet.
    held: usize,
}

impl Work {
    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next instance, read, if there is one now.
    async fn next(self: &Arc<Self>) -> Option<Next> {
        let ((index, instance), held) = {
            let mut left = self.left();
            let taken = left.instances.pop_front()?;
            left.held += 1;
            (taken, Held(Arc::clone(self)))
        };
        let read = instance.clone();
        let loaded = self.pace.work(false, move || load(read)).await;
        let loaded = loaded.unwrap_or(Err(NotSent::Unfit("the thread that reads has ended")));
        Some(Next { index, instance, loaded, held })
    }

    /// The next instance, read. Where there is none but others hold some, it waits until these are begun or left; then there is one sender less.
    async fn last(self: &Arc<Self>) -> Option<Next> {
        loop {
            let changed = self.changed.notified();
            if let Some(next) = self.next().await {
                return Some(next);
            }
            {
                let mut left = self.left();
                if left.instances.is_empty() && left.held == 0 {
                    left.senders -= 1;
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Leaves an instance to the other senders; `false` where there is none.
    fn leave(&self, index: usize, instance: &Instance) -> bool {
        let mut left = self.left();
        let has_others = left.senders > 1;
        if has_others {
            left.senders -= 1;
            left.instances.push_front((index, instance.clone()));
        }
        has_others
    }
}

/// That an instance is read and not begun.
struct Held(Arc<Work>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.left().held -= 1;
        self.0.changed.notify_waiters();
    }
}

struct Next {
    index: usize,
    instance: Instance,
    loaded: Result<Loaded, NotSent>,
    held: Held,
}

/// An instance that is ready to be sent.
struct Loaded {
    class: Uid,
    instance: Uid,
    syntax: Uid,
    body: Body,
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
        let mut under_way: JoinSet<Sent> = JoinSet::new();
        let (mut read, mut said) = (None, None);
        loop {
            let next = if let Some(next) = read.take() {
                Some(next)
            } else {
                // It may be long until there is a next one.
                if !self.tell(said.take()).await {
                    return;
                }
                tokio::select! {
                    next = self.work.last() => next,
                    () = self.tell.closed() => return,
                }
            };
            let Some(Next { index, instance, loaded, held }) = next else { break };
            if self.handle.outcome().is_some() && self.work.leave(index, &instance) {
                break;
            }
            drop(held);
            if under_way.len() >= usize::from(most) && !self.collect(&mut under_way).await
                || self.tell.is_closed()
            {
                return;
            }
            let begun = self.send(index, loaded).await;
            // Once it is written the peer has something to do: meanwhile it is told what became of the one before, and the next one is read.
            yield_now().await;
            if !self.tell(said.take()).await {
                return;
            }
            match begun {
                Ok(answered) if most > 1 => {
                    under_way.spawn(answered);
                    read = self.work.next().await;
                }
                Ok(answered) => {
                    let (answer, next) = tokio::join!(answered, self.work.next());
                    (said, read) = (Some(answer), next);
                }
                Err(sent) => said = Some(sent),
            }
            while let Some(Ok(sent)) = under_way.try_join_next() {
                if !self.tell(Some(sent)).await {
                    return;
                }
            }
        }
        if self.tell(said).await {
            while !under_way.is_empty() && self.collect(&mut under_way).await {}
        }
    }

    /// Tells what became of one, if there is one; false where nobody wants to know.
    async fn tell(&self, sent: Option<Sent>) -> bool {
        match sent {
            Some(sent) => self.tell.send(sent).await.is_ok(),
            None => true,
        }
    }

    /// Waits for one that is under way; false where nobody wants to know.
    async fn collect(&self, under_way: &mut JoinSet<Sent>) -> bool {
        match under_way.join_next().await {
            Some(Ok(sent)) => self.tell(Some(sent)).await,
            _ => true,
        }
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

/// Reads what is sent at first.
fn load(instance: Instance) -> Result<Loaded, NotSent> {
    match instance {
        Instance::File(path) => {
            let file = OpenFile::open(&path).map_err(NotSent::Unreadable)?;
            let mut first = Vec::new();
            file.append_at(0, FIRST, &mut first).map_err(NotSent::Unreadable)?;
            let is_all = file.size() <= first.len() as u64;
            let (class, instance, syntax, begin) = look(&first, is_all)?;
            whole_or_not(&first, Some(&file), begin, &syntax)?;
            if !is_all && (first.len() - begin) % 2 == 1 {
                // Fragments but the last are of even length (PS3.8 E.1).
                first.pop();
            }
            let body = Body::File(FileBody { file: Arc::new(file), offset: 0, first, skip: begin });
            Ok(Loaded { class, instance, syntax, body })
        }
        Instance::Bytes(bytes) => {
            let (class, instance, syntax, begin) = look((*bytes).as_ref(), true)?;
            whole_or_not((*bytes).as_ref(), None, begin, &syntax)?;
            Ok(Loaded { class, instance, syntax, body: Body::bytes(Behind { bytes, begin }) })
        }
    }
}

/// An error where the data set ends before its end.
fn whole_or_not(first: &[u8], file: Option<&dyn ReadAt>, begin: usize, syntax: &Uid) -> Result<(), NotSent> {
    match whole::missing(first, file, begin, syntax.as_str()).map_err(NotSent::Unreadable)? {
        None => Ok(()),
        Some(ProblemKind::BadDeflate) => {
            Err(NotSent::Cut("its deflated data set is damaged, or was cut off"))
        }
        Some(_) => Err(NotSent::Cut("its end is missing: the file was cut off")),
    }
}

/// The data set of a file in memory.
struct Behind {
    bytes: Arc<dyn AsRef<[u8]> + Send + Sync>,
    begin: usize,
}

impl AsRef<[u8]> for Behind {
    fn as_ref(&self) -> &[u8] {
        (*self.bytes).as_ref().get(self.begin..).unwrap_or_default()
    }
}

/// What a file is, and where its data set begins. Its meta information must name the instance of the data set: a peer would find it by one of
/// them, and not by the other.
fn look(file: &[u8], is_all: bool) -> Result<(Uid, Uid, Uid, usize), NotSent> {
    let (meta, begin) = Meta::find(file).ok_or(NotSent::Unfit("no DICOM file: no file meta information"))?;
    let data = file.get(begin..).unwrap_or_default();
    let said = identify(data, &meta.transfer_syntax, is_all);
    let (class, instance) = match said {
        Said::Nonsense => {
            return Err(NotSent::Unfit("no data set of the transfer syntax that the file names"));
        }
        Said::Instance(class, instance) => (class.unwrap_or_default(), instance.unwrap_or_default()),
        // It cannot be known without reading more than the beginning: the meta information is believed.
        Said::Unknown | Said::Incomplete => (meta.sop_class.clone(), meta.sop_instance.clone()),
    };
    let differs = |said: &str, meta: &str| !meta.is_empty() && said != meta;
    if differs(&class, &meta.sop_class) || differs(&instance, &meta.sop_instance) {
        return Err(NotSent::Unfit("the file meta information names another instance than the data set"));
    }
    let (class, instance) = (Uid::new(&class), Uid::new(&instance));
    if !is_name(&class) || !is_name(&instance) {
        return Err(NotSent::Unfit("no SOP Class or Instance UID that can be one"));
    }
    Ok((class, instance, Uid::new(&meta.transfer_syntax), begin))
}
