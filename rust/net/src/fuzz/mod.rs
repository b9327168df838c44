//! Fuzz targets: each takes any bytes and panics where a promise does not hold.
#![expect(clippy::expect_used, clippy::panic, reason = "a target says by a panic what is wrong")]

mod association;
mod command;
mod pdus;
mod stream;

pub use association::fuzz_association;
pub use command::fuzz_command;
pub use pdus::{fuzz_abort, fuzz_associate_ac, fuzz_associate_rj, fuzz_associate_rq};
pub use stream::{fuzz_data_tf, fuzz_release};

#[cfg(test)]
mod tests;
