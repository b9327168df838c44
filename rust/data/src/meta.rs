//! The file meta information alone (PS3.10 7.1): written in front of a data set that goes into a file as it came, and found in front of one that
//! leaves it as it is.

use radiogram_core::{Tag, Vr};

use crate::header;
use crate::write::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION};

const PREAMBLE: usize = 128;
const MAGIC: &[u8; 4] = b"DICM";
/// Bytes that it has mostly.
const USUAL: usize = PREAMBLE + 384;
/// Where the first element is.
const FIRST: usize = PREAMBLE + MAGIC.len();

const SOP_CLASS: Tag = Tag::new(0x0002, 0x0002);
const SOP_INSTANCE: Tag = Tag::new(0x0002, 0x0003);

/// What file meta information says of its data set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Meta {
    /// Media Storage SOP Class UID.
    pub sop_class: String,
    /// Media Storage SOP Instance UID.
    pub sop_instance: String,
    /// Transfer Syntax UID.
    pub transfer_syntax: String,
    /// Source Application Entity Title, where one is known.
    pub source: Option<String>,
}

impl Meta {
    /// Preamble, prefix and meta information: all that comes before the data set. Values of more than 64 KiB are cut.
    pub fn compose(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.compose_into(&mut out);
        out
    }

    /// The same at the end of what there is.
    pub fn compose_into(&self, out: &mut Vec<u8>) {
        // One growth instead of several; where there is no memory the next one says so.
        let _ = out.try_reserve(USUAL);
        out.resize(out.len() + PREAMBLE, 0);
        out.extend_from_slice(MAGIC);
        put(out, Tag::META_LENGTH, Vr::UL, &[0; 4]);
        let begin = out.len();
        put(out, Tag::new(0x0002, 0x0001), Vr::OB, &[0, 1]);
        put(out, SOP_CLASS, Vr::UI, self.sop_class.as_bytes());
        put(out, SOP_INSTANCE, Vr::UI, self.sop_instance.as_bytes());
        put(out, Tag::TRANSFER_SYNTAX, Vr::UI, self.transfer_syntax.as_bytes());
        put(out, Tag::new(0x0002, 0x0012), Vr::UI, IMPLEMENTATION_CLASS_UID.as_bytes());
        put(out, Tag::new(0x0002, 0x0013), Vr::SH, IMPLEMENTATION_VERSION.as_bytes());
        if let Some(source) = &self.source {
            put(out, Tag::new(0x0002, 0x0016), Vr::AE, source.as_bytes());
        }
        let length = u32::try_from(out.len() - begin).unwrap_or(u32::MAX);
        if let Some(place) = out.get_mut(begin - size_of::<u32>()..begin) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    /// The meta information at the front of a file, and where its data set begins. `None` where there is none, or it is not as the standard
    /// says, or the bytes end in it.
    pub fn find(bytes: &[u8]) -> Option<(Self, usize)> {
        if bytes.get(PREAMBLE..FIRST)? != MAGIC {
            return None;
        }
        let (mut meta, mut at) = (Self::default(), FIRST);
        loop {
            let rest = bytes.get(at..)?;
            let header = header::explicit(rest, false).filter(|header| header.tag.group() == 2);
            let Some(header) = header else {
                return (header::tag(rest, false)?.group() != 2 && !meta.transfer_syntax.is_empty())
                    .then_some((meta, at));
            };
            let begin = usize::from(header.size);
            let end = begin.checked_add(usize::try_from(header.length).ok()?)?;
            let value = rest.get(begin..end)?;
            let text = || String::from_utf8_lossy(value).trim_matches(['\0', ' ']).to_owned();
            match header.tag {
                SOP_CLASS => meta.sop_class = text(),
                SOP_INSTANCE => meta.sop_instance = text(),
                Tag::TRANSFER_SYNTAX => meta.transfer_syntax = text(),
                _ => {}
            }
            at = at.checked_add(end)?;
        }
    }
}

/// Appends an element in explicit VR little endian, padded to an even length.
fn put(out: &mut Vec<u8>, tag: Tag, vr: Vr, value: &[u8]) {
    let value = value.get(..usize::from(u16::MAX - 1)).unwrap_or(value);
    let is_odd = value.len() % 2 == 1;
    let length = u16::try_from(value.len() + usize::from(is_odd)).unwrap_or(0);
    out.extend_from_slice(&tag.group().to_le_bytes());
    out.extend_from_slice(&tag.element().to_le_bytes());
    out.extend_from_slice(vr.as_str().as_bytes());
    if vr.has_long_length() {
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&u32::from(length).to_le_bytes());
    } else {
        out.extend_from_slice(&length.to_le_bytes());
    }
    out.extend_from_slice(value);
    if is_odd {
        out.push(vr.pad());
    }
}

#[cfg(test)]
mod tests {
    use super::Meta;
    use crate::{Options, Source, read};

    #[test]
    fn what_is_composed_is_found_and_is_a_file() {
        let meta = Meta {
            sop_class: "1.2.840.10008.5.1.4.1.1.2".into(),
            sop_instance: "1.2.3".into(),
            transfer_syntax: "1.2.840.10008.1.2".into(),
            source: Some("ME".into()),
        };
        let mut file = meta.compose();
        let begin = file.len();
        file.extend_from_slice(&[8, 0, 0x18, 0, 6, 0, 0, 0, b'1', b'.', b'2', b'.', b'3', 0]);
        let found = Meta::find(&file).unwrap();
        assert_eq!(found, (Meta { source: None, ..meta }, begin));
        for length in 0..begin + 4 {
            assert_eq!(Meta::find(&file[..length]), None, "{length}");
        }
        let document = read(Source::Memory(std::sync::Arc::new(file)), &Options::default()).unwrap();
        assert!(document.problems().is_empty(), "{:?}", document.problems());
    }
}
