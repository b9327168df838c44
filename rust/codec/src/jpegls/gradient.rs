//! From the neighbours of a sample to its context: gradients and their classes (T.87 A.3).

use crate::{Error, ErrorKind, Result};

use super::params::Coding;

const NO_MEMORY: Error =
    Error::new(ErrorKind::Limit, "JPEG-LS: not enough memory for the lines of an image so wide");

/// `count` values of the default; an error where there is no memory.
pub(super) fn filled<T: Copy + Default>(count: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| NO_MEMORY)?;
    values.resize(count, T::default());
    Ok(values)
}

/// The class of every difference of two samples: −4 to 4.
#[derive(Debug)]
pub(super) struct Classes {
    /// From −maxval to maxval.
    table: Vec<i8>,
    zero: usize,
    thresholds: [i32; 4],
}

impl Classes {
    pub(super) fn new(coding: &Coding) -> Result<Self> {
        let [t1, t2, t3] = coding.thresholds;
        let zero = coding.maxval.unsigned_abs() as usize;
        let mut table = filled(2 * zero + 1)?;
        let (below, from_zero) = table.split_at_mut(zero);
        for (class, first) in [(1, coding.near + 1), (2, t1), (3, t2), (4, t3)] {
            let first = first.unsigned_abs() as usize;
            from_zero.iter_mut().skip(first).for_each(|entry| *entry = class);
            below.iter_mut().rev().skip(first - 1).for_each(|entry| *entry = -class);
        }
        Ok(Self { table, zero, thresholds: [coding.near + 1, t1, t2, t3] })
    }

    /// The class of a difference.
    #[inline(always)]
    pub(super) fn of(&self, difference: i32) -> i32 {
        let at = (self.zero as i32).wrapping_add(difference) as usize;
        self.table.get(at).map_or(0, |&class| i32::from(class))
    }

    /// What the line above says of the contexts of a line: 81 · class(Rd − Rb) + 9 · class(Rb − Rc) for each sample of `contexts`.
    ///
    /// `above` has a guard of `stride` samples on each side. Branch-free, for the compiler to widen.
    #[inline(always)]
    pub(super) fn of_line(&self, above: &[u16], stride: usize, contexts: &mut [i16]) {
        let [t0, t1, t2, t3] = self.thresholds;
        let class = |left: u16, right: u16| {
            let d = i32::from(right) - i32::from(left);
            let up = |t: i32| i16::from(d >= t) - i16::from(d <= -t);
            up(t0) + up(t1) + up(t2) + up(t3)
        };
        let (Some(b), Some(d)) = (above.get(stride..), above.get(2 * stride..)) else { return };
        for (((&c, &b), &d), context) in above.iter().zip(b).zip(d).zip(contexts) {
            *context = 81 * class(b, d) + 9 * class(c, b);
        }
    }
}

/// The median of the neighbours and of their plane (T.87 A.4.1), without a branch.
#[inline(always)]
pub(super) fn predict(a: i32, b: i32, c: i32) -> i32 {
    a.min(b).max(a.max(b).min(a + b - c))
}
