//! JPEG XL: any bytes end in samples, a JPEG or an error; any bytes as an image come back, the same with and without special instructions.

use crate::jxl::{Jxl, JxlEncoder, reconstruct_jpeg};
use crate::simd::Level;
use crate::{Decoder, Encoder, Image, Limits};

/// Takes any bytes as a codestream, and then as the samples of an image that their first five describe.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_jxl(data: &[u8]) {
    let limits = Limits { samples: 1 << 18, expansion: u64::MAX };
    if let Ok(image) = Jxl.describe(data)
        && limits.check(&image, data).is_ok()
    {
        let mut out = vec![0; image.len().unwrap_or(0)];
        if let Ok(decoded) = Jxl.decode_into(data, &image, &mut out) {
            assert!(decoded.used <= data.len());
            comes_back(&image, &out);
        }
        let _: Result<Vec<u8>, crate::Error> = reconstruct_jpeg(data);
    }
    let Some((&[rows, columns, kind, precision, _], data)) = data.split_first_chunk::<5>() else { return };
    let precision = precision % 16 + 1;
    let image = Image {
        rows: u32::from(rows) + 1,
        columns: 3 * u32::from(columns) + 1,
        components: if kind % 2 == 0 { 1 } else { 3 },
        precision,
        is_signed: false,
    };
    let mut samples = data.to_vec();
    samples.resize(image.len().unwrap_or(0), 0);
    if image.sample_size() == 1 {
        for byte in &mut samples {
            *byte &= u8::MAX >> (8 - precision);
        }
    } else {
        for sample in samples.as_chunks_mut::<2>().0 {
            *sample = (u16::from_ne_bytes(*sample) & (u16::MAX >> (16 - precision))).to_ne_bytes();
        }
    }
    comes_back(&image, &samples);
}

fn comes_back(image: &Image, samples: &[u8]) {
    let (mut stream, mut plain) = (Vec::new(), Vec::new());
    assert_eq!(JxlEncoder::default().encode_into(samples, image, &mut stream), Ok(()));
    assert_eq!(JxlEncoder { level: Level::SCALAR }.encode_into(samples, image, &mut plain), Ok(()));
    assert!(stream == plain, "both levels give the same");
    let mut again = vec![0; samples.len()];
    assert_eq!(Jxl.describe(&stream), Ok(*image));
    let decoded = Jxl.decode_into(&stream, image, &mut again);
    assert!(decoded.is_ok_and(|decoded| decoded.fault.is_none()));
    assert!(samples == again, "what was encoded comes back");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::mutator::{Random, mutate, rounds};

    const PIECES: [&[u8]; 8] =
        [b"\xFF\x0A", b"jxlc", b"jbrd", b"brob", b"\0\0\0\0", b"\xFF\xFF\xFF\xFF", b"\x80", b"\0\0\0\x01"];

    /// Samples as bytes that describe themselves, and the codestream of such samples.
    fn seed(random: &mut Random) -> Vec<u8> {
        let (rows, columns, components) = (random.below(40), random.below(60), 1 + 2 * random.below(2));
        let precision = 1 + random.below(16);
        let image = Image {
            rows: u32::try_from(rows + 1).unwrap(),
            columns: u32::try_from(columns + 1).unwrap(),
            components: u16::try_from(components).unwrap(),
            precision: u8::try_from(precision).unwrap(),
            is_signed: false,
        };
        let spread = 1 + random.below(1 << precision);
        let samples: Vec<u8> = (0..image.samples().unwrap())
            .flat_map(|at| {
                let value = if at / 50 % 3 == 0 { 0 } else { random.below(spread) };
                u16::try_from(value).unwrap().to_ne_bytes().into_iter().take(image.sample_size())
            })
            .collect();
        let mut stream = Vec::new();
        JxlEncoder::default().encode_into(&samples, &image, &mut stream).unwrap();
        stream
    }

    #[test]
    fn fuzz_jxl_codestreams() {
        let mut random = Random(181_811);
        for _ in rounds(600) {
            let mut data = seed(&mut random);
            fuzz_jxl(&data);
            mutate(&mut random, &mut data, &PIECES);
            fuzz_jxl(&data);
        }
    }
}
