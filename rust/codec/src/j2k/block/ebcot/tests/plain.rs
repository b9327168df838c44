//! The plainest decoder: the flow charts of T.800 Annexes C and D, sample by sample.

use crate::j2k::block::{CodedBlock, Orientation};

/// T.800 Table C.2.
#[rustfmt::skip]
const QE: [(u32, usize, usize, bool); 47] = [
    (0x5601, 1, 1, true), (0x3401, 2, 6, false), (0x1801, 3, 9, false), (0x0AC1, 4, 12, false), (0x0521, 5, 29, false),
    (0x0221, 38, 33, false), (0x5601, 7, 6, true), (0x5401, 8, 14, false), (0x4801, 9, 14, false), (0x3801, 10, 14, false),
    (0x3001, 11, 17, false), (0x2401, 12, 18, false), (0x1C01, 13, 20, false), (0x1601, 29, 21, false), (0x5601, 15, 14, true),
    (0x5401, 16, 14, false), (0x5101, 17, 15, false), (0x4801, 18, 16, false), (0x3801, 19, 17, false), (0x3401, 20, 18, false),
    (0x3001, 21, 19, false), (0x2801, 22, 19, false), (0x2401, 23, 20, false), (0x2201, 24, 21, false), (0x1C01, 25, 22, false),
    (0x1801, 26, 23, false), (0x1601, 27, 24, false), (0x1401, 28, 25, false), (0x1201, 29, 26, false), (0x1101, 30, 27, false),
    (0x0AC1, 31, 28, false), (0x09C1, 32, 29, false), (0x08A1, 33, 30, false), (0x0521, 34, 31, false), (0x0441, 35, 32, false),
    (0x02A1, 36, 33, false), (0x0221, 37, 34, false), (0x0141, 38, 35, false), (0x0111, 39, 36, false), (0x0085, 40, 37, false),
    (0x0049, 41, 38, false), (0x0025, 42, 39, false), (0x0015, 43, 40, false), (0x0009, 44, 41, false), (0x0005, 45, 42, false),
    (0x0001, 45, 43, false), (0x5601, 46, 46, false),
];

/// I(CX) and MPS(CX).
#[derive(Clone, Copy, Default)]
pub(super) struct Context(pub(super) usize, pub(super) u64);

/// T.800 C.3, with the registers of Figure C.15.
pub(super) struct Plain<'a> {
    data: &'a [u8],
    at: usize,
    a: u32,
    c: u32,
    ct: u32,
}

impl<'a> Plain<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        let mut plain = Self { data, at: 0, a: 0x8000, c: 0, ct: 0 };
        plain.c = plain.byte(0) << 16;
        plain.byte_in();
        plain.c <<= 7;
        plain.ct -= 7;
        plain
    }

    /// Behind the end stand ones.
    fn byte(&self, ahead: usize) -> u32 {
        self.data.get(self.at + ahead).map_or(0xFF, |&byte| byte.into())
    }

    fn byte_in(&mut self) {
        if self.byte(0) == 0xFF {
            if self.byte(1) > 0x8F {
                self.c += 0xFF00;
                self.ct = 8;
            } else {
                self.at += 1;
                self.c += self.byte(0) << 9;
                self.ct = 7;
            }
        } else {
            self.at += 1;
            self.c += self.byte(0) << 8;
            self.ct = 8;
        }
    }

    pub(super) fn decode(&mut self, Context(index, sense): &mut Context) -> u64 {
        let (qe, after_more, after_less, switches) = QE[*index];
        self.a -= qe;
        let is_lower = self.c >> 16 < qe;
        if !is_lower {
            self.c -= qe << 16;
            if self.a & 0x8000 != 0 {
                return *sense;
            }
        }
        let is_exchanged = self.a < qe;
        if is_lower {
            self.a = qe;
        }
        let symbol = if is_lower == is_exchanged {
            *index = after_more;
            *sense
        } else {
            let symbol = 1 - *sense;
            if switches {
                *sense = symbol;
            }
            *index = after_less;
            symbol
        };
        loop {
            if self.ct == 0 {
                self.byte_in();
            }
            self.a <<= 1;
            self.c <<= 1;
            self.ct -= 1;
            if self.a & 0x8000 != 0 {
                return symbol;
            }
        }
    }
}

/// Raw bits, T.800 D.6.
struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    held: u8,
    left: u32,
}

impl Bits<'_> {
    fn bit(&mut self) -> u64 {
        if self.left == 0 {
            self.left = if self.at > 0 && self.held == 0xFF { 7 } else { 8 };
            self.held = self.data.get(self.at).copied().unwrap_or(0xFF);
            self.at += 1;
        }
        self.left -= 1;
        u64::from(self.held >> self.left & 1)
    }
}

enum Source<'a> {
    Coded(Plain<'a>),
    Raw(Bits<'a>),
}

/// A block's samples: magnitude, sign, how far it has been decoded.
struct Samples<'a> {
    block: &'a CodedBlock<'a>,
    width: i32,
    height: i32,
    magnitude: Vec<u64>,
    negative: Vec<bool>,
    last: Vec<u32>,
    visited: Vec<bool>,
    refined: Vec<bool>,
    contexts: [Context; 19],
}

fn fresh() -> [Context; 19] {
    let mut contexts = [Context::default(); 19];
    (contexts[0].0, contexts[17].0, contexts[18].0) = (4, 3, 46);
    contexts
}

impl Samples<'_> {
    fn at(&self, x: i32, y: i32) -> usize {
        (y * self.width + x) as usize
    }

    /// 1 or -1 for the sign of a significant neighbour as seen from a sample, else 0.
    fn sign(&self, (x, y): (i32, i32), (dx, dy): (i32, i32)) -> i32 {
        let (to_x, to_y) = (x + dx, y + dy);
        let is_hidden = self.block.style.causal && dy == 1 && y % 4 == 3;
        if is_hidden || to_x < 0 || to_y < 0 || to_x >= self.width || to_y >= self.height {
            return 0;
        }
        let at = self.at(to_x, to_y);
        match (self.magnitude[at] != 0, self.negative[at]) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => -1,
        }
    }

    fn counts(&self, at: (i32, i32)) -> (i32, i32, i32) {
        let sum = |around: &[(i32, i32)]| around.iter().map(|&step| self.sign(at, step).abs()).sum();
        (sum(&[(-1, 0), (1, 0)]), sum(&[(0, -1), (0, 1)]), sum(&[(-1, -1), (1, -1), (-1, 1), (1, 1)]))
    }

    /// T.800 Table D.1.
    fn label(&self, at: (i32, i32)) -> usize {
        let (mut h, mut v, d) = self.counts(at);
        if self.block.orientation == Orientation::HH {
            return match (h + v, d) {
                (_, 3..) => 8,
                (1.., 2) => 7,
                (0, 2) => 6,
                (2.., 1) => 5,
                (1, 1) => 4,
                (0, 1) => 3,
                (2.., 0) => 2,
                (1, 0) => 1,
                _ => 0,
            };
        }
        if self.block.orientation == Orientation::HL {
            (h, v) = (v, h);
        }
        match (h, v, d) {
            (2, _, _) => 8,
            (1, 1.., _) => 7,
            (1, 0, 1..) => 6,
            (1, 0, 0) => 5,
            (0, 2, _) => 4,
            (0, 1, _) => 3,
            (0, 0, 2..) => 2,
            (0, 0, 1) => 1,
            _ => 0,
        }
    }

    fn symbol(&mut self, source: &mut Source, label: usize) -> u64 {
        match source {
            Source::Coded(plain) => plain.decode(&mut self.contexts[label]),
            Source::Raw(bits) => bits.bit(),
        }
    }

    /// T.800 D.3.2.
    fn become_significant(&mut self, source: &mut Source, at: (i32, i32), plane: u32) {
        let v = (self.sign(at, (0, -1)) + self.sign(at, (0, 1))).clamp(-1, 1);
        let h = (self.sign(at, (-1, 0)) + self.sign(at, (1, 0))).clamp(-1, 1);
        let (label, flip) = match (h, v) {
            (1, 1) => (13, 0),
            (1, 0) => (12, 0),
            (1, _) => (11, 0),
            (0, 1) => (10, 0),
            (0, 0) => (9, 0),
            (0, _) => (10, 1),
            (_, 1) => (11, 1),
            (_, 0) => (12, 1),
            _ => (13, 1),
        };
        let bit = self.symbol(source, label);
        let index = self.at(at.0, at.1);
        self.negative[index] = if matches!(source, Source::Raw(_)) { bit == 1 } else { bit ^ flip == 1 };
        self.magnitude[index] = 1 << plane;
        self.last[index] = plane;
    }

    fn pass(&mut self, kind: usize, source: &mut Source, plane: u32) {
        for stripe in (0..self.height).step_by(4) {
            for x in 0..self.width {
                let rows = stripe..self.height.min(stripe + 4);
                let mut skip = rows.start;
                if kind == 0 && rows.len() == 4 && rows.clone().all(|y| self.is_empty((x, y))) {
                    if self.symbol(source, 17) == 0 {
                        continue;
                    }
                    let first = self.symbol(source, 18) * 2 + self.symbol(source, 18);
                    skip += first as i32;
                    self.become_significant(source, (x, skip), plane);
                    skip += 1;
                }
                for y in rows.skip_while(|&y| y < skip) {
                    self.one(kind, source, (x, y), plane);
                }
            }
        }
        if kind == 0 {
            self.visited.fill(false);
        }
    }

    /// Whether the clean-up knows nothing of the sample or of what is around it.
    fn is_empty(&self, at: (i32, i32)) -> bool {
        let index = self.at(at.0, at.1);
        self.magnitude[index] == 0 && !self.visited[index] && self.counts(at) == (0, 0, 0)
    }

    fn one(&mut self, kind: usize, source: &mut Source, at: (i32, i32), plane: u32) {
        let index = self.at(at.0, at.1);
        let is_significant = self.magnitude[index] != 0;
        let is_alone = self.counts(at) == (0, 0, 0);
        match kind {
            1 if !is_significant && !is_alone => {
                self.visited[index] = true;
                let label = self.label(at);
                if self.symbol(source, label) == 1 {
                    self.become_significant(source, at, plane);
                }
            }
            2 if is_significant && !self.visited[index] => {
                let label = if self.refined[index] { 16 } else { 15 - usize::from(is_alone) };
                self.magnitude[index] |= self.symbol(source, label) << plane;
                self.last[index] = plane;
                self.refined[index] = true;
            }
            0 if !is_significant && !self.visited[index] => {
                let label = self.label(at);
                if self.symbol(source, label) == 1 {
                    self.become_significant(source, at, plane);
                }
            }
            _ => {}
        }
    }
}

/// The words of a sound block, as `u64`.
pub(super) fn decode(block: &CodedBlock) -> Vec<u64> {
    let count = (block.width * block.height) as usize;
    let mut samples = Samples {
        block,
        width: block.width as i32,
        height: block.height as i32,
        magnitude: vec![0; count],
        negative: vec![false; count],
        last: vec![0; count],
        visited: vec![false; count],
        refined: vec![false; count],
        contexts: fresh(),
    };
    let (mut pass, mut at) = (0, 0);
    for segment in block.segments {
        let data = &block.data[at..at + segment.length as usize];
        at += data.len();
        let mut source = if block.style.bypass && pass >= 10 && pass % 3 != 0 {
            Source::Raw(Bits { data, at: 0, held: 0, left: 0 })
        } else {
            Source::Coded(Plain::new(data))
        };
        for _ in 0..segment.passes {
            let plane = 62 - u32::from(block.zero_planes) - (pass as u32).div_ceil(3);
            samples.pass(pass % 3, &mut source, plane);
            if block.style.symbols && pass % 3 == 0 {
                let symbol: Vec<_> = (0..4).map(|_| samples.symbol(&mut source, 18)).collect();
                assert_eq!(symbol, [1, 0, 1, 0]);
            }
            if block.style.reset {
                samples.contexts = fresh();
            }
            pass += 1;
        }
    }
    (0..count)
        .map(|at| match samples.magnitude[at] {
            0 => 0,
            magnitude => {
                let half = if samples.last[at] > 0 { 1 << (samples.last[at] - 1) } else { 0 };
                u64::from(samples.negative[at]) << 63 | magnitude | half
            }
        })
        .collect()
}
