//! The look-up from bits to differences, made from a Huffman table.
//!
//! One look gives one to three differences, as many as have their codes among the bits that are looked at. The last may reach beyond them:
//! the entry then holds its high part, and the low bits are added. So the loop has no branch that the image decides. Only codes that are
//! longer themselves are found by `search`, a bit length at a time.

use super::bits::Bits;
use crate::jpeg::HuffmanSpec;
use crate::simd::Level;
use crate::{Error, ErrorKind, Result};

/// What a large image's look-up looks at: 32 KiB of entries, which stay in the nearest cache.
const MANY: u32 = 12;
const MANY_ENTRIES: usize = 1 << MANY;
/// What the look-up of a small image looks at, because filling the large one takes longer than its use, and each of several.
const FEW: u32 = 10;
const FEW_ENTRIES: usize = 1 << FEW;

/// `third difference << 48 | second << 32 | first << 16 | how many after the first << 6 | bits of all`; 0 for codes that are not here. Where
/// these are more bits than are looked at, the last difference lacks its lowest. Bits 8 to 15 mean nothing.
type Entries = Vec<u64>;

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
    entries: Entries,
    lengths: [Length; 16],
    level: Level,
}

impl Table {
    /// The look-up for about `symbols` symbols, several at a look if `is_joined`.
    pub(super) fn new(spec: &HuffmanSpec, symbols: usize, is_joined: bool, level: Level) -> Result<Self> {
        let mut lengths = [Length::default(); 16];
        let (mut code, mut symbol) = (0, 0);
        for ((length, place), count) in (1..).zip(&mut lengths).zip(spec.counts) {
            code <<= 1;
            *place = Length { limit: (code + u32::from(count)) << (16 - length), first: code, symbol };
            (code, symbol) = (code + u32::from(count), symbol + usize::from(count));
        }
        let bits = if symbols < 1 << 15 || !is_joined { FEW } else { MANY };
        let singles = singles(spec, bits)?;
        let entries = if is_joined { join(&singles, bits)? } else { apart(&singles)? };
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

    /// Decodes differences but for the last few, up to three at a look. Returns how many.
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
            MANY => self.looks_of::<MANY, MANY_ENTRIES>(bits, window, out),
            _ => self.looks_of::<FEW, FEW_ENTRIES>(bits, window, out),
        }
    }

    /// The same, compiled for shifts that take their count from any register.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
    fn looks_bmi(&self, bits: &mut Bits, window: &[u8], out: &mut [u16]) -> Result<usize> {
        match self.bits {
            MANY => self.looks_of::<MANY, MANY_ENTRIES>(bits, window, out),
            _ => self.looks_of::<FEW, FEW_ENTRIES>(bits, window, out),
        }
    }

    #[inline(always)]
    fn looks_of<const BITS: u32, const ENTRIES: usize>(
        &self,
        held: &mut Bits,
        window: &[u8],
        out: &mut [u16],
    ) -> Result<usize> {
        let (mut bits, mut at) = (*held, 0);
        let entries = self.entries::<ENTRIES>();
        // Two looks take at most 54 bits and give at most six differences; what is written is four.
        while at + 7 <= out.len() {
            bits.refill(window);
            for _ in 0..2 {
                let entry = look::<BITS, ENTRIES>(entries, &bits);
                let Some(place) = out.get_mut(at..at + 4).and_then(<[u16]>::first_chunk_mut::<4>) else {
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
                let (count, differences) = differences::<BITS>(entry, &bits);
                *place = differences;
                at += count;
                bits.skip(entry);
            }
        }
        *held = bits;
        Ok(at)
    }

    /// The entries, of which there are so many; others would find no code.
    fn entries<const ENTRIES: usize>(&self) -> &[u64; ENTRIES] {
        self.entries.first_chunk().unwrap_or(&[0; ENTRIES])
    }

    /// The next difference, whatever the length of its code; 31 bits have to be there.
    #[cold]
    fn search(&self, bits: &mut Bits) -> Result<u16> {
        let code = top(bits.ahead, 16);
        for (length, held) in (1_u32..).zip(&self.lengths) {
            if code >= held.limit {
                continue;
            }
            let symbol = held.symbol + ((code >> (16 - length)) - held.first) as usize;
            let size = u32::from(self.spec.symbols.get(symbol).copied().unwrap_or(u8::MAX));
            bits.skip(length.into());
            return match size {
                0..=15 => {
                    let value = top(bits.ahead, size);
                    bits.skip(size.into());
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

#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "so many bits index so many entries"
)]
fn look<const BITS: u32, const ENTRIES: usize>(entries: &[u64; ENTRIES], bits: &Bits) -> u64 {
    entries[(bits.ahead >> (64 - BITS)) as usize]
}

/// Decodes pixels of `STEP` components, each by its own table of single differences.
pub(super) fn in_turn<const STEP: usize>(
    tables: [&Table; STEP],
    bits: &mut Bits,
    window: &[u8],
    out: &mut [u16],
) -> Result<()> {
    #[cfg(target_arch = "x86_64")]
    if tables.iter().all(|table| table.level.has_avx2()) {
        #[expect(unsafe_code, reason = "instructions that were asked for")]
        // SAFETY: the level says that this machine has them.
        return unsafe { in_turn_bmi(tables, bits, window, out) };
    }
    in_turn_of(tables, bits, window, out)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi1,bmi2,lzcnt,avx2")]
fn in_turn_bmi<const STEP: usize>(
    tables: [&Table; STEP],
    bits: &mut Bits,
    window: &[u8],
    out: &mut [u16],
) -> Result<()> {
    in_turn_of(tables, bits, window, out)
}

#[inline(always)]
fn in_turn_of<const STEP: usize>(
    tables: [&Table; STEP],
    held: &mut Bits,
    window: &[u8],
    out: &mut [u16],
) -> Result<()> {
    let mut bits = *held;
    let entries = tables.map(Table::entries::<FEW_ENTRIES>);
    for pixel in out.as_chunks_mut::<STEP>().0 {
        for (turn, ((place, table), entries)) in pixel.iter_mut().zip(tables).zip(entries).enumerate() {
            // Two looks take at most 50 bits.
            if turn % 2 == 0 {
                bits.refill(window);
            }
            let entry = look::<FEW, FEW_ENTRIES>(entries, &bits);
            if entry == 0 {
                // A copy, so that the bits stay in registers.
                let mut other = bits;
                other.refill(window);
                *place = table.search(&mut other)?;
                other.refill(window);
                bits = other;
                continue;
            }
            let (_, [difference, ..]) = differences::<FEW>(entry, &bits);
            *place = difference;
            bits.skip(entry);
        }
    }
    *held = bits;
    Ok(())
}

/// The entries of single differences: `difference << 16 | bits that have to be seen of it << 8 | bits of it`, 0 for codes that are not here.
fn singles(spec: &HuffmanSpec, bits: u32) -> Result<Vec<u32>> {
    let mut entries = with_room(1 << bits)?;
    entries.resize(1 << bits, 0);
    for (code, length, size) in spec.codes() {
        let (code, length, size) = (usize::from(code), u32::from(length), u32::from(size));
        // The first bit of a difference is its sign and has to be seen. One of 16 bits is not written as such (T.81 H.1.2.2), and more
        // there cannot be.
        let need = length + size.min(1);
        if need > bits || size > 15 {
            continue;
        }
        let seen = size.min(bits - length);
        let spare = bits - length - seen;
        let first = code << (bits - length);
        let own = entries.get_mut(first..first + (1 << (bits - length))).unwrap_or_default();
        for (value, entries) in (0..1 << seen).zip(own.chunks_exact_mut(1 << spare)) {
            let difference = u32::from(low(extend_part(value, seen, size)));
            entries.fill(difference << 16 | need << 8 | (length + size));
        }
    }
    Ok(entries)
}

/// Entries of one difference each.
fn apart(singles: &[u32]) -> Result<Entries> {
    let mut entries = with_room(singles.len())?;
    entries.extend(singles.iter().map(|&single| u64::from(single)));
    Ok(entries)
}

/// Adds a second difference, and in a large table a third, to the entries where what has to be seen of them is.
fn join(singles: &[u32], bits: u32) -> Result<Entries> {
    let mut entries = with_room(singles.len())?;
    let mask = (1 << bits) - 1;
    let shifts: &[u32] = if bits == MANY { &[16, 32] } else { &[16] };
    entries.extend(singles.iter().enumerate().map(|(index, &first)| {
        let mut entry = u64::from(first);
        for &shift in shifts {
            // Bits that are not seen count as zeros here, as they do in the entries of single differences.
            let used = entry & 63;
            let next = u64::from(singles.get((index << used) & mask).copied().unwrap_or(0));
            let need = next >> 8 & 0xFF;
            if used == 0 || next == 0 || used + need > bits.into() {
                break;
            }
            entry += (next & 0xFFFF_0000) << shift | 64 | next & 63;
        }
        entry
    }));
    Ok(entries)
}

/// An empty table with room for so many entries, or an error.
fn with_room<T>(entries: usize) -> Result<Vec<T>> {
    let mut held = Vec::new();
    let none = Error::new(ErrorKind::Limit, "no memory for a table");
    held.try_reserve_exact(entries).map_err(|_| none)?;
    Ok(held)
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

/// How many differences an entry has, and these; then whatever.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "each takes 16 bits")]
const fn differences<const BITS: u32>(entry: u64, bits: &Bits) -> (usize, [u16; 4]) {
    let rest = ((entry & 63) as u32).saturating_sub(BITS);
    let after = (entry >> 6 & 3) as usize;
    // What an addition carries goes beyond the last difference.
    let all = (entry >> 16).wrapping_add((top(bits.ahead << BITS, rest) as u64) << (16 * after));
    (after + 1, [all as u16, (all >> 16) as u16, (all >> 32) as u16, (all >> 48) as u16])
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
