//! Look-up tables of one output: modality, VOI and presentation LUTs (PS3.3 C.11.1.1, C.11.2.1.1, C.11.6.1).

pub mod segments;

use std::borrow::Cow;

use radiogram_core::{Error, ErrorKind, Path, Result, Tag, Vr, try_vec};

use crate::attributes::Attributes;
use crate::sample::Range;
use crate::tags;

/// A table: the first input it maps, and an output for it and each input after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lut {
    /// The first input that is mapped; smaller ones get the first entry, larger ones past the end the last.
    pub first: i64,
    /// The outputs, at least one.
    pub entries: Vec<u16>,
    /// Bits of an output, from 8 to 16.
    pub bits: u32,
}

/// A descriptor's three values (PS3.3 C.7.6.3.1.5, C.11.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Descriptor {
    /// Number of entries, from 1 to 65536.
    pub count: usize,
    /// First input mapped.
    pub first: i64,
    /// Bits of an entry.
    pub bits: u32,
}

fn wrong(tag: Tag, what: &str) -> Error {
    Error::new(ErrorKind::Pixel, format!("{} {what}", tags::name(tag))).in_path(&Path::of(tag))
}

impl Descriptor {
    /// Reads a descriptor; `inputs` are the values that the table is for, where they are known.
    pub fn read(attributes: &dyn Attributes, tag: Tag, inputs: Option<Range>) -> Result<Self> {
        let values = attributes.integers(tag).ok_or_else(|| wrong(tag, "is missing"))?;
        let &[count, first, bits] = values.as_slice() else {
            return Err(wrong(tag, "has not three values"));
        };
        // The count is unsigned whatever the VR of the element; 0 stands for 2^16.
        let count = usize::try_from(count & 0xFFFF).unwrap_or_default();
        let bits = u32::try_from(bits).ok().filter(|bits| (1..=16).contains(bits));
        // A negative first input that was written with an unsigned VR.
        let wraps = inputs.is_some_and(|inputs| inputs.low < 0 && i128::from(first) > inputs.high);
        Ok(Self {
            count: if count == 0 { 1 << 16 } else { count },
            first: if wraps && first > 0x7FFF && first <= 0xFFFF { first - 0x1_0000 } else { first },
            bits: bits.ok_or_else(|| wrong(tag, "has entries of neither 8 nor 16 bits"))?,
        })
    }
}

/// The entries in a LUT's bytes: words, or bytes where there are too few for words (PS3.3 C.7.6.3.1.6, C.11.1.1).
///
/// The second value is true for words.
pub(crate) fn entries(attributes: &dyn Attributes, tag: Tag, count: usize) -> Result<(Vec<u16>, bool)> {
    let (bytes, _) = ordered(attributes, tag)?;
    let mut entries = try_vec(count)?;
    if bytes.len() >= 2 * count {
        let (words, _) = bytes.as_chunks::<2>();
        entries.extend(words.iter().take(count).map(|word| u16::from_le_bytes(*word)));
        return Ok((entries, true));
    }
    let bytes = bytes.get(..count).ok_or_else(|| wrong(tag, "is shorter than its descriptor says"))?;
    entries.extend(bytes.iter().map(|byte| u16::from(*byte)));
    Ok((entries, false))
}

/// A LUT's bytes as little endian words, and their VR.
pub(crate) fn ordered(attributes: &dyn Attributes, tag: Tag) -> Result<(Cow<'_, [u8]>, Vr)> {
    let bytes = attributes.bytes(tag).ok_or_else(|| wrong(tag, "is missing"))?;
    let vr = attributes.vr(tag).unwrap_or(Vr::OW);
    // Single bytes in words are exchanged with them (PS3.5 7.3).
    if !attributes.big_endian() || matches!(vr, Vr::OB | Vr::UN) {
        return Ok((bytes, vr));
    }
    let mut bytes = bytes.into_owned();
    for pair in bytes.as_chunks_mut::<2>().0 {
        pair.reverse();
    }
    Ok((Cow::Owned(bytes), vr))
}

impl Lut {
    /// The table in an item of a LUT sequence.
    pub fn read(item: &dyn Attributes, inputs: Option<Range>) -> Result<Self> {
        let descriptor = Descriptor::read(item, tags::LUT_DESCRIPTOR, inputs)?;
        if descriptor.bits < 8 {
            return Err(wrong(tags::LUT_DESCRIPTOR, "has entries of fewer than 8 bits"));
        }
        let (entries, _) = entries(item, tags::LUT_DATA, descriptor.count)?;
        Ok(Self { first: descriptor.first, entries, bits: descriptor.bits })
    }

    /// The output for an input; what lies between two inputs counts as the smaller one.
    pub fn at(&self, input: f64) -> u16 {
        let last = self.entries.len().saturating_sub(1);
        self.entries.get(index(input, self.first, last)).copied().unwrap_or_default()
    }

    /// The smallest and largest output.
    pub fn range(&self) -> Range {
        let low = self.entries.iter().min().copied().unwrap_or_default();
        let high = self.entries.iter().max().copied().unwrap_or_default();
        Range { low: low.into(), high: high.into() }
    }
}

/// Which entry an input has: inputs outside the table have the one at its end.
#[inline]
pub(crate) fn index(input: f64, first: i64, last: usize) -> usize {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a table has at most 2^16 entries and a first input of 16 bits"
    )]
    let at = (input - first as f64).clamp(0.0, last as f64);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped; NaN is entry 0")]
    let at = at as usize;
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Made;

    fn item(descriptor: &[i64], data: &[u8]) -> Made {
        Made::default().us(tags::LUT_DESCRIPTOR, descriptor).bytes(tags::LUT_DATA, Vr::OW, data)
    }

    #[test]
    fn inputs_outside_take_the_ends() {
        let lut = Lut::read(&item(&[3, -2, 16], &[1, 0, 2, 0, 3, 1]), None).unwrap();
        assert_eq!([-9.0, -2.0, -1.0, 0.0, 7.0].map(|x| lut.at(x)), [1, 1, 2, 259, 259]);
        assert_eq!(lut.at(f64::NAN), 1);
        assert_eq!(lut.range(), Range { low: 1, high: 259 });
    }

    #[test]
    fn entries_are_words_or_bytes_in_either_order() {
        assert_eq!(Lut::read(&item(&[4, 0, 8], &[1, 2, 3, 4]), None).unwrap().entries, [1, 2, 3, 4]);
        let mut big = item(&[4, 0, 8], &[2, 1, 4, 3]);
        big.big_endian = true;
        assert_eq!(Lut::read(&big, None).unwrap().entries, [1, 2, 3, 4]);
        let mut big = item(&[2, 0, 16], &[1, 2, 3, 4]);
        big.big_endian = true;
        assert_eq!(Lut::read(&big, None).unwrap().entries, [0x0102, 0x0304]);
    }

    #[test]
    fn a_descriptor_is_read_by_what_it_must_mean() {
        let signed = Some(Range::of_bits(16, true));
        let read = |values: &[i64]| Descriptor::read(&item(values, &[]), tags::LUT_DESCRIPTOR, signed);
        assert_eq!(read(&[0, 64_536, 16]).unwrap(), Descriptor { count: 65_536, first: -1000, bits: 16 });
        assert_eq!(read(&[-1, 5, 8]).unwrap().count, 65_535);
        assert!(read(&[1, 2]).is_err());
        assert!(read(&[1, 2, 17]).is_err());
        assert!(Lut::read(&item(&[3, 0, 16], &[1, 0]), None).is_err());
    }
}
