//! The data set of a message that is sent: bytes, a file from some place on, or a source that gives them bit by bit.

use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use radiogram_core::ReadAt;
use radiogram_io::OpenFile;

use crate::Result;

/// A future that can be kept.
pub type Future<'a, T> = Pin<Box<dyn std::future::Future<Output = T> + Send + 'a>>;

/// Gives a data set bit by bit, in the transfer syntax of its context.
pub trait Source: Send {
    /// The next bytes, an even number of them except at the end; none at the end. An error ends the association: a message cannot be taken
    /// back.
    fn next(&mut self) -> Future<'_, Result<Vec<u8>>>;
}

/// A data set that goes out with a message: an odd number of bytes with a NUL behind it (PS3.8 E.1).
pub enum Body {
    /// Bytes, which are not copied.
    Bytes(Box<dyn AsRef<[u8]> + Send + Sync>),
    /// A file from an offset to its end, read as it is sent.
    File(FileBody),
    /// What a source gives.
    Source(Box<dyn Source>),
}

/// A file that is open.
pub struct FileBody {
    pub(crate) file: Arc<OpenFile>,
    pub(crate) offset: u64,
    /// Bytes from the offset on that were read already.
    pub(crate) first: Vec<u8>,
    /// So many of them are not sent.
    pub(crate) skip: usize,
}

impl Body {
    /// Bytes.
    pub fn bytes(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self::Bytes(Box::new(bytes))
    }

    /// A file from an offset to its end. It is opened now, and is to stay as it is until it is sent.
    pub fn file(path: &Path, offset: u64) -> Result<Self> {
        let file = Arc::new(OpenFile::open(path)?);
        Ok(Self::File(FileBody { file, offset, first: Vec::new(), skip: 0 }))
    }

    /// What a source gives.
    pub fn source(source: impl Source + 'static) -> Self {
        Self::Source(Box::new(source))
    }

    /// How many bytes it has, where that is known.
    pub fn len(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some((**bytes).as_ref().len() as u64),
            Self::File(body) => {
                Some(body.file.size().saturating_sub(body.offset).saturating_sub(body.skip as u64))
            }
            Self::Source(_) => None,
        }
    }

    /// True where it is known that it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.len() {
            Some(length) => write!(f, "Body({length} bytes)"),
            None => f.write_str("Body(a source)"),
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::bytes(bytes)
    }
}
