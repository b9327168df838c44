//! The one error of the library: what went wrong, where, and in which words.

use std::fmt;

use crate::Path;

/// What went wrong. Each kind is one class of `radiogram.errors`, which [`ErrorKind::class`] names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum ErrorKind {
    /// The bytes are not DICOM.
    NotDicom,
    /// The bytes are DICOM but break its rules in a way that cannot be read past.
    Malformed,
    /// Bytes that the header promises are not there.
    Truncated,
    /// A bound of [`crate::Limits`] was reached.
    Limit,
    /// The file is no longer the one that was opened.
    SourceChanged,
    /// The operating system refused; `errno` says why.
    Io {
        /// The system's error number, 0 where it gave none.
        errno: i32,
    },
    /// Sound, but not supported yet.
    Unsupported,
    /// The data set has no pixel data.
    NoPixelData,
    /// The description of the pixels and their bytes do not agree.
    Pixel,
    /// A value is not what its VR says.
    Value,
    /// An option of the call is wrong.
    Argument,
    /// The caller interrupted the work.
    Interrupted,
    /// Several series, or a series whose slices do not make one volume.
    AmbiguousSeries,
    /// The slices do not make a regular grid.
    Geometry,
    /// Slices are missing.
    MissingSlice,
}

impl ErrorKind {
    /// The class in `radiogram.errors`.
    pub const fn class(self) -> &'static str {
        match self {
            Self::NotDicom => "NotDicomError",
            Self::Malformed => "MalformedError",
            Self::Truncated => "TruncatedError",
            Self::Limit => "LimitError",
            Self::SourceChanged => "SourceChangedError",
            Self::Io { .. } => "SourceError",
            Self::Unsupported => "UnsupportedError",
            Self::NoPixelData => "NoPixelDataError",
            Self::Pixel => "PixelError",
            Self::Value => "InvalidValueError",
            Self::Argument => "ArgumentError",
            Self::Interrupted => "KeyboardInterrupt",
            Self::AmbiguousSeries => "AmbiguousSeriesError",
            Self::Geometry => "GeometryError",
            Self::MissingSlice => "MissingSliceError",
        }
    }
}

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;

/// An error with its place. The message never carries a value of the data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    message: String,
    offset: Option<u64>,
    path: Path,
    part: Option<u32>,
}

impl Error {
    /// An error whose place is not known yet.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let (offset, path, part) = (None, Path::default(), None);
        Self(Box::new(Inner { kind, message: message.into(), offset, path, part }))
    }

    /// The same error at a byte offset, unless it has one.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    /// The same error at a tag path, unless it has one.
    #[must_use]
    pub fn in_path(mut self, path: &Path) -> Self {
        if self.0.path.0.is_empty() {
            self.0.path = path.clone();
        }
        self
    }

    /// The same error of one of several sources, by its place in the caller's list, unless it has one: who knows the names says it.
    #[must_use]
    pub fn of_part(mut self, part: usize) -> Self {
        if self.0.part.is_none() {
            self.0.part = u32::try_from(part).ok();
        }
        self
    }

    /// The same error with another place of its source: that in a longer list.
    #[must_use]
    pub fn of_other_part(mut self, part: usize) -> Self {
        self.0.part = u32::try_from(part).ok();
        self
    }

    /// The source that it is of, where there are several and it is known.
    pub fn part(&self) -> Option<usize> {
        usize::try_from(self.0.part?).ok()
    }

    /// The same error with the name of its source in front.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.0.message = format!("{name}: {}", self.0.message);
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// In words, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The byte offset in the source, where it is known.
    pub fn offset(&self) -> Option<u64> {
        self.0.offset
    }

    /// The tag path, empty where it is not known.
    pub fn path(&self) -> &Path {
        &self.0.path
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if !self.0.path.0.is_empty() {
            write!(f, ", at {}", self.0.path)?;
        }
        if let Some(offset) = self.0.offset {
            write!(f, ", byte {offset}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let errno = error.raw_os_error().unwrap_or(0);
        Self::new(ErrorKind::Io { errno }, error.to_string())
    }
}
