//! Writing data sets.
//!
//! [`plan`] makes of a [`crate::Draft`] the pieces of its bytes: what was not changed is copied from where it was read. [`Writer`] appends
//! elements to a buffer, for bytes that are made from nothing. Nothing here opens a file: the caller decides where the bytes go.

mod changes;
mod compose;
mod decimal;
mod element;
mod file;
mod header;
mod meta;
mod options;
mod output;
mod plan;
mod rows;
mod scope;
mod steps;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use decimal::decimal;
pub use element::Writer;
pub use file::plan;
pub use meta::{FileMeta, SOP_CLASS_UID, SOP_INSTANCE_UID, file};
pub use options::{Form, Lengths, PREAMBLE, WriteOptions};
pub use plan::{Piece, Plan, Sink, Turned};
