//! Fuzz targets: each takes any bytes and panics where a promise does not hold.
#![expect(clippy::expect_used, reason = "a target says by a panic what is wrong")]

mod contours;
mod parts;
mod segments;
mod slides;
#[cfg(test)]
mod tests;
mod volumes;

use std::sync::Arc;

use radiogram_core::Tag;
use radiogram_data::{Document, Options, Source, read};

pub use contours::fuzz_contours;
pub use parts::fuzz_parts;
pub use segments::fuzz_segments;
pub use slides::fuzz_slide;
pub use volumes::fuzz_volume;

/// Any bytes as a file of which some elements are wanted.
fn opened(data: &[u8], wanted: &[Tag]) -> Option<Document> {
    let options = Options { force: true, only: Some(wanted.into()), ..Options::default() };
    read(Source::Memory(Arc::new(data.to_vec())), &options).ok()
}
