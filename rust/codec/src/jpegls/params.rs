//! The coding parameters of a scan: what a preset gives, what follows from it (T.87 A.2.1, C.2.4.1.1).

use crate::{Error, ErrorKind, Result};

use super::golomb::QUICK;

/// What an LSE segment of type 1 gives; zero means the default (T.87 C.2.4.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Presets {
    /// The largest sample.
    pub maxval: u16,
    /// The first threshold of gradients.
    pub t1: u16,
    /// The second.
    pub t2: u16,
    /// The third.
    pub t3: u16,
    /// At how many samples the counters of a context are halved.
    pub reset: u16,
}

/// Everything a scan is coded by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Coding {
    pub(super) near: i32,
    /// What one step of an error is worth.
    pub(super) step: i32,
    /// −1 where mappings may be inverted (T.87 A.5.2): where nothing is lost.
    pub(super) flips: i32,
    pub(super) maxval: i32,
    pub(super) thresholds: [i32; 3],
    pub(super) reset: u32,
    /// How many values an error can have after the modulo reduction.
    pub(super) range: i32,
    /// Bits of an error that is written plainly.
    pub(super) qbpp: u32,
    /// The longest code.
    pub(super) limit: u32,
    /// How many zeros say that the error follows plainly, in regular mode.
    pub(super) plain: u32,
    /// Codes of fewer zeros are read at once.
    pub(super) quick: u32,
}

const WRONG: Error = Error::new(ErrorKind::Malformed, "JPEG-LS: coding parameters outside of their range");

impl Coding {
    /// Default thresholds are those of T.87 C.2.4.1.1.1.
    pub(super) fn new(precision: u8, near: u8, presets: Presets) -> Result<Self> {
        let top = (1_i32 << precision.min(16)) - 1;
        let maxval = if presets.maxval == 0 { top } else { i32::from(presets.maxval) };
        let near = i32::from(near);
        if maxval > top || near > (maxval / 2).min(255) {
            return Err(WRONG);
        }
        let [d1, d2, d3] = defaults(maxval, near);
        let or = |given: u16, default: i32| if given == 0 { default } else { i32::from(given) };
        let t1 = or(presets.t1, d1);
        let t2 = or(presets.t2, d2.max(t1));
        let t3 = or(presets.t3, d3.max(t2));
        let reset = or(presets.reset, 64);
        if !(near < t1 && t1 <= t2 && t2 <= t3 && t3 <= maxval && reset >= 3 && reset <= maxval.max(255)) {
            return Err(WRONG);
        }
        let range = (maxval + 2 * near) / (2 * near + 1) + 1;
        let bpp = bits(maxval + 1).max(2);
        let (qbpp, limit) = (bits(range), 2 * (bpp + bpp.max(8)));
        Ok(Self {
            near,
            step: 2 * near + 1,
            flips: -i32::from(near == 0),
            maxval,
            thresholds: [t1, t2, t3],
            reset: reset.unsigned_abs(),
            range,
            qbpp,
            limit,
            plain: limit - qbpp - 1,
            quick: (limit - qbpp - 1).min(QUICK),
        })
    }

    /// True where errors are exact and the modulo reduction is a mask.
    pub(super) const fn is_plain(&self) -> bool {
        self.near == 0 && (self.maxval + 1).count_ones() == 1
    }

    /// Where every context begins (T.87 A.2.1).
    pub(super) const fn first_a(&self) -> u32 {
        let a = ((self.range + 32) / 64).unsigned_abs();
        if a < 2 { 2 } else { a }
    }
}

/// Bits that tell `count` values apart.
fn bits(count: i32) -> u32 {
    32 - (count - 1).leading_zeros()
}

fn defaults(maxval: i32, near: i32) -> [i32; 3] {
    let [b1, b2, b3] = if maxval >= 128 {
        let factor = (maxval.min(4095) + 128) / 256;
        [factor + 2, 4 * factor + 3, 17 * factor + 4].map(|basic| (basic, 0))
    } else {
        let factor = 256 / (maxval + 1);
        [(3 / factor, 2), (7 / factor, 3), (21 / factor, 4)]
    };
    let or_floor = |value: i32, floor: i32| if value > maxval || value < floor { floor } else { value };
    let t1 = or_floor((b1.0 + 3 * near).max(b1.1), near + 1);
    let t2 = or_floor((b2.0 + 5 * near).max(b2.1), t1);
    let t3 = or_floor((b3.0 + 7 * near).max(b3.1), t2);
    [t1, t2, t3]
}
