//! What a plan is made of while it is made: runs of bytes of ours, and runs that stay where they were read.

use std::sync::Arc;

use radiogram_core::{Error, ErrorKind, Result};

use crate::Document;
use crate::store::{Shared, Store};

/// The origin of our own bytes.
pub(super) const ARENA: u32 = u32::MAX;

/// Verbatim runs up to this size are copied next to our own bytes that they follow: two pieces become one.
const SMALL: u64 = 256;

/// Where bytes of others are.
pub(super) enum Origin {
    /// In a document: in its data set, or (`source`) in the bytes of the file as they are.
    Document { document: Arc<Document>, source: bool },
    /// In memory that a new value lends.
    Shared(Shared),
}

impl Origin {
    pub(super) fn store(&self) -> Option<&Store> {
        match self {
            Self::Document { document, source: false } => Some(document.store()),
            Self::Document { document, source: true } => Some(document.source()),
            Self::Shared(_) => None,
        }
    }
}

/// A run of bytes of one origin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    pub(super) origin: u32,
    /// Bytes of a number whose order is turned round; 1: as they are.
    pub(super) swap: u8,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// Bytes in the order in which they will be written.
#[derive(Default)]
pub(super) struct Output {
    pub(super) arena: Vec<u8>,
    pub(super) slices: Vec<Slice>,
    pub(super) origins: Vec<Origin>,
    /// How many bytes there are so far.
    pub(super) total: u64,
    /// How many slices are finished: nothing is appended to them.
    sealed: usize,
}

impl Output {
    /// Appends bytes of ours.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let offset = self.arena.len() as u64;
        self.arena.try_reserve(bytes.len()).map_err(|_| no_memory())?;
        self.arena.extend_from_slice(bytes);
        self.append(Slice { origin: ARENA, swap: 1, offset, length: bytes.len() as u64 })
    }

    /// Appends a run of a document from `from` up to `to`, numbers of `swap` bytes turned round.
    pub(super) fn copy(
        &mut self,
        document: &Arc<Document>,
        source: bool,
        (from, to): (u64, u64),
        swap: u8,
    ) -> Result<()> {
        let length = to.saturating_sub(from);
        if length == 0 {
            return Ok(());
        }
        // Where nothing is deflated, both are the same bytes.
        let source = source && document.is_deflated();
        let after_ours = self.slices.last().is_some_and(|last| last.origin == ARENA);
        if length <= SMALL && (after_ours || swap > 1) {
            let store = if source { document.source() } else { document.store() };
            if let Some(bytes) = store.present(from, length) {
                let start = self.arena.len();
                self.put(bytes)?;
                turn(self.arena.get_mut(start..).unwrap_or_default(), swap);
                return Ok(());
            }
        }
        let origin = self.origin(document, source)?;
        self.append(Slice { origin, swap, offset: from, length })
    }

    /// Appends memory that is lent, without a copy where it is large.
    pub(super) fn lend(&mut self, bytes: &Shared, from: usize, swap: u8) -> Result<()> {
        let held = (**bytes).as_ref().get(from..).unwrap_or_default();
        if held.len() as u64 <= 16 * SMALL {
            let start = self.arena.len();
            self.put(held)?;
            turn(self.arena.get_mut(start..).unwrap_or_default(), swap);
            return Ok(());
        }
        let origin = self.add(Origin::Shared(Arc::clone(bytes)))?;
        self.append(Slice { origin, swap, offset: from as u64, length: held.len() as u64 })
    }

    /// Ends the slices so far, and says how many there are.
    pub(super) fn seal(&mut self) -> usize {
        self.sealed = self.slices.len();
        self.sealed
    }

    /// Overwrites bytes of ours.
    pub(super) fn patch(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.arena.get_mut(at..).and_then(|rest| rest.get_mut(..bytes.len())) {
            place.copy_from_slice(bytes);
        }
    }

    fn append(&mut self, slice: Slice) -> Result<()> {
        if slice.length == 0 {
            return Ok(());
        }
        let too_long = || Error::new(ErrorKind::Limit, "more bytes than a file can have");
        self.total = self.total.checked_add(slice.length).ok_or_else(too_long)?;
        let open = self.slices.len() > self.sealed;
        if let Some(last) = self.slices.last_mut().filter(|_| open)
            && (last.origin, last.swap, slice.swap) == (slice.origin, 1, 1)
            && last.offset + last.length == slice.offset
        {
            last.length += slice.length;
            return Ok(());
        }
        self.slices.try_reserve(1).map_err(|_| no_memory())?;
        self.slices.push(slice);
        Ok(())
    }

    fn origin(&mut self, document: &Arc<Document>, source: bool) -> Result<u32> {
        let is_it = |origin: &Origin| match origin {
            Origin::Document { document: other, source: of_source } => {
                Arc::ptr_eq(other, document) && *of_source == source
            }
            Origin::Shared(_) => false,
        };
        // The one of the last run first; there are as many as documents, and values that are lent.
        let last = self
            .slices
            .iter()
            .rev()
            .take(4)
            .find(|slice| self.origins.get(slice.origin as usize).is_some_and(is_it));
        match last.map(|slice| slice.origin as usize).or_else(|| self.origins.iter().position(is_it)) {
            Some(at) => Ok(u32::try_from(at).unwrap_or(ARENA)),
            None => self.add(Origin::Document { document: Arc::clone(document), source }),
        }
    }

    fn add(&mut self, origin: Origin) -> Result<u32> {
        self.origins.try_reserve(1).map_err(|_| no_memory())?;
        self.origins.push(origin);
        u32::try_from(self.origins.len() - 1)
            .ok()
            .filter(|at| *at != ARENA)
            .ok_or_else(|| Error::new(ErrorKind::Limit, "too many values"))
    }
}

/// Turns round the bytes of each whole number of `width` bytes.
pub(super) fn turn(bytes: &mut [u8], width: u8) {
    match width {
        2 => bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|number| number.reverse()),
        4 => bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|number| number.reverse()),
        8 => bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|number| number.reverse()),
        _ => {}
    }
}

pub(super) fn no_memory() -> Error {
    Error::new(ErrorKind::Limit, "no memory for the encoded data set")
}
