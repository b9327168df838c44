//! The preamble and the file meta information (PS3.10 7.1).

use radiogram_core::syntax::EXPLICIT_LITTLE;
use radiogram_core::{Result, Tag, Vr};

use super::Writer;

/// Who wrote the file: Implementation Class UID, of a UUID (PS3.5 B.2).
pub(super) const IMPLEMENTATION_CLASS_UID: &str = "2.25.281270507134725892049947030035413456146";
/// Implementation Version Name, at most 16 characters.
pub(super) const IMPLEMENTATION_VERSION: &str =
    concat!("RADIOGRAM_", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// SOP Class UID, in the data set.
pub const SOP_CLASS_UID: Tag = Tag::new(0x0008, 0x0016);
/// SOP Instance UID, in the data set.
pub const SOP_INSTANCE_UID: Tag = Tag::new(0x0008, 0x0018);

/// What the file meta information says of the data set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileMeta<'a> {
    /// SOP Class UID of the data set.
    pub sop_class_uid: &'a str,
    /// SOP Instance UID of the data set.
    pub sop_instance_uid: &'a str,
}

/// A writer of a Part 10 file: the preamble and the file meta information are written, the data set follows.
pub fn file(meta: &FileMeta<'_>) -> Result<Writer> {
    let mut group = Writer::new();
    group.bytes(Tag::new(0x0002, 0x0001), Vr::OB, &[0, 1])?;
    group.text(Tag::new(0x0002, 0x0002), Vr::UI, meta.sop_class_uid)?;
    group.text(Tag::new(0x0002, 0x0003), Vr::UI, meta.sop_instance_uid)?;
    group.text(Tag::TRANSFER_SYNTAX, Vr::UI, EXPLICIT_LITTLE)?;
    group.text(Tag::new(0x0002, 0x0012), Vr::UI, IMPLEMENTATION_CLASS_UID)?;
    group.text(Tag::new(0x0002, 0x0013), Vr::SH, IMPLEMENTATION_VERSION)?;
    let group = group.finish()?;
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    let mut writer = Writer::after(out, None);
    // PS3.10 7.1: the bytes that follow this element in the group.
    let length = i64::try_from(group.len()).unwrap_or(i64::MAX);
    writer.integers(Tag::new(0x0002, 0x0000), Vr::UL, &[length])?;
    let mut out = writer.finish()?;
    out.extend_from_slice(&group);
    // PS3.10 7.1: group 0002 has no place in the data set, so its tags begin after it.
    Ok(Writer::after(out, Some(Tag::new(0x0002, 0xFFFF))))
}
