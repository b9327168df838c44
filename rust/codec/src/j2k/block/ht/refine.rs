//! The two refinement passes (T.814 7.4, 7.5): SigProp finds samples that become significant in the next plane beside significant ones,
//! MagRef gives the others one more bit.
//!
//! What is significant is seen in the words themselves: MagRef goes first, for it changes none of that, and SigProp may go stripe by stripe.

use super::super::Word;
use super::flat::Flat;
use super::magnitudes::Place;
use super::sets::Refinement;
use crate::simd::Level;

/// At most two bits a sample.
type FlatBits = Flat<{ 4096 * 2 / 8 + 256 }>;

/// Columns of a block, and one without samples on both sides.
const COLUMNS: usize = 1024 + 2;

/// The memory of both passes.
pub(super) struct Scratch {
    bits: FlatBits,
    /// Significance in a stripe, column by column: bit 0 is the row above the stripe, bits 1 to 4 its own, bit 5 the row below.
    columns: Box<[u8; COLUMNS]>,
}

impl Scratch {
    pub(super) fn new(level: Level) -> Self {
        Self { bits: FlatBits::new(level), columns: Box::new([0; COLUMNS]) }
    }
}

/// Refines what the clean-up pass has decoded, by one plane. `place` must leave room for it.
pub(super) fn refine<W: Word>(
    refinement: Refinement<'_>,
    place: Place,
    is_causal: bool,
    scratch: &mut Scratch,
    width: usize,
    out: &mut [W],
) {
    let below = place.shift() - 1;
    if refinement.passes > 1 {
        scratch.bits.fill_backward(refinement.data, 0xFF, (0, 0));
        refine_magnitudes(&scratch.bits, below, width, out);
    }
    scratch.bits.fill_forward(refinement.data, 0);
    propagate(scratch, below, is_causal, width, out);
}

/// The word of a sample whose lowest known plane is `plane`, with the half bit below.
fn half<W: Word>(plane: u32) -> W {
    if plane == 0 { W::ZERO } else { W::ONE << (plane - 1) }
}

/// MagRef: a bit for each sample that the clean-up pass found (T.814 7.5).
fn refine_magnitudes<W: Word>(bits: &FlatBits, plane: u32, width: usize, out: &mut [W]) {
    let mut at = 0;
    let known = !((W::ONE << plane << 1) - W::ONE);
    for stripe in out.chunks_mut(4 * width) {
        for x in 0..width {
            for word in stripe.iter_mut().skip(x).step_by(width) {
                if *word != W::ZERO {
                    let bit = if bits.bits(at) & 1 == 1 { W::ONE << plane } else { W::ZERO };
                    *word = (*word & known) | bit | half(plane);
                    at += 1;
                }
            }
        }
    }
}

/// SigProp (T.814 7.4): samples that were not significant but have a significant neighbour, four columns of a stripe at a time: first a bit for
/// each, then the signs of those found.
fn propagate<W: Word>(scratch: &mut Scratch, plane: u32, is_causal: bool, width: usize, out: &mut [W]) {
    let Scratch { bits, columns } = scratch;
    let mut at = 0;
    let mut take = || {
        at += 1;
        bits.bits(at - 1) & 1 == 1
    };
    let found: W = W::ONE << plane | half(plane);
    let rows = out.len() / width;
    for y in (0..rows).step_by(4) {
        significance(columns, y, is_causal, width, out);
        let height = (rows - y).min(4);
        for left in (0..width).step_by(4) {
            let mut new = [0_u8; 4];
            for (x, new) in (left..width).zip(&mut new) {
                let Some([before, column, after]) = columns.get_mut(x..).and_then(<[u8]>::first_chunk_mut)
                else {
                    break;
                };
                let beside = *before | *after;
                let old = *column;
                if beside | old == 0 {
                    continue;
                }
                for row in 0..height {
                    let is_new = (old >> row & 2) == 0 && ((beside | *column) >> row & 7) != 0 && take();
                    if is_new {
                        *column |= 2 << row;
                        *new |= 1 << row;
                    }
                }
            }
            for (x, new) in (left..width).zip(new) {
                for row in (0..height).filter(|row| new >> row & 1 == 1) {
                    if let Some(word) = out.get_mut((y + row) * width + x) {
                        *word = found | if take() { W::SIGN } else { W::ZERO };
                    }
                }
            }
        }
    }
}

/// What is significant in the stripe that begins at row `y`, and in the rows beside it.
fn significance<W: Word>(columns: &mut [u8; COLUMNS], y: usize, is_causal: bool, width: usize, out: &[W]) {
    columns.get_mut(..width + 2).unwrap_or_default().fill(0);
    let columns = columns.get_mut(1..).unwrap_or_default();
    // A vertically causal stripe does not see the next one.
    let seen = if is_causal { 5 } else { 6 };
    let (rows, first) = if y == 0 { (out, 1) } else { (out.get((y - 1) * width..).unwrap_or_default(), 0) };
    for (row, place) in rows.chunks(width).zip(first..seen) {
        for (column, word) in columns.iter_mut().zip(row) {
            *column |= u8::from(*word != W::ZERO) << place;
        }
    }
}
