//! Fuzz targets: each takes any bytes and panics where a promise does not hold. And the seeded mutator that the tests run
//! them by, so that a failure can be run again.

mod charset;

pub use charset::fuzz_charset;
pub use radiogram_mutator as mutator;
