//! The contents of DHT and DQT: Huffman tables as they are written, and quantization tables. Each process builds its own look-up from them.

use super::markers::Segment;
use crate::{ErrorKind, Result};

/// A Huffman table as DHT writes it, T.81 B.2.4.2: how many codes of each length, and the symbols in the order of their codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuffmanSpec {
    /// Codes of 1 to 16 bits.
    pub counts: [u8; 16],
    /// The symbols; the first as many as there are codes.
    pub symbols: [u8; 256],
}

impl HuffmanSpec {
    /// How many codes there are.
    pub fn len(&self) -> usize {
        self.counts.iter().map(|&count| usize::from(count)).sum::<usize>().min(256)
    }

    /// True where there is no code.
    pub fn is_empty(&self) -> bool {
        self.counts == [0; 16]
    }

    /// Every code as (code, its length, its symbol), in order (T.81 C.2). A code is less than `1 << length`: [`read_huffman`] saw to it.
    pub fn codes(&self) -> impl Iterator<Item = (u16, u8, u8)> + '_ {
        let mut next = 0_u32;
        let lengths = (1_u8..).zip(self.counts).flat_map(move |(length, count)| {
            let first = next << 1;
            next = first + u32::from(count);
            (first..next).map(move |code| (u16::try_from(code).unwrap_or(u16::MAX), length))
        });
        lengths.zip(self.symbols).map(|((code, length), symbol)| (code, length, symbol))
    }
}

/// Reads every table of a DHT segment and hands it on with its class (0: DC or lossless, 1: AC) and destination, 0 to 3.
///
/// # Errors
///
/// `Malformed` where a table is cut off, has more than 256 symbols, or more codes of a length than there can be.
pub fn read_huffman(segment: &Segment<'_>, mut take: impl FnMut(u8, u8, HuffmanSpec)) -> Result<()> {
    let malformed = |message| segment.error(ErrorKind::Malformed, message);
    let mut rest = segment.body;
    while let Some((&head, after)) = rest.split_first() {
        let (class, destination) = (head >> 4, head & 15);
        if class > 1 || destination > 3 {
            return Err(malformed("a Huffman table has class 0 or 1 and destination 0 to 3"));
        }
        let short = malformed("a Huffman table that is cut off");
        let (counts, after) = after.split_first_chunk::<16>().ok_or(short)?;
        let total = counts.iter().map(|&count| usize::from(count)).sum::<usize>();
        let mut spec = HuffmanSpec { counts: *counts, symbols: [0; 256] };
        let place =
            spec.symbols.get_mut(..total).ok_or(malformed("a Huffman table of more than 256 symbols"))?;
        let (symbols, after) = after.split_at_checked(total).ok_or(short)?;
        place.copy_from_slice(symbols);
        // Tables that use the code of all ones are read too, though T.81 C.2 forbids it: encoders write them, and nothing is ambiguous.
        let share =
            (1_u32..).zip(counts).map(|(length, &count)| u32::from(count) << (16 - length)).sum::<u32>();
        if share > 1 << 16 {
            return Err(malformed("a Huffman table with more codes than there can be"));
        }
        take(class, destination, spec);
        rest = after;
    }
    Ok(())
}

/// A quantization table, in zigzag order as DQT writes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QuantizationTable(pub [u16; 64]);

/// Reads every table of a DQT segment and hands it on with its destination, 0 to 3 (T.81 B.2.4.1).
///
/// # Errors
///
/// `Malformed` where a table is cut off or its precision unknown.
pub fn read_quantization(segment: &Segment<'_>, mut take: impl FnMut(u8, QuantizationTable)) -> Result<()> {
    let malformed = |message| segment.error(ErrorKind::Malformed, message);
    let mut rest = segment.body;
    while let Some((&head, after)) = rest.split_first() {
        let (wide, destination) = (head >> 4, head & 15);
        if wide > 1 || destination > 3 {
            return Err(malformed("a quantization table has precision 0 or 1 and destination 0 to 3"));
        }
        let short = malformed("a quantization table that is cut off");
        let (values, after) = after.split_at_checked(if wide == 1 { 128 } else { 64 }).ok_or(short)?;
        let mut table = [0; 64];
        if wide == 1 {
            let (pairs, _) = values.as_chunks::<2>();
            table.iter_mut().zip(pairs).for_each(|(place, pair)| *place = u16::from_be_bytes(*pair));
        } else {
            table.iter_mut().zip(values).for_each(|(place, &value)| *place = value.into());
        }
        take(destination, QuantizationTable(table));
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::markers::{DHT, DQT};
    use super::*;

    #[test]
    fn codes_in_order() {
        let mut body = vec![0x01];
        body.extend([0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        body.extend([7, 5, 6, 4]);
        let mut found = Vec::new();
        let segment = Segment { marker: DHT, offset: 0, body: &body };
        read_huffman(&segment, |class, destination, spec| found.push((class, destination, spec))).unwrap();
        let (class, destination, spec) = found.pop().unwrap();
        assert_eq!((class, destination, spec.len()), (0, 1, 4));
        let expected = [(0b00, 2, 7), (0b010, 3, 5), (0b011, 3, 6), (0b1000, 4, 4)];
        assert_eq!(spec.codes().collect::<Vec<_>>(), expected);
        for length in 1..body.len() {
            let segment = Segment { body: &body[..length], ..segment };
            assert!(read_huffman(&segment, |_, _, _| {}).is_err());
        }
        body[1] = 3;
        let segment = Segment { marker: DHT, offset: 0, body: &body };
        assert!(read_huffman(&segment, |_, _, _| {}).is_err());
    }

    #[test]
    fn both_widths_of_quantization() {
        let mut body = vec![0x02];
        body.extend(1..=64);
        body.push(0x13);
        body.extend((1..=64_u16).flat_map(|value| (value * 256).to_be_bytes()));
        let mut found = Vec::new();
        let segment = Segment { marker: DQT, offset: 0, body: &body };
        read_quantization(&segment, |destination, table| found.push((destination, table.0[63]))).unwrap();
        assert_eq!(found, [(2, 64), (3, 64 * 256)]);
    }
}
