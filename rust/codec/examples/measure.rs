//! Decodes a file, and encodes what it got, again and again: `measure KIND FILE [TIMES [ROWS COLUMNS COMPONENTS BITS]]`. Prints the best MB/s
//! of samples of both; where MEASURE_OUT names a file, the encoded bytes go there. Of JPEG 2000 it prints too which parts of both times are spent in
//! what several workers can divide among them.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a program for the terminal"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use radiogram_codec::dct::{Dct, DctEncoder};
use radiogram_codec::j2k::{DecodeOptions, Executor, Jpeg2000, Jpeg2000Encoder, Task};
use radiogram_codec::jpegls::{JpegLs, JpegLsEncoder};
use radiogram_codec::jxl::{Jxl, JxlEncoder};
use radiogram_codec::lossless::{Lossless, LosslessEncoder};
use radiogram_codec::rle::Rle;
use radiogram_codec::{Decoded, Decoder, Encoder, Image, Result};

/// JPEG 2000 in one worker, which does what is there for two and counts the time.
struct Alone(Jpeg2000Encoder);

/// Nanoseconds in tasks that can be divided.
static DIVIDED: AtomicU64 = AtomicU64::new(0);

fn counted(count: usize, task: &Task) {
    let start = Instant::now();
    (0..count).for_each(task);
    if count > 1 {
        DIVIDED.fetch_add(u64::try_from(start.elapsed().as_nanos()).unwrap_or(0), Ordering::Relaxed);
    }
}

const COUNTED: Executor<'static> = Executor { run: &counted, workers: 2 };

impl Encoder for Alone {
    fn encode_into(&self, samples: &[u8], image: &Image, out: &mut Vec<u8>) -> Result<()> {
        self.0.encode_into(image, samples, COUNTED, out)
    }
}

impl Decoder for Alone {
    fn describe(&self, codestream: &[u8]) -> Result<Image> {
        Jpeg2000.describe(codestream)
    }

    fn decode_into(&self, codestream: &[u8], image: &Image, out: &mut [u8]) -> Result<Decoded> {
        Jpeg2000::decode_with(codestream, &DecodeOptions::default(), COUNTED, image, out)
    }
}

/// The quickest time, and the part of it that can be divided.
struct Best {
    seconds: f64,
    divided: f64,
}

impl Default for Best {
    fn default() -> Self {
        Self { seconds: f64::MAX, divided: 0.0 }
    }
}

impl Best {
    fn of(&mut self, work: impl FnOnce() -> Result<()>) {
        DIVIDED.store(0, Ordering::Relaxed);
        let start = Instant::now();
        work().expect("sound data");
        let seconds = start.elapsed().as_secs_f64();
        if seconds < self.seconds {
            let divided = DIVIDED.load(Ordering::Relaxed) as f64 / 1e9 / seconds;
            *self = Self { seconds, divided };
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, kind, file, numbers @ ..] = arguments.as_slice() else {
        return println!("measure KIND FILE [TIMES]");
    };
    let numbers: Vec<u32> = numbers.iter().map(|text| text.parse().expect("a number")).collect();
    let data = std::fs::read(file).expect("a file");
    let quick = Alone(Jpeg2000Encoder::high_throughput());
    let plain = Alone(Jpeg2000Encoder::default());
    let (decoder, encoder): (&dyn Decoder, &dyn Encoder) = match kind.as_str() {
        "ljpeg" => (&Lossless::default(), &LosslessEncoder::default()),
        "rle" => (&Rle, &Rle),
        "dct" => (&Dct::default(), &DctEncoder::default()),
        "jpegls" => (&JpegLs, &JpegLsEncoder::default()),
        "j2k" => (&plain, &plain),
        "htj2k" => (&quick, &quick),
        "jxl" => (&Jxl, &JxlEncoder::default()),
        _ => return println!("dct, htj2k, j2k, jpegls, jxl, ljpeg, rle"),
    };
    let image = match *numbers.as_slice() {
        [_, rows, columns, components, bits] => Image {
            rows,
            columns,
            components: u16::try_from(components).expect("components"),
            precision: u8::try_from(bits).expect("bits"),
            is_signed: false,
        },
        _ => decoder.describe(&data).expect("a header"),
    };
    let times = numbers.first().map_or(10, |&times| times);
    let mut out = vec![0; image.len().expect("a size")];
    let mut codestream = Vec::new();
    let (mut decoding, mut encoding) = (Best::default(), Best::default());
    for _ in 0..times {
        decoding.of(|| decoder.decode_into(&data, &image, &mut out).map(drop));
        codestream.clear();
        encoding.of(|| encoder.encode_into(&out, &image, &mut codestream));
    }
    let rate = |seconds: f64| out.len() as f64 / seconds / 1e6;
    if let Some(path) = std::env::var_os("MEASURE_OUT") {
        std::fs::write(path, &codestream).expect("a file to write to");
    }
    println!("{:.0} {:.0} {}", rate(decoding.seconds), rate(encoding.seconds), codestream.len());
    if decoding.divided > 0.0 {
        println!("divided: {:.3} {:.3}", decoding.divided, encoding.divided);
    }
}
