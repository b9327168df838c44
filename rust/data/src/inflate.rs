//! Deflated data sets (PS3.5 A.5): inflated in one go, as far as the stream is sound and the limit allows.

use flate2::{Decompress, FlushDecompress, Status};
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

fn used(engine: &Decompress) -> usize {
    usize::try_from(engine.total_in()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

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
