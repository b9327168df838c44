//! The bytes a data set is read from: all of them in memory, or the parts of a file that were needed.

use std::sync::{Arc, OnceLock};

use radiogram_core::{Error, ErrorKind, ReadAt, Result};

/// Memory that somebody else keeps unchanged while we hold it: a `bytes` object, our own mapping, our own buffer.
pub type Shared = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Where the bytes of a data set are.
pub enum Store {
    /// All in memory, viewed in place.
    Memory(Shared),
    /// A file of which the head is loaded; large values come at first touch.
    File(Loaded),
}

/// The parts of a file that are in memory.
pub struct Loaded {
    pub(crate) source: Arc<dyn ReadAt>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) deferred: Vec<Deferred>,
}

/// A run of loaded bytes.
pub(crate) struct Segment {
    pub(crate) start: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Segment {
    fn slice(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get(from..from.checked_add(length)?)
    }
}

/// A run of bytes of a store.
#[derive(Clone, Copy, Debug)]
pub enum Run<'s> {
    /// In memory; empty where the source ends.
    Memory(&'s [u8]),
    /// So many bytes that are in the file alone.
    File(u64),
}

/// A value that is read at first touch, once.
pub(crate) struct Deferred {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) bytes: OnceLock<Aligned>,
}

impl Store {
    /// How many bytes the source has.
    pub fn size(&self) -> u64 {
        match self {
            Self::Memory(bytes) => (**bytes).as_ref().len() as u64,
            Self::File(loaded) => loaded.source.size(),
        }
    }

    /// Bytes that are in memory already.
    pub fn present(&self, offset: u64, length: u64) -> Option<&[u8]> {
        let count = usize::try_from(length).ok()?;
        if count == 0 {
            return Some(&[]);
        }
        match self {
            Self::Memory(bytes) => {
                let from = usize::try_from(offset).ok()?;
                (**bytes).as_ref().get(from..from.checked_add(count)?)
            }
            Self::File(loaded) => loaded.present(offset, count),
        }
    }

    /// Bytes of the source, read now where they are not in memory. Values that were deferred are kept, others are an error.
    pub fn bytes(&self, offset: u64, length: u64) -> Result<&[u8]> {
        if let Some(bytes) = self.present(offset, length) {
            return Ok(bytes);
        }
        match self {
            Self::Memory(_) => Err(gone(offset)),
            Self::File(loaded) => loaded.load(offset, length),
        }
    }

    /// Copies bytes of the source into memory of the caller's, from memory or from the file, and keeps none of them.
    pub fn read_into(&self, offset: u64, into: &mut [u8]) -> Result<()> {
        if let Some(bytes) = self.present(offset, into.len() as u64) {
            into.copy_from_slice(bytes);
            return Ok(());
        }
        let Self::File(loaded) = self else { return Err(gone(offset)) };
        let read = loaded.source.read_at(offset, into)?;
        if read < into.len() { Err(gone(offset + read as u64)) } else { Ok(()) }
    }

    /// What there is from `offset` on, up to `most` bytes of it: as much as is in memory in one run, or how much of the file
    /// lies before the next byte that is.
    pub fn run(&self, offset: u64, most: u64) -> Run<'_> {
        match self {
            Self::Memory(bytes) => {
                let bytes = usize::try_from(offset).ok().and_then(|from| (**bytes).as_ref().get(from..));
                let bytes = bytes.unwrap_or_default();
                let count = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
                Run::Memory(bytes.get(..count).unwrap_or_default())
            }
            Self::File(loaded) => loaded.run(offset, most),
        }
    }

    /// The file behind it, where there is one: what is not in memory is read from there.
    pub fn file(&self) -> Option<&Arc<dyn ReadAt>> {
        match self {
            Self::Memory(_) => None,
            Self::File(loaded) => Some(&loaded.source),
        }
    }

    /// Copies bytes of the source, each run from memory where it is there and from the file where it is not.
    pub fn gather(&self, mut offset: u64, mut into: &mut [u8]) -> Result<()> {
        while !into.is_empty() {
            let count = match self.run(offset, into.len() as u64) {
                Run::Memory(bytes) => {
                    into.get_mut(..bytes.len()).ok_or_else(|| gone(offset))?.copy_from_slice(bytes);
                    bytes.len()
                }
                Run::File(count) => {
                    let count = usize::try_from(count).unwrap_or(usize::MAX).min(into.len());
                    self.read_into(offset, into.get_mut(..count).unwrap_or_default())?;
                    count
                }
            };
            if count == 0 {
                return Err(gone(offset));
            }
            offset += count as u64;
            into = into.get_mut(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// Bytes held in memory for the file's parts, 0 for memory that is somebody else's.
    pub fn held(&self) -> usize {
        match self {
            Self::Memory(_) => 0,
            Self::File(loaded) => {
                let heads: usize = loaded.segments.iter().map(|part| part.bytes.len()).sum();
                let values: usize = loaded
                    .deferred
                    .iter()
                    .filter_map(|value| value.bytes.get())
                    .map(|b| b.as_ref().len())
                    .sum();
                heads + values
            }
        }
    }
}

impl Loaded {
    fn present(&self, offset: u64, count: usize) -> Option<&[u8]> {
        let after = self.segments.partition_point(|part| part.start <= offset);
        let held = after.checked_sub(1).and_then(|at| self.segments.get(at)?.slice(offset, count));
        held.or_else(|| {
            let value = self.find(offset)?;
            let from = usize::try_from(offset - value.offset).ok()?;
            value.bytes.get()?.as_ref().get(from..from.checked_add(count)?)
        })
    }

    fn run(&self, offset: u64, most: u64) -> Run<'_> {
        let segment = self.segments.partition_point(|part| part.start <= offset);
        let value = self.deferred.partition_point(|value| value.offset <= offset);
        let held = segment.checked_sub(1).and_then(|at| {
            let part = self.segments.get(at)?;
            part.bytes.get(usize::try_from(offset - part.start).ok()?..)
        });
        let loaded = value.checked_sub(1).and_then(|at| {
            let value = self.deferred.get(at)?;
            value.bytes.get()?.as_ref().get(usize::try_from(offset - value.offset).ok()?..)
        });
        let bytes = held.filter(|bytes| !bytes.is_empty()).or(loaded).unwrap_or_default();
        if !bytes.is_empty() || offset >= self.source.size() {
            let count = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
            return Run::Memory(bytes.get(..count).unwrap_or_default());
        }
        let next_segment = self.segments.get(segment).map(|part| part.start);
        let later = self.deferred.get(value..).unwrap_or_default();
        let next_value = later.iter().find(|value| value.bytes.get().is_some()).map(|value| value.offset);
        let next = next_segment.into_iter().chain(next_value).chain([self.source.size()]).min();
        Run::File(most.min(next.unwrap_or(offset).saturating_sub(offset)))
    }

    /// The deferred value that `offset` lies in.
    fn find(&self, offset: u64) -> Option<&Deferred> {
        let after = self.deferred.partition_point(|value| value.offset <= offset);
        self.deferred.get(after.checked_sub(1)?).filter(|value| offset < value.offset + value.length)
    }

    fn load(&self, offset: u64, length: u64) -> Result<&[u8]> {
        let value = self.find(offset).ok_or_else(|| gone(offset))?;
        if value.bytes.get().is_none() {
            let count = usize::try_from(value.length).map_err(|_| gone(offset))?;
            // Two threads may both read; the first to finish is kept.
            let _ = value.bytes.set(Aligned::read(&*self.source, value.offset, count)?);
        }
        let bytes = value.bytes.get().ok_or_else(|| gone(offset))?.as_ref();
        usize::try_from(offset - value.offset)
            .ok()
            .and_then(|from| bytes.get(from..from.checked_add(usize::try_from(length).ok()?)?))
            .ok_or_else(|| gone(offset))
    }
}

/// A buffer whose first byte is 64-byte aligned, so that arrays on it are aligned for every dtype and vector unit.
pub struct Aligned {
    bytes: Vec<u8>,
    from: usize,
}

impl Aligned {
    const ALIGNMENT: usize = 64;

    fn read(source: &dyn ReadAt, offset: u64, count: usize) -> Result<Self> {
        let rest = source.size().saturating_sub(offset);
        if (count as u64) > rest {
            return Err(gone(source.size()));
        }
        let mut bytes: Vec<u8> = radiogram_core::try_vec(count + Self::ALIGNMENT)?;
        let from = bytes.as_ptr().align_offset(Self::ALIGNMENT).min(Self::ALIGNMENT);
        bytes.resize(from, 0);
        let read = source.append_at(offset, count, &mut bytes)?;
        if read < count {
            return Err(gone(offset + read as u64));
        }
        Ok(Self { bytes, from })
    }
}

impl AsRef<[u8]> for Aligned {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(self.from..).unwrap_or_default()
    }
}

fn gone(offset: u64) -> Error {
    Error::new(ErrorKind::Truncated, "the bytes are not there").at(offset)
}
