//! The header of 64 bytes, PS3.5 G.5: the number of segments and their offsets.

use crate::{Error, ErrorKind, Result};

/// Bytes of the header.
pub(super) const HEADER: usize = 64;
/// Segments that a header can name.
pub(super) const SEGMENTS: usize = 15;

/// Where the segments are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// The number that the header says.
    count: usize,
    offsets: [usize; SEGMENTS],
}

impl Header {
    pub(super) fn read(codestream: &[u8]) -> Result<Self> {
        let short = Error::new(ErrorKind::Truncated, "an RLE header has 64 bytes").at(codestream.len());
        let header = codestream.first_chunk::<HEADER>().ok_or(short)?;
        let mut numbers = header.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes) as usize);
        let count = numbers.next().unwrap_or(0);
        let mut offsets = [0; SEGMENTS];
        offsets.iter_mut().zip(numbers).for_each(|(place, offset)| *place = offset);
        Ok(Self { count, offsets })
    }

    /// Where each of `planes` segments begins, and what is wrong with the header but can be read past.
    ///
    /// # Errors
    ///
    /// Where a segment is missing.
    pub(super) fn starts(&self, planes: usize, size: usize) -> Result<(&[usize], Option<&'static str>)> {
        let unsupported = Error::new(ErrorKind::Unsupported, "an RLE image of more than 15 planes");
        let own = self.offsets.get(..planes).ok_or(unsupported)?;
        for (index, &offset) in own.iter().enumerate() {
            let place = 4 * (index + 1);
            if offset < HEADER {
                return Err(Error::new(ErrorKind::Malformed, "fewer RLE segments than the image has planes")
                    .at(place));
            }
            if offset >= size {
                return Err(Error::new(ErrorKind::Truncated, "an RLE segment begins after the end").at(place));
            }
        }
        let rest = self.offsets.get(planes..).unwrap_or_default();
        let fault = if !own.is_sorted_by(|a, b| a < b) {
            Some("RLE segments are not in order")
        } else if own.first() != Some(&HEADER) {
            Some("the first RLE segment does not follow the header")
        } else if self.count > planes && rest.iter().any(|&offset| offset != 0) {
            Some("more RLE segments than the image has planes")
        } else if self.count != planes {
            Some("an RLE header with the wrong number of segments")
        } else {
            None
        };
        Ok((own, fault))
    }
}
