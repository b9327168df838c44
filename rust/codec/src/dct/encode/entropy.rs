//! Entropy coding of quantised blocks (T.81 F.1.2), and the counting of symbols for the best tables.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bits are cut out on purpose")]

use super::super::idct::Block;
use super::super::scan::ZIGZAG;
use crate::jpeg::HuffmanSpec;
use crate::{Error, ErrorKind, Result};

/// Bytes that one block can take at most: 64 coefficients of 16 + 15 bits, each byte stuffed.
pub(super) const BLOCK_BYTES: usize = 512;

/// Codes by symbol, with their lengths.
pub(in crate::dct) struct Codes([(u16, u8); 256]);

impl Codes {
    pub(super) fn new(spec: &HuffmanSpec) -> Self {
        let mut codes = [(0, 0); 256];
        for (code, length, symbol) in spec.codes() {
            if let Some(held) = codes.get_mut(usize::from(symbol)) {
                *held = (code, length);
            }
        }
        Self(codes)
    }

    #[inline(always)]
    fn get(&self, symbol: u8) -> (u64, u32) {
        let (code, length) = self.0.get(usize::from(symbol)).copied().unwrap_or_default();
        (u64::from(code), u32::from(length))
    }
}

/// What takes the symbols of blocks: a counter or a writer.
pub(super) trait Sink {
    /// A DC symbol and its value bits.
    fn dc(&mut self, size: u32, bits: u32);
    /// An AC symbol and its value bits.
    fn ac(&mut self, symbol: u8, size: u32, bits: u32);
}

/// Hands a block's symbols on. The block is in zigzag order; its first coefficient is already a difference.
#[inline(always)]
pub(super) fn encode_block(sink: &mut impl Sink, block: &Block, nonzero: u64, difference: i32) {
    let (size, bits) = magnitude(difference);
    sink.dc(size, bits);
    let mut rest = nonzero & !1;
    let mut before = 0_u32;
    while rest != 0 {
        let place = rest.trailing_zeros();
        rest &= rest - 1;
        let mut run = place - before - 1;
        while run > 15 {
            sink.ac(0xF0, 0, 0);
            run -= 16;
        }
        let (size, bits) = magnitude(block.get(place as usize).copied().unwrap_or_default().into());
        sink.ac((run << 4 | size) as u8, size, bits);
        before = place;
    }
    if before < 63 {
        sink.ac(0, 0, 0);
    }
}

/// Bits of a value, and the value as they say it (T.81 F.1.2.1.1): negative ones less one.
#[inline(always)]
const fn magnitude(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = (value + (value >> 31)) as u32 & ((1_u32 << size) - 1);
    (size, bits)
}

/// A bit for each coefficient that is not zero.
#[inline(always)]
pub(in crate::dct) fn nonzero(block: &Block) -> u64 {
    let mut mask = 0_u64;
    for (place, eight) in block.as_chunks::<8>().0.iter().enumerate() {
        let mut bits = 0_u64;
        for (bit, value) in eight.iter().enumerate() {
            bits |= u64::from(*value != 0) << bit;
        }
        mask |= bits << (place * 8);
    }
    mask
}

/// A transposed block in zigzag order.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "natural places are below 64")]
pub(super) fn zigzag(block: &Block) -> Block {
    let mut ordered = [0; 64];
    for (to, natural) in ordered.iter_mut().zip(ZIGZAG) {
        *to = block[usize::from((natural & 7) << 3 | natural >> 3)];
    }
    ordered
}

/// Counts symbols.
#[derive(Clone)]
pub(in crate::dct) struct Counter {
    pub(super) dc: [u64; 256],
    pub(super) ac: [u64; 256],
}

impl Default for Counter {
    fn default() -> Self {
        Self { dc: [0; 256], ac: [0; 256] }
    }
}

impl Sink for Counter {
    #[inline(always)]
    fn dc(&mut self, size: u32, _: u32) {
        self.dc.get_mut(size as usize).into_iter().for_each(|count| *count += 1);
    }

    #[inline(always)]
    fn ac(&mut self, symbol: u8, _: u32, _: u32) {
        self.ac.get_mut(usize::from(symbol)).into_iter().for_each(|count| *count += 1);
    }
}

/// Bytes with stuffing, and the bits that are not yet a byte.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    held: u64,
    count: u32,
}

impl Writer {
    /// Room for `bytes` more.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<()> {
        let message = "no memory for the codestream";
        self.out.try_reserve(bytes).map_err(|_| Error::new(ErrorKind::Limit, message))
    }

    /// At most 32 bits.
    #[inline(always)]
    fn put(&mut self, bits: u64, count: u32) {
        self.held = self.held << count | bits;
        self.count += count;
        if self.count >= 32 {
            self.count -= 32;
            self.put_word((self.held >> self.count) as u32);
        }
    }

    #[inline(always)]
    fn put_word(&mut self, word: u32) {
        let bytes = word.to_be_bytes();
        if (!word).wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
            self.out.extend_from_slice(&bytes);
        } else {
            for byte in bytes {
                self.put_byte(byte);
            }
        }
    }

    fn put_byte(&mut self, byte: u8) {
        self.out.push(byte);
        if byte == 0xFF {
            self.out.push(0);
        }
    }

    /// Fills the last byte with ones (T.81 F.1.2.3).
    pub(super) fn flush(&mut self) {
        while self.count >= 8 {
            self.count -= 8;
            self.put_byte((self.held >> self.count) as u8);
        }
        if self.count > 0 {
            let spare = 8 - self.count;
            self.put_byte((self.held << spare) as u8 | ((1_u32 << spare) - 1) as u8);
        }
        (self.held, self.count) = (0, 0);
    }
}

/// Writes symbols with the codes of a component.
pub(super) struct Coder<'c> {
    pub(super) writer: &'c mut Writer,
    pub(super) dc: &'c Codes,
    pub(super) ac: &'c Codes,
}

impl Sink for Coder<'_> {
    #[inline(always)]
    fn dc(&mut self, size: u32, bits: u32) {
        let (code, length) = self.dc.get(size as u8);
        self.writer.put(code << size | u64::from(bits), length + size);
    }

    #[inline(always)]
    fn ac(&mut self, symbol: u8, size: u32, bits: u32) {
        let (code, length) = self.ac.get(symbol);
        self.writer.put(code << size | u64::from(bits), length + size);
    }
}
