//! The code words of T.814 Annex C and Table 3, to be written: made by the compiler.
#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "by the compiler alone, which does not accept an index out of bounds; the bits have room"
)]

use super::super::codes::{FIRST, OTHERS};
use super::super::tables::{Code, context_index};

/// A quad's code word: its bits in bits 0 to 6, its length in bits 7 to 9, e_k in bits 10 to 13.
pub(super) type Word = u16;

pub(super) const fn bits(code: Word) -> u64 {
    (code & 0x7F) as u64
}

pub(super) const fn length(code: Word) -> u32 {
    (code >> 7 & 7) as u32
}

pub(super) const fn exponents(code: Word) -> u32 {
    (code >> 10) as u32
}

/// The index is a context, rho and, where u is not 0, which samples have the largest exponent.
pub(super) static FIRST_ROW: [Word; 2048] = quads(&FIRST, false);
/// The same for the other rows, the context's bits in the order that the decoder has, too.
pub(super) static ROWS: [Word; 2048] = quads(&OTHERS, true);

const fn quads<const N: usize>(codes: &[u32; N], is_row: bool) -> [Word; 2048] {
    let mut table = [0; 2048];
    let mut costs = [u32::MAX; 2048];
    let mut i = 0;
    while i < N {
        let code = Code::new(codes[i]);
        let mut largest = 0;
        while largest < 16 {
            let is_sent = largest != 0;
            // An exponent's bit says that a sample has the largest exponent or not.
            let fits = is_sent == code.is_offset
                && largest & code.exponents == code.known
                && largest & !code.rho == 0;
            let index = (context_index(code.context, is_row) << 8 | code.rho << 4 | largest) as usize;
            // Each of these bits saves one of MagSgn.
            let cost = 8 + code.length - code.exponents.count_ones();
            if fits && cost < costs[index] {
                costs[index] = cost;
                table[index] = (code.word | code.length << 7 | code.exponents << 10) as Word;
            }
            largest += 1;
        }
        i += 1;
    }
    table
}

/// The largest u that [`PAIRS`] has.
pub(super) const SHORT: u32 = 15;

/// The code words of both u of a pair in the other rows, 16 times the first and the second: the length in bits 0 to 4, then the bits.
pub(super) static PAIRS: [u32; 256] = pairs();

const fn pairs() -> [u32; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        let (bits, length) = pair(i / 16, i % 16);
        table[i as usize] = (bits as u32) << 5 | length;
        i += 1;
    }
    table
}

/// Table 3: prefix, suffix and extension of u, each with its length.
const fn parts(u: u32) -> [(u64, u32); 3] {
    match u {
        0 => [(0, 0), (0, 0), (0, 0)],
        1 => [(1, 1), (0, 0), (0, 0)],
        2 => [(2, 2), (0, 0), (0, 0)],
        3 | 4 => [(4, 3), (u as u64 - 3, 1), (0, 0)],
        5..=32 => [(0, 3), (u as u64 - 5, 5), (0, 0)],
        _ => [(0, 3), (28 + (u as u64 - 33) % 4, 5), ((u as u64 - 33) / 4, 4)],
    }
}

/// Both u: prefixes, suffixes, extensions (T.814 7.3.6).
pub(super) const fn pair(first: u32, second: u32) -> (u64, u32) {
    join(parts(first), parts(second))
}

/// Both u of the first row, and the event that goes with them if both are there: whether both are above 2.
pub(super) const fn first_pair(first: u32, second: u32) -> ((u64, u32), bool) {
    if first > 2 && second > 2 {
        return (join(parts(first - 2), parts(second - 2)), true);
    }
    if first > 2 && second > 0 {
        return (join(parts(first), [(second as u64 - 1, 1), (0, 0), (0, 0)]), false);
    }
    (pair(first, second), false)
}

const fn join(first: [(u64, u32); 3], second: [(u64, u32); 3]) -> (u64, u32) {
    let (mut bits, mut length, mut i) = (0, 0, 0);
    while i < 3 {
        bits |= first[i].0 << length;
        length += first[i].1;
        bits |= second[i].0 << length;
        length += second[i].1;
        i += 1;
    }
    (bits, length)
}
