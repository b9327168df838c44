//! Encoding of elements: explicit VR little endian (PS3.5 7.1.2, annex A.2).

use radiogram_core::vr::Storage;
use radiogram_core::{Error, ErrorKind, Path, Result, Tag, Vr};

use super::output::no_memory;
use super::value;

/// The longest value whose length is 16 bit: even, because padded.
const LONGEST_SHORT: usize = 0xFFFE;
/// The longest value whose length is 32 bit; above it stands "undefined".
const LONGEST: usize = 0xFFFF_FFFE;

/// A sequence or item whose length is not known yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Open {
    kind: Nested,
    /// Where its length stands.
    length_at: usize,
    /// The last tag before it was entered, to go on from.
    outer: Option<Tag>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Nested {
    Sequence,
    Item,
}

/// Appends the elements of a data set to a buffer. Tags must ascend (PS3.5 7.1); values are padded to even
/// length (PS3.5 6.2); sequences and items get defined lengths. The first error leaves the buffer
/// unfinished: drop it.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    open: Vec<Open>,
    last: Option<Tag>,
}

impl Writer {
    /// A writer of an empty data set.
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer that goes on after bytes that are written already, and after a tag.
    pub fn after(bytes: Vec<u8>, last: Option<Tag>) -> Self {
        Self { out: bytes, last, ..Self::default() }
    }

    /// The encoded bytes; an error where a sequence is still open.
    pub fn finish(self) -> Result<Vec<u8>> {
        if self.open.is_empty() {
            Ok(self.out)
        } else {
            Err(Error::new(ErrorKind::Argument, "a sequence or item was not closed"))
        }
    }

    /// An element with bytes as they are: any VR but SQ. Text is padded with a space, UI and bytes with NUL.
    pub fn bytes(&mut self, tag: Tag, vr: Vr, value: &[u8]) -> Result<()> {
        if vr == Vr::SQ {
            return Err(refuse(tag, "a sequence is written item by item"));
        }
        let unit = match vr.storage() {
            Storage::Unsigned(size) | Storage::Signed(size) | Storage::Float(size) => usize::from(size),
            Storage::Tags => 4,
            Storage::Text | Storage::Bytes | Storage::Items => 1,
        };
        if !value.len().is_multiple_of(unit) {
            return Err(refuse(tag, "the length is no multiple of the size of the VR's values"));
        }
        let padded = value.len() + value.len() % 2;
        self.head(tag, vr, padded)?;
        self.put(value)?;
        // PS3.5 6.2: text is padded with a space, UI and bytes with NUL.
        let pad = if vr.storage() == Storage::Text && vr != Vr::UI { b' ' } else { 0 };
        self.put([pad].get(..padded - value.len()).unwrap_or_default())
    }

    /// A text element of the default character repertoire; values are separated by backslashes (PS3.5
    /// 6.1.2.1, 6.4).
    pub fn text(&mut self, tag: Tag, vr: Vr, value: &str) -> Result<()> {
        if vr.storage() != Storage::Text {
            return Err(refuse(tag, "text for a VR that is none"));
        }
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | 0x0C | b'\r' | 0x1B);
        if !value.bytes().all(is_plain) {
            return Err(refuse(tag, "text outside the default character repertoire"));
        }
        self.bytes(tag, vr, value.as_bytes())
    }

    /// Whole numbers for any VR that holds numbers; a number that its VR cannot hold is refused.
    pub fn integers(&mut self, tag: Tag, vr: Vr, values: &[i64]) -> Result<()> {
        let bytes = value::integers(vr, values.iter().map(|&value| value.into()));
        self.bytes(tag, vr, &bytes.map_err(|error| error.in_path(&Path::of(tag)))?)
    }

    /// Floating point numbers, for FL, FD, OF, OD and DS.
    pub fn floats(&mut self, tag: Tag, vr: Vr, values: &[f64]) -> Result<()> {
        let bytes = value::floats(vr, values).map_err(|error| error.in_path(&Path::of(tag)))?;
        self.bytes(tag, vr, &bytes)
    }

    /// Opens a sequence.
    pub fn begin_sequence(&mut self, tag: Tag) -> Result<()> {
        self.head(tag, Vr::SQ, 0)?;
        self.enter(Nested::Sequence)
    }

    /// Opens the next item of the sequence that is open.
    pub fn begin_item(&mut self) -> Result<()> {
        if self.open.last().map(|open| open.kind) != Some(Nested::Sequence) {
            return Err(Error::new(ErrorKind::Argument, "an item outside a sequence"));
        }
        self.tag(Tag::ITEM)?;
        self.put(&[0; 4])?;
        self.enter(Nested::Item)
    }

    /// Closes the item that is open.
    pub fn end_item(&mut self) -> Result<()> {
        self.leave(Nested::Item)
    }

    /// Closes the sequence that is open.
    pub fn end_sequence(&mut self) -> Result<()> {
        self.leave(Nested::Sequence)
    }

    fn enter(&mut self, kind: Nested) -> Result<()> {
        let length_at = self.out.len() - 4;
        self.open.try_reserve(1).map_err(|_| no_memory())?;
        self.open.push(Open { kind, length_at, outer: self.last.take() });
        Ok(())
    }

    fn leave(&mut self, kind: Nested) -> Result<()> {
        let Some(open) = self.open.pop().filter(|open| open.kind == kind) else {
            return Err(Error::new(ErrorKind::Argument, "what is closed is not what is open"));
        };
        let start = open.length_at + 4;
        let length = self.out.len() - start;
        let encoded = u32::try_from(length).ok().filter(|_| length <= LONGEST);
        let Some(encoded) = encoded else {
            return Err(Error::new(ErrorKind::Limit, "a sequence of more than 4 GB"));
        };
        if let Some(place) = self.out.get_mut(open.length_at..start) {
            place.copy_from_slice(&encoded.to_le_bytes());
        }
        self.last = open.outer;
        Ok(())
    }

    /// Tag, VR and length (PS3.5 7.1.2).
    fn head(&mut self, tag: Tag, vr: Vr, length: usize) -> Result<()> {
        if self.open.last().is_some_and(|open| open.kind == Nested::Sequence) {
            return Err(refuse(tag, "an element between the items of a sequence"));
        }
        // PS3.5 7.1: the elements of a data set are in ascending order, each tag once.
        if self.last.is_some_and(|last| last >= tag) || tag.is_delimiter() {
            return Err(refuse(tag, "tags must ascend"));
        }
        let vr_letters: [u8; 2] = match vr.as_str().as_bytes() {
            &[a, b] => [a, b],
            _ => return Err(refuse(tag, "an ambiguous VR must be resolved before it is written")),
        };
        let longest = if vr.has_long_length() { LONGEST } else { LONGEST_SHORT };
        if length > longest {
            return Err(refuse(tag, "a value longer than its VR's length field can say"));
        }
        self.last = Some(tag);
        self.tag(tag)?;
        self.put(&vr_letters)?;
        #[expect(clippy::cast_possible_truncation, reason = "compared with the longest just now")]
        if vr.has_long_length() {
            self.put(&[0; 2])?;
            self.put(&(length as u32).to_le_bytes())
        } else {
            self.put(&(length as u16).to_le_bytes())
        }
    }

    fn tag(&mut self, tag: Tag) -> Result<()> {
        self.put(&tag.group().to_le_bytes())?;
        self.put(&tag.element().to_le_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.try_reserve(bytes.len()).map_err(|_| no_memory())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }
}

fn refuse(tag: Tag, message: &'static str) -> Error {
    Error::new(ErrorKind::Value, message).in_path(&Path::of(tag))
}
