//! Look-ups from bits to differences, made from a Huffman table.
//!
//! Of the three, `pairs` is fastest where codes are short: one look at 13 bits gives one or two finished differences. `single` gives a
//! code and the size of its difference, whatever the size. What neither holds is found by `search`, a bit length at a time.

use super::bits::Bits;
use crate::jpeg::HuffmanSpec;
use crate::{Error, ErrorKind, Result};

const PAIR_BITS: u32 = 13;
const PAIRS: usize = 1 << PAIR_BITS;
const SINGLE_BITS: u32 = 11;
const SINGLES: usize = 1 << SINGLE_BITS;

/// The differences of one or two symbols: `difference << 19 | next << 6 | two << 4 | bits`; 0 for what is not here.
type Pairs = [u32; PAIRS];

/// A code: `bits with the difference << 8 | bits of the difference << 4 | bits of the code`; 0 for what is not here.
type Singles = [u16; SINGLES];

/// The codes of one length, T.81 F.2.2.3.
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    /// The first 16 bits of anything longer are at least this.
    limit: u32,
    first: u32,
    symbol: usize,
}

/// The look-ups of one Huffman table.
#[derive(Debug)]
pub(super) struct Table {
    spec: HuffmanSpec,
    singles: Box<Singles>,
    lengths: [Length; 16],
    pairs: Option<Box<Pairs>>,
}

/// An array of zeros on the heap, or an error.
fn zeros<T: Copy + Default, const N: usize>() -> Result<Box<[T; N]>> {
    let none = Error::new(ErrorKind::Limit, "no memory for a table");
    let mut held = Vec::new();
    held.try_reserve_exact(N).map_err(|_| none)?;
    held.resize(N, T::default());
    held.into_boxed_slice().try_into().map_err(|_| none)
}

/// The difference that `bits`, of which `size` count, mean: T.81 F.2.2.1 EXTEND.
const fn extend(bits: u32, size: u32) -> i32 {
    let value = bits.cast_signed();
    if size > 0 && bits >> (size - 1) == 0 { value + 1 - (1 << size) } else { value }
}

impl Table {
    pub(super) fn new(spec: &HuffmanSpec) -> Result<Self> {
        let mut singles = zeros::<u16, SINGLES>()?;
        for (code, length, size) in spec.codes() {
            // A difference of 16 bits is followed by none of them (T.81 H.1.2.2): that is left to `search`.
            if u32::from(length) > SINGLE_BITS || size > 15 {
                continue;
            }
            let spare = SINGLE_BITS - u32::from(length);
            let entry = u16::from(length + size) << 8 | u16::from(size) << 4 | u16::from(length);
            let first = usize::from(code) << spare;
            singles.get_mut(first..first + (1 << spare)).unwrap_or_default().fill(entry);
        }
        let mut lengths = [Length::default(); 16];
        let (mut code, mut symbol) = (0, 0);
        for ((length, place), count) in (1..).zip(&mut lengths).zip(spec.counts) {
            code <<= 1;
            *place = Length { limit: (code + u32::from(count)) << (16 - length), first: code, symbol };
            (code, symbol) = (code + u32::from(count), symbol + usize::from(count));
        }
        Ok(Self { spec: spec.clone(), singles, lengths, pairs: None })
    }

    /// True where `spec` is what this was made from.
    pub(super) fn is_of(&self, spec: &HuffmanSpec) -> bool {
        self.spec == *spec
    }

    /// Makes `pairs`, unless so many symbols (by the lengths of their codes) are too long for it that it would not pay.
    pub(super) fn make_pairs(&mut self) -> Result<()> {
        if self.pairs.is_some() {
            return Ok(());
        }
        let is_long = |length: u8, size: u8| u32::from(length + size) > PAIR_BITS;
        let long = self.spec.codes().filter(|&(_, length, size)| size > 15 || is_long(length, size));
        if long.map(|(_, length, _)| (1 << 16) >> length).sum::<u32>() > (1 << 16) / 16 {
            return Ok(());
        }
        let mut firsts = zeros::<u32, PAIRS>()?;
        for (code, length, size) in self.spec.codes() {
            if size > 15 || is_long(length, size) {
                continue;
            }
            let (bits, size) = (u32::from(length + size), u32::from(size));
            for value in 0..1 << size {
                let entry = extend(value, size).cast_unsigned() << 19 | bits;
                let first = ((usize::from(code) << size) | value as usize) << (PAIR_BITS - bits);
                firsts.get_mut(first..first + (1 << (PAIR_BITS - bits))).unwrap_or_default().fill(entry);
            }
        }
        let mut pairs = zeros::<u32, PAIRS>()?;
        for ((index, place), &first) in (0..).zip(pairs.iter_mut()).zip(firsts.iter()) {
            let bits = first & 15;
            let next = firsts.get((index << bits) & (PAIRS - 1)).copied().unwrap_or(0);
            let both = bits + (next & 15);
            let fits = bits > 0 && next & 15 > 0 && both <= PAIR_BITS;
            *place = if fits { first & !15 | next >> 13 & 0x7FFC0 | 16 | both } else { first };
        }
        self.pairs = Some(pairs);
        Ok(())
    }

    /// Forgets `pairs`, where the image has shown that they do not pay.
    pub(super) fn drop_pairs(&mut self) {
        self.pairs = None;
    }

    pub(super) const fn has_pairs(&self) -> bool {
        self.pairs.is_some()
    }

    /// Decodes differences, one or two at a look. Returns how many were too long for that.
    #[expect(clippy::indexing_slicing, reason = "13 bits index as many entries")]
    pub(super) fn by_pairs(&self, held: &mut Bits, window: &[u8], out: &mut [u16]) -> Result<usize> {
        let Some(pairs) = &self.pairs else {
            return Err(Error::new(ErrorKind::Argument, "no pairs were made"));
        };
        let (mut bits, mut at, mut long) = (*held, 0, 0);
        // Four looks take at most 52 bits and give at most eight differences.
        while at + 8 <= out.len() {
            bits.refill(window);
            for _ in 0..4 {
                let entry = pairs[(bits.ahead >> (64 - PAIR_BITS)) as usize];
                if entry == 0 {
                    bits.refill(window);
                    let difference = self.search(&mut bits)?;
                    out.get_mut(at).into_iter().for_each(|place| *place = difference);
                    bits.refill(window);
                    (at, long) = (at + 1, long + 1);
                    continue;
                }
                if let Some(place) = out.get_mut(at..at + 2) {
                    place[0] = low(entry.cast_signed() >> 19);
                    place[1] = low((entry << 13).cast_signed() >> 19);
                }
                at += 1 + (entry >> 4 & 1) as usize;
                bits.skip(entry & 15);
            }
        }
        *held = bits;
        self.by_singles(held, window, out.get_mut(at..).unwrap_or_default())?;
        Ok(long)
    }

    /// Decodes differences, one at a look.
    pub(super) fn by_singles(&self, held: &mut Bits, window: &[u8], out: &mut [u16]) -> Result<()> {
        let mut bits = *held;
        // Two codes with their differences take at most 52 bits.
        let (twos, last) = out.as_chunks_mut::<2>();
        for two in twos {
            bits.refill(window);
            for place in two {
                *place = self.next(&mut bits, window)?;
            }
        }
        for place in last {
            bits.refill(window);
            *place = self.next(&mut bits, window)?;
        }
        *held = bits;
        Ok(())
    }

    /// The next difference. At least 26 bits have to be there.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "11 bits index as many entries")]
    pub(super) fn next(&self, bits: &mut Bits, window: &[u8]) -> Result<u16> {
        let entry = u32::from(self.singles[(bits.ahead >> (64 - SINGLE_BITS)) as usize]);
        if entry == 0 {
            bits.refill(window);
            let difference = self.search(bits)?;
            bits.refill(window);
            return Ok(difference);
        }
        let size = entry >> 4 & 15;
        let rest = bits.ahead << (entry & 15);
        bits.skip(entry >> 8);
        let value = top(rest, size);
        // Where the first bit is 0, the difference is negative.
        let is_negative = u32::from(rest >> 63 == 0).wrapping_neg();
        Ok(low(value.wrapping_add(is_negative & 1_u32.wrapping_sub(1 << size)).cast_signed()))
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
                16 => Ok(1 << 15),
                _ => Err(Error::new(ErrorKind::Malformed, "a difference of more than 16 bits")),
            };
        }
        Err(Error::new(ErrorKind::Malformed, "bits that are no Huffman code"))
    }
}

/// The highest `count` bits, at most 16.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "16 bits are less than 32")]
const fn top(bits: u64, count: u32) -> u32 {
    (bits >> 1 >> (63 - count)) as u32
}

/// Differences count modulo 65536, T.81 H.1.2.1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "that is what modulo means")]
const fn low(difference: i32) -> u16 {
    difference as u16
}
