//! What the code words of T.814 Annex C and Table 3 become to be looked up: made by the compiler.
#![expect(
    clippy::indexing_slicing,
    reason = "by the compiler alone, which does not accept an index out of bounds"
)]

use super::codes::{FIRST, OTHERS};

/// A quad as its code word gives it: the length of the code word in bits 0 to 5 (and so a shift by it needs no mask), [`WEST`], [`OFFSETS`], rho
/// in bits 12 to 15, e_1 in bits 16 to 19, e_k in bits 20 to 23 and, put there later, u in bits 26 to 31.
pub(super) type Quad = u32;

/// Set where u is sent (u_off): a bit of a first quad and one of a second, at their places in the index of [`PAIRS`].
pub(super) const OFFSETS: [Quad; 2] = [1 << PAIR_BITS, 2 << PAIR_BITS];
/// Set where a sample of the right column is significant: a bit of the next quad's context, at its place in the index of [`ROWS`].
pub(super) const WEST: Quad = 1 << 7;
/// The lowest bit of rho, e_1, e_k and u.
pub(super) const RHO: u32 = 12;
pub(super) const KNOWN: u32 = 16;
pub(super) const EXPONENTS: u32 = 20;
pub(super) const U: u32 = 26;

/// The code words' table of the first row: context, then seven bits of the stream.
pub(super) static FIRST_ROW: [Quad; 1024] = quads(&FIRST, false);
/// The code words' table of the other rows: context, its bits as [`context_index`] has them, then seven bits of the stream.
pub(super) static ROWS: [Quad; 1024] = quads(&OTHERS, true);

/// The bits of a context of the other rows, ordered so that [`WEST`] is the lowest: the others come from the row above.
pub(super) const fn context_index(context: u32, is_row: bool) -> u32 {
    if is_row { (context >> 1 & 1) | (context & 1) << 1 | (context & 4) } else { context }
}

const fn quads<const N: usize>(codes: &[u32; N], is_row: bool) -> [Quad; 1024] {
    let mut table = [0; 1024];
    let mut i = 0;
    while i < N {
        let code = Code::new(codes[i]);
        let right = if code.rho & 0xC != 0 { WEST } else { 0 };
        let offset = if code.is_offset { OFFSETS[0] | OFFSETS[1] } else { 0 };
        let quad = code.length
            | offset
            | right
            | code.rho << RHO
            | code.known << KNOWN
            | code.exponents << EXPONENTS;
        let mut rest = 0;
        while rest < 128 >> code.length {
            let index = context_index(code.context, is_row) << 7 | rest << code.length | code.word;
            table[index as usize] = quad;
            rest += 1;
        }
        i += 1;
    }
    table
}

/// A row of Annex C.
#[derive(Clone, Copy)]
pub(crate) struct Code {
    pub(crate) context: u32,
    pub(crate) known: u32,
    pub(crate) exponents: u32,
    pub(crate) is_offset: bool,
    pub(crate) rho: u32,
    pub(crate) length: u32,
    pub(crate) word: u32,
}

impl Code {
    /// The list of the first row, or of the others.
    pub(crate) fn all(is_first: bool) -> impl Iterator<Item = Self> {
        if is_first { FIRST.as_slice() } else { OTHERS.as_slice() }.iter().map(|&code| Self::new(code))
    }

    pub(super) const fn new(code: u32) -> Self {
        Self {
            context: code >> 28,
            known: code >> 24 & 15,
            exponents: code >> 20 & 15,
            is_offset: code >> 16 & 1 == 1,
            rho: code >> 12 & 15,
            length: code >> 8 & 15,
            word: code & 0xFF,
        }
    }
}

/// A prefix of Table 3: its length, the length of the suffix, and the least u.
pub(super) const fn prefix(bits: u32) -> (u32, u32, u32) {
    match bits & 7 {
        0 => (3, 5, 5),
        4 => (3, 1, 3),
        2 | 6 => (2, 0, 2),
        _ => (1, 0, 1),
    }
}

/// How many bits of the stream [`PAIRS`] looks at.
pub(super) const PAIR_BITS: u32 = 8;
/// Set where these bits do not tell all of u.
pub(super) const LONG: u32 = 1 << 7;

/// Both u of a pair of quads in the other rows: whether the first and the second have one, then [`PAIR_BITS`] bits of the stream. The number of
/// bits stands in bits 0 to 5, u of the first in bits 20 to 25, of the second in bits 26 to 31.
pub(super) static PAIRS: [u32; 4 << PAIR_BITS] = pairs();

const fn pairs() -> [u32; 4 << PAIR_BITS] {
    let mut table = [0; 4 << PAIR_BITS];
    let mut i = 0;
    while i < 4 << PAIR_BITS {
        let bits = i & ((1 << PAIR_BITS) - 1);
        let none = (0, 0, 0);
        let first = if i >> PAIR_BITS & 1 == 1 { prefix(bits) } else { none };
        let second = if i >> PAIR_BITS & 2 == 2 { prefix(bits >> first.0) } else { none };
        let prefixes = first.0 + second.0;
        let length = prefixes + first.1 + second.1;
        let suffix = bits >> prefixes & ((1 << first.1) - 1);
        let u = (first.2 + suffix, second.2 + (bits >> prefixes >> first.1 & ((1 << second.1) - 1)));
        // T.814 7.3.6: a suffix of 28 and more has an extension; u is above 32 there.
        table[i as usize] =
            if length > PAIR_BITS || u.0 > 32 || u.1 > 32 { LONG } else { length | u.0 << 20 | u.1 << 26 };
        i += 1;
    }
    table
}

/// T.814 Table 2: the exponents of the MEL decoder's states.
pub(super) const MEL_EXPONENTS: [u8; 13] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_context_is_a_complete_prefix_code() {
        for (codes, contexts) in [(&FIRST[..], 0..8), (&OTHERS[..], 0..8)] {
            for context in contexts {
                let covered: u32 = codes
                    .iter()
                    .map(|&code| Code::new(code))
                    .filter(|code| code.context == context)
                    .map(|code| 128 >> code.length)
                    .sum();
                assert_eq!(covered, 128);
            }
        }
    }

    #[test]
    fn known_exponents_belong_to_significant_samples() {
        for code in FIRST.iter().chain(&OTHERS).map(|&code| Code::new(code)) {
            assert_eq!((code.exponents & !code.rho, code.known & !code.exponents), (0, 0));
        }
    }
}
