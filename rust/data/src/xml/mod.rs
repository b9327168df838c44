//! The Native DICOM Model (PS3.19 A.1): data sets as XML, and back.
//!
//! [`write()`] goes over the index and appends text. [`read()`] makes a [`crate::Draft`] of the events of `quick-xml`. Both are iterative.

mod private;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use read::read;
pub use write::write;
