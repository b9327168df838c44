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

/// The least that is asked for at a time.
const STEP: usize = 64 << 10;

/// Inflates raw deflate data, or data in zlib's wrapper, which some writers use. Past `limit` bytes it is an error.
pub fn inflate(data: &[u8], limit: u64) -> Result<Inflated> {
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

fn stream(data: &[u8], limit: u64, wrapped: bool) -> Result<Inflated> {
    let mut engine = Decompress::new(wrapped);
    let mut bytes = Vec::new();
    let mut complete = false;
    loop {
        let used = usize::try_from(engine.total_in()).unwrap_or(usize::MAX);
        let rest = data.get(used..).unwrap_or_default();
        if bytes.len() == bytes.capacity() {
            if bytes.len() as u64 >= limit {
                return Err(Error::new(ErrorKind::Limit, format!("inflates to more than {limit} bytes")));
            }
            let room = usize::try_from(limit).unwrap_or(usize::MAX) - bytes.len();
            let more = bytes.len().max(STEP).min(room.max(1));
            bytes
                .try_reserve_exact(more)
                .map_err(|_| Error::new(ErrorKind::Limit, "no memory to inflate into"))?;
        }
        let before = (engine.total_in(), engine.total_out());
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
    let used = usize::try_from(engine.total_in()).unwrap_or(usize::MAX).min(data.len());
    Ok(Inflated { bytes, complete, used })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    fn deflated(data: &[u8], wrapped: bool) -> Vec<u8> {
        let mut engine = Compress::new(Compression::fast(), wrapped);
        let mut out = Vec::new();
        out.try_reserve_exact(data.len() + 1024).unwrap();
        engine.compress_vec(data, &mut out, FlushCompress::Finish).unwrap();
        out
    }

    #[test]
    fn raw_and_wrapped_come_out_the_same() {
        let data: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
        for wrapped in [false, true] {
            let got = inflate(&deflated(&data, wrapped), 1 << 20).unwrap();
            assert!(got.complete && got.bytes == data, "{wrapped}");
        }
    }

    #[test]
    fn a_cut_stream_gives_what_it_holds() {
        let data = vec![7; 100_000];
        let stream = deflated(&data, false);
        let got = inflate(stream.get(..stream.len() - 3).unwrap(), 1 << 20).unwrap();
        assert!(!got.complete && data.starts_with(&got.bytes));
    }

    #[test]
    fn a_bomb_is_refused() {
        let stream = deflated(&vec![0; 10 << 20], false);
        let error = inflate(&stream, 1 << 20).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(inflate(&stream, 10 << 20).unwrap().complete);
    }
}
