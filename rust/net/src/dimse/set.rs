//! A command set: elements of group 0000 in implicit VR little endian (PS3.7 6.3.1), whatever the transfer syntax of the context is.

use radiogram_core::{Error, ErrorKind, Result, Tag};

use super::CommandField;
use crate::Fault;

/// Command Group Length.
pub(crate) const GROUP_LENGTH: Tag = Tag(0x0000_0000);
/// Command Field.
pub(crate) const COMMAND_FIELD: Tag = Tag(0x0000_0100);
/// Command Data Set Type.
pub(crate) const DATA_SET_TYPE: Tag = Tag(0x0000_0800);
/// The value of Command Data Set Type that says that no data set follows; any other says that one does (PS3.7 E.1).
pub(crate) const NO_DATA_SET: u16 = 0x0101;
/// Bytes in front of a value: tag and length.
const HEAD: usize = 8;

/// The bytes of a command set whose structure was found sound.
#[derive(Clone, Copy, Debug)]
pub struct CommandSet<'b>(&'b [u8]);

impl<'b> CommandSet<'b> {
    /// Walks the elements once: none may go past the end. What they hold is looked at later.
    pub fn new(bytes: &'b [u8]) -> std::result::Result<Self, Fault> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let at = (bytes.len() - rest.len()) as u64;
            let (_, _, behind) =
                split(rest).ok_or(Fault::invalid("an element of the command set goes past its end", at))?;
            rest = behind;
        }
        Ok(Self(bytes))
    }

    /// The value of an element; an empty one counts as missing, and of several the first counts.
    pub fn find(&self, tag: Tag) -> Option<&'b [u8]> {
        let mut rest = self.0;
        while let Some((found, value, behind)) = split(rest) {
            if found == tag {
                return Some(value).filter(|value| !value.is_empty());
            }
            rest = behind;
        }
        None
    }

    /// A value of 16 bits; of a longer one the first counts.
    pub fn u16(&self, tag: Tag) -> Option<u16> {
        self.find(tag)?.first_chunk().copied().map(u16::from_le_bytes)
    }
}

fn check(value: &[u8]) -> Result<()> {
    if value.len() > usize::from(u16::MAX) {
        return Err(Error::new(ErrorKind::Argument, "a value of the command is too long"));
    }
    Ok(())
}

pub(crate) fn split(bytes: &[u8]) -> Option<(Tag, &[u8], &[u8])> {
    let (&[g0, g1, e0, e1, l0, l1, l2, l3], rest) = bytes.split_first_chunk::<HEAD>()?;
    let tag = Tag::new(u16::from_le_bytes([g0, g1]), u16::from_le_bytes([e0, e1]));
    let length = usize::try_from(u32::from_le_bytes([l0, l1, l2, l3])).ok()?;
    let (value, behind) = rest.split_at_checked(length)?;
    Some((tag, value, behind))
}

/// A command set that is being written: elements in ascending order, with Command Field and Command Data Set Type where they belong.
#[derive(Debug)]
pub(crate) struct SetWriter<'o> {
    out: &'o mut Vec<u8>,
    begin: usize,
    waiting: std::array::IntoIter<(Tag, u16), 2>,
    next: Option<(Tag, u16)>,
    /// An element that is written once all in front of it are.
    later: Option<(Tag, Vec<u8>)>,
}

impl<'o> SetWriter<'o> {
    pub(crate) fn new(out: &'o mut Vec<u8>, field: CommandField, has_data: bool) -> Self {
        let begin = out.len();
        let data = if has_data { 0 } else { NO_DATA_SET };
        let mut waiting = [(COMMAND_FIELD, field.code()), (DATA_SET_TYPE, data)].into_iter();
        let next = waiting.next();
        let mut writer = Self { out, begin, waiting, next, later: None };
        writer.append(GROUP_LENGTH, &[0; 4], 0);
        writer
    }

    /// Appends an element, padded to an even length.
    pub(crate) fn put(&mut self, tag: Tag, value: &[u8], pad: u8) -> Result<()> {
        check(value)?;
        self.put_before(tag);
        self.append(tag, value, pad);
        Ok(())
    }

    /// Appends an element, of an even length, before the first one that comes behind it: of several the last.
    pub(crate) fn put_later(&mut self, tag: Tag, value: Vec<u8>) -> Result<()> {
        check(&value)?;
        self.later = Some((tag, value));
        Ok(())
    }

    /// Appends what waits and is in front of a tag.
    fn put_before(&mut self, tag: Tag) {
        while let Some((earlier, number)) = self.next.filter(|(earlier, _)| *earlier < tag) {
            self.append(earlier, &number.to_le_bytes(), 0);
            self.next = self.waiting.next();
        }
        if let Some((earlier, value)) = self.later.take_if(|(earlier, _)| *earlier < tag) {
            self.append(earlier, &value, 0);
        }
    }

    /// Appends what still waits, and sets the group length, which counts all that is behind it.
    pub(crate) fn finish(mut self) {
        self.put_before(Tag(u32::MAX));
        let length = u32::try_from(self.out.len() - self.begin - 12).unwrap_or(u32::MAX);
        if let Some(place) = self.out.get_mut(self.begin + HEAD..self.begin + 12) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    fn append(&mut self, tag: Tag, value: &[u8], pad: u8) {
        let is_odd = value.len() % 2 == 1;
        let length = u32::try_from(value.len() + usize::from(is_odd)).unwrap_or(u32::MAX);
        self.out.extend_from_slice(&tag.group().to_le_bytes());
        self.out.extend_from_slice(&tag.element().to_le_bytes());
        self.out.extend_from_slice(&length.to_le_bytes());
        self.out.extend_from_slice(value);
        if is_odd {
            self.out.push(pad);
        }
    }
}
