//! The first step of a clean-up pass: MEL and VLC give each quad's significance, exponents' bits and u (T.814 7.3.5, 7.3.6).
#![expect(clippy::inline_always, reason = "steps of one loop, compiled for its instructions")]

use super::flat::Flat;
use super::mel::Mel;
use super::tables::{FIRST_ROW, LONG, OFFSETS, PAIR_BITS, PAIRS, Quad, RHO, ROWS, U, WEST, prefix};

/// A VLC stream has at most 4079 bytes, and no block can use more than 4 KiB of it.
pub(super) type FlatVlc = Flat<4352>;

/// The bits above u.
const ABOVE: u32 = !((1 << U) - 1);

/// Reads quads, two at a time. It is copied round a loop: so its parts stay in registers, and calls for what is rare take and give values.
#[derive(Clone, Copy)]
pub(super) struct Quads<'a> {
    flat: &'a FlatVlc,
    rows: &'a [Quad; 1024],
    pairs: &'a [u32; 4 << PAIR_BITS],
    /// Bits of VLC, the next one in the lowest place; so many of them, in the lowest six bits, are counted; and the byte that comes next.
    bits: u64,
    held: u32,
    next: usize,
    /// What the last quad says to the next one's context.
    west: u32,
}

impl<'a> Quads<'a> {
    pub(super) fn new(flat: &'a FlatVlc) -> Self {
        Self { flat, rows: &ROWS, pairs: &PAIRS, bits: 0, held: 0, next: 0, west: 0 }
    }

    /// A row of quads begins.
    #[inline(always)]
    pub(super) fn start_row(&mut self) {
        self.west = 0;
    }

    /// At least 56 bits: a pair takes at most 7 + 7 + 6 + 10 + 8.
    #[inline(always)]
    fn refill(&mut self) {
        self.bits |= self.flat.word(self.next) << (self.held % 64);
        self.next += (!self.held / 8 % 8) as usize;
        self.held |= 0b11_1000;
    }

    #[inline(always)]
    fn skip(&mut self, count: u32) {
        self.bits >>= count & 63;
        self.held = self.held.wrapping_sub(count);
    }

    /// A quad of the first row, after T.814 equation 1.
    fn first_quad(&mut self, mel: &mut Mel<'_>) -> Quad {
        let index = (self.west << 7) as usize | (self.bits & 0x7F) as usize;
        let mut quad = FIRST_ROW.get(index).copied().unwrap_or(0);
        if self.west == 0 && !mel.event() {
            quad = 0;
        }
        self.skip(quad);
        let rho = quad >> RHO & 15;
        self.west = (rho & 1) | rho >> 1;
        quad
    }

    /// Two quads of the first row, or one and an empty one.
    pub(super) fn first_pair(&mut self, mel: &mut Mel<'_>, has_second: bool) -> [Quad; 2] {
        self.refill();
        let first = self.first_quad(mel);
        let second = if has_second { self.first_quad(mel) } else { 0 };
        let has_u = [first & OFFSETS[0] != 0, second & OFFSETS[1] != 0];
        // T.814 7.3.6: where both have u, an event says whether both are above 2.
        let is_high = has_u == [true; 2] && mel.event();
        let (length, [one, two]) = pair_of_u(self.bits, has_u, Some(is_high));
        self.skip(length);
        [first | one << U, second | two << U]
    }

    /// Two quads of another row, or one and an empty one; `north` is what the row above says to their contexts (T.814 equation 2).
    #[inline(always)]
    pub(super) fn pair(&mut self, mel: &mut Mel<'_>, north: [u32; 2], has_second: bool) -> [Quad; 2] {
        self.refill();
        let [north_first, north_second] = north;
        let first = self.quad(mel, north_first | self.west);
        self.west = first & WEST;
        let mut second = 0;
        if has_second {
            second = self.quad(mel, north_second | self.west);
            self.west = second & WEST;
        }
        let mode = first & OFFSETS[0] | second & OFFSETS[1];
        let index = mode as usize | (self.bits & ((1 << PAIR_BITS) - 1)) as usize;
        let pair = self.pairs.get(index).copied().unwrap_or(0);
        if pair & LONG != 0 {
            let has_u = [first & OFFSETS[0] != 0, second & OFFSETS[1] != 0];
            let (length, [one, two]) = pair_of_u(self.bits, has_u, None);
            self.skip(length);
            return [first | one << U, second | two << U];
        }
        self.skip(pair);
        [first | (pair << 6 & ABOVE), second | (pair & ABOVE)]
    }

    /// True where eight quads of another row are empty: then MEL alone tells of them, and they are passed over.
    #[inline(always)]
    pub(super) fn are_empty(&self, mel: &mut Mel<'_>, is_north_empty: bool) -> bool {
        is_north_empty && self.west == 0 && mel.are_zeros(8)
    }

    /// A quad of another row; `context` is the index of [`ROWS`], without bits of the stream.
    #[inline(always)]
    fn quad(&mut self, mel: &mut Mel<'_>, context: u32) -> Quad {
        let index = context as usize | (self.bits & 0x7F) as usize;
        let mut quad = self.rows.get(index).copied().unwrap_or(0);
        if context == 0 && !mel.event() {
            quad = 0;
        }
        self.skip(quad);
        quad
    }
}

/// Both u by their prefixes, suffixes and extensions, in this order (T.814 7.3.6), and the length of all; in the first row, `is_high` is the
/// pair's event.
#[inline(never)]
fn pair_of_u(bits: u64, has_u: [bool; 2], is_high: Option<bool>) -> (u32, [u32; 2]) {
    let mut at = 0;
    let mut take = |count: u32| {
        let value = u32::try_from(bits >> at & ((1 << count) - 1)).unwrap_or(0);
        at += count;
        value
    };
    let mut parts = [(0, 0, 0); 2];
    let mut is_bit = false;
    for (part, has_u) in parts.iter_mut().zip(has_u) {
        if is_bit && has_u {
            *part = (1, 0, 1 + take(1));
        } else if has_u {
            // The code is read bit by bit: a one ends it, and so do three zeros.
            let mut code = take(1);
            for place in 1..3 {
                if code == 0 {
                    code |= take(1) << place;
                }
            }
            *part = prefix(code);
            is_bit = is_high == Some(false) && part.0 == 3;
        }
    }
    let suffixes = parts.map(|(_, length, _)| take(length));
    let mut u = [0; 2];
    for ((u, (_, _, least)), suffix) in u.iter_mut().zip(parts).zip(suffixes) {
        let extension = if suffix >= 28 { take(4) } else { 0 };
        let high = if is_high == Some(true) { 2 } else { 0 };
        // No block has 63: what is beyond is found to be too much.
        *u = (least + suffix + 4 * extension + high).min(63);
    }
    (at, u)
}
