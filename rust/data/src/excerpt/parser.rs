//! The parser behind it: pushed, not pulled, and without recursion. Only what has no length is gone into, to find its end.

use std::sync::Arc;

use radiogram_core::{Tag, Vr};

use super::Wanted;
use crate::header::{self, Encoding, Header, LONGEST, Letters, UNDEFINED};

/// Bytes of an element that is kept.
const ELEMENT: usize = 64 << 10;
/// Bytes of all that are kept.
const ALL: usize = 512 << 10;

/// Sequences and items in each other.
const DEPTH: usize = 512;

/// Something without a length whose end is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Frame {
    is_item: bool,
    encoding: Encoding,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// A header is next, or goes on.
    Header,
    /// So many bytes of a value are next.
    Value(u64),
    /// Nothing more is wanted.
    Done,
    /// It cannot be followed any further.
    Lost,
}

#[derive(Debug)]
pub(super) struct Parser {
    wanted: Arc<Wanted>,
    encoding: Encoding,
    state: State,
    frames: Vec<Frame>,
    head: [u8; LONGEST],
    have: usize,
    /// The elements that are wanted.
    kept: Vec<u8>,
    /// Where the one that goes on begins, and which it is.
    current: Option<(usize, Tag)>,
    left_out: Vec<Tag>,
}

impl Parser {
    pub(super) fn new(wanted: Arc<Wanted>, encoding: Encoding) -> Self {
        let state = if wanted.is_empty() { State::Done } else { State::Header };
        let (frames, head, kept, left_out) = (Vec::new(), [0; LONGEST], Vec::new(), Vec::new());
        Self { wanted, encoding, state, frames, head, have: 0, kept, current: None, left_out }
    }

    /// False where nothing more is wanted.
    pub(super) fn take(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        loop {
            match self.state {
                State::Done | State::Lost => return false,
                State::Value(left) => {
                    let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let (value, behind) = rest.split_at(count);
                    self.keep(value);
                    rest = behind;
                    match left - count as u64 {
                        0 => self.ended(),
                        left => {
                            self.state = State::Value(left);
                            return true;
                        }
                    }
                }
                State::Header => {
                    let Some(header) = self.header(&mut rest) else { return true };
                    self.element(header);
                }
            }
        }
    }

    /// The bytes that come cannot be followed.
    pub(super) fn stop(&mut self) {
        if self.state != State::Done {
            self.state = State::Lost;
        }
    }

    /// The elements, those that were left out, and whether there can be no others.
    pub(super) fn finish(mut self) -> (Vec<u8>, Vec<Tag>, bool) {
        if self.state == State::Header && self.have > 0 {
            // A short header at the very end, which was waited for to become a long one.
            if let Some(header) = self.read().filter(|header| usize::from(header.size) == self.have) {
                self.element(header);
            }
        }
        let is_at_end = self.state == State::Header && self.have == 0 && self.frames.is_empty();
        if let Some((begin, _)) = self.current {
            self.kept.truncate(begin);
        }
        (self.kept, self.left_out, is_at_end || self.state == State::Done)
    }

    fn encoding(&self) -> Encoding {
        self.frames.last().map_or(self.encoding, |frame| frame.encoding)
    }

    /// The next header, once it is there as a whole.
    fn header(&mut self, rest: &mut &[u8]) -> Option<Header> {
        loop {
            let missing = self.needed() - self.have;
            if missing == 0 {
                return self.read();
            }
            if rest.is_empty() {
                return None;
            }
            let (bytes, behind) = rest.split_at(missing.min(rest.len()));
            self.head.get_mut(self.have..self.have + bytes.len())?.copy_from_slice(bytes);
            self.have += bytes.len();
            *rest = behind;
        }
    }

    /// How many bytes tell what the header is.
    fn needed(&self) -> usize {
        const SHORT: usize = 8;
        let is_in_sequence = self.frames.last().is_some_and(|frame| !frame.is_item);
        if self.have < SHORT || is_in_sequence || self.encoding().implicit {
            return SHORT;
        }
        let [_, _, _, _, a, b, c, d, ..] = self.head;
        let is_delimiter = header::tag(&self.head, self.encoding().big_endian).is_some_and(Tag::is_delimiter);
        let is_long = match Vr::from_bytes([a, b]) {
            Some(vr) => vr.has_long_length(),
            None => a.is_ascii_uppercase() && b.is_ascii_uppercase() && (c, d) == (0, 0),
        };
        if is_long && !is_delimiter { LONGEST } else { SHORT }
    }

    fn read(&self) -> Option<Header> {
        let encoding = self.encoding();
        let bytes = self.head.get(..self.have)?;
        let is_in_sequence = self.frames.last().is_some_and(|frame| !frame.is_item);
        if is_in_sequence || encoding.implicit {
            header::implicit(bytes, encoding.big_endian)
        } else {
            header::explicit(bytes, encoding.big_endian)
        }
    }

    fn element(&mut self, header: Header) {
        let Header { tag, letters, length, size } = header;
        if self.frames.is_empty() {
            if tag.is_delimiter() {
                self.state = State::Lost;
                return;
            }
            // PS3.5 7.1: ascending. What is behind its place is not waited for.
            if self.wanted.ends_before(tag) {
                self.state = State::Done;
                return;
            }
            self.current = self.wanted.has(tag).then_some((self.kept.len(), tag));
        }
        // Old writers gave some VRs a 16-bit length where the standard has two zeros and 32 bits. Which of them it is shows in what follows,
        // which is not here yet: it is not guessed.
        let [.., reserved_1, reserved_2, _, _, _, _] = self.head;
        let is_long = matches!(letters, Letters::Known(vr) if vr.has_long_length());
        if is_long && (usize::from(size) != LONGEST || (reserved_1, reserved_2) != (0, 0)) {
            self.stop();
            return;
        }
        let head = self.head;
        self.keep(head.get(..self.have).unwrap_or_default());
        self.have = 0;
        let encoding = self.encoding();
        let value = if length == UNDEFINED { None } else { Some(u64::from(length)) };
        match (self.frames.last().copied(), tag, value) {
            (Some(Frame { is_item: false, .. }), Tag::ITEM, None) => self.enter(true, encoding),
            (Some(Frame { is_item: false, .. }), Tag::ITEM, Some(length)) => self.value(length),
            (Some(Frame { is_item: false, .. }), Tag::SEQUENCE_END, _)
            | (Some(Frame { is_item: true, .. }), Tag::ITEM_END, _) => {
                self.frames.pop();
                self.ended();
            }
            (Some(Frame { is_item: false, .. }), ..) => self.state = State::Lost,
            (Some(Frame { is_item: true, .. }), tag, _) if tag.is_delimiter() => self.state = State::Lost,
            // PS3.5 6.2.2 note 2: what is hidden in UN is implicit and little endian.
            (_, _, None) if letters == Letters::Known(Vr::UN) => self.enter(false, Encoding::IMPLICIT_LITTLE),
            (_, _, None) => self.enter(false, encoding),
            (_, _, Some(length)) => self.value(length),
        }
    }

    fn value(&mut self, length: u64) {
        if length == 0 {
            self.ended();
        } else {
            self.state = State::Value(length);
        }
    }

    fn enter(&mut self, is_item: bool, encoding: Encoding) {
        if self.frames.len() >= DEPTH {
            self.state = State::Lost;
        } else {
            self.frames.push(Frame { is_item, encoding });
            self.state = State::Header;
        }
    }

    /// A value, an item or a sequence has ended.
    fn ended(&mut self) {
        self.state = State::Header;
        if self.frames.is_empty() {
            self.current = None;
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let Some((begin, tag)) = self.current else { return };
        let (here, all) = (self.kept.len() - begin + bytes.len(), self.kept.len() + bytes.len());
        if here > ELEMENT + LONGEST || all > ALL || self.kept.try_reserve(bytes.len()).is_err() {
            self.kept.truncate(begin);
            self.left_out.push(tag);
            self.current = None;
        } else {
            self.kept.extend_from_slice(bytes);
        }
    }
}
