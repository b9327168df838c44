//! Writing data sets.
//!
//! [`plan`] makes of a [`crate::Draft`] the pieces of its bytes: what was not changed is copied from where it was read. Nothing here opens a
//! file: the caller decides where the bytes go.

mod changes;
mod compose;
mod decimal;
mod file;
mod header;
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
pub use file::{IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION, plan};
pub use options::{Form, Lengths, PREAMBLE, WriteOptions};
pub use plan::{Piece, Plan, Sink, Turned};
