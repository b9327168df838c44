//! JPEG 2000: the conformance streams of T.803 and T.814 within the tolerances of their class, real files as other decoders read them, parts of
//! images as the whole has them, streams that are cut off at every place.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

mod corpus;
mod picture;

use std::path::Path;
use std::sync::Mutex;

use picture::Picture;
use radiogram_codec::j2k::{DecodeOptions, Executor, Jpeg2000, Region, Task};
use radiogram_codec::{Decoded, Image};

const STREAMS: &str = "codec/uclouvain+openjpeg-data/input/conformance";
const REFERENCES: &str = "codec/uclouvain+openjpeg-data/baseline/conformance";
const HIGH_THROUGHPUT: &str = "codec/osamu620+OpenHTJ2K/conformance_data";
const OPENJPH: &str = "codec/aous72+jp2k_test_codestreams/openjph";

fn decode(data: &[u8], options: &DecodeOptions) -> (Image, Vec<u8>, Decoded) {
    let image = Jpeg2000::describe_with(data, options).unwrap();
    let mut out = vec![0; image.len().unwrap()];
    let done = Jpeg2000::decode_with(data, options, Executor::HERE, &image, &mut out).unwrap();
    (image, out, done)
}

/// The samples of a component, as numbers.
fn component(image: &Image, out: &[u8], index: usize) -> Vec<i64> {
    let (size, components) = (image.sample_size(), usize::from(image.components));
    let samples = out.chunks_exact(size * components).map(|pixel| &pixel[index * size..][..size]);
    samples
        .map(|bytes| {
            let mut word = [0; 8];
            word[..size].copy_from_slice(bytes);
            let value = i64::from_le_bytes(word);
            let shift = 64 - 8 * size as u32;
            if image.is_signed { value << shift >> shift } else { value }
        })
        .collect()
}

/// The largest difference and the mean squared one. A reference of fewer samples has every second, third … one of ours.
fn distance(image: &Image, samples: &[i64], reference: &Picture, component: usize) -> (i64, f64) {
    let (columns, rows) = (image.columns as usize, image.rows as usize);
    let (dx, dy) = (columns.div_ceil(reference.columns), rows.div_ceil(reference.rows));
    let (mut most, mut sum) = (0, 0.0);
    for y in 0..reference.rows {
        for x in 0..reference.columns {
            let own = samples[(y * dy).min(rows - 1) * columns + (x * dx).min(columns - 1)];
            let difference = (own - reference.sample(x, y, component)).abs();
            most = difference.max(most);
            sum += (difference * difference) as f64;
        }
    }
    (most, sum / (reference.rows * reference.columns) as f64)
}

/// A stream, its references a component, and how far it may be from each: peak and mean squared error.
struct Case(&'static str, &'static [&'static str], &'static [(i64, f64)]);

/// T.803 (ISO 15444-4:2020) tables C.6 and C.7, class 1 of profiles 0 and 1. For component 1 of `p1_05` editions have 9.816 and 9.716: the less.
#[rustfmt::skip]
const PART_1: [Case; 11] = [
    Case("p0_01.j2k", &["c1p0_01_0.pgx"], &[(0, 0.0)]),
    Case("p0_03.j2k", &["c1p0_03_0.pgx"], &[(0, 0.0)]),
    Case("p0_05.j2k", &["c1p0_05_0.pgx", "c1p0_05_1.pgx", "c1p0_05_2.pgx", "c1p0_05_3.pgx"],
        &[(2, 0.302), (2, 0.307), (2, 0.269), (0, 0.0)]),
    Case("p0_09.j2k", &["c1p0_09_0.pgx"], &[(0, 0.0)]),
    Case("p0_11.j2k", &["c1p0_11_0.pgx"], &[(0, 0.0)]),
    Case("p0_13.j2k", &["c1p0_13_0.pgx", "c1p0_13_1.pgx", "c1p0_13_2.pgx", "c1p0_13_3.pgx"], &[(0, 0.0); 4]),
    // Of one picture with `p0_03`.
    Case("p0_15.j2k", &["c1p0_03_0.pgx"], &[(0, 0.0)]),
    Case("p0_16.j2k", &["c1p0_16_0.pgx"], &[(0, 0.0)]),
    Case("p1_01.j2k", &["c1p1_01_0.pgx"], &[(0, 0.0)]),
    Case("p1_05.j2k", &["c1p1_05_0.pgx", "c1p1_05_1.pgx", "c1p1_05_2.pgx"],
        &[(40, 8.458), (40, 9.716), (40, 10.154)]),
    Case("p1_07.j2k", &["c1p1_07_0.pgx", "c1p1_07_1.pgx"], &[(0, 0.0); 2]),
];

/// The same pictures by T.814, at the bounds of class 1. Those that are cut at bit plane 11 differ by what is cut: 17 and 0.15, 1 and 0.001 are
/// the bounds of their descriptions in T.803.
#[rustfmt::skip]
const PART_15: [Case; 14] = [
    Case("ds0_hm_15_b8.j2k", &["c1p0_03_0.pgx"], &[(0, 0.0)]),
    Case("ds0_ht_01_b11.j2k", &["c1p0_01_0.pgx"], &[(0, 0.0)]),
    Case("ds0_ht_03_b11.j2k", &["c1p0_03_0.pgx"], &[(17, 0.15)]),
    Case("ds0_ht_03_b14.j2k", &["c1p0_03_0.pgx"], &[(0, 0.0)]),
    Case("ds0_ht_09_b11.j2k", &["c1p0_09_0.pgx"], &[(0, 0.0)]),
    Case("ds0_ht_11_b10.j2k", &["c1p0_11_0.pgx"], &[(0, 0.0)]),
    Case("ds0_ht_13_b11.j2k", &["c1p0_13_0.pgx", "c1p0_13_1.pgx", "c1p0_13_2.pgx", "c1p0_13_3.pgx"],
        &[(0, 0.0); 4]),
    Case("ds0_ht_15_b11.j2k", &["c1p0_03_0.pgx"], &[(17, 0.15)]),
    Case("ds0_ht_15_b14.j2k", &["c1p0_03_0.pgx"], &[(0, 0.0)]),
    Case("ds0_ht_16_b11.j2k", &["c1p0_16_0.pgx"], &[(0, 0.0)]),
    Case("ds1_ht_01_b11.j2k", &["c1p1_01_0.pgx"], &[(1, 0.001)]),
    Case("ds1_ht_01_b12.j2k", &["c1p1_01_0.pgx"], &[(0, 0.0)]),
    Case("ds1_ht_05_b11.j2k", &["c1p1_05_0.pgx", "c1p1_05_1.pgx", "c1p1_05_2.pgx"],
        &[(40, 8.458), (40, 9.716), (40, 10.154)]),
    Case("ds1_ht_07_b11.j2k", &["c1p1_07_0.pgx", "c1p1_07_1.pgx"], &[(0, 0.0); 2]),
];

/// A stream, how often it is halved, the reference of its first component, and how far that may be.
struct Reduced(&'static str, u8, &'static str, (i64, f64));

/// T.803 tables C.1 and C.4, class 0 of profiles 0 and 1: decoders of class 0 may leave out
/// layers, bit planes and the transform of colour: `p0_03` and `p0_15` at full size, `p0_13` and `p1_05` have references without these, of which a
/// whole decoder's picture differs.
#[rustfmt::skip]
const CLASS_0: [Reduced; 9] = [
    Reduced("p0_01.j2k", 0, "c0p0_01.pgx", (0, 0.0)),
    Reduced("p0_03.j2k", 1, "c0p0_03r1.pgx", (0, 0.0)),
    Reduced("p0_05.j2k", 3, "c0p0_05.pgx", (54, 68.0)),
    Reduced("p0_09.j2k", 2, "c0p0_09.pgx", (4, 1.47)),
    Reduced("p0_11.j2k", 0, "c0p0_11.pgx", (0, 0.0)),
    Reduced("p0_15.j2k", 1, "c0p0_15r1.pgx", (0, 0.0)),
    Reduced("p0_16.j2k", 0, "c0p0_16.pgx", (0, 0.0)),
    Reduced("p1_01.j2k", 0, "c0p1_01.pgx", (0, 0.0)),
    Reduced("p1_07.j2k", 0, "c0p1_07.pgx", (0, 0.0)),
];

fn check(folder: &Path, streams: &str, cases: &[Case]) {
    for Case(name, references, bounds) in cases {
        let data = std::fs::read(folder.join(streams).join(name)).unwrap();
        let (image, out, done) = decode(&data, &DecodeOptions::default());
        assert_eq!(done.used, data.len(), "{name}");
        for (index, (reference, bound)) in references.iter().zip(*bounds).enumerate() {
            let reference = Picture::read(&folder.join(REFERENCES).join(reference));
            let samples = component(&image, &out, index);
            let (most, mean) = distance(&image, &samples, &reference, 0);
            assert!(most <= bound.0 && mean <= bound.1, "{name} {index}: {most}, {mean}");
        }
    }
}

#[test]
fn conformance_streams_of_part_1_are_within_class_1() {
    let Some(folder) = corpus::folder() else { return };
    check(&folder, STREAMS, &PART_1);
}

#[test]
fn conformance_streams_of_part_15_are_within_class_1() {
    let Some(folder) = corpus::folder() else { return };
    check(&folder, HIGH_THROUGHPUT, &PART_15);
}

#[test]
fn the_same_picture_in_every_style_is_the_same_picture() {
    let Some(folder) = corpus::folder() else { return };
    let names = "a1 a3 a5 b1 b3 c1 c2 f1 f2 a2 d1 d2 e1 g1 g2 g3 g4";
    for name in names.split(' ') {
        let is_grey = "abcf".contains(&name[..1]) && name != "a2";
        let kind = if is_grey { "mono" } else { "colr" };
        let data = std::fs::read(folder.join(STREAMS).join(format!("{name}_{kind}.j2c"))).unwrap();
        let (image, out, done) = decode(&data, &DecodeOptions::default());
        assert_eq!(done.fault, None, "{name}");
        let reference = if is_grey { "a1_mono.ppm" } else { "a2_colr.ppm" };
        let reference = Picture::read(&folder.join(REFERENCES).join(reference));
        for index in 0..usize::from(image.components) {
            let samples = component(&image, &out, index);
            assert_eq!(distance(&image, &samples, &reference, index), (0, 0.0), "{name} {index}");
        }
    }
}

#[test]
fn lossless_streams_of_another_high_throughput_encoder_are_read_without_loss() {
    let Some(folder) = corpus::folder() else { return };
    for name in ["simple_dec_rev53_64x64_16bit_gray.jph", "simple_enc_rev53_64x64_16bit_gray.j2c"] {
        let data = std::fs::read(folder.join(OPENJPH).join(name)).unwrap();
        let (image, out, done) = decode(&data, &DecodeOptions::default());
        assert_eq!(done.fault, None, "{name}");
        let reference = Picture::read(&folder.join(OPENJPH).join("references/mm.pgm"));
        assert_eq!(distance(&image, &component(&image, &out, 0), &reference, 0), (0, 0.0), "{name}");
    }
    for name in ["simple_dec_rev53_64x64_yuv.jph", "simple_enc_rev53_64x64_yuv.j2c"] {
        let data = std::fs::read(folder.join(OPENJPH).join(name)).unwrap();
        let (image, out, _) = decode(&data, &DecodeOptions::default());
        for (index, plane) in ["y", "u", "v"].iter().enumerate() {
            let plane = folder.join(OPENJPH).join(format!("references/foreman_420{plane}.raw"));
            let (columns, rows) = if index == 0 { (352, 288) } else { (176, 144) };
            let reference = Picture {
                columns,
                rows,
                components: 1,
                samples: std::fs::read(plane).unwrap().iter().map(|&byte| byte.into()).collect(),
            };
            assert_eq!(distance(&image, &component(&image, &out, index), &reference, 0), (0, 0.0), "{name}");
        }
    }
}

/// All streams there are.
fn streams(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for streams in [STREAMS, HIGH_THROUGHPUT, OPENJPH] {
        for entry in std::fs::read_dir(folder.join(streams)).unwrap() {
            let path = entry.unwrap().path();
            let is_one = path
                .extension()
                .is_some_and(|end| ["j2k", "j2c", "jp2", "jph"].iter().any(|one| end == *one));
            if is_one {
                found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn crop(image: &Image, whole: &[u8], region: &Region) -> Vec<u8> {
    let pixel = image.sample_size() * usize::from(image.components);
    let rows = whole.chunks_exact(image.columns as usize * pixel);
    let rows = rows.skip(region.y as usize).take(region.rows as usize);
    rows.flat_map(|row| &row[region.x as usize * pixel..][..region.columns as usize * pixel])
        .copied()
        .collect()
}

#[test]
fn a_region_is_what_the_whole_image_has_there() {
    let Some(folder) = corpus::folder() else { return };
    for (name, data) in streams(&folder) {
        let (image, whole, _) = decode(&data, &DecodeOptions::default());
        for (x, y, part) in [(0, 0, 3), (1, 2, 3), (2, 1, 5), (3, 3, 4)] {
            let (x, y) = (image.columns * x / 4, image.rows * y / 4);
            let region = Region {
                x: x.min(image.columns - 1),
                y: y.min(image.rows - 1),
                columns: (image.columns / part).clamp(1, image.columns - x.min(image.columns - 1)),
                rows: (image.rows / part).clamp(1, image.rows - y.min(image.rows - 1)),
            };
            let options = DecodeOptions { region: Some(region), ..DecodeOptions::default() };
            let (part, samples, _) = decode(&data, &options);
            assert_eq!((part.columns, part.rows), (region.columns, region.rows));
            assert!(samples == crop(&image, &whole, &region), "{name} {region:?}");
        }
    }
}

#[test]
fn conformance_streams_of_part_1_are_within_class_0() {
    let Some(folder) = corpus::folder() else { return };
    let mut far = Vec::new();
    for Reduced(stream, reduce, reference, bound) in CLASS_0 {
        let data = std::fs::read(folder.join(STREAMS).join(stream)).unwrap();
        let options = DecodeOptions { reduce, ..DecodeOptions::default() };
        let (image, out, _) = decode(&data, &options);
        let reference = Picture::read(&folder.join(REFERENCES).join(reference));
        let (most, mean) = distance(&image, &component(&image, &out, 0), &reference, 0);
        far.extend((most > bound.0 || mean > bound.1).then(|| format!("{stream} {reduce}: {most} {mean}")));
    }
    assert_eq!(far, Vec::<String>::new());
}

/// Three threads that take numbers in turn.
fn threads(count: usize, task: &Task) {
    let next = Mutex::new(0..count);
    let take = || next.lock().unwrap().next();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(number) = take() {
                    task(number);
                }
            });
        }
    });
}

#[test]
fn several_workers_make_the_same_image() {
    let Some(folder) = corpus::folder() else { return };
    let executor = Executor { run: &threads, workers: 3 };
    for (name, data) in streams(&folder) {
        let (image, whole, done) = decode(&data, &DecodeOptions::default());
        let mut out = vec![0; whole.len()];
        let same = Jpeg2000::decode_with(&data, &DecodeOptions::default(), executor, &image, &mut out);
        assert_eq!(same, Ok(done), "{name}");
        assert!(out == whole, "{name}");
    }
}

#[test]
fn a_stream_that_is_cut_off_gives_the_image_it_holds() {
    let Some(folder) = corpus::folder() else { return };
    for name in ["a1_mono.j2c", "e1_colr.j2c", "p0_09.j2k", "p1_07.j2k"] {
        let data = std::fs::read(folder.join(STREAMS).join(name)).unwrap();
        let options = DecodeOptions::default();
        let (image, whole, _) = decode(&data, &options);
        let mut last = f64::MAX;
        for part in 1..=20 {
            let cut = data.len() * part / 20;
            let mut out = vec![0; whole.len()];
            if Jpeg2000::describe_with(&data[..cut], &options) != Ok(image) {
                continue;
            }
            let done = Jpeg2000::decode_with(&data[..cut], &options, Executor::HERE, &image, &mut out);
            let Ok(done) = done else { continue };
            assert_eq!(done.fault.is_some(), cut < data.len(), "{name} {cut}");
            let square = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
            let error = out.iter().zip(&whole).map(square).sum::<f64>() / whole.len() as f64;
            assert!(error <= last * 1.05 + 1.0, "{name}: {part} of 20 give {error}, less gave {last}");
            last = error;
        }
        assert!(last == 0.0, "{name}");
    }
}
