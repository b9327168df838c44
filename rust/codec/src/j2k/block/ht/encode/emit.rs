//! The second step of encoding a row of quads: code words, lengths, bits (T.814 7.3, read backwards).
#![expect(clippy::inline_always, reason = "steps of one loop, compiled for its instructions")]

use super::super::super::Word;
use super::codes::{self, FIRST_ROW, PAIRS, ROWS, SHORT};
use super::streams::{Bits, Mel};
use super::survey::{NARROW, Survey, doubled};

/// VLC of a block: at most 7 bits a quad and 24 a pair of u.
pub(super) type BitsOfVlc = Bits<{ 2048 * 20 / 8 }>;
/// MagSgn of a block: at most 57 bits a sample.
pub(super) type BitsOfMagnitudes = Bits<{ 4096 * 57 / 8 + 64 }>;

/// The streams of a block, and what a row leaves to the next.
pub(super) struct Streams {
    pub(super) mel: Mel,
    pub(super) vlc: BitsOfVlc,
    pub(super) magnitudes: BitsOfMagnitudes,
}

/// What the row above says to a quad: its bits of the context, and the largest exponent of four samples.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Above {
    pub(super) context: u32,
    pub(super) exponent: u32,
}

/// A quad with all that its code words need.
#[derive(Clone, Copy, Default)]
struct Quad {
    rho: u32,
    largest: u32,
    bound: u32,
    u: u32,
}

impl Quad {
    #[inline(always)]
    fn new(survey: u32, above: Above) -> Self {
        let (rho, exponent) = (survey & 15, survey >> 8);
        let kappa = if rho & rho.wrapping_sub(1) == 0 { 1 } else { above.exponent.saturating_sub(1).max(1) };
        let bound = exponent.max(kappa);
        let u = bound - kappa;
        // Which samples have the largest exponent is of no interest where that is not sent.
        let largest = if u > 0 { survey >> 4 & 15 } else { 0 };
        Self { rho, largest, bound, u }
    }

    /// Which bits of the samples are sent: as many as the bound says, less those whose highest one is known.
    #[inline(always)]
    fn mask(self, exponents: u32) -> u64 {
        let lanes = 0x0001_0001_0001_0001;
        let [all, known] = [self.rho, exponents].map(|n| SPREAD.get(n as usize).copied().unwrap_or(0));
        let (whole, top) = (((1 << self.bound) - 1) * lanes, (1 << self.bound >> 1) * lanes);
        (whole & all) ^ (top & known)
    }

    /// The bits of long samples, of the words themselves.
    #[inline(never)]
    fn long_samples<W: Word>(self, exponents: u32, x: usize, words: Words<'_, W>) -> [(u64, u32); 4] {
        let mut samples = [(0, 0); 4];
        for (n, sample) in samples.iter_mut().enumerate().filter(|(n, _)| self.rho >> n & 1 == 1) {
            let row = if n % 2 == 0 { words.top } else { words.bottom };
            let (doubled, sign) = doubled(row.get(x + n / 2).copied().unwrap_or_default(), words.shift);
            let length = self.bound - (exponents >> n & 1);
            *sample = ((doubled.wrapping_sub(2) + sign) & ((1 << length) - 1), length);
        }
        samples
    }
}

/// Sixteen ones for each bit of four.
#[expect(clippy::indexing_slicing, reason = "by the compiler alone")]
static SPREAD: [u64; 16] = {
    let mut table = [0; 16];
    let mut i = 0;
    while i < 16 {
        let mut n = 0;
        while n < 4 {
            if i >> n & 1 == 1 {
                table[i] |= 0xFFFF << (16 * n);
            }
            n += 1;
        }
        i += 1;
    }
    table
};

/// Two rows of words, and how far their lowest plane is from the lowest bit.
#[derive(Clone, Copy)]
pub(super) struct Words<'a, W> {
    pub(super) top: &'a [W],
    pub(super) bottom: &'a [W],
    pub(super) shift: u32,
}

impl Streams {
    pub(super) fn new() -> Self {
        Self { mel: Mel::new(), vlc: Bits::new(), magnitudes: Bits::new() }
    }

    /// The first row of quads, or another one. `pack` gathers the bits that a mask has.
    #[inline(always)]
    pub(super) fn row<const FIRST: bool, W: Word>(
        &mut self,
        survey: &Survey,
        above: &[Above],
        words: Words<'_, W>,
        pack: impl Fn(u64, u64) -> u64 + Copy,
    ) {
        let count = words.top.len().div_ceil(2);
        let table = if FIRST { &FIRST_ROW } else { &ROWS };
        let quads = survey.quads.get(1..).unwrap_or_default().as_chunks::<2>().0;
        let samples = survey.samples.as_chunks::<2>().0;
        let pairs = quads.iter().zip(samples).zip(above.as_chunks::<2>().0);
        let (mut west, mut left) = (0, count);
        // Events of quads that are empty among empty ones: nothing else is told of them.
        let mut zeros = 0;
        let (mut vlc, mut magnitudes) = (self.vlc.pen(), self.magnitudes.pen());
        for ((quads, samples), above) in pairs.take(count.div_ceil(2)) {
            let [one, two] = quads;
            let [north_one, north_two] = above.map(|above| if FIRST { 0 } else { above.context });
            if (one | two).trailing_zeros() >= 4 && north_one | north_two | west == 0 && left > 1 {
                (zeros, left) = (zeros + 2, left - 2);
                continue;
            }
            self.mel.push_zeros(std::mem::take(&mut zeros));
            let mut u = [0; 2];
            let (mut bits, mut length) = (0, 0);
            // The last pair may have one quad.
            for (((&quad, &samples), &above), u) in
                quads.iter().zip(samples).zip(above).zip(&mut u).take(left)
            {
                let above = if FIRST { Above::default() } else { above };
                let quad = Quad::new(quad, above);
                let context = above.context | west;
                if context == 0 {
                    self.mel.push(quad.rho != 0);
                }
                let index = context << 8 | quad.rho << 4 | quad.largest;
                let code = table.get(index as usize).copied().unwrap_or(0);
                bits |= codes::bits(code) << length;
                length += codes::length(code);
                west = if FIRST { (quad.rho & 1) | quad.rho >> 1 } else { u32::from(quad.rho > 3) };
                let exponents = codes::exponents(code);
                if quad.bound <= 14 {
                    let mask = quad.mask(exponents);
                    magnitudes.push(pack(samples, mask), mask.count_ones());
                } else if quad.bound <= NARROW {
                    let mask = quad.mask(exponents);
                    for half in [mask & 0xFFFF_FFFF, mask & !0xFFFF_FFFF] {
                        magnitudes.push(pack(samples, half), half.count_ones());
                    }
                } else {
                    for (bits, length) in quad.long_samples(exponents, 2 * (count - left), words) {
                        magnitudes.push(bits, length);
                    }
                }
                left -= 1;
                *u = quad.u;
            }
            let [first, second] = u;
            let (more, more_length) = if FIRST {
                let (code, is_high) = codes::first_pair(first, second);
                if first > 0 && second > 0 {
                    self.mel.push(is_high);
                }
                code
            } else if first | second <= SHORT {
                let code = PAIRS.get((first << 4 | second) as usize).copied().unwrap_or(0);
                (u64::from(code >> 5), code & 31)
            } else {
                codes::pair(first, second)
            };
            vlc.push(bits | more << length, length + more_length);
        }
        self.mel.push_zeros(zeros);
        let (vlc, magnitudes) = (vlc.end, magnitudes.end);
        self.vlc.put_down(vlc);
        self.magnitudes.put_down(magnitudes);
    }
}

/// What `pext` does, where that is not at hand: the bits of the lowest places of four lanes, one behind another.
#[inline(always)]
pub(super) fn pack(samples: u64, mask: u64) -> u64 {
    let (mut packed, mut length) = (0, 0);
    for lane in 0..4 {
        let mask = mask >> (16 * lane) & 0xFFFF;
        packed |= (samples >> (16 * lane) & mask) << length;
        length += mask.count_ones();
    }
    packed
}
