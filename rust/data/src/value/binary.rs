//! Binary numbers and tags, in either byte order.

use std::borrow::Cow;

use radiogram_core::vr::Storage;
use radiogram_core::{ProblemKind, Tag, Vr};

use super::Scalar;
use super::check::Once;

/// Bytes of one value.
pub(super) fn width(vr: Vr) -> usize {
    match vr.storage() {
        Storage::Tags => 4,
        Storage::Unsigned(size) | Storage::Signed(size) | Storage::Float(size) => usize::from(size),
        Storage::Text | Storage::Bytes | Storage::Items => 1,
    }
}

/// Hands over every whole value. Bytes behind the last one are reported and left out: the values in front of them are
/// sound, whereas pydicom gives up on the VR and returns the bytes as text.
pub(super) fn each<'a>(
    vr: Vr,
    bytes: &[u8],
    big_endian: bool,
    report: &mut Once<'_, '_>,
    sink: &mut dyn FnMut(Scalar<'a>),
) {
    if !bytes.len().is_multiple_of(width(vr)) {
        report.say(ProblemKind::PartialValue, || {
            Cow::Borrowed("the bytes behind the last whole value are left out")
        });
    }
    match vr {
        Vr::US => numbers(bytes, big_endian, sink, |b| Scalar::Uint(u16::from_le_bytes(b).into())),
        Vr::UL => numbers(bytes, big_endian, sink, |b| Scalar::Uint(u32::from_le_bytes(b).into())),
        Vr::UV => numbers(bytes, big_endian, sink, |b| Scalar::Uint(u64::from_le_bytes(b))),
        Vr::SS => numbers(bytes, big_endian, sink, |b| Scalar::Int(i16::from_le_bytes(b).into())),
        Vr::SL => numbers(bytes, big_endian, sink, |b| Scalar::Int(i32::from_le_bytes(b).into())),
        Vr::SV => numbers(bytes, big_endian, sink, |b| Scalar::Int(i64::from_le_bytes(b))),
        Vr::FL => numbers(bytes, big_endian, sink, |b| Scalar::Float(f32::from_le_bytes(b).into())),
        Vr::FD => numbers(bytes, big_endian, sink, |b| Scalar::Float(f64::from_le_bytes(b))),
        Vr::AT => tags(bytes, big_endian, sink),
        _ => {}
    }
}

fn numbers<'a, const SIZE: usize>(
    bytes: &[u8],
    big_endian: bool,
    sink: &mut dyn FnMut(Scalar<'a>),
    read: impl Fn([u8; SIZE]) -> Scalar<'a>,
) {
    for &chunk in bytes.as_chunks::<SIZE>().0 {
        let mut chunk = chunk;
        if big_endian {
            chunk.reverse();
        }
        sink(read(chunk));
    }
}

/// A tag is two 16-bit words, each in the byte order of the data set (PS3.5 7.3).
fn tags<'a>(bytes: &[u8], big_endian: bool, sink: &mut dyn FnMut(Scalar<'a>)) {
    for &[a, b, c, d] in bytes.as_chunks::<4>().0 {
        let (group, element) = if big_endian {
            (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
        } else {
            (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
        };
        sink(Scalar::Tag(Tag::new(group, element)));
    }
}
