//! What one row of quads leaves to the next: exponents' bounds, bit positions, contexts (T.814 7.3.5, 7.3.7).
#![expect(clippy::inline_always, reason = "steps of one loop, compiled for its instructions")]

use super::super::Word;
use super::tables::{EXPONENTS, Quad, RHO, U};

/// Quads of a row and room behind them: vectors read up to sixteen quads too many.
pub(super) const LINE: usize = 512 + 40;

/// The buffers of a row of quads.
pub(super) struct Line<W> {
    /// Quad `q` as the first step gives it, at `q + 1`: zero in front and behind.
    pub(super) quads: [Quad; LINE],
    /// The same with U in u's place.
    pub(super) bounded: [Quad; LINE],
    /// At which bit of MagSgn a quad begins.
    pub(super) starts: [u32; LINE],
    /// What a quad says to the contexts of the next row.
    pub(super) north: [u32; LINE],
    /// 2 mu - 1 of the lower samples, column `x` at `x + 1`, zero where not significant: their bit lengths are the exponents.
    pub(super) lower: [W; 2 * LINE],
}

/// What holds for all rows of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// The most that U may be: a bit more than there are planes (T.814 7.3.7).
    pub(super) most: u32,
    /// The first bit behind MagSgn.
    pub(super) end: u32,
}

/// U is more than the planes of the block allow.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooLong;

impl<W: Word> Line<W> {
    /// One piece of memory: its parts have one address and fixed distances from it.
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            quads: [0; LINE],
            bounded: [0; LINE],
            starts: [0; LINE],
            north: [0; LINE],
            lower: [W::ZERO; 2 * LINE],
        })
    }

    /// Nothing above, nothing behind.
    pub(super) fn reset(&mut self, quads: usize) {
        let size = (quads + 32).min(LINE);
        self.quads.get_mut(..size).unwrap_or_default().fill(0);
        self.lower.get_mut(..2 * size).unwrap_or_default().fill(W::ZERO);
    }

    /// Puts a pair where it belongs.
    #[inline(always)]
    pub(super) fn put(&mut self, quad: usize, pair: [Quad; 2]) {
        if let Some(to) = self.quads.get_mut(quad + 1..).and_then(<[Quad]>::first_chunk_mut) {
            *to = pair;
        }
    }

    /// The second step, between the others: U of each quad, where its bits begin, and the contexts of the next row. `start` is where the row
    /// begins, and then ends.
    pub(super) fn bound(&mut self, quads: usize, start: &mut u32, bounds: Bounds) -> Result<(), TooLong> {
        let mut most = 0;
        let rows = self.quads.windows(3).zip(self.lower.windows(4).step_by(2));
        let to = self.bounded.iter_mut().zip(self.starts.iter_mut()).zip(self.north.iter_mut());
        for ((row, lower), ((bounded, begin), north)) in rows.zip(to).take(quads.next_multiple_of(2)) {
            let &[left, quad, right] = row else { break };
            // T.814 equations 4 and 5: the largest exponent of four samples above counts where more than one of the quad is significant.
            let largest =
                u64::BITS - lower.iter().fold(W::ZERO, |all, &odd| all | odd).to_u64().leading_zeros();
            let rho = quad >> RHO & 15;
            let kappa = if rho.count_ones() > 1 { largest.saturating_sub(1).max(1) } else { 1 };
            let u = (quad >> U) + kappa;
            most = most.max(u);
            *bounded = (quad & ((1 << U) - 1)) | u << U;
            *begin = (*start).min(bounds.end);
            *start = start
                .wrapping_add((rho.count_ones() * u).wrapping_sub((quad >> EXPONENTS & 15).count_ones()));
            *north = contexts(left, quad, right);
        }
        if most > bounds.most { Err(TooLong) } else { Ok(()) }
    }
}

/// The bits of the next row's context that come from three quads of this one (T.814 equation 2).
const fn contexts(left: Quad, quad: Quad, right: Quad) -> u32 {
    let (quad, left, right) = (quad >> RHO, left >> RHO, right >> RHO);
    ((quad >> 1 | left >> 3) & 1) << 8 | ((quad >> 3 | right >> 1) & 1) << 9
}
