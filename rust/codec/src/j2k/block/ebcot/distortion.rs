//! By how much passes make the squared error fall, for rate control (T.800 J.14).

use crate::j2k::block::Word;

use super::board::Board;

/// Fraction bits of a magnitude relative to a plane.
const FRACTION: u32 = 12;

/// How the magnitudes of a block relate to its planes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measure<'a, W> {
    pub(super) words: &'a [W],
    pub(super) width: usize,
    /// Which bit of a word the plane is.
    pub(super) bit: u32,
    /// The last plane of whole numbers: nothing is left behind it.
    pub(super) is_exact: bool,
}

impl<W: Word> Measure<'_, W> {
    /// The fall, in squares of the plane's unit, for a pass that makes the samples significant or else refines them.
    pub(super) fn fall(&self, board: &Board, told: &[u64], is_new: bool) -> f32 {
        const ONE: i64 = 1 << FRACTION;
        let mut sum = 0_i64;
        for stripe in 0..board.stripes {
            for across in 0..board.across {
                let tile = board.place(stripe, across).tile;
                let mut todo = told.get(tile).copied().unwrap_or(0);
                while todo != 0 {
                    let sample = todo.trailing_zeros() as usize;
                    todo &= todo - 1;
                    let at = (4 * stripe + sample % 4) * self.width + 16 * across + sample / 4;
                    let word = self.words.get(at).map_or(0, |word| word.to_u64());
                    let value = match self.bit.checked_sub(FRACTION) {
                        Some(shift) => word >> shift,
                        None => word << (FRACTION - self.bit),
                    };
                    // 1 to 2 where it is new, 0 to 2 else; before, 0 or 1 stood for it.
                    let value = (value & ((2 << FRACTION) - 1)) as i64;
                    let is_one = value >= ONE;
                    // The differences of two squares are linear in the value.
                    sum += match (is_new, self.is_exact) {
                        (true, false) => 3 * value - 9 * ONE / 4,
                        (true, true) => ONE,
                        (false, false) if is_one => value - 5 * ONE / 4,
                        (false, false) => 3 * ONE / 4 - value,
                        (false, true) => ONE - value,
                    };
                }
            }
        }
        sum as f32 / ONE as f32
    }
}
