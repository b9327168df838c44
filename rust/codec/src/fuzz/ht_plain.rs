//! The plainest decoder of high-throughput blocks: T.814 Clause 7, a bit after the other, a code word found by looking through the list.

use crate::j2k::block::ht::Code;

/// A block's streams and its form.
pub(super) struct Plain<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The clean-up segment and the refinement segment.
    pub(super) cleanup: &'a [u8],
    pub(super) refinement: &'a [u8],
    /// 1 to 3.
    pub(super) passes: u32,
    /// Planes above the one with which the clean-up pass ends.
    pub(super) skipped: u32,
    pub(super) is_causal: bool,
}

/// Bytes one way or the other, with the rule for those that have seven bits.
struct Source<'a> {
    bytes: Box<dyn Iterator<Item = u8> + 'a>,
    is_backward: bool,
    last: u8,
    byte: u8,
    left: u32,
    /// What is read behind the end.
    end: u8,
}

impl<'a> Source<'a> {
    fn new(bytes: impl Iterator<Item = u8> + 'a, is_backward: bool, last: u8, end: u8) -> Self {
        Self { bytes: Box::new(bytes), is_backward, last, byte: 0, left: 0, end }
    }

    /// T.814 7.1.2 (forward) and 7.1.4 (backward).
    fn bit(&mut self) -> u64 {
        if self.left == 0 {
            let Some(byte) = self.bytes.next() else { return u64::from(self.end & 1) };
            let is_short =
                if self.is_backward { self.last > 0x8F && byte & 0x7F == 0x7F } else { self.last == 0xFF };
            self.left = 8 - u32::from(is_short);
            self.byte = byte;
            self.last = byte;
        }
        self.left -= 1;
        let bit = self.byte & 1;
        self.byte >>= 1;
        bit.into()
    }

    fn bits(&mut self, count: u32) -> u64 {
        (0..count).fold(0, |value, n| value | self.bit() << n)
    }
}

/// T.814 7.1.3 and 7.3.3.
struct Mel<'a> {
    bytes: std::slice::Iter<'a, u8>,
    byte: u8,
    left: u32,
    state: usize,
    run: u32,
    is_one: bool,
}

impl Mel<'_> {
    fn bit(&mut self) -> bool {
        if self.left == 0 {
            self.left = if self.byte == 0xFF { 7 } else { 8 };
            self.byte = self.bytes.next().copied().unwrap_or(0xFF);
        }
        self.left -= 1;
        self.byte >> self.left & 1 == 1
    }

    fn event(&mut self) -> bool {
        const EXPONENTS: [u32; 13] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5];
        if self.run == 0 && !self.is_one {
            let exponent = EXPONENTS.get(self.state).copied().unwrap_or(0);
            if self.bit() {
                self.run = 1 << exponent;
                self.state = (self.state + 1).min(12);
            } else {
                self.run = (0..exponent).fold(0, |run, _| 2 * run + u32::from(self.bit()));
                self.is_one = true;
                self.state = self.state.saturating_sub(1);
            }
        }
        if self.run > 0 {
            self.run -= 1;
            return false;
        }
        self.is_one = false;
        true
    }
}

/// A grid of samples with a border on every side.
struct Grid<T> {
    stride: usize,
    cells: Vec<T>,
}

impl<T: Copy + Default> Grid<T> {
    fn new(width: usize, height: usize) -> Self {
        Self { stride: width + 4, cells: vec![T::default(); (width + 4) * (height + 6)] }
    }

    fn get(&self, x: usize, y: usize) -> T {
        self.cells.get((y + 2) * self.stride + x + 1).copied().unwrap_or_default()
    }

    fn set(&mut self, x: usize, y: usize, value: T) {
        if let Some(cell) = self.cells.get_mut((y + 2) * self.stride + x + 1) {
            *cell = value;
        }
    }
}

/// The samples as words of 64 bits, the plane under the sign being the highest; `None` where the bytes break a rule.
pub(super) fn decode(plain: &Plain<'_>) -> Option<Vec<u64>> {
    let (width, height) = (plain.width, plain.height);
    let (_, &[low, high]) = plain.cleanup.split_last_chunk::<2>()?;
    let suffix = 16 * usize::from(high) + usize::from(low & 15);
    if !(2..=4079).contains(&suffix) {
        return None;
    }
    let (magnitudes, tail) = plain.cleanup.split_at_checked(plain.cleanup.len().checked_sub(suffix)?)?;
    let mut tail = tail.to_vec();
    if let Some([low, high]) = tail.last_chunk_mut() {
        (*low, *high) = (*low | 15, 0xFF);
    }
    let mut magnitudes = Source::new(magnitudes.iter().copied(), false, 0, 0xFF);
    let mut vlc = Source::new(tail.iter().rev().skip(1).copied(), true, 0xFF, 0);
    vlc.bits(4);
    let mut mel = Mel { bytes: tail.iter(), byte: 0, left: 0, state: 0, run: 0, is_one: false };
    let (columns, rows) = (width.next_multiple_of(2), height.next_multiple_of(2));
    // 2 (mu - 1) + sign, plus one, so that 0 is none; and exponents.
    let (mut values, mut exponents) = (Grid::<u64>::new(columns, rows), Grid::<u32>::new(columns, rows));
    for y in (0..height).step_by(2) {
        for pair in (0..width).step_by(4) {
            let quads = (pair..width.min(pair + 4)).step_by(2);
            let mut codes = Vec::new();
            let mut significant = Vec::new();
            for x in quads.clone() {
                let is_significant = |column: usize, row: usize| -> u32 {
                    let own = significant.iter().find(|&&(at, _)| at == (column, row));
                    u32::from(own.map_or(values.get(column, row) != 0, |&(_, is)| is))
                };
                let at =
                    |dx: usize, dy: usize| is_significant((x + dx).wrapping_sub(1), (y + dy).wrapping_sub(1));
                // T.814 equations 1 and 2.
                let context = if y == 0 {
                    let [west, south_west] = if x == 0 {
                        [0; 2]
                    } else {
                        [is_significant(x - 1, y), is_significant(x - 1, y + 1)]
                    };
                    let far =
                        if x == 0 { 0 } else { is_significant(x - 2, y) | is_significant(x - 2, y + 1) };
                    far | west << 1 | south_west << 2
                } else {
                    let west = if x == 0 { 0 } else { at(0, 1) | at(0, 2) };
                    let north_west = if x == 0 { 0 } else { at(0, 0) };
                    (north_west | at(1, 0)) | west << 1 | (at(2, 0) | at(3, 0)) << 2
                };
                let code =
                    if context == 0 && !mel.event() { None } else { Some(find(&mut vlc, y == 0, context)?) };
                let rho = code.map_or(0, |code| code.rho);
                for n in 0..4 {
                    significant.push(((x + n / 2, y + n % 2), rho >> n & 1 == 1));
                }
                codes.push(code);
            }
            let has_u = [0, 1].map(|n| codes.get(n).copied().flatten().is_some_and(|code| code.is_offset));
            let is_high = y == 0 && has_u == [true; 2] && mel.event();
            let u = both_u(&mut vlc, has_u, y == 0, is_high);
            for ((x, code), u) in quads.zip(codes).zip(u) {
                let Some(code) = code else { continue };
                let above =
                    |dx: usize| if y == 0 || x + dx == 0 { 0 } else { exponents.get(x + dx - 1, y - 1) };
                let largest = above(0).max(above(1)).max(above(2)).max(above(3));
                let kappa = if code.rho.count_ones() > 1 { largest.saturating_sub(1).max(1) } else { 1 };
                let bound = u + kappa;
                if bound > plain.skipped + 2 {
                    return None;
                }
                for n in (0..4).filter(|n| code.rho >> n & 1 == 1) {
                    let length = bound - (code.exponents >> n & 1);
                    let value = magnitudes.bits(length) | u64::from(code.known >> n & 1) << length;
                    values.set(x + n / 2, y + n % 2, value + 1);
                    exponents.set(x + n / 2, y + n % 2, u64::BITS - (value | 1).leading_zeros());
                }
            }
        }
    }
    Some(refine(plain, &values))
}

fn find(vlc: &mut Source<'_>, is_first: bool, context: u32) -> Option<Code> {
    let (mut word, mut length) = (0, 0);
    while length < 7 {
        word |= u32::try_from(vlc.bit()).ok()? << length;
        length += 1;
        let is_it = |code: &Code| (code.context, code.length, code.word) == (context, length, word);
        if let Some(code) = Code::all(is_first).find(is_it) {
            return Some(code);
        }
    }
    None
}

/// T.814 7.3.6.
fn both_u(vlc: &mut Source<'_>, has_u: [bool; 2], is_first_row: bool, is_high: bool) -> [u32; 2] {
    let mut prefixes = [0; 2];
    for n in 0..2 {
        let (before, is_short) = (prefixes, is_first_row && has_u == [true; 2] && !is_high);
        let Some(prefix) = prefixes.get_mut(n).filter(|_| has_u.get(n) == Some(&true)) else { continue };
        *prefix = if n == 1 && is_short && before[0] > 2 {
            // One bit, 1 or 2: it has no suffix.
            vlc.bit() + 1
        } else {
            let zeros = (0..3).take_while(|_| vlc.bit() == 0).count();
            [1, 2, 3, 5].get(zeros).copied().unwrap_or(0)
        };
    }
    let suffixes = prefixes.map(|prefix| {
        vlc.bits(match prefix {
            3 => 1,
            5 => 5,
            _ => 0,
        })
    });
    let extensions = suffixes.map(|suffix| if suffix >= 28 { vlc.bits(4) } else { 0 });
    let mut u = [0; 2];
    for (n, u) in u.iter_mut().enumerate() {
        let at = |of: [u64; 2]| of.get(n).copied().unwrap_or(0);
        let high = if is_high { 2 } else { 0 };
        *u = u32::try_from(at(prefixes) + at(suffixes) + 4 * at(extensions)).unwrap_or(0) + high;
    }
    u
}

/// T.814 7.4 and 7.5, and the words.
fn refine(plain: &Plain<'_>, values: &Grid<u64>) -> Vec<u64> {
    let (width, height) = (plain.width, plain.height);
    let shift = 62 - plain.skipped;
    let has_room = shift > 0;
    let passes = if has_room && !plain.refinement.is_empty() { plain.passes } else { 1 };
    let mut found = Grid::<Option<u64>>::new(width, height);
    let mut bits = Grid::<u64>::new(width, height);
    let clean = |x: usize, y: usize| x < width && y < height && values.get(x, y) != 0;
    let mut forward = Source::new(plain.refinement.iter().copied(), false, 0, 0);
    let mut backward = Source::new(plain.refinement.iter().rev().copied(), true, 0xFF, 0);
    for top in (0..height).step_by(4) {
        let rows = top..height.min(top + 4);
        for left in (0..width).step_by(4) {
            let columns = left..width.min(left + 4);
            let places = columns.flat_map(|x| rows.clone().map(move |y| (x, y)));
            let mut new = Vec::new();
            for (x, y) in places.filter(|_| passes > 1) {
                let is_seen = |x: usize, y: usize| {
                    x < width
                        && y < height
                        && (clean(x, y) || found.get(x, y).is_some())
                        && !(plain.is_causal && y >= top + 4)
                };
                let beside = (0..9).any(|n| {
                    let (dx, dy) = (n % 3, n / 3);
                    (dx, dy) != (1, 1) && x + dx > 0 && y + dy > 0 && is_seen(x + dx - 1, y + dy - 1)
                });
                if !clean(x, y) && beside && forward.bit() == 1 {
                    found.set(x, y, Some(0));
                    new.push((x, y));
                }
            }
            for (x, y) in new {
                found.set(x, y, Some(forward.bit()));
            }
        }
        for x in (0..width).filter(|_| passes > 2) {
            for y in rows.clone().filter(|&y| clean(x, y)) {
                bits.set(x, y, backward.bit());
            }
        }
    }
    let mut words = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        // Two bits and a half below the lowest plane, then shifted to where they belong.
        let (quarters, sign) = match (values.get(x, y), found.get(x, y)) {
            (0, None) => (0, 0),
            (0, Some(sign)) => (3, sign),
            (value, _) if passes > 2 => (((value - 1) / 2 + 1) * 4 + 2 * bits.get(x, y) + 1, (value - 1) & 1),
            (value, _) => (((value - 1) / 2 + 1) * 4 + 2, (value - 1) & 1),
        };
        words.push((if shift >= 2 { quarters << (shift - 2) } else { quarters >> (2 - shift) }) | sign << 63);
    }
    words
}
