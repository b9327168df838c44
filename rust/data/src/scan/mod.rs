//! Many data sets as columns: what a column is, its values filled in without anything of Python, and which rows are wanted.
//!
//! A [`Column`] names an element and has a type that comes from the dictionary (PS3.6), never from the files: all rows agree on it.
//! [`Batch`] takes one document after the other; a [`Predicate`] says which of them become rows before a value is kept.

mod batch;
mod cell;
mod column;
mod moment;
mod place;
mod predicate;
#[cfg(test)]
mod tests;
mod values;

pub use batch::{Batch, Filled, Row};
pub use cell::Literal;
pub use column::{Column, Of};
pub use moment::{Moment, date_from, moment_from, time_from};
pub use place::Place;
pub use predicate::{Front, Op, Order, Predicate};
pub use values::{Codes, Kind, Texts, Values};
