//! Laws of colour: what was transformed comes back, plain and wide code agree, samples keep their bits.
#![expect(
    clippy::float_cmp,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the same numbers are meant, and bits"
)]

use super::arrays::{Step, decorrelate, depend};
use super::*;
use crate::fuzz::mutator::Random;

fn levels() -> [Level; 2] {
    [Level::SCALAR, Level::best()]
}

#[test]
fn the_reversible_transform_comes_back() {
    let mut random = Random(3);
    for length in [0, 1, 7, 16, 100] {
        let rows = [(); 3]
            .map(|()| (0..length).map(|_| random.below(1 << 16) as i32 - (1 << 15)).collect::<Vec<_>>());
        let mut results = Vec::new();
        for level in levels() {
            let mut now = rows.clone();
            forward_rct(level, now.each_mut().map(|row| &mut row[..]));
            results.push(now.clone());
            inverse_rct(level, now.each_mut().map(|row| &mut row[..]));
            assert_eq!(now, rows);
        }
        assert_eq!(results[0], results[1]);
    }
}

#[test]
fn the_irreversible_transform_nearly_comes_back() {
    let mut random = Random(4);
    let rows = [(); 3].map(|()| (0..100).map(|_| random.below(4096) as f32 - 2048.0).collect::<Vec<_>>());
    let mut results = Vec::new();
    for level in levels() {
        let mut now = rows.clone();
        forward_ict(level, now.each_mut().map(|row| &mut row[..]));
        results.push(now.clone());
        inverse_ict(level, now.each_mut().map(|row| &mut row[..]));
        results.push(now.clone());
        for (now, then) in now.iter().flatten().zip(rows.iter().flatten()) {
            assert!((now - then).abs() < 0.02, "{now} {then}");
        }
    }
    assert_eq!(results[..2], results[2..]);
}

fn depths() -> impl Iterator<Item = Depth> {
    (1..=38).flat_map(|precision| [false, true].map(|is_signed| Depth { precision, is_signed }))
}

const fn size(depth: Depth) -> usize {
    match depth.precision {
        0..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => 8,
    }
}

/// Samples of any bits, and what a decoder gives for them: signed ones go on with their sign.
fn samples(random: &mut Random, depth: Depth, count: usize) -> (Vec<u8>, Vec<u8>) {
    let unused = 64 - u32::from(depth.precision);
    let (mut given, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let word = random.below(usize::MAX) as u64;
        let value = if depth.is_signed {
            ((word << unused) as i64 >> unused) as u64
        } else {
            word << unused >> unused
        };
        given.extend_from_slice(&word.to_le_bytes()[..size(depth)]);
        kept.extend_from_slice(&value.to_le_bytes()[..size(depth)]);
    }
    (given, kept)
}

fn there_and_back<T: Value>(is_exact: impl Fn(Depth) -> bool) {
    let mut random = Random(5);
    for depth in depths().filter(|&depth| is_exact(depth)) {
        for components in [1, 2, 3, 5] {
            let (given, kept) = samples(&mut random, depth, components * 37);
            for level in levels() {
                let mut out = vec![0; given.len()];
                let mut rows = vec![vec![T::default(); 37]; components];
                for (component, row) in rows.iter_mut().enumerate() {
                    let place = Place { size: size(depth), components, component };
                    load(level, &given, depth, place, row);
                    store(level, row, depth, place, &mut out);
                }
                assert_eq!(out, kept, "{depth:?}");
                if let [a, b, c] = &mut rows.clone()[..] {
                    load_three(level, &given, depth, size(depth), [&mut *a, &mut *b, &mut *c]);
                    out.fill(0);
                    store_three(level, [a, b, c], depth, size(depth), &mut out);
                    assert_eq!(out, kept, "{depth:?}");
                }
            }
        }
    }
}

#[cfg(target_endian = "little")]
#[test]
fn samples_keep_their_bits() {
    there_and_back::<i32>(|depth| depth.precision <= if depth.is_signed { 32 } else { 31 });
    there_and_back::<i64>(|_| true);
    there_and_back::<f32>(|depth| depth.precision <= 24);
    there_and_back::<f64>(|_| true);
}

#[test]
fn values_beyond_the_depth_are_the_nearest_samples() {
    let place = Place { size: 2, components: 1, component: 0 };
    let read = |out: &[u8]| -> Vec<i16> {
        out.as_chunks().0.iter().map(|&bytes| i16::from_ne_bytes(bytes)).collect()
    };
    for level in levels() {
        let mut out = [0; 12];
        let far = [i32::MIN, -2049, -2048, 2047, 2048, i32::MAX];
        store(level, &far, Depth { precision: 12, is_signed: false }, place, &mut out);
        assert_eq!(read(&out), [0, 0, 0, 4095, 4095, 4095]);
        store(level, &far, Depth { precision: 12, is_signed: true }, place, &mut out);
        assert_eq!(read(&out), [-2048, -2048, -2048, 2047, 2047, 2047]);
        let broken = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.5, 1.5, -2.5];
        store(level, &broken, Depth { precision: 12, is_signed: true }, place, &mut out);
        assert_eq!(read(&out), [0, 2047, -2048, 0, 2, -2]);
    }
}

#[test]
fn arrays_of_a_decoder() {
    let mut out = [0.0; 4];
    // Two pixels of two components.
    decorrelate(&[1.0, 2.0, 3.0, 4.0], &[10.0], &[5.0, 1.0, 6.0, 0.0], 2, &mut out);
    assert_eq!(out, [27.0, 11.0, 39.0, 3.0]);
    let mut rows = [1.0, 1.0, 1.0];
    depend(&[2.0, 1.0, 3.0], &[1.0, 0.0, 0.0], &mut rows, 1);
    assert_eq!(rows, [2.0, 5.0, 18.0]);
}

#[test]
fn reversible_arrays_of_a_decoder() {
    let mut sums = Vec::new();
    // T.801 J.2.2: 7 + (2 * 3 + 1) / 2 rounded, 1 + (3 + 4 * 10 + 2) / 4 rounded.
    let mut rows = [3.0, 7.0, 1.0];
    for step in Step::of_dependency(&[2, 2, 1, 4, 4], 3).unwrap() {
        step.undo(&mut rows, 1, &mut sums);
    }
    assert_eq!(rows, [3.0, 10.0, 12.0]);
    // T.801 J.2.1: the last one first, then the first one, and the last one again, whose sign is turned round.
    let mut rows = [10.0, 3.0];
    for step in Step::of_decorrelation(&[1, 2, 3, 2, 5, -4], 2).unwrap() {
        step.undo(&mut rows, 1, &mut sums);
    }
    // 3 - (10 + 1 >> 1) = -2; 10 - (5 * -2 + 1 >> 1) = 15; -(-2 - (3 * 15 + 2 >> 2)) = 13.
    assert_eq!(rows, [15.0, 13.0]);
    assert!(Step::of_decorrelation(&[1, 2, 3, -2, 5, 4], 2).is_err());
    assert!(Step::of_dependency(&[2, 3], 2).is_err());
    assert!(Step::of_dependency(&[2], 2).is_err());
}

#[test]
fn reversible_arrays_come_back() {
    let mut random = Random(6);
    let mut number = |most: usize| i32::try_from(random.below(2 * most)).unwrap() - most as i32;
    for count in 1..7 {
        let powers = [1, 2, 8, 1 << 20, 1 << 30];
        let mut square: Vec<i32> = (0..count * (count + 1)).map(|_| number(300)).collect();
        for step in 0..=count {
            let own = count - 1 - step % count;
            let sign = if step == count { [1, -1][number(50).unsigned_abs() as usize % 2] } else { 1 };
            square[own * (count + 1) + step] = sign * powers[number(50).unsigned_abs() as usize % 5];
        }
        let mut triangle = Vec::new();
        for row in 1..count {
            triangle.extend((0..row).map(|_| number(300)));
            triangle.push(powers[number(50).unsigned_abs() as usize % 5]);
        }
        let kinds =
            [Step::of_decorrelation(&square, count).unwrap(), Step::of_dependency(&triangle, count).unwrap()];
        for steps in kinds {
            let rows: Vec<f64> = (0..count * 10).map(|_| f64::from(number(1 << 15))).collect();
            let (mut now, mut sums) = (rows.clone(), Vec::new());
            let mut ranges = vec![(-(1 << 15), 1 << 15); count];
            for step in steps.iter().rev() {
                step.make(&mut now, 10, &mut sums);
                step.widen(&mut ranges).unwrap();
            }
            for (row, (least, most)) in now.chunks(10).zip(&ranges) {
                assert!(row.iter().all(|&value| *least as f64 <= value && value <= *most as f64));
            }
            for step in &steps {
                step.undo(&mut now, 10, &mut sums);
            }
            assert_eq!(now, rows);
        }
    }
}
