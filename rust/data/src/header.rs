//! The few bytes in front of a value: tag, VR, length (PS3.5 7.1).

use radiogram_core::{Tag, Vr};

/// The length field of undefined length (PS3.5 7.1.1).
pub(crate) const UNDEFINED: u32 = 0xFFFF_FFFF;
/// The most bytes a header can have.
pub(crate) const LONGEST: usize = 12;

/// How data elements are encoded (PS3.5 7.1, 7.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Encoding {
    pub(crate) implicit: bool,
    pub(crate) big_endian: bool,
}

impl Encoding {
    pub(crate) const EXPLICIT_LITTLE: Self = Self { implicit: false, big_endian: false };
    pub(crate) const IMPLICIT_LITTLE: Self = Self { implicit: true, big_endian: false };
    pub(crate) const EXPLICIT_BIG: Self = Self { implicit: false, big_endian: true };
}

/// What stands between tag and length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Letters {
    /// A VR of the standard.
    Known(Vr),
    /// Two capital letters that are none.
    Unknown,
    /// No VR: the element is implicit.
    Absent,
}

/// A header as the bytes give it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    pub(crate) tag: Tag,
    pub(crate) letters: Letters,
    pub(crate) length: u32,
    /// Bytes up to the value.
    pub(crate) size: u8,
}

pub(crate) fn u16_at(bytes: &[u8], at: usize, big_endian: bool) -> Option<u16> {
    let pair = *bytes.get(at..)?.first_chunk::<2>()?;
    Some(if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
}

pub(crate) fn u32_at(bytes: &[u8], at: usize, big_endian: bool) -> Option<u32> {
    let four = *bytes.get(at..)?.first_chunk::<4>()?;
    Some(if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
}

/// The tag at the front of `bytes`.
pub(crate) fn tag(bytes: &[u8], big_endian: bool) -> Option<Tag> {
    let four = *bytes.first_chunk::<4>()?;
    let [a, b, c, d] = four;
    Some(if big_endian { Tag(u32::from_be_bytes(four)) } else { Tag(u32::from_le_bytes([c, d, a, b])) })
}

/// Tag and length without VR: implicit elements, items, delimiters (PS3.5 7.1.3, 7.5).
pub(crate) fn implicit(bytes: &[u8], big_endian: bool) -> Option<Header> {
    let tag = tag(bytes, big_endian)?;
    Some(Header { tag, letters: Letters::Absent, length: u32_at(bytes, 4, big_endian)?, size: 8 })
}

/// Tag, VR and length (PS3.5 7.1.2); an implicit header where there are no letters. `None`: the bytes end in it.
#[inline]
pub(crate) fn explicit(bytes: &[u8], big_endian: bool) -> Option<Header> {
    let eight = bytes.first_chunk::<8>()?;
    let tag = tag(eight, big_endian)?;
    let [_, _, _, _, a, b, c, d] = *eight;
    if tag.is_delimiter() {
        return implicit(bytes, big_endian);
    }
    let short = || {
        let pair = [c, d];
        u32::from(if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    match Vr::from_bytes([a, b]) {
        Some(vr) if vr.has_long_length() => {
            let letters = Letters::Known(vr);
            // Old writers gave UN and the newer long VRs a 16-bit length; the two reserved bytes then hold it.
            if (c, d) != (0, 0) && !reserved_is_noise(bytes, big_endian) {
                return Some(Header { tag, letters, length: short(), size: 8 });
            }
            Some(Header { tag, letters, length: u32_at(bytes, 8, big_endian)?, size: 12 })
        }
        Some(vr) => Some(Header { tag, letters: Letters::Known(vr), length: short(), size: 8 }),
        None if a.is_ascii_uppercase() && b.is_ascii_uppercase() => {
            // PS3.5 6.2.2: a VR that is not known has the 32-bit form, its reserved bytes are zero.
            if (c, d) == (0, 0) && bytes.len() >= LONGEST {
                Some(Header {
                    tag,
                    letters: Letters::Unknown,
                    length: u32_at(bytes, 8, big_endian)?,
                    size: 12,
                })
            } else {
                Some(Header { tag, letters: Letters::Unknown, length: short(), size: 8 })
            }
        }
        None => implicit(bytes, big_endian),
    }
}

/// True where the reserved bytes hold rubbish and the 32 bits after them are the length all the same: undefined, or a
/// length under 16 MiB, while the element that a 16-bit length would lead to cannot be looked at here.
fn reserved_is_noise(bytes: &[u8], big_endian: bool) -> bool {
    let Some(long) = u32_at(bytes, 8, big_endian) else { return false };
    let short = usize::from(u16_at(bytes, 6, big_endian).unwrap_or(0));
    let next = bytes.get(8 + short..).and_then(|rest| rest.get(4..6)).and_then(|vr| vr.first_chunk::<2>());
    let short_leads_on = next.is_some_and(|letters| Vr::from_bytes(*letters).is_some());
    !short_leads_on && (long == UNDEFINED || long < 1 << 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms() {
        let short = explicit(b"\x10\0\x20\0LO\x04\0ABCD", false).unwrap();
        assert_eq!((short.tag, short.length, short.size), (Tag::new(0x10, 0x20), 4, 8));
        let long = explicit(b"\xE0\x7F\x10\0OW\0\0\x04\0\0\0", false).unwrap();
        assert_eq!((long.tag, long.length, long.size), (Tag::PIXELS, 4, 12));
        let absent = explicit(b"\x10\0\x20\0\x04\0\0\0", false).unwrap();
        assert_eq!((absent.letters, absent.length), (Letters::Absent, 4));
        let big = explicit(b"\0\x10\0\x20LO\0\x04", true).unwrap();
        assert_eq!((big.tag, big.length), (Tag::new(0x10, 0x20), 4));
    }

    #[test]
    fn an_unknown_vr_has_the_long_form() {
        let header = explicit(b"\x10\0\x20\0ZZ\0\0\x04\0\0\0ABCD", false).unwrap();
        assert_eq!((header.letters, header.length, header.size), (Letters::Unknown, 4, 12));
    }

    #[test]
    fn a_cut_header_is_none() {
        for cut in 0..12 {
            let bytes = b"\xE0\x7F\x10\0OW\0\0\x04\0\0\0";
            assert_eq!(explicit(bytes.get(..cut).unwrap(), false), None, "{cut}");
        }
    }
}
