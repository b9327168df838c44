//! A plan: what will be written, in pieces. Values that were left in a file stay there until the plan is carried out.

use radiogram_core::{Error, ErrorKind, ReadAt, Result, try_vec};

use super::output::{ARENA, Origin, Output, Slice, turn};
use crate::inflate::Deflater;
use crate::store::{Run, Shared, Store};

/// The most that is in memory at a time of what is in a file.
const CHUNK: usize = 4 << 20;
/// Runs in memory from this size on are handed on as they are, smaller ones are gathered.
const LARGE: usize = 64 << 10;

/// Runs that are in a file alone are offered to the sink as such from this size on.
const OFFERED: u64 = 64 << 10;

/// Where finished bytes go, in order.
pub trait Sink {
    /// Takes the next bytes.
    fn put(&mut self, bytes: &[u8]) -> Result<()>;

    /// Takes the next bytes from the file where they are; false: it does not, and they are loaded and put.
    fn take(&mut self, _file: &dyn ReadAt, _offset: u64, _count: u64) -> Result<bool> {
        Ok(false)
    }
}

impl<F: FnMut(&[u8]) -> Result<()>> Sink for F {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self(bytes)
    }
}

/// What will be written. It holds the documents and values that it takes bytes from.
pub struct Plan {
    output: Output,
    /// How many slices are written as they are; the others are deflated (PS3.5 A.5).
    plain: usize,
    deflated: bool,
}

/// A run of bytes of a plan.
#[derive(Clone, Copy)]
pub enum Piece<'p> {
    /// In memory.
    Bytes(&'p [u8]),
    /// Where it was read: in memory, or in a file that [`Store::file`] gives.
    Source {
        /// The bytes it lies in.
        store: &'p Store,
        /// Where it begins.
        offset: u64,
        /// How many bytes it has.
        length: u64,
    },
    /// Numbers whose byte order changes on the way.
    Turned(Turned<'p>),
}

/// Numbers whose byte order changes on the way.
#[derive(Clone, Copy)]
pub struct Turned<'p> {
    from: From<'p>,
    offset: u64,
    length: u64,
    width: u8,
}

#[derive(Clone, Copy)]
enum From<'p> {
    Store(&'p Store),
    Shared(&'p Shared),
}

impl Piece<'_> {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Source { length, .. } => *length,
            Self::Turned(turned) => turned.length,
        }
    }
}

impl Plan {
    pub(super) fn new(output: Output, deflated_from: Option<usize>) -> Self {
        let plain = deflated_from.unwrap_or(output.slices.len());
        Self { output, plain, deflated: deflated_from.is_some() }
    }

    /// How many bytes will be written; `None` where the data set is deflated, because nobody knows before.
    #[expect(clippy::len_without_is_empty, reason = "a length that may be unknown")]
    pub fn len(&self) -> Option<u64> {
        (!self.deflated).then_some(self.output.total)
    }

    /// What will be written, in order. Of a deflated data set ([`Plan::is_deflated`]) these are the bytes before deflation, behind
    /// those that are written as they are: there only [`Plan::write_to`] gives the file.
    pub fn pieces(&self) -> impl ExactSizeIterator<Item = Piece<'_>> {
        self.output.slices.iter().map(|slice| self.piece(slice))
    }

    /// The files that bytes are taken from, now or later: those behind all documents that the plan names.
    pub fn sources(&self) -> impl Iterator<Item = &dyn ReadAt> {
        let stores = self.output.origins.iter().filter_map(Origin::store);
        stores.filter_map(|store| store.file().map(|file| &**file))
    }

    /// True where the data set will be deflated on the way.
    pub fn is_deflated(&self) -> bool {
        self.deflated
    }

    /// Writes it all. Memory stays flat: of what is in a file, some MiB are loaded at a time.
    pub fn write_to(&self, sink: &mut dyn Sink) -> Result<()> {
        let (plain, rest) = self.output.slices.split_at_checked(self.plain).unwrap_or_default();
        self.write(plain, sink)?;
        if !self.deflated {
            return Ok(());
        }
        let mut deflater = Deflater::new()?;
        self.write(rest, &mut |bytes: &[u8]| deflater.push(bytes, &mut |bytes| sink.put(bytes)))?;
        deflater.finish(&mut |bytes| sink.put(bytes))
    }

    /// All bytes in memory.
    pub fn to_vec(&self) -> Result<Vec<u8>> {
        let too_long = |_| Error::new(ErrorKind::Limit, "more bytes than this machine can address");
        let mut out = try_vec(usize::try_from(self.len().unwrap_or(0)).map_err(too_long)?)?;
        self.write_to(&mut |bytes: &[u8]| {
            out.try_reserve(bytes.len()).map_err(|_| super::output::no_memory())?;
            out.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(out)
    }

    fn piece(&self, slice: &Slice) -> Piece<'_> {
        let Slice { offset, length, .. } = *slice;
        if slice.origin == ARENA {
            return Piece::Bytes(within(&self.output.arena, offset, length));
        }
        match self.output.origins.get(slice.origin as usize) {
            Some(Origin::Shared(bytes)) if slice.swap > 1 => {
                Piece::Turned(Turned { from: From::Shared(bytes), offset, length, width: slice.swap })
            }
            Some(Origin::Shared(bytes)) => Piece::Bytes(within((**bytes).as_ref(), offset, length)),
            Some(origin) => match origin.store() {
                Some(store) if slice.swap > 1 => {
                    Piece::Turned(Turned { from: From::Store(store), offset, length, width: slice.swap })
                }
                Some(store) => Piece::Source { store, offset, length },
                None => Piece::Bytes(&[]),
            },
            None => Piece::Bytes(&[]),
        }
    }

    fn write(&self, slices: &[Slice], sink: &mut dyn Sink) -> Result<()> {
        let mut gathered = Gathered { bytes: Vec::new(), sink };
        for slice in slices {
            match self.piece(slice) {
                Piece::Bytes(bytes) => gathered.put(bytes)?,
                Piece::Source { store, offset, length } => {
                    gathered.copy(From::Store(store), offset, length, 1)?;
                }
                Piece::Turned(Turned { from, offset, length, width }) => {
                    gathered.copy(from, offset, length, width)?;
                }
            }
        }
        gathered.flush()
    }
}

fn gone(offset: u64) -> Error {
    Error::new(ErrorKind::Truncated, "the bytes are not there").at(offset)
}

fn within(bytes: &[u8], offset: u64, length: u64) -> &[u8] {
    let range = usize::try_from(offset).ok().zip(usize::try_from(length).ok());
    range.and_then(|(from, count)| bytes.get(from..from.checked_add(count)?)).unwrap_or_default()
}

impl From<'_> {
    fn run(&self, offset: u64, most: u64) -> Run<'_> {
        match self {
            Self::Store(store) => store.run(offset, most),
            Self::Shared(bytes) => {
                let bytes = (***bytes).as_ref();
                let rest = bytes.len() as u64 - offset.min(bytes.len() as u64);
                Run::Memory(within(bytes, offset, most.min(rest)))
            }
        }
    }
}

/// Small runs on the way to the sink, as one.
struct Gathered<'s> {
    bytes: Vec<u8>,
    sink: &'s mut dyn Sink,
}

impl Gathered<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.len() >= LARGE {
            self.flush()?;
            return self.sink.put(bytes);
        }
        if self.bytes.len() + bytes.len() > CHUNK {
            self.flush()?;
        }
        self.bytes.try_reserve(bytes.len()).map_err(|_| super::output::no_memory())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Copies a run from where it is, numbers of `width` bytes turned round.
    fn copy(&mut self, from: From<'_>, mut offset: u64, mut length: u64, width: u8) -> Result<()> {
        if width > 1 {
            return self.turn(from, offset, length, width);
        }
        while length > 0 {
            let moved = match from.run(offset, length) {
                Run::Memory([]) => return Err(gone(offset)),
                Run::Memory(bytes) => {
                    self.put(bytes)?;
                    bytes.len() as u64
                }
                Run::File(count) if count >= OFFERED && self.offer(from, offset, count)? => count,
                Run::File(count) => {
                    let count = count.min(CHUNK as u64);
                    if self.bytes.len() as u64 + count > CHUNK as u64 {
                        self.flush()?;
                    }
                    self.load(from, offset, count)?;
                    count
                }
            };
            if moved == 0 {
                return Err(gone(offset));
            }
            offset += moved;
            length -= moved.min(length);
        }
        Ok(())
    }

    /// Offers a run of a file to the sink.
    fn offer(&mut self, from: From<'_>, offset: u64, count: u64) -> Result<bool> {
        let From::Store(store) = from else { return Ok(false) };
        let Some(file) = store.file() else { return Ok(false) };
        self.flush()?;
        self.sink.take(&**file, offset, count)
    }

    /// Loads whole numbers at a time, and what is behind the last of them as it is.
    fn turn(&mut self, from: From<'_>, mut offset: u64, mut length: u64, width: u8) -> Result<()> {
        while length > 0 {
            // A chunk is whole numbers.
            let count = length.min(CHUNK as u64);
            if self.bytes.len() as u64 + count > CHUNK as u64 {
                self.flush()?;
            }
            let start = self.bytes.len();
            self.load(from, offset, count)?;
            turn(self.bytes.get_mut(start..).unwrap_or_default(), width);
            offset += count;
            length -= count;
        }
        Ok(())
    }

    /// Appends bytes from wherever they are.
    fn load(&mut self, from: From<'_>, offset: u64, count: u64) -> Result<()> {
        let start = self.bytes.len();
        let room = usize::try_from(count).unwrap_or(usize::MAX);
        self.bytes.try_reserve(room).map_err(|_| super::output::no_memory())?;
        match from {
            From::Shared(_) => {
                if let Run::Memory(bytes) = from.run(offset, count) {
                    self.bytes.extend_from_slice(bytes);
                }
                Ok(())
            }
            From::Store(store) => {
                if let (Some(file), Run::File(run)) = (store.file(), store.run(offset, count))
                    && run == count
                {
                    let read = file.append_at(offset, room, &mut self.bytes)?;
                    return if read == room { Ok(()) } else { Err(gone(offset + read as u64)) };
                }
                self.bytes.resize(start + room, 0);
                store.gather(offset, self.bytes.get_mut(start..).unwrap_or_default())
            }
        }
    }

    fn flush(&mut self) -> Result<()> {
        if !self.bytes.is_empty() {
            self.sink.put(&self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }
}
