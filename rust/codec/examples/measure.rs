//! Decodes or encodes a file again and again and prints MB/s of samples: `measure KIND FILE [TIMES]`.
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program for the terminal")]

use std::time::Instant;

use radiogram_codec::lossless::Lossless;
use radiogram_codec::{Decoder, Image};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, kind, file, rest @ ..] = arguments.as_slice() else {
        return println!("measure KIND FILE [TIMES]");
    };
    let times = rest.first().and_then(|text| text.parse().ok()).unwrap_or(10_usize);
    let data = std::fs::read(file).expect("a file");
    let mut times = (0..times).map(|_| match kind.as_str() {
        "ljpeg" => decode(&Lossless, &data, None),
        _ => 0.0,
    });
    let best = times.by_ref().fold(0.0, f64::max);
    println!("{best:.0}");
}

fn decode(decoder: &dyn Decoder, data: &[u8], image: Option<Image>) -> f64 {
    let image = image.unwrap_or_else(|| decoder.describe(data).expect("a header"));
    let mut out = vec![0; image.len().expect("a size")];
    let mut rate = |_| {
        let start = Instant::now();
        decoder.decode_into(data, &image, &mut out).expect("an image");
        out.len() as f64 / start.elapsed().as_secs_f64() / 1e6
    };
    (0..5).map(&mut rate).fold(0.0, f64::max)
}
