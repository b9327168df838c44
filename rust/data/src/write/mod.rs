//! Writing data sets: explicit VR little endian, in memory.
//!
//! [`Writer`] appends elements to a buffer; [`file`] puts the preamble and the file meta information in
//! front. Nothing here opens a file: the caller has the bytes and decides where they go.

mod decimal;
mod element;
mod meta;
#[cfg(test)]
mod tests;

pub use decimal::decimal;
pub use element::Writer;
pub use meta::{FileMeta, SOP_CLASS_UID, SOP_INSTANCE_UID, file};
