//! Fuzz targets: each takes any bytes and panics where a promise does not hold.

mod number;

pub use number::fuzz_number;
