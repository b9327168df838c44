//! Bytes that can be read at a place: a file, a buffer, a part of either.

use crate::Result;

/// Positioned reading. Implementors hold no cursor, so that many threads can read at once.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Fills `into` from `offset` on; the number of bytes is smaller than asked only at the end.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize>;
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
