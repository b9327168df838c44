//! A data set that is being sent, from wherever it comes: a chunk is sent while the next one is fetched, and no more of it is held.

use std::sync::Arc;
use std::task::{Context, Poll};

use radiogram_core::ReadAt;
use radiogram_io::OpenFile;
use tokio::task::spawn_blocking;

use crate::body::{Body, FileBody, Future, Source};
use crate::{Error, Result};

/// About as many bytes of a file are read at once.
const CHUNK: u64 = 1 << 20;

/// Bytes that are next.
pub(super) struct Chunk {
    bytes: Bytes,
    pub(super) is_last: bool,
}

enum Bytes {
    /// Without some in front.
    Own(Vec<u8>, usize),
    /// So many of them from the front.
    Lent(Box<dyn AsRef<[u8]> + Send + Sync>, usize),
}

impl Chunk {
    pub(super) fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Own(bytes, skip) => bytes.get(*skip..).unwrap_or_default(),
            Bytes::Lent(bytes, count) => (**bytes).as_ref().get(..*count).unwrap_or_default(),
        }
    }
}

/// Where the rest comes from.
enum Feed {
    File { file: Arc<OpenFile>, offset: u64, step: u64, is_odd: bool },
    Source { source: Box<dyn Source>, ahead: Option<Vec<u8>> },
}

/// A chunk that is fetched, and where the rest comes from.
type Fetched = Result<(Chunk, Option<Feed>)>;
type Coming = Future<'static, Fetched>;

/// What a data set is fetched by.
pub(super) struct Fetching {
    /// A chunk that is there already.
    ready: Option<Chunk>,
    coming: Option<Coming>,
    /// Memory of a chunk that was sent.
    spare: Vec<u8>,
}

impl Fetching {
    /// Begins to fetch. A chunk of a file fills a number of PDUs with so much room.
    pub(super) fn new(body: Body, room: u32) -> Self {
        let room = u64::from(room.max(1));
        let step = (CHUNK / room).max(1) * room;
        match body {
            Body::Bytes(bytes) => {
                let (all, end) = even((*bytes).as_ref());
                let (count, is_last) = (all.len(), end.is_none());
                let coming = end.map(|end| -> Coming {
                    let chunk = Chunk { bytes: Bytes::Own(end.to_vec(), 0), is_last: true };
                    Box::pin(async move { Ok((chunk, None)) })
                });
                let ready = Some(Chunk { bytes: Bytes::Lent(bytes, count), is_last });
                Self { ready, coming, spare: Vec::new() }
            }
            Body::File(FileBody { file, offset, mut first, skip }) => {
                let total = file.size().saturating_sub(offset).saturating_sub(skip as u64);
                let is_odd = !total.is_multiple_of(2);
                let offset = offset.saturating_add(first.len() as u64);
                let is_last = offset >= file.size();
                if is_last && is_odd {
                    first.push(0);
                }
                let ready = (is_last || !first.is_empty())
                    .then_some(Chunk { bytes: Bytes::Own(first, skip), is_last });
                let rest = (!is_last).then(|| fetch(Feed::File { file, offset, step, is_odd }, Vec::new()));
                Self { ready, coming: rest, spare: Vec::new() }
            }
            Body::Source(source) => Self {
                ready: None,
                coming: Some(fetch(Feed::Source { source, ahead: None }, Vec::new())),
                spare: Vec::new(),
            },
        }
    }

    /// The next chunk, where it is there. The one behind it is fetched meanwhile.
    pub(super) fn take(&mut self) -> Option<Chunk> {
        self.ready.take()
    }

    /// A chunk is sent: its memory serves again.
    pub(super) fn reuse(&mut self, chunk: Chunk) {
        if let Bytes::Own(bytes, _) = chunk.bytes {
            self.spare = bytes;
        }
    }

    /// True while a chunk has to be waited for.
    pub(super) fn is_waiting(&self) -> bool {
        self.ready.is_none() && self.coming.is_some()
    }

    /// Goes on with the fetching; ready when a chunk can be taken.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        if self.ready.is_some() {
            return Poll::Ready(Ok(()));
        }
        let Some(coming) = &mut self.coming else { return Poll::Pending };
        let Poll::Ready(fetched) = coming.as_mut().poll(context) else { return Poll::Pending };
        self.coming = None;
        let (chunk, rest) = fetched?;
        let spare = std::mem::take(&mut self.spare);
        (self.ready, self.coming) = (Some(chunk), rest.map(|feed| fetch(feed, spare)));
        Poll::Ready(Ok(()))
    }
}

fn fetch(feed: Feed, spare: Vec<u8>) -> Coming {
    match feed {
        Feed::File { file, offset, step, is_odd } => {
            // It is read from now on, whether or not somebody waits yet.
            let reading = spawn_blocking(move || read(file, offset, step, is_odd, spare));
            Box::pin(async move {
                reading.await.unwrap_or_else(|_| Err(Error::argument("the thread that reads has ended")))
            })
        }
        Feed::Source { mut source, ahead } => Box::pin(async move {
            let mut bytes = match ahead {
                Some(bytes) => bytes,
                None => source.next().await?,
            };
            // The last fragment has to say that it is, so one more is known than is sent.
            let is_end = bytes.is_empty();
            let ahead = if is_end { Vec::new() } else { source.next().await? };
            let is_last = ahead.is_empty();
            if is_last && !bytes.len().is_multiple_of(2) {
                bytes.push(0);
            }
            let rest = (!is_last).then_some(Feed::Source { source, ahead: Some(ahead) });
            Ok((Chunk { bytes: Bytes::Own(bytes, 0), is_last }, rest))
        }),
    }
}

/// Bytes in fragments of even length: an even number of them, and the last one of an odd number with a NUL behind it (PS3.8 E.1; PS3.5 A.5 of a
/// deflated data set).
pub(super) fn even(bytes: &[u8]) -> (&[u8], Option<[u8; 2]>) {
    match bytes.split_last() {
        Some((last, rest)) if rest.len().is_multiple_of(2) => (rest, Some([*last, 0])),
        _ => (bytes, None),
    }
}

fn read(file: Arc<OpenFile>, offset: u64, step: u64, is_odd: bool, spare: Vec<u8>) -> Fetched {
    let count = step.min(file.size().saturating_sub(offset));
    let mut bytes = spare;
    bytes.clear();
    let wanted = usize::try_from(count).unwrap_or(usize::MAX);
    let found = file.append_at(offset, wanted, &mut bytes)?;
    let offset = offset.saturating_add(count);
    let is_last = offset >= file.size();
    if found != wanted || is_last {
        // What was sent of it must be one file, not two halves.
        file.is_still()?;
    }
    if found != wanted {
        return Err(Error::argument("the file is shorter than it was"));
    }
    if is_last && is_odd {
        bytes.push(0);
    }
    Ok((
        Chunk { bytes: Bytes::Own(bytes, 0), is_last },
        (!is_last).then_some(Feed::File { file, offset, step, is_odd }),
    ))
}
