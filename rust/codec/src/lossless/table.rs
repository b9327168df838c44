//! The look-up from bits to differences, made from a Huffman table.
//!
//! One look gives one difference, or two where the second's code is seen too. The last may reach beyond what is looked at: the entry then
//! holds its high part, and the low bits are added. So the loop has no branch that the image decides. Only codes that are longer themselves
//! are found by `search`, a bit length at a time.

use super::bits::Bits;
use crate::jpeg::HuffmanSpec;
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

/// What a large image's look-up looks at: 16 KiB of entries, which stay in the nearest cache.
const MANY: u32 = 12;
/// What a small image's look-up looks at, because filling the large one takes longer than its use.
const FEW: u32 = 10;

/// `last difference << 16 | the one before it << 6 | are there two << 5 | bits of both`; 0 for codes that are not here. Where these are more
/// bits than are looked at, the last difference lacks its lowest.
type Entries = [u32; 1 << MANY];

/// The codes of one length, T.81 F.2.2.3.
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    /// The first 16 bits of anything longer are at least this.
    limit: u32,
    first: u32,
    symbol: usize,
}

/// The look-up of one Huffman table.
#[derive(Debug)]
pub(super) struct Table {
    spec: HuffmanSpec,
    bits: u32,
    entries: Box<Entries>,
    lengths: [Length; 16],
    level: Level,
}

impl Table {
    /// The look-up for about `symbols` symbols, two at a look if `has_pairs`.
    pub(super) fn new(spec: &HuffmanSpec, symbols: usize, has_pairs: bool, level: Level) -> Result<Self> {
        let mut lengths = [Length::default(); 16];
        let (mut code, mut symbol) = (0, 0);
        for ((length, place), count) in (1..).zip(&mut lengths).zip(spec.counts) {
            code <<= 1;
            *place = Length { limit: (code + u32::from(count)) << (16 - length), first: code, symbol };
            (code, symbol) = (code + u32::from(count), symbol + usize::from(count));
        }
        let bits = if symbols < 1 << 15 { FEW } else { MANY };
        let mut entries = singles(spec, bits)?;
        if has_pairs {
            pair(&mut entries, bits)?;
        }
        Ok(Self { spec: spec.clone(), bits, entries, lengths, level })
    }

    /// True where `spec` is what this was made from.
    pub(super) fn is_of(&self, spec: &HuffmanSpec) -> bool {
        self.spec == *spec
    }

    /// Decodes differences one after the other.
    pub(super) fn decode(&self, bits: &mut Bits, window: &[u8], out: &mut [u16]) -> Result<()> {
        let done = self.looks(bits, window, out)?;
        for place in out.get_mut(done..).unwrap_or_default() {
            bits.refill(window);
            *place = self.search(bits)?;
        }
        Ok(())
    }

    /// Decodes differences but for the last few, one or two at a look. Returns how many.
    fn looks(&self, bits: &mut Bits, window: &[u8], out: &mut [u16]) -> Result<usize> {
        #[cfg(target_arch = "x86_64")]
        if self.level.has_avx2() {
            #[expect(unsafe_code, reason = "instructions that were asked for")]
            // SAFETY: the level says that this machine has them.
            return unsafe { self.looks_bmi(bits, window, out) };
        }
        self.looks_plain(bits, window, out)
    }

    fn looks_plain(&self, bits: &mut Bits, window: &[u8], out: &mut [u16]) -> Result<usize> {
        match self.bits {
            MANY => self.looks_of::<MANY>(bits, window, out),
            _ => self.looks_of::<FEW>(bits, window, out),
        }
    }

    /// The same, compiled for shifts that take their count from any register.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
    fn looks_bmi(&self, bits: &mut Bits, window: &[u8], out: &mut [u16]) -> Result<usize> {
        match self.bits {
            MANY => self.looks_of::<MANY>(bits, window, out),
            _ => self.looks_of::<FEW>(bits, window, out),
        }
    }

    #[inline(always)]
    fn looks_of<const BITS: u32>(&self, held: &mut Bits, window: &[u8], out: &mut [u16]) -> Result<usize> {
        let (mut bits, mut at) = (*held, 0);
        // Two looks take at most 56 bits and give at most four differences.
        while at + 4 <= out.len() {
            bits.refill(window);
            for _ in 0..2 {
                let entry = self.look::<BITS>(&bits);
                let Some(place) = out.get_mut(at..at + 2).and_then(<[u16]>::first_chunk_mut::<2>) else {
                    break;
                };
                if entry == 0 {
                    // A copy, so that the bits stay in registers.
                    let mut other = bits;
                    other.refill(window);
                    place[0] = self.search(&mut other)?;
                    other.refill(window);
                    bits = other;
                    at += 1;
                    continue;
                }
                // Where there is only one difference, it takes the place of what is no difference.
                let two = (entry >> 5 & 1) as usize;
                place[0] = low((entry << 16).cast_signed() >> 22);
                *place.get_mut(two).unwrap_or(&mut 0) = last::<BITS>(entry, &bits);
                at += 1 + two;
                bits.skip(entry & 31);
            }
        }
        *held = bits;
        Ok(at)
    }

    /// The next difference of a table without pairs.
    #[inline(always)]
    pub(super) fn next(&self, bits: &mut Bits, window: &[u8]) -> Result<u16> {
        if self.bits == MANY { self.next_of::<MANY>(bits, window) } else { self.next_of::<FEW>(bits, window) }
    }

    #[inline(always)]
    fn next_of<const BITS: u32>(&self, bits: &mut Bits, window: &[u8]) -> Result<u16> {
        bits.refill(window);
        let entry = self.look::<BITS>(bits);
        if entry == 0 {
            return self.search(bits);
        }
        let difference = last::<BITS>(entry, bits);
        bits.skip(entry & 31);
        Ok(difference)
    }

    #[inline(always)]
    #[expect(
        clippy::indexing_slicing,
        clippy::cast_possible_truncation,
        reason = "so many bits index so many entries"
    )]
    fn look<const BITS: u32>(&self, bits: &Bits) -> u32 {
        self.entries[(bits.ahead >> (64 - BITS)) as usize]
    }

    /// The next difference, whatever the length of its code; 31 bits have to be there.
    #[cold]
    fn search(&self, bits: &mut Bits) -> Result<u16> {
        let code = top(bits.ahead, 16);
        for (length, held) in (1..).zip(&self.lengths) {
            if code >= held.limit {
                continue;
            }
            let symbol = held.symbol + ((code >> (16 - length)) - held.first) as usize;
            let size = u32::from(self.spec.symbols.get(symbol).copied().unwrap_or(u8::MAX));
            bits.skip(length);
            return match size {
                0..=15 => {
                    let value = top(bits.ahead, size);
                    bits.skip(size);
                    Ok(low(extend(value, size)))
                }
                // T.81 H.1.2.2: no bits follow.
                16 => Ok(1 << 15),
                _ => Err(Error::new(ErrorKind::Malformed, "a difference of more than 16 bits")),
            };
        }
        Err(Error::new(ErrorKind::Malformed, "bits that are no Huffman code"))
    }
}

/// The entries of single differences.
fn singles(spec: &HuffmanSpec, bits: u32) -> Result<Box<Entries>> {
    let mut entries = zeros()?;
    for (code, length, size) in spec.codes() {
        let (code, length, size) = (usize::from(code), u32::from(length), u32::from(size));
        // The first bit of a difference is its sign and has to be seen. One of 16 bits is not written as such (T.81 H.1.2.2), and more
        // there cannot be.
        let needed = length + size.min(1);
        if needed > bits || size > 15 {
            continue;
        }
        let seen = size.min(bits - length);
        let spare = bits - length - seen;
        for value in 0..1 << seen {
            let entry = extend_part(value, seen, size).cast_unsigned() << 16 | needed << 6 | (length + size);
            let first = ((code << seen) | value as usize) << spare;
            entries.get_mut(first..first + (1 << spare)).unwrap_or_default().fill(entry);
        }
    }
    Ok(entries)
}

/// Puts two differences into the entries where the first and the code of the second fit.
fn pair(entries: &mut Box<Entries>, bits: u32) -> Result<()> {
    let mut singles = zeros()?;
    singles.copy_from_slice(entries.as_slice());
    let mask = (1 << bits) - 1;
    for (index, place) in entries.iter_mut().enumerate().take(1 << bits) {
        let used = *place & 31;
        // Bits that are not seen count as zeros here, as they do in the entries.
        let next = singles.get((index << used) & mask).copied().unwrap_or(0);
        let first = place.cast_signed() >> 16;
        if used > 0 && next > 0 && used + (next >> 6 & 15) <= bits && (-512..512).contains(&first) {
            *place = next & 0xFFFF_0000 | (first.cast_unsigned() & 0x3FF) << 6 | 32 | (used + (next & 31));
        }
    }
    Ok(())
}

/// Entries of zeros on the heap, or an error.
fn zeros() -> Result<Box<Entries>> {
    let none = Error::new(ErrorKind::Limit, "no memory for a table");
    let mut held = Vec::new();
    held.try_reserve_exact(1 << MANY).map_err(|_| none)?;
    held.resize(1 << MANY, 0);
    held.into_boxed_slice().try_into().map_err(|_| none)
}

/// The difference that `value`, of `size` bits, means: T.81 F.2.2.1 EXTEND.
const fn extend(value: u32, size: u32) -> i32 {
    extend_part(value, size, size)
}

/// The same where only the first `seen` bits are there, the sign among them: the others are still to be added.
const fn extend_part(value: u32, seen: u32, size: u32) -> i32 {
    let high = (value << (size - seen)).cast_signed();
    if size > 0 && value >> (seen - 1) == 0 { high + 1 - (1 << size) } else { high }
}

/// The last difference of an entry.
#[inline(always)]
const fn last<const BITS: u32>(entry: u32, bits: &Bits) -> u16 {
    let rest = (entry & 31).saturating_sub(BITS);
    low((entry >> 16).cast_signed().wrapping_add(top(bits.ahead << BITS, rest).cast_signed()))
}

/// The highest `count` bits, at most 16.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "16 bits are less than 32")]
const fn top(bits: u64, count: u32) -> u32 {
    (bits >> 1 >> (63 - count)) as u32
}

/// Differences count modulo 65536, T.81 H.1.2.1.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "that is what modulo means")]
const fn low(difference: i32) -> u16 {
    difference as u16
}
