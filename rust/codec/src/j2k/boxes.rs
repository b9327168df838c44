//! JP2 and JPH: where in a file of boxes the codestream is (T.800 Annex I, T.814 Annex D). DICOM has codestreams alone (PS3.5 8.2.4), but
//! files of boxes are found in their place.

use std::ops::Range;

use crate::Result;

use super::markers::{Fields, malformed};

/// The signature box, T.800 I.5.1.
const SIGNATURE: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
/// The contiguous codestream box, T.800 I.5.4.
const CODESTREAM: [u8; 4] = *b"jp2c";
/// SOC and SIZ: every codestream begins with them (T.800 A.4.1, A.5.1).
const BEGINNING: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];

/// The bytes of the codestream.
pub(super) fn codestream(data: &[u8]) -> Result<Range<usize>> {
    if data.starts_with(&BEGINNING) {
        return Ok(0..data.len());
    }
    let mut at = 0;
    while data.starts_with(SIGNATURE) && at < data.len() {
        let mut fields = Fields::new(data, at);
        let (short, kind) = (fields.u32()?, fields.bytes::<4>()?);
        let (length, head) = match short {
            0 => ((data.len() - at) as u64, 8),
            1 => (u64::from_be_bytes(fields.bytes()?), 16),
            short => (u64::from(short), 8),
        };
        let end = usize::try_from(length).ok().and_then(|length| at.checked_add(length));
        if length < head {
            break;
        }
        let end = end.unwrap_or(data.len()).min(data.len());
        if kind == CODESTREAM {
            return Ok(data.len() - fields.rest.len()..end);
        }
        at = end;
    }
    // Boxes that are broken, or none: a codestream may yet stand somewhere.
    let found = data.windows(4).position(|window| window == BEGINNING);
    found.map(|at| at..data.len()).ok_or(malformed("JPEG 2000: there is no codestream").at(0))
}

#[cfg(test)]
mod tests {
    use super::{BEGINNING, SIGNATURE, codestream};

    #[test]
    fn a_codestream_is_found_alone_in_boxes_and_behind_broken_ones() {
        let alone = [&BEGINNING[..], &[1, 2, 3]].concat();
        assert_eq!(codestream(&alone), Ok(0..7));
        let boxed = [SIGNATURE, b"\0\0\0\x09abcd!", b"\0\0\0\x0Fjp2c", &alone, b"tail"].concat();
        assert_eq!(codestream(&boxed), Ok(29..36));
        let long = [SIGNATURE, b"\0\0\0\x01jp2c\0\0\0\0\0\0\0\x17", &alone].concat();
        assert_eq!(codestream(&long), Ok(28..35));
        let broken = [SIGNATURE, b"\0\0\0\x02abcd", &alone].concat();
        assert_eq!(codestream(&broken), Ok(20..27));
        assert!(codestream(SIGNATURE).is_err());
        assert!(codestream(&[]).is_err());
    }
}
