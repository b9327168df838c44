//! Marker segments: where each lies, and its fields (T.81 B.1, T.87 C.1).

use crate::{Error, ErrorKind, Result};

pub(super) const SOI: u8 = 0xD8;
pub(super) const EOI: u8 = 0xD9;
pub(super) const SOS: u8 = 0xDA;
pub(super) const DNL: u8 = 0xDC;
pub(super) const DRI: u8 = 0xDD;
pub(super) const RST0: u8 = 0xD0;
pub(super) const APP8: u8 = 0xE8;
pub(super) const SOF55: u8 = 0xF7;
pub(super) const LSE: u8 = 0xF8;

const NO_MARKER: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: no marker where one must be");
const BAD_LENGTH: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: a marker segment of a wrong length");
pub(super) const ENDS: Error =
    Error::new(ErrorKind::Truncated, "JPEG-LS: the codestream ends within its header");

/// One marker segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    /// Where its payload begins.
    pub(super) at: usize,
    pub(super) payload: &'a [u8],
}

/// Reads the marker at `at` (fill bytes FF may stand before it) and what belongs to it; gives the place after it.
pub(super) fn read(data: &[u8], at: usize) -> Result<(Segment<'_>, usize)> {
    let rest = data.get(at..).unwrap_or_default();
    let Some((&first, rest)) = rest.split_first() else { return Err(ENDS.at(data.len())) };
    if first != 0xFF {
        return Err(NO_MARKER.at(at));
    }
    let fill = rest.iter().take_while(|&&byte| byte == 0xFF).count();
    let Some(&marker) = rest.get(fill) else { return Err(ENDS.at(data.len())) };
    let at = at + fill + 2;
    if marker < 0x80 {
        return Err(NO_MARKER.at(at - 2));
    }
    if matches!(marker, RST0..=EOI) {
        return Ok((Segment { marker, at, payload: &[] }, at));
    }
    let rest = data.get(at..).unwrap_or_default();
    let Some(length) = rest.first_chunk() else { return Err(ENDS.at(data.len())) };
    let length = usize::from(u16::from_be_bytes(*length));
    if length < 2 {
        return Err(BAD_LENGTH.at(at));
    }
    let payload = rest.get(2..length).ok_or(ENDS.at(data.len()))?;
    Ok((Segment { marker, at: at + 2, payload }, at + length))
}

/// Takes numbers from a payload, in turn.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(super) const fn new(segment: &Segment<'a>) -> Self {
        Self { rest: segment.payload, at: segment.at }
    }

    /// A number of `bytes` bytes, up to four.
    pub(super) fn number(&mut self, bytes: usize) -> Result<u32> {
        let (taken, rest) = self.rest.split_at_checked(bytes).ok_or(self.wrong())?;
        self.rest = rest;
        self.at += bytes;
        Ok(taken.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        let (&byte, rest) = self.rest.split_first().ok_or(self.wrong())?;
        self.rest = rest;
        self.at += 1;
        Ok(byte)
    }

    pub(super) fn word(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    /// What is left.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Refuses what is left.
    pub(super) fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.wrong()) }
    }

    /// The error of a segment whose length does not fit.
    pub(super) const fn wrong(&self) -> Error {
        BAD_LENGTH.at(self.at)
    }
}
