//! The operating system's side of reading: files, their stamps, mappings, and the pool of threads.
#![deny(unsafe_code)]

pub mod file;
pub mod map;
mod memory;
pub mod pool;
pub mod stamp;

pub use file::{OpenFile, PathFile};
pub use map::Mapping;
pub use stamp::Stamp;
