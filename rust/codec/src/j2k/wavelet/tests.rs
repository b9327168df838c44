//! Laws of the wavelets: the inverse undoes the forward, both agree with the standard's own words, however a level is divided.
#![expect(clippy::cast_possible_wrap, clippy::cast_precision_loss, reason = "small numbers")]

use std::fmt::Debug;

use super::*;
use crate::fuzz::mutator::Random;
use crate::j2k::block::Orientation;
use crate::simd::Level;

fn width(area: &Area) -> usize {
    area.width() as usize
}

fn height(area: &Area) -> usize {
    area.height() as usize
}

fn of_band(area: &Area, is_high_across: bool, is_high_down: bool) -> Area {
    area.band(
        1,
        match (is_high_across, is_high_down) {
            (false, false) => Orientation::LL,
            (true, false) => Orientation::HL,
            (false, true) => Orientation::LH,
            (true, true) => Orientation::HH,
        },
    )
}

/// Bands with their own memory.
struct Owned<T> {
    bands: [Vec<T>; 4],
    strides: [usize; 4],
}

/// Samples between rows that nothing may touch.
const GAP: usize = 3;

impl<T: Copy + Default> Owned<T> {
    fn new(extent: &Area) -> Self {
        let extents =
            [(false, false), (true, false), (false, true), (true, true)].map(|(x, y)| of_band(extent, x, y));
        let strides = extents.map(|extent| width(&extent) + GAP);
        let bands = extents.map(|extent| vec![T::default(); (width(&extent) + GAP) * height(&extent)]);
        Self { bands, strides }
    }

    fn planes(&self) -> Bands<'_, T> {
        let [ll, hl, lh, hh] =
            [0, 1, 2, 3].map(|i| Plane { samples: &self.bands[i][..], stride: self.strides[i] });
        Bands { ll, hl, lh, hh }
    }

    /// The bands from the row on that belongs to row `from` of the level.
    fn planes_mut(&mut self, extent: &Area, from: u32) -> BandsMut<'_, T> {
        let mut number = 0;
        let [ll, hl, lh, hh] = self.bands.each_mut().map(|band| {
            let (stride, is_high) = (self.strides[number], number >= 2);
            number += 1;
            let skipped = super::band(&(extent.y0..from), is_high).len() * stride;
            PlaneMut { samples: &mut band[skipped..], stride }
        });
        BandsMut { ll, hl, lh, hh }
    }
}

fn analysed<K: Kernel>(
    level: Level,
    extent: &Area,
    parts: usize,
    samples: &[K::Sample],
    stride: usize,
) -> Owned<K::Sample> {
    let (mut owned, mut scratch) = (Owned::new(extent), Scratch::default());
    for part in 0..parts {
        let rows = cuts(extent, parts, part);
        let first = rows.start.saturating_sub(K::REACH).max(extent.y0);
        let end = (rows.end + K::REACH).min(extent.y1);
        // No more rows than are needed.
        let [from, to] = [first, end].map(|row| (row - extent.y0) as usize * stride);
        let plane = Plane { samples: &samples[from..to], stride };
        let mut to = owned.planes_mut(extent, rows.start);
        forward::<K>(level, extent, rows, (first, plane), &mut scratch, &mut to).unwrap();
    }
    owned
}

fn synthesised<K: Kernel>(
    level: Level,
    extent: &Area,
    cuts: &[u32],
    bands: Bands<'_, K::Sample>,
    stride: usize,
) -> Vec<K::Sample> {
    let (mut out, mut scratch) = (vec![K::Sample::default(); stride * height(extent)], Scratch::default());
    for cut in cuts.windows(2) {
        let to = &mut out[(cut[0] - extent.y0) as usize * stride..];
        inverse::<K>(level, extent, cut[0]..cut[1], bands, &mut scratch, to, stride).unwrap();
    }
    out
}

/// Every small size at every parity, and some larger ones.
fn extents() -> impl Iterator<Item = Area> {
    let small = (0..9u32 * 9 * 4).map(|n| (n % 9 + 1, n / 9 % 9 + 1, n / 81));
    let large = [(67, 35), (64, 1), (1, 64), (130, 17), (33, 66)];
    let large =
        large.into_iter().flat_map(|(width, height)| (0..4).map(move |parity| (width, height, parity)));
    small.chain(large).map(|(width, height, parity)| {
        let (x0, y0) = (parity % 2 + 4, parity / 2 + 6);
        Area { x0, y0, x1: x0 + width, y1: y0 + height }
    })
}

fn samples<T: Copy + Default>(
    extent: &Area,
    random: &mut Random,
    sample: impl Fn(&mut Random) -> T,
) -> (Vec<T>, usize) {
    let stride = width(extent) + GAP;
    let mut plane = vec![T::default(); stride * height(extent)];
    for row in plane.chunks_mut(stride) {
        row[..stride - GAP].iter_mut().for_each(|slot| *slot = sample(random));
    }
    (plane, stride)
}

/// All that holds for every kernel: what plain code, wide code and divided work give is one and the same.
fn laws<K: Kernel>(
    sample: impl Fn(&mut Random) -> K::Sample,
    check: impl Fn(&Area, &[K::Sample], &Owned<K::Sample>, &[K::Sample]),
) where
    K::Sample: PartialEq + Debug,
{
    let mut random = Random(7);
    for extent in extents() {
        let (plane, stride) = samples(&extent, &mut random, &sample);
        let bands = analysed::<K>(Level::SCALAR, &extent, 1, &plane, stride);
        for (level, parts) in [(Level::best(), 1), (Level::SCALAR, 3), (Level::best(), 4)] {
            let other = analysed::<K>(level, &extent, parts, &plane, stride);
            assert_eq!(other.bands, bands.bands, "{extent:?}, {parts} parts");
        }
        let all = [extent.y0, extent.y1];
        let back = synthesised::<K>(Level::SCALAR, &extent, &all, bands.planes(), stride);
        let singly: Vec<_> = (extent.y0..=extent.y1).collect();
        let middle = [extent.y0, extent.y0.midpoint(extent.y1), extent.y1];
        for (level, cuts) in [(Level::best(), &all[..]), (Level::best(), &singly), (Level::SCALAR, &middle)] {
            let other = synthesised::<K>(level, &extent, cuts, bands.planes(), stride);
            assert_eq!(other, back, "{extent:?}, {cuts:?}");
        }
        parts_alone::<K>(&extent, &bands, &back, stride, &mut random);
        check(&extent, &plane, &bands, &back);
    }
}

/// A part of a level, made of the bands around it.
fn parts_alone<K: Kernel>(
    extent: &Area,
    bands: &Owned<K::Sample>,
    whole: &[K::Sample],
    stride: usize,
    random: &mut Random,
) where
    K::Sample: PartialEq + Debug,
{
    let mut inside = |from: u32, to: u32| {
        let start = from + random.below((to - from) as usize) as u32;
        (start, start + 1 + random.below((to - start) as usize) as u32)
    };
    let ((x0, x1), (y0, y1)) = (inside(extent.x0, extent.x1), inside(extent.y0, extent.y1));
    let part = Area { x0, y0, x1, y1 };
    let around = around(extent, &part, K::REACH);
    let mut number = 0;
    let [ll, hl, lh, hh] = [(false, false), (true, false), (false, true), (true, true)].map(|(x, y)| {
        let (all, some, stride) = (of_band(extent, x, y), of_band(&around, x, y), bands.strides[number]);
        let start = (some.y0 - all.y0) as usize * stride + (some.x0 - all.x0) as usize;
        let plane = Plane { samples: bands.bands[number].get(start..).unwrap_or_default(), stride };
        number += 1;
        plane
    });
    // One that is cut down to one row or column is not what it was.
    let is_cut = |before: usize, now: usize| now == 1 && before > 1;
    assert!(!is_cut(width(extent), width(&around)) && !is_cut(height(extent), height(&around)));
    let got = synthesised::<K>(Level::best(), &around, &[part.y0, part.y1], Bands { ll, hl, lh, hh }, stride);
    for y in 0..height(&part) {
        let skipped = (part.x0 - around.x0) as usize;
        let offset = synthesised_offset(&part, &around) * stride;
        let mine = &got[offset + y * stride + skipped..][..width(&part)];
        let from = (part.y0 - extent.y0) as usize * stride + (part.x0 - extent.x0) as usize;
        assert_eq!(mine, &whole[from + y * stride..][..width(&part)], "{extent:?}: {part:?} of {around:?}");
    }
}

const fn synthesised_offset(part: &Area, around: &Area) -> usize {
    (part.y0 - around.y0) as usize
}

#[test]
fn the_reversible_wavelet_gives_back_every_sample() {
    laws::<Reversible<i16>>(
        |random| random.below(1 << 10) as i16 - (1 << 9),
        |_, plane, _, back| assert_eq!(plane, back),
    );
    laws::<Reversible<i32>>(
        |random| random.below(1 << 26) as i32 - (1 << 25),
        |_, plane, _, back| assert_eq!(plane, back),
    );
    laws::<Reversible<i64>>(
        |random| random.below(1 << 40) as i64 - (1 << 39),
        |_, plane, _, back| assert_eq!(plane, back),
    );
}

#[test]
fn whole_numbers_of_any_size_do_no_harm() {
    laws::<Reversible<i32>>(
        |random| random.below(1 << 32) as u32 as i32,
        |extent, plane, _, back| {
            // One sample at an odd place is doubled, which loses its top bit.
            assert!(plane == back || width(extent) == 1 || height(extent) == 1, "{extent:?}");
        },
    );
}

/// The forward transform of one signal as T.800 F.4.8 has it, in place.
fn by_the_book(signal: &mut [f64], first: usize, is_reversible: bool) {
    let length = signal.len() as i64;
    if length == 1 {
        signal[0] *= if first % 2 == 1 { 2.0 } else { 1.0 };
        return;
    }
    let at = |n: i64| {
        let n = n.rem_euclid(2 * (length - 1));
        n.min(2 * (length - 1) - n) as usize
    };
    let steps: &[(usize, f64)] = if is_reversible {
        &[(1, 0.0), (0, 0.0)]
    } else {
        &[
            (1, -1.586_134_342_059_924),
            (0, -0.052_980_118_572_961),
            (1, 0.882_911_075_530_934),
            (0, 0.443_506_852_043_971),
        ]
    };
    for &(parity, factor) in steps {
        let old = signal.to_vec();
        for n in (0..length).filter(|&n| (n as usize + first) % 2 == parity) {
            let sum = old[at(n - 1)] + old[at(n + 1)];
            signal[n as usize] += match (is_reversible, parity) {
                (true, 1) => -(sum / 2.0).floor(),
                (true, _) => ((sum + 2.0) / 4.0).floor(),
                _ => factor * sum,
            };
        }
    }
    if !is_reversible {
        for (n, sample) in signal.iter_mut().enumerate() {
            *sample *= if (n + first) % 2 == 1 { 1.230_174_104_914_001 } else { 1.0 / 1.230_174_104_914_001 };
        }
    }
}

/// By how much the bands differ from the book's at most.
fn distance(extent: &Area, plane: &[f64], bands: &[Vec<f64>; 4], is_reversible: bool) -> f64 {
    let (columns, stride) = (width(extent), width(extent) + GAP);
    let mut level: Vec<Vec<f64>> = plane.chunks(stride).map(|row| row[..columns].to_vec()).collect();
    for x in 0..columns {
        let mut column: Vec<f64> = level.iter().map(|row| row[x]).collect();
        by_the_book(&mut column, extent.y0 as usize, is_reversible);
        level.iter_mut().zip(column).for_each(|(row, sample)| row[x] = sample);
    }
    for row in &mut level {
        by_the_book(row, extent.x0 as usize, is_reversible);
    }
    let mut largest: f64 = 0.0;
    for (y, row) in (extent.y0..).zip(&level) {
        for (x, &sample) in (extent.x0..).zip(row) {
            let number = (x % 2 + 2 * (y % 2)) as usize;
            let band = of_band(extent, x % 2 == 1, y % 2 == 1);
            let at = (y / 2).abs_diff(band.y0) as usize * (width(&band) + GAP)
                + (x / 2).abs_diff(band.x0) as usize;
            largest = largest.max((bands[number][at] - sample).abs());
        }
    }
    largest
}

#[test]
fn bands_are_those_of_the_standard() {
    laws::<Reversible<i32>>(
        |random| random.below(1 << 16) as i32 - (1 << 15),
        |extent, plane, owned, _| {
            let plane: Vec<_> = plane.iter().copied().map(f64::from).collect();
            let bands = owned.bands.each_ref().map(|band| band.iter().copied().map(f64::from).collect());
            assert!(distance(extent, &plane, &bands, true) < 0.5, "{extent:?}");
        },
    );
    laws::<Irreversible<f64>>(
        |random| random.below(1 << 24) as f64,
        |extent, plane, owned, _| assert!(distance(extent, plane, &owned.bands, false) < 1e-6, "{extent:?}"),
    );
}

#[test]
fn the_irreversible_wavelet_gives_back_nearly_every_sample() {
    laws::<Irreversible<f64>>(
        |random| random.below(1 << 38) as f64,
        |extent, plane, _, back| {
            let largest = plane.iter().zip(back).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(largest < 1e-3, "{extent:?}: {largest}");
        },
    );
    laws::<Irreversible<f32>>(
        |random| random.below(1 << 12) as f32,
        |extent, plane, _, back| {
            let largest = plane.iter().zip(back).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(largest < 0.01, "{extent:?}: {largest}");
        },
    );
}

#[test]
fn planes_that_are_too_small_are_refused() {
    let extent = Area { x0: 0, y0: 0, x1: 8, y1: 8 };
    let owned = Owned::<i32>::new(&extent);
    let (mut out, mut scratch) = ([0; 64], Scratch::default());
    let mut run = |bands, out: &mut [i32]| {
        inverse::<Reversible<i32>>(Level::best(), &extent, 0..8, bands, &mut scratch, out, 8)
    };
    assert!(run(owned.planes(), &mut out).is_ok());
    assert!(run(owned.planes(), &mut out[..63]).is_err());
    let short = Plane { samples: &owned.bands[3][..20], ..owned.planes().hh };
    assert!(run(Bands { hh: short, ..owned.planes() }, &mut out).is_err());
}

#[test]
#[ignore = "a measurement"]
fn how_long_five_levels_take() {
    fn measure<K: Kernel>(name: &str) {
        for size in [256u32, 512, 2048] {
            measure_of::<K>(name, size);
        }
    }
    fn measure_of<K: Kernel>(name: &str, size: u32) {
        let levels: Vec<Owned<K::Sample>> =
            (0..5).map(|n| Owned::new(&Area { x0: 0, y0: 0, x1: size >> n, y1: size >> n })).collect();
        let mut planes: Vec<Vec<K::Sample>> =
            (0..5).map(|n| vec![K::Sample::default(); (size as usize >> n).pow(2)]).collect();
        let mut scratch = Scratch::default();
        for simd in [Level::SCALAR, Level::best()] {
            let (mut back, mut forth) = (f64::MAX, f64::MAX);
            for _ in 0..15 {
                let start = std::time::Instant::now();
                for n in (0..5).rev() {
                    let extent = Area { x0: 0, y0: 0, x1: size >> n, y1: size >> n };
                    let (to, from) = planes.split_at_mut(n + 1);
                    let mut bands = levels[n].planes();
                    if let Some(from) = from.first() {
                        bands.ll = Plane { samples: from, stride: extent.x1 as usize / 2 };
                    }
                    inverse::<K>(
                        simd,
                        &extent,
                        0..extent.y1,
                        bands,
                        &mut scratch,
                        &mut to[n],
                        extent.x1 as usize,
                    )
                    .unwrap();
                }
                back = back.min(start.elapsed().as_secs_f64());
            }
            let mut levels: Vec<Owned<K::Sample>> =
                (0..5).map(|n| Owned::new(&Area { x0: 0, y0: 0, x1: size >> n, y1: size >> n })).collect();
            for _ in 0..15 {
                let start = std::time::Instant::now();
                for n in 0..5 {
                    let extent = Area { x0: 0, y0: 0, x1: size >> n, y1: size >> n };
                    let (from, to) = planes.split_at_mut(n + 1);
                    let mut bands = levels[n].planes_mut(&extent, 0);
                    if let Some(to) = to.first_mut() {
                        bands.ll = PlaneMut { samples: to, stride: extent.x1 as usize / 2 };
                    }
                    let plane = Plane { samples: &from[n], stride: extent.x1 as usize };
                    forward::<K>(simd, &extent, 0..extent.y1, (0, plane), &mut scratch, &mut bands).unwrap();
                }
                forth = forth.min(start.elapsed().as_secs_f64());
            }
            let count = f64::from(size).powi(2) / 1e9;
            eprintln!(
                "{name} {simd:?}: inverse {:.2} ns, forward {:.2} ns a sample",
                back / count,
                forth / count
            );
        }
    }
    measure::<Reversible<i16>>("5/3 i16");
    measure::<Reversible<i32>>("5/3 i32");
    measure::<Reversible<i64>>("5/3 i64");
    measure::<Irreversible<f32>>("9/7 f32");
    measure::<Irreversible<f64>>("9/7 f64");
}
