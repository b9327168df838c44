//! One row of a plane to literals and runs. Which bytes equal their neighbours is found for the whole row first, as bits; the ends of literals and
//! runs are places of bits then.
#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "a call of a function that needs instructions known to be there")
)]

use crate::simd::Level;

/// Bytes that are moved whether they are wanted or not, so that short literals need no call; what is too much is overwritten by what follows.
const AT_ONCE: usize = 32;

/// The most bytes of a literal or a run.
const LONGEST: usize = 128;

/// A row, what is known of its bytes, and the row packed; used again from row to row.
#[derive(Debug, Default)]
pub(super) struct Packer {
    columns: usize,
    /// The row, and bytes behind it that are read and never used.
    row: Vec<u8>,
    /// Bit by bit: the byte equals the next one.
    two: Vec<u64>,
    /// Bit by bit: the byte equals the next two.
    three: Vec<u64>,
    packed: Vec<u8>,
}

impl Packer {
    /// For rows of so many bytes; nothing where there is no memory.
    pub(super) fn new(columns: usize) -> Option<Self> {
        let words = columns.div_ceil(64);
        let row = vec_of(words.checked_mul(64)?.checked_add(AT_ONCE)?)?;
        let packed = vec_of(most(columns)?.checked_add(1 + AT_ONCE)?)?;
        Some(Self { columns, row, two: vec_of(words)?, three: vec_of(words)?, packed })
    }

    /// Where the row is put that is to be packed.
    pub(super) fn row(&mut self) -> &mut [u8] {
        self.row.get_mut(..self.columns).unwrap_or_default()
    }

    /// Packs the row: runs of three and more, and of two where no literal is open (PS3.5 G.3.1).
    pub(super) fn pack(&mut self, level: Level) -> &[u8] {
        #[cfg(target_arch = "x86_64")]
        if level.has_avx2() {
            // SAFETY: a level that has AVX2 comes only from a machine that has it and the others.
            return unsafe { vectors::pack(self) };
        }
        let _: Level = level;
        self.pack_by(compare)
    }

    #[inline]
    fn pack_by(&mut self, compare: impl Fn(&[u8; 65]) -> u64) -> &[u8] {
        for (index, bits) in self.two.iter_mut().enumerate() {
            let bytes = self.row.get(index * 64..).and_then(<[u8]>::first_chunk);
            *bits = bytes.map_or(0, &compare);
        }
        self.count_to_three();
        let (mut at, mut to) = (0, 0);
        while at < self.columns {
            // A literal ends at the next place with three equal bytes.
            let found =
                if is_set(&self.two, at) { at } else { next_set(&self.three, at).unwrap_or(self.columns) };
            to = self.put_literal(at, found, to);
            let run = if found < self.columns { 1 + set_from(&self.two, found) } else { 0 };
            to = self.put_run(found, run, to);
            at = found + run;
        }
        self.packed.get(..to).unwrap_or_default()
    }

    /// Forgets what was compared with bytes behind the row, and makes triples of pairs.
    fn count_to_three(&mut self) {
        let last = self.columns - 1;
        if let Some(word) = self.two.get_mut(last / 64) {
            *word &= (1 << (last % 64)) - 1;
        }
        let next = self.two.iter().skip(1).chain([&0]);
        for ((three, &two), &next) in self.three.iter_mut().zip(&self.two).zip(next) {
            *three = two & (two >> 1 | next << 63);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "1 to 128 bytes")]
    fn put_literal(&mut self, mut from: usize, end: usize, mut to: usize) -> usize {
        while from < end {
            let length = LONGEST.min(end - from);
            let Some([control, place @ ..]) = self.packed.get_mut(to..) else { break };
            *control = (length - 1) as u8;
            let bytes = self.row.get(from..).unwrap_or_default();
            if length <= AT_ONCE {
                if let Some((place, bytes)) = place.first_chunk_mut::<AT_ONCE>().zip(bytes.first_chunk()) {
                    *place = *bytes;
                }
            } else if let Some((place, bytes)) = place.get_mut(..length).zip(bytes.get(..length)) {
                place.copy_from_slice(bytes);
            }
            (from, to) = (from + length, to + 1 + length);
        }
        to
    }

    #[expect(clippy::cast_possible_truncation, reason = "1 to 128 bytes")]
    fn put_run(&mut self, from: usize, mut length: usize, mut to: usize) -> usize {
        let byte = self.row.get(from).copied().unwrap_or(0);
        while length > 0 {
            let part = length.min(LONGEST);
            // A run of one is a literal of one: -0 does not exist.
            let control = if part == 1 { 0 } else { (257 - part) as u8 };
            if let Some(place) = self.packed.get_mut(to..).and_then(<[u8]>::first_chunk_mut) {
                *place = [control, byte];
            }
            (length, to) = (length - part, to + 2);
        }
        to
    }
}

/// The most bytes of a packed row: a literal takes a byte more each 128 bytes, and what a run after it saves is no less than its own.
pub(super) const fn most(columns: usize) -> Option<usize> {
    columns.checked_add(columns.div_ceil(LONGEST))
}

fn vec_of<T: Clone + Default>(length: usize) -> Option<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(length).ok()?;
    vec.resize(length, T::default());
    Some(vec)
}

fn is_set(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 != 0)
}

/// The first bit from `at` that is set.
fn next_set(bits: &[u64], at: usize) -> Option<usize> {
    let (mut index, mut mask) = (at / 64, u64::MAX << (at % 64));
    loop {
        let word = bits.get(index)? & mask;
        if word != 0 {
            return Some(index * 64 + word.trailing_zeros() as usize);
        }
        (index, mask) = (index + 1, u64::MAX);
    }
}

/// How many bits are set from `at` on without a gap.
fn set_from(bits: &[u64], at: usize) -> usize {
    let (mut index, mut mask) = (at / 64, u64::MAX << (at % 64));
    loop {
        let Some(word) = bits.get(index) else { return index * 64 - at };
        let clear = !word & mask;
        if clear != 0 {
            return index * 64 + clear.trailing_zeros() as usize - at;
        }
        (index, mask) = (index + 1, u64::MAX);
    }
}

/// A bit for each byte that equals the one after it, eight bytes at a time.
fn compare(bytes: &[u8; 65]) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let (_, next) = bytes.split_at(1);
    bytes.as_chunks::<8>().0.iter().zip(next.as_chunks::<8>().0).enumerate().fold(0, |bits, (index, pair)| {
        let word = u64::from_le_bytes(*pair.0) ^ u64::from_le_bytes(*pair.1);
        // The highest bit of each byte that is zero, exactly; then the eight of them side by side.
        let zeros = !(((word & LOW) + LOW) | word | LOW);
        bits | ((zeros >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index)
    })
}

#[cfg(target_arch = "x86_64")]
mod vectors {
    //! The same by thirty-two bytes, and all of it compiled for instructions that look for bits.

    use std::arch::x86_64::{_mm256_cmpeq_epi8, _mm256_movemask_epi8};

    use super::Packer;
    use crate::lanes::load_wide;

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn pack(packer: &mut Packer) -> &[u8] {
        packer.pack_by(|bytes| compare(bytes))
    }

    #[inline]
    #[expect(clippy::cast_sign_loss, reason = "thirty-two bits")]
    #[target_feature(enable = "avx2")]
    pub(super) fn compare(bytes: &[u8; 65]) -> u64 {
        let (_, next) = bytes.split_at(1);
        let pairs = bytes.as_chunks::<32>().0.iter().zip(next.as_chunks::<32>().0);
        pairs.enumerate().fold(0, |bits, (index, (here, next))| {
            let equal = _mm256_movemask_epi8(_mm256_cmpeq_epi8(load_wide(here), load_wide(next)));
            bits | u64::from(equal as u32) << (32 * index)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::mutator::Random;

    #[test]
    fn vectors_and_words_compare_alike() {
        let mut random = Random(7);
        for values in [1, 2, 3, 0] {
            for _ in 0..500 {
                let bytes =
                    std::array::from_fn(|_| if values == 0 { random.byte() } else { random.byte() % values });
                let expected = (0..64).fold(0, |bits, at| bits | u64::from(bytes[at] == bytes[at + 1]) << at);
                assert_eq!(compare(&bytes), expected);
                #[cfg(target_arch = "x86_64")]
                if Level::best().has_avx2() {
                    // SAFETY: the level has just said so.
                    assert_eq!(unsafe { vectors::compare(&bytes) }, expected);
                }
            }
        }
    }
}
