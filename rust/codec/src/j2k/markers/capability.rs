//! CAP: what a decoder has to be capable of beyond part 1 (T.800 A.5.2, T.814 A.3).

use crate::Result;

/// The bit of `Pcap` that speaks of part 15, T.814.
const PART_15: u32 = 1 << (32 - 15);

/// Appends CAP with a word for part 15 alone.
pub(crate) fn write_part_15(out: &mut Vec<u8>, word: u16) -> Result<()> {
    super::write(out, super::CAP, |out| {
        out.extend_from_slice(&PART_15.to_be_bytes());
        out.extend_from_slice(&word.to_be_bytes());
    })
}
