//! Memory to read into: a bounded number of buffers for all associations. Who has nothing to read has none, and who gets none does not read:
//! the peer's window fills, and it waits.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// Bytes of a buffer.
pub(crate) const SIZE: usize = 256 << 10;
/// Buffers that are kept when nobody uses them.
const KEPT: usize = 8;

#[derive(Debug)]
pub(crate) struct Buffers {
    free: Mutex<Vec<Box<[u8]>>>,
    permits: Semaphore,
}

/// A buffer, as long as it is used.
#[derive(Debug)]
pub(crate) struct Lent<'p> {
    bytes: Option<Box<[u8]>>,
    of: &'p Buffers,
    _permit: SemaphorePermit<'p>,
}

impl Buffers {
    /// As many as fit into `budget` bytes, one at least.
    pub(crate) fn new(budget: usize) -> Self {
        Self {
            free: Mutex::default(),
            permits: Semaphore::new((budget / SIZE).clamp(1, Semaphore::MAX_PERMITS)),
        }
    }

    /// A buffer, once there is one.
    pub(crate) async fn lend(&self) -> Option<Lent<'_>> {
        let permit = self.permits.acquire().await.ok()?;
        let kept = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = kept.unwrap_or_else(|| vec![0; SIZE].into_boxed_slice());
        Some(Lent { bytes: Some(bytes), of: self, _permit: permit })
    }
}

impl Deref for Lent<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_default()
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.bytes.as_deref_mut().unwrap_or_default()
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut free = self.of.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT {
            free.extend(self.bytes.take());
        }
    }
}
