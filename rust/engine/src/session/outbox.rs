//! What goes out: PDUs that are ready, the data set of the message that is under way, and messages that wait for their turn. Messages are never
//! mixed; a PDU that ends the association comes as soon as the one that is half out is complete.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::task::{Context, Poll};

use radiogram_net::Association;
use radiogram_net::dimse::Pieces;

use super::feed;
use super::stream::{Stream, slices};
use crate::Result;
use crate::body::Body;
use crate::connection::Connection;
use crate::link::{Letter, Link};

/// Bytes of small messages that are gathered for one call.
const GATHERED: usize = 64 << 10;
/// Messages that wait. With more of them, nothing is read that could be answered.
const LETTERS: usize = 64;
/// A data set up to here is copied behind its command, rather than sent beside it.
const SMALL: usize = 16 << 10;

/// What a message is.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    /// A request of ours, or its C-CANCEL.
    #[default]
    Request,
    /// An answer.
    Answer,
    /// An answer that takes one of the places for replies.
    Reply,
}

#[derive(Default)]
pub(super) struct Outbox {
    letters: VecDeque<(Letter, Kind)>,
    stream: Option<Box<Stream>>,
    /// What the message of the stream is.
    kind: Kind,
    /// Bytes of the association's output that are out.
    at: usize,
    pub(super) room: u32,
}

/// Hears of bytes that were sent.
pub(super) type Tell<'t> = &'t mut dyn FnMut(&[u8]);

/// What was done by one call.
pub(super) struct Written {
    pub(super) bytes: usize,
    /// The connection takes no more now.
    pub(super) is_blocked: bool,
}

impl Outbox {
    pub(super) fn push(&mut self, letter: Letter, kind: Kind) {
        self.letters.push_back((letter, kind));
    }

    /// True where a message can be put behind the PDUs that are ready.
    pub(super) fn is_free(&self) -> bool {
        self.stream.is_none() && self.letters.is_empty()
    }

    /// True where so much waits that nothing more should be read that has to be answered.
    pub(super) fn is_full(&self, output: &[u8]) -> bool {
        self.letters.len() >= LETTERS || output.len().saturating_sub(self.at) >= GATHERED
    }

    /// True while something can be written.
    pub(super) fn has_bytes(&self, output: &[u8]) -> bool {
        self.at < output.len() || self.stream.as_ref().is_some_and(|stream| stream.has_bytes())
    }

    /// True while something waits for being written, or fetched.
    pub(super) fn is_busy(&self, output: &[u8]) -> bool {
        self.at < output.len() || !self.is_free()
    }

    /// True while the next bytes have to be fetched.
    pub(super) fn is_fetching(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.is_waiting())
    }

    /// Returns when more can be written; an error names the message whose data set cannot be had.
    pub(super) async fn fetched(&mut self) -> std::result::Result<(), (u16, crate::Error)> {
        std::future::poll_fn(|context: &mut Context<'_>| match &mut self.stream {
            Some(stream) => {
                let id = stream.id;
                stream.poll(context).map_err(|error| (id, error))
            }
            None => Poll::Pending,
        })
        .await
    }

    /// Makes PDUs of small messages, and begins with a large one.
    fn fill(&mut self, association: &mut Association, link: &Link) {
        while self.stream.is_none() && association.said().len().saturating_sub(self.at) < GATHERED {
            let Some((letter, kind)) = self.letters.pop_front() else { break };
            if kind == Kind::Reply {
                link.replied();
            }
            self.put(association, letter, kind);
        }
        if self.letters.is_empty() && self.letters.capacity() > 0 {
            self.letters = VecDeque::new();
        }
    }

    /// Puts a message behind the PDUs that are ready. What cannot be sent in this state is left out: the association ends.
    pub(super) fn put(&mut self, association: &mut Association, letter: Letter, kind: Kind) {
        let Letter { context, id, command, body } = letter;
        for (head, content) in Pieces::new(context, true, true, &command, self.room) {
            if association.send(head, content).is_err() {
                return;
            }
        }
        match body {
            None => {}
            Some(Body::Bytes(bytes)) if (*bytes).as_ref().len() <= SMALL => {
                let (even, end) = feed::even((*bytes).as_ref());
                let end = end.as_ref().map(<[u8; 2]>::as_slice);
                let first = Pieces::new(context, false, end.is_none(), even, self.room);
                let rest = end.map(|end| Pieces::new(context, false, true, end, self.room));
                for (head, content) in first.chain(rest.into_iter().flatten()) {
                    if association.send(head, content).is_err() {
                        return;
                    }
                }
            }
            Some(body) => {
                self.stream = Some(Box::new(Stream::new(context, id, self.room, body)));
                self.kind = kind;
            }
        }
    }

    /// The association is to end: answers that were given before go out before. Requests of ours do not, nor what waits behind one that is half
    /// out, and who takes nothing is waited for as long as ARTIM runs.
    pub(super) fn settle(&mut self, association: &mut Association) {
        if !association.may_send() || !self.complete(association) {
            return;
        }
        for (letter, kind) in std::mem::take(&mut self.letters) {
            if kind != Kind::Request && matches!(letter.body, None | Some(Body::Bytes(_))) {
                self.put(association, letter, kind);
                self.complete(association);
            }
        }
    }

    /// Puts what is left of an answer behind the PDUs that are ready; false where something else is half out.
    fn complete(&mut self, association: &mut Association) -> bool {
        let Some(stream) = &self.stream else { return true };
        let Some(rest) = stream.rest().filter(|_| self.kind != Kind::Request) else { return false };
        association.output().extend_from_slice(&rest);
        self.stream = None;
        true
    }

    /// No message goes on: what is half out of a PDU is completed, and what the association still says comes behind it.
    pub(super) fn stop(&mut self, association: &mut Association) {
        self.letters = VecDeque::new();
        let Some(stream) = self.stream.take() else { return };
        // PDUs of messages are in front of the data set: where it has begun, what is still to be said is no message.
        let output = association.output();
        let mut said = output.split_off(self.at.min(output.len()));
        *output = stream.rest_of_pdu();
        output.append(&mut said);
        self.at = 0;
    }

    /// Nothing goes out any more.
    pub(super) fn clear(&mut self, association: &mut Association, link: &Link) {
        *association.output() = Vec::new();
        let replies = self.letters.iter().filter(|(_, kind)| *kind == Kind::Reply);
        replies.for_each(|_| link.replied());
        *self = Self { room: self.room, ..Self::default() };
    }

    /// Writes once. `told` hears of the bytes.
    pub(super) fn write(
        &mut self,
        association: &mut Association,
        connection: &mut Connection,
        link: &Link,
        told: Option<Tell<'_>>,
    ) -> Result<Written> {
        self.fill(association, link);
        let output = association.output();
        let ready = output.get(self.at..).unwrap_or_default();
        let (pieces, out) = self.stream.as_ref().map(|stream| stream.pieces()).unwrap_or_default();
        let mut all: Vec<IoSlice<'_>> = Vec::new();
        let count = if pieces.is_empty() && ready.is_empty() {
            0
        } else if pieces.is_empty() {
            connection.write(&[IoSlice::new(ready)])?
        } else {
            if !ready.is_empty() {
                all.push(IoSlice::new(ready));
            }
            slices(&pieces, out, &mut all);
            connection.write(&all)?
        };
        if let Some(told) = told {
            tell(told, ready, &all, count);
        }
        let of_output = count.min(ready.len());
        let of_stream = count - of_output;
        drop(all);
        drop(pieces);
        self.at += of_output;
        if self.at >= association.output().len() {
            // An idle association holds no memory.
            (*association.output(), self.at) = (Vec::new(), 0);
        }
        if of_stream > 0 && self.stream.as_mut().is_some_and(|stream| stream.advance(of_stream)) {
            self.stream = None;
        }
        Ok(Written { bytes: count, is_blocked: count == 0 })
    }
}

fn tell(told: Tell<'_>, ready: &[u8], all: &[IoSlice<'_>], count: usize) {
    if all.is_empty() {
        return told(ready.get(..count).unwrap_or_default());
    }
    let mut left = count;
    for slice in all {
        let bytes = slice.get(..left).unwrap_or(slice);
        left -= bytes.len();
        if !bytes.is_empty() {
            told(bytes);
        }
    }
}
