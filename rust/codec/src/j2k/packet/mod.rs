//! Tier 2: packets (T.800 B.9, B.10).

pub(crate) mod bits;
pub(crate) mod passes;
pub(crate) mod read;
pub(crate) mod state;
pub(crate) mod tag_tree;
#[cfg(test)]
mod tests;
pub(crate) mod write;
