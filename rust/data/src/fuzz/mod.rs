//! Fuzz targets: each takes any bytes and panics where a promise does not hold.
#![expect(clippy::panic, clippy::expect_used, reason = "a target says by a panic what is wrong")]

mod columns;
mod csa;
mod excerpts;
mod framing;
mod index;
mod inflating;
mod matching;
mod number;
mod rewriting;
mod texts;

pub use columns::fuzz_columns;
pub use csa::fuzz_csa;
pub use excerpts::fuzz_excerpt;
pub use framing::fuzz_frames;
pub use index::fuzz_read;
pub use inflating::fuzz_inflate;
pub use matching::fuzz_matching;
pub use number::fuzz_number;
pub use rewriting::fuzz_rewrite;
pub use texts::{fuzz_json, fuzz_xml};
