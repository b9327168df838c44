//! The one error of the codecs: what went wrong, and at which byte.

use std::fmt;

/// What went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum ErrorKind {
    /// The bytes break the codec's rules.
    Malformed,
    /// The codestream ends too early.
    Truncated,
    /// A bound was reached.
    Limit,
    /// Sound, but not supported.
    Unsupported,
    /// The caller's description, buffer or option does not fit.
    Argument,
}

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// An error with its place in the codestream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Error {
    /// What went wrong.
    pub kind: ErrorKind,
    /// In words.
    pub message: &'static str,
    /// The byte offset, where it is known.
    pub offset: Option<usize>,
}

impl Error {
    /// An error whose place is not known yet.
    pub const fn new(kind: ErrorKind, message: &'static str) -> Self {
        Self { kind, message, offset: None }
    }

    /// The same error at a byte offset, unless it has one.
    #[must_use]
    pub const fn at(mut self, offset: usize) -> Self {
        if self.offset.is_none() {
            self.offset = Some(offset);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)?;
        self.offset.map_or(Ok(()), |offset| write!(f, ", byte {offset}"))
    }
}

impl std::error::Error for Error {}
