//! JPEG with the DCT: any bytes end in samples or an error, the same with and without vector instructions; samples that were decoded can be
//! encoded, and come back close to what they were.

use crate::dct::{Colour, Conversion, Dct, DctEncoder, Subsampling};
use crate::simd::Level;
use crate::{Decoder, Encoder, Limits};

/// Takes any bytes as a codestream, after one that chooses what becomes of colours and how it is encoded again.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_dct(data: &[u8]) {
    let Some((&choice, data)) = data.split_first() else { return };
    let colour = if choice & 1 == 0 { Colour::AsCoded } else { Colour::Rgb };
    let own = Dct { colour, level: Level::best() };
    let Ok(image) = own.describe(data) else { return };
    let limits = Limits { samples: 1 << 20, expansion: 1 << 12 };
    if limits.check(&image, data).is_err() {
        return;
    }
    let (mut out, mut other) = (vec![0; image.len().unwrap_or(0)], vec![0; image.len().unwrap_or(0)]);
    let decoded = own.decode_into(data, &image, &mut out);
    let plain = Dct { level: Level::SCALAR, ..own }.decode_into(data, &image, &mut other);
    assert_eq!(decoded, plain, "both levels say the same");
    let Ok(result) = decoded else { return };
    assert!(out == other, "both levels give the same samples");
    assert!(result.used <= data.len());
    let options = DctEncoder {
        quality: 100,
        subsampling: if choice & 2 == 0 { Subsampling::Full } else { Subsampling::Quarter },
        conversion: Conversion::YCbCr,
        restart_interval: u16::from(choice >> 4),
        is_optimal: choice & 4 != 0,
        ..DctEncoder::default()
    };
    let (mut codestream, mut same) = (Vec::new(), Vec::new());
    let encoded = options.encode_into(&out, &image, &mut codestream);
    assert_eq!(encoded, DctEncoder { level: Level::SCALAR, ..options }.encode_into(&out, &image, &mut same));
    assert!(codestream == same, "both levels write the same");
    let plain = Dct { colour: Colour::AsCoded, level: Level::best() };
    let again = plain.decode_into(&codestream, &image, &mut other);
    assert!(again.is_ok_and(|again| again.fault.is_none() && again.used == codestream.len()));
    if options.subsampling == Subsampling::Full || image.components != 3 {
        assert!(is_close(&out, &other, image.sample_size()), "what was encoded comes back");
    }
}

/// True where no sample differs by more than 2: coefficients are rounded to whole numbers, samples too.
fn is_close(one: &[u8], other: &[u8], size: usize) -> bool {
    let words = |bytes: &[u8]| bytes.first_chunk().map_or(0, |bytes| u16::from_ne_bytes(*bytes));
    if size == 1 {
        return one.iter().zip(other).all(|(one, other)| one.abs_diff(*other) <= 2);
    }
    one.chunks(2).zip(other.chunks(2)).all(|(one, other)| words(one).abs_diff(words(other)) <= 3)
}

#[cfg(test)]
mod tests {
    use super::fuzz_dct;
    use crate::Encoder;
    use crate::Image;
    use crate::dct::{Conversion, DctEncoder, Subsampling};
    use crate::fuzz::mutator::{Random, mutate, rounds};

    const PIECES: [&[u8]; 12] = [
        b"\xFF\xD9",
        b"\xFF\xD0",
        b"\xFF\xDC\0\x04\0\x05",
        b"\xFF\xDD\0\x04\0\x05",
        b"\xFF\0",
        b"\xFF\xFF",
        b"\xFF\xC2",
        b"\xFF\xDA\0\x08\x01\x01\0\x01\x05\x10",
        b"\xFF\xDA\0\x08\x01\x01\0\0\0\x01",
        b"\0\0",
        b"\x22",
        b"\x41",
    ];

    /// A codestream of random samples.
    pub(super) fn random_stream(random: &mut Random) -> Vec<u8> {
        let image = Image {
            rows: u32::try_from(1 + random.below(40)).unwrap(),
            columns: u32::try_from(1 + random.below(60)).unwrap(),
            components: [1, 1, 3, 3, 4, 2][random.below(6)],
            precision: [8, 12][random.below(2)],
            is_signed: false,
        };
        let spread = 1 + random.below(1 << image.precision);
        let samples: Vec<u8> = (0..image.samples().unwrap())
            .flat_map(|_| {
                let bytes = u16::try_from(random.below(spread)).unwrap().to_ne_bytes();
                bytes.into_iter().take(image.sample_size())
            })
            .collect();
        let options = DctEncoder {
            quality: u8::try_from(1 + random.below(100)).unwrap(),
            subsampling: [Subsampling::Full, Subsampling::Half, Subsampling::Quarter][random.below(3)],
            conversion: [Conversion::RgbToYCbCr, Conversion::YCbCr, Conversion::Rgb][random.below(3)],
            restart_interval: u16::try_from(random.below(3)).unwrap(),
            is_optimal: random.below(2) == 0,
            ..DctEncoder::default()
        };
        let mut data = vec![random.byte()];
        options.encode_into(&samples, &image, &mut data).unwrap();
        data
    }

    #[test]
    fn fuzz_dct_codestreams() {
        let mut random = Random(20_261_125);
        for _ in rounds(2_000) {
            let mut data = random_stream(&mut random);
            fuzz_dct(&data);
            if random.below(3) == 0 {
                // The same bytes as a progressive frame, whose rules they break soon.
                if let Some(at) = data.windows(2).position(|pair| pair == b"\xFF\xC0" || pair == b"\xFF\xC1")
                {
                    data[at + 1] = 0xC2;
                }
            }
            mutate(&mut random, &mut data, &PIECES);
            fuzz_dct(&data);
        }
    }
}
