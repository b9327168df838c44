//! The words everything else is said in: tags, VRs, problems, errors, limits.
//!
//! This crate imports nothing of ours, opens no file and starts no thread.
#![forbid(unsafe_code)]

pub mod charset;
pub mod dictionary;
pub mod error;
pub mod fuzz;
pub mod limits;
pub mod path;
pub mod problem;
pub mod read_at;
pub mod syntax;
mod tables;
pub mod tag;
pub mod uid;
pub mod vr;

pub use charset::{Charset, TextKind};
pub use error::{Error, ErrorKind, Result};
pub use limits::{Limits, try_vec};
pub use path::{Path, Step};
pub use problem::{Problem, ProblemKind};
pub use read_at::ReadAt;
pub use syntax::Syntax;
pub use tag::Tag;
pub use vr::Vr;
