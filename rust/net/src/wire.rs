//! Reading and writing the numbers, lengths and items that PDUs are made of (PS3.8 9.3: big endian, every item with its length).

use radiogram_core::{Error, ErrorKind, Result};

use crate::Fault;

/// Bytes of a PDU that are read from the front, and how many of the PDU were before them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    offset: u64,
}

impl<'b> Reader<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next bytes, as many as are asked for.
    pub(crate) fn take(&mut self, count: usize) -> std::result::Result<&'b [u8], Fault> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or(Fault::invalid("a length goes past the end of what holds it", self.offset))?;
        self.bytes = rest;
        self.offset = self.offset.saturating_add(count as u64);
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> std::result::Result<[u8; N], Fault> {
        let at = self.offset;
        let taken = self.take(N)?;
        taken.first_chunk().copied().ok_or(Fault::invalid("too few bytes", at))
    }

    pub(crate) fn u16(&mut self) -> std::result::Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> std::result::Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'b [u8] {
        let rest = std::mem::take(&mut self.bytes);
        self.offset = self.offset.saturating_add(rest.len() as u64);
        rest
    }

    /// A 16-bit length and as many bytes.
    pub(crate) fn counted(&mut self) -> std::result::Result<&'b [u8], Fault> {
        let count = self.u16()?;
        self.take(usize::from(count))
    }

    /// The next item: its type, the byte behind it, and its content.
    pub(crate) fn item(&mut self) -> std::result::Result<(u8, u8, Reader<'b>), Fault> {
        let [kind, second] = self.array()?;
        let count = self.u16()?;
        let offset = self.offset;
        Ok((kind, second, Reader { bytes: self.take(usize::from(count))?, offset }))
    }
}

/// Appends an item of a type with a content that `body` appends.
pub(crate) fn put_item(
    out: &mut Vec<u8>,
    kind: u8,
    body: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    out.extend_from_slice(&[kind, 0]);
    put_counted(out, body)
}

/// Appends a 16-bit length and what `body` appends.
pub(crate) fn put_counted(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    let at = out.len();
    out.extend_from_slice(&[0; 2]);
    body(out)?;
    let length = u16::try_from(out.len() - at - 2).map_err(|_| too_long())?;
    patch(out, at, &length.to_be_bytes());
    Ok(())
}

/// Appends a PDU of a type with a content that `body` appends.
pub(crate) fn put_pdu(
    out: &mut Vec<u8>,
    kind: u8,
    body: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let begin = out.len();
    out.extend_from_slice(&[kind, 0, 0, 0, 0, 0]);
    let written = body(out);
    if written.is_err() {
        out.truncate(begin);
    }
    written?;
    let length = u32::try_from(out.len() - begin - 6).map_err(|_| too_long())?;
    patch(out, begin + 2, &length.to_be_bytes());
    Ok(())
}

fn patch(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

fn too_long() -> Error {
    Error::new(ErrorKind::Argument, "an item of the association is longer than its length field can say")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_what_they_count() {
        let mut out = Vec::new();
        put_pdu(&mut out, 7, |out| {
            put_item(out, 0x51, |out| {
                out.extend_from_slice(&[1, 2, 3]);
                Ok(())
            })
        })
        .unwrap();
        assert_eq!(out, [7, 0, 0, 0, 0, 7, 0x51, 0, 0, 3, 1, 2, 3]);
        let error = put_pdu(&mut out, 1, |out| {
            put_item(out, 0x50, |out| {
                out.resize(out.len() + 65_536, 0);
                Ok(())
            })
        });
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Argument);
        assert_eq!(out.len(), 13, "what could not be written leaves nothing");
    }

    #[test]
    fn a_length_past_the_end_is_told_with_its_place() {
        let mut reader = Reader::new(&[0x10, 0, 0, 9, 1]);
        assert_eq!(reader.item().unwrap_err().offset, 4);
    }
}
