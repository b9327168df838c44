//! The DICOM JSON Model (PS3.18 Annex F): data sets as text, and back.
//!
//! [`write()`] goes over the index and appends text; nothing is built in between. [`read()`] makes a [`crate::Draft`], which the writer of
//! data sets takes. Both are iterative: sequences nest as deep as the limits allow.

mod lexer;
mod number;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod write;

pub use read::read;
pub use write::write;
