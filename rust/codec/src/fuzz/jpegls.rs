//! JPEG-LS: any bytes decode or are refused, the same by plain and by wide code, and what was decoded can be encoded and read again.

use crate::jpegls::{Interleave, JpegLs, JpegLsEncoder};
use crate::simd::Level;
use crate::{Decoder, Encoder, Image, Limits};

const LIMITS: Limits = Limits { samples: 1 << 16, expansion: 1 << 12 };

/// Decodes any bytes.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_jpegls(data: &[u8]) {
    let Ok(image) = JpegLs.describe(data) else { return };
    if LIMITS.check(&image, data).is_err() {
        return;
    }
    let length = image.len().unwrap_or(0);
    let (mut plain, mut wide) = (vec![0; length], vec![0; length]);
    let done = JpegLs::decode_with(Level::SCALAR, data, &image, &mut plain);
    assert_eq!(
        done,
        JpegLs::decode_with(Level::best(), data, &image, &mut wide),
        "plain and wide code differ"
    );
    assert_eq!(plain, wide, "plain and wide code differ");
    if let Ok(done) = done {
        assert!(done.used <= data.len(), "more bytes used than there are");
        reads_again(&image, &plain, data.len());
    }
}

fn reads_again(image: &Image, samples: &[u8], choice: usize) {
    let interleave = match choice % 3 {
        1 if image.components <= 4 => Interleave::Line,
        2 if image.components <= 4 => Interleave::Sample,
        _ => Interleave::None,
    };
    let options = JpegLsEncoder {
        interleave,
        restart: u32::try_from(choice % 5).unwrap_or(0),
        ..JpegLsEncoder::default()
    };
    let mut stream = Vec::new();
    if image.components <= 255 {
        assert_eq!(options.encode_into(samples, image, &mut stream), Ok(()));
        let mut again = vec![0; samples.len()];
        assert_eq!(JpegLs.describe(&stream), Ok(*image));
        let done = JpegLs.decode_into(&stream, image, &mut again);
        assert!(done.is_ok_and(|done| done.used == stream.len() && done.fault.is_none()));
        assert_eq!(again, samples, "what was decoded reads differently once written");
    }
}

#[cfg(test)]
mod tests {
    use super::fuzz_jpegls;
    use crate::Encoder;
    use crate::Image;
    use crate::fuzz::mutator::{Random, mutate, rounds};
    use crate::jpegls::{Interleave, JpegLsEncoder};

    /// Markers, presets, a table, a colour transform, lengths.
    const PIECES: [&[u8]; 13] = [
        &[0xFF, 0xD0],
        &[0xFF, 0xD9],
        &[0xFF, 0xDC, 0, 4, 0, 5],
        &[0xFF, 0xDD, 0, 4, 0, 2],
        &[0xFF, 0xE8, 0, 7, b'm', b'r', b'f', b'x', 2],
        &[0xFF, 0xF8, 0, 13, 1, 0, 200, 0, 3, 0, 7, 0, 21, 0, 9],
        &[0xFF, 0xF8, 0, 13, 1, 0xFF, 0xFF, 0x10, 0, 0x20, 0, 0x30, 0, 0, 3],
        &[0xFF, 0xF8, 0, 11, 2, 1, 3, 1, 2, 3, 4, 5, 6],
        &[0xFF, 0xF8, 0, 10, 4, 2, 0, 5, 0, 7, 0, 0],
        &[0xFF, 0x7F, 0xFF, 0x7F, 0xFF, 0x7F, 0xFF, 0x7F],
        &[0; 16],
        &[1, 0x22, 0],
        &[0xFF; 5],
    ];

    fn seeds() -> Vec<Vec<u8>> {
        let mut random = Random(14_495);
        let mut seeds = Vec::new();
        for (components, precision) in [(1, 8), (1, 16), (1, 2), (3, 8), (3, 12), (2, 10), (4, 16), (5, 8)] {
            let image = Image { rows: 7, columns: 9, components, precision, is_signed: false };
            let interleaves: &[Interleave] = if (2..=4).contains(&components) {
                &[Interleave::None, Interleave::Line, Interleave::Sample]
            } else {
                &[Interleave::None]
            };
            for &interleave in interleaves {
                for near in [0, u8::from(precision > 2)] {
                    let samples: Vec<u8> = (0..image.samples().unwrap())
                        .flat_map(|at| {
                            let value = if at / 20 % 2 == 0 { at / 5 } else { random.below(1 << precision) };
                            let value = u16::try_from(value % (1 << precision)).unwrap();
                            value.to_ne_bytes().into_iter().take(image.sample_size())
                        })
                        .collect();
                    let restart = [0, 1, 2, 3][random.below(4)];
                    let options = JpegLsEncoder { near, interleave, restart, ..JpegLsEncoder::default() };
                    let mut stream = Vec::new();
                    options.encode_into(&samples, &image, &mut stream).unwrap();
                    seeds.push(stream);
                }
            }
        }
        seeds
    }

    #[test]
    fn fuzz_mutated_jpegls_keeps_every_promise() {
        let seeds = seeds();
        let mut random = Random(87);
        for seed in &seeds {
            fuzz_jpegls(seed);
        }
        for _ in rounds(20_000) {
            let mut data = seeds[random.below(seeds.len())].clone();
            mutate(&mut random, &mut data, &PIECES);
            fuzz_jpegls(&data);
        }
    }
}
