//! CAP and CPF: what a decoder has to be capable of beyond part 1 (T.800 A.5.2, T.814 A.3).

use crate::Result;

use super::Segment;

/// The bit of `Pcap` that speaks of part 15, T.814.
const PART_15: u32 = 1 << (32 - 15);

/// What CAP says of T.814; `None` where it does not speak of it.
pub(crate) fn read_part_15(segment: &Segment) -> Result<Option<u16>> {
    let mut fields = segment.fields();
    let parts = fields.u32()?;
    if parts & PART_15 == 0 {
        return Ok(None);
    }
    // A word for each bit that is set, the highest first.
    for _ in 0..(parts & !(PART_15 * 2 - 1)).count_ones() {
        fields.u16()?;
    }
    fields.u16().map(Some)
}

/// Appends CAP with a word for part 15 alone.
pub(crate) fn write_part_15(out: &mut Vec<u8>, word: u16) -> Result<()> {
    super::write(out, super::CAP, |out| {
        out.extend_from_slice(&PART_15.to_be_bytes());
        out.extend_from_slice(&word.to_be_bytes());
    })
}

/// Appends CPF.
pub(crate) fn write_profile(out: &mut Vec<u8>, words: &[u16]) -> Result<()> {
    super::write(out, super::CPF, |out| {
        out.extend(words.iter().flat_map(|word| word.to_be_bytes()));
    })
}
