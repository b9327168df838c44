//! Targets for fuzzing: each takes any bytes and panics where a law of this crate does not hold.

mod dct;
pub mod mutator;

pub use dct::fuzz_dct;
