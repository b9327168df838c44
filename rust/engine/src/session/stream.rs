//! The data set of one message on its way out: chunks as PDUs, heads and contents side by side, nothing copied.

use std::io::IoSlice;
use std::task::{Context, Poll};

use radiogram_net::dimse::Pieces;
use radiogram_net::pdu::DataHead;

use super::feed::{Chunk, Fetching};
use crate::Result;
use crate::body::Body;

/// PDUs of one call of the system.
const PDUS: usize = 64;

/// A PDU: its head and its content.
pub(super) type Piece<'s> = ([u8; DataHead::LEN], &'s [u8]);

pub(super) struct Stream {
    context: u8,
    /// The number of the message.
    pub(super) id: u16,
    room: u32,
    fetching: Fetching,
    chunk: Option<Chunk>,
    /// Bytes of the chunk's PDUs that are out.
    at: usize,
}

impl Stream {
    pub(super) fn new(context: u8, id: u16, room: u32, body: Body) -> Self {
        let mut fetching = Fetching::new(body, room);
        let chunk = fetching.take();
        Self { context, id, room, fetching, chunk, at: 0 }
    }

    /// Bytes of a PDU that is full.
    fn whole(&self) -> usize {
        DataHead::LEN + usize::try_from(self.room).unwrap_or(usize::MAX - DataHead::LEN)
    }

    /// The PDUs that are next, and how many bytes of the first one are out.
    pub(super) fn pieces(&self) -> (Vec<Piece<'_>>, usize) {
        let Some(chunk) = &self.chunk else { return (Vec::new(), 0) };
        let (pieces, out) = self.left(chunk);
        (pieces.take(PDUS).map(|(head, content)| (head.encode(), content)).collect(), out)
    }

    fn left<'c>(&self, chunk: &'c Chunk) -> (Pieces<'c>, usize) {
        let whole = self.whole();
        let out = self.at / whole;
        let begin = out.saturating_mul(whole - DataHead::LEN);
        let bytes = chunk.bytes().get(begin..).unwrap_or_default();
        (Pieces::new(self.context, false, chunk.is_last, bytes, self.room), self.at % whole)
    }

    /// How many bytes are left of the message, where all of it is here.
    pub(super) fn left_bytes(&self) -> Option<usize> {
        let chunk = self.chunk.as_ref().filter(|chunk| chunk.is_last)?;
        Some(framed(chunk.bytes().len(), self.room).saturating_sub(self.at))
    }

    /// Puts them behind others.
    pub(super) fn rest(&self, into: &mut Vec<u8>) {
        let Some(chunk) = &self.chunk else { return };
        let (pieces, mut skip) = self.left(chunk);
        for (head, content) in pieces {
            for bytes in [&head.encode()[..], content] {
                into.extend_from_slice(bytes.get(skip..).unwrap_or_default());
                skip = skip.saturating_sub(bytes.len());
            }
        }
    }

    /// So many bytes are out. True once all of the message is.
    pub(super) fn advance(&mut self, count: usize) -> bool {
        let Some(chunk) = &self.chunk else { return false };
        self.at += count;
        let length = chunk.bytes().len();
        let room = self.whole() - DataHead::LEN;
        // An empty piece is one as well, where it is the last.
        let pdus = length.div_ceil(room).max(usize::from(chunk.is_last));
        if self.at < length + pdus * DataHead::LEN {
            return false;
        }
        let is_last = chunk.is_last;
        let sent = std::mem::replace(&mut self.chunk, self.fetching.take());
        if let Some(chunk) = sent {
            self.fetching.reuse(chunk);
        }
        self.at = 0;
        is_last
    }

    /// True while there is something to write.
    pub(super) fn has_bytes(&self) -> bool {
        self.chunk.is_some()
    }

    /// What is left of the PDU that is half out: it has to be completed before anything else can be said.
    pub(super) fn rest_of_pdu(&self) -> Vec<u8> {
        let (pieces, out) = self.pieces();
        match pieces.first() {
            Some((head, content)) if out > 0 => {
                head.iter().chain(content.iter()).skip(out).copied().collect()
            }
            _ => Vec::new(),
        }
    }

    /// True while nothing can be written before more was fetched.
    pub(super) fn is_waiting(&self) -> bool {
        self.chunk.is_none() && self.fetching.is_waiting()
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        match self.fetching.poll(context) {
            Poll::Ready(Ok(())) => {
                if self.chunk.is_none() {
                    (self.chunk, self.at) = (self.fetching.take(), 0);
                }
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

/// How many bytes the PDUs of a command or a data set are.
pub(super) fn framed(length: usize, room: u32) -> usize {
    let room = usize::try_from(room.max(1)).unwrap_or(usize::MAX);
    // One that is empty is one as well.
    length.saturating_add(length.div_ceil(room).max(1).saturating_mul(DataHead::LEN))
}

/// Heads and contents as slices, without the bytes that are out.
pub(super) fn slices<'s>(pieces: &'s [Piece<'s>], out: usize, into: &mut Vec<IoSlice<'s>>) {
    let mut skip = out;
    for bytes in pieces.iter().flat_map(|(head, content)| [&head[..], content]) {
        let rest = bytes.get(skip..).unwrap_or_default();
        skip = skip.saturating_sub(bytes.len());
        if !rest.is_empty() {
            into.push(IoSlice::new(rest));
        }
    }
}
