//! Words of coefficients to the bit planes of a block: the way back of `assemble`.

use crate::j2k::block::Word;

use super::board::Board;

/// Writes the planes of `words`, `width` wide, into `planes`, for each as many as the board has tiles, the highest first; it stands `top`
/// bits above the lowest bit of a word. The signs go to the board.
pub(super) fn disassemble<W: Word>(
    board: &mut Board,
    words: &[W],
    width: usize,
    top: u32,
    planes: &mut [u64],
) {
    let tiles = board.tiles();
    for (stripe, rows) in words.chunks(4 * width).enumerate() {
        for across in 0..board.across {
            let tile = board.place(stripe, across).tile;
            let mut own = [W::ZERO; 64];
            for (row, samples) in rows.chunks(width).enumerate() {
                let samples = samples.get(16 * across..).unwrap_or_default();
                for (word, sample) in own.iter_mut().skip(row).step_by(4).zip(samples) {
                    *word = *sample;
                }
            }
            board.negative[tile] = bytes(&own, W::BITS - 8)[0];
            // The bit above the eight planes to come.
            let mut above = top + 1;
            for eight in planes.chunks_mut(8 * tiles) {
                let (found, first) = match above.checked_sub(8) {
                    Some(shift) => (bytes(&own, shift), 0),
                    None => (bytes(&own, 0), 8 - above as usize),
                };
                let to = eight.iter_mut().skip(tile).step_by(tiles);
                to.zip(found.into_iter().skip(first)).for_each(|(to, plane)| *to = plane);
                above = above.saturating_sub(8);
            }
        }
    }
}

/// Eight planes of a tile's words, the lowest of them `shift` bits up, the highest first.
#[inline(always)]
fn bytes<W: Word>(words: &[W; 64], shift: u32) -> [u64; 8] {
    let mut planes = [0; 8];
    for (eight, words) in words.as_chunks::<8>().0.iter().enumerate() {
        let mut square = 0;
        for word in words.iter().rev() {
            square = square << 8 | ((*word >> shift).to_u64() & 255);
        }
        for (plane, byte) in planes.iter_mut().rev().zip(turn(square).to_le_bytes()) {
            *plane |= u64::from(byte) << (8 * eight);
        }
    }
    planes
}

/// A square of eight times eight bits, rows for columns.
const fn turn(square: u64) -> u64 {
    let swap = (square ^ square >> 7) & 0x00AA_00AA_00AA_00AA;
    let square = square ^ swap ^ swap << 7;
    let swap = (square ^ square >> 14) & 0x0000_CCCC_0000_CCCC;
    let square = square ^ swap ^ swap << 14;
    let swap = (square ^ square >> 28) & 0x0000_0000_F0F0_F0F0;
    square ^ swap ^ swap << 28
}
