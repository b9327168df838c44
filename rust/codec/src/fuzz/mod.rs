//! Targets for fuzzing: each takes any bytes and panics where a law of this crate does not hold.

mod jpegls;
pub mod mutator;

pub use jpegls::fuzz_jpegls;
