//! Bytes that can be read at a place: a file, a buffer, a part of either.

use std::any::Any;

use crate::{Error, ErrorKind, Result};

/// Positioned reading. Implementors hold no cursor, so that many threads can read at once. What is behind the trait can be asked for by its
/// type (`Any`): a file can be copied without going through memory.
pub trait ReadAt: Any + Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Fills `into` from `offset` on; the number of bytes is smaller than asked only at the end.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize>;

    /// Appends up to `count` bytes from `offset` on; the number of bytes is smaller than asked only at the end.
    fn append_at(&self, offset: u64, count: usize, into: &mut Vec<u8>) -> Result<usize> {
        let rest = usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX);
        let (start, count) = (into.len(), count.min(rest));
        into.try_reserve_exact(count).map_err(|_| no_memory(count))?;
        into.resize(start + count, 0);
        let read = self.read_at(offset, into.get_mut(start..).unwrap_or_default())?;
        into.truncate(start + read);
        Ok(read)
    }
}

fn no_memory(count: usize) -> Error {
    Error::new(ErrorKind::Limit, format!("no memory for {count} bytes"))
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let rest = self.get(start..).unwrap_or_default();
        let count = rest.len().min(into.len());
        if let (Some(from), Some(to)) = (rest.get(..count), into.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}
