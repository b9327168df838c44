//! Files made byte by byte, explicit VR little endian, for tests: what is read and written is held against these.

use radiogram_core::{Tag, Vr};

/// An element; its value is padded to an even length (PS3.5 7.1.2, 6.2).
pub(crate) fn element(tag: u32, vr: Vr, value: &[u8]) -> Vec<u8> {
    let tag = Tag(tag);
    let mut out = [tag.group().to_le_bytes(), tag.element().to_le_bytes()].concat();
    out.extend_from_slice(vr.as_str().as_bytes());
    let padded = value.len().next_multiple_of(2);
    if vr.has_long_length() {
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(&u32::try_from(padded).unwrap().to_le_bytes());
    } else {
        out.extend_from_slice(&u16::try_from(padded).unwrap().to_le_bytes());
    }
    out.extend_from_slice(value);
    if padded > value.len() {
        out.push(if matches!(vr, Vr::UI | Vr::OB) { 0 } else { b' ' });
    }
    out
}

/// An item of defined length (PS3.5 7.5).
pub(crate) fn item(content: &[u8]) -> Vec<u8> {
    let mut out = vec![0xFE, 0xFF, 0x00, 0xE0];
    out.extend_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
    out.extend_from_slice(content);
    out
}

/// A whole file: an empty preamble, the file meta information that we write, the data set (PS3.10 7.1).
pub(crate) fn file(class: &str, instance: &str, data_set: &[u8]) -> Vec<u8> {
    let version =
        concat!("RADIOGRAM_", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));
    let group = [
        element(0x0002_0001, Vr::OB, &[0, 1]),
        element(0x0002_0002, Vr::UI, class.as_bytes()),
        element(0x0002_0003, Vr::UI, instance.as_bytes()),
        element(0x0002_0010, Vr::UI, b"1.2.840.10008.1.2.1"),
        element(0x0002_0012, Vr::UI, b"2.25.281270507134725892049947030035413456146"),
        element(0x0002_0013, Vr::SH, version.as_bytes()),
    ]
    .concat();
    let length = u32::try_from(group.len()).unwrap().to_le_bytes();
    [&[0; 128], b"DICM".as_slice(), &element(0x0002_0000, Vr::UL, &length), &group, data_set].concat()
}
