//! Deflated data sets (PS3.5 A.5): inflated in one go, as far as the stream is sound and the limit allows; deflated as they come.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use radiogram_core::{Error, ErrorKind, Result};

/// What came out of a stream.
pub struct Inflated {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// True where the stream ended as it should.
    pub complete: bool,
    /// Bytes of the input that were used.
    pub used: usize,
}

/// Up to this size any ratio is believed.
const SUSPICIOUS: u64 = 16 << 20;
/// How many bytes one byte may inflate to after that.
const MOST_TO_ONE: u64 = 250;
/// A stream that inflates to more is measured before it is kept.
const CAREFUL: usize = 16 << 20;
/// The least that is asked for at a time.
const STEP: usize = 64 << 10;

/// Inflates raw deflate data, or data in zlib's wrapper, which some writers use. Past `limit` bytes it is an error.
///
/// Past [`SUSPICIOUS`] bytes, more than [`MOST_TO_ONE`] bytes from one are an error too, unless `trusting` says that the
/// caller chose the limit: real data sets inflate to a few times their size, bombs to a thousand.
pub fn inflate(data: &[u8], limit: u64, trusting: bool) -> Result<Inflated> {
    let limit = if trusting {
        limit
    } else {
        limit.min((data.len() as u64).saturating_mul(MOST_TO_ONE).max(SUSPICIOUS))
    };
    let raw = stream(data, limit, false)?;
    // RFC 1950: the wrapper's first two bytes are a multiple of 31, method 8.
    let wrapped =
        matches!(data, [a, b, ..] if a & 0x0F == 8 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0);
    if raw.complete || !wrapped {
        return Ok(raw);
    }
    let zlib = stream(data, limit, true)?;
    Ok(if zlib.bytes.len() > raw.bytes.len() { zlib } else { raw })
}

/// Inflates into memory; a stream that goes on past [`CAREFUL`] is first measured, so that one that is too long costs no
/// more than that.
fn stream(data: &[u8], limit: u64, wrapped: bool) -> Result<Inflated> {
    let careful = usize::try_from(limit).unwrap_or(usize::MAX).min(CAREFUL);
    let (inflated, full) = up_to(data, careful, wrapped)?;
    if !full {
        return Ok(inflated);
    }
    drop(inflated);
    let size = measure(data, limit, wrapped)?;
    up_to(data, size, wrapped).map(|(inflated, _)| inflated)
}

/// Inflates up to `most` bytes; true where there is more.
fn up_to(data: &[u8], most: usize, wrapped: bool) -> Result<(Inflated, bool)> {
    let mut engine = Decompress::new(wrapped);
    let mut bytes = Vec::new();
    let mut complete = false;
    loop {
        if bytes.len() == bytes.capacity() {
            // One byte of room past the most tells a stream that ends there from one that goes on.
            let room = (most + 1).saturating_sub(bytes.len());
            if room == 0 {
                break;
            }
            let more = bytes.len().max(STEP).min(room);
            bytes
                .try_reserve_exact(more)
                .map_err(|_| Error::new(ErrorKind::Limit, "no memory to inflate into"))?;
        }
        let before = (engine.total_in(), engine.total_out());
        let rest = data.get(used(&engine)..).unwrap_or_default();
        let status = engine.decompress_vec(rest, &mut bytes, FlushDecompress::None);
        let moved = (engine.total_in(), engine.total_out()) != before;
        match status {
            Ok(Status::StreamEnd) => {
                complete = true;
                break;
            }
            Ok(Status::Ok | Status::BufError) if moved || bytes.len() == bytes.capacity() => {}
            _ => break,
        }
    }
    let full = bytes.len() > most;
    bytes.truncate(most);
    let used = used(&engine).min(data.len());
    Ok((Inflated { bytes, complete: complete && !full, used }, full))
}

/// How many bytes a stream inflates to, without keeping them.
fn measure(data: &[u8], limit: u64, wrapped: bool) -> Result<usize> {
    let mut engine = Decompress::new(wrapped);
    let mut sink = radiogram_core::try_vec(STEP)?;
    sink.resize(STEP, 0);
    loop {
        let before = (engine.total_in(), engine.total_out());
        let rest = data.get(used(&engine)..).unwrap_or_default();
        let status = engine.decompress(rest, &mut sink, FlushDecompress::None);
        if engine.total_out() > limit {
            return Err(Error::new(
                ErrorKind::Limit,
                format!("inflates to more than {limit} bytes; max_inflated allows more"),
            ));
        }
        let moved = (engine.total_in(), engine.total_out()) != before;
        if !matches!(status, Ok(Status::Ok | Status::BufError)) || !moved {
            return Ok(usize::try_from(engine.total_out()).unwrap_or(usize::MAX));
        }
    }
}

/// Whether there is more to be inflated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// The stream goes on.
    On,
    /// Who takes what comes out wants no more of it.
    Enough,
    /// The stream has ended.
    Ended,
    /// It is no stream, or more comes out of it than may.
    Broken,
}

/// Inflates what it is given, piece by piece, raw or in zlib's wrapper, up to a limit.
#[derive(Debug)]
pub struct Inflater {
    /// The first bytes, until they tell whether there is a wrapper.
    first: Vec<u8>,
    engine: Option<Decompress>,
    room: Vec<u8>,
    limit: u64,
}

impl Inflater {
    /// Bytes that come out at once.
    const ROOM: usize = 8 << 10;

    /// One that has seen nothing, and gives no more than so many bytes.
    pub fn new(limit: u64) -> Self {
        Self { first: Vec::new(), engine: None, room: Vec::new(), limit }
    }

    /// Inflates more bytes into `sink`, which says whether it wants what follows. Called no more once the stream does not go on.
    pub fn push(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> bool) -> Flow {
        if self.engine.is_some() {
            return self.run(bytes, sink);
        }
        self.first.extend_from_slice(bytes);
        let [a, b, ..] = *self.first.as_slice() else { return Flow::On };
        // A raw stream does not begin so: the bits that a stored block leaves unused are zero.
        let is_wrapped = a & 0x0F == 8 && (u16::from(a) << 8 | u16::from(b)) % 31 == 0;
        self.engine = Some(Decompress::new(is_wrapped));
        self.room = vec![0; Self::ROOM];
        let first = std::mem::take(&mut self.first);
        self.run(&first, sink)
    }

    fn run(&mut self, bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> bool) -> Flow {
        let Some(engine) = &mut self.engine else { return Flow::Broken };
        let mut rest = bytes;
        loop {
            let before = (engine.total_in(), engine.total_out());
            let status = engine.decompress(rest, &mut self.room, FlushDecompress::None);
            let taken = usize::try_from(engine.total_in() - before.0).unwrap_or(usize::MAX);
            let made = usize::try_from(engine.total_out() - before.1).unwrap_or(usize::MAX);
            rest = rest.get(taken..).unwrap_or_default();
            if !sink(self.room.get(..made).unwrap_or_default()) {
                return Flow::Enough;
            }
            let is_full = made == self.room.len();
            match status {
                Ok(Status::StreamEnd) => return Flow::Ended,
                Ok(Status::Ok | Status::BufError) if engine.total_out() < self.limit => {}
                _ => return Flow::Broken,
            }
            if rest.is_empty() && !is_full {
                return Flow::On;
            }
            if taken == 0 && made == 0 {
                return Flow::Broken;
            }
        }
    }
}

/// Deflates what it is given, piece by piece, without zlib's wrapper.
pub struct Deflater {
    engine: Compress,
    room: Vec<u8>,
}

impl Deflater {
    /// One that has written nothing.
    pub fn new() -> Result<Self> {
        let mut room = radiogram_core::try_vec(STEP)?;
        room.resize(STEP, 0);
        Ok(Self { engine: Compress::new(Compression::default(), false), room })
    }

    /// Deflates more bytes; what is finished goes to `sink`.
    pub fn push(&mut self, mut bytes: &[u8], sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        while !bytes.is_empty() {
            let taken = self.step(bytes, FlushCompress::None, sink)?.0;
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// Ends the stream.
    pub fn finish(mut self, sink: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        while !self.step(&[], FlushCompress::Finish, sink)?.1 {}
        // PS3.5 A.5: a stream of odd length is padded by one NUL.
        if self.engine.total_out() % 2 == 1 { sink(&[0]) } else { Ok(()) }
    }

    /// Bytes taken, and true where the stream has ended.
    fn step(
        &mut self,
        bytes: &[u8],
        flush: FlushCompress,
        sink: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<(usize, bool)> {
        let before = (self.engine.total_in(), self.engine.total_out());
        let status = self.engine.compress(bytes, &mut self.room, flush);
        let taken = self.engine.total_in() - before.0;
        let made = self.engine.total_out() - before.1;
        let ended = matches!(status, Ok(Status::StreamEnd));
        if status.is_err() || (taken == 0 && made == 0 && !ended) {
            return Err(Error::new(ErrorKind::Limit, "deflating does not go on"));
        }
        let made = usize::try_from(made).unwrap_or(usize::MAX);
        sink(self.room.get(..made).unwrap_or_default())?;
        Ok((usize::try_from(taken).unwrap_or(usize::MAX), ended))
    }
}

fn used(engine: &Decompress) -> usize {
    usize::try_from(engine.total_in()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deflated(data: &[u8], wrapped: bool) -> Vec<u8> {
        compressed(data, wrapped, Compression::fast())
    }

    fn best(data: &[u8]) -> Vec<u8> {
        compressed(data, false, Compression::best())
    }

    fn compressed(data: &[u8], wrapped: bool, level: Compression) -> Vec<u8> {
        let mut engine = Compress::new(level, wrapped);
        let mut out = Vec::new();
        out.try_reserve_exact(data.len() + 1024).unwrap();
        engine.compress_vec(data, &mut out, FlushCompress::Finish).unwrap();
        out
    }

    #[test]
    fn raw_and_wrapped_come_out_the_same() {
        let data: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
        for wrapped in [false, true] {
            let got = inflate(&deflated(&data, wrapped), 1 << 20, false).unwrap();
            assert!(got.complete && got.bytes == data, "{wrapped}");
        }
    }

    #[test]
    fn a_cut_stream_gives_what_it_holds() {
        let data = vec![7; 100_000];
        let stream = deflated(&data, false);
        let got = inflate(stream.get(..stream.len() - 3).unwrap(), 1 << 20, false).unwrap();
        assert!(!got.complete && data.starts_with(&got.bytes));
    }

    #[test]
    fn a_bomb_is_refused() {
        let stream = deflated(&vec![0; 10 << 20], false);
        let error = inflate(&stream, 1 << 20, true).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(inflate(&stream, 10 << 20, true).unwrap().complete);
        let large = best(&vec![0; 17 << 20]);
        assert_eq!(inflate(&large, 1 << 30, false).err().unwrap().kind(), ErrorKind::Limit);
        assert!(inflate(&large, 1 << 30, true).unwrap().complete);
    }
}
