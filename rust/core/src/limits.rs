//! How far hostile input can drive us.

use crate::{Error, ErrorKind, Result};

/// Bounds on what one call may spend. The defaults are far above what real files need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nested sequences, counted from 1 at the root's own sequences.
    pub depth: u32,
    /// Bytes that a deflated data set may inflate to.
    pub inflated: u64,
    /// Elements, items and fragments in one file.
    pub elements: u32,
    /// Samples that one call may return.
    pub samples: u64,
}

impl Limits {
    /// What a call uses when nothing is said.
    pub const DEFAULT: Self =
        Self { depth: 256, inflated: 256 << 20, elements: 100_000_000, samples: 1 << 36 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// An empty vector with room for `count` values, or `LimitError`: the only way to allocate by a length that input gave.
pub fn try_vec<T>(count: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    match values.try_reserve_exact(count) {
        Ok(()) => Ok(values),
        Err(_) => Err(Error::new(ErrorKind::Limit, format!("no memory for {count} values"))),
    }
}
