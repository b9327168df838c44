//! JPEG 2000: any bytes decode or are refused, the same by plain and by wide code, in one worker or in several, and what is decoded in part is
//! a part of the whole.

use crate::j2k::{DecodeOptions, Executor, Jpeg2000, Region, Task};
use crate::simd::Level;
use crate::{Decoded, Image, Limits, Result};

const LIMITS: Limits = Limits { samples: 1 << 16, expansion: 1 << 12 };

/// Calls in reverse, as though by several workers.
fn in_reverse(count: usize, task: &Task) {
    for number in (0..count).rev() {
        task(number);
    }
}

const SEVERAL: Executor<'static> = Executor { run: &in_reverse, workers: 2 };

fn decode(
    data: &[u8],
    options: &DecodeOptions,
    executor: Executor,
    level: Level,
) -> Option<(Image, Vec<u8>, Result<Decoded>)> {
    let image = Jpeg2000::describe_with(data, options).ok()?;
    LIMITS.check(&image, data).ok()?;
    let mut out = vec![0; image.len().unwrap_or(0)];
    let done = Jpeg2000::decode_at(level, data, options, executor, &image, &mut out);
    Some((image, out, done))
}

/// Decodes any bytes.
///
/// # Panics
///
/// Where a law does not hold.
pub fn fuzz_j2k(data: &[u8]) {
    let whole = DecodeOptions::default();
    let Some((image, plain, done)) = decode(data, &whole, Executor::HERE, Level::SCALAR) else { return };
    let Some((_, wide, same)) = decode(data, &whole, SEVERAL, Level::best()) else { return };
    assert_eq!(done, same, "plain and wide code differ");
    if let Ok(done) = done {
        assert_eq!(plain, wide, "plain and wide code differ");
        assert!(done.used <= data.len(), "more bytes used than there are");
        let choice = u32::try_from(data.len()).unwrap_or(0);
        if done.fault.is_none() {
            part_of(data, &image, &plain, choice);
        }
    }
    for reduce in [1, 2, 33] {
        let options = DecodeOptions { reduce, layers: Some(1), ..whole };
        let mut read = |at: usize, into: &mut [u8]| {
            data.get(at..at + into.len()).is_some_and(|bytes| {
                into.copy_from_slice(bytes);
                true
            })
        };
        if let Ok(Some(excerpt)) = Jpeg2000::excerpt(data.len(), &options, &mut read) {
            let _ = decode(&excerpt, &options, Executor::HERE, Level::best());
        }
        let _ = decode(data, &options, SEVERAL, Level::best());
    }
}

/// A region is what the whole image has there.
fn part_of(data: &[u8], image: &Image, whole: &[u8], choice: u32) {
    let (x, y) = (choice % image.columns.max(1), choice / 3 % image.rows.max(1));
    let region = Region {
        x,
        y,
        columns: (choice / 5 % 40 + 1).min(image.columns - x),
        rows: (choice / 7 % 40 + 1).min(image.rows - y),
    };
    let options = DecodeOptions { region: Some(region), ..DecodeOptions::default() };
    let Some((part, samples, done)) = decode(data, &options, Executor::HERE, Level::best()) else { return };
    if done.is_err() {
        return;
    }
    assert_eq!((part.columns, part.rows), (region.columns, region.rows));
    let pixel = image.sample_size() * usize::from(image.components);
    let row = image.columns as usize * pixel;
    let rows = whole.chunks_exact(row.max(1)).skip(region.y as usize);
    for (part, whole) in samples.chunks_exact((region.columns as usize * pixel).max(1)).zip(rows) {
        let start = region.x as usize * pixel;
        assert_eq!(whole.get(start..start + part.len()), Some(part), "a region differs from the image");
    }
}

#[cfg(test)]
mod tests {
    use super::fuzz_j2k;
    use crate::fuzz::mutator::{Random, mutate, rounds};
    use crate::j2k::testing;

    /// Markers, sizes, styles, progressions, packed headers.
    const PIECES: [&[u8]; 24] = [
        &[0xFF, 0x91, 0, 4, 0, 1],
        &[0xFF, 0x92],
        &[0xFF, 0x93],
        &[0xFF, 0xD9],
        &[0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1],
        &[0xFF, 0x90, 0, 10, 0, 1, 0, 0, 0, 40, 1, 0],
        &[0xFF, 0x5E, 0, 5, 0, 0, 7],
        &[0xFF, 0x5E, 0, 5, 0, 0, 30],
        &[0xFF, 0x5F, 0, 9, 0, 0, 0, 9, 33, 1, 2],
        &[0xFF, 0x5F, 0, 16, 0, 0, 0, 1, 2, 3, 3, 0, 0, 0, 9, 33, 4, 4],
        &[0xFF, 0x53, 0, 9, 1, 0, 1, 4, 4, 63, 1],
        &[0xFF, 0x53, 0, 12, 0, 1, 2, 2, 2, 5, 1, 0x11, 0x22, 0x43],
        &[0xFF, 0x60, 0, 12, 0, 0, 0, 0, 5, 0xC7, 0xD4, 0x04, 0x0D, 0],
        &[0xFF, 0x61, 0, 8, 0, 0xC7, 0xD4, 0x04, 0x0D, 0],
        &[0xFF, 0x58, 0, 6, 0, 10, 20, 30],
        &[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0],
        &[0x40, 0xC0, 0x3F, 0x01],
        &[0xFF, 0x74, 0, 16, 0, 0, 1, 1, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4],
        &[0xFF, 0x74, 0, 12, 0, 0, 2, 1, 0, 0, 0, 9, 0xFF, 0],
        &[0xFF, 0x75, 0, 22, 0, 0, 1, 0, 0, 0, 1, 1, 0, 2, 0, 1, 0, 2, 1, 0, 1, 1, 1],
        &[0xFF, 0x75, 0, 26, 0, 0, 1, 0, 0, 0, 1, 3, 0, 2, 0, 1, 0, 2, 1, 0, 2, 1, 1, 0, 0, 0, 3],
        &[0xFF, 0x77, 0, 5, 2, 1, 1],
        &[0xFF, 0x78, 0, 5, 0x80, 9, 0x8B],
        &[0xFF; 7],
    ];

    #[test]
    fn fuzz_mutated_j2k_keeps_every_promise() {
        let mut random = Random(800);
        let seeds = testing::all();
        for seed in &seeds {
            fuzz_j2k(seed);
            for at in 0..seed.len() {
                fuzz_j2k(seed.get(..at).unwrap_or_default());
            }
        }
        for _ in rounds(20_000) {
            let mut data = seeds[random.below(seeds.len())].clone();
            mutate(&mut random, &mut data, &PIECES);
            fuzz_j2k(&data);
        }
    }
}
