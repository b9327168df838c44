//! JPEG lossless: any bytes end in samples or an error, the same with and without special instructions; samples that were decoded come back
//! from the encoder.

use crate::lossless::{Lossless, LosslessEncoder};
use crate::simd::Level;
use crate::{Decoder, Encoder, Limits};

/// Takes any bytes as a codestream.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_lossless(data: &[u8]) {
    let own = Lossless::default();
    let Ok(image) = own.describe(data) else { return };
    // At best, a sample takes a bit.
    let limits = Limits { samples: 1 << 20, expansion: 16 };
    if limits.check(&image, data).is_err() {
        return;
    }
    let (mut out, mut other) = (vec![0; image.len().unwrap_or(0)], vec![1; image.len().unwrap_or(0)]);
    let decoded = own.decode_into(data, &image, &mut out);
    let plain = Lossless { level: Level::SCALAR }.decode_into(data, &image, &mut other);
    assert_eq!(decoded, plain);
    let Ok(result) = decoded else { return };
    assert!(out == other, "both levels give the same");
    assert!(result.used <= data.len());
    for options in [
        LosslessEncoder::default(),
        LosslessEncoder { predictor: 7, restart_rows: 1, level: Level::SCALAR, ..LosslessEncoder::default() },
    ] {
        let mut codestream = Vec::new();
        if options.encode_into(&out, &image, &mut codestream).is_err() {
            // Samples beyond the precision, or rows too long for an interval.
            assert!(result.fault.is_some() || options.restart_rows > 0);
            continue;
        }
        let again = own.decode_into(&codestream, &image, &mut other);
        assert!(again.is_ok_and(|again| again.fault.is_none() && again.used == codestream.len()));
        assert!(out == other, "what was encoded comes back");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Image;
    use crate::fuzz::mutator::{Random, mutate, rounds};

    const PIECES: [&[u8]; 8] = [
        b"\xFF\xD9",
        b"\xFF\xD0",
        b"\xFF\xDC\0\x04\0\x05",
        b"\xFF\xDD\0\x04\0\x05",
        b"\xFF\0",
        b"\xFF\xFF",
        b"\0\0",
        b"\x11",
    ];

    #[test]
    fn fuzz_lossless_codestreams() {
        let mut random = Random(20_261_125);
        for _ in rounds(4_000) {
            let precision = u8::try_from(2 + random.below(15)).unwrap();
            let image = Image {
                rows: u32::try_from(1 + random.below(40)).unwrap(),
                columns: u32::try_from(1 + random.below(60)).unwrap(),
                components: u16::try_from(1 + random.below(4)).unwrap(),
                precision,
                is_signed: false,
            };
            let spread = 1 + random.below(1 << precision);
            let samples: Vec<u8> = (0..image.samples().unwrap())
                .flat_map(|_| {
                    let bytes = u16::try_from(random.below(spread)).unwrap().to_ne_bytes();
                    bytes.into_iter().take(image.sample_size())
                })
                .collect();
            let options = LosslessEncoder {
                predictor: u8::try_from(1 + random.below(7)).unwrap(),
                point_transform: u8::try_from(random.below(2)).unwrap(),
                restart_rows: u16::try_from(random.below(4)).unwrap(),
                ..LosslessEncoder::default()
            };
            let mut data = Vec::new();
            options.encode_into(&samples, &image, &mut data).unwrap();
            fuzz_lossless(&data);
            mutate(&mut random, &mut data, &PIECES);
            fuzz_lossless(&data);
        }
    }
}
