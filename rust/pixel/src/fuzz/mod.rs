//! Fuzz targets: each takes any bytes and panics where a promise does not hold.
#![expect(clippy::expect_used, reason = "a target says by a panic what is wrong")]

mod contours;
mod segments;

pub use contours::fuzz_contours;
pub use segments::fuzz_segments;
