//! What the walk reads from: a window on the source that is widened as the walk goes on.

use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, ReadAt, Result, Vr};

use crate::store::{Deferred, Loaded, Segment, Shared, Store};

/// Bytes the walk can look at. One implementation holds them all, the other loads what is looked at.
pub(crate) trait Input {
    /// How many bytes the source has.
    fn size(&self) -> u64;

    /// The bytes from `offset` on, at least `want` of them, fewer only where the source ends.
    fn window(&mut self, offset: u64, want: usize) -> Result<&[u8]>;

    /// Copies the bytes at `offset` without loading what is around them; fewer only where the source ends.
    fn peek(&mut self, offset: u64, into: &mut [u8]) -> Result<usize>;

    /// Makes a value's bytes part of the store: now, or (true) at first touch.
    fn keep(&mut self, offset: u64, length: u64, vr: Vr) -> Result<bool>;

    /// What was read, as the store of the data set.
    fn into_store(self) -> Store;
}

/// A file that was longer when it was opened.
#[cold]
fn shrunk(end: u64) -> Error {
    Error::new(ErrorKind::SourceChanged, "the file became shorter while it was read").at(end)
}

/// All bytes at hand.
pub(crate) struct Memory(pub(crate) Shared);

impl Input for Memory {
    fn size(&self) -> u64 {
        (*self.0).as_ref().len() as u64
    }

    fn window(&mut self, offset: u64, _want: usize) -> Result<&[u8]> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok((*self.0).as_ref().get(from..).unwrap_or_default())
    }

    fn peek(&mut self, offset: u64, into: &mut [u8]) -> Result<usize> {
        (*self.0).as_ref().read_at(offset, into)
    }

    fn keep(&mut self, _offset: u64, _length: u64, _vr: Vr) -> Result<bool> {
        Ok(false)
    }

    fn into_store(self) -> Store {
        Store::Memory(self.0)
    }
}

/// A file whose head is read in one piece, and more of it only when the walk comes there.
pub(crate) struct Head {
    source: Arc<dyn ReadAt>,
    /// What the walk reads through; the same file as `source`, perhaps already open.
    reader: Arc<dyn ReadAt>,
    size: u64,
    /// How much is read at first.
    first: usize,
    segments: Vec<Segment>,
    deferred: Vec<Deferred>,
}

impl Head {
    /// The first read: most headers of single frames end in it.
    const FIRST: usize = 8 << 10;
    /// The first read where some elements are asked for: two files of three have what describes the image in it, and bytes that nobody
    /// has looked at lately are the dear part of reading a head.
    const FIRST_OF_FEW: usize = 4 << 10;
    /// The first read of a remote object, where a request costs more than its bytes: a header of 64 KiB, an offset table, and the front of
    /// the first frame.
    const FIRST_OF_REMOTE: usize = 128 << 10;
    /// The most that is read ahead of the walk.
    const AHEAD: usize = 8 << 20;
    /// A head from this size on is taken to be a file that is all head.
    const LONG: usize = 1 << 20;
    /// The most room that is made for one.
    const ROOM: usize = 256 << 20;
    /// Values from this size on stay in the file until they are touched.
    const LARGE: u64 = 16 << 10;
    /// Text from this size on.
    const LARGE_TEXT: u64 = 1 << 20;

    /// The head of a file, of which few elements are wanted or all.
    pub(crate) fn new(source: Arc<dyn ReadAt>, reader: Arc<dyn ReadAt>, first: usize) -> Self {
        let size = reader.size();
        Self { source, reader, size, first, segments: Vec::new(), deferred: Vec::new() }
    }

    /// How much is read at first, of a file at hand or of a remote object.
    pub(crate) fn first(is_few: bool, is_costly: bool) -> usize {
        match (is_few, is_costly) {
            (false, false) => Self::FIRST,
            (true, false) => Self::FIRST_OF_FEW,
            (false, true) => Self::FIRST_OF_REMOTE,
            (true, true) => Self::FIRST_OF_REMOTE / 2,
        }
    }

    /// Makes the last segment reach from `offset` over `want` bytes, or to the end of the file.
    #[cold]
    fn widen(&mut self, offset: u64, want: usize) -> Result<()> {
        let continues = self
            .segments
            .last()
            .is_some_and(|part| (part.start..=part.start + part.bytes.len() as u64).contains(&offset));
        if !continues {
            // The walk goes back only to bytes that were deferred on the way: then they are loaded for good.
            self.first = if self.segments.is_empty() { self.first } else { self.first.min(Self::FIRST) };
            self.segments.push(Segment { start: offset, bytes: Vec::new() });
        }
        let Some(part) = self.segments.last_mut() else { return Ok(()) };
        let end = part.start + part.bytes.len() as u64;
        let needed = usize::try_from(offset - part.start + want as u64)
            .map_err(|_| Error::new(ErrorKind::Limit, "more bytes than this machine can address").at(offset))?
            .saturating_sub(part.bytes.len());
        let ahead = part.bytes.len().clamp(self.first, Self::AHEAD);
        let rest = usize::try_from(self.size.saturating_sub(end)).unwrap_or(usize::MAX);
        if part.bytes.len() >= Self::LONG {
            // Room for what is likely to come: a vector that grows again and again moves again and again. It costs nothing until it is
            // written to, and where there is none, the next reading says so.
            let _ = part.bytes.try_reserve_exact(rest.min(Self::ROOM));
        }
        let count = needed.max(ahead).min(rest);
        if self.reader.append_at(end, count, &mut part.bytes)? < count {
            return Err(shrunk(part.start + part.bytes.len() as u64));
        }
        Ok(())
    }
}

impl Input for Head {
    fn size(&self) -> u64 {
        self.size
    }

    fn window(&mut self, offset: u64, want: usize) -> Result<&[u8]> {
        let want = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX).min(want);
        if want == 0 {
            return Ok(&[]);
        }
        let holds = |part: &Segment| {
            offset >= part.start && offset - part.start + want as u64 <= part.bytes.len() as u64
        };
        if !self.segments.last().is_some_and(holds) {
            self.widen(offset, want)?;
        }
        let Some(part) = self.segments.last() else { return Ok(&[]) };
        let from = usize::try_from(offset.saturating_sub(part.start)).unwrap_or(usize::MAX);
        Ok(part.bytes.get(from..).unwrap_or_default())
    }

    fn peek(&mut self, offset: u64, into: &mut [u8]) -> Result<usize> {
        let loaded = self.segments.last().and_then(|part| {
            let from = usize::try_from(offset.checked_sub(part.start)?).ok()?;
            part.bytes.get(from..from.checked_add(into.len())?)
        });
        if let Some(bytes) = loaded {
            into.copy_from_slice(bytes);
            return Ok(into.len());
        }
        let rest = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = into.len().min(rest);
        let read = self.reader.read_at(offset, into.get_mut(..count).unwrap_or_default())?;
        if read < count { Err(shrunk(offset + read as u64)) } else { Ok(read) }
    }

    fn keep(&mut self, offset: u64, length: u64, vr: Vr) -> Result<bool> {
        let loaded = self.segments.last().map_or(0, |part| part.start + part.bytes.len() as u64);
        if offset + length <= loaded {
            return Ok(false);
        }
        let limit = if vr.is_bulk() { Self::LARGE } else { Self::LARGE_TEXT };
        if length >= limit {
            self.deferred.push(Deferred { offset, length, bytes: std::sync::OnceLock::new() });
            return Ok(true);
        }
        self.window(offset, usize::try_from(length).unwrap_or(usize::MAX))?;
        Ok(false)
    }

    fn into_store(mut self) -> Store {
        self.segments.sort_by_key(|part| part.start);
        self.deferred.sort_by_key(|value| value.offset);
        for part in &mut self.segments {
            // Headers are kept for as long as the data set lives; what was read ahead of a small one is cut off elsewhere.
            if part.bytes.capacity() > part.bytes.len() + part.bytes.len() / 4 {
                part.bytes.shrink_to_fit();
            }
        }
        Store::File(Loaded { source: self.source, segments: self.segments, deferred: self.deferred })
    }
}
