//! Laws of the encoder: what is written reads as it was, and alike on every machine.

use super::bits::BitWriter;
use super::{JxlEncoder, header};
use crate::fuzz::mutator::Random;
use crate::jxl::Jxl;
use crate::simd::Level;
use crate::{Decoder, Encoder, ErrorKind, Image};

fn samples(random: &mut Random, image: &Image, kind: usize) -> Vec<u8> {
    let columns = image.columns as usize * usize::from(image.components);
    let range = 1_usize << image.precision;
    (0..image.samples().unwrap())
        .flat_map(|at| {
            let value = match kind {
                0 => random.below(range),
                1 => at / columns / 7 % 2 * (range - 1),
                2 => (at % columns + at / columns * 3 + random.below(3)) % range,
                3 => usize::from(random.below(400) == 0) * random.below(range),
                _ => range - 1,
            };
            (value as u16).to_ne_bytes().into_iter().take(image.sample_size()).collect::<Vec<_>>()
        })
        .collect()
}

fn comes_back(image: &Image, samples: &[u8]) {
    let mut stream = vec![7];
    JxlEncoder::default().encode_into(samples, image, &mut stream).unwrap();
    assert_eq!(stream.remove(0), 7);
    let mut plain = Vec::new();
    JxlEncoder { level: Level::SCALAR }.encode_into(samples, image, &mut plain).unwrap();
    assert!(plain == stream, "the codestream depends on the machine");
    let own = Image { is_signed: false, ..*image };
    assert_eq!(Jxl.describe(&stream), Ok(own));
    let mut out = vec![0; samples.len()];
    let decoded = Jxl.decode_into(&stream, image, &mut out).unwrap();
    assert_eq!(decoded.fault, None);
    assert!(decoded.used <= stream.len());
    assert!(out == samples, "{image:?}");
}

#[test]
fn every_size_and_depth_comes_back() {
    let mut random = Random(18_181);
    let sizes = [(1, 1), (1, 300), (300, 1), (2, 2), (17, 33), (256, 256), (257, 255), (100, 600), (2050, 3)];
    for (index, (rows, columns)) in sizes.into_iter().enumerate() {
        for precision in 1..=16 {
            for components in [1, 3] {
                let image = Image { rows, columns, components, precision, is_signed: false };
                let kind = (index + usize::from(precision) + usize::from(components)) % 5;
                let samples = samples(&mut random, &image, kind);
                comes_back(&image, &samples);
            }
        }
    }
}

#[test]
fn every_kind_of_picture_comes_back() {
    let mut random = Random(5);
    for kind in 0..5 {
        for (components, precision) in [(1, 8), (1, 12), (1, 16), (3, 8), (3, 16)] {
            let image = Image { rows: 301, columns: 530, components, precision, is_signed: false };
            let samples = samples(&mut random, &image, kind);
            comes_back(&image, &samples);
        }
    }
}

#[test]
fn large_pictures_have_several_groups_of_groups() {
    let mut random = Random(6);
    let image = Image { rows: 2100, columns: 2060, components: 1, precision: 10, is_signed: false };
    let samples = samples(&mut random, &image, 3);
    comes_back(&image, &samples);
}

#[test]
fn signed_samples_are_their_lowest_bits() {
    let image = Image { rows: 1, columns: 4, components: 1, precision: 12, is_signed: true };
    let samples: Vec<u8> = [-1_i16, -2048, 0, 2047].into_iter().flat_map(i16::to_ne_bytes).collect();
    let mut stream = Vec::new();
    JxlEncoder::default().encode_into(&samples, &image, &mut stream).unwrap();
    let mut out = vec![0; 8];
    Jxl.decode_into(&stream, &image, &mut out).unwrap();
    let values: Vec<u16> = out.as_chunks::<2>().0.iter().map(|bytes| u16::from_ne_bytes(*bytes)).collect();
    assert_eq!(values, [0xFFF, 0x800, 0, 0x7FF]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let image = Image { rows: 2, columns: 2, components: 1, precision: 7, is_signed: false };
    let mut out = vec![1];
    let mut refused = |image: Image, samples: &[u8]| {
        let error = JxlEncoder::default().encode_into(samples, &image, &mut out).unwrap_err();
        assert_eq!(out, [1], "nothing is appended");
        error.kind
    };
    assert_eq!(refused(image, &[128, 0, 0, 0]), ErrorKind::Argument);
    assert_eq!(refused(image, &[0; 5]), ErrorKind::Argument);
    assert_eq!(refused(Image { rows: 0, ..image }, &[]), ErrorKind::Argument);
    assert_eq!(refused(Image { components: 2, ..image }, &[0; 8]), ErrorKind::Unsupported);
    assert_eq!(refused(Image { precision: 17, ..image }, &[0; 16]), ErrorKind::Unsupported);
}

/// Pictures that are drawn and not shown, some bytes each.
#[test]
fn pictures_that_are_not_shown_have_a_bound() {
    let image = Image { rows: 4096, columns: 4096, components: 1, precision: 8, is_signed: false };
    let blank = vec![0; image.len().unwrap()];
    let sections = JxlEncoder::default().sections::<1, 1>(&image, &blank).unwrap();
    let stream = |hidden: usize| {
        let mut stream = BitWriter::default();
        header::image(&mut stream, &image);
        let mut bytes = stream.finish();
        for left in (0..=hidden).rev() {
            let mut head = BitWriter::default();
            if left == 0 {
                header::frame(&mut head);
            } else {
                // As the last one, up to where it says that it is the last; then where it is kept, and when.
                for (count, value) in [(3, 0), (1, 1), (2, 0), (1, 0), (2, 0), (2, 1), (2, 0), (1, 0), (2, 0)]
                {
                    head.put(count, value);
                }
                head.flag(false);
                head.put(2, 1);
                head.flag(false);
                head.put(10, 0);
            }
            header::contents(&mut head, &image, sections.global.len(), &sections.lengths);
            bytes.extend(head.finish());
            bytes.extend(&sections.global);
            bytes.extend(&sections.body);
        }
        bytes
    };
    let mut out = vec![1; image.len().unwrap()];
    let few = Jxl.decode_into(&stream(3), &image, &mut out).unwrap();
    assert_eq!(few.fault, None);
    assert!(out == blank);
    let many = stream(60);
    assert!(many.len() < 1 << 20);
    let error = Jxl.decode_into(&many, &image, &mut out).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Limit, "{error}");
}
