//! Where codestreams begin and end, for those who find several in one piece.

use super::codestream::Header;
use super::markers;

/// T.800 A.4.1, A.5.1: SOC and SIZ.
const BEGINNING: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];
/// The signature of a file of boxes (T.800 I.5.1), which some put in a codestream's place.
const BOXES: &[u8] = b"\0\0\0\x0CjP  ";

/// True where a codestream begins, alone or in boxes.
#[must_use]
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(&BEGINNING) || is_boxed(bytes)
}

/// True where a file of boxes begins.
#[must_use]
pub fn is_boxed(bytes: &[u8]) -> bool {
    bytes.starts_with(BOXES)
}

/// The length of the codestream at the front, up to its end marker; `None` where that is not there, or boxes are around it.
#[must_use]
pub fn length(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(&BEGINNING) {
        return None;
    }
    Header::read(bytes).ok()?.end_marker(bytes).map(|at| at + markers::EOC.to_be_bytes().len())
}

#[cfg(test)]
mod tests {
    use super::{begins, is_boxed, length};
    use crate::j2k::{Executor, Jpeg2000Encoder};
    use crate::{Image, j2k::Order};

    fn codestream() -> Vec<u8> {
        let image = Image { rows: 9, columns: 13, components: 1, precision: 8, is_signed: false };
        let samples: Vec<u8> = (0..117).collect();
        let encoder =
            Jpeg2000Encoder { order: Order::Rlcp, tile: Some((8, 8)), ..Jpeg2000Encoder::default() };
        let mut out = Vec::new();
        encoder.encode_into(&image, &samples, Executor::HERE, &mut out).unwrap();
        out
    }

    #[test]
    fn codestreams_end_at_their_marker() {
        let one = codestream();
        assert!(begins(&one) && !is_boxed(&one));
        assert_eq!(length(&one), Some(one.len()));
        assert_eq!(length(&[&one[..], &[0], &one].concat()), Some(one.len()));
        assert_eq!(length(&one[..one.len() - 1]), None);
    }

    #[test]
    fn a_last_tile_part_of_no_length_ends_at_the_first_end_marker() {
        let mut one = codestream();
        let last = one.windows(2).rposition(|two| two == [0xFF, 0x90]).unwrap();
        one[last + 6..last + 10].fill(0);
        assert_eq!(length(&[&one[..], &one].concat()), Some(one.len()));
    }

    #[test]
    fn boxes_begin_but_say_no_length() {
        let boxed = [&b"\0\0\0\x0CjP  \r\n\x87\n\0\0\0\0jp2c"[..], &codestream()].concat();
        assert!(begins(&boxed) && is_boxed(&boxed));
        assert_eq!(length(&boxed), None);
    }
}
