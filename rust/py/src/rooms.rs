//! Memory for batches, used again: new pages of the system for each cost as much as reading a native slice does.
//!
//! A [`Room`] is what an array of a batch holds on to, itself or through the arrays and tensors made of it. When the last of them is gone, and not
//! before, its memory is back with the [`Rooms`] it came from, and may be that of another batch.
#![expect(
    unsafe_code,
    reason = "the buffer protocol hands out a pointer; this file answers for that of memory that is written to"
)]

use std::ffi::{c_int, c_void};
use std::sync::{Arc, Mutex, Weak};

use pyo3::exceptions::PyBufferError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::errors;

/// What vector units and tensors like to have their first byte at.
const ALIGNMENT: usize = 64;
/// Rooms are of whole pages of the larger kind, so that those of nearly the same size can be used for each other.
const GRAIN: usize = 64 << 10;

/// A run of memory whose place never changes.
struct Block {
    cells: Vec<u128>,
    from: usize,
    size: usize,
}

impl Block {
    /// New memory, which the system clears when it is first touched.
    fn new(size: usize) -> Option<Self> {
        let cells = (size.checked_add(ALIGNMENT)?).div_ceil(size_of::<u128>());
        let cells: Vec<u128> = bytemuck::allocation::try_zeroed_vec(cells).ok()?;
        let from = cells.as_ptr().cast::<u8>().align_offset(ALIGNMENT).min(ALIGNMENT);
        Some(Self { cells, from, size })
    }

    fn bytes(&mut self) -> &mut [u8] {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.cells);
        bytes.get_mut(self.from..self.from + self.size).unwrap_or_default()
    }
}

/// Memory that nobody looks at.
struct Shelf {
    free: Mutex<Vec<Block>>,
    limit: usize,
}

impl Shelf {
    /// The smallest block that is large enough and not twice as large; of several the last, of which most is still in the processor's
    /// cache.
    fn take(&self, size: usize) -> Option<Block> {
        let mut free = self.free.try_lock().ok()?;
        let fits = |block: &Block| block.size >= size && block.size / 2 <= size;
        let best = free.iter().enumerate().rev().filter(|(_, block)| fits(block));
        let at = best.min_by_key(|(_, block)| block.size)?.0;
        Some(free.remove(at))
    }

    /// Keeps a block; those that came first go for it.
    fn put(&self, block: Block) {
        if block.size > self.limit {
            return;
        }
        // No lock is waited for: a child of `fork` may have inherited it closed. The memory is then the system's again.
        let Ok(mut free) = self.free.try_lock() else { return };
        free.push(block);
        let mut kept: usize = free.iter().map(|block| block.size).sum();
        while kept > self.limit && !free.is_empty() {
            kept -= free.remove(0).size;
        }
    }
}

/// A pool of memory: no more than `limit` bytes of it are kept for later.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Rooms {
    shelf: Arc<Shelf>,
}

#[pymethods]
impl Rooms {
    #[new]
    fn new(limit: usize) -> Self {
        Self { shelf: Arc::new(Shelf { free: Mutex::default(), limit }) }
    }

    /// Room for so many bytes, with anything in it.
    fn take(&self, py: Python<'_>, size: usize) -> PyResult<Room> {
        let grains = size.max(1).checked_next_multiple_of(GRAIN);
        let block = grains.and_then(|grains| self.shelf.take(grains).or_else(|| Block::new(grains)));
        let Some(block) = block else {
            return Err(errors::named(py, "LimitError", "no memory for a batch of this size"));
        };
        Ok(Room { block: Mutex::new(Some(block)), size, home: Arc::downgrade(&self.shelf) })
    }

    /// Bytes that are kept and that nobody looks at.
    #[getter]
    fn free(&self) -> usize {
        self.shelf.free.try_lock().map_or(0, |free| free.iter().map(|block| block.size).sum())
    }
}

/// Memory of one batch, for as long as anything looks at it.
#[pyclass(frozen, module = "radiogram._core")]
pub(crate) struct Room {
    /// `None` only while it is dropped.
    block: Mutex<Option<Block>>,
    size: usize,
    home: Weak<Shelf>,
}

#[pymethods]
impl Room {
    fn __len__(&self) -> usize {
        self.size
    }

    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no view to fill"));
        }
        let pointer: *mut c_void = {
            let mut block = slf.get().block.try_lock().map_err(|e| PyBufferError::new_err(e.to_string()))?;
            let block = block.as_mut().ok_or_else(|| PyBufferError::new_err("the memory is gone"))?;
            block.bytes().as_mut_ptr().cast()
        };
        let length =
            ffi::Py_ssize_t::try_from(slf.get().size).map_err(|e| PyBufferError::new_err(e.to_string()))?;
        // SAFETY: `view` is not null and ours to fill. The pointer stays valid for as long as `slf` lives, which the view holds a
        // reference to: a block is never resized, and leaves the room only in `drop`. Nothing here reads or writes its bytes meanwhile.
        let filled = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), pointer, length, 0, flags) };
        if filled == 0 { Ok(()) } else { Err(PyErr::fetch(slf.py())) }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let block = self.block.get_mut().ok().and_then(Option::take);
        if let (Some(block), Some(home)) = (block, self.home.upgrade()) {
            home.put(block);
        }
    }
}
