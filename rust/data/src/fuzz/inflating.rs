//! Inflating: never past the limit, the same bytes whatever the limit, and no more than the stream holds.

use crate::inflate::inflate;

/// Inflates any bytes.
///
/// # Panics
///
/// Where a promise does not hold.
pub fn fuzz_inflate(data: &[u8]) {
    const LIMIT: u64 = 1 << 20;
    let Ok(full) = inflate(data, LIMIT, true) else { return };
    assert!(full.bytes.len() as u64 <= LIMIT);
    assert!(full.used <= data.len());
    if let Ok(again) = inflate(data, full.bytes.len() as u64, true) {
        assert!(again.bytes == full.bytes, "the limit changes nothing but whether it is reached");
    }
    if let Some(less) = (full.bytes.len() as u64).checked_sub(1)
        && let Ok(cut) = inflate(data, less, true)
    {
        assert!(cut.bytes.len() as u64 <= less, "the limit holds");
    }
}

#[cfg(test)]
mod tests {
    use radiogram_core::fuzz::mutator::{Random, mutate, rounds};

    use super::fuzz_inflate;

    #[test]
    fn fuzz_inflating() {
        let mut engine = flate2::Compress::new(flate2::Compression::default(), false);
        let plain: Vec<u8> = (0..2000_u32).map(|i| u8::try_from(i * i % 251).unwrap()).collect();
        let mut packed = Vec::new();
        packed.try_reserve_exact(4096).unwrap();
        engine.compress_vec(&plain, &mut packed, flate2::FlushCompress::Finish).unwrap();
        let mut random = Random(7);
        for _ in rounds(5_000) {
            let mut data = packed.clone();
            mutate(&mut random, &mut data, &[b"\x78\x9C", b"\0\0\0\xFF\xFF"]);
            fuzz_inflate(&data);
        }
    }
}
