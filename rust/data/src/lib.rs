//! DICOM data sets: Part 10 files, the parser, the flat index over their bytes, and what the bytes say.
//!
//! Nothing here opens a file, starts a thread or reads a clock: bytes come through [`radiogram_core::ReadAt`].
#![forbid(unsafe_code)]

pub mod bulk;
pub mod csa;
pub mod document;
pub mod draft;
pub mod entry;
pub mod excerpt;
pub mod frames;
pub mod fuzz;
pub mod gather;
mod header;
pub mod inflate;
mod input;
pub mod json;
pub mod layout;
pub mod matching;
pub mod meta;
mod part10;
pub mod path;
pub mod read;
pub mod said;
pub mod scan;
pub mod store;
#[cfg(test)]
mod testing;
pub mod value;
mod visit;
mod walk;
pub mod whole;
pub mod write;
pub mod xml;

pub use document::{Document, NodeId};
pub use draft::Draft;
pub use entry::{Entry, Flags};
pub use read::{Options, Source, read};
