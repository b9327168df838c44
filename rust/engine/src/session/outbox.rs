//! What goes out: PDUs that are ready, the data set of the message that is under way, and messages that wait for their turn. Messages are never
//! mixed; a PDU that ends the association comes as soon as the one that is half out is complete.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;
use std::task::{Context, Poll};

use radiogram_net::Association;
use radiogram_net::dimse::Pieces;

use super::feed;
use super::stream::{Stream, framed, slices};
use crate::Result;
use crate::body::Body;
use crate::connection::Connection;
use crate::ground::{Ground, Held};
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
    /// What the output holds at the end beyond that which it may hold at any time.
    held: Option<Held>,
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

    /// True while a request of ours, or its data set, is not out as a whole.
    pub(super) fn holds(&self, id: u16) -> bool {
        self.stream.as_ref().is_some_and(|stream| self.kind == Kind::Request && stream.id == id)
            || self.letters.iter().any(|(letter, kind)| *kind == Kind::Request && letter.id == id)
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
        if !self.say(association, context, &command) {
            return;
        }
        match body {
            None => {}
            Some(Body::Bytes(bytes)) if (*bytes).as_ref().len() <= SMALL => {
                self.say_data(association, context, (*bytes).as_ref());
            }
            Some(body) => {
                self.stream = Some(Box::new(Stream::new(context, id, self.room, body)));
                self.kind = kind;
            }
        }
    }

    /// Puts a command there as PDUs; false where it cannot be sent in this state.
    fn say(&self, association: &mut Association, context: u8, command: &[u8]) -> bool {
        let mut pieces = Pieces::new(context, true, true, command, self.room);
        pieces.all(|(head, content)| association.send(head, content).is_ok())
    }

    /// And a data set.
    fn say_data(&self, association: &mut Association, context: u8, bytes: &[u8]) {
        let (even, end) = feed::even(bytes);
        let end = end.as_ref().map(<[u8; 2]>::as_slice);
        let first = Pieces::new(context, false, end.is_none(), even, self.room);
        let rest = end.map(|end| Pieces::new(context, false, true, end, self.room));
        for (head, content) in first.chain(rest.into_iter().flatten()) {
            if association.send(head, content).is_err() {
                return;
            }
        }
    }

    /// The association is to end: answers that were given before go out before, in their order, as far as they may be held. Up to [`GATHERED`]
    /// bytes always may; what is more counts among those that are held for messages, of one and of all (`Quotas`). The first answer for which
    /// there is no memory is left out, and all that is behind it: a last response says that those in front of it were sent. For the same reason
    /// nothing follows an answer to the same message whose data set is not in memory. Requests of ours do not go, nor what waits behind one that
    /// is half out, and who takes nothing is waited for as long as ARTIM runs.
    pub(super) fn settle(&mut self, association: &mut Association, ground: &Arc<Ground>) {
        if !association.may_send() || !self.complete(association, ground) {
            return;
        }
        let (mut going, mut broken) = (Vec::new(), Vec::new());
        let mut more = 0;
        for (letter, kind) in std::mem::take(&mut self.letters) {
            if kind == Kind::Request || broken.contains(&letter.id) {
                continue;
            }
            let data = match &letter.body {
                None => 0,
                Some(Body::Bytes(bytes)) => {
                    let (even, end) = feed::even((**bytes).as_ref());
                    framed(even.len(), self.room)
                        .saturating_add(end.map_or(0, |end| framed(end.len(), self.room)))
                }
                Some(_) => {
                    broken.push(letter.id);
                    continue;
                }
            };
            let size = framed(letter.command.len(), self.room).saturating_add(data);
            if !self.may_hold(association, ground, size.saturating_add(more)) {
                break;
            }
            more += size;
            going.push(letter);
        }
        if association.output().try_reserve_exact(more).is_err() {
            return;
        }
        for Letter { context, command, body, .. } in going {
            let is_said = self.say(association, context, &command);
            if let Some(Body::Bytes(bytes)) = body.filter(|_| is_said) {
                self.say_data(association, context, (*bytes).as_ref());
            }
        }
    }

    /// Puts what is left of an answer behind the PDUs that are ready; false where something else is half out, or there is no memory for it.
    fn complete(&mut self, association: &mut Association, ground: &Arc<Ground>) -> bool {
        let Some(stream) = &self.stream else { return true };
        let Some(more) = stream.left_bytes().filter(|_| self.kind != Kind::Request) else { return false };
        if !self.may_hold(association, ground, more) || association.output().try_reserve_exact(more).is_err()
        {
            return false;
        }
        if let Some(stream) = self.stream.take() {
            stream.rest(association.output());
        }
        true
    }

    /// Whether the output may hold so many bytes more.
    fn may_hold(&mut self, association: &Association, ground: &Arc<Ground>, more: usize) -> bool {
        let wanted = association.said().len().saturating_add(more).saturating_sub(GATHERED);
        Held::reach(&mut self.held, ground, wanted)
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
            self.held = None;
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
