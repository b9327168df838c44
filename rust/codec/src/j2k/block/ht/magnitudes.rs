//! The last step of a clean-up pass: magnitudes and signs (T.814 7.3.8), a quad at a time. `magnitudes_avx2.rs` does two at once.
#![expect(clippy::inline_always, reason = "steps of one loop, compiled for its instructions")]

use super::super::Word;
use super::flat::Flat;
use super::line::{Bounds, Line};
use super::tables::{EXPONENTS, KNOWN, Quad, RHO, U};

/// MagSgn of a block: at most 57 bits a sample.
pub(super) type FlatMagnitudes = Flat<{ 4096 * 57 / 8 + 128 }>;

/// The plane that a clean-up pass ends with: how far its lowest bit is from a word's lowest one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    shift: u32,
}

impl Place {
    /// `skipped` planes lie between the plane and the sign.
    pub(super) fn new<W: Word>(skipped: u32) -> Option<Self> {
        (W::BITS - 2).checked_sub(skipped).map(|shift| Self { shift })
    }

    pub(super) const fn shift(self) -> u32 {
        self.shift
    }

    /// `2 mu + 1`, half a step included, where it belongs: below the lowest plane there may be no room.
    #[inline(always)]
    fn word<W: Word>(self, doubled: u64, sign: u64) -> W {
        let magnitude = if self.shift == 0 {
            W::from_u64(doubled >> 1)
        } else {
            W::from_u64(doubled << (self.shift - 1))
        };
        magnitude | if sign == 1 { W::SIGN } else { W::ZERO }
    }
}

/// What holds for all rows of a block.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) flat: &'a FlatMagnitudes,
    pub(super) bounds: Bounds,
    pub(super) place: Place,
    pub(super) width: usize,
}

/// Decodes a row of quads into two rows of words; `bottom` is empty where there is none.
pub(super) fn row<W: Word>(line: &mut Line<u64>, source: Source<'_>, top: &mut [W], bottom: &mut [W]) {
    let quads = line.bounded.iter().zip(line.starts.iter());
    let lower = line.lower.get_mut(1..).unwrap_or_default().as_chunks_mut::<2>().0;
    // A pair of quads is always written whole.
    for (i, ((&quad, &start), lower)) in quads.zip(lower).take(source.width.div_ceil(4) * 2).enumerate() {
        let (words, exponents) = samples::<W>(quad, start as usize, source);
        let [a, b, c, d] = words;
        for (x, (up, down)) in [(a, b), (c, d)].into_iter().enumerate() {
            if let Some(to) = top.get_mut(2 * i + x) {
                *to = up;
            }
            if let Some(to) = bottom.get_mut(2 * i + x) {
                *to = down;
            }
        }
        *lower = exponents;
    }
}

/// The four samples of a quad, and 2 mu - 1 of the lower ones.
#[inline(always)]
fn samples<W: Word>(quad: Quad, start: usize, source: Source<'_>) -> ([W; 4], [u64; 2]) {
    let (mut words, mut odd) = ([W::ZERO; 4], [0; 4]);
    let mut at = start;
    for (n, (word, odd)) in words.iter_mut().zip(&mut odd).enumerate() {
        let bit = |base: u32| quad >> base >> n & 1;
        if bit(RHO) == 0 {
            continue;
        }
        let length = (quad >> U) - bit(EXPONENTS);
        let read = source.flat.bits(at) & ((1 << length) - 1);
        at += length as usize;
        // 2 (mu - 1) + sign.
        let value = read | u64::from(bit(KNOWN)) << length;
        *word = source.place.word((value | 1) + 2, value & 1);
        *odd = value | 1;
    }
    let [_, b, _, d] = odd;
    (words, [b, d])
}
