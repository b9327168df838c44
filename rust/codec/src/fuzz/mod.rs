//! Targets for fuzzing: each takes any bytes and panics where a law of this crate does not hold.

pub mod mutator;
