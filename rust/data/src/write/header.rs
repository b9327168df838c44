//! What stands in front of a value: tag, VR and length (PS3.5 7.1).

use radiogram_core::{Error, ErrorKind, Result, Tag, Vr};

use super::output::Output;
use crate::header::{Encoding, UNDEFINED};

/// The longest value whose length is 16 bit: even, because padded.
const LONGEST_SHORT: u64 = 0xFFFE;
/// The longest value whose length is 32 bit; above it stands "undefined".
const LONGEST: u64 = 0xFFFF_FFFE;

/// A place that waits for a length.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    at: usize,
    /// How many bytes there were when the place was made.
    start: u64,
    big_endian: bool,
}

impl Slot {
    /// The place of the four bytes that were written last.
    pub(super) fn behind(out: &Output, big_endian: bool) -> Self {
        Self { at: out.arena.len().saturating_sub(4), start: out.total, big_endian }
    }

    /// Writes how many bytes came since.
    pub(super) fn close(self, out: &mut Output) -> Result<()> {
        let length = out.total - self.start;
        let length = u32::try_from(length).ok().filter(|length| *length != UNDEFINED).ok_or_else(|| {
            Error::new(ErrorKind::Limit, "a sequence or item of 4 GiB or more must have undefined length")
        })?;
        out.patch(self.at, &u32_bytes(length, self.big_endian));
        Ok(())
    }
}

pub(super) fn u32_bytes(value: u32, big_endian: bool) -> [u8; 4] {
    if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
}

pub(super) fn u16_bytes(value: u16, big_endian: bool) -> [u8; 2] {
    if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
}

/// A tag is two words (PS3.5 7.1.1).
pub(super) fn tag_bytes(tag: Tag, big_endian: bool) -> [u8; 4] {
    let [a, b] = u16_bytes(tag.group(), big_endian);
    let [c, d] = u16_bytes(tag.element(), big_endian);
    [a, b, c, d]
}

/// An item or a delimiter: tag and length alone (PS3.5 7.5).
pub(super) fn item(out: &mut Output, tag: Tag, length: u32, big_endian: bool) -> Result<()> {
    out.put(&tag_bytes(tag, big_endian))?;
    out.put(&u32_bytes(length, big_endian))
}

/// The header of a value of so many bytes.
pub(super) fn value(out: &mut Output, encoding: Encoding, tag: Tag, vr: Vr, length: u64) -> Result<()> {
    if length > LONGEST {
        return Err(Error::new(
            ErrorKind::Value,
            "a value of 4 GiB or more: its length field has 32 bits, and the greatest number means undefined length (PS3.5 7.1.2)",
        ));
    }
    // PS3.5 6.2.2: what is too long for the length field of its VR is UN.
    let vr = if vr.has_long_length() || length <= LONGEST_SHORT { vr } else { Vr::UN };
    raw(out, encoding, tag, vr, u32::try_from(length).unwrap_or(UNDEFINED))
}

/// The header of what a delimiter ends.
pub(super) fn undefined(out: &mut Output, encoding: Encoding, tag: Tag, vr: Vr) -> Result<()> {
    raw(out, encoding, tag, if vr.has_long_length() { vr } else { Vr::UN }, UNDEFINED)
}

fn raw(out: &mut Output, encoding: Encoding, tag: Tag, vr: Vr, length: u32) -> Result<()> {
    let big_endian = encoding.big_endian;
    out.put(&tag_bytes(tag, big_endian))?;
    if encoding.implicit {
        return out.put(&u32_bytes(length, big_endian));
    }
    // An ambiguous VR that nothing resolves is unknown.
    let letters: [u8; 2] = vr.as_str().as_bytes().try_into().unwrap_or(*b"UN");
    out.put(&letters)?;
    if vr.has_long_length() {
        out.put(&[0; 2])?;
        return out.put(&u32_bytes(length, big_endian));
    }
    out.put(&u16_bytes(u16::try_from(length).unwrap_or(u16::MAX), big_endian))
}
