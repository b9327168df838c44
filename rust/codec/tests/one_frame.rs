//! One large frame of JPEG 2000 by several workers: they are at work at the same time, and what they make is what one makes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use radiogram_codec::Image;
use radiogram_codec::j2k::{DecodeOptions, Executor, Jpeg2000, Jpeg2000Encoder, Region, Task};

const WORKERS: usize = 2;
const PATIENCE: Duration = Duration::from_secs(20);

/// How many tasks each run had, and how many of them were under way at once.
#[derive(Default)]
struct Log(Mutex<Vec<(usize, usize)>>);

impl Log {
    /// Runs tasks in two threads. The first to have a task waits until the other has one too: where there is a second task, it will.
    fn run(&self, count: usize, task: &Task) {
        let (next, inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= count {
                            return;
                        }
                        let now = inside.fetch_add(1, Ordering::SeqCst) + 1;
                        most.fetch_max(now, Ordering::SeqCst);
                        let since = Instant::now();
                        let is_alone = || most.load(Ordering::SeqCst) < WORKERS.min(count);
                        while is_alone() && since.elapsed() < PATIENCE {
                            std::thread::yield_now();
                        }
                        task(number);
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        self.0.lock().unwrap().push((count, most.into_inner()));
    }

    /// Every run that could be divided was, and there were so many of them.
    fn check(self, divided: usize) {
        let runs = self.0.into_inner().unwrap();
        assert!(runs.iter().all(|&(count, most)| most == WORKERS.min(count)), "{runs:?}");
        let many = runs.iter().filter(|(count, _)| *count >= WORKERS).count();
        assert!(many >= divided, "{runs:?}");
    }
}

fn image(components: u16, precision: u8) -> Image {
    Image { rows: 611, columns: 517, components, precision, is_signed: false }
}

/// A slope with a grain.
fn picture(image: &Image) -> Vec<u8> {
    let (mut state, mut samples) = (1_u32, Vec::new());
    for at in 0..image.samples().unwrap() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let value = (at / 50 + (state >> 26) as usize) & ((1 << image.precision) - 1);
        samples.extend_from_slice(&(value as u64).to_ne_bytes()[..image.sample_size()]);
    }
    samples
}

fn kinds() -> Vec<(Jpeg2000Encoder, Image)> {
    let mut kinds = Vec::new();
    for quick in [false, true] {
        let plain = if quick { Jpeg2000Encoder::high_throughput() } else { Jpeg2000Encoder::default() };
        let colour = Jpeg2000Encoder { colour: true, ..plain.clone() };
        let irreversible = Jpeg2000Encoder { reversible: false, step: 0.5, ..plain.clone() };
        let small = Jpeg2000Encoder { block: (5, 3), levels: Some(2), ..plain.clone() };
        let high = Jpeg2000Encoder { block: (2, 7), levels: Some(1), ..irreversible.clone() };
        kinds.extend([
            (plain, image(1, 12)),
            (colour, image(3, 8)),
            (irreversible, image(1, 16)),
            (small, image(1, 9)),
            (high, image(2, 10)),
        ]);
    }
    kinds
}

#[test]
fn several_workers_are_inside_of_one_frame_and_make_the_same() {
    for (encoder, image) in kinds() {
        let samples = picture(&image);
        let (mut alone, mut together) = (Vec::new(), Vec::new());
        encoder.encode_into(&image, &samples, Executor::HERE, &mut alone).unwrap();
        let log = Log::default();
        let run = |count: usize, task: &Task| log.run(count, task);
        let executor = Executor { run: &run, workers: WORKERS };
        encoder.encode_into(&image, &samples, executor, &mut together).unwrap();
        assert!(alone == together, "{encoder:?}");
        log.check(2);

        let (mut one, mut two) = (vec![0; samples.len()], vec![0; samples.len()]);
        let options = DecodeOptions::default();
        let done = Jpeg2000::decode_with(&alone, &options, Executor::HERE, &image, &mut one).unwrap();
        let log = Log::default();
        let run = |count: usize, task: &Task| log.run(count, task);
        let executor = Executor { run: &run, workers: WORKERS };
        let same = Jpeg2000::decode_with(&alone, &options, executor, &image, &mut two).unwrap();
        assert!(done == same && one == two, "{encoder:?}");
        log.check(2);
        if encoder.reversible {
            assert!(one == samples, "{encoder:?}");
        }
    }
}

#[test]
fn parts_of_a_frame_cross_the_seams_of_its_stripes() {
    for (encoder, image) in kinds() {
        let mut codestream = Vec::new();
        encoder.encode_into(&image, &picture(&image), Executor::HERE, &mut codestream).unwrap();
        for reduce in [0, 1] {
            let whole = DecodeOptions { reduce, ..DecodeOptions::default() };
            let all = Jpeg2000::describe_with(&codestream, &whole).unwrap();
            let mut out = vec![0; all.len().unwrap()];
            Jpeg2000::decode_with(&codestream, &whole, Executor::HERE, &all, &mut out).unwrap();
            let pixel = image.sample_size() * usize::from(image.components);
            for (x, y, columns, rows) in
                [(0, 124, 200, 8), (31, 100, 64, 300), (511, 255, 6, 2), (3, 60, 9, 500)]
            {
                let region = Region { x, y, columns, rows };
                let options = DecodeOptions { region: Some(region), ..whole };
                let part = Jpeg2000::describe_with(&codestream, &options).unwrap();
                let mut cut = vec![0; part.len().unwrap()];
                Jpeg2000::decode_with(&codestream, &options, Executor::HERE, &part, &mut cut).unwrap();
                let (left, top) = (x.div_ceil(1 << reduce) as usize, y.div_ceil(1 << reduce) as usize);
                let stride = all.columns as usize * pixel;
                for (row, cut) in cut.chunks_exact(part.columns as usize * pixel).enumerate() {
                    let start = (top + row) * stride + left * pixel;
                    assert!(out[start..start + cut.len()] == *cut, "{encoder:?} {region:?} {reduce}: {row}");
                }
            }
        }
    }
}
