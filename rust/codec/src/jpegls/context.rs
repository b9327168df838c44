//! Contexts: what was learnt of errors under one class of gradients, and of those that end a run (T.87 A.3 to A.7).

use super::params::Coding;

/// Counters of one class of gradients, with what follows from them for the next error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    /// The sum of magnitudes.
    a: u32,
    /// The sum of errors, kept near zero by `c`.
    b: i32,
    n: u16,
    /// The correction of the prediction.
    c: i16,
    /// The Golomb parameter (T.87 A.5.1), from `a` and `n`.
    k: u8,
}

impl Context {
    fn new(coding: &Coding) -> Self {
        let a = coding.first_a();
        Self { a, b: 0, n: 1, c: 0, k: golomb(a, 1) as u8 }
    }

    #[inline(always)]
    pub(super) const fn k(&self) -> u32 {
        self.k as u32
    }

    #[inline(always)]
    pub(super) const fn correction(&self) -> i32 {
        self.c as i32
    }

    /// −1 where the mapping of errors is inverted (T.87 A.5.2); `LOSSLESS` where nothing is lost.
    #[inline(always)]
    pub(super) fn flip<const LOSSLESS: bool>(&self, coding: &Coding) -> i32 {
        let flips = (i32::from(self.k) - 1) & (2 * self.b + i32::from(self.n) - 1);
        (if LOSSLESS { flips } else { flips & coding.flips }) >> 31
    }

    /// T.87 A.6. No branch but the halving, which is rare.
    #[inline(always)]
    pub(super) fn update<const PLAIN: bool>(&mut self, coding: &Coding, error: i32) {
        let mut a = self.a.wrapping_add(error.unsigned_abs());
        let mut b = self.b + if PLAIN { error } else { error * coding.step };
        let mut n = i32::from(self.n);
        if n.unsigned_abs() == coding.reset {
            (a, b, n) = halved(a, b, n);
        }
        n += 1;
        // 1 or −1 where the errors lean to that side, else 0.
        let leaning = ((b + n - 1) >> 31) - (-b >> 31);
        b = (b - n * leaning).max(1 - n).min(0);
        let moved = i32::from(self.c) + leaning;
        self.c = if i32::from(moved as i8) == moved { moved as i16 } else { self.c };
        self.a = a;
        self.b = b;
        self.n = n as u16;
        self.k = golomb(a, n.unsigned_abs()) as u8;
    }
}

/// Counters halved (T.87 A.6.1), which is seldom due: those that are not need not wait for it.
#[cold]
#[inline(never)]
fn halved(a: u32, b: i32, n: i32) -> (u32, i32, i32) {
    (a >> 1, b >> 1, n >> 1)
}

/// The least k where `n << k` is at least `a`.
#[inline(always)]
fn golomb(a: u32, n: u32) -> u32 {
    // As many bits as `a` has, so that nothing is shifted out.
    let k = n.leading_zeros().saturating_sub(a.leading_zeros());
    k + u32::from((n << k) < a)
}

/// Counters of the samples that end a run (T.87 A.7.2): one where the neighbours are alike, one where not.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunContext {
    a: u32,
    n: u32,
    negative: u32,
    /// 1 where the neighbours are alike.
    kind: u32,
}

impl RunContext {
    fn new(coding: &Coding, kind: u32) -> Self {
        Self { a: coding.first_a(), n: 1, negative: 0, kind }
    }

    pub(super) fn k(&self) -> u32 {
        golomb(self.a + if self.kind == 1 { self.n >> 1 } else { 0 }, self.n)
    }

    /// From what the code says to the error.
    pub(super) fn error(&self, code: u32, k: u32) -> i32 {
        let sum = code + self.kind;
        let magnitude = sum.div_ceil(2).cast_signed();
        if self.maps_negative(k) == (sum & 1 == 1) { -magnitude } else { magnitude }
    }

    /// From the error to its code.
    pub(super) fn code(&self, error: i32, k: u32) -> u32 {
        let map = error != 0 && (error < 0) == self.maps_negative(k);
        2 * error.unsigned_abs() - self.kind - u32::from(map)
    }

    /// True where an odd sum stands for a negative error.
    const fn maps_negative(&self, k: u32) -> bool {
        k != 0 || 2 * self.negative >= self.n
    }

    pub(super) fn update(&mut self, error: i32, code: u32, reset: u32) {
        self.negative += u32::from(error < 0);
        self.a = self.a.wrapping_add((code + 1 - self.kind) >> 1);
        if self.n == reset {
            self.a >>= 1;
            self.n >>= 1;
            self.negative >>= 1;
        }
        self.n += 1;
    }
}

/// What is reset at the begin of a scan and of each restart interval.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) contexts: Contexts,
    pub(super) runs: [RunContext; 2],
}

impl State {
    pub(super) fn new(coding: &Coding) -> Self {
        Self {
            contexts: Contexts([Context::new(coding); 512]),
            runs: [RunContext::new(coding, 0), RunContext::new(coding, 1)],
        }
    }
}

/// The contexts of regular mode, by their number from 0 to 364; the length lets a mask do for a check.
#[derive(Clone, Debug)]
pub(super) struct Contexts([Context; 512]);

impl Contexts {
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "masked to the length of the array")]
    pub(super) const fn of(&mut self, number: usize) -> &mut Context {
        &mut self.0[number & 511]
    }
}

/// Log of the length of a run's parts (T.87 A.2.1).
const RUN_BITS: [u8; 32] =
    [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Pixels of all parts before each.
#[expect(clippy::indexing_slicing, reason = "made when this is compiled")]
const WHOLE: [u32; 32] = {
    let (mut whole, mut index) = ([0; 32], 0);
    while index < 31 {
        whole[index + 1] = whole[index] + (1 << RUN_BITS[index]);
        index += 1;
    }
    whole
};

/// How far the runs of one component have grown.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct RunIndex(u8);

impl RunIndex {
    pub(super) fn bits(self) -> u32 {
        RUN_BITS.get(usize::from(self.0)).map_or(15, |&bits| u32::from(bits))
    }

    pub(super) fn grow(&mut self) {
        self.0 = (self.0 + 1).min(31);
    }

    /// What this is after a run of so many parts, and how many pixels these are; `None` where parts would no longer grow.
    #[inline(always)]
    pub(super) fn grown(self, parts: u32) -> Option<(Self, usize)> {
        let grown = u32::from(self.0) + parts;
        let whole = WHOLE.get(grown as usize)? - WHOLE.get(usize::from(self.0))?;
        Some((Self(grown as u8), whole as usize))
    }

    pub(super) fn shrink(&mut self) {
        self.0 = self.0.saturating_sub(1);
    }
}
