//! Huffman tables for decoding (T.81 Annex C, F.2.2.3): one look-up gives run and finished value of most coefficients.
#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "an entry is bits; codes have at most 16"
)]

use super::bits::Bits;
use crate::jpeg::HuffmanSpec;
use crate::{Error, ErrorKind, Result};

/// Bits of a look-up.
const LOOK: u32 = 11;
const ENTRIES: usize = 1 << LOOK;
const INVALID: Error = Error::new(ErrorKind::Malformed, "bits that are no Huffman code");

/// What a look-up gives. From the top: the value (16 bits, signed), the symbol (8), the bits to pass over (8).
///
/// Where the value is not zero, code and value both lay within the look-up. Where it is zero, only the code did and `length` is that of the code;
/// a length of 0 is a longer code.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Entry(u32);

impl Entry {
    const fn new(value: i32, symbol: u8, length: u32) -> Self {
        Self(((value as u32) << 16) | ((symbol as u32) << 8) | length)
    }

    #[inline(always)]
    pub(super) const fn value(self) -> i32 {
        self.0 as i32 >> 16
    }

    /// Zeros before the coefficient in the upper four bits, bits of the value in the lower four.
    #[inline(always)]
    pub(super) const fn symbol(self) -> u32 {
        (self.0 >> 8) & 0xFF
    }

    #[inline(always)]
    pub(super) const fn run(self) -> u32 {
        (self.0 >> 12) & 0xF
    }

    #[inline(always)]
    pub(super) const fn length(self) -> u32 {
        self.0 & 0xFF
    }
}

/// A table of one class and destination.
#[derive(Clone, Debug)]
pub(super) struct Table {
    entries: [Entry; ENTRIES],
    /// For each code length, the first 16-bit prefix that is past its codes.
    limits: [u32; 17],
    /// For each code length, the place of its first symbol minus its first code.
    offsets: [i32; 17],
    symbols: [u8; 256],
}

impl Table {
    /// The table of the codes that a DHT segment describes.
    pub(super) fn new(HuffmanSpec { counts, symbols }: &HuffmanSpec) -> Result<Box<Self>> {
        // On the heap from the start: it is larger than one cares to move.
        let mut table = Box::new(Self {
            entries: [Entry::default(); ENTRIES],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: *symbols,
        });
        let Self { entries, limits, offsets, .. } = &mut *table;
        let (mut code, mut place) = (0_u32, 0_u32);
        let mut unread = symbols.as_slice();
        for ((length, &count), (limit, offset)) in
            (1..=16_u32).zip(counts).zip(limits.iter_mut().zip(offsets).skip(1))
        {
            let Some((these, rest)) = unread.split_at_checked(usize::from(count)) else {
                return Err(Error::new(
                    ErrorKind::Malformed,
                    "a Huffman table with fewer symbols than codes",
                ));
            };
            unread = rest;
            *offset = place as i32 - code as i32;
            for &symbol in these {
                if code >> length != 0 {
                    return Err(Error::new(
                        ErrorKind::Malformed,
                        "a Huffman table with more codes than bits",
                    ));
                }
                fill(entries, code, length, symbol);
                code += 1;
            }
            place += u32::from(count);
            *limit = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// What the next bits say.
    #[inline(always)]
    pub(super) fn look(&self, bits: &Bits) -> Entry {
        // The index is below ENTRIES by its shift, so that no check remains.
        self.entries.get((bits.peek() >> (64 - LOOK)) as usize).copied().unwrap_or_default()
    }

    /// Takes one code, short or long, and nothing of its value. At least 16 bits must be held.
    #[inline(always)]
    pub(super) fn take_symbol(&self, bits: &mut Bits) -> Result<u32> {
        let entry = self.look(bits);
        if entry.value() != 0 {
            bits.skip(entry.length() - (entry.symbol() & 0xF));
            return Ok(entry.symbol());
        }
        self.take_symbol_of(entry, bits)
    }

    /// Takes the code of a look-up that has no finished value.
    #[inline(always)]
    pub(super) fn take_symbol_of(&self, entry: Entry, bits: &mut Bits) -> Result<u32> {
        let entry = if entry.length() == 0 { self.long(bits.peek()) } else { entry };
        if entry.length() == 0 {
            return Err(INVALID);
        }
        bits.skip(entry.length());
        Ok(entry.symbol())
    }

    /// A code that is longer than a look-up; an entry of length 0 where it is none.
    #[cold]
    #[inline(never)]
    fn long(&self, next: u64) -> Entry {
        let prefix = (next >> 48) as u32;
        let lengths = (0..17_u32).zip(self.limits.iter().zip(&self.offsets)).skip(LOOK as usize + 1);
        for (length, (&limit, &offset)) in lengths {
            if prefix < limit {
                let place = (prefix >> (16 - length)) as i32 + offset;
                let symbol = usize::try_from(place).ok().and_then(|place| self.symbols.get(place));
                return symbol.map_or(Entry::default(), |symbol| Entry::new(0, *symbol, length));
            }
        }
        Entry::default()
    }
}

/// Enters a code into every look-up that starts with it, with its value where that fits too.
fn fill(entries: &mut [Entry; ENTRIES], code: u32, length: u32, symbol: u8) {
    let Some(spare) = LOOK.checked_sub(length) else { return };
    let size = u32::from(symbol & 0xF);
    let first = (code << spare) as usize;
    let own = entries.get_mut(first..first + (1 << spare)).unwrap_or_default();
    if size == 0 || size > spare {
        own.fill(Entry::new(0, symbol, length));
        return;
    }
    for (value, own) in (0..1 << size).zip(own.chunks_exact_mut(1 << (spare - size))) {
        let value = if value < 1 << (size - 1) { value - (1 << size) + 1 } else { value };
        own.fill(Entry::new(value, symbol, length + size));
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use crate::dct::bits::Bits;
    use crate::jpeg::HuffmanSpec;

    fn spec(counts: [u8; 16], symbols: &[u8]) -> HuffmanSpec {
        let mut spec = HuffmanSpec { counts, symbols: [0; 256] };
        spec.symbols[..symbols.len()].copy_from_slice(symbols);
        spec
    }

    #[test]
    fn codes_of_every_length_give_their_symbols() {
        // One code of each length from 1 to 16: 0, 10, 110, …
        let symbols: Vec<u8> = (0..16).map(|length| length * 16 + 1).collect();
        let table = Table::new(&spec([1; 16], &symbols)).unwrap();
        for length in 1..=16_u32 {
            let code = (1_u64 << length) - 2;
            let mut data = (code << (64 - length)).to_be_bytes().to_vec();
            data.extend([0; 8]);
            let mut bits = Bits::default();
            bits.refill(&data);
            let before = bits.taken();
            assert_eq!(table.take_symbol(&mut bits), Ok((length - 1) * 16 + 1));
            assert_eq!(bits.taken() - before, u64::from(length));
        }
    }

    #[test]
    fn a_value_within_the_look_up_is_finished() {
        // Codes 00 (run 2, 3 bits), 01 (end of block).
        let mut counts = [0; 16];
        counts[1] = 2;
        let table = Table::new(&spec(counts, &[0x23, 0x00])).unwrap();
        let mut bits = Bits::default();
        bits.refill(&[0b0001_0010, 0, 0, 0, 0, 0, 0, 0]);
        let entry = table.look(&bits);
        assert_eq!((entry.value(), entry.run(), entry.length()), (-5, 2, 5));
        bits.skip(5);
        bits.skip(1);
        let mut bits = Bits::default();
        bits.refill(&[0b0110_0000, 0, 0, 0, 0, 0, 0, 0]);
        let entry = table.look(&bits);
        assert_eq!((entry.value(), entry.symbol(), entry.length()), (0, 0, 2));
    }

    #[test]
    fn impossible_tables_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Table::new(&spec(counts, &[0, 1, 2])).is_err());
        counts[0] = 2;
        assert!(Table::new(&spec(counts, &[0, 1])).is_ok());
    }
}
