//! Laws of the encoder: what it writes reads back, the same sample for sample where nothing is lost.
#![expect(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "small numbers")]

use super::*;
use crate::fuzz::mutator::Random;
use crate::j2k::Jpeg2000;
use crate::{Decoder, Image};

/// A picture with edges, slopes and noise, of any depth.
fn picture(image: &Image, random: &mut Random) -> Vec<u8> {
    let (width, count) = (image.columns as usize, usize::from(image.components));
    let size = image.sample_size();
    let noise = 1 << (u32::from(image.precision) / 3);
    let top = 1_i64 << image.precision;
    let mut samples = Vec::new();
    for at in 0..image.samples().unwrap() {
        let (pixel, component) = (at / count, at % count);
        let (x, y) = ((pixel % width) as i64, (pixel / width) as i64);
        let edge = if (x / 5 + y / 7) % 3 == 0 { top / 2 } else { top / 5 };
        let slope = top * (x + 2 * y) / (4 * width as i64 + 4) / (1 + component as i64);
        let value =
            (edge + slope / 2 + random.below(noise) as i64) % top - if image.is_signed { top / 2 } else { 0 };
        samples.extend_from_slice(&value.to_ne_bytes()[..size]);
    }
    samples
}

fn image(rows: u32, columns: u32, components: u16, precision: u8, is_signed: bool) -> Image {
    Image { rows, columns, components, precision, is_signed }
}

fn decoded(stream: &[u8], image: &Image) -> Vec<u8> {
    assert_eq!(Jpeg2000.describe(stream), Ok(*image));
    let mut out = vec![0; image.len().unwrap()];
    let done = Jpeg2000.decode_into(stream, image, &mut out).unwrap();
    assert_eq!((done.used, done.fault), (stream.len(), None));
    out
}

fn comes_back(options: &Jpeg2000Encoder, image: &Image, random: &mut Random) {
    let samples = picture(image, random);
    let mut stream = Vec::new();
    assert_eq!(
        options.encode_into(image, &samples, Executor::HERE, &mut stream),
        Ok(()),
        "{options:?} {image:?}"
    );
    let back = decoded(&stream, image);
    assert!(back == samples, "{options:?} {image:?}");
}

fn both() -> [Jpeg2000Encoder; 2] {
    [Jpeg2000Encoder::default(), Jpeg2000Encoder::high_throughput()]
}

#[test]
fn every_depth_comes_back() {
    let mut random = Random(1);
    for options in both() {
        for precision in 1..=34 {
            for is_signed in [false, true] {
                comes_back(&options, &image(50, 41, 1, precision, is_signed), &mut random);
            }
        }
    }
}

#[test]
fn colours_come_back() {
    let mut random = Random(2);
    for mut options in both() {
        for (components, precision, colour) in
            [(3, 8, true), (3, 16, true), (4, 8, true), (2, 12, false), (5, 10, false), (3, 30, true)]
        {
            options.colour = colour;
            comes_back(&options, &image(37, 70, components, precision, false), &mut random);
        }
    }
}

#[test]
fn every_size_comes_back() {
    let mut random = Random(3);
    for mut options in both() {
        for (rows, columns) in
            [(1, 1), (1, 9), (9, 1), (2, 2), (3, 5), (64, 64), (65, 63), (129, 200), (1, 300)]
        {
            for levels in [None, Some(0), Some(1), Some(5), Some(32)] {
                options.levels = levels;
                comes_back(&options, &image(rows, columns, 1, 12, false), &mut random);
            }
        }
    }
}

#[test]
fn every_layout_comes_back() {
    let mut random = Random(4);
    let orders = [Order::Lrcp, Order::Rlcp, Order::Rpcl, Order::Pcrl, Order::Cprl];
    for mut options in both() {
        for (number, order) in orders.into_iter().enumerate() {
            options.order = order;
            options.tile = [None, Some((64, 40)), Some((33, 100)), Some((500, 500)), Some((17, 19))][number];
            options.precincts =
                [vec![], vec![(5, 6)], vec![(7, 7), (4, 3)], vec![(6, 6), (5, 5), (1, 2)], vec![(1, 1)]]
                    [number]
                    .clone();
            options.block = [(6, 6), (5, 5), (2, 10), (10, 2), (4, 6)][number];
            (options.sop, options.eph, options.plt, options.tlm) =
                (number % 2 == 0, number > 2, number != 1, number > 1);
            comes_back(&options, &image(121, 99, 1, 10, true), &mut random);
            comes_back(&options, &image(60, 140, 3, 8, false), &mut random);
        }
    }
}

fn psnr(image: &Image, a: &[u8], b: &[u8]) -> f64 {
    let number = |bytes: &[u8]| match *bytes {
        [a] => f64::from(a),
        [a, b] => f64::from(u16::from_ne_bytes([a, b])),
        _ => unreachable!(),
    };
    let size = image.sample_size();
    let squares = a.chunks(size).zip(b.chunks(size)).map(|(a, b)| (number(a) - number(b)).powi(2));
    let error = squares.sum::<f64>() / image.samples().unwrap() as f64;
    20.0 * (f64::from(image.precision).exp2() - 1.0).log10() - 10.0 * error.log10()
}

/// The same of samples with signs.
fn psnr_of(image: &Image, a: &[u8], b: &[u8]) -> f64 {
    if !image.is_signed {
        return psnr(image, a, b);
    }
    // Turned over, the sign is the highest bit of a number.
    let turned = |bytes: &[u8]| -> Vec<u8> {
        bytes
            .chunks(image.sample_size())
            .flat_map(|one| [&one[..one.len() - 1], &[one[one.len() - 1] ^ 0x80]].concat())
            .collect()
    };
    psnr(image, &turned(a), &turned(b))
}

#[test]
fn steps_lose_as_much_as_they_say() {
    let mut random = Random(5);
    for mut options in both() {
        options.reversible = false;
        for (components, precision) in [(1, 8), (3, 8), (1, 12), (1, 16)] {
            let image = image(130, 150, components, precision, false);
            options.colour = components == 3;
            let samples = picture(&image, &mut random);
            for target in [40.0, 55.0] {
                options.layers = vec![Layer::Psnr(target)];
                let mut stream = Vec::new();
                options.encode_into(&image, &samples, Executor::HERE, &mut stream).unwrap();
                let got = psnr(&image, &samples, &decoded(&stream, &image));
                assert!((got - f64::from(target)).abs() < 3.0, "{precision} bits: {got} for {target}");
            }
        }
    }
}

#[test]
fn every_style_comes_back() {
    let mut random = Random(6);
    for bits in 0..64 {
        let is = |bit: u32| bits >> bit & 1 != 0;
        let (bypass, reset, termall) = (is(0), is(1), is(2));
        let (causal, predictable, symbols) = (is(3), is(4), is(5));
        let style = Style { bypass, reset, termall, causal, predictable, symbols, ht: Throughput::Off };
        for layers in
            [vec![], vec![Layer::Ratio(20.0), Layer::Ratio(8.0), Layer::Ratio(3.0), Layer::Everything]]
        {
            let options = Jpeg2000Encoder { style, layers, ..Jpeg2000Encoder::default() };
            comes_back(&options, &image(70, 75, 1, 12, false), &mut random);
        }
    }
}

#[test]
fn layers_are_as_long_and_as_good_as_asked_for() {
    let mut random = Random(7);
    for (components, precision, reversible) in
        [(1, 8, false), (3, 8, false), (1, 16, false), (1, 12, true), (3, 8, true)]
    {
        let image = image(200, 190, components, precision, false);
        let samples = picture(&image, &mut random);
        let ratios = [40.0, 20.0, 10.0, 5.0];
        let options = Jpeg2000Encoder {
            reversible,
            colour: components == 3,
            layers: ratios.map(Layer::Ratio).into(),
            ..Jpeg2000Encoder::default()
        };
        let mut best = 0.0;
        for (number, ratio) in ratios.into_iter().enumerate() {
            let mut stream = Vec::new();
            let some = Jpeg2000Encoder { layers: options.layers[..=number].to_vec(), ..options.clone() };
            some.encode_into(&image, &samples, Executor::HERE, &mut stream).unwrap();
            let bytes = image.samples().unwrap() as f64 * f64::from(precision) / 8.0 / f64::from(ratio);
            assert!(stream.len() as f64 <= bytes, "{} bytes for {bytes}", stream.len());
            assert!(stream.len() as f64 >= bytes * 0.7 - 100.0, "{} bytes for {bytes}", stream.len());
            let now = psnr(&image, &samples, &decoded(&stream, &image));
            assert!(now > best, "{now} after {best}");
            best = now;
        }
    }
}

/// A picture whose components are about alike, as neighbouring slices are.
fn volume(image: &Image, random: &mut Random) -> Vec<u8> {
    let (count, size) = (usize::from(image.components), image.sample_size());
    let one = Image { components: 1, ..*image };
    let base = picture(&one, random);
    let shift = if image.is_signed { 1_i64 << (image.precision - 1) } else { 0 };
    let mut samples = Vec::new();
    for pixel in base.chunks(size) {
        let mut word = [0; 8];
        word[..size].copy_from_slice(pixel);
        for component in 0..count {
            let noise = random.below(1 << (image.precision / 3)) as i64;
            let value = i64::from_le_bytes(word) & ((1 << image.precision) - 1);
            let top = (1_i64 << image.precision) - 1;
            let value = (value * (8 + component as i64) / (8 + count as i64) + noise).clamp(0, top) - shift;
            samples.extend_from_slice(&value.to_le_bytes()[..size]);
        }
    }
    samples
}

#[test]
fn components_transformed_reversibly_come_back() {
    let mut random = Random(8);
    for count in [1, 2, 3, 5, 17] {
        for precision in [1, 8, 12, 16, 24] {
            for is_signed in [false, true] {
                let image = image(20, 23, count, precision, is_signed);
                let side = usize::from(count);
                // Each step by the others, a power of two beside them.
                let mut steps = vec![1; side * (side + 1)];
                for step in 0..=side {
                    let own = side - 1 - step % side;
                    steps[own * (side + 1) + step] = if step == side { -(32 << (precision % 3)) } else { 32 };
                }
                for components in [Components::Differences, Components::Steps(steps)] {
                    let options = Jpeg2000Encoder { components, ..Jpeg2000Encoder::default() };
                    let samples = volume(&image, &mut random);
                    let mut stream = Vec::new();
                    options.encode_into(&image, &samples, Executor::HERE, &mut stream).unwrap();
                    assert!(decoded(&stream, &image) == samples, "{options:?} {image:?}");
                    // Tiles, no levels, and another order, too.
                    let others = Jpeg2000Encoder {
                        tile: Some((9, 16)),
                        levels: Some(u8::try_from(count % 3).unwrap()),
                        order: Order::Pcrl,
                        ..options
                    };
                    stream.clear();
                    others.encode_into(&image, &samples, Executor::HERE, &mut stream).unwrap();
                    assert!(decoded(&stream, &image) == samples, "{others:?} {image:?}");
                }
            }
        }
    }
}

#[test]
fn components_transformed_by_a_matrix_are_as_good_as_asked_for() {
    let mut random = Random(9);
    for count in [2_u16, 3, 8] {
        for (precision, is_signed) in [(8, false), (12, true), (16, false)] {
            let image = image(90, 70, count, precision, is_signed);
            let samples = volume(&image, &mut random);
            let side = usize::from(count);
            // Sums of neighbours, which is not orthogonal.
            let sums: Vec<f64> = (0..side * side)
                .map(|at| if at / side >= at % side && at / side - at % side < 2 { 1.0 } else { 0.0 })
                .collect();
            let apart = Jpeg2000Encoder { reversible: false, step: 0.5, ..Jpeg2000Encoder::default() };
            let mut lengths = Vec::new();
            for components in [Components::Apart, Components::Principal, Components::Matrix(sums)] {
                let mut options = Jpeg2000Encoder { components, ..apart.clone() };
                let mut stream = Vec::new();
                options.encode_into(&image, &samples, Executor::HERE, &mut stream).unwrap();
                // Everything is kept: what is lost is what the step loses, evenly spread over it, and rounding.
                let bound = 20.0 * (f64::from(precision).exp2() - 1.0).log10()
                    - 10.0 * (1.2 * 0.25 / 12.0 + 1.0 / 12.0_f64).log10();
                let got = psnr_of(&image, &samples, &decoded(&stream, &image));
                assert!(got > bound, "{:?} {image:?}: {got} for {bound}", options.components);
                options.layers = vec![Layer::Psnr(45.0)];
                stream.clear();
                options.encode_into(&image, &samples, Executor::HERE, &mut stream).unwrap();
                let got = psnr_of(&image, &samples, &decoded(&stream, &image));
                assert!((got - 45.0).abs() < 3.0, "{:?} {image:?}: {got}", options.components);
                lengths.push(stream.len());
            }
            assert!(lengths[1] < lengths[0], "{image:?} {lengths:?}");
        }
    }
}

#[test]
fn transforms_of_components_that_cannot_be_are_refused() {
    let image = image(8, 8, 2, 8, false);
    for (reversible, components) in [
        (true, Components::Principal),
        (false, Components::Differences),
        (false, Components::Matrix(vec![1.0, 2.0, 2.0, 4.0])),
        (false, Components::Matrix(vec![1.0])),
        (false, Components::Matrix(vec![1e30, 0.0, 0.0, 1.0])),
        (true, Components::Steps(vec![1; 4])),
        (true, Components::Steps(vec![1, 0, 3, 0, 1, 1])),
    ] {
        let options = Jpeg2000Encoder { reversible, components, ..Jpeg2000Encoder::default() };
        let error = options.encode_into(&image, &[0; 128], Executor::HERE, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Argument, "{options:?}");
    }
    let quick = Jpeg2000Encoder { components: Components::Differences, ..Jpeg2000Encoder::high_throughput() };
    assert!(quick.encode_into(&image, &[0; 128], Executor::HERE, &mut Vec::new()).is_err());
}
