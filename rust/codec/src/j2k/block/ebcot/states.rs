//! The probability states of the MQ coder (T.800 Table C.2), one word a state and sense, so that one load says everything of a symbol.

/// The contexts of a block: each holds the word of its state. As many as a byte counts, so that an index is never out of range.
pub(super) type Contexts = [u64; 256];

/// The context of the run length (T.800 Table D.7).
pub(super) const RUN: u8 = 17;
/// The context of equal chances.
pub(super) const UNIFORM: u8 = 18;
/// The first context of signs, 9 to 13.
pub(super) const SIGN: u8 = 9;
/// The first context of magnitude refinement, 14 to 16.
pub(super) const MAGNITUDE: u8 = 14;

/// Where Qe stands in a state's word: the interval has 16 bits, left-aligned in 64.
pub(super) const POINT: u32 = 48;
/// Qe within a state's word.
pub(super) const QE: u64 = 0xFFFF << POINT;

/// T.800 Table C.2: Qe, NMPS, NLPS, SWITCH.
#[rustfmt::skip]
const TABLE: [(u16, u8, u8, u8); 47] = [
    (0x5601, 1, 1, 1), (0x3401, 2, 6, 0), (0x1801, 3, 9, 0), (0x0AC1, 4, 12, 0), (0x0521, 5, 29, 0), (0x0221, 38, 33, 0),
    (0x5601, 7, 6, 1), (0x5401, 8, 14, 0), (0x4801, 9, 14, 0), (0x3801, 10, 14, 0), (0x3001, 11, 17, 0), (0x2401, 12, 18, 0),
    (0x1C01, 13, 20, 0), (0x1601, 29, 21, 0), (0x5601, 15, 14, 1), (0x5401, 16, 14, 0), (0x5101, 17, 15, 0), (0x4801, 18, 16, 0),
    (0x3801, 19, 17, 0), (0x3401, 20, 18, 0), (0x3001, 21, 19, 0), (0x2801, 22, 19, 0), (0x2401, 23, 20, 0), (0x2201, 24, 21, 0),
    (0x1C01, 25, 22, 0), (0x1801, 26, 23, 0), (0x1601, 27, 24, 0), (0x1401, 28, 25, 0), (0x1201, 29, 26, 0), (0x1101, 30, 27, 0),
    (0x0AC1, 31, 28, 0), (0x09C1, 32, 29, 0), (0x08A1, 33, 30, 0), (0x0521, 34, 31, 0), (0x0441, 35, 32, 0), (0x02A1, 36, 33, 0),
    (0x0221, 37, 34, 0), (0x0141, 38, 35, 0), (0x0111, 39, 36, 0), (0x0085, 40, 37, 0), (0x0049, 41, 38, 0), (0x0025, 42, 39, 0),
    (0x0015, 43, 40, 0), (0x0009, 44, 41, 0), (0x0005, 45, 42, 0), (0x0001, 45, 43, 0), (0x5601, 46, 46, 0),
];

/// Words by `2 * state + sense`, filled up to a power of two.
///
/// Bit 0: the more probable symbol. From bit 8: the index of the word that follows the more probable symbol. From bit 16: the one after
/// the less probable. From bit 24: by how much an interval of Qe is shifted to be normal again. From bit 48: Qe.
pub(super) const STATES: [u64; 256] = {
    let mut states = [0; 256];
    let mut index = 0;
    while index < 94 {
        let (qe, after_more, after_less, switch) = TABLE[index / 2];
        let sense = (index % 2) as u64;
        states[index] = sense
            | (after_more as u64 * 2 + sense) << 8
            | (after_less as u64 * 2 + (sense ^ switch as u64)) << 16
            | (qe.leading_zeros() as u64) << 24
            | (qe as u64) << POINT;
        index += 1;
    }
    states
};

/// The word that follows: after the less probable symbol where `shift` is 16, after the more probable where it is 8.
#[inline(always)]
pub(super) const fn next(word: u64, shift: u32) -> u64 {
    STATES[(word >> shift) as u8 as usize]
}

/// Where every block starts (T.800 Table D.7).
pub(super) fn reset(contexts: &mut Contexts) {
    contexts[..19].fill(STATES[0]);
    contexts[0] = STATES[2 * 4];
    contexts[usize::from(RUN)] = STATES[2 * 3];
    contexts[usize::from(UNIFORM)] = STATES[2 * 46];
}
