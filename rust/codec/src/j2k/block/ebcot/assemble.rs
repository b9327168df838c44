//! Bit planes of a block to words of coefficients.

use crate::j2k::block::Word;

use super::board::Board;

/// The bits of a byte, each in a byte of its own, the lowest first.
static SPREAD: [u64; 256] = {
    let mut spread = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            spread[byte] |= (byte as u64 >> bit & 1) << (8 * bit);
            bit += 1;
        }
        byte += 1;
    }
    spread
};

/// Writes the words of a block `width` wide into `out`, row by row. `planes` are as many as there are words of the board's tiles in them,
/// the highest first; it stands `top` bits above the lowest bit of a word, and none stands below that.
pub(super) fn assemble<W: Word>(board: &Board, planes: &[u64], top: u32, width: usize, out: &mut [W]) {
    let tiles = board.tiles();
    for (stripe, rows) in out.chunks_mut(4 * width).enumerate() {
        for across in 0..board.across {
            let tile = board.place(stripe, across).tile;
            let mut words = [W::ZERO; 64];
            if board.significant[tile] != 0 {
                gather(planes.iter().skip(tile).step_by(tiles), top, board.negative[tile], &mut words);
            }
            for (row, samples) in rows.chunks_mut(width).enumerate() {
                let samples = samples.get_mut(16 * across..).unwrap_or_default();
                for (sample, word) in samples.iter_mut().zip(words.iter().skip(row).step_by(4)) {
                    *sample = *word;
                }
            }
        }
    }
}

/// The words of one tile: eight planes at a time become a byte of each.
#[inline(always)]
fn gather<'a, W: Word>(
    mut planes: impl Iterator<Item = &'a u64>,
    top: u32,
    negative: u64,
    words: &mut [W; 64],
) {
    let (eights, _) = words.as_chunks_mut::<8>();
    for (eight, byte) in eights.iter_mut().zip(negative.to_le_bytes()) {
        for (word, byte) in eight.iter_mut().zip(SPREAD[usize::from(byte)].to_le_bytes()) {
            *word = W::from(u32::from(byte)) << (W::BITS - 1);
        }
    }
    // The bit above the eight planes to come.
    let mut above = top + 1;
    loop {
        let mut held = [0_u64; 8];
        let mut count = 0;
        for plane in planes.by_ref().take(8) {
            for (held, byte) in held.iter_mut().zip(plane.to_le_bytes()) {
                *held = *held << 1 | SPREAD[usize::from(byte)];
            }
            count += 1;
        }
        if count == 0 {
            return;
        }
        above = above.saturating_sub(count);
        for (eight, held) in eights.iter_mut().zip(held) {
            for (word, byte) in eight.iter_mut().zip(held.to_le_bytes()) {
                *word |= W::from(u32::from(byte)) << above;
            }
        }
        if count < 8 {
            return;
        }
    }
}
